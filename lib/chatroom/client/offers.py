"""What the person may want done and is asked about while going on to talk: /yes or /no.

Such a question takes no key and no line: what is typed meanwhile is said, as the prompt tells.
"""

from collections.abc import Callable
from typing import NamedTuple

from chatroom.client.commands.base import CommandError
from chatroom.client.view import Line, news

ANSWERS = "/yes or /no"
NOTHING_ASKED = "Nothing was asked."


class Offer(NamedTuple):
    """A question in words, and what is done then. There is one of each `name` at a time."""

    name: str
    question: str
    accepted: Callable[[], None]
    declined: Callable[[], None]


class Offers:
    """Those that were not answered yet; the newest is answered first."""

    def __init__(self, show: Callable[[Line], None]) -> None:
        self._show = show
        self._standing: list[Offer] = []

    @property
    def stand(self) -> bool:
        """Whether there is something to answer."""
        return bool(self._standing)

    def make(self, offer: Offer) -> None:
        """Ask, in the place of an offer of the same name."""
        self.withdraw(offer.name)
        self._standing.append(offer)
        self._ask()

    def withdraw(self, name: str) -> None:
        """It is of no use any more."""
        self._standing = [each for each in self._standing if each.name != name]

    def answer(self, accepted: bool) -> None:
        """/yes or /no. Raises CommandError where nothing was asked."""
        if not self._standing:
            raise CommandError(NOTHING_ASKED)
        offer = self._standing.pop()
        (offer.accepted if accepted else offer.declined)()
        if self._standing:
            self._ask()

    def _ask(self) -> None:
        self._show(news(f"{self._standing[-1].question} {ANSWERS}"))
