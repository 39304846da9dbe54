"""What the service manager is told, on a real socket (sd_notify(3))."""

import os
import re
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.net.notify import Notifier, take_notifier

needs_abstract_names = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has them")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(15)
        yield sock


@pytest.fixture
def notifier(manager: socket.socket) -> Notifier:
    """The way to it."""
    return Notifier(manager.getsockname())


def heard(manager: socket.socket) -> list[str]:
    """The lines of the next message."""
    return manager.recv(4096).decode().split("\n")


def test_the_life_of_a_process(manager: socket.socket, notifier: Notifier) -> None:
    notifier.ready("nobody yet")
    assert heard(manager) == ["READY=1", "STATUS=nobody yet"]
    notifier.reloading()
    reloading, when = heard(manager)
    assert reloading == "RELOADING=1"
    assert re.fullmatch(r"MONOTONIC_USEC=[1-9]\d*", when)
    notifier.alive("two\nlines")
    assert heard(manager) == ["WATCHDOG=1", "STATUS=two lines"]
    notifier.main_process(123)
    assert heard(manager) == ["MAINPID=123"]
    notifier.stopping()
    assert heard(manager)[0] == "STOPPING=1"


@needs_abstract_names
def test_an_abstract_name() -> None:
    name = f"chatroom-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0{name}")
        sock.settimeout(15)
        Notifier(f"@{name}").ready("")
        assert heard(sock)[0] == "READY=1"


def test_a_manager_that_does_not_read_stops_nobody(
    manager: socket.socket, notifier: Notifier
) -> None:
    """Its queue is full, it has gone, or there never was any."""
    for _ in range(1000):
        notifier.alive("")
    manager.close()
    notifier.ready("")
    Notifier().ready("")


def test_who_the_environment_says_it_is() -> None:
    own, other = str(os.getpid()), str(os.getpid() + 1)
    environment = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": own}
    assert take_notifier(environment).watchdog == 3.0
    # A process that takes over has another number, and is watched, too.
    assert environment == {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "3000000"}
    assert take_notifier(environment).watchdog == 3.0
    assert take_notifier(environment | {"WATCHDOG_PID": other}).watchdog == 0.0
    assert take_notifier({"WATCHDOG_USEC": "3000000"}).watchdog == 0.0
    assert take_notifier({}).watchdog == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"NOTIFY_SOCKET": "relative"},
        {"NOTIFY_SOCKET": "vsock:2:1234"},
        {"NOTIFY_SOCKET": "/" + 107 * "x"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "9" * 5000},
    ],
    ids=lambda wrong: " ".join(wrong)[:40],
)
def test_values_that_make_no_sense(wrong: dict[str, str]) -> None:
    name = list(wrong)[-1]
    with pytest.raises(ValueError, match=name):
        take_notifier(dict(wrong))
