"""Consecutive messages to the same audience, as the fan-out (`fanout.py`) queues them."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from chatroom.chat.output.audience import OwnAudience, copied, size, united
from chatroom.chat.ports import Encoder, Peer, Piece, Recipient
from chatroom.chat.state.fanout_port import Audience, LinesFor
from chatroom.chat.state.model import User
from chatroom.text.display import visible
from chatroom.wire.capabilities import Variant, is_alike
from chatroom.wire.message import Message

Parcels = Iterable[tuple[Sequence[Piece], Collection[Any]]]

log = logging.getLogger("chatroom")

TOGETHER = 64
"""This many messages are encoded for all variants before any variant gets the next ones. So
variants that share intermediate results need to keep them for this many messages only."""


class Segment:
    """Consecutive messages to the same audience, each with the recipient who is left out.

    `parts` holds the messages that are encoded so far, for each variant. `given` counts the
    messages at the beginning that a recipient does not need any more: they are in the recipient's
    outbox already, or were said before the recipient entered. `left` is the part of the audience
    that has not got the messages yet, once the audience was too large for one flush.
    """

    __slots__ = ("audience", "given", "left", "messages", "parts")

    weight = 1
    """What a recipient costs, in `send`s."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.left: OwnAudience | None = None
        self.messages: list[tuple[Recipient | None, Message, bytes]] = []
        self.parts: dict[Encoder, list[bytes]] = {}
        self.given: dict[Recipient, int] = {}

    def missing(self, session: Recipient) -> list[Piece]:
        """Returns the session's queued messages, and counts them as given."""
        if session.peer not in self.audience.get(session.variant, ()):
            return []
        begin, count = self.given.get(session, 0), len(self.messages)
        self.given[session] = count
        if all(author is session for author, _, _ in self.messages[begin:]):
            return []
        named = zip(self.messages[begin:], self.encoded(session.variant)[begin:], strict=True)
        return [part for (author, _, _), part in named if part and author is not session]

    def take(self, most: int) -> "Segment | None":
        """A segment for `most` of the audience, who are in this one no longer.

        The first time it is nobody, because that tick has had enough to do.
        """
        if not most:
            return None
        if self.left is None:
            self.audience = self.left = copied(self.audience)
            return None
        first: OwnAudience = {}
        for variant, peers in list(self.left.items()):
            if len(peers) <= most:
                first[variant] = self.left.pop(variant)
            else:
                first[variant] = dict([peers.popitem() for _ in range(most)])
            most -= len(first[variant])
            if not most:
                break
        return self._part(first)

    @property
    def reach(self) -> int:
        """The number of recipients, or more if they are not known yet."""
        return sum(map(len, self.audience.values()))

    @property
    def variants(self) -> Iterable[Encoder]:
        """The variants of the audience."""
        return self.audience

    def holds(self, audience: Audience) -> bool:
        """Whether this very audience must not change while the messages are queued."""
        return self.audience is audience

    def unite(self) -> None:
        """Find out who the audience is, if that is not known yet."""

    def _part(self, audience: Audience) -> "Segment":
        """A segment with these messages for a part of the audience."""
        segment = Segment(audience)
        segment.messages, segment.parts, segment.given = self.messages, self.parts, self.given
        return segment

    def parcels(self) -> Parcels:
        """All messages, as parcels: pieces, and the peers who get them.

        Each peer gets at most one parcel, and no parcel is empty.
        """
        if len(self.messages) == 1 and not self.given:
            return self._lone_parcels()
        return self._joint_parcels()

    def _joint_parcels(self) -> Parcels:
        audience = self.audience
        own: dict[Recipient, list[int]] = {}
        for at, (author, _, _) in enumerate(self.messages):
            if author is not None:
                own.setdefault(author, []).append(at)
        apart = {**own, **self.given}
        peers_apart = {session.peer for session in apart}
        for variant, peers in audience.items():
            parts = self.encoded(variant)
            whole = b"".join(parts)
            if not whole:
                continue
            listeners = dict(peers)  # faster than to ask of each whether it is apart
            for peer in peers_apart:
                listeners.pop(peer, None)
            if listeners:
                yield (whole,), listeners
            starts: list[int] = []
            for session in apart:
                said = own.get(session, ())
                if session.peer in peers and len(said) < len(parts):
                    starts = starts or [*accumulate(map(len, parts), initial=0)]
                    pieces = _without(said, memoryview(whole), starts, self.given.get(session, 0))
                    if pieces:
                        yield pieces, (session.peer,)

    def _lone_parcels(self) -> Parcels:
        """The parcels of a single message, the usual case: nothing has to be joined or cut."""
        parcels: list[tuple[Sequence[Piece], Collection[Any]]] = []
        author, message, body = self.messages[0]
        for variant, peers in self.audience.items():
            if variant in self.parts:
                (data,) = self.encoded(variant)
            else:
                data = _encode(variant, message, body)
                self.parts[variant] = [data]
            if data:
                listeners = peers
                if author is not None and author.peer in peers:
                    listeners = dict(peers)
                    del listeners[author.peer]
                parcels.append(((data,), listeners))
        return parcels

    def encoded(self, variant: Encoder) -> list[bytes]:
        """The messages as encoded for a variant; b"" for a message that cannot be encoded because
        of a bug."""
        parts = self.parts.setdefault(variant, [])
        many = len(self.messages)
        if many - len(parts) > TOGETHER:
            for end in range(TOGETHER, many, TOGETHER):
                for each in self.audience:
                    self._encode(each, end)
        self._encode(variant, many)
        return parts

    def _encode(self, variant: Encoder, end: int) -> None:
        """Encode the messages before `end` that are not yet encoded for this variant.

        The tags of a message take most of that time, and are often the same for several variants.
        """
        parts = self.parts.setdefault(variant, [])
        twins = self._parts_of_twin(variant)
        for at in range(len(parts), end):
            _, message, body = self.messages[at]
            if at < len(twins) and is_alike(message):
                parts.append(twins[at])
            else:
                parts.append(_encode(variant, message, body))

    def _parts_of_twin(self, variant: Encoder) -> Sequence[bytes]:
        """The lines of another variant that shows all tags, if this one does, too."""
        if len(self.audience) == 1 or not _shows_all_tags(variant):
            return ()
        twins = (parts for each, parts in self.parts.items() if _shows_all_tags(each))
        return max(twins, key=len)


