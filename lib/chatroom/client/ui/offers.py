"""Questions to the person that do not block the conversation, answered by /yes or /no.

Other lines are sent as usual while such a question is open, except for a bare yes or no. An answer
is meant for the offers that were open when its line was begun: if a new offer appears between
reading a question and pressing Enter, it is asked again instead.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from chatroom.client.errors import CommandError
from chatroom.client.view.lines import Line, info_line

ANSWERS = "/yes or /no"
WORDS = {"y": True, "yes": True, "n": False, "no": False}
"""Lines that count as an answer as well; hardly anybody means them for others while a question is
open."""

NOTHING_ASKED = "There is nothing to answer."
ASKED_MEANWHILE = "Nothing was done: the question came after you began to type."


class Offer(NamedTuple):
    """A question, and what to do on each answer. At most one offer of each `name` is open."""

    name: str
    question: str
    accepted: Callable[[], None]
    declined: Callable[[], None]


class Offers:
    """The open offers; the newest is answered first."""

    def __init__(self, show: Callable[[Line], None]) -> None:
        self._show = show
        self.standing: Sequence[Offer] = ()
        self._read: Sequence[Offer] | None = None  # None: nobody tells when a line is begun

    def make(self, offer: Offer) -> None:
        """Ask, replacing an open offer of the same name."""
        self.withdraw(offer.name)
        self.standing = (*self.standing, offer)
        self._ask()

    def read(self) -> None:
        """Note that no line is half typed: the next line may answer the offers that are open now,
        and no later ones until this is called again."""
        self._read = self.standing

    def withdraw(self, name: str) -> None:
        """Drop the offer of that name."""
        self.standing = tuple(each for each in self.standing if each.name != name)

    def answer(self, accepted: bool) -> None:
        """/yes or /no. Raises CommandError if nothing was asked, or only after the line was
        begun."""
        if not self.standing:
            raise CommandError(NOTHING_ASKED)
        offer = self._seen
        if offer is None:
            self._ask()
            self.read()  # a person who answers again has seen it, and may already have begun a line
            raise CommandError(ASKED_MEANWHILE)
        self._close(offer, accepted)

    def takes(self, line: str) -> bool:
        """Whether a typed line is an answer without its slash; if so, the person is told, and it is
        carried out."""
        accepted, offer = WORDS.get(line.strip().lower()), self._seen
        if accepted is None or offer is None:
            return False
        answer = "/yes" if accepted else "/no"
        self._show(info_line(f'"{line.strip()}" was taken as {answer}, and not sent.'))
        self._close(offer, accepted)
        return True

    @property
    def _seen(self) -> Offer | None:
        """The newest offer that was open when the line was begun."""
        known = self.standing if self._read is None else self._read
        return next((each for each in reversed(self.standing) if _is_in(known, each)), None)

    def _close(self, offer: Offer, accepted: bool) -> None:
        self.withdraw(offer.name)
        (offer.accepted if accepted else offer.declined)()
        if self.standing:
            self._ask()

    def _ask(self) -> None:
        self._show(info_line(f"{self.standing[-1].question} {ANSWERS}"))


def _is_in(offers: Sequence[Offer], offer: Offer) -> bool:
    """Whether it is the same object, because another offer of the same name may ask about more."""
    return any(each is offer for each in offers)
