"""The client's part of a TLS handshake, on a connection that is in clear text so far.

Imported only when it is needed, because `ssl` would slow down the start of every script.
"""

from collections.abc import Callable
from ssl import SSLError

from chatroom.net.addresses import Address
from chatroom.net.connection import Connection
from chatroom.net.tls import TlsError, TlsLayer
from chatroom.net.tls_context import client_context
from chatroom.text.display import visible
from chatroom.text.sentences import GREETING

CANNOT_VERIFY = "CERTIFICATE_VERIFY_FAILED"

REFUSED = "SSLV3_ALERT_HANDSHAKE_FAILURE"
"""How our server answers if it has no certificate."""

_RECORDS = b"\x14\x15\x16\x17"
"""The first byte of TLS records that a server sends (RFC 8446 section 5.1)."""

_GREETING = GREETING.partition("{")[0].encode()

_SHOWN = 100
"""The number of bytes of a clear-text answer that are shown."""


class HandshakeError(Exception):
    """The handshake failed.

    `str()` says why, as a part of a sentence. `speaks` is whether the server seems to speak TLS at
    all. `distrusted` is true if the only problem is that the system's trust store does not vouch
    for the server. `late`: our server took a silent client for a person, and greeted it.
    """

    def __init__(
        self, why: str, speaks: bool = True, distrusted: bool = False, late: bool = False
    ) -> None:
        super().__init__(why)
        self.speaks = speaks
        self.distrusted = distrusted
        self.late = late


class Handshake:
    """`shaken` is called once: with None when the handshake is done, or with the reason for its
    failure. Then call `begin`, or release the connection."""

    def __init__(
        self,
        connection: Connection,
        layer: TlsLayer,
        shaken: Callable[[HandshakeError | None], None],
    ) -> None:
        self._connection = connection
        self._layer = layer
        self._shaken = shaken
        self._heard = False
        self._plaintext = b""
        connection.received = self._receive
        self._pass_on()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint of the server's certificate."""
        return self._layer.fingerprint

    def begin(self, received: Callable[[bytes], None], ready: Callable[[], None]) -> None:
        """Start to use TLS, because the server is the right one: from now on the connection takes
        and gives plaintext. Calls `ready` before anything is received."""
        connection = self._connection
        connection.received = received
        connection.start_tls(self._layer)
        ready()
        if self._plaintext:
            connection.received(self._plaintext)  # a released connection ignores this
        if self._layer.ended:
            connection.received(b"")

    def _receive(self, data: bytes) -> None:
        try:
            self._plaintext = self._layer.feed(data)
        except TlsError as error:
            self._pass_on()  # an alert, so that the server knows why
            self._shaken(self._what_failed(error, data))
            return
        self._heard = self._heard or bool(data)
        self._pass_on()
        if self._layer.established:
            self._shaken(None)
        elif not data:
            why = self._connection.lost or "it closed the connection during the handshake"
            self._shaken(HandshakeError(why, speaks=self._heard))

    def _what_failed(self, error: TlsError, data: bytes) -> HandshakeError:
        if not self._heard and data[0] not in _RECORDS:
            line = visible(data[:_SHOWN].decode(errors="replace").split("\n")[0].strip())
            answer = f"it answered in clear text ({line})" if line else "it answered in clear text"
            return HandshakeError(answer, speaks=False, late=data.startswith(_GREETING))
        if not self._heard and error.reason == REFUSED:
            return HandshakeError("it refused the handshake", speaks=False)
        if error.reason == CANNOT_VERIFY:
            why = str(error).partition(": ")[2] or str(error)
            return HandshakeError(why, distrusted=True)
        return HandshakeError(str(error))

    def _pass_on(self) -> None:
        """Send at once, because the loop flushes only when there is a chat."""
        data = self._layer.take()
        if data:
            self._connection.say(data)
        self._connection.flush()


def client_layer(
    address: Address, verify: bool, certificate: str = "", protocol: str = "irc"
) -> TlsLayer:
    """Begin a handshake with the server at this address. With `verify`, the system's trust store
    has to vouch for it. `certificate` is a PEM file with the client's own certificate
    and its key, which it shows if it is asked; `protocol` is one of ALPN. Raises
    HandshakeError if that file cannot be used, or if no certificate can be for such a name."""
    try:
        context = client_context(verify, certificate, protocol=protocol)
    except OSError as error:
        raise HandshakeError(_why_no_certificate(certificate, error)) from None
    try:
        layer = TlsLayer(context, _name(address))
        layer.feed(b"")
    except (OSError, ValueError, TlsError) as error:
        raise HandshakeError(str(error)) from None
    return layer


def _why_no_certificate(file: str, error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    if isinstance(error, SSLError):  # whose texts are OpenSSL's own
        reason = "it has to contain a certificate and its key, in PEM, without a password"
    return f"your certificate {visible(file)} cannot be used: {reason}" if file else str(error)


def _name(address: Address) -> str:
    """The name or address that the certificate has to contain, without a zone (`%eth0`)."""
    return address.host.partition("%")[0].rstrip(".") or "localhost"
