"""What is handed over to another process: people do not notice it, whatever they are doing."""

import json
import socket
import time
from pathlib import Path

import pytest

from chatroom.server.upgrade.snapshot import UnknownSnapshot, finish, restore, take
from harness import Client
from websocket_frames import CONT, sent

from .conftest import MovingHouse
from .test_doors import rest


def hears(house: MovingHouse, client: Client, text: str) -> bool:
    """Whether an IRC client has got a line with that text, by now."""
    house.settle(client)
    return any(text in line for line in client.seen)


def test_a_conversation_goes_on(moving: MovingHouse) -> None:
    """IRC clients, and a person with netcat, in the same rooms with the same rights."""
    alice, bob = moving.join("alice", "#den"), moving.join("bob", "#den")
    carol = moving.connect().send("carol", "den")
    moving.until(lambda: len(moving.server.world.rooms["#den"].members) == 3)
    moving.move()
    alice.send("PRIVMSG #den :hello")
    moving.settle(alice)
    assert hears(moving, bob, "PRIVMSG #den :hello")
    assert "<alice> hello" in carol.read_until("hello")[-1]
    carol.send("tea?")
    moving.until(lambda: moving.server.fanout.added == 2)
    assert hears(moving, alice, "PRIVMSG #den :tea?")
    alice.send("MODE #den +m")
    assert hears(moving, alice, "alice!~alice@127.0.0.1 MODE #den +m")


def test_with_a_history(moving: MovingHouse) -> None:
    """What was said in either process is replayed to those who enter later, and what each client
    has read is known."""
    moving.server.open_history()
    alice, bob = moving.join("alice", "#den"), moving.join("bob", "#den")
    alice.send("PRIVMSG #den :one")
    moving.settle(alice)
    assert hears(moving, bob, "PRIVMSG #den :one")
    moving.settle(bob)  # which proves that he has read it
    before = moving.server.world.read_marks.snapshot()
    moving.move()
    assert moving.server.world.read_marks.snapshot() == before
    alice.send("PRIVMSG #den :two")
    moving.settle(alice)
    assert hears(moving, bob, "PRIVMSG #den :two")
    carol = moving.join("carol", "#den")
    assert hears(moving, carol, "<alice> one")
    assert hears(moving, carol, "<alice> two")


def test_an_unknown_version_is_refused(moving: MovingHouse) -> None:
    """And nothing has changed by then."""
    moving.join("alice", "#den")
    snapshot = json.loads(json.dumps(take(moving.server).snapshot))
    digest = moving.server.world.digest
    with pytest.raises(UnknownSnapshot):
        restore(moving.server, {**snapshot, "version": 0}, {})
    assert moving.server.world.digest == digest


def test_the_configuration_of_the_new_process_holds(moving: MovingHouse) -> None:
    """Clients learn what is different: tokens and capabilities; and nothing, if nothing is."""
    alice = moving.connect().send("CAP LS 302", "NICK alice", "USER a 0 * :a", "JOIN #den")
    alice.send("CAP REQ :cap-notify", "CAP END")
    moving.settle(alice)
    before = len(alice.seen)
    moving.move()
    moving.settle(alice)
    assert [line.split()[1] for line in alice.seen[before:]] == ["PONG"]
    config = moving.server.options.config
    assert config is not None
    config.write_text(
        "[limits]\nflood_rate = 0\nnickname = 20\nmultiline_lines = 7\n"
        "[rooms]\noperators = {den = ['alice!*@*']}\n"
    )
    moving.move()
    assert hears(moving, alice, " 005 alice NICKLEN=20 ")
    assert hears(moving, alice, "CAP alice NEW :draft/multiline=max-bytes=8192,max-lines=7")
    bob = moving.join("bob", "#den")
    alice.send("PART #den", "JOIN #den")
    assert hears(moving, alice, "MODE #den +o alice")
    assert bob.seen


def test_format_1_is_still_understood(moving: MovingHouse) -> None:
    """`format_1.json` was taken from version 0.1.0, in the middle of all kinds of things. It never
    changes: what an older version hands over does not have what later ones know."""
    snapshot = json.loads(Path(__file__).with_name("format_1.json").read_text())
    snapshot["chat"]["sessions"][0]["batch"]["since"] = time.monotonic()
    pairs = [socket.socketpair() for _ in snapshot["connections"]]
    server = moving.server
    restore(server, snapshot, {number: ours for number, (ours, _) in enumerate(pairs)})
    finish(server, snapshot)
    assert [type(door).__name__ for door in server.doors.values()] == [
        "IrcDoor", "PlainDoor", "WebSocketDoor", "Greeter", "IrcDoor", "HttpDoor",
    ]  # fmt: skip
    assert sorted(user.nick for user in server.world.people()) == ["al", "pete", "web"]
    assert server.world.rooms.keys() == {"#den", "#tea"}
    al, _, web, *_ = (theirs for _, theirs in pairs)
    al.sendall(b"MSG #den :two\r\nBATCH -1\r\n")
    web.sendall(sent("two parts", CONT)[5:])
    rest(moving)
    said = al.recv(1 << 16)
    assert b"@label=1 :al!~al@127.0.0.1 BATCH +" in said
    assert b":web!~w@127.0.0.1 PRIVMSG #tea :in two parts\r\n" in said
    for _, theirs in pairs:
        theirs.close()
