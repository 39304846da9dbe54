"""A connection inside TLS. Its owner uses it as a `Connection` in clear text.

Imported only where TLS is spoken: `ssl` would slow down the start of every script.
"""

import socket
from collections.abc import Callable

from chatroom.net.addresses import Address
from chatroom.net.connection import Connection
from chatroom.net.loop import Loop
from chatroom.net.tls import TlsError, TlsLayer
from chatroom.net.tls_context import client_context
from chatroom.text.display import visible

CANNOT_VERIFY = "CERTIFICATE_VERIFY_FAILED"

_RECORDS = b"\x14\x15\x16\x17"
"""The first byte of whatever speaks TLS (RFC 8446 section 5.1)."""

_SHOWN = 100
"""Bytes that are shown of what a server answers in clear text."""


class HandshakeError(Exception):
    """There is no TLS. `str()` says why, as a part of a sentence.

    `speaks` is whether the server seems to speak TLS at all. `distrusted` is whether it does, and
    only the system's trust store does not vouch for it.
    """

    def __init__(self, why: str, speaks: bool = True, distrusted: bool = False) -> None:
        super().__init__(why)
        self.speaks = speaks
        self.distrusted = distrusted


class TlsConnection:
    """A client has begun a handshake on `layer`. `shaken` is called once: with None when it is
    done, else with the reason why it never will be. Only after that `received` is called, as that
    of a `Connection` is."""

    def __init__(
        self,
        connection: Connection,
        layer: TlsLayer,
        received: Callable[[bytes], None],
        shaken: Callable[[HandshakeError | None], None],
    ) -> None:
        self._connection = connection
        self._layer = layer
        self._received = received
        self._shaken = shaken
        self._heard = False
        self._over = False
        self._why = ""
        connection.received = self._receive
        self._pass_on()
        connection.flush()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the server's certificate."""
        return self._layer.fingerprint

    @property
    def lost(self) -> str:
        """Why the connection is of no use any more; "" if it is, or if the server has closed it."""
        return self._connection.lost or self._why

    @property
    def flushed(self) -> bool:
        """Whether everything has been handed to the system, or never can be."""
        return self._connection.flushed

    def say(self, data: bytes) -> None:
        """Have this written by the next `flush`."""
        try:
            self._layer.write(data)
        except TlsError as error:
            self._end(str(error))
        self._pass_on()

    def flush(self) -> int:
        """Write what waits. Returns the number of bytes that the socket has not taken."""
        return self._connection.flush()

    def pause(self) -> None:
        """Stop reading. Nothing stays inside the layer meanwhile."""
        self._connection.pause()

    def resume(self) -> None:
        """Read again."""
        self._connection.resume()

    def release(self) -> None:
        """Close the socket, and tell the server so where that is possible at once."""
        self._over = True
        if self._layer.established and not self._connection.lost:
            self._layer.close()
            self._pass_on()
            self._connection.flush()
        self._connection.release()

    def _receive(self, data: bytes) -> None:
        if self._layer.established:
            self._hear(data)
        else:
            self._shake_hands(data)

    def _shake_hands(self, data: bytes) -> None:
        try:
            plaintext = self._layer.feed(data)
        except TlsError as error:
            self._pass_on()  # an alert, so that the server knows why
            self._connection.flush()
            self._fail(self._what_failed(error, data))
            return
        self._heard = self._heard or bool(data)
        self._pass_on()
        self._connection.flush()
        if self._layer.established:
            self._shaken(None)
            self._deliver(plaintext)
        elif not data:
            why = self._connection.lost or "it closed the connection during the handshake"
            self._fail(HandshakeError(why, speaks=self._heard))

    def _what_failed(self, error: TlsError, data: bytes) -> HandshakeError:
        if not self._heard and data[:1] and data[0] not in _RECORDS:
            line = visible(data[:_SHOWN].decode(errors="replace").splitlines()[0].strip())
            answer = f"it answered in clear text ({line})" if line else "it answered in clear text"
            return HandshakeError(answer, speaks=False)
        if error.reason == CANNOT_VERIFY:
            why = str(error).partition(": ")[2] or str(error)
            return HandshakeError(why, distrusted=True)
        return HandshakeError(str(error))

    def _fail(self, error: HandshakeError) -> None:
        if not self._over:
            self._over = True
            self._shaken(error)

    def _hear(self, data: bytes) -> None:
        if not data:
            self._end("")
            return
        try:
            plaintext = self._layer.feed(data)
        except TlsError as error:
            self._deliver(error.plaintext)
            self._end(str(error))
            return
        self._pass_on()
        self._deliver(plaintext)

    def _deliver(self, plaintext: bytes) -> None:
        if plaintext and not self._over:
            self._received(plaintext)
        if self._layer.ended:
            self._end("")

    def _end(self, why: str) -> None:
        """The server sends no more, or nothing of use."""
        if not self._over:
            self._over, self._why = True, why
            self._received(b"")

    def _pass_on(self) -> None:
        data = self._layer.take()
        if data:
            self._connection.say(data)


def secured(
    loop: Loop,
    sock: socket.socket,
    address: Address,
    verify: bool,
    received: Callable[[bytes], None],
    shaken: Callable[[HandshakeError | None], None],
    to_flush: list[Connection],
) -> TlsConnection:
    """Begin a handshake with the server at this address; with `verify` the system's trust store has
    to vouch for it. Raises HandshakeError if it cannot even begin, as with a host whose name no
    certificate can have."""
    try:
        layer = TlsLayer(client_context(verify), _name(address))
        layer.feed(b"")
    except (OSError, ValueError, TlsError) as error:
        sock.close()
        raise HandshakeError(str(error)) from None
    connection = Connection(loop, sock, _nothing_yet, to_flush)
    return TlsConnection(connection, layer, received, shaken)


def _nothing_yet(_data: bytes) -> None:
    """The loop has not turned since."""


def _name(address: Address) -> str:
    """What the certificate has to be for. A zone (`%eth0`) is no part of a name."""
    return address.host.partition("%")[0].rstrip(".") or "localhost"
