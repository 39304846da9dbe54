"""The pauses between two calls to a server that is not there, and the end of a connection."""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from chatroom.client.app.loop import INTERRUPTED_SECONDS, App
from chatroom.client.config.profiles import Config
from chatroom.client.config.startup import Options
from chatroom.client.connection.server_connection import (
    LEAST_PART,
    LONGEST_PAUSE,
    ConnectionState,
    ServerConnection,
    pause,
)
from chatroom.net.addresses import parse_address
from chatroom.net.connection import Connection
from client.visitor import entered


@pytest.mark.parametrize(
    ("failures", "longest"),
    [(1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (100_000, 60.0)],
)
def test_pauses_grow_up_to_a_minute(failures: int, longest: float) -> None:
    """They double; chance shortens them to the half at most."""
    assert pause(failures, 1.0) == longest
    assert pause(failures, 0.0) == longest * LEAST_PART
    assert pause(failures, 0.0) < pause(failures, 0.5) < pause(failures, 1.0) <= LONGEST_PAUSE


@pytest.fixture
def server() -> Iterator[tuple[App, socket.socket]]:
    """A client in #general, and the other end of its connection: a server that never hangs up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", None)
        patch.setattr(signal, "setitimer", lambda _which, _seconds: None)
        app = App(Options(), Config())
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        app._link = ServerConnection(app._loop, app._timers, parse_address("127.0.0.1:1"), app)
        app._link._connection = Connection(
            app._loop, ours, app._link._received, app._link._to_flush
        )
        app._link.state = ConnectionState.CONNECTED
        app._chat = entered().chat
        with closing(theirs):
            yield app, theirs
            app._link.close()
            app._loop.close()


def interrupt(app: App) -> None:
    """A turn of the loop that a signal has woken."""
    assert app._chat is not None
    app._signals.interrupted(signal.SIGINT)
    app._chat.interrupted(130)
    app._flush()


def test_ctrl_c_does_not_wait_for_the_server(server: tuple[App, socket.socket]) -> None:
    """The server gets what was typed before, and QUIT; nothing of its own is awaited."""
    app, theirs = server
    assert app._chat is not None
    app._chat.typed("hello")
    interrupt(app)
    assert app._status == 130
    heard = theirs.recv(65536).decode().split("\r\n")
    assert [line.partition(" ")[2] for line in heard if "PRIVMSG" in line]
    assert heard[-2] == "QUIT"


def test_ctrl_c_waits_a_little_for_a_server_that_does_not_read(
    server: tuple[App, socket.socket],
) -> None:
    """QUIT cannot be handed to the system: a fifth of a second is enough."""
    app, _ = server
    assert app._link is not None
    app._link.say(b"x" * 500_000)
    interrupt(app)
    assert app._status is None
    assert app._goodbye is not None
    assert INTERRUPTED_SECONDS == 0.2
    app._timers.run(time.monotonic() + INTERRUPTED_SECONDS)
    app._flush()
    assert app._status == 130


def test_a_quit_that_was_typed_waits_for_the_server(server: tuple[App, socket.socket]) -> None:
    """What it says at last is shown, as ever."""
    app, theirs = server
    assert app._chat is not None
    app._chat.typed("/quit")
    app._flush()
    assert app._status is None
    assert theirs.recv(65536)
