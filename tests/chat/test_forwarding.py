"""Mode f: a room leads people who cannot enter to another one (as on Solanum and Ergo)."""

import pytest

from chat.people import NOW, BareWorld, a_world, arrive, hang_up, heard, say
from chat.test_queries import asked, make_operator
from chatroom.chat.session import Session


@pytest.fixture
def world() -> BareWorld:
    return a_world()


@pytest.fixture
def op(world: BareWorld) -> Session:
    """In charge of four rooms; a leads to b."""
    op = arrive(world, "op")
    say(op, "JOIN #a,#b,#c,#d", "MODE #a +f #b")
    heard(op)
    return op


def came(session: Session, line: str) -> list[tuple[str, ...]]:
    """What the line brings, without a room's names."""
    return [each for each in asked(session, line) if each[0] not in ("353", "366")]


def led(room: str, to: str) -> list[tuple[str, ...]]:
    return [("470", room, to, "Forwarding to another room"), ("JOIN",)]


def test_who_sets_it(world: BareWorld, op: Session) -> None:
    """Operators of both rooms; the other one has to exist, and to be another one (696, 482)."""
    alice = arrive(world, "alice")
    say(alice, "JOIN #e", "JOIN #secret", "MODE #secret +s")
    say(op, "JOIN #e")
    why = "There is no such other room"
    for name in ("#none", "#a", "#secret", "general"):
        assert asked(op, f"MODE #a +f {name}") == [("696", "#a", "f", name, why)]
    assert asked(op, "MODE #a +f #e") == [
        ("482", "#e", "Only operators and above may let other rooms lead people here")
    ]
    assert asked(op, "MODE #c +f #D") == [("MODE", "+f", "#d")]
    assert asked(op, "MODE #c +f #d") == []
    assert asked(op, "MODE #c -f") == [("MODE", "-f")]
    assert asked(op, "MODE #c -f") == []


def test_who_sees_it(world: BareWorld, op: Session) -> None:
    """Members, as with the key."""
    assert asked(op, "MODE #a")[0] == ("324", "#a", "+ntf", "#b")
    assert asked(arrive(world, "alice"), "MODE #a")[0] == ("324", "#a", "+ntf", "*")


@pytest.mark.parametrize(
    ("modes", "code"),
    [("+i", "470"), ("+l 1", "470"), ("+R", "470"), ("+k key", "475"), ("+b *!*@*", "474"),
     ("+z", "489")],
)  # fmt: skip
def test_what_leads_on(world: BareWorld, op: Session, modes: str, code: str) -> None:
    """Where others cannot enter either; not bans, wrong keys and clear text."""
    if modes == "+z":
        say(op, "PART #a", "JOIN #a", "MODE #a +f #b")
        world.rooms["#a"].set_flag("z", True)
    else:
        say(op, f"MODE #a {modes}")
    answers = came(arrive(world, "alice"), "JOIN #a")
    assert answers[0][0] == code
    assert (answers == led("#a", "#b")) is (code == "470")


def test_those_who_can_enter_are_not_led(world: BareWorld, op: Session) -> None:
    """Neither into an open room, nor with an invitation."""
    say(op, "MODE #a +i")
    alice = arrive(world, "alice")
    say(op, "INVITE alice #a")
    assert came(alice, "JOIN #a") == [("JOIN",)]
    assert [room.name for room in alice.user.rooms] == ["#a"]


def test_further_rooms(world: BareWorld, op: Session) -> None:
    """The first one on the way that lets people in."""
    say(op, "MODE #a +i", "MODE #b +if #c", "MODE #c +if #d")
    assert came(arrive(world, "alice"), "JOIN #a") == led("#a", "#d")


def test_a_circle_leads_nowhere(world: BareWorld, op: Session) -> None:
    """The refusal is that of the room that was asked for."""
    say(op, "MODE #a +l 1", "MODE #b +if #c", "MODE #c +if #a")
    assert came(arrive(world, "alice"), "JOIN #a") == [
        ("471", "#a", "Cannot join room (+l): it is full")
    ]


REFUSED = [("473", "#a", "Cannot join room (+i): by invitation only")]


@pytest.mark.parametrize("modes", ["+s", "+k key", "+b *!*@*", "+i"])
def test_rooms_that_nobody_is_led_to(world: BareWorld, op: Session, modes: str) -> None:
    """A secret one, whose name that would give away; and those that do not let the person in."""
    say(op, "MODE #a +i", f"MODE #b {modes}")
    assert came(arrive(world, "alice"), "JOIN #a") == REFUSED


def test_where_one_is_already(world: BareWorld, op: Session) -> None:
    say(op, "MODE #a +i")
    alice = arrive(world, "alice")
    say(alice, "JOIN #b")
    assert came(alice, "JOIN #a") == REFUSED


def test_a_room_that_somebody_else_has_opened(world: BareWorld, op: Session) -> None:
    """Whoever opens a new room of that name has not agreed to it, and gets nobody."""
    say(op, "MODE #a +i", "PART #b")
    mallory, alice = arrive(world, "mallory"), arrive(world, "alice")
    assert came(alice, "JOIN #a") == REFUSED
    world.set_time(NOW + 1, 1)
    say(mallory, "JOIN #b")
    assert came(alice, "JOIN #a") == REFUSED


def test_it_is_set_again_for_a_room_that_was_opened_again(world: BareWorld, op: Session) -> None:
    """Without taking it away first: that room is another one."""
    say(op, "MODE #a +i", "PART #b")
    world.set_time(NOW + 1, 1)
    say(op, "JOIN #b")
    alice = arrive(world, "alice")
    assert came(alice, "JOIN #a") == REFUSED
    assert asked(op, "MODE #a +f #b") == [("MODE", "+f", "#b")]
    assert asked(op, "MODE #a +f #b") == []
    assert came(alice, "JOIN #a") == led("#a", "#b")


def test_a_renamed_room_is_found(world: BareWorld, op: Session) -> None:
    say(op, "MODE #a +i", "MODE #b +a op")
    make_operator(op)
    say(op, "SAMODE #b +q op", "RENAME #b #better")
    assert came(arrive(world, "alice"), "JOIN #a") == led("#a", "#better")


def test_an_operator_of_the_server_sets_it_anyway(world: BareWorld, op: Session) -> None:
    boss = arrive(world, "boss")
    make_operator(boss)
    say(op, "MODE #a -f+i")
    say(boss, "SAMODE #a +f #b")
    assert came(arrive(world, "alice"), "JOIN #a") == led("#a", "#b")


def test_it_is_saved_with_the_room(world: BareWorld, op: Session) -> None:
    """In a snapshot and in the saved state."""
    room = world.rooms["#a"]
    state = room.state()
    assert (state["forward"], state["forward_at"]) == ("#b", NOW)
    hang_up(op)
