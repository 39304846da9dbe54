"""Rooms' operators whom the configuration names: at the start, and after a HUP."""

from pathlib import Path

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
    thief, carol = house.join("thief", "#general"), house.join("carol", "#general")
    thief.send("MODE #general +ikl key 1", "MODE #general +b alice!*@*")
    house.settle(thief)
    alice = house.join("alice", "#general")
    assert [line for line in alice.seen if " 474 " in line]
    named = OPERATORS.format("alice").replace("'] }", "', 'carol!*@127.0.0.1'] }")
    (tmp_path / "chatroom.toml").write_text(f"[limits]\n{named}")
    server = house.server
    server.config = reload(server.world, server.config, server.options)
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
