"""The server's end of the control socket: one request on a connection, in bounds."""

import json
import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chatroom.net.connection import Connection
from chatroom.net.local_socket import connect, listen_privately
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.server.control import control_socket, requests
from chatroom.server.control.control_socket import MOST, PATIENCE, ControlSocket, may_ask
from chatroom.server.control.host import ControlHost
from chatroom.server.control.protocol import LONGEST_ANSWER, LONGEST_REQUEST, request_line
from chatroom.server.control.requests import Answer, Declined, Later
from chatroom.store.database import StoreError

ECHO = request_line("echo", {"word": "hello"})


class Stage:
    """A loop, and the time; what is flushed is sent at the end of a turn."""

    def __init__(self, directory: Path) -> None:
        self.loop, self.timers, self.clock = Loop(), Timers(), 100.0
        self.to_flush: list[Connection] = []
        self.path = directory / "control"
        self.later = Later()
        host = ControlHost(
            account_changed=lambda _change: None, status=dict, upgrade=lambda _report: None
        )
        self.socket = ControlSocket(
            self.loop, self.timers, lambda: self.clock, self.to_flush, self.path, host
        )

    def turn(self, seconds: float = 0.0, flush: bool = True) -> None:
        self.clock += seconds
        for ready, mask in self.loop.select(0):
            ready(mask)
        self.timers.run(self.clock)
        if flush:
            for connection in self.to_flush:
                connection.flush()
            self.to_flush.clear()

    def connect(self) -> socket.socket:
        """A tool that has said nothing, and is accepted."""
        sock = connect(self.path, 1.0)
        self.turn()
        sock.setblocking(False)
        return sock

    def says(self, data: bytes) -> dict[str, Any] | None:
        """What a tool gets that says that; None for nothing."""
        with self.connect() as sock:
            sock.send(data)
            self.turn()
            return answered(sock)


def answered(sock: socket.socket) -> dict[str, Any] | None:
    try:
        data = sock.recv(1 << 20)
    except BlockingIOError:
        return None
    assert data.endswith(b"\n")
    answer: dict[str, Any] = json.loads(data)
    return answer


