"""What TLS costs the server: a handshake, an idle connection, and a delivery beside the clear text.

Deliveries are counted by their bytes and not decrypted, so that the load generator costs little.
The server's processor time is that of its main thread, which does all of it.
"""

import select
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.report import Report
from benchmarks.servers import Chatroom, InspIrcd, InspIrcdOverTls, Server, installed
from benchmarks.tongues import WEB
from chatroom.net.tls import TlsLayer
from chatroom.net.tls_context import client_context
from chatroom.server.certificate_maker import make_certificate
from chatroom.server.certificates import FILE_NAME

HANDSHAKES = 1000
AT_ONCE = 50
"""Handshakes that are under way at the same time."""

IDLE = 1000
MEMBERS = 100
STEPS = 300
ROUNDS = 5

SLOWER = 1.6
"""The most that a delivery may cost over TLS, in times of one in the clear."""

_TEXT = "x" * 60
_PATIENCE = 30.0


def run(directory: Path, report: Report, smoke: bool = False) -> None:
    """All of it. `smoke`: everything as small as can be."""
    handshakes, idle, members, steps = (4, 4, 3, 2) if smoke else (HANDSHAKES, IDLE, MEMBERS, STEPS)
    report.heading("TLS: the server's processor time and memory")
    certificate = directory / "data" / FILE_NAME
    make_certificate(certificate, ["localhost"])
    context = client_context(verify=False)
    with Chatroom(directory) as server:
        clear = _coming_and_going(server, handshakes, None)
        report.add_one("a connection in the clear that comes and goes", "us", clear * 1e6)
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context.maximum_version = version
            cost = _coming_and_going(server, handshakes, context) - clear
            floor = _floor(certificate, version, handshakes)
            report.add_one(f"its handshake, {version.name}", "us", cost * 1e6, 500)
            report.add_one(f"OpenSSL's part, {version.name}", "us", floor * 1e6)
            report.add_one(f"OpenSSL's part = 1, {version.name}", "", cost / floor)
        context.maximum_version = ssl.TLSVersion.TLSv1_3
        staying: list[Visitor] = []  # memory that some give back would serve the next
        for over, (kind, tls, most) in _idle_kinds(context).items():
            before = server.account.memory()
            staying += _register(_connect(server.port, idle, tls, kind), over[:3].strip())
            kilobytes = (server.account.memory() - before) / 1024 / idle
            report.add_one(f"an idle connection, {over}", "KB", kilobytes, most)
        _hang_up(server, staying)
        with ExitStack() as stack:
            crowds = {
                "clear text": _gather(server, None, members, "c"),
                "TLS": _gather(server, context, members, "t"),
            }
            if installed(InspIrcd.name):
                peer = InspIrcdOverTls(directory / "inspircd", certificate)
                crowds["TLS, InspIRCd"] = _gather(stack.enter_context(peer), context, members, "t")
            _fan_out(crowds, members, steps, report)


class Visitor:
    """One connection, over TLS or in the clear."""

    def __init__(self, port: int, context: ssl.SSLContext | None) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.layer = TlsLayer(context, "localhost") if context else None
        if self.layer:
            self.layer.feed(b"")
            self.sock.sendall(self.layer.take())

    def shake_hands(self) -> None:
        """Finish the handshake."""
        while self.layer and not self.layer.established:
            self.layer.feed(self.sock.recv(65536))
            self.sock.sendall(self.layer.take())

    def open(self) -> None:
        """Nothing has to come before the first line."""

    def send(self, text: str) -> None:
        """A line."""
        self.sock.sendall(self.sealed(text))

    def sealed(self, text: str) -> bytes:
        """The bytes of a line, as they travel."""
        data = f"{text}\r\n".encode()
        if self.layer is None:
            return data
        self.layer.write(data)
        return self.layer.take()

    def introduce(self, nick: str) -> None:
        """Ask to be let in."""
        self.send(f"NICK {nick}\r\nUSER n 0 * :n")

    def await_welcome(self) -> None:
        """Wait until that is done. InspIRCd answers nothing else before."""
        seen = b""
        while b" 001 " not in seen:
            data = self.sock.recv(65536)
            assert data, seen
            seen += self.layer.feed(data) if self.layer else data

    def ask(self) -> None:
        """Wait until everything so far was answered."""
        self.send("PING :here")
        seen = b""
        while b"PONG" not in seen.rpartition(b"\n:")[2] or not seen.endswith(b"here\r\n"):
            data = self.sock.recv(65536)
            assert data, seen
            seen += self.layer.feed(data) if self.layer else data


class WebVisitor(Visitor):
    """The same in a WebSocket."""

    def open(self) -> None:
        """Ask for one."""
        data = WEB.opening
        self.sock.sendall(self.layer.seal(data) if self.layer else data)

    def sealed(self, text: str) -> bytes:
        """The frames of some lines, as they travel."""
        data = WEB.encode(text)
        return self.layer.seal(data) if self.layer else data

    def ask(self) -> None:
        """Wait until everything so far was answered."""
        self.send("PING :here")
        seen = b""
        while not seen.endswith(b":here"):
            data = self.sock.recv(65536)
            assert data, seen
            seen += self.layer.feed(data) if self.layer else data


