"""How far the person has read, on this device and on their others (IRCv3 draft/read-marker).

The person has seen what is on the screen of the current conversation when they do something: type,
switch, leave. Then the time of its last line is sent, after a pause, so that typing costs one line
each PAUSE seconds at most. Lines that they have read elsewhere are no longer unread here.
"""

from chatroom.client.limits import LIMITS
from chatroom.client.protocol.capabilities import READ_MARKER
from chatroom.client.protocol.events import MarkedRead
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.scrollback import moment
from chatroom.wire.reference import format_time

PAUSE = 5.0
"""Seconds between two markers that are sent, unless the person switches or leaves."""


class ReadMarkers:
    """The markers that the server sent, and those that have to be sent to it."""

    def __init__(self, context: Context, display: Display) -> None:
        self._context = context
        self._display = display
        self._told: dict[str, int] = {}  # folded names -> UTC milliseconds
        self._seen: dict[str, tuple[str, int]] = {}  # to be sent: folded names -> name, time
        self.due: float | None = None
        """When `tick` has something to do, in UTC seconds."""

    def upto(self, name: str) -> int | None:
        """Up to when the person has read that conversation, in UTC milliseconds."""
        return self._told.get(self._context.fold(name))

    # Here

    def seen(self) -> None:
        """The person has done something: they have seen the current conversation."""
        current = self._display.buffers.current
        if current is None or not self._able:
            return
        times = (moment(line.said.tags) for line in reversed(current.kept) if line.shown)
        last = next((time for time in times if time is not None), None)
        key = self._context.fold(current.name)
        if last is None or last <= self._told.get(key, last - 1):
            return
        if key in self._told or len(self._told) < LIMITS.conversations:
            self._told[key] = last
            self._seen[key] = current.name, last
            self.due = self.due or self._context.now + PAUSE

    @property
    def _able(self) -> bool:
        session = self._context.session
        known = session.agreed(READ_MARKER) and bool(session.state.account)
        return known and self._context.person and self._context.connected

    def tick(self) -> None:
        """Send what is due."""
        if self.due is not None and self.due <= self._context.now:
            self.send()

    def send(self) -> None:
        """Send it now: the person is about to look at something else, or to leave."""
        seen, self._seen, self.due = self._seen, {}, None
        if self._able:
            for name, time in seen.values():
                self._context.session.mark_read(name, f"timestamp={format_time(time)}")

    # Elsewhere

    def told(self, event: MarkedRead) -> None:
        """The server says how far the person has read."""
        key = self._context.fold(event.name)
        if key not in self._told and len(self._told) >= LIMITS.conversations:
            return
        if event.upto <= self._told.get(key, event.upto - 1):
            return
        self._told[key] = event.upto
        conversation = self._display.buffers.find(event.name)
        if conversation is not None and conversation is not self._display.buffers.current:
            _read_upto(conversation, event.upto)

    def lost(self) -> None:
        """The connection is gone. Another server, or another account, may know other markers."""
        self._told.clear()
        self._seen.clear()
        self.due = None


def _read_upto(conversation: Buffer, upto: int) -> None:
    """Lines up to then are not unread any more."""
    last = None
    for line in conversation.kept:
        time = last = moment(line.said.tags)
        if line.counted and time is not None and time <= upto:
            line.counted = False
            conversation.unread = max(0, conversation.unread - 1)
    if last is not None and last <= upto:
        conversation.unread = 0
    if not conversation.unread:
        conversation.highlighted = False
