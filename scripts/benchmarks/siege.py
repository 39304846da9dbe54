"""Strangers who hold connections, and strangers who come and go: what the people and the server
notice of it.

Each stranger has an address of its own in 127.0.0.0/8, so that no limit for one address helps. The
server has its default configuration. The strangers are another process, which gives way to whoever
measures.
"""

import os
import re
import signal
import socket
import ssl
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks import returning
from benchmarks.report import Report, percentile
from benchmarks.servers import Chatroom
from benchmarks.worst.crowd import MOST_MS, Defended, Talkers
from chatroom.net.tls import TlsError, TlsLayer
from chatroom.net.tls_context import client_context
from chatroom.server.certificate_maker import make_certificate
from chatroom.server.certificates import FILE_NAME

PATIENCE = 60.0

AT_ONCE = 50
HELLO = 30
"""Bytes of a client's first message that are sent at once, where the others follow one by one."""

MOST_KB_MORE = 32_768
"""Kilobytes that the server may have more after all have gone: what its allocator keeps, and timers
that were cancelled, which stay until they would be due."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many hold a connection, for how long people chat meanwhile, how many come and go, and how
    many come back after a restart."""

    holding: int = 2000
    seconds: float = 10.0
    connects: int = 100_000
    returning: int = 1000


SMOKE = Size(holding=9, seconds=0.2, connects=200, returning=12)


def run(directory: Path, report: Report, size: Size) -> None:
    """All of it, one after the other; what has no people is left out."""
    if size.holding or size.connects:
        _hold_and_go(directory, report, size)
    if size.returning:
        returning.run(directory, report, size.returning)


def _hold_and_go(directory: Path, report: Report, size: Size) -> None:
    report.heading(f"{size.holding:,} hold connections, then {size.connects:,} come and go")
    make_certificate(directory / "data" / FILE_NAME, ["localhost"])
    with Defended(directory) as server:
        talkers = Talkers(server.port)
        server.take_defaults()
        talkers.calm()
        _chat(talkers, size.seconds, report, "nobody else")
        sockets = _sockets(server)
        holders = _start(_hold, server.port, size.holding)
        _await(lambda: _descriptors(server) > size.holding, talkers)
        talkers.calm()
        _chat(talkers, size.seconds, report, f"{size.holding:,} slow connections")
        _stop(holders)
        _await(lambda: _sockets(server) <= sockets, talkers)
        if size.connects:
            _come_and_go(server, talkers, size.connects, report)
        talkers.close()


def _chat(talkers: Talkers, seconds: float, report: Report, name: str) -> None:
    talkers.delays = array("d")
    talkers.await_(talkers.chat(seconds))
    report.add_one(f"a message, p50, {name}", "ms", percentile(talkers.delays, 50))
    report.add_one(f"a message, p99, {name}", "ms", percentile(talkers.delays, 99), MOST_MS)


