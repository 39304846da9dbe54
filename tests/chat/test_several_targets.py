"""Commands with several targets: whom they name is settled at once, and each target is paid for."""

import pytest

from chat.people import a_world, arrive, begin, heard, say
from chatroom.chat import flood
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.dispatch import cost_of
from chatroom.chat.limits import Limits
from chatroom.chat.output.answers import finish
from chatroom.chat.session import Session
from chatroom.wire.message import parse


def the_room() -> tuple[Session, Session, Session, Session]:
    """An operator, and three who are in the room with them."""
    world = a_world()
    people = [arrive(world, nick) for nick in ("op", "bob", "carol", "dave")]
    for one in people:
        say(one, "JOIN #a")
    for one in people:
        heard(one)
    op, bob, carol, dave = people
    return op, bob, carol, dave


@pytest.mark.parametrize("line", ["KICK #a bob,carol", "KICK #a,#a bob,carol"])
def test_kick_means_who_had_the_nickname(line: str) -> None:
    """And not who takes it between two steps."""
    op, _bob, carol, dave = the_room()
    begin(op, line)
    say(carol, "NICK other")
    say(dave, "NICK carol")
    finish(op)
    assert [one.nick for one in next(iter(op.user.rooms)).members] == ["op", "carol"]
    assert dave.user.rooms
    assert not carol.user.rooms


@pytest.mark.parametrize(
    ("meanwhile", "numeric"),
    [("PART #a", "441"), ("MODE #a -o op", "482"), ("KICK #a op", "442")],
)
def test_kick_asks_again_before_each(meanwhile: str, numeric: str) -> None:
    """Who has left, and who has lost the right, or the room."""
    op, _bob, carol, dave = the_room()
    say(op, "MODE #a +o dave")
    begin(op, "KICK #a bob,carol")
    heard(op)
    say(carol if meanwhile.startswith("PART") else dave, meanwhile)
    finish(op)
    assert f" {numeric} op " in heard(op)[-1]


def test_kick_takes_no_more_pairs_than_people() -> None:
    """ISUPPORT TARGMAX holds for pairs of rooms and people, too."""
    world = a_world(Limits(targets=3))
    alice = arrive(world, "alice")
    say(alice, "JOIN #a")
    heard(alice)
    say(alice, "KICK #a,#a,#a,#a b,c,d,e")
    (line,) = heard(alice)
    assert line.split()[1] == "407"


def test_kick_refuses_who_is_not_there_when_it_begins() -> None:
    op, bob, _carol, dave = the_room()
    say(dave, "PART #a")
    heard(op)
    begin(op, "KICK #a dave,nobody,bob")
    say(dave, "JOIN #a")
    finish(op)
    assert [line.split()[1] for line in heard(op)] == ["441", "JOIN", "401", "KICK"]
    assert not bob.user.rooms


@pytest.mark.parametrize("change", ["ob", "o+b", "obe"])
def test_a_rank_is_for_who_had_the_nickname(change: str) -> None:
    """A list that is shown first may take several steps."""
    op, bob, _carol, dave = the_room()
    for number in range(5):
        say(op, f"MODE #a +bbbb {' '.join(f'n{number}x{each}!*@*' for each in range(4))}")
    begin(op, f"MODE #a {change} bob")
    say(bob, "NICK gone")
    say(dave, "NICK bob")
    finish(op)
    (room,) = op.user.rooms
    assert not room.is_operator(dave.user)
    assert any(" 401 op bob " in line for line in heard(op))


@pytest.mark.parametrize(
    ("command", "rest"),
    [
        ("JOIN", ""),
        ("PART", ""),
        ("PRIVMSG", " :hello"),
        ("NOTICE", " :hello"),
        ("KICK", ""),
        ("TAGMSG", ""),
    ],
)
def test_several_targets_cost_what_as_many_lines_do(command: str, rest: str) -> None:
    """But each when its turn comes, so that the first ones wait for nothing."""
    world = a_world(Limits(flood_burst=1000))
    alice = arrive(world, "alice", frozenset({"message-tags"}))
    targets = [f"#{number}" for number in range(7)]
    if command not in ("JOIN", "KICK"):
        say(alice, *(f"JOIN {target}" for target in targets))
    if command == "KICK":
        targets = ["a", "b", "c", "d"]
        say(alice, "JOIN #x")
        rest, line = "", f"KICK #x {','.join(targets)}"
    else:
        line = f"{command} {','.join(targets)}{rest}"
    row = COMMANDS[command]
    assert row.acts
    assert cost_of(row, parse(line)) == row.cost
    before = flood.left(world, alice)
    begin(alice, line)
    assert flood.left(world, alice) == before  # the line itself is charged by its door
    finish(alice)
    assert before - flood.left(world, alice) == (len(targets) - 1) * row.cost
