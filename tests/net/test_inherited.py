"""Sockets that the service manager passes (sd_listen_fds(3)), at other numbers than usual: in this
process those after standard error are taken."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from chatroom.net import inherited
from chatroom.net.inherited import NotListening, take_inherited

FIRST = 900
OWN = {"LISTEN_PID": str(os.getpid())}


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(inherited, "FIRST", FIRST)
    yield
    for number in range(FIRST, FIRST + 3):
        with suppress(OSError):
            os.close(number)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test has opened."""
    with ExitStack() as opened:
        yield opened


def put(*sockets: socket.socket) -> None:
    """Pass these sockets, as a manager does: the process inherits them."""
    for number, sock in enumerate(sockets, FIRST):
        os.dup2(sock.fileno(), number)
        sock.close()


def listening(family: int = socket.AF_INET, address: object = ("127.0.0.1", 0)) -> socket.socket:
    sock = socket.socket(family)
    sock.bind(address)  # type: ignore[arg-type]
    sock.listen()
    return sock


def test_the_sockets_are_ours(tmp_path: Path, stack: ExitStack) -> None:
    """Non-blocking, for this process alone; and the variables are gone."""
    put(listening(), listening(socket.AF_UNIX, str(tmp_path / "socket")))
    environment = {**OWN, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "tcp:unix", "PATH": "/bin"}
    taken = [stack.enter_context(sock) for sock in take_inherited(environment)]
    assert [sock.fileno() for sock in taken] == [FIRST, FIRST + 1]
    assert [sock.family for sock in taken] == [socket.AF_INET, socket.AF_UNIX]
    assert not [sock for sock in taken if sock.getblocking() or sock.get_inheritable()]
    assert environment == {"PATH": "/bin"}


def test_those_of_another_process(stack: ExitStack) -> None:
    """Its child inherits the variables, too. They are not for it."""
    put(listening())
    environment = {"LISTEN_PID": str(os.getpid() + 1), "LISTEN_FDS": "1"}
    assert take_inherited(environment) == []
    assert environment == {}
    assert take_inherited({"LISTEN_FDS": "1"}) == []
    os.fstat(FIRST)


@pytest.mark.parametrize(
    ("kind", "trouble"),
    [
        (
            "datagrams",
            r"descriptor 900 \(web\), which is not a stream socket; expected ListenStream=",
        ),
        ("connection", "descriptor 900 .*which does not listen; Accept=yes is not possible"),
        ("file", "descriptor 900 .*which is not a socket"),
        ("nothing", r"descriptor 900 .*which is not a socket \(bad file descriptor\)"),
    ],
)
def test_what_nobody_can_connect_to(kind: str, trouble: str, stack: ExitStack) -> None:
    """The message names it. Nothing stays open."""
    if kind == "datagrams":
        put(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    elif kind == "connection":
        one, other = socket.socketpair()
        stack.enter_context(other)
        put(one)
    elif kind == "file":
        with Path("/dev/null").open() as file:
            os.dup2(file.fileno(), FIRST)
    with pytest.raises(NotListening, match=trouble):
        take_inherited({**OWN, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"})


def test_the_others_are_closed(stack: ExitStack) -> None:
    put(listening(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    with pytest.raises(NotListening, match="descriptor 901, which"):
        take_inherited({**OWN, "LISTEN_FDS": "2"})
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(FIRST)


@pytest.mark.parametrize("count", ["", "-1", "x", "٣", "99999"])
def test_a_count_that_is_none(count: str) -> None:
    with pytest.raises(NotListening, match=f"LISTEN_FDS={count} is not a number of sockets"):
        take_inherited({**OWN, "LISTEN_FDS": count})
