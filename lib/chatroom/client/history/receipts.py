"""What has become of our own lines: taken by the server, refused, or unknown. Sans I/O.

If the server answers each command under its label (IRCv3 labeled-response), each line is recognised
by its label. On other servers a PONG shows that everything before its PING was handled: a line that
was not refused was taken. After a lost connection, a line that the history shows has arrived.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chatroom.client.limits import LIMITS
from chatroom.client.protocol.events import Delivered, Echoed, Event, Refusal, Said, Settled
from chatroom.client.protocol.session import Session
from chatroom.client.view.numerics import refusal_text
from chatroom.text.display import action

UNCONFIRMED = "The server did not confirm the message."


@dataclass
class PendingLine:
    """A line of ours that may not be in the history. `left`: the part that no page has shown yet.

    `number`: how many lines the session had sent including this one. `labels`: those that the
    server has not answered. `dealt_with`: it has answered a PING after the line. `lost`: the
    connection on which the line was sent is gone.
    """

    said: Said
    left: str
    number: int
    labels: set[str]
    labelled: bool
    dealt_with: bool = False
    lost: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether the server has certainly taken it: a label counts for more than a PONG."""
        return not self.labels if self.labelled else self.dealt_with


class Receipts:
    """The own lines of a visit, over any number of connections.

    `sent`, `taken` (confirmed) and `refusals` (sentences) belong to the current connection.
    `any_refusal`: a refusal without a label is about the oldest line even if it names another
    target. That is right for a program, which sends little else.
    """

    def __init__(self, fold: Callable[[str], str], any_refusal: bool = False) -> None:
        self.sent = self.taken = 0
        self.refusals: list[str] = []
        self._fold = fold
        self._any_refusal = any_refusal
        self._session: Session | None = None
        self._lines: list[PendingLine] = []

    def attach(self, session: Session) -> None:
        """Use a new session; the counts begin anew."""
        self._session = session
        self.sent = self.taken = 0
        self.refusals = []

    @property
    def open(self) -> int:
        """How many lines of this connection are not confirmed yet."""
        return sum(not (line.lost or line.confirmed) for line in self._lines)

    def said(self, said: Said) -> None:
        """A line, as `Session.say` returns it, was sent."""
        self.sent += 1
        labels = set(said.tags.get("label", "").split())
        number = self._session.put if self._session else 0
        self._lines.append(PendingLine(said, _words(said.text), number, labels, bool(labels)))
        if len(self._lines) > LIMITS.unanswered:
            self._forget_one()

    def _forget_one(self) -> None:
        """Drop the oldest confirmed line, or else the oldest, which then counts as refused."""
        known = (line for line in self._lines if line.confirmed)
        line = next(known, self._lines[0])
        self._lines.remove(line)
        if not (line.confirmed or self.refusals):
            self.refusals.append(UNCONFIRMED)

    def heard(self, event: Event) -> None:
        """An event other than `Delivered`."""
        match event:
            case Refusal():
                self._refused(event)
            case Settled() | Echoed() if self._session:
                self._dealt_with(self._session.dealt_with)

    def renamed(self, old: str, new: str) -> None:
        """A room has another name: what we said there is looked for, or sent again, under it."""
        for line in self._lines:
            if self._is_in(line, old):
                line.said = line.said._replace(room=new)

    def delivered(self, event: Delivered) -> Said | None:
        """The server has accepted the line with that label. Returns the line, if it is one of
        ours."""
        line = self._labelled(event.label)
        if line is None:
            return None
        line.labels.discard(event.label)
        if not line.labels:
            self._lines.remove(line)
            self.taken += 1
        return line.said

    def _labelled(self, label: str) -> PendingLine | None:
        lines = (line for line in self._lines if label in line.labels and not line.lost)
        return next(lines, None)

    def _dealt_with(self, number: int) -> None:
        """The server has answered a PING that followed this many lines of the session."""
        for line in self._lines:
            if not (line.lost or line.dealt_with) and line.number <= number:
                line.dealt_with = True
                self.taken += not line.labelled
        # No page that we ask for shows a line to a person, so there is nothing to recognise.
        self._lines = [line for line in self._lines if line.said.room or not line.confirmed]

    def _refused(self, refusal: Refusal) -> None:
        label = refusal.message.tags.get("label", "")
        line = self._labelled(label) if label else self._unlabelled(refusal)
        if line is None:
            return
        line.labels.discard(label)
        if not line.labels:
            self._lines.remove(line)
        if len(self.refusals) < LIMITS.unanswered:
            self.refusals.append(refusal_text(refusal.message))

    def _unlabelled(self, refusal: Refusal) -> PendingLine | None:
        """The oldest line that an unlabelled refusal can be about."""
        targets = set(map(self._fold, refusal.message.params[:3]))
        for line in self._lines:
            if line.lost or line.labelled or line.dealt_with:
                continue
            if self._any_refusal or self._fold(line.said.with_whom) in targets:
                return line
        return None

    # After a loss

    def lost(self) -> None:
        """The connection is gone: nothing more will be answered."""
        for line in self._lines:
            line.lost = True

    def is_own(self, line: Said) -> bool:
        """Whether a line of a page is one of ours, or a piece of one, that was not known to be in
        the history. From now on it is."""
        text = _words(line.text)
        for own in self._lines:
            same = self._fold(own.said.sender) == self._fold(line.sender)
            if same and self._is_in(own, line.room) and text and own.left.startswith(text):
                own.left = own.left.removeprefix(text).lstrip()
                if not own.left:
                    self._lines.remove(own)
                return True
        return False

    def passed(self, room: str) -> None:
        """A later line of the room was read, so no page will show those before it."""
        if self._lines:
            self._lines = [
                own for own in self._lines if not (own.dealt_with and self._is_in(own, room))
            ]

    def unsent(self) -> list[Said]:
        """The lines of lost connections that the server does not have, or does not show. Each is
        returned once."""
        found = [own.said for own in self._lines if own.lost and not own.dealt_with]
        self._lines = [own for own in self._lines if not own.lost]
        return found

    @property
    def doubtful(self) -> int:
        """How many lines of lost connections are not known to have arrived."""
        return sum(own.lost and not own.confirmed for own in self._lines)

    def unconfirmed(self) -> int:
        """How many these are. They are counted once, and then forgotten."""
        count = self.doubtful
        self._lines = [own for own in self._lines if not own.lost]
        return count

    def _is_in(self, own: PendingLine, room: str) -> bool:
        return bool(room) and self._fold(own.said.room) == self._fold(room)


def _words(text: str) -> str:
    """The text without the marks of an action, so that pieces of it can be recognised."""
    doing = action(text)
    return (text if doing is None else doing).strip()
