"""The door of a connection that begins with TLS: shakes hands, then leaves it to another door.

Behind the handshake the connection decrypts and encrypts by itself (`Connection.start_tls`). So the
next door recognises the protocol inside TLS as it does outside.
"""

from collections.abc import Callable

from chatroom.chat import flood
from chatroom.chat.ports import Transport
from chatroom.net.tls import TlsError, TlsLayer
from chatroom.server.doors.door import STALLED, Door
from chatroom.server.doors.ports import DoorHost

HANDSHAKE_BYTES = 65_536
"""A longer handshake is none. With a chain of certificates it has a few thousand bytes."""

COST = 1.0
"""The cost of a handshake, in the unit of `Limits.flood_burst`."""

_HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"
"""The alert by which a server without a certificate refuses a handshake (RFC 8446 sections 5.1 and
6.2)."""


class HandshakeDoor(Door):
    """Collects the client's part of the handshake, and answers when it is its turn.

    Until then nothing more is read. The deadline is that of every door: `Limits.registration`
    seconds after the connection began.
    """

    __slots__ = ("layer", "next_door", "pending", "size")

    def __init__(
        self,
        host: DoorHost[Door],
        arrived_at: float,
        next_door: Callable[[DoorHost[Door], float], Door],
    ) -> None:
        super().__init__(host, arrived_at)
        self.next_door = next_door
        self.layer: TlsLayer | None = None
        self.pending = b""
        self.size = 0

    def received(self, data: bytes) -> None:
        """Keep the client's bytes until the next step."""
        self.heard_at = self.host.facts.clock
        if not data:
            self.ended_early()
            return
        self.size += len(data)
        self.pending += data
        self.connection.pause()
        if flood.wait(self.host.facts, self.session):
            self._wait_for_allowance()
        else:
            self.host.handshakes.add(self.step)

    def work(self) -> bool:
        """There is allowance again."""
        if not self.session.closing:
            self.host.handshakes.add(self.step)
        return False

    def step(self) -> None:
        """Process what came, and answer it."""
        if self.session.closing or self.connection.tls is not None:
            return
        data, self.pending = self.pending, b""
        if self.layer is None:
            flood.spend(self.host.facts, self.session, COST)
            self.host.charge_address(self.session, COST)
            contexts = self.host.handshakes.contexts
            if contexts is None:
                self.refuse()
                return
            self.layer = TlsLayer(contexts.for_hello(data))
        try:
            plaintext = self.layer.feed(data)
        except TlsError as error:
            self.session.put(self.layer.take())
            self.leave(f"TLS: {error}")
            return
        if self.layer.established:
            self._enter(self.layer, plaintext)
        elif self.size > HANDSHAKE_BYTES:
            self.leave("TLS: the handshake is too long")
        else:
            self.session.put(self.layer.take())
            self.connection.resume()

    def _enter(self, layer: TlsLayer, plaintext: bytes) -> None:
        self.host.handshakes.done += 1
        self.session.transport = Transport(True, layer.version, layer.fingerprint)
        self.connection.start_tls(layer)
        door = self.switch_to(self.next_door(self.host, self.arrived_at))
        self.connection.resume()
        if plaintext:
            door.received(plaintext)
        if layer.ended and not self.session.closing:
            door.received(b"")

    @property
    def is_under_way(self) -> bool:
        """A handshake cannot move."""
        return True

    @property
    def is_stalled(self) -> bool:
        """Whether the client has stopped in the middle of it."""
        return self.host.facts.clock - self.heard_at > STALLED

    def force_end(self) -> None:
        """The client has to begin again."""
        self.leave("TLS: the handshake took too long")

    def leave(self, reason: str) -> None:
        """It has not come to an end: nobody leaves through this door afterwards."""
        self.host.handshakes.failed += 1
        super().leave(reason)

    def refuse(self) -> None:
        """Refuse, because there is no certificate."""
        self.host.handshakes.remind(self.session.host, self.host.facts.clock)
        self.session.put(_HANDSHAKE_FAILURE)
        self.leave("TLS: there is no certificate")

    def farewell(self, reason: str) -> bytes:
        """Nothing: in the middle of a handshake nobody reads words."""
        return b""
