"""Both ends of TLS in a test's hand, and the certificates that tests use."""

import socket
import ssl
from pathlib import Path

from chatroom.net.tls import TlsLayer, fingerprint
from chatroom.net.tls_context import client_context, server_contexts

CERTIFICATES = Path(__file__).parent / "certificates"
SERVER = str(CERTIFICATES / "server.pem")
OTHER = str(CERTIFICATES / "other.pem")
CLIENT = str(CERTIFICATES / "client.pem")
"""PEM files with a certificate and its key: for localhost, for localhost and other.example, and a
person's. All are self-signed, and valid from 2020 to 2119."""


def der(file: str) -> bytes:
    """The certificate in a PEM file."""
    return ssl.PEM_cert_to_DER_cert(Path(file).read_text().partition("-----BEGIN PRIV")[0])


def fingerprint_of(file: str) -> str:
    """Its fingerprint."""
    return fingerprint(der(file))


CONTEXTS = server_contexts(SERVER, SERVER)


def trusting() -> ssl.SSLContext:
    """A client's context that trusts the server's certificate, as if somebody vouched for it."""
    context = client_context()
    context.load_verify_locations(SERVER)
    return context


def ends(client: ssl.SSLContext | None = None) -> tuple[TlsLayer, TlsLayer]:
    """A client and a server before their handshake."""
    return TlsLayer(client or client_context(verify=False), "localhost"), TlsLayer(CONTEXTS.asking)


def shake_hands(client: TlsLayer, server: TlsLayer, step: int = 1 << 20) -> None:
    """Carry bytes between the two, in pieces of `step`, until there are no more."""
    client.feed(b"")
    while True:
        sent = client.take()
        feed(server, sent, step)
        answer = server.take()
        feed(client, answer, step)
        if not (sent or answer):
            return


def feed(layer: TlsLayer, data: bytes, step: int) -> bytes:
    """Feed in pieces; returns the plaintext."""
    return b"".join(layer.feed(data[at : at + step]) for at in range(0, len(data), step))


class TlsSocket(socket.socket):
    """The client's end of TLS as a socket, for `harness.Client`. The handshake is done."""

    def __init__(self, sock: socket.socket, layer: TlsLayer) -> None:
        super().__init__(sock.family, sock.type, fileno=sock.detach())
        self.layer = layer

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]
        """Encrypt and send."""
        self.layer.write(data)
        super().sendall(self.layer.take(), flags)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive until there is plaintext, or the end."""
        while not self.layer.ended:
            data = super().recv(size, flags)
            if not data:
                return b""
            if plaintext := self.layer.feed(data):
                return plaintext
        return b""
