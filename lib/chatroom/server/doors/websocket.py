"""The WebSocket door: the IRC door with other framing, entered from the HTTP door."""

from collections.abc import Mapping
from typing import Any

from chatroom.chat.banishment import BANNED
from chatroom.chat.ports import Encoders
from chatroom.server.doors.door import GOODBYE, LINE_BYTES, Door
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.doors.ports import DoorHost
from chatroom.wire.websocket import (
    GOING_AWAY,
    NORMAL,
    REFUSED,
    TEXT,
    WebSocketLines,
    binary_encoders,
    close_frame,
    text_encoders,
)
from chatroom.wire.websocket_handshake import Handshake


def websocket_door(
    handshake: Handshake, host: DoorHost[Door], _arrived_at: float
) -> "WebSocketDoor":
    """The door of a WebSocket, for which HTTP's connection may have been used for a while: the time
    to register begins now."""
    return WebSocketDoor(host, host.facts.clock, handshake.opcode, handshake.accepted)


class WebSocketDoor(IrcDoor):
    """Speaks IRC in WebSocket messages, after the opening handshake. `opcode` is the kind of
    messages that we send, and `accepted` are those that the client may send."""

    __slots__ = ("accepted", "opcode")

    protocol = "IRC over WebSocket"

    lines: WebSocketLines

    def __init__(
        self, host: DoorHost[Door], arrived_at: float, opcode: int, accepted: tuple[int, ...]
    ) -> None:
        super().__init__(host, arrived_at)
        self.opcode = opcode
        self.accepted = accepted

    def begin(self) -> None:
        """Read and write frames from now on."""
        super().begin()
        self.lines = WebSocketLines(LINE_BYTES, self.accepted)
        self.session.encode_by(self.encoders)

    @property
    def encoders(self) -> Encoders:
        """IRC's, in frames."""
        return text_encoders if self.opcode == TEXT else binary_encoders

    def snapshot(self) -> dict[str, Any]:
        """Also what the handshake agreed on."""
        return {**super().snapshot(), "opcode": self.opcode, "accepted": list(self.accepted)}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Read and write the same frames."""
        super().resume(values)
        self.opcode, self.accepted = values["opcode"], tuple(values["accepted"])
        self.lines = WebSocketLines(LINE_BYTES, self.accepted)

    def handle(self, line: bytes) -> None:
        """Carry out one message, and what the frames before it require."""
        lines = self.lines
        if lines.replies:
            self.session.put(lines.replies)
            lines.replies = b""
        if lines.closed is None or lines.waiting:
            super().handle(line)
        else:
            words = lines.closed.words
            self.session.closing = f"WebSocket: {words}" if words else "Connection closed"

    def farewell(self, reason: str) -> bytes:
        """ERROR, unless the client has ended the WebSocket, and the frame that ends it."""
        closed = self.lines.closed
        if closed is not None and not closed.words:
            return closed.last
        last = closed.last if closed else close_frame(self._code_of(reason), reason)
        return super().farewell(reason) + last

    def forget(self) -> None:
        """Break the library's reference cycle too."""
        super().forget()
        self.lines.forget()

    def _code_of(self, reason: str) -> int:
        """REFUSED tells programs that they should not come back by themselves."""
        if self.session.put_out or reason.startswith(BANNED):
            return REFUSED
        return GOING_AWAY if reason == GOODBYE else NORMAL
