"""The interface of the fan-out (`output.fanout`) for the chat's state."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from chatroom.chat.ports import Encoder, Peer, Recipient
from chatroom.chat.state.model import Room, User
from chatroom.wire.message import Message

Audience = Mapping[Encoder, Mapping[Peer, None]]
"""Peers, grouped by the encoder for their messages: an ordered set for each encoder."""

LinesFor = Callable[[User], Sequence[Message]]
"""What is sent to a session of that user."""


class FanoutPort(Protocol):
    """Queues messages from one sender to many recipients until the tick's flush.

    `server_name` is the source of messages from the server itself. A peer is added to `to_flush`
    when the first bytes are put into its outbox. `added` counts the messages that people said in
    rooms so far, `deliveries` those and events, once for each recipient but the author.
    """

    server_name: str
    to_flush: list[Any]
    added: int
    deliveries: int

    def snapshot(self) -> dict[str, int]:
        """What a later process has to go on with, when nothing is queued."""
        ...

    def restore(self, values: Mapping[str, int]) -> None:
        """Go on with the counts of a snapshot."""
        ...

    @property
    def waiting(self) -> int:
        """How many audiences have messages queued in this tick."""
        ...

    def say(self, room: Room, message: Message, body: bytes, skip: Recipient | None = None) -> None:
        """Queue what somebody said, for everybody in the room except `skip`. `body` is the message
        as `encode_body` returns it."""
        ...

    def tell(self, audience: Audience, message: Message, skip: Recipient | None = None) -> None:
        """Queue any other message, for an audience without `skip`."""
        ...

    def tell_rooms(
        self,
        rooms: Iterable[Room],
        message: Message,
        skip: Recipient | None = None,
        few: Collection[Room] = (),
    ) -> None:
        """Queue a message for everyone who is in any of these rooms, without `skip`; in a `few` of
        them, only for people with a rank (mode u)."""
        ...

    def tell_all(
        self, sessions: Iterable[Recipient], message: Message, skip: Recipient | None = None
    ) -> None:
        """Queue a message for these sessions without `skip`."""
        ...

    def tell_each(self, audience: Audience, lines: LinesFor) -> None:
        """Queue lines that are different for each of the audience. `lines` is called later, but
        before the recipient gets anything else."""
        ...

    def about_to_change(self, user: User) -> None:
        """The user gets another name or account: what `tell_each` has queued for them is made
        now."""
        ...

    def with_capability(self, audience: Audience, capability: str, has: bool) -> Audience:
        """Those of the audience whose clients have, or do not have, that capability: one of those
        that are ASKED_FOR."""
        ...

    def audience(self, room: Room) -> Audience:
        """All sessions of the room's members."""
        ...

    def audience_of_rooms(self, rooms: Iterable[Room], few: Collection[Room] = ()) -> Audience:
        """Everyone who is in any of these rooms; in a `few` of them, people with a rank."""
        ...

    def audience_without(self, room: Room, members: Collection[User]) -> Audience:
        """All sessions of the members of a room but these."""
        ...

    def entered(self, room: Room, user: User) -> None:
        """Add a new member, who gets the next messages, but not the ones that are queued now."""
        ...

    def leaves(self, rooms: Sequence[Room], user: User) -> None:
        """Remove a user who is about to leave these rooms, and who still gets the messages that are
        queued now."""
        ...

    def attached(self, session: Recipient, user: User) -> None:
        """Add a new session of a user, who may be in rooms already."""
        ...

    def detached(self, session: Recipient, rooms: Iterable[Room]) -> None:
        """Remove a session of a user who stays in these rooms."""
        ...

    def ended(self, room: Room) -> None:
        """Forget a room that is empty now."""
        ...

    def regroup(self, session: Recipient, before: Encoder, rooms: Iterable[Room]) -> None:
        """Move a session from the variant `before` to its new one. Call `catch_up` before the
        variant changes."""
        ...

    def catch_up(self, session: Recipient) -> None:
        """Move this session's queued messages into its outbox; those of others stay queued."""
        ...

    def encode(self) -> None:
        """Encode the queued messages now, because the result may depend on who is here."""
        ...

    def new_reference(self) -> str:
        """A reference for a batch."""
        ...
