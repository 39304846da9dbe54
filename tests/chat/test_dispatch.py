"""From a message to its handler: what follows from a command's row."""

import pytest

from chat.people import Peer, a_world, arrive, begin, heard, say, world_of
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.connections import attach
from chatroom.chat.dispatch import Command, attempt, cost_of, dispatch
from chatroom.chat.output.answers import finish
from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import Message, parse
from chatroom.wire.numerics import ERR_INPUTTOOLONG, ERR_NOSUCHNICK, ERR_TOOMANYTARGETS

SERVER = ":chatroom.local"


def carry_out(session: Session, row: Command | None, *params: str) -> list[str]:
    """The replies to a message with these parameters."""
    dispatch(world_of(session), row, session, Message(row.name if row else "WHAT", params))
    return heard(session)


def row(
    calls: list[tuple[str, ...]], minimum: int = 0, early: bool = False, silent: bool = False
) -> Command:
    """A command that notes its parameters."""

    def note(_world: World, _session: Session, message: Message) -> None:
        calls.append(message.params)

    return Command("TEST", note, "", "", minimum, early=early, silent=silent)


def test_a_handler_is_called() -> None:
    calls: list[tuple[str, ...]] = []
    assert carry_out(arrive(a_world(), "alice"), row(calls, minimum=2), "a", "b", "c") == []
    assert calls == [("a", "b", "c")]


def test_an_unknown_command() -> None:
    """ERR_UNKNOWNCOMMAND (421)."""
    alice = arrive(a_world(), "alice")
    assert carry_out(alice, None) == [f"{SERVER} 421 alice WHAT :Unknown command"]


def test_too_few_parameters() -> None:
    """ERR_NEEDMOREPARAMS (461); a silent command does not say so."""
    calls: list[tuple[str, ...]] = []
    alice = arrive(a_world(), "alice")
    assert carry_out(alice, row(calls, minimum=2), "a") == [
        f"{SERVER} 461 alice TEST :Not enough parameters"
    ]
    assert carry_out(alice, row(calls, minimum=2, silent=True), "a") == []
    assert calls == []


@pytest.mark.parametrize("early", [True, False])
def test_before_registration(early: bool) -> None:
    """ERR_NOTREGISTERED (451), before anything else is looked at."""
    calls: list[tuple[str, ...]] = []
    session = attach(a_world(), Peer(), "192.0.2.1")
    replies = carry_out(session, row(calls, early=early, minimum=early))
    expected = "461 * TEST :Not enough parameters" if early else "451 * :You have not registered"
    assert replies == [f"{SERVER} {expected}"]
    assert calls == []


def test_a_refusal_is_a_reply() -> None:
    """`attempt` is the one place that catches Refused; all else is our own bug."""
    alice = arrive(a_world(), "alice")

    def refuse() -> None:
        raise Refused(ERR_TOOMANYTARGETS, "a b", fill=(3,))

    attempt(alice, refuse)
    assert heard(alice) == [f"{SERVER} 407 alice a_b :Too many targets; at most 3 at once"]
    attempt(alice, refuse, silent=True)
    assert heard(alice) == []

    def refuse_the_length() -> None:
        raise Refused(ERR_INPUTTOOLONG)

    attempt(alice, refuse_the_length, silent=True)
    assert heard(alice) == [f"{SERVER} 417 alice :Input line was too long"]

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        attempt(alice, fail)


@pytest.mark.parametrize("name", ["", ":x", "a b", "x" * 500, "ü" * 300])
def test_a_reply_repeats_what_it_can(name: str) -> None:
    """A parameter from the peer never becomes two, nor pushes out the text after it."""
    alice = arrive(a_world(), "alice")
    alice.reply(ERR_NOSUCHNICK, name)
    (line,) = heard(alice)
    assert len(line.encode()) <= 510
    assert line.endswith(" :No such nick or room")
    assert len(line.removesuffix(" :No such nick or room").split(" ")) == 4


def test_the_table() -> None:
    """Each row under its own name, with words for HELP and a cost."""
    for name, command in COMMANDS.items():
        assert name == command.name == name.upper()
        assert command.help
        assert command.cost >= 1
        assert command.minimum <= len(command.usage.split())


@pytest.mark.parametrize(
    ("line", "cost"),
    [
        ("", 1),
        ("WHAT a,b", 1),
        ("MODE #a,#b +i", 1),
        ("PRIVMSG", 1),
        ("PRIVMSG bob :one, two, three", 1),
        ("PRIVMSG bob,#a,,bob :hi", 1),
        ("NOTICE a,b,c,d,e,f,g,h :hi", 1),
        ("TAGMSG a,b", 1),
        ("JOIN #a key,key", 2),
        ("JOIN " + ",".join(f"#{number}" for number in range(50)), 2),
        ("PART #a,#b,#c :so, long", 2),
        ("KICK #a b,c,d", 2),
        ("NAMES", 2),
        ("NAMES #a,#b", 4),
        ("LIST", 4),
        ("LIST *a*,>3", 8),
        ("WHOIS a,b", 4),
        ("WHOIS a,b c", 2),
    ],
)
def test_each_target_costs(line: str, cost: int) -> None:
    """A question pays for all of its targets at once. What acts pays for each when its turn comes,
    so its line pays for the first."""
    message = parse(line)
    assert cost_of(COMMANDS.get(message.command) if message else None, message) == cost


def test_leaving_all_rooms_is_paid_for_room_by_room() -> None:
    """As a PART of them is; the line has paid for the first."""
    alice = arrive(a_world(), "alice")
    say(alice, "JOIN #a,#b,#c")
    before = alice.allowance
    say(alice, "JOIN 0")
    assert not alice.user.rooms
    assert before - alice.allowance == 2 * COMMANDS["PART"].cost


def test_a_nickname_that_is_taken_between_two_steps() -> None:
    """A member of rooms takes a nickname in a second step."""
    world = a_world()
    bob, ann = arrive(world, "bob"), arrive(world, "ann")
    say(bob, "JOIN #den")
    begin(bob, "NICK carol")
    say(ann, "NICK carol")
    heard(bob)
    finish(bob)
    assert [line.split()[1] for line in heard(bob)] == ["433"]
    assert bob.user.nick == "bob"