Kinds = dict[str, tuple[type[Visitor], ssl.SSLContext | None, float | None]]


def _idle_kinds(context: ssl.SSLContext) -> Kinds:
    """How they connect, and the most that each may take, in KB."""
    return {
        "clear text": (Visitor, None, None),
        "ws": (WebVisitor, None, None),
        "TLS": (Visitor, context, 20),
        "wss": (WebVisitor, context, 22),
    }


def _coming_and_going(server: Chatroom, count: int, context: ssl.SSLContext | None) -> float:
    """Processor seconds of one connection."""
    used = server.account.main_cpu()
    for _ in range(0, count, AT_ONCE):
        _hang_up(server, _connect(server.port, min(AT_ONCE, count), context))
    return (server.account.main_cpu() - used) / count


def _floor(certificate: Path, version: ssl.TLSVersion, count: int) -> float:
    """Processor seconds of the server's part of one handshake in memory, with nothing around it,
    and without asking the client for a certificate."""
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bare.num_tickets = 0
    bare.options |= ssl.OP_NO_TICKET
    bare.load_cert_chain(certificate)
    bare.maximum_version = version
    client = client_context(verify=False)
    used = 0.0
    for _ in range(count):
        visitor = TlsLayer(client, "localhost")
        visitor.feed(b"")
        begin = time.thread_time()
        layer = TlsLayer(bare)
        used += time.thread_time() - begin
        while not layer.established:
            said = visitor.take()
            begin = time.thread_time()
            layer.feed(said)
            answer = layer.take()
            used += time.thread_time() - begin
            visitor.feed(answer)
    return used / count


def _connect(
    port: int, count: int, context: ssl.SSLContext | None, kind: type[Visitor] = Visitor
) -> list[Visitor]:
    visitors = []
    for at in range(0, count, AT_ONCE):
        some = [kind(port, context) for _ in range(min(AT_ONCE, count - at))]
        for each in some:
            each.shake_hands()
            each.open()
        visitors += some
    return visitors


def _register(visitors: Sequence[Visitor], name: str) -> Sequence[Visitor]:
    for number, each in enumerate(visitors):
        each.introduce(f"{name}{number}")
        each.ask()
    return visitors


def _hang_up(server: Chatroom, visitors: Sequence[Visitor]) -> None:
    for each in visitors:
        each.sock.close()
    time.sleep(0.05)  # so that the server has noticed before anything is measured
    server.account.await_sleep()


_Crowd = tuple[Server, Sequence[Visitor]]


def _gather(server: Server, context: ssl.SSLContext | None, members: int, name: str) -> _Crowd:
    """Some people in the room `#name`."""
    visitors = _connect(server.port, members, context)
    for number, each in enumerate(visitors):
        each.introduce(f"{name}{number}")
    for each in visitors:  # together: InspIRCd lets people in once a second
        each.await_welcome()
    for each in visitors:
        each.send(f"JOIN #{name}")
        each.ask()
    for each in visitors:  # what the others' coming brought
        each.ask()
    return server, visitors


def _fan_out(crowds: Mapping[str, _Crowd], members: int, steps: int, report: Report) -> None:
    """One says a line, and all others read it; then the next line. The crowds take turns."""
    costs: dict[str, list[float]] = {name: [] for name in crowds}
    for _ in range(ROUNDS if steps > 10 else 1):
        for name, (server, visitors) in crowds.items():
            room = "#c" if name == "clear text" else "#t"
            costs[name].append(_steps(server, room, visitors, steps) / steps / (members - 1) * 1e6)
    best = {name: min(some) for name, some in costs.items()}
    for name, cost in best.items():
        report.add_one(f"a delivery, {members} x 1 x 1, {name}", "us", cost)
    ratio = best["TLS"] / best["clear text"]
    report.add_one("a delivery over TLS, in the clear = 1", "", ratio, SLOWER)
    if peer := best.get("TLS, InspIRCd"):
        report.add_one("a delivery over TLS, InspIRCd = 1", "", best["TLS"] / peer)


def _steps(server: Server, room: str, visitors: Sequence[Visitor], steps: int) -> float:
    """Processor seconds of so many steps."""
    speaker, *listeners = visitors
    poll = select.epoll()
    by_number = {each.sock.fileno(): each.sock for each in listeners}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    before = server.account.main_cpu()
    for _ in range(steps):
        speaker.send(f"PRIVMSG {room} :{_TEXT}")
        waiting = len(listeners)
        while waiting:
            ready = poll.poll(_PATIENCE)
            assert ready, "the server says nothing"
            for number, _mask in ready:
                by_number[number].recv(65536)
            waiting -= len(ready)
    used = server.account.main_cpu() - before
    poll.close()
    return used
