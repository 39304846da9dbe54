"""People who come back after a restart, all at the same moment, with SCRAM and over TLS: how long
until the last is in again, and what those who chat already notice of it.

Their keys have few rounds, which only makes the client's part cheap: the server's is the same three
HMACs. They are another process, which gives way to the process that measures.
"""

import os
import selectors
import signal
import socket
import ssl
import time
from array import array
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from benchmarks.report import Report, percentile
from benchmarks.worst.crowd import MOST_MS, Defended, Talkers
from chatroom.net.tls import TlsLayer
from chatroom.net.tls_context import client_context
from chatroom.server.certificate_maker import make_certificate
from chatroom.server.certificates import FILE_NAME
from chatroom.store.accounts import AccountStore
from chatroom.store.history import History
from chatroom.wire.sasl import decoded, encoded, prepared
from chatroom.wire.scram import ClientExchange, derive

WITHIN = 5.0
"""Seconds within which everybody has to be in."""

ROOM_OF = 50
"""People who share a room."""

PATIENCE = 60.0
AT_ONCE = 20
"""Connections that begin between two looks at the others."""

_PASSWORD = "correct horse"
_ROUNDS = 10
_SALT = b"0123456789abcdef"


def run(directory: Path, report: Report, people: int) -> None:
    """Over TLS, and in the clear: a new server each time."""
    report.heading(f"{people:,} come back after a restart")
    for tls in (True, False):
        _come_back(directory / ("tls" if tls else "clear"), report, people, tls)


def _come_back(directory: Path, report: Report, people: int, tls: bool) -> None:
    data = directory / "data"
    data.mkdir(parents=True)
    make_certificate(data / FILE_NAME, ["localhost"])
    History(data, "process").close()
    accounts = AccountStore(data, "process")
    keys = derive(prepared(_PASSWORD), _SALT, _ROUNDS)
    for number in range(people):
        accounts.add(f"back{number}", keys, time.time())
    accounts.close()
    over = "over TLS" if tls else "in the clear"
    with Defended(directory) as server:
        talkers = Talkers(server.port)
        server.take_defaults()
        talkers.calm()
        talkers.delays = array("d")
        context = get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        arguments = (server.port, people, tls, theirs.send)
        process = context.Process(target=_return, args=arguments, daemon=True)
        used = server.account.main_cpu()
        process.start()
        wanted = 0
        while not ours.poll() and process.is_alive():
            wanted += talkers.chat(1.0)
        if not ours.poll():
            raise SystemExit("They did not come in.")
        used = server.account.main_cpu() - used
        talkers.await_(wanted)
        process.join(PATIENCE)
        report.add_one(f"until the last is in, {over}", "s", ours.recv(), WITHIN)
        report.add_one(f"the loop's CPU, of it and of the chat, {over}", "s", used)
        report.add_one(f"a message meanwhile, p50, {over}", "ms", percentile(talkers.delays, 50))
        report.add_one(
            f"a message meanwhile, p99, {over}", "ms", percentile(talkers.delays, 99), MOST_MS
        )
        talkers.close()


# They, in a process of their own


def _return(port: int, people: int, tls: bool, tell: Callable[[float], None]) -> None:
    """All of them come back at once."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(10)
    context = client_context(verify=False) if tls else None
    begin = time.monotonic()
    selector = selectors.DefaultSelector()
    all_of_them: list[_Returning] = []
    coming = people
    while coming:
        for number in range(len(all_of_them), min(people, len(all_of_them) + AT_ONCE)):
            one = _Returning(port, number, context)
            all_of_them.append(one)
            selector.register(one.sock, selectors.EVENT_READ, one)
        for key, _ in selector.select(0 if len(all_of_them) < people else PATIENCE):
            assert isinstance(key.data, _Returning)
            if key.data.go_on():
                selector.unregister(key.fileobj)
                coming -= 1
    tell(time.monotonic() - begin)


class _Returning:
    """One of them, from an address of their own."""

    def __init__(self, port: int, number: int, context: ssl.SSLContext | None) -> None:
        self.number = number
        self.sock = socket.socket()
        self.sock.settimeout(PATIENCE)
        self.sock.bind((f"127.200.{number >> 8}.{number & 255}", 0))
        self.sock.connect(("127.0.0.1", port))
        self.layer = TlsLayer(context, "localhost") if context else None
        self.exchange = ClientExchange(f"back{number}", prepared(_PASSWORD), f"nonce{number}")
        self.rest = self.last = b""
        if self.layer is None:
            self._begin()
        else:
            self.layer.feed(b"")
            self.sock.sendall(self.layer.take())

    def _begin(self) -> None:
        nick = f"back{self.number}"
        self._send(f"CAP REQ :sasl\r\nNICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n"
                   "AUTHENTICATE SCRAM-SHA-256\r\n")  # fmt: skip

    def _send(self, text: str) -> None:
        data = text.encode()
        if self.layer is not None:
            self.layer.write(data)
            data = self.layer.take()
        self.sock.sendall(data)

    def go_on(self) -> bool:
        """Read, and answer. Returns whether they are in."""
        data = self.sock.recv(65536)
        assert data, f"the server hung up after {self.last!r}"
        if self.layer is not None:
            was_established = self.layer.established
            data = self.layer.feed(data)
            self.sock.sendall(self.layer.take())
            if self.layer.established and not was_established:
                self._begin()
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        self.last = lines[-1] if lines else self.last
        heard = [self._hear(line) for line in lines]
        return any(heard)

    def _hear(self, line: bytes) -> bool:
        _, word, text, *_ = [*line.split(b" "), b""]
        if word == b"AUTHENTICATE":
            self._answer(text.decode())
        elif b" 903 " in line:
            self._send(f"CAP END\r\nJOIN #back{self.number // ROOM_OF}\r\nPING :in\r\n")
        assert word != b"904", line
        return b" PONG " in line

    def _answer(self, text: str) -> None:
        if text == "+":
            said = self.exchange.first
        else:
            message = decoded(text)
            said = b"" if message.startswith(b"v=") else self.exchange.answer(message)
            assert said or self.exchange.accepts(message)
        self._send(f"AUTHENTICATE {encoded(said) if said else '+'}\r\n")
