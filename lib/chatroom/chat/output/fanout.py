"""Messages for many recipients, queued until the flush: the hot path.

A busy tick has many messages for the same people. They are queued in one place as long as nothing
else happens to them, and then joined once for each variant: all members who only listen share one
buffer, so that a delivery costs no more than its part of a copy.

A `Segment` is what the same audience is told in a row; what somebody else is told next begins
another one. Whoever is in two of them gets the first by way of the outbox, and the last behind it.

The order of what anybody is told stays as it happened, and nobody has to think of it: what a
session alone is told goes through `Session.put`, which first moves what waits for that session into
its outbox (`catch_up`). What is left waits for the tick's flush, which takes the `parcels` and
writes them without a way through the outboxes.

A flush takes the parcels of a limited number of peers, because thousands of `send`s would keep the
loop busy for too long. Those who are left of a large audience stay a segment of their own, and wait
for the next flush like anybody for whom something waits.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate, count
from math import inf
from typing import Any

from chatroom.chat.output.audience import (
    OwnAudience,
    audience_of,
    copied,
    exclude,
    include,
    size,
    united,
)
from chatroom.chat.ports import Encoder, Peer, Piece, Recipient
from chatroom.chat.state.fanout_port import Audience
from chatroom.chat.state.model import Room, User
from chatroom.text.display import visible
from chatroom.wire.message import Message

Parcels = Iterator[tuple[Sequence[Piece], Collection[Any]]]

log = logging.getLogger("chatroom")

SEGMENTS = 8
"""That wait at the most: the oldest goes to the outboxes when there are more. Each of them is
asked about whoever is told something alone."""


TOGETHER = 64
"""Messages that all variants get before any of them gets the next. So variants that share what they
make of a message have to keep no more than so many."""


class Segment:
    """What an audience is told in a row: messages, each with who is left out.

    `parts` are the first of them as variants have them. `given` says how many of them a member
    has in the outbox, or need not get, because they were before their time. `left` is the audience
    once the segment was found too large for one flush: those who have not got it.
    """

    __slots__ = ("audience", "given", "left", "messages", "parts")

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.left: OwnAudience | None = None
        self.messages: list[tuple[Recipient | None, Message, bytes]] = []
        self.parts: dict[Encoder, list[bytes]] = {}
        self.given: dict[Recipient, int] = {}

    def missing(self, session: Recipient) -> list[Piece]:
        """What waits for this one, who has it from now on."""
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
        segment = Segment(first)
        segment.messages, segment.parts, segment.given = self.messages, self.parts, self.given
        return segment

    def parcels(self) -> Parcels:
        """All of it, as pieces with the peers who get them.

        Nobody gets more than one parcel, and none is empty.
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
        """The same for one message, as most are where people talk: nothing to be joined or cut."""
        author = self.messages[0][0]
        for variant, peers in self.audience.items():
            (data,) = self.encoded(variant)
            if data:
                listeners = peers
                if author is not None and author.peer in peers:
                    listeners = dict(peers)
                    del listeners[author.peer]
                yield (data,), listeners

    def encoded(self, variant: Encoder) -> list[bytes]:
        """The messages for one kind of recipient; one that meets a bug of ours is not in it."""
        parts = self.parts.setdefault(variant, [])
        many = len(self.messages)
        if many - len(parts) > TOGETHER:
            for end in range(TOGETHER, many, TOGETHER):
                for each in self.audience:
                    self._encode(each, end)
        self._encode(variant, many)
        return parts

    def _encode(self, variant: Encoder, end: int) -> None:
        """The messages before `end` that this variant does not have yet."""
        parts = self.parts.setdefault(variant, [])
        for _, message, body in self.messages[len(parts) : end]:
            try:
                parts.append(variant.encode(message, body))
            except Exception:
                log.exception("Unhandled exception while serving %s", visible(message.nick))
                parts.append(b"")


