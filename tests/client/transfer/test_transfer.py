"""Uploads and downloads over real sockets, whose other end is in the test's hand."""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from chatroom.client.connection.trust import Trust
from chatroom.client.credentials import Credentials
from chatroom.client.errors import TransferError
from chatroom.client.files.incoming import Destination
from chatroom.client.files.outgoing import PIECE, OutgoingFile
from chatroom.client.files.pins import Pins
from chatroom.client.transfer.download import Download
from chatroom.client.transfer.places import Home, Place, place_of
from chatroom.client.transfer.transfer import Task, Transfer, trust_of
from chatroom.client.transfer.upload import NEEDS_ACCOUNT, Upload
from chatroom.client.transfer.uploaded import Uploaded
from chatroom.net.addresses import Address
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.net.tls import TlsLayer, fingerprint
from chatroom.net.tls_context import server_contexts
from harness import PATIENCE
from tls_ends import OTHER, SERVER

ID = "x" * 22
ALICE = Credentials("alice", "correct horse")


class Desk:
    """A loop with one transfer, and the server that it calls."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.address = Address("127.0.0.1", self.listener.getsockname()[1])
        self.url = f"http://{self.address}/files/{ID}/a.txt"
        self.loop, self.timers = Loop(), Timers()
        self.uploaded: list[Uploaded] = []
        self.saved: list[Path] = []
        self.why = ""
        self.peer: socket.socket | None = None

    def failed(self, error: TransferError) -> None:
        self.why = str(error)

    def place(self) -> Place:
        return place_of(self.url, Home(self.address, tls=False))

    def start(self, task: Task, trust: Trust | None = None) -> Transfer:
        """Begin, and take the call."""
        self.why = ""
        transfer = Transfer(self.loop, self.timers, self.place(), task, self.failed, trust)
        transfer.start()
        self.until(transfer, self._accept)
        return transfer

    def _accept(self) -> bool:
        with suppress(BlockingIOError):
            self.peer, _ = self.listener.accept()
            self.peer.setblocking(False)
            return True
        return False

    def download(self, folder: Path) -> Transfer:
        where = Destination(folder, "a.txt")
        return self.start(Download(self.url, self.place(), where, self.saved.append))

    def upload(self, path: Path, credentials: Credentials | None = ALICE) -> Transfer:
        file = OutgoingFile(str(path))
        done = self.uploaded.append
        return self.start(Upload(file, self.url, self.place(), credentials, done))

    def turn(self, transfer: Transfer, seconds: float = 0.01) -> None:
        for ready, mask in self.loop.select(seconds):
            ready(mask)
        self.timers.run(time.monotonic())
        transfer.turn()

    def until(self, transfer: Transfer, done: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, "nothing happens any more"
            self.turn(transfer)

    def hear(self, transfer: Transfer, pattern: bytes) -> bytes:
        """What the client sends, up to this or to the end."""
        heard = bytearray()

        def come() -> object:
            assert self.peer
            with suppress(BlockingIOError):
                heard.extend(self.peer.recv(1 << 20))
            return transfer.is_over or re.search(pattern, heard, re.DOTALL)

        self.until(transfer, come)
        return bytes(heard)

    def answer(self, transfer: Transfer, data: bytes, close: bool = False) -> None:
        """Send this, and turn until the transfer is over."""
        assert self.peer
        self.peer.setblocking(True)
        self.peer.sendall(data)
        if close:
            self.peer.close()
        self.until(transfer, lambda: transfer.is_over)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.listener.close()
    if desk.peer:
        desk.peer.close()
    desk.loop.close()


def test_a_download_goes_on(desk: Desk, tmp_path: Path) -> None:
    """Interrupted, then the rest; then a server that has nothing more to send."""
    transfer = desk.download(tmp_path)
    assert b"Range" not in desk.hear(transfer, b"\r\n\r\n")
    desk.answer(transfer, BEGIN, close=True)
    assert desk.why == "The connection is lost: the server closed it."
    assert not desk.saved
    transfer = desk.download(tmp_path)
    asked = desk.hear(transfer, b"\r\n\r\n")
    assert b'\r\nRange: bytes=5-\r\nIf-Range: "abc"\r\n' in asked
    head = b"HTTP/1.1 206 OK\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10\r\n\r\n"
    desk.answer(transfer, head + b"world")
    assert (desk.why, desk.saved) == ("", [tmp_path / "a.txt"])
    assert desk.saved[0].read_bytes() == b"helloworld"
    assert transfer.task.moved == transfer.task.total == 10


BEGIN = b'HTTP/1.1 200 OK\r\nETag: "abc"\r\nContent-Length: 10\r\n\r\nhello'

OTHERS = [
    (b"206 OK\r\nContent-Length: 5\r\nContent-Range: bytes 4-8/9", "another part"),
    (b"206 OK\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/11", "another part"),
    (b"206 OK\r\nContent-Length: 6\r\nContent-Range: bytes 5-9/10", "another part"),
    (b"206 OK\r\nContent-Length: 5", "another part"),
    (b"206 OK\r\nContent-Range: bytes 5-9/10", "does not say how large"),
    (b"200 OK\r\nTransfer-Encoding: chunked", "does not say how large"),
    (b'206 OK\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10\r\nETag: "new"', "has changed"),
    (b"416 No\r\nContent-Length: 0\r\nContent-Range: bytes */4", "not a part of this file"),
    (b"200 OK\r\nContent-Length: 99999999999999", "too little room"),
]


@pytest.mark.parametrize(("head", "told"), OTHERS)
def test_other_answers(desk: Desk, tmp_path: Path, head: bytes, told: str) -> None:
    """What is there is neither lost nor mixed with something else."""
    transfer = desk.download(tmp_path)
    desk.hear(transfer, b"\r\n\r\n")
    desk.answer(transfer, BEGIN, close=True)
    transfer = desk.download(tmp_path)
    desk.hear(transfer, b"\r\n\r\n")
    desk.answer(transfer, b"HTTP/1.1 " + head + b"\r\n\r\nworld")
    assert told in desk.why
    assert not desk.saved
    parts = [path.read_bytes() for path in tmp_path.iterdir() if path.suffix == ".part"]
    assert parts == ([] if b"416" in head or b"ETag" in head else [b"hello"])


def test_a_file_that_was_replaced_meanwhile_is_not_spliced(desk: Desk, tmp_path: Path) -> None:
    """A server that knows If-Range sends all of it. From one that gives no tag, all is fetched."""
    transfer = desk.download(tmp_path)
    desk.hear(transfer, b"\r\n\r\n")
    desk.answer(transfer, BEGIN, close=True)
    transfer = desk.download(tmp_path)
    assert b"If-Range" in desk.hear(transfer, b"\r\n\r\n")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    desk.answer(transfer, head + b"other", close=True)
    transfer = desk.download(tmp_path)
    assert b"Range" not in desk.hear(transfer, b"\r\n\r\n")
    desk.answer(transfer, head + b"other one")
    assert [path.read_bytes() for path in desk.saved] == [b"other one"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_whole_already(desk: Desk, tmp_path: Path) -> None:
    """The client was ended between the last byte and the name."""
    transfer = desk.download(tmp_path)
    desk.hear(transfer, b"\r\n\r\n")
    desk.answer(transfer, BEGIN, close=True)
    transfer = desk.download(tmp_path)
    desk.hear(transfer, b"\r\n\r\n")
    head = b"HTTP/1.1 416 No\r\nContent-Length: 2\r\nContent-Range: bytes */5\r\n\r\nno"
    desk.answer(transfer, head)
    assert [path.read_bytes() for path in desk.saved] == [b"hello"]


def test_an_upload(desk: Desk, tmp_path: Path) -> None:
    """With name, type, size and password; at most some pieces wait for a server that is slow."""
    path = tmp_path / "k\u00e4se.png"
    data = b"\x89PNG" + bytes(8_000_000)
    path.write_bytes(data)
    transfer = desk.upload(path)
    desk.until(transfer, lambda: transfer.task.moved)
    for _ in range(300):
        desk.turn(transfer, 0.0)
    assert transfer.task.moved < len(data) - 10 * PIECE  # nobody has read any of it
    request = desk.hear(transfer, b"\r\n\r\n\x89PNG.{%d}" % 8_000_000)
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == data
    for line in (
        f"POST /files/{ID}/a.txt HTTP/1.1",
        "Content-Length: 8000004",
        "Content-Type: image/png",
        "Content-Disposition: attachment; filename*=UTF-8''k%C3%A4se.png",
        "Authorization: Basic YWxpY2U6Y29ycmVjdCBob3JzZQ==",
    ):
        assert line in head.decode().split("\r\n")
    told = b'{"type": "image/png", "name": "kaese.png"}'
    size = str(len(told)).encode()
    desk.answer(
        transfer,
        b"HTTP/1.1 201 Created\r\nLocation: /files/y/kaese.png\r\nContent-Length: " + size
        + b"\r\nContent-Type: application/json\r\n\r\n" + told,
    )  # fmt: skip
    (uploaded,) = desk.uploaded
    url = f"http://{desk.address}/files/y/kaese.png"
    assert uploaded.text("look!") == f"look! kaese.png (8.0 MB) {url}"
    assert uploaded.tags == {"+chatroom/file": "8000004 image/png kaese.png"}


def test_refused_early(desk: Desk, tmp_path: Path) -> None:
    """The server's own words, though it has not read all; a client without a password has its own
    words; an answer without an address is none."""
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(8_000_000))
    transfer = desk.upload(path)
    desk.hear(transfer, b"\r\n\r\n")
    words = (
        b"HTTP/1.1 413 No\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nIt is too big"
    )
    desk.answer(transfer, words)
    assert desk.why == "It is too big."
    path.write_bytes(b"")
    transfer = desk.upload(path, None)
    assert b"Authorization" not in desk.hear(transfer, b"\r\n\r\n")
    desk.answer(transfer, b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
    assert desk.why == NEEDS_ACCOUNT
    for location in (b"", b"Location: ftp://evil/\r\n", b"Location: https://evil/\xc3\xa4\r\n"):
        transfer = desk.upload(path)
        desk.hear(transfer, b"\r\n\r\n")
        desk.answer(transfer, b"HTTP/1.1 201 OK\r\n" + location + b"Content-Length: 0\r\n\r\n")
        assert desk.why == "The server does not say where the file is now."
    assert not desk.uploaded


def test_stopped(desk: Desk, tmp_path: Path) -> None:
    """By the person, or because the file becomes shorter: the server sees that it is no whole."""
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(30_000_000))
    transfer = desk.upload(path)
    desk.until(transfer, lambda: transfer.task.moved)
    transfer.cancel()
    assert (transfer.is_over, desk.why) == (True, "")
    transfer = desk.upload(path)
    path.write_bytes(b"short")
    desk.hear(transfer, b"no such bytes")
    assert desk.why == f"{path} became shorter while it was sent."


def test_no_file(tmp_path: Path) -> None:
    for path, why in (
        (tmp_path, "is a folder"),
        (tmp_path / "no", "no such file"),
        ("/dev/null", "is not a file"),
    ):
        with pytest.raises(TransferError, match=why):
            OutgoingFile(str(path))


def test_no_password_in_clear(tmp_path: Path) -> None:
    """Not even to the server of the chat."""
    (tmp_path / "a").write_text("a")
    file = OutgoingFile(str(tmp_path / "a"))
    home = Home(Address("192.0.2.7", 8080), tls=False)
    place = place_of("http://192.0.2.7:8080/files", home)
    with pytest.raises(TransferError, match="needs your password, but it would be in clear text"):
        Upload(file, "http://192.0.2.7:8080/files", place, ALICE, lambda _uploaded: None)
    assert file._descriptor == -1


@contextmanager
def tls_server(desk: Desk, certificate: str) -> Iterator[list[str]]:
    """A server that answers one request over TLS; the list has the protocols that were agreed."""
    protocols: list[str] = []

    def accept(_mask: int) -> None:
        peer, _ = desk.listener.accept()
        layer = TlsLayer(server_contexts(certificate, certificate).plain)

        def read(_mask: int) -> None:
            plain = layer.feed(peer.recv(65536))
            if plain:
                protocols.append(layer.alpn)
                layer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            peer.sendall(layer.take())
            if plain or layer.ended:
                desk.loop.unwatch(peer)

        desk.loop.watch(peer, 1, read)

    desk.loop.watch(desk.listener, 1, accept)
    yield protocols
    desk.loop.unwatch(desk.listener)


@pytest.mark.parametrize("certificate", [SERVER, OTHER])
def test_the_pins_of_the_chat(desk: Desk, tmp_path: Path, certificate: str) -> None:
    """The certificate that the chat trusts is trusted for files, and no other one."""
    pem = Path(SERVER).read_text().partition("-----BEGIN PRIV")[0]
    chat = Trust(desk.address, Pins(None), fingerprint(ssl.PEM_cert_to_DER_cert(pem)))
    place = place_of(desk.url, Home(desk.address, tls=True))
    task = Download(desk.url, place, Destination(tmp_path, "a"), desk.saved.append)
    trust = trust_of(place, chat)
    transfer = Transfer(desk.loop, desk.timers, place, task, desk.failed, trust)
    with tls_server(desk, certificate) as protocols:
        transfer.start()
        desk.until(transfer, lambda: transfer.is_over)
    if certificate == SERVER:
        assert [path.read_text() for path in desk.saved] == ["ok"]
        assert protocols == ["http/1.1"]
    else:
        assert "has another certificate than you expect" in desk.why
        assert not protocols
