"""What is said in one room in a row, on its way to the members: the hot path.

A busy tick has many messages for the same people. They are kept in one place as long as nothing
else happens to them, and then joined once for each variant: who only listens is given them all in
one piece, so that a delivery costs no more than its part of a copy.

The order of what anybody is told stays as it happened: whoever has something else to say to one
member calls `catch_up` first, and to many `hand_out`. What is left waits for the tick's flush,
which takes the `parcels` and writes them without a way through the outboxes.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from chatroom.wire.message import Message
from chatroom.wire.prose import visible

if TYPE_CHECKING:
    from chatroom.chat.room import Room
    from chatroom.chat.session import Encoder, Peer, Piece, Session

log = logging.getLogger("chatroom")


class Stretch:
    """The messages that wait for the members of a room, each with who is left out.

    `to_flush` takes the peers whose outbox gets its first bytes. No method raises anything.
    """

    __slots__ = ("_given", "_messages", "_parts", "_room", "_to_flush", "added")

    def __init__(self, to_flush: list[Any]) -> None:
        self.added = 0  # messages, ever
        self._to_flush = to_flush
        self._room: Room | None = None
        self._messages: list[tuple[Session | None, Message, bytes]] = []
        self._parts: dict[Encoder, list[bytes]] = {}  # the first of them, as variants have them
        self._given: dict[Session, int] = {}  # how many of them are in a member's outbox

    def add(self, room: "Room", message: Message, body: bytes, skip: "Session | None") -> None:
        """A message for all members but one. `body` is what `encode_body` says of it."""
        if room is not self._room:
            self.hand_out()
            self._room = room
        self.added += 1
        self._messages.append((skip, message, body))

    def catch_up(self, session: "Session") -> None:
        """Put what waits for this one into the outbox; the others' go on waiting."""
        room, count = self._room, len(self._messages)
        if room is None or session not in room.members:
            return
        begin = self._given.get(session, 0)
        self._given[session] = count
        if any(author is not session for author, _, _ in self._messages[begin:]):
            parts = self._encoded(session.variant)
            named = zip(self._messages[begin:], parts[begin:], strict=True)
            self._put(
                session.peer,
                [part for (author, _, _), part in named if part and author is not session],
            )

    def hand_out(self) -> None:
        """Put what waits into everyone's outbox."""
        if self._room is not None:
            for pieces, peers in self.parcels():
                for peer in peers:
                    self._put(peer, pieces)

    def _put(self, peer: "Peer", pieces: "Sequence[Piece]") -> None:
        if pieces and not peer.outbox:
            self._to_flush.append(peer)
        peer.outbox += pieces

    def parcels(self) -> "Iterator[tuple[Sequence[Piece], Collection[Any]]]":
        """What waits, as pieces with the peers who get them; from now on it waits no longer.

        Nobody gets more than one parcel, and none is empty.
        """
        room = self._room
        if room is None:
            return
        if len(self._messages) == 1 and not self._given:
            yield from self._lone_parcels(room)
            return
        encoded = [
            (peers, variant, self._encoded(variant)) for variant, peers in room.audience.items()
        ]
        messages, given = self._messages, self._given
        self._room, self._messages, self._parts, self._given = None, [], {}, {}
        own: dict[Session, list[int]] = {}
        for at, (author, _, _) in enumerate(messages):
            if author is not None:
                own.setdefault(author, []).append(at)
        apart = [session for session in {**own, **given} if session in room.members]
        peers_apart = {session.peer for session in apart}
        for peers, variant, parts in encoded:
            whole = b"".join(parts)
            if not whole:
                continue
            listeners = peers.copy()  # faster than to ask of each whether it is apart
            for peer in peers_apart:
                listeners.pop(peer, None)
            yield (whole,), listeners
            starts: list[int] = []
            for session in apart:
                said = own.get(session, ())
                if session.variant is variant and len(said) < len(parts):
                    starts = starts or [*accumulate(map(len, parts), initial=0)]
                    pieces = _without(said, memoryview(whole), starts, given.get(session, 0))
                    if pieces:
                        yield pieces, (session.peer,)

    def _lone_parcels(self, room: "Room") -> "Iterator[tuple[Sequence[Piece], Collection[Any]]]":
        """The same for one message, as most are where people talk: nothing to be joined or cut."""
        author = self._messages[0][0]
        parts = [(peers, self._encoded(variant)[0]) for variant, peers in room.audience.items()]
        self._room, self._messages, self._parts = None, [], {}
        for peers, data in parts:
            if data:
                listeners = peers
                if author is not None and author.peer in peers:
                    listeners = peers.copy()
                    del listeners[author.peer]
                yield (data,), listeners

    def _encoded(self, variant: "Encoder") -> list[bytes]:
        """The messages for one kind of recipient; one that meets a bug of ours is not in it."""
        parts = self._parts.setdefault(variant, [])
        for _, message, body in self._messages[len(parts) :]:
            try:
                parts.append(variant.encode(message, body))
            except Exception:
                log.exception("Unhandled exception while serving %s", visible(message.nick))
                parts.append(b"")
        return parts


def _without(
    own: Iterable[int], whole: memoryview, starts: Sequence[int], begin: int
) -> list[memoryview]:
    """What is said from the message `begin` on, but for one's own.

    No copies, which in a crowd where all talk would be gigabytes. `starts` are where the messages
    begin in `whole`, and where it ends.
    """
    pieces = []
    for at in (*own, len(starts) - 1):
        if starts[at] > starts[begin] and at > begin:
            pieces.append(whole[starts[begin] : starts[at]])
        begin = max(begin, at + 1)
    return pieces
