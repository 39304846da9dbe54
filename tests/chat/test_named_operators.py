"""Who is a room's operator: the first in a new room, and those whom the configuration names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.people import a_world, arrive, heard, say, world_of
from chat.stored_history import StoredHistory
from chatroom.chat.named_operators import name_operators
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.session import Session
from chatroom.chat.state.world import World

NAMED = {"hall": ["alice!*@192.0.2.1"]}
MODE = ":chatroom.local MODE #hall +o alice"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[StoredHistory]:
    log = StoredHistory(tmp_path)
    yield log
    log.close()


@pytest.fixture
def world(log: StoredHistory) -> World:
    """With a permanent room, `#hall`."""
    return started(log)


def started(log: StoredHistory) -> World:
    log.commit()
    world = a_world(log=log, replay=20)
    open_rooms(world, ["#hall"], log.saved_rooms())
    return world


def enter(world: World, nick: str, room: str = "#hall") -> Session:
    session = arrive(world, nick)
    say(session, f"JOIN {room}")
    return session


def rank(session: Session, room: str = "#hall") -> str:
    found = world_of(session).find_room(room)
    assert found is not None
    return found.members[session.user]


def test_the_first_is_not_operator(world: World) -> None:
    """Of a permanent room: nobody is, and it has +nt."""
    ann = enter(world, "ann")
    assert [rank(ann), rank(enter(world, "ben"))] == ["", ""]
    heard(ann)
    say(ann, "MODE #hall", "TOPIC #hall :mine", "MODE #hall -t")
    answers = [line.split(" ", 4)[1:5:2] for line in heard(ann)]
    assert answers[0][0] == "324"
    assert [code for code, _ in answers] == ["324", "329", "482", "482"]
    hall = world.find_room("#hall")
    assert hall is not None
    assert sorted(hall.flags) == ["n", "t"]


def test_a_permanent_room_cannot_be_taken_by_coming_back(world: World) -> None:
    ann = enter(world, "ann")
    say(ann, "PART #hall")
    assert rank(enter(world, "ben")) == ""
    say(ann, "JOIN #hall")
    assert rank(ann) == ""


def test_nor_after_a_restart(log: StoredHistory, world: World) -> None:
    enter(world, "ann")
    assert rank(enter(started(log), "bot")) == ""


def test_other_rooms_are_new_each_time(world: World) -> None:
    ann = enter(world, "ann", "#den")
    say(ann, "PART #den")
    assert rank(enter(world, "ben", "#den"), "#den") == "o"


def test_those_who_are_named(world: World) -> None:
    """They are operators on entering, which all see; nobody else is, be it for coming first."""
    name_operators(world, NAMED)
    ben = enter(world, "ben")
    assert rank(ben) == ""
    heard(ben)
    alice = enter(world, "Alice")
    assert rank(alice) == "o"
    assert heard(ben)[-1] == MODE.replace("alice", "Alice")
    lines = heard(alice)
    assert MODE.replace("alice", "Alice") in lines
    assert any("353" in line and "@Alice" in line for line in lines)
    say(alice, "PART #hall", "JOIN #hall")
    assert rank(alice) == "o"


def test_a_mask_that_does_not_fit(world: World) -> None:
    name_operators(world, {"hall": ["alice!*@192.0.2.7", "bob!*@*"], "den": ["alice!*@*"]})
    assert rank(enter(world, "alice")) == ""


def test_named_while_they_are_in(world: World) -> None:
    """As after HUP: at once, once, and with a MODE that is in the history."""
    ben, alice = enter(world, "ben"), enter(world, "alice")
    heard(ben), heard(alice)
    for _ in range(2):
        name_operators(world, NAMED)
    assert (heard(ben), heard(alice), rank(alice)) == ([MODE], [MODE], "o")
    (logged,) = world.log.select("#hall", 9, {"MODE"})
    assert logged.params == ("#hall", "+o", "alice")
    name_operators(world, {})
    assert rank(alice) == "o"  # nobody's rank is taken away


def test_many_are_named_in_few_lines(world: World) -> None:
    ben = enter(world, "ben")
    for number in range(30):
        enter(world, f"n{number:02}{'x' * 26}")
    heard(ben)
    name_operators(world, {"HALL": ["n??x*!*@*"]})
    lines = heard(ben)
    assert [len(line.split()) - 4 for line in lines] == [12, 12, 6]


def test_they_are_not_shut_out(world: World) -> None:
    """By whoever has taken the room."""
    name_operators(world, {"hall": ["thief!*@*"]})
    thief = enter(world, "thief")
    say(thief, "MODE #hall +ikl key 1", "MODE #hall +b alice!*@*")
    alice = enter(world, "alice")
    hall = world.find_room("#hall")
    assert hall is not None
    assert alice.user not in hall.members
    name_operators(world, NAMED)
    say(alice, "JOIN #hall", "MODE #hall -o thief", "MODE #hall -ikl key")
    assert (rank(alice), rank(thief), sorted(hall.flags)) == ("o", "", ["n", "t"])


def test_the_rank_comes_behind_the_entering(world: World) -> None:
    """Also where the answer to the JOIN is collected under a label."""
    name_operators(world, NAMED)
    alice = arrive(world, "alice")
    alice.agree_on(frozenset({"batch", "labeled-response", "message-tags"}))
    say(alice, "@label=x JOIN #hall")
    lines = [line for line in heard(alice) if " JOIN " in line or " MODE " in line]
    assert [" JOIN " in line for line in lines] == [True, False]
