"""Which lines the server has taken: sans I/O.

Where the server answers each command under its label (IRCv3 labeled-response), each line is known
by its own. Elsewhere a PONG says that all before its PING has been dealt with: what was not refused
was taken.
"""

from chatroom.client.events import Delivered, Event, Refusal, Said, Settled
from chatroom.client.limits import LIMITS
from chatroom.client.protocol.session import Session
from chatroom.client.view.numerics import refusal_text

UNCONFIRMED = "The server did not confirm the message."


class Receipts:
    """Of one session. `sent` and `taken` count lines, `refusals` are sentences."""

    def __init__(self, session: Session) -> None:
        self.sent = self.taken = 0
        self.refusals: list[str] = []
        self._session = session
        self._labels: set[str] = set()
        self._unlabelled = 0

    @property
    def open(self) -> int:
        """How many lines nothing is known of yet."""
        return len(self._labels) + self._unlabelled

    def give_up(self) -> int:
        """Nothing more will be known; of how many lines nothing is."""
        unknown = self.open
        self._labels.clear()
        self._unlabelled = 0
        return unknown

    def said(self, line: Said) -> None:
        """A line, as `Session.say` returns it, was sent."""
        self.sent += 1
        labels = line.tags.get("label", "").split()
        self._labels.update(labels)
        self._unlabelled += not labels
        if len(self._labels) > LIMITS.unanswered and not self.refusals:
            self.refusals.append(UNCONFIRMED)

    def heard(self, event: Event) -> None:
        """Something came from the server."""
        match event:
            case Delivered() if event.label in self._labels:
                self._labels.remove(event.label)
                self.taken += 1
            case Refusal():
                self._refused(event)
            case Settled() if self._session.idle:
                self.taken += self._unlabelled
                self._unlabelled = 0

    def _refused(self, refusal: Refusal) -> None:
        label = refusal.message.tags.get("label", "")
        if label in self._labels:
            self._labels.remove(label)
        elif not label and self._unlabelled:
            self._unlabelled -= 1
        else:
            return
        if len(self.refusals) < LIMITS.unanswered:
            self.refusals.append(refusal_text(refusal.message))
