"""What a bug of ours costs: its finder's connection and a line in the log. Nothing else."""

import logging
from pathlib import Path

import pytest

from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.session import Session
from chatroom.server.doors.plain import PlainDoor
from chatroom.store.search import SearchIndex
from chatroom.wire.message import Message

from .conftest import House


def broken(_session: Session, _message: Message) -> None:
    raise RuntimeError("a bug")


def test_a_bug_costs_its_finder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception that no handler foresaw closes one connection, says so, and is logged."""
    monkeypatch.setitem(COMMANDS, "TIME", COMMANDS["TIME"]._replace(handler=broken))
    house = House(tmp_path)
    finder, bystander = house.join("finder", "#bugs"), house.join("bystander", "#bugs")
    with caplog.at_level(logging.ERROR, "chatroom"):
        finder.send("TIME")
        house.until(lambda: house.server.world.find("finder") is None)
    house.settle(bystander)
    assert any(line.endswith("QUIT :Internal error") for line in bystander.seen)
    assert "ERROR :Closing link: 127.0.0.1 (Internal error)" in finder.end()[-1]
    assert "A bug, met by finder" in caplog.text
    house.server.end()


def test_a_bug_in_a_search_costs_that_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What a worker's job raises comes back as a failed search."""

    def broken_find(*_: object, **__: object) -> list[Message]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(SearchIndex, "find", broken_find)
    house = House(tmp_path)
    house.server.open_history()
    client = house.join("alice")
    client.send("SEARCH text=tea")
    house.until(lambda: "A bug in the history's upkeep" in caplog.text)
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
    before = door.answer
    kick = Message("KICK", ("#den", "alice"), "bob!b@host")
    assert door.encode(kick) == door.encode(kick)
    assert door.answer == before


def test_nobody_times_out_unasked(tmp_path: Path) -> None:
    """However late the check comes: first the PING, then the time to answer it."""
    house = House(tmp_path, limits="idle_ping = 10\nping_timeout = 5\nflood_rate = 0")
    client = house.join("alice")
    (door,) = house.server.doors.values()
    door.heard_at -= 1000
    door.check_idle()
    house.tick()
    assert not door.session.closing
    assert client.line() == "PING chatroom.local"
    door.check_idle()
    assert door.session.closing.startswith("Ping timeout")
    house.server.end()
