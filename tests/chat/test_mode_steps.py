"""Many changes in one MODE: some in each step, with all checks in each."""

import pytest

from chat.people import a_world, arrive, begin, first_step, heard, say
from chatroom.chat.commands.modes import CHANGES_PER_STEP, change_anyway
from chatroom.chat.limits import Limits
from chatroom.chat.output.answers import finish
from chatroom.chat.session import Session
from chatroom.chat.state.world import World

MANY = 2 * CHANGES_PER_STEP
MASKS = " ".join(f"m{number}!*@*" for number in range(MANY))
BANS = f"MODE #den +{'b' * MANY} {MASKS}"


@pytest.fixture
def people() -> tuple[World, Session, Session, Session]:
    """The world; op, in charge of the den; bob and carol, who are in it."""
    world = a_world(Limits(mode_changes=MANY))
    op, bob, carol = (arrive(world, nick) for nick in ("op", "bob", "carol"))
    for one in (op, bob, carol):
        say(one, "JOIN #den")
    for one in (op, bob, carol):
        heard(one)
    return world, op, bob, carol


def bans(world: World) -> int:
    return len(world.rooms["#den"].lists["b"])


def test_few_need_no_steps(people: tuple[World, Session, Session, Session]) -> None:
    world, op, *_ = people
    first_step(op, f"MODE #den +{'b' * CHANGES_PER_STEP} {MASKS}")
    assert (op.answer, bans(world)) == (None, CHANGES_PER_STEP)


def test_some_in_each_step(people: tuple[World, Session, Session, Session]) -> None:
    """Everybody sees all of them, and one too many is refused."""
    world, op, bob, _ = people
    begin(op, f"MODE #den +{'b' * (MANY + 1)} {MASKS} one!more@*")
    assert bans(world) == 0
    assert op.answer is not None
    done = []
    while op.answer.advance():
        done.append(bans(world))
    assert (done, bans(world)) == ([CHANGES_PER_STEP], MANY)
    modes = [line for line in heard(bob) if " MODE " in line]
    assert [word for line in modes for word in line.split()[4:]] == MASKS.split()
    assert sum(" 696 " in line for line in heard(op)) == 1


def test_who_loses_the_rank_changes_no_more(
    people: tuple[World, Session, Session, Session],
) -> None:
    """They are told once."""
    world, op, bob, _ = people
    say(op, "MODE #den +o bob")
    begin(op, BANS)
    assert op.answer is not None
    op.answer.advance()
    say(bob, "MODE #den -o op")
    finish(op)
    assert bans(world) == CHANGES_PER_STEP
    assert sum(" 482 " in line for line in heard(op)) == 1


def test_who_has_no_rank_is_told_once(people: tuple[World, Session, Session, Session]) -> None:
    world, _, bob, _ = people
    say(bob, BANS)
    assert bans(world) == 0
    assert sum(" 482 " in line for line in heard(bob)) == 1


def test_nicknames_that_change_hands(people: tuple[World, Session, Session, Session]) -> None:
    """Whoever has it in a later step gets no rank."""
    world, op, bob, carol = people
    begin(
        op, f"MODE #den +{'b' * CHANGES_PER_STEP}o {' '.join(MASKS.split()[:CHANGES_PER_STEP])} bob"
    )
    say(bob, "NICK rob")
    say(carol, "NICK bob")
    finish(op)
    room = world.rooms["#den"]
    assert room.members[carol.user] == room.members[bob.user] == ""
    assert any(" 401 " in line for line in heard(op))


def test_of_an_operator_of_the_server(people: tuple[World, Session, Session, Session]) -> None:
    """SAMODE as well."""
    world, _op, bob, _ = people
    steps = change_anyway(world, bob, world.rooms["#den"], BANS.split()[2:])
    assert steps is not None
    done = []
    for _ in steps:
        done.append(bans(world))
    assert (done, bans(world)) == ([0, CHANGES_PER_STEP], MANY)
