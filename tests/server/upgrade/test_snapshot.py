"""What is handed over to another process: people do not notice it, whatever they are doing."""

import json

import pytest

from chatroom.server.upgrade.snapshot import UnknownSnapshot, restore, take
from harness import Client

from .conftest import MovingHouse


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


def test_an_unknown_version_is_refused(moving: MovingHouse) -> None:
    """And nothing has changed by then."""
    moving.join("alice", "#den")
    snapshot = json.loads(json.dumps(take(moving.server).snapshot))
    digest = moving.server.world.digest
    with pytest.raises(UnknownSnapshot):
        restore(moving.server, {**snapshot, "version": 0}, {})
    assert moving.server.world.digest == digest
