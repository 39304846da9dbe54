"""Messages for many recipients, queued until the flush: the hot path.

A busy tick has many messages for the same people. These messages are queued in one place until the
flush, and then joined once for each variant. All members who only listen share the joined buffer,
so a delivery costs no more than its part of one copy.

A `Segment` holds consecutive messages to the same audience. A message to another audience begins
the next segment. A recipient who is in two segments gets the first through the outbox, and the last
one directly after it.

Each recipient gets everything in the order in which it happened, and callers need not care: a
message to one session alone goes through `Session.put`, which first moves that session's queued
messages into its outbox (`catch_up`). The rest stays queued until the tick's flush, which takes the
`parcels` and writes them without using the outboxes.

A flush takes the parcels of a limited number of peers, because thousands of `send`s would keep the
loop busy for too long. In a large audience, the messages for the others stay queued, as a segment
of their own, until the next flush. The audience of a NICK or QUIT in many rooms is not even known
before the second flush (`Union`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
from chatroom.chat.output.segments import OwnLines, Parcels, Segment, Union
from chatroom.chat.ports import Encoder, Peer, Piece, Recipient
from chatroom.chat.state.fanout_port import Audience, LinesFor
from chatroom.chat.state.model import Room, User
from chatroom.wire.capabilities import CHGHOST
from chatroom.wire.message import Message

SEGMENTS = 8
"""The most segments that are queued; if there are more, the oldest is moved to the outboxes.
`catch_up` has to look at all of them."""

PATIENT_SEGMENTS = 64
"""SEGMENTS while the oldest has lines of its own for each recipient, which takes several ticks."""

AT_ONCE = 1000
"""Recipients in several rooms whose union is made at once."""

ASKED_FOR = (
    "account-notify", "away-notify", CHGHOST, "draft/channel-rename", "invite-notify", "setname",
)  # fmt: skip
"""Capabilities of which the fan-out knows who has them: to ask thousands of sessions for theirs
takes milliseconds."""


class Fanout:
    """The queue of messages to many recipients, until the tick's flush.

    It remembers the audience of each room (all sessions of its members), because finding it for
    each message would take too long. A peer is added to `to_flush` when the first bytes are put
    into its outbox. `segments` are the queued messages. No method raises an exception.
    """

    __slots__ = (
        "_able",
        "_audiences",
        "_references",
        "_sessions",
        "added",
        "deliveries",
        "segments",
        "server_name",
        "to_flush",
    )

    def __init__(self, to_flush: list[Any], server_name: str = "") -> None:
        self.to_flush = to_flush
        self.server_name = server_name
        self.added = 0  # messages that people said in rooms, ever
        self.deliveries = 0  # of messages and events to others, ever
        self.segments: list[Segment] = []
        self._able: dict[str, set[Peer]] = {name: set() for name in ASKED_FOR}
        self._audiences: dict[Room, OwnAudience] = {}
        self._sessions: dict[Peer, tuple[Recipient, User]] = {}
        self._references = 0

    def new_reference(self) -> str:
        """A reference for a batch."""
        self._references += 1
        return f"b{self._references}"

    def snapshot(self) -> dict[str, int]:
        """What a later process has to go on with, when nothing is queued: the audiences follow from
        the rooms and the sessions."""
        references, added, deliveries = self._references, self.added, self.deliveries
        return {"references": references, "added": added, "deliveries": deliveries}

    def restore(self, values: Mapping[str, int]) -> None:
        """Go on with the counts of a snapshot."""
        self._references = values["references"]
        self.added, self.deliveries = values["added"], values["deliveries"]

    @property
    def waiting(self) -> int:
        """How many audiences have messages queued in this tick."""
        return len(self.segments)

    # What is said

    def say(self, room: Room, message: Message, body: bytes, skip: Recipient | None = None) -> None:
        """Queue what somebody said, for everybody in the room except `skip`. `body` is the message
        as `encode_body` returns it."""
        self.added += 1
        self.deliveries += len(room.members)
        audience = self._audiences.get(room) or self.audience(room)
        segments = self.segments
        if not segments:
            segments.append(Segment(audience))
        elif segments[-1].audience is not audience:
            self.add(audience, message, body, skip)
            return
        segments[-1].messages.append((skip, message, body))

    def tell(self, audience: Audience, message: Message, skip: Recipient | None = None) -> None:
        """Queue any other message, for an audience without `skip`."""
        hearers = size(audience)
        if skip is not None and skip.peer in audience.get(skip.variant, ()):
            hearers -= 1
        if hearers:
            self.add(audience, message, b"", skip)
            self.deliveries += hearers

    def tell_rooms(
        self,
        rooms: Iterable[Room],
        message: Message,
        skip: Recipient | None = None,
        few: Collection[Room] = (),
    ) -> None:
        """Queue a message for everyone who is in any of these rooms, without `skip`; in a `few` of
        them, only for people with a rank (mode u). If there are many, `deliveries` counts people
        once for each room, but not more than all people."""
        audiences = [self._audience(room, few) for room in rooms]
        many = sum(map(size, audiences))
        if many <= AT_ONCE or len(audiences) == 1:
            self.tell(_whole(audiences), message, skip)
            return
        segment = Union(audiences)
        segment.messages.append((skip, message, b""))
        self._queue(segment)
        self.deliveries += min(many, len(self._sessions))

    def tell_all(
        self, sessions: Iterable[Recipient], message: Message, skip: Recipient | None = None
    ) -> None:
        """Queue a message for these sessions without `skip`."""
        self.tell(audience_of(sessions, skip), message)

    def add(
        self, audience: Audience, message: Message, body: bytes, skip: Recipient | None
    ) -> None:
        """Append a message to the queue; `body` may be empty."""
        segments = self.segments
        if not segments or segments[-1].audience is not audience:
            self._queue(Segment(audience))
        segments[-1].messages.append((skip, message, body))

    def _queue(self, segment: Segment) -> None:
        segments = self.segments
        patient = bool(segments) and segments[0].weight > 1
        if len(segments) >= (PATIENT_SEGMENTS if patient else SEGMENTS):
            self._put_all(segments.pop(0).parcels())
        segments.append(segment)

    def tell_each(self, audience: Audience, lines: LinesFor) -> None:
        """Queue lines that are different for each of the audience. `lines` is called later, but
        before the recipient gets anything else."""
        if audience:
            self.segments.append(OwnLines(audience, self._sessions, lines))
            self.deliveries += size(audience)

    def about_to_change(self, user: User) -> None:
        """The user gets another name or account: what `tell_each` has queued for them is made
        now."""
        for session in user.sessions:
            self.catch_up(session)

    # Who hears it

    def audience(self, room: Room) -> Audience:
        """All sessions of a room's members."""
        audience = self._audiences.get(room)
        if audience is None:
            sessions = (session for member in room.members for session in member.sessions)
            audience = self._audiences[room] = audience_of(sessions)
        return audience

    def audience_of_rooms(self, rooms: Iterable[Room], few: Collection[Room] = ()) -> Audience:
        """Everyone who is in any of these rooms; in a `few` of them, people with a rank."""
        return _whole([self._audience(room, few) for room in rooms])

    def _audience(self, room: Room, few: Collection[Room]) -> Audience:
        if room not in few:
            return self.audience(room)
        return audience_of(session for member in room.ranked for session in member.sessions)

    def audience_without(self, room: Room, members: Collection[User]) -> Audience:
        """All of a room but some members."""
        left_out = {session.peer for member in members for session in member.sessions}
        some = {
            variant: {peer: None for peer in peers if peer not in left_out}
            for variant, peers in self.audience(room).items()
        }
        return {variant: peers for variant, peers in some.items() if peers}

    def entered(self, room: Room, user: User) -> None:
        """Add a new member, who gets the next messages, but not the ones that are queued now."""
        for session in user.sessions:
            self._include(room, session)

    def leaves(self, rooms: Sequence[Room], user: User) -> None:
        """Remove a user who is about to leave these rooms, and who still gets the messages that are
        queued now."""
        for session in user.sessions:
            self.catch_up(session)
            for room in rooms:
                self._exclude(room, session)

    def with_capability(self, audience: Audience, capability: str, has: bool) -> Audience:
        """Those of the audience whose clients have, or do not have, that capability: one of
        ASKED_FOR."""
        able = self._able[capability]
        part: OwnAudience = {}
        for variant, peers in audience.items():
            some = {peer: None for peer in peers if (peer in able) is has}
            if some:
                part[variant] = some
        return part

    def _note_capabilities(self, session: Recipient) -> None:
        for capability, able in self._able.items():
            if capability in session.capabilities:
                able.add(session.peer)
            else:
                able.discard(session.peer)

    def attached(self, session: Recipient, user: User) -> None:
        """Add a new session of a user, who may be in rooms already."""
        self._sessions[session.peer] = session, user
        self._note_capabilities(session)
        for room in user.rooms:
            self._include(room, session)

    def detached(self, session: Recipient, rooms: Iterable[Room]) -> None:
        """Remove a session of a user who stays in these rooms."""
        self.catch_up(session)
        self._sessions.pop(session.peer, None)
        for able in self._able.values():
            able.discard(session.peer)
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
        """Remove a session that was caught up."""
        before = self._audiences.get(room)
        if before is not None:
            after = self._changeable(room, before)
            exclude(after, session.variant, session.peer)
            if after is not before:
                self._left(before, after)

    def ended(self, room: Room) -> None:
        """Forget a room that is empty now."""
        self._audiences.pop(room, None)

    def regroup(self, session: Recipient, before: Encoder, rooms: Iterable[Room]) -> None:
        """Move a session from the variant `before` to its new one. Call `catch_up` before the
        variant changes."""
        self._note_capabilities(session)
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
        """The room's audience, which may be changed: a copy if messages to it are queued."""
        if self.holds(audience):
            audience = self._audiences[room] = copied(audience)
        return audience

    # What waits

    def catch_up(self, session: Recipient) -> None:
        """Move this session's queued messages into its outbox; those of others stay queued."""
        for segment in self.segments:
            pieces = segment.missing(session)
            if pieces:
                self._put(session.peer, pieces)

    def holds(self, audience: Audience) -> bool:
        """Whether messages to this very audience are queued."""
        for segment in self.segments:  # noqa: SIM110  `any` costs more, and is called for each room
            if segment.holds(audience):
                return True
        return False

    def _joined(self, session: Recipient, before: Audience, after: Audience) -> None:
        """A session was added to the audience `before`, which is `after` now. The queued messages
        are not for it. The next messages to `after` belong to the same segment."""
        if self.segments and self.segments[-1].audience is before:
            segment = self.segments[-1]
            segment.audience = after
            segment.given[session] = len(segment.messages)

    def _left(self, before: Audience, after: Audience) -> None:
        """A session was removed from the audience, or changed its variant; it was caught up
        before."""
        if self.segments and self.segments[-1].audience is before:
            self.segments[-1].audience = after

    def encode(self) -> None:
        """Encode the queued messages now, because a variant's result may depend on who is here: it
        may remember earlier messages, and forget them when somebody comes or goes."""
        for segment in self.segments:
            for variant in segment.variants:
                segment.encoded(variant)

    def flush_to_outboxes(self) -> None:
        """Move all queued messages into the outboxes."""
        self._put_all(self.parcels())

    def parcels(self, most: float = inf) -> Parcels:
        """Take queued messages out, as parcels: pieces, and the peers who get them.

        Each peer gets at most one parcel, and no parcel is empty. The parcels are for the first
        `most` peers; messages to the others stay queued.
        """
        segments, self.segments = self.segments, []
        if len(segments) == 1 and segments[0].reach * segments[0].weight <= most:  # the usual case
            return segments[0].parcels()
        for at, segment in enumerate(segments):
            cost = segment.reach * segment.weight
            most -= cost
            if most < 0:
                some = segment.take((int(most) + cost) // segment.weight)
                segments, self.segments = segments[:at], segments[at:]
                segments += [some] if some else []
                break
        for segment in segments:
            segment.unite()
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


def _whole(audiences: Sequence[Audience]) -> Audience:
    """The union of the audiences; if there is only one, that audience itself."""
    return audiences[0] if len(audiences) == 1 else united(audiences)


def _who_hears_more(segments: Sequence[Segment]) -> list[set[Peer]]:
    """For each segment, the peers of its audience who are in a later segment too."""
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