def is_closed(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False


def _fail(exception: Exception) -> Answer:
    raise exception


LATER = Later()
ROWS: Mapping[str, Callable[[Mapping[str, Any], ControlHost], Answer]] = {
    "echo": lambda arguments, _host: arguments,
    "later": lambda _arguments, _host: LATER,
    "no": lambda _arguments, _host: _fail(Declined("not today")),
    "disk": lambda _arguments, _host: _fail(StoreError("Cannot read history.db")),
    "bug": lambda _arguments, _host: _fail(KeyError("oops")),
    "long": lambda _arguments, _host: {"much": "x" * LONGEST_ANSWER},
}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(requests, "REQUESTS", ROWS)
    monkeypatch.setitem(globals(), "LATER", Later())
    stage = Stage(tmp_path)
    yield stage
    stage.socket.close()
    assert not stage.path.exists()
    stage.loop.close()


def test_a_request_and_its_answer(stage: Stage) -> None:
    """In one piece, byte by byte, and from a program that ends its side first."""
    assert stage.says(ECHO) == {"answer": {"word": "hello"}}
    with stage.connect() as sock:
        for at in range(len(ECHO)):
            sock.send(ECHO[at : at + 1])
            stage.turn()
        assert answered(sock) == {"answer": {"word": "hello"}}
        stage.turn(1.0)
        assert is_closed(sock)
    with stage.connect() as sock:
        sock.send(ECHO)
        sock.shutdown(socket.SHUT_WR)
        stage.turn()
        assert answered(sock) == {"answer": {"word": "hello"}}


def test_the_answer_waits_for_the_flush(stage: Stage) -> None:
    """Which comes after the commit."""
    with stage.connect() as sock:
        sock.send(ECHO)
        stage.turn(flush=False)
        stage.turn(1.0, flush=False)
        assert answered(sock) is None
        stage.turn()
        assert answered(sock) == {"answer": {"word": "hello"}}


def test_an_answer_in_a_later_tick(stage: Stage) -> None:
    """However late; and nothing happens if the tool has gone by then."""
    with stage.connect() as sock:
        sock.send(request_line("later", {}))
        stage.turn()
        stage.turn(10 * PATIENCE)
        assert answered(sock) is None
        LATER.resolve({"done": True})
        stage.turn()
        assert answered(sock) == {"answer": {"done": True}}
    globals()["LATER"] = Later()
    stage.connect().send(request_line("later", {}))
    stage.turn()
    LATER.decline("too late")
    stage.turn()
    stage.turn(1.0)
    assert not stage.socket._callers


def test_the_clock_may_have_stood_still_before_an_answer(stage: Stage) -> None:
    """As it does while an upgrade waits for a new process that hangs. Then the timers come before
    the flush."""
    with stage.connect() as sock:
        sock.send(request_line("later", {}))
        stage.turn()
        LATER.decline("the new process hangs")
        stage.turn(2 * PATIENCE)
        assert answered(sock) == {"error": "the new process hangs"}
    with stage.connect() as sock:  # which never reads
        sock.send(ECHO)
        stage.turn(flush=False)
        stage.turn(1.0, flush=False)
        stage.turn(PATIENCE, flush=False)
        assert is_closed(sock)


def test_who_waits_when_the_server_stops_is_told(stage: Stage) -> None:
    with stage.connect() as waiting, stage.connect() as answered_now:
        waiting.send(request_line("later", {}))
        answered_now.send(ECHO)
        stage.turn(flush=False)
        stage.socket.close()
        assert answered(waiting) == {"error": "the server is stopping"}
        assert answered(answered_now) == {"answer": {"word": "hello"}}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"{}\n", 'a request is a line of JSON such as {"request": "status"}'),
        (b"\xff\n", 'a request is a line of JSON such as {"request": "status"}'),
        (b"[" * LONGEST_REQUEST + b"\n", 'a request is a line of JSON such as {"request": "s'),
        (b"x" * (LONGEST_REQUEST + 1), "a request has at most 4096 bytes"),
        (request_line("sing", {}), "the running server, Chatroom "),
        (request_line("no", {}), "not today"),
        (request_line("disk", {}), "Cannot read history.db"),
        (request_line("bug", {}), "the server has met an internal error; its log says more"),
        (request_line("long", {}), "the answer is too long"),
    ],
)
def test_what_is_refused(
    stage: Stage, line: bytes, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With a reason; and a bug of ours is in the log."""
    logging.getLogger("chatroom").propagate = True
    answer = stage.says(line)
    assert answer is not None
    assert answer["error"].startswith(error)
    assert ("KeyError" in caplog.text) == (b"bug" in line)


def test_whoever_says_nothing_or_does_not_read_is_disconnected(stage: Stage) -> None:
    with stage.connect() as silent, stage.connect() as half:
        half.send(b'{"requ')
        stage.turn(PATIENCE - 0.1)
        assert not is_closed(silent)
        stage.turn(0.2)
        assert is_closed(silent)
        assert is_closed(half)
    with stage.connect() as gone:
        gone.close()
        stage.turn()
    assert not stage.socket._callers


def test_no_more_than_so_many_at_once(stage: Stage) -> None:
    """The others wait in the kernel's queue."""
    tools = [stage.connect() for _ in range(MOST)]
    late = connect(stage.path, 1.0)
    late.send(ECHO)
    late.setblocking(False)
    for _ in range(3):
        stage.turn()
    assert answered(late) is None
    tools[0].close()
    for _ in range(3):
        stage.turn()
    assert answered(late) == {"answer": {"word": "hello"}}
    for tool in (*tools, late):
        tool.close()


def test_only_the_servers_user_and_root(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert may_ask(0)
    assert may_ask(os.geteuid())
    assert may_ask(None)
    assert not may_ask(os.geteuid() + 1)
    monkeypatch.setattr(control_socket, "may_ask", lambda _user: False)
    with connect(stage.path, 1.0) as sock:
        sock.setblocking(False)
        stage.turn()
        assert is_closed(sock)


def test_the_socket_of_a_later_process_stays(stage: Stage) -> None:
    """After an upgrade another process has its own there."""
    with listen_privately(stage.path):
        stage.socket.close()
        assert stage.path.exists()
    stage.path.unlink()
