"""What is said in one room in a row, on its way to the members: the hot path.

A busy tick has many messages for the same people. They are kept in one place as long as nothing
else happens, and then joined once for each variant: who only listens is given them all in one
piece, so that a delivery costs no more than its part of a copy.

The order of what anybody is told stays as it happened, because whoever has something else to say
calls `hand_out` first.
"""

import logging
from typing import TYPE_CHECKING, Any

from chatroom.wire.message import Message
from chatroom.wire.prose import visible

if TYPE_CHECKING:
    from chatroom.chat.room import Room
    from chatroom.chat.session import Encoder, Session

log = logging.getLogger("chatroom")


class Stretch:
    """The messages that wait for the members of `room`, each with who is left out.

    `to_flush` takes the peers whose outbox gets its first bytes.
    """

    __slots__ = ("_messages", "_room", "_skipped", "_to_flush", "added")

    def __init__(self, to_flush: list[Any]) -> None:
        self.added = 0  # messages, ever
        self._to_flush = to_flush
        self._room: Room | None = None
        self._messages: list[tuple[Message, bytes]] = []
        self._skipped: list[Session | None] = []

    def add(self, room: "Room", message: Message, body: bytes, skip: "Session | None") -> None:
        """A message for all members but one. `body` is what `encode_body` says of it."""
        if room is not self._room:
            self.hand_out()
            self._room = room
        self.added += 1
        self._messages.append((message, body))
        self._skipped.append(skip)

    def hand_out(self) -> None:
        """Put what waits into the members' outboxes. Raises nothing."""
        room = self._room
        if room is None:
            return
        messages, skipped, self._room = self._messages, self._skipped, None
        self._messages, self._skipped = [], []
        absent = set(skipped)
        parts: dict[Encoder, list[bytes]] = {}
        whole: dict[Encoder, bytes] = {}
        for member in room.members:
            variant = member.variant
            data = whole.get(variant)
            if data is None:
                parts[variant] = _encoded(variant, messages)
                data = whole[variant] = b"".join(parts[variant])
            outbox = member.outbox
            was_empty = not outbox
            if member in absent:  # the parts are shared: a crowd that talks would need a copy each
                others = zip(parts[variant], skipped, strict=True)
                outbox += [part for part, author in others if part and author is not member]
            elif data:
                outbox.append(data)
            if was_empty and outbox:
                self._to_flush.append(member.peer)


def _encoded(variant: "Encoder", messages: list[tuple[Message, bytes]]) -> list[bytes]:
    """The messages for one kind of recipient. One that meets a bug of ours costs itself only."""
    parts = []
    for message, body in messages:
        try:
            parts.append(variant.encode(message, body))
        except Exception:
            log.exception("A bug, met by %s", visible(message.nick))
            parts.append(b"")
    return parts
