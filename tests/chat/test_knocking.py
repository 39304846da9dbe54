"""KNOCK (as on Charybdis): who may knock, who hears it, and how often."""

import pytest

from chat.people import BareWorld, a_world, arrive, heard, say
from chat.test_queries import asked
from chatroom.chat.limits import Limits
from chatroom.chat.rights import HEAR_KNOCKS, RANKS, STRANGER, may
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.changes.rooms import MAY_LET_IN
from chatroom.chat.state.events import RanksGiven

TOLD = ("711", "#den", "Your knock has been delivered")


def a_den(world: BareWorld, modes: str = "+i") -> Session:
    op = arrive(world, "op")
    say(op, "JOIN #den", f"MODE #den {modes}")
    heard(op)
    return op


def test_those_in_charge_hear_it() -> None:
    """710 to half-operators and above, on all of their connections; to nobody else."""
    world = a_world()
    a_den(world, "+m")
    people = {}
    for letter in ("", "v", "h", "o", "a", "q"):
        one = people[letter] = arrive(world, f"n{letter}")
        say(one, "JOIN #den")
        if letter:
            apply(world, RanksGiven("#den", letter, (one.user.id,), world.now))
    say(people["q"], "MODE #den +i")
    for one in people.values():
        heard(one)
    alice = arrive(world, "alice")
    assert asked(alice, "KNOCK #den :let me in") == [TOLD]
    for letter, one in people.items():
        line = (
            f":chatroom.local 710 n{letter} #den alice!~alice@192.0.2.1"
            " :has asked to be let in: let me in"
        )
        assert heard(one) == ([line] if letter in ("h", "o", "a", "q") else [])


def test_the_right_is_that_of_the_table() -> None:
    """`MAY_LET_IN` carries out the row HEAR_KNOCKS."""
    world = a_world()
    op = a_den(world)
    room = world.rooms["#den"]
    for letter in RANKS:
        apply(world, RanksGiven("#den", letter, (op.user.id,), world.now))
        assert may(room, op.user, HEAR_KNOCKS) == (letter in MAY_LET_IN)
        say(op, f"MODE #den -{letter} op")
    assert not may(room, op.user, HEAR_KNOCKS)
    assert HEAR_KNOCKS.least > STRANGER


@pytest.mark.parametrize(
    ("modes", "answer"),
    [
        ("+m", ("713", "#den", "The room is open: you can enter it")),
        ("+i", TOLD),
        ("+k key", TOLD),
        ("+l 1", TOLD),
        ("+R", TOLD),
        ("+s", ("403", "#den", "No such room")),
        ("+is", ("403", "#den", "No such room")),
        ("+ib *!*@*", ("404", "#den", "Cannot send to this room: you are banned here")),
        ("+iI *!*@*", ("713", "#den", "The room is open: you can enter it")),
    ],
)
def test_at_which_rooms(modes: str, answer: tuple[str, ...]) -> None:
    """At those that are closed to this person; not where a ban keeps them out."""
    world = a_world()
    a_den(world, modes)
    assert asked(arrive(world, "alice"), "KNOCK #den") == [answer]


def test_inside_and_nowhere() -> None:
    world = a_world()
    op = a_den(world)
    assert asked(op, "KNOCK #den") == [("714", "#den", "You are already in that room")]
    assert asked(op, "KNOCK #none") == [("403", "#none", "No such room")]
    assert asked(op, "KNOCK") == [("461", "KNOCK", "Not enough parameters")]


def test_a_person_is_limited_whatever_the_room_and_the_nickname() -> None:
    """712, and those in charge hear nothing; a minute later they may knock again."""
    world = a_world(Limits(knocks=2, knocks_per_room=0))
    op = a_den(world)
    say(op, "JOIN #b", "MODE #b +i")
    alice = arrive(world, "alice")
    assert asked(alice, "KNOCK #den") == asked(alice, "KNOCK #den") == [TOLD]
    say(alice, "NICK other")
    heard(op)
    why = "Too many knocks: you have knocked just now"
    assert asked(alice, "KNOCK #b") == [("712", "#b", why)]
    assert heard(op) == []
    world.set_time(world.now + 60, world.clock + 60)
    assert asked(alice, "KNOCK #b") == [("711", "#b", TOLD[2])]


def test_a_room_is_limited_whoever_knocks() -> None:
    """So that a crowd does not bury those in charge."""
    world = a_world(Limits(knocks=1, knocks_per_room=3))
    op = a_den(world)
    crowd = [arrive(world, f"n{number}") for number in range(4)]
    answers = [asked(one, "KNOCK #den")[0][0] for one in crowd]
    assert answers == ["711", "711", "711", "712"]
    assert len(heard(op)) == 3


def test_without_limits() -> None:
    world = a_world(Limits(knocks=0, knocks_per_room=0))
    a_den(world)
    alice = arrive(world, "alice")
    assert all(asked(alice, "KNOCK #den") == [TOLD] for _ in range(20))


def test_a_long_text_is_cut() -> None:
    """As reasons are, so that the line of 710 holds it."""
    world = a_world()
    op = a_den(world)
    say(arrive(world, "a" * 30), "KNOCK #den :" + "t" * 400)
    (line,) = heard(op)
    assert line.endswith(": " + "t" * world.limits.reason)
    assert len(line) <= 510


def test_an_invitation_answers_it() -> None:
    world = a_world()
    op = a_den(world)
    alice = arrive(world, "alice")
    say(alice, "KNOCK #den")
    say(op, "INVITE alice #den")
    assert asked(alice, "KNOCK #den") == [("713", "#den", "The room is open: you can enter it")]
    say(alice, "JOIN #den")
    assert alice.user in world.rooms["#den"].members
