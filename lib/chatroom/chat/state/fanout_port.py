"""What people and rooms need of the fan-out (`output.fanout`), which knows who hears what."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from chatroom.chat.ports import Encoder, Peer, Recipient
from chatroom.chat.state.model import Room, User
from chatroom.wire.message import Message

Audience = Mapping[Encoder, Mapping[Peer, None]]
"""Peers, grouped by the encoder by which they get what is said. They are in order, as in a set."""


class FanoutPort(Protocol):
    """From one to many.

    `server_name` is the source of what the server itself says. `to_flush` takes the peers whose
    outbox gets its first bytes. `added` counts messages that people said in rooms, ever, and
    `deliveries` those and events by the others who get them.
    """

    server_name: str
    to_flush: list[Any]
    added: int
    deliveries: int

    @property
    def waiting(self) -> int:
        """How many audiences are waiting to be told something in this tick."""
        ...

    def say(self, room: Room, message: Message, body: bytes, skip: Recipient | None = None) -> None:
        """Words for all of a room but `skip`. `body` is what `encode_body` says of them."""
        ...

    def tell(self, audience: Audience, message: Message, skip: Recipient | None = None) -> None:
        """Whatever else happens, for all of the audience but `skip`."""
        ...

    def tell_all(
        self, sessions: Iterable[Recipient], message: Message, skip: Recipient | None = None
    ) -> None:
        """The same for these sessions but `skip`."""
        ...

    def audience(self, room: Room) -> Audience:
        """All connections of all members."""
        ...

    def audience_of_rooms(self, rooms: Iterable[Room]) -> Audience:
        """Everyone who is in any of these rooms."""
        ...

    def entered(self, room: Room, user: User) -> None:
        """A new member hears what is said next, and nothing of what waits for the others."""
        ...

    def leaves(self, room: Room, user: User) -> None:
        """Called while the user is still a member: they hear what waits, and nothing more."""
        ...

    def attached(self, session: Recipient, rooms: Iterable[Room]) -> None:
        """A new session of a user who is in these rooms hears what is said there next."""
        ...

    def detached(self, session: Recipient, rooms: Iterable[Room]) -> None:
        """A session, whose user stays in these rooms, hears what waits, and nothing more."""
        ...

    def ended(self, room: Room) -> None:
        """Nobody is in the room any more."""
        ...

    def regroup(self, session: Recipient, before: Encoder, rooms: Iterable[Room]) -> None:
        """A session in these rooms, which has been caught up, had that variant before."""
        ...

    def catch_up(self, session: Recipient) -> None:
        """Put what waits for this one into the outbox; the others' go on waiting."""
        ...

    def encode(self) -> None:
        """Encode what waits now: an encoder may remember what it has seen, and forget it when
        somebody comes or goes."""
        ...

    def new_reference(self) -> str:
        """A reference for a batch."""
        ...
