"""Rooms' operators whom the configuration names: at the start, and after a HUP."""

import logging
from pathlib import Path

import pytest

from chatroom.server.config.reload import reload

from .conftest import House

OPERATORS = "flood_rate = 0\n[rooms]\noperators = {{ general = ['{}!*@127.0.0.1'] }}\n"


def test_the_operators_of_the_start(tmp_path: Path) -> None:
    """Nobody else is one, be it for coming first."""
    house = House(tmp_path, limits=OPERATORS.format("alice"))
    house.server.open_history()
    bob, alice = house.join("bob", "#general"), house.join("alice", "#general")
    house.settle(bob)
    assert ":chatroom.local MODE #general +o alice" in bob.seen
    assert not [line for line in bob.seen if "@bob" in line]
    for client in (alice, bob):
        client.close()
    house.server.end()


def test_a_lock_out_is_lifted_without_stopping(house: House, tmp_path: Path) -> None:
    """Whoever took the room keeps out everybody but those whom the new configuration names; who is
    in already becomes an operator at once."""
    house.server.open_history()
    reload_with(house, tmp_path, f"[limits]\n{OPERATORS.format('thief')}")
    thief, carol = house.join("thief", "#general"), house.join("carol", "#general")
    thief.send("MODE #general +ikl key 1", "MODE #general +b alice!*@*")
    house.settle(thief)
    alice = house.join("alice", "#general")
    assert [line for line in alice.seen if " 474 " in line]
    named = OPERATORS.format("alice").replace("'] }", "', 'carol!*@127.0.0.1'] }")
    reload_with(house, tmp_path, f"[limits]\n{named}")
    house.settle(carol)
    assert ":chatroom.local MODE #general +o carol" in carol.seen
    alice.send("JOIN #general", "MODE #general -o thief", "KICK #general thief")
    house.settle(alice)
    assert house.settle(carol).seen[-3:-1] == [
        ":alice!~alice@127.0.0.1 MODE #general -o thief",
        ":alice!~alice@127.0.0.1 KICK #general thief :alice",
    ]
    house.settle(thief)
    assert len(house.server.world.rooms["#general"].members) == 2


def reload_with(house: House, tmp_path: Path, text: str) -> None:
    (tmp_path / "chatroom.toml").write_text(text)
    server = house.server
    server.config = reload(server.world, server.config, server.options)


def test_faults_change_nothing(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """All are told, and what is right in the same file does not count either."""
    caplog.set_level(logging.INFO, "chatroom")
    server = house.server
    before = server.config, server.world.settings, server.world.limits
    with_faults = "[server]\nname = 'new.example'\n[limits]\nnickname = 0\nzzz = 3\n"
    reload_with(house, tmp_path, with_faults)
    file = tmp_path / "chatroom.toml"
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("ERROR", f"{file}: limits.nickname: expected a number from 1 to 64, found 0"),
        ("ERROR", f"{file}: limits.zzz: unknown key"),
        ("ERROR", "The configuration was not changed."),
    ]
    assert (server.config, server.world.settings, server.world.limits) == before
    reload_with(house, tmp_path, "[limits]\nnickname = 9\n")
    assert server.world.limits.nickname == 9


def test_what_needs_a_restart_stays_as_it_is(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says what that is; the rest is applied."""
    caplog.set_level(logging.INFO, "chatroom")
    old = house.server.config
    text = "[server]\nname = 'new.example'\n[history]\nreplay = 3\n"
    reload_with(house, tmp_path, f"{text}[rooms]\npermanent = ['den']\n")
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("WARNING", "Changes of history, rooms.permanent need a restart."),
        ("INFO", "The configuration was read again."),
    ]
    new = house.server.config
    assert (new.history, new.rooms.permanent) == (old.history, old.rooms.permanent)
    assert house.server.world.settings.name == "new.example"


def test_a_reload_tells_the_warnings(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATROOM_LIMIT", "3")
    reload_with(house, tmp_path, "")
    assert "CHATROOM_LIMIT is not a setting; it is ignored" in caplog.messages


def test_clients_hear_of_what_changes_for_them(house: House, tmp_path: Path) -> None:
    """CAP NEW with the new value, and RPL_ISUPPORT with the tokens that changed."""
    house.server.open_history()
    alice = house.connect().send("CAP LS 302", "NICK alice", "USER a 0 * a", "CAP END")
    house.settle(alice)
    (tmp_path / "chatroom.toml").write_text(
        "[limits]\ntopic = 50\nmultiline_lines = 9\n[server]\nclient_tag_deny = 'typing, react'\n"
    )
    house.server._reload()
    house.settle(alice)
    multiline = "draft/multiline=max-bytes=8192,max-lines=9"
    assert [line for line in alice.seen if " CAP " in line][-1].endswith(f" NEW :{multiline}")
    denied = "typing,draft/typing,react,draft/react"
    changed = f"CLIENTTAGDENY={denied} TOPICLEN=50 :are supported by this server"
    assert [line for line in alice.seen if " 005 " in line][-1].endswith(f" alice {changed}")


MULTILINE = "draft/multiline=max-bytes={},max-lines={}"


def test_capabilities_that_change_are_announced(house: House, tmp_path: Path) -> None:
    """To clients with cap-notify; with their values to those that know them (CAP LS 302)."""
    registration = "[accounts]\nregistration = {}\n"
    with_limit = "[limits]\nflood_rate = 0\nmultiline_bytes = {}\n"
    house.server.open_history()
    reload_with(house, tmp_path, with_limit.format(1000) + registration.format("true"))
    modern, old, silent = (house.join(nick) for nick in ("modern", "old", "silent"))
    modern.send("CAP LS 302", "CAP REQ :draft/multiline batch draft/account-registration")
    old.send("CAP REQ cap-notify")
    for client in (modern, old, silent):
        house.settle(client).seen.clear()

    def told(text: str) -> list[list[str]]:
        (tmp_path / "chatroom.toml").write_text(text)
        house.server._reload()
        found = []
        for client in (modern, old, silent):
            house.settle(client)
            news = [line.partition(" CAP ")[2] for line in client.seen if " CAP " in line]
            found.append([line.replace(":", "") for line in news])
            client.seen.clear()
        return found

    assert told(with_limit.format(2000) + registration.format("true")) == [
        *([f"modern NEW {MULTILINE.format(2000, 100)}"], [], []),
    ]
    assert told(with_limit.format(2000) + registration.format("false")) == [
        *(["modern DEL draft/account-registration"], ["old DEL draft/account-registration"], []),
    ]
    modern.send("CAP LIST")
    house.settle(modern)
    (kept,) = (line for line in modern.seen if " CAP " in line)
    assert "draft/multiline" in kept and "draft/account-registration" not in kept
    modern.seen.clear()
    assert told(with_limit.format(2000) + registration.format("false")) == [[], [], []]
    ((news,), (names,), []) = told(with_limit.format(3000) + registration.format("true"))
    value = MULTILINE.format(3000, 100)
    assert news.startswith("modern NEW draft/account-registration=") and news.endswith(value)
    assert names == "old NEW draft/account-registration"
