"""What the chat sees of connections and of the doors' ways to encode."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from chatroom.wire.capabilities import Capabilities, variant_of
from chatroom.wire.message import Message

Piece = bytes | memoryview


class Transport(NamedTuple):
    """How a connection's bytes travel.

    `secure`: nobody on the way can read them, because of TLS or because they do not leave this
    machine. `tls` is the version, such as TLSv1.3, or "". `fingerprint` is that of the client's
    certificate (SHA-256, 64 hexadecimal digits), or "".
    """

    secure: bool = False
    tls: str = ""
    fingerprint: str = ""


CLEAR, LOCAL = Transport(), Transport(secure=True)
"""Clear text over a network, and clear text from this machine: loopback or a unix socket."""


class Peer(Protocol):
    """What the chat sees of a connection: a list of pieces to be written, and the number of bytes
    that were handed over and not taken by the system.

    Only `Session.put` and the fan-out append to the list: they keep the order.
    """

    outbox: list[Piece]
    backlog: int


class Encoder(Protocol):
    """Turns messages into the bytes of a kind of recipient; b"" where there is nothing to show."""

    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """The bytes for one message; `body` is its line without tags, where that is known."""
        ...


Encoders = Callable[[Capabilities], tuple[Encoder, Encoder]]
"""A door's encoders for a session with these capabilities: one for messages to the session alone,
one for messages to many. Sessions with the same second encoder share the bytes."""


def irc_encoders(capabilities: Capabilities) -> tuple[Encoder, Encoder]:
    """IRC's: one variant for both."""
    variant = variant_of(capabilities)
    return variant, variant


class UnfinishedAnswer(Protocol):
    """The rest of an answer to a command (`answers.Answer`), which its door goes on with.

    `acts`: others see what its steps do, so all of them are done.
    """

    acts: bool

    def advance(self) -> bool:
        """Do one step. Returns whether more follow."""
        ...


class Recipient(Protocol):
    """One connection of a user, as the fan-out and the events see it: `Session` is the only one.

    Messages to it alone are encoded by `translator`, messages to many by `variant`. `closing` is
    the reason once it is leaving. `shows_rooms_itself`: it is one of the plain door. `since`: when
    it began, on the world's clock.
    """

    peer: Peer
    host: str
    translator: Encoder
    variant: Encoder
    capabilities: Capabilities
    closing: str
    transport: Transport
    shows_rooms_itself: bool
    since: float

    @property
    def echoes(self) -> bool:
        """Whether what this client says comes back (IRCv3 echo-message)."""
        ...

    def send(self, message: Message) -> None:
        """Send a message to this connection alone, as a part of a labelled reply if there is one
        under way."""
        ...

    def send_now(self, message: Message, body: bytes = b"") -> None:
        """Send a message to this connection alone, and as no part of a reply."""
        ...
