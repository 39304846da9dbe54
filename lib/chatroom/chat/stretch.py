"""What is said in one room in a row, on its way to the members: the hot path.

A busy tick has many messages for the same people. They are kept in one place as long as nothing
else happens, and then joined once for each variant: who only listens is given them all in one
piece, so that a delivery costs no more than its part of a copy.

The order of what anybody is told stays as it happened, because whoever has something else to say
calls `hand_out` first. What nobody had to hand out waits for the tick's flush, which takes the
`parcels` and writes them without a way through the outboxes.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from chatroom.wire.message import Message
from chatroom.wire.prose import visible

if TYPE_CHECKING:
    from chatroom.chat.room import Room
    from chatroom.chat.session import Encoder, Session

log = logging.getLogger("chatroom")


Said = tuple[Message, bytes]
"""A message, and what `encode_body` says of it."""


class Stretch:
    """The messages that wait for the members of `room`, in runs by one author, who is left out.

    `to_flush` takes the peers whose outbox gets its first bytes.
    """

    __slots__ = ("_room", "_runs", "_to_flush", "added")

    def __init__(self, to_flush: list[Any]) -> None:
        self.added = 0  # messages, ever
        self._to_flush = to_flush
        self._room: Room | None = None
        self._runs: list[tuple[Session | None, list[Said]]] = []

    def add(self, room: "Room", message: Message, body: bytes, skip: "Session | None") -> None:
        """A message for all members but one. `body` is what `encode_body` says of it."""
        if room is not self._room:
            self.hand_out()
            self._room = room
        self.added += 1
        runs = self._runs
        if runs and runs[-1][0] is skip:
            runs[-1][1].append((message, body))
        else:
            runs.append((skip, [(message, body)]))

    def hand_out(self) -> None:
        """Put what waits into the members' outboxes. Raises nothing."""
        if self._room is None:
            return
        for pieces, peers in self.parcels():
            for peer in peers:
                if not peer.outbox:
                    self._to_flush.append(peer)
                peer.outbox += pieces

    def parcels(self) -> Iterator[tuple[Sequence[bytes], Sequence[Any]]]:
        """What waits, as pieces with the peers who get them; from now on it waits no longer.

        Nobody gets more than one parcel, and none is empty. Raises nothing.
        """
        room, runs = self._room, self._runs
        if room is None:
            return
        self._room, self._runs = None, []
        authors = {author for author, _ in runs if author in room.members}
        absent = {author.peer for author in authors if author}
        for variant, peers in room.audience.items():
            pieces = [_encoded(variant, said) for _, said in runs]
            whole = b"".join(pieces)
            if whole:
                yield (whole,), [peer for peer in peers if peer not in absent]
            for author in authors:
                if author and author.variant is variant:
                    # The pieces are shared: a crowd that talks would need a copy for each.
                    named = zip(runs, pieces, strict=True)
                    others = [piece for (who, _), piece in named if piece and who is not author]
                    if others:
                        yield others, (author.peer,)


def _encoded(variant: "Encoder", said: list[Said]) -> bytes:
    """The messages for one kind of recipient. One that meets a bug of ours costs itself only."""
    parts = []
    for message, body in said:
        try:
            parts.append(variant.encode(message, body))
        except Exception:
            log.exception("A bug, met by %s", visible(message.nick))
    return b"".join(parts)
