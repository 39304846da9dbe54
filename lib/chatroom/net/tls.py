"""TLS as a layer without a socket: bytes go in, bytes come out, at either end of a connection.

    network -> `feed` -> plaintext          plaintext -> `write`, then `take` -> network

The caller reads and writes the socket, so TLS behaves like clear text: nothing here blocks, and the
loop decides when to send. `feed` always empties the layer. Otherwise lines could stay inside it
while the socket is silent, and nobody would notice them.
"""

import hashlib
import re
import ssl
from contextlib import suppress
from typing import Any

PLAINTEXT = 16_384
"""The maximum of plaintext in a record (RFC 8446 section 5.1)."""

_SENTENCES = {
    "CERTIFICATE_VERIFY_FAILED": "the certificate cannot be verified",
    "HTTPS_PROXY_REQUEST": "the other side speaks HTTP, not TLS",
    "HTTP_REQUEST": "the other side speaks HTTP, not TLS",
    "NO_SHARED_CIPHER": "the two sides have no cipher in common",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the other side sent no certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the other side rejected our certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the other side rejected our certificate as expired",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the other side rejected our certificate",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the other side could not agree on parameters",
    "TLSV1_ALERT_ACCESS_DENIED": "the other side refused",
    "TLSV1_ALERT_INTERNAL_ERROR": "the other side has no usable certificate, or met an error",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the two sides have no TLS version in common",
    "TLSV1_ALERT_UNKNOWN_CA": "the other side does not trust the issuer of our certificate",
    "TLSV1_UNRECOGNIZED_NAME": "the other side does not know the name that it was asked for",
    "UNSUPPORTED_PROTOCOL": "the two sides have no TLS version in common",
    "VERSION_TOO_LOW": "the two sides have no TLS version in common",
    "WRONG_VERSION_NUMBER": "the other side does not speak TLS",
}
"""OpenSSL's reasons, in words."""


class TlsError(Exception):
    """TLS has failed. `str()` says why, without a full stop.

    `plaintext` is what was decrypted before the error. There may be an alert for the other side:
    `TlsLayer.take` returns it.
    """

    def __init__(self, sentence: str, reason: str = "", plaintext: bytes = b"") -> None:
        super().__init__(sentence)
        self.reason = reason
        """OpenSSL's reason, such as CERTIFICATE_VERIFY_FAILED; "" if there is none."""
        self.plaintext = plaintext


class TlsLayer:
    """One connection's TLS. With `host` this is the client's end, else the server's.

    A client calls `feed(b"")` first, and sends what `take` returns. `established` becomes true when
    the handshake is done; only then may `write` be called. `ended` becomes true when the other side
    has said that it sends no more (close_notify). Without that, the end of the connection may be
    the work of somebody between.
    """

    Error = TlsError
    """For callers that would rather not import this module, and `ssl` with it (as in PEP 249)."""

    __slots__ = ("_incoming", "_object", "_outgoing", "ended", "established")

    def __init__(self, context: ssl.SSLContext, host: str | None = None) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._incoming, self._outgoing, server_side=host is None, server_hostname=host
        )
        self.established = False
        self.ended = False

    def feed(self, data: bytes) -> bytes:
        """Take bytes from the network. Returns the plaintext in them. Raises TlsError.

        Afterwards there may be bytes to send, also for data that contained no plaintext.
        """
        if self.ended:
            return b""
        self._incoming.write(data)
        if not self.established:
            try:
                self._object.do_handshake()
            except ssl.SSLWantReadError:
                return b""
            except ssl.SSLError as error:
                raise _error(error) from None
            self.established = True
        return self._decrypt()

    def _decrypt(self) -> bytes:
        pieces = []
        try:
            while piece := self._object.read(PLAINTEXT):
                pieces.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as error:
            raise _error(error, b"".join(pieces)) from None
        return b"".join(pieces)

    def write(self, data: bytes | memoryview) -> None:
        """Encrypt plaintext; `take` returns the result. Raises TlsError."""
        try:
            written = self._object.write(data) if data else 0
            while written < len(data):
                written += self._object.write(memoryview(data)[written:])
        except ssl.SSLError as error:
            raise _error(error) from None

    def seal(self, data: bytes) -> bytes:
        """Both in one, for the hot path: what `take` returns after `write(data)`. Raises
        TlsError."""
        if not data:
            return self._outgoing.read()
        try:
            written = self._object.write(data)
        except ssl.SSLError as error:
            raise _error(error) from None
        if written < len(data):
            self.write(memoryview(data)[written:])
        return self._outgoing.read()

    def take(self) -> bytes:
        """The bytes for the network since the last call."""
        return self._outgoing.read()

    @property
    def has_output(self) -> bool:
        """Whether `take` would return anything."""
        return bool(self._outgoing.pending)

    def close(self) -> None:
        """Tell the other side that nothing more follows (close_notify), as `take` then returns."""
        # Nearly always "want read", because we do not wait for the other side's close_notify.
        with suppress(ssl.SSLError):
            self._object.unwrap()

    @property
    def version(self) -> str:
        """Such as TLSv1.3; "" before the handshake is done."""
        return self._object.version() or ""

    @property
    def cipher(self) -> str:
        """The cipher suite's name; "" before the handshake is done."""
        cipher = self._object.cipher()
        return cipher[0] if cipher else ""

    @property
    def alpn(self) -> str:
        """The protocol that both sides agreed on (RFC 7301); "" if none."""
        return self._object.selected_alpn_protocol() or ""

    @property
    def wanted_name(self) -> str:
        """At the server's end: the name that the client wants to reach (SNI); "" if it says none.
        Anything may be in it."""
        return getattr(self._object, "wanted_name", "")

    @property
    def certificate(self) -> bytes:
        """The other side's certificate, in DER; b"" if there is none, or before the handshake is
        done.

        The other side has proved that it has the key. Whether anybody vouches for it depends on the
        context.
        """
        if not self.established:
            return b""
        return self._object.getpeercert(binary_form=True) or b""

    @property
    def certificate_details(self) -> dict[str, Any]:
        """The fields of that certificate (`ssl.SSLSocket.getpeercert`); empty if it is not
        verified."""
        return self._object.getpeercert() or {}

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint of that certificate: 64 hexadecimal digits, or ""."""
        return fingerprint(self.certificate) if self.certificate else ""


def fingerprint(certificate: bytes) -> str:
    """The SHA-256 fingerprint of a certificate in DER: 64 hexadecimal digits in lower case."""
    return hashlib.sha256(certificate).hexdigest()


def with_colons(fingerprint: str) -> str:
    """The form in which OpenSSL and browsers show a fingerprint, and people compare it: A4:30:…"""
    return ":".join(re.findall("..", fingerprint.upper()))


def _error(error: ssl.SSLError, plaintext: bytes = b"") -> TlsError:
    reason = error.reason or ""
    sentence = _SENTENCES.get(reason) or reason.lower().replace("_", " ") or "TLS failed"
    if isinstance(error, ssl.SSLCertVerificationError) and error.verify_message:
        sentence = f"{sentence}: {error.verify_message}"
    return TlsError(sentence, reason, plaintext)
