"""What a certificate says, found out by handshakes with ourselves: `ssl` has no public function
that reads one."""

import ipaddress
import ssl
from typing import NamedTuple

from chatroom.net.tls import TlsError, TlsLayer, fingerprint
from chatroom.net.tls_context import NO_CHECK_TIME, client_context


class Certificate(NamedTuple):
    """A server's certificate. `expires` is in seconds since 1970. `trusted`: the system's trust
    store vouches for it now. `self_signed`: nobody else vouches for it."""

    fingerprint: str
    names: tuple[str, ...]
    expires: float
    trusted: bool
    self_signed: bool


def examine(context: ssl.SSLContext) -> Certificate:
    """Returns the fields of the certificate in a server's context. Takes some milliseconds, and
    some more for the system's trust store. Raises TlsError."""
    shown = _meet(context, client_context(verify=False)).certificate
    details = _meet(context, _trusting(shown)).certificate_details
    names = tuple(_usual(kind, str(name)) for kind, name in details.get("subjectAltName", ()))
    expires = ssl.cert_time_to_seconds(str(details["notAfter"]))
    self_signed = details.get("issuer") == details.get("subject")
    return Certificate(fingerprint(shown), names, expires, _is_trusted(context), self_signed)


def _usual(kind: str, name: str) -> str:
    """A name as people write it: OpenSSL does not shorten IPv6 addresses."""
    return str(ipaddress.ip_address(name.strip())) if kind == "IP Address" else name


def _trusting(certificate: bytes) -> ssl.SSLContext:
    context = _of_any_name(client_context(verify=False))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
    context.load_verify_locations(cadata=certificate)
    return context


def _of_any_name(context: ssl.SSLContext) -> ssl.SSLContext:
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _is_trusted(context: ssl.SSLContext) -> bool:
    try:
        _meet(context, _of_any_name(client_context()))
    except TlsError:
        return False
    return True


def _meet(context: ssl.SSLContext, client: ssl.SSLContext) -> TlsLayer:
    """A handshake in memory. Returns the client's end. Raises TlsError."""
    ours, theirs = TlsLayer(context), TlsLayer(client, "localhost")
    theirs.feed(b"")
    while not theirs.established:
        ours.feed(theirs.take())
        theirs.feed(ours.take())
    return theirs