def _come_and_go(server: Chatroom, talkers: Talkers, connects: int, report: Report) -> None:
    """A tenth of them before anything is measured: caches fill, and the allocator takes memory."""
    _visit(server, talkers, connects // 10)
    files, memory = _descriptors(server), server.account.memory()
    begin = time.monotonic()
    _visit(server, talkers, connects)
    report.add_one("connections that come and go", "1/s", connects / (time.monotonic() - begin))
    more = (server.account.memory() - memory) / 1024
    report.add_one("memory that stays", "KB", more, MOST_KB_MORE)
    report.add_one("descriptors that stay", "", _descriptors(server) - files, 0)


def _visit(server: Chatroom, talkers: Talkers, connects: int) -> None:
    sockets = _sockets(server)
    visitors = _start(_come, server.port, connects)
    while visitors.is_alive():
        talkers.read(0.1)
    assert visitors.exitcode == 0, "the visitors failed"
    _await(lambda: _sockets(server) <= sockets, talkers)


def _await(holds: Callable[[], bool], talkers: Talkers) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit("The server does not let them in, or go.")
        talkers.read(0.1)


def _descriptors(server: Chatroom) -> int:
    """All but those of the databases: the upkeep opens these when it is due, and SQLite closes some
    of them only when no connection of the process has a lock."""
    return len([one for one in _open(server) if not _DATABASE.search(one)])


_DATABASE = re.compile(r"\.db(-\w+)?$")


def _sockets(server: Chatroom) -> int:
    return len([one for one in _open(server) if one.startswith("socket:")])


def _open(server: Chatroom) -> Iterator[str]:
    """What the server has open."""
    for file in Path(f"/proc/{server.account.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(file)  # noqa: PTH115  a name, not a path


# The strangers, in a process of their own


def _start(do: Callable[[int, int], None], port: int, count: int) -> BaseProcess:
    process = get_context("fork").Process(target=_apart, args=(do, port, count), daemon=True)
    process.start()
    return process


def _apart(do: Callable[[int, int], None], port: int, count: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(10)
    do(port, count)


def _stop(process: BaseProcess) -> None:
    process.terminate()
    process.join(PATIENCE)


class _Stranger:
    """A connection from the address of this number."""

    def __init__(self, port: int, number: int) -> None:
        one, two, three = number >> 16 & 127, number >> 8 & 255, number & 255
        self.sock = socket.socket()
        self.sock.settimeout(PATIENCE)
        self.sock.bind((f"127.{128 + one}.{two}.{three}", 0))
        self.sock.connect(("127.0.0.1", port))
        self.layer: TlsLayer | None = None
        self.rest = b""

    def say_hello(self, context: ssl.SSLContext, most: int = 1 << 16) -> None:
        """Begin TLS, with so many bytes."""
        self.layer = TlsLayer(context, "localhost")
        self.layer.feed(b"")
        hello = self.layer.take()
        self.sock.sendall(hello[:most])
        self.rest = hello[most:]

    def shake_hands(self) -> None:
        """Go on to the end of the handshake."""
        assert self.layer is not None
        while not self.layer.established:
            data = self.sock.recv(65536)
            assert data, "the server hung up in the handshake"
            self.layer.feed(data)
            self.sock.sendall(self.layer.take())

    def drip(self) -> None:
        """One more byte."""
        if self.layer is not None and self.layer.established:
            self.layer.write(b"N")
            self.rest = self.layer.take()
            self.sock.sendall(self.rest)
        else:
            self.sock.sendall(self.rest[:1] or b"N")
            self.rest = self.rest[1:]


def _hold(port: int, count: int) -> None:
    """Half handshakes, silence in TLS, and a byte each second in the clear, a third each."""
    context = client_context(verify=False)
    strangers = []
    for number in range(count):
        one = _Stranger(port, number)
        if number % 3:
            one.say_hello(context, HELLO if number % 3 == 1 else 1 << 16)
        strangers.append(one)
    for one in strangers[2::3]:
        one.shake_hands()
    while True:
        for number, one in enumerate(strangers):
            if number % 3 != 2:
                with suppress(OSError):
                    one.drip()
            time.sleep(1 / count)


def _come(port: int, count: int) -> None:
    """A quarter each: TLS, half a handshake, clear text, silence."""
    context = client_context(verify=False)
    for begin in range(0, count, AT_ONCE):
        some = []
        for number in range(min(AT_ONCE, count - begin)):
            one = _Stranger(port, begin + number)
            some.append(one)
            if number % 4 < 2:  # at once: after a silence the server speaks first, in the clear
                one.say_hello(context, HELLO if number % 4 else 1 << 16)
            elif number % 4 == 2:
                one.sock.sendall(_registration(begin + number))
        for number, one in enumerate(some[::4]):
            try:
                one.shake_hands()
            except TlsError:  # this process had no turn for so long that the server spoke first
                continue
            assert one.layer is not None
            one.layer.write(_registration(begin + 4 * number))
            one.sock.sendall(one.layer.take())
        for one in some[::2]:
            assert one.sock.recv(65536), "the server hung up"
        for one in some:
            one.sock.close()


def _registration(number: int) -> bytes:
    return f"NICK v{number}\r\nUSER v 0 * :v\r\n".encode()
