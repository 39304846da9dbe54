"""Mode P: a room stays when it is empty, and when the server starts again."""

from pathlib import Path

from chat.people import a_world, arrive, hang_up, heard, say
from chat.test_queries import asked, make_operator
from chat.worlds import Worlds
from chatroom.chat.privileges import PRIVILEGES
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorMade


def test_it_stays_while_nobody_is_there() -> None:
    """With topic and modes; nobody becomes operator by coming first."""
    world = a_world()
    boss, alice = arrive(world, "boss"), arrive(world, "alice")
    make_operator(boss)
    say(alice, "JOIN #den", "TOPIC #den :tea", "MODE #den +m")
    heard(alice)
    say(boss, "SAMODE #den +P")
    assert heard(alice) == [":boss!~boss@192.0.2.1 MODE #den +P"]
    say(alice, "PART #den")
    assert asked(boss, "LIST") == [
        ("321", "Channel", "Users  Name"), ("322", "#den", "0", "tea"), ("323", "End of /LIST"),
    ]  # fmt: skip
    say(alice, "JOIN #den")
    assert asked(alice, "MODE #den")[0] == ("324", "#den", "+Pmnt")
    assert "o" not in world.rooms["#den"].members[alice.user]


def test_without_it_the_empty_room_ends() -> None:
    """At once, where it is taken away from outside."""
    world = a_world()
    boss, alice = arrive(world, "boss"), arrive(world, "alice")
    make_operator(boss)
    say(alice, "JOIN #den")
    say(boss, "SAMODE #den +P")
    say(alice, "PART #den")
    assert "#den" in world.rooms
    say(boss, "SAMODE #den -P")
    assert "#den" not in world.rooms


def test_who_sets_it() -> None:
    """Operators of the server who may act in rooms: an owner needs that too."""
    world = a_world()
    owner = arrive(world, "owner")
    say(owner, "JOIN #den")
    make_operator(owner)
    say(owner, "SAMODE #den +q owner")
    assert asked(owner, "MODE #den +P") == [("MODE", "+P")]
    less = tuple({*PRIVILEGES} - {"rooms"})
    apply(world, OperatorMade(owner.user.id, "root", "less", less, False, world.now))
    assert asked(owner, "MODE #den -P")[0][0] == "481"


def test_ranks_are_kept_no_longer_than_the_room() -> None:
    """Ranks of accounts belong to rooms that last."""
    world = a_world()
    boss, alice = arrive(world, "boss"), arrive(world, "alice")
    make_operator(boss)
    say(alice, "JOIN #den")
    say(boss, "SAMODE #den +P")
    room = world.rooms["#den"]
    room.keep_rank("somebody", "o", True)
    say(boss, "SAMODE #den -P")
    assert room.kept == {}
    hang_up(alice)


def test_it_outlasts_the_server(tmp_path: Path) -> None:
    """The room is there before anybody comes."""
    worlds = Worlds(tmp_path)
    boss = worlds.person("boss")
    make_operator(boss)
    say(boss, "JOIN #den", "TOPIC #den :tea", "SAMODE #den +P", "PART #den")
    worlds.restart()
    room = worlds.world.rooms["#den"]
    assert (room.topic, room.lasts) == ("tea", True)
    say(worlds.person("alice"), "JOIN #den")
    assert not any(room.members.values())
    worlds.close()
