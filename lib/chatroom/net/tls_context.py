"""What both ends of TLS allow and offer: the contexts for `TlsLayer`.

A server may ask its clients for certificates without verifying them: a person is recognised by a
certificate's fingerprint, and most such certificates are self-signed. Python's `ssl` has no setting
for that. CERT_OPTIONAL makes the handshake fail if nobody vouches for the certificate, and no
public function sets OpenSSL's own callback for verifying. But a context can be watched
(`_msg_callback`, which Python has for debugging), and OpenSSL verifies a certificate only after the
message with it was shown there. So we let that one connection trust that one certificate. OpenSSL
still checks that the client has its key. A Python without `_msg_callback` asks for no certificates.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ALPN = ("irc", "http/1.1")
"""What can be spoken inside TLS: registered names of ALPN (RFC 7301)."""

NO_CHECK_TIME = 0x20_0000
"""OpenSSL's X509_V_FLAGNO_CHECK_TIME. A certificate that is recognised may be older than it
says."""

_TLS_1_3 = 0x0304
_HANDSHAKE = 22  # RFC 8446 section 5.1, ContentType
_CERTIFICATE, _FINISHED = 11, 20  # section 4, HandshakeType

_WATCH: Any = ssl.SSLContext.__mro__[1].__dict__.get("_msg_callback")
"""The attribute as `ssl` inherits it. Its own one makes enums of the numbers of all 28 messages and
records of a handshake, which takes longer than the handshake."""


@dataclass(frozen=True, slots=True)
class ServerContexts:
    """A server's certificate, ready for handshakes: `plain` asks for no certificate of the client,
    and `asking` does."""

    plain: ssl.SSLContext
    asking: ssl.SSLContext

    def for_hello(self, hello: bytes) -> ssl.SSLContext:
        """The context for a connection that begins with these bytes. Browsers are not asked,
        because they would trouble the person."""
        return self.plain if b"http/1.1" in hello else self.asking


def server_contexts(certificate: str, key: str) -> ServerContexts:
    """Contexts with the chain and the key in these two PEM files.

    Raises OSError, and its subclass ssl.SSLError if the files do not fit each other.
    """
    plain, asking = _server_context(certificate, key), _server_context(certificate, key)
    if _WATCH is not None:
        asking.verify_mode = ssl.CERT_OPTIONAL
        asking.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
        _WATCH.__set__(asking, _trust_what_is_shown(plain))
    return ServerContexts(plain, asking)


def _server_context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(ALPN)
    # Resuming a session saves almost nothing with ECDSA, and each ticket is written and encrypted.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(certificate, key, password=_no_password)
    context.sni_callback = _keep_name
    return context


def _keep_name(tls: Any, name: str | None, _context: ssl.SSLContext) -> None:
    """Keep the name that the client wants to reach (SNI, RFC 6066 section 3), for `TlsLayer`."""
    tls.wanted_name = name or ""


def _no_password() -> str:
    """Called for an encrypted key. Without this, OpenSSL would ask at the terminal."""
    return ""


def _trust_what_is_shown(plain: ssl.SSLContext) -> Callable[..., None]:
    def shown(tls: Any, direction: str, version: int, content: int, kind: int, data: bytes) -> None:
        if direction != "read" or content != _HANDSHAKE:
            return
        if kind == _CERTIFICATE:
            _trust(tls, _first_certificate(data, version))
        elif kind == _FINISHED:
            tls.context = plain  # which is not watched, so that no line costs a call

    return shown


def _first_certificate(message: bytes, version: int) -> bytes:
    """The first certificate in a Certificate message (RFC 8446 section 4.4.2, RFC 5246 section
    7.4.2), in DER; b"" if there is none."""
    at = 4  # the message's type and length
    if version >= _TLS_1_3:
        at += 1 + int.from_bytes(message[at : at + 1], "big")  # certificate_request_context
    at += 3  # the length of the list
    size = int.from_bytes(message[at : at + 3], "big")
    return message[at + 3 : at + 3 + size]


def _trust(tls: Any, certificate: bytes) -> None:
    if not certificate:  # most clients have none, and a context takes as long as half a handshake
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_OPTIONAL
    try:
        context.load_verify_locations(cadata=certificate)
    except (ValueError, ssl.SSLError):
        return  # no certificate: OpenSSL says so
    tls.context = context


def client_context(
    verify: bool = True, certificate: str = "", key: str = "", protocol: str = ALPN[0]
) -> ssl.SSLContext:
    """A client's context. With `verify` the system's trust store and the host's name decide.
    Without, everything is accepted, so the caller has to compare the fingerprint before it sends
    anything.

    `certificate` and `key` are PEM files with a certificate of the client's own; "" for none.
    `protocol` is what will be spoken (ALPN). Raises OSError, and its subclass ssl.SSLError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([protocol])
    if verify:
        context.load_default_certs()
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate, key or certificate, password=_no_password)
    return context