class Union(Segment):
    """A message to everyone in several large rooms.

    To find out who they are takes as long as the change that they hear of: 0.5 ms for 4,500 people.
    So that is done in the second flush, which is another tick, or when one of them gets something
    else. Until then the audience is nobody, and `_rooms` are the audiences that it consists of.
    """

    __slots__ = ("_has_waited", "_held", "_rooms")

    def __init__(self, rooms: Sequence[Audience]) -> None:
        super().__init__({})
        self._rooms = rooms
        self._held = {id(each) for each in rooms}  # `holds` is asked for each room of a user
        self._has_waited = False

    @property
    def reach(self) -> int:
        """Until they are known, people count once for each room."""
        return sum(map(size, self._rooms)) if self._rooms else super().reach

    @property
    def variants(self) -> Iterable[Encoder]:
        """The variants of all rooms."""
        return dict.fromkeys(each for room in self._rooms for each in room) or super().variants

    def holds(self, audience: Audience) -> bool:
        """Whether this is one of the rooms' audiences, and the union is not made yet."""
        return id(audience) in self._held

    def unite(self) -> None:
        """Make the union."""
        if self._rooms:
            self.audience = self.left = united(self._rooms)
            self._rooms = ()
            self._held.clear()

    def missing(self, session: Recipient) -> list[Piece]:
        """Returns the message if the session is in one of the rooms, and counts it as given."""
        rooms = self._rooms
        if rooms and not any(session.peer in each.get(session.variant, ()) for each in rooms):
            return []
        self.unite()
        return super().missing(session)

    def take(self, most: int) -> Segment | None:
        """The first time it is nobody, and who they are is not asked either."""
        if most and not self._has_waited:
            self._has_waited = True
            return None
        self.unite()
        return super().take(most)

    def parcels(self) -> Parcels:
        """The message, as parcels."""
        self.unite()
        return super().parcels()


class OwnLines(Segment):
    """Lines that are different for each recipient: `lines` makes them when it is their turn.

    `sessions` finds the recipient, and their user, by the peer.
    """

    __slots__ = ("_lines", "_sessions")

    weight = 20

    def __init__(
        self,
        audience: Audience,
        sessions: Mapping[Peer, tuple[Recipient, User]],
        lines: LinesFor,
    ) -> None:
        super().__init__(audience)
        self._sessions = sessions
        self._lines = lines

    def missing(self, session: Recipient) -> list[Piece]:
        """Returns the session's lines, and counts them as given."""
        if session in self.given or session.peer not in self.audience.get(session.variant, ()):
            return []
        self.given[session] = 1
        return self._encoded(session.peer)

    def _encoded(self, peer: Peer) -> list[Piece]:
        session, user = self._sessions[peer]
        pieces = (_encode(session.translator, line, b"") for line in self._lines(user))
        return [piece for piece in pieces if piece]

    def _part(self, audience: Audience) -> Segment:
        segment = OwnLines(audience, self._sessions, self._lines)
        segment.given = self.given
        return segment

    def parcels(self) -> Parcels:
        """A parcel for each recipient who has not got it yet."""
        served = {session.peer for session in self.given}
        for peers in self.audience.values():
            for peer in peers:
                if peer not in served:
                    pieces = self._encoded(peer)
                    if pieces:
                        yield pieces, (peer,)

    def encoded(self, variant: Encoder) -> list[bytes]:
        """None of these lines is shared."""
        return []


def _shows_all_tags(variant: Encoder) -> bool:
    return isinstance(variant, Variant) and variant.whole


def _encode(variant: Encoder, message: Message, body: bytes) -> bytes:
    """The message as encoded for a variant; b"" if it cannot be encoded because of a bug."""
    try:
        return variant.encode(message, body)
    except Exception:
        log.exception("Unhandled exception while serving %s", visible(message.nick))
        return b""


def _without(
    own: Iterable[int], whole: memoryview, starts: Sequence[int], begin: int
) -> list[memoryview]:
    """The messages from number `begin` on, without the numbers in `own`, as views of `whole`.

    Copies would take gigabytes in a crowd where everybody talks. `starts` are the offsets at which
    the messages begin in `whole`, and its length.
    """
    pieces = []
    for at in (*own, len(starts) - 1):
        if starts[at] > starts[begin] and at > begin:
            pieces.append(whole[starts[begin] : starts[at]])
        begin = max(begin, at + 1)
    return pieces
