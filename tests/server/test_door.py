"""What a bug of ours costs: its finder's connection and a line in the log. Nothing else."""

import logging
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.net.connection import Connection
from chatroom.server.doors import greeter as undecided
from chatroom.server.doors.greeter import Greeter
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.doors.plain.door import PlainDoor
from chatroom.server.doors.sniff import Caller
from chatroom.store.search import SearchIndex
from chatroom.wire.message import Message
from harness import PATIENCE, Client

from .conftest import House


def broken(_world: World, _session: Session, _message: Message) -> None:
    raise RuntimeError("a bug")


def test_a_bug_costs_its_finder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception that no handler foresaw closes one connection, says so, and is logged."""
    monkeypatch.setitem(COMMANDS, "TIME", COMMANDS["TIME"]._replace(handler=broken))
    house = House(tmp_path)
    house.forgiving = True
    finder, bystander = house.join("finder", "#bugs"), house.join("bystander", "#bugs")
    with caplog.at_level(logging.ERROR, "chatroom"):
        finder.send("TIME")
        house.until(lambda: house.server.world.find("finder") is None)
    house.settle(bystander)
    assert any(line.endswith("QUIT :Internal error") for line in bystander.seen)
    assert "ERROR :Closing link: 127.0.0.1 (Internal error)" in finder.end()[-1]
    assert "Unhandled exception while serving finder" in caplog.text
    assert "RuntimeError: a bug" in caplog.text
    house.server.end()


def break_for(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, finder: Callable[[Any], bool]
) -> None:
    """Make a method raise for one who is the `finder`."""
    whole = getattr(owner, name)

    def broken_method(self: Any, *arguments: Any) -> Any:
        if finder(self):
            raise RuntimeError(f"a bug in {name}")
        return whole(self, *arguments)

    monkeypatch.setattr(owner, name, broken_method)


BREAKABLE = [
    (Connection, "_receive"),  # reading
    (Connection, "flush"),
    (Connection, "finish"),  # reaping
    (Connection, "release"),
    (Connection, "close"),
    (IrcDoor, "received"),
    (IrcDoor, "work"),
    (IrcDoor, "farewell"),  # leaving
    (IrcDoor, "leave"),
    (IrcDoor, "check_idle"),  # a timer
]


@pytest.mark.parametrize(
    ("owner", "name"), BREAKABLE, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_bug_anywhere_costs_its_finder_only(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: type,
    name: str,
) -> None:
    """Each call for a visitor is guarded, also those that see them off."""
    house = House(tmp_path, limits="flood_rate = 0\nper_address = 20")
    house.forgiving = True
    finders: list[Any] = []
    break_for(monkeypatch, owner, name, lambda it: it in finders)
    finder, bystander = house.join("finder", "#bugs"), house.join("bystander", "#bugs")
    door = next(one for one in house.server.doors.values() if one.session.user.nick == "finder")
    finders += [door, door.connection]
    house.server.timers.at(0, door._check)
    finder.send("PING :x", "QUIT").sock.shutdown(socket.SHUT_WR)
    house.until(lambda: len(house.server.doors) == 1)
    assert f"a bug in {name}" in caplog.text
    house.settle(bystander)
    world = house.server.world
    assert (world.registered, world.find("finder"), len(house.server._closing)) == (1, None, 0)
    assert list(world.rooms["#bugs"].members) == [world.find("bystander")]
    assert house.server.arrivals.addresses.connections("127.0.0.1") == 1
    house.join("finder", "#bugs")
    house.server.end()


@pytest.mark.parametrize("said", [b"boom\r\n", b"\xff\xfdboom"])
def test_a_bug_at_the_front_door(
    house: House, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """Nobody knows yet who is calling."""

    def broken_sniff(*_: object) -> Caller:
        raise RuntimeError("a bug")

    monkeypatch.setattr(undecided, "sniff", broken_sniff)
    house.forgiving = True
    client = house.connect()
    client.sock.sendall(said)
    client.sock.shutdown(socket.SHUT_WR)
    house.until(lambda: not house.server.doors)
    assert client.end() == ["ERROR :You have not given a nickname (Internal error)"]
    monkeypatch.undo()
    house.join("alice")


def test_a_bug_in_letting_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one comes in."""
    house.forgiving = True
    with monkeypatch.context() as broken:
        broken.setattr(Greeter, "begin", broken_begin)
        client = Client(socket.create_connection(house.address, PATIENCE))
        house.until(lambda: house.bugs.found)
        house.until(lambda: not house.server.doors)
        assert client.end() == []
    house.join("alice")
    assert house.server.arrivals.addresses.connections("127.0.0.1") == 1


def broken_begin(_door: Greeter) -> None:
    raise RuntimeError("a bug")


def test_a_bug_does_not_keep_the_server_from_stopping(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor others from their goodbye."""
    house.forgiving = True
    finder, bystander = house.join("finder"), house.join("bystander")
    break_for(monkeypatch, IrcDoor, "dismiss", lambda door: door.session.user.nick == "finder")
    house.server.stop()
    house.until(lambda: not house.server.doors)
    assert bystander.end()[-1].endswith("(The server is shutting down)")
    finder.end()


def test_a_bug_in_a_search_costs_that_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What a worker's job raises comes back as a failed search."""

    def broken_update(*_: object) -> int:
        raise RuntimeError("a bug")

    monkeypatch.setattr(SearchIndex, "update", broken_update)
    house = House(tmp_path)
    house.forgiving = True
    house.server.open_history()
    client = house.join("alice")
    client.send("SEARCH text=tea")
    house.until(lambda: "Unhandled exception in the search index" in caplog.text)
    house.settle(client)
    assert any("FAIL SEARCH INTERNAL_ERROR" in line for line in client.seen)
    house.server.end()


def test_putting_a_kick_into_words_changes_nothing(house: House) -> None:
    """An encoder may be asked at any time, for any message."""
    client = house.connect()
    client.send("alice", "den")
    house.until(lambda: house.server.world.find_room("#den"))
    (door,) = house.server.doors.values()
    assert isinstance(door, PlainDoor)
    before = door.question
    kick = Message("KICK", ("#den", "alice"), "bob!b@host")
    assert door.encode(kick) == door.encode(kick)
    assert door.question == before


def test_nobody_times_out_unasked(tmp_path: Path) -> None:
    """However late the check comes: first the PING, then the time to answer it.

    Nor on a machine that has been up for less than a thousand seconds.
    """
    house = House(tmp_path, limits="idle_ping = 10\nping_timeout = 5\nflood_rate = 0")
    client = house.join("alice")
    (door,) = house.server.doors.values()
    door.heard_at -= 1000
    door.check_idle()
    house.tick()
    assert not door.session.closing
    assert client.line() == "PING :chatroom.local"
    door.check_idle()
    assert door.session.closing.startswith("Ping timeout")
    house.server.end()


def test_the_silent_are_asked_on_full_seconds(tmp_path: Path) -> None:
    """All of a second together: a thousand of them wake the loop once."""
    house = House(tmp_path, limits="flood_rate = 0\nidle_ping = 1")
    alice = house.join("alice")
    (door,) = house.server.doors.values()
    while not select.select([alice.sock], [], [], 0)[0]:
        house.tick()
    assert alice.wait("PING")
    (when,) = [entry.when for entry in house.server.timers._heap if entry.timer is door.timer]
    assert when == int(when)
    house.server.end()