class Fanout:
    """What waits for the tick's flush, in the order in which it was said.

    It keeps the audience of each room, with all sessions of its members, from one message to the
    next: the hot path. `to_flush` takes the peers whose outbox gets its first bytes. No method
    raises anything.
    """

    __slots__ = (
        "_audiences",
        "_references",
        "_segments",
        "added",
        "deliveries",
        "server_name",
        "to_flush",
    )

    def __init__(self, to_flush: list[Any], server_name: str = "") -> None:
        self.to_flush = to_flush
        self.server_name = server_name
        self.added = 0  # messages that people said in rooms, ever
        self.deliveries = 0  # of messages and events to others, ever
        self._segments: list[Segment] = []
        self._audiences: dict[Room, OwnAudience] = {}
        self._references = count(1)

    def new_reference(self) -> str:
        """A reference for a batch."""
        return f"b{next(self._references)}"

    @property
    def waiting(self) -> int:
        """How many audiences are waiting to be told something in this tick."""
        return len(self._segments)

    # What is said

    def say(self, room: Room, message: Message, body: bytes, skip: Recipient | None = None) -> None:
        """Somebody's words for all of a room but `skip`. `body` is what `encode_body` says of
        them."""
        self.added += 1
        self.deliveries += len(room.members)
        audience = self._audiences.get(room) or self.audience(room)
        segments = self._segments
        if segments and segments[-1].audience is audience:
            segments[-1].messages.append((skip, message, body))
        else:
            self.add(audience, message, body, skip)

    def tell(self, audience: Audience, message: Message, skip: Recipient | None = None) -> None:
        """Whatever else happens, for all of an audience but `skip`."""
        hearers = size(audience)
        if skip is not None and skip.peer in audience.get(skip.variant, ()):
            hearers -= 1
        if hearers:
            self.add(audience, message, b"", skip)
            self.deliveries += hearers

    def tell_all(
        self, sessions: Iterable[Recipient], message: Message, skip: Recipient | None = None
    ) -> None:
        """The same for these sessions but `skip`."""
        self.tell(audience_of(sessions, skip), message)

    def add(
        self, audience: Audience, message: Message, body: bytes, skip: Recipient | None
    ) -> None:
        """Let a message wait for its audience; `body` may be empty."""
        segments = self._segments
        if not segments or segments[-1].audience is not audience:
            if len(segments) == SEGMENTS:
                self._put_all(segments.pop(0).parcels())
            segments.append(Segment(audience))
        segments[-1].messages.append((skip, message, body))

    # Who hears it

    def audience(self, room: Room) -> Audience:
        """All sessions of a room's members."""
        audience = self._audiences.get(room)
        if audience is None:
            sessions = (session for member in room.members for session in member.sessions)
            audience = self._audiences[room] = audience_of(sessions)
        return audience

    def audience_of_rooms(self, rooms: Iterable[Room]) -> Audience:
        """Everyone who is in any of these rooms."""
        return united([self.audience(room) for room in rooms])

    def entered(self, room: Room, user: User) -> None:
        """Let a new member hear what is said next, and nothing that waits for the others."""
        for session in user.sessions:
            self._include(room, session)

    def leaves(self, room: Room, user: User) -> None:
        """Let somebody who is about to leave hear what waits, and nothing more."""
        for session in user.sessions:
            self._exclude(room, session)

    def attached(self, session: Recipient, rooms: Iterable[Room]) -> None:
        """Let a new session of a user who is in these rooms hear what is said there next."""
        for room in rooms:
            self._include(room, session)

    def detached(self, session: Recipient, rooms: Iterable[Room]) -> None:
        """Let a session, whose user stays in these rooms, hear what waits, and nothing more."""
        for room in rooms:
            self._exclude(room, session)

    def _include(self, room: Room, session: Recipient) -> None:
        before = self._audiences.get(room)
        if before is not None:
            after = self._changeable(room, before)
            include(after, session.variant, session.peer)
            if after is not before:
                self._joined(session, before, after)

    def _exclude(self, room: Room, session: Recipient) -> None:
        self.catch_up(session)
        before = self._audiences.get(room)
        if before is not None:
            after = self._changeable(room, before)
            exclude(after, session.variant, session.peer)
            if after is not before:
                self._left(before, after)

    def ended(self, room: Room) -> None:
        """Forget a room in which nobody is any more."""
        self._audiences.pop(room, None)

    def regroup(self, session: Recipient, before: Encoder, rooms: Iterable[Room]) -> None:
        """Let a session, which had the variant `before` and has been caught up, hear by its new
        one."""
        if session.variant is before:
            return
        for room in rooms:
            old = self._audiences.get(room)
            if old is not None:
                new = self._changeable(room, old)
                exclude(new, before, session.peer)
                include(new, session.variant, session.peer)
                if new is not old:
                    self._left(old, new)

    def _changeable(self, room: Room, audience: OwnAudience) -> OwnAudience:
        """The room's audience; another one if something waits for it."""
        if self.holds(audience):
            audience = self._audiences[room] = copied(audience)
        return audience

    # What waits

    def catch_up(self, session: Recipient) -> None:
        """Put what waits for this one into the outbox; the others' go on waiting."""
        for segment in self._segments:
            pieces = segment.missing(session)
            if pieces:
                self._put(session.peer, pieces)

    def holds(self, audience: Audience) -> bool:
        """Whether something waits for this very audience."""
        for segment in self._segments:  # noqa: SIM110  `any` costs more, and is called for each room
            if segment.audience is audience:
                return True
        return False

    def _joined(self, session: Recipient, before: Audience, after: Audience) -> None:
        """Somebody is new in the audience `before`, which is `after` now: what waits is not for
        them. What is said next to `after` goes on with what waits."""
        if self._segments and self._segments[-1].audience is before:
            segment = self._segments[-1]
            segment.audience = after
            segment.given[session] = len(segment.messages)

    def _left(self, before: Audience, after: Audience) -> None:
        """Somebody is in it no longer, or under another variant; they were caught up before."""
        if self._segments and self._segments[-1].audience is before:
            self._segments[-1].audience = after

    def encode(self) -> None:
        """See what waits with the eyes of now: a variant may remember what it has seen, and forget
        it when somebody comes or goes."""
        for segment in self._segments:
            for variant in segment.audience:
                segment.encoded(variant)

    def hand_out(self) -> None:
        """Put what waits into everyone's outbox."""
        self._put_all(self.parcels())

    def parcels(self, most: float = inf) -> Parcels:
        """What waits, as pieces with the peers who get them; from now on it waits no longer.

        Nobody gets more than one parcel, and none is empty. These are the parcels for the first
        `most` peers; what is for others goes on waiting.
        """
        segments, self._segments = self._segments, []
        for at, segment in enumerate(segments):
            most -= size(segment.audience)
            if most < 0:
                some = segment.take(int(most) + size(segment.audience))
                segments, self._segments = segments[:at], segments[at:]
                segments += [some] if some else []
                break
        if len(segments) == 1:
            return segments[0].parcels()
        return self._several(segments)

    def _several(self, segments: list[Segment]) -> Parcels:
        for segment, again in zip(segments, _who_hears_more(segments), strict=True):
            for pieces, peers in segment.parcels():
                twice = [peer for peer in peers if peer in again] if again else []
                for peer in twice:
                    self._put(peer, pieces)
                if not twice:
                    yield pieces, peers
                elif len(twice) < len(peers):
                    yield pieces, {peer: None for peer in peers if peer not in again}

    def _put_all(self, parcels: Parcels) -> None:
        for pieces, peers in parcels:
            for peer in peers:
                self._put(peer, pieces)

    def _put(self, peer: Peer, pieces: Sequence[Piece]) -> None:
        if not peer.outbox:
            self.to_flush.append(peer)
        peer.outbox += pieces


def _who_hears_more(segments: Sequence[Segment]) -> list[set[Peer]]:
    """For each segment those of its audience who are in a later one, too."""
    later: set[Peer] = set()
    found = []
    for segment in reversed(segments):
        again: set[Peer] = set()
        for peers in segment.audience.values():
            again |= later.intersection(peers) if later else later
        found.append(again)
        if segment is not segments[0]:
            later.update(*segment.audience.values())
    return found[::-1]


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
