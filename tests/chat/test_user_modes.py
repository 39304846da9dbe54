"""Modes of people (Modern IRC, "User Modes"): i, o, B, R, s and w."""

import json

import pytest

from chat.people import BareWorld, a_world, arrive, hang_up, heard, say
from chat.test_accounts import come_in, scene
from chat.test_queries import asked, make_operator
from chatroom.chat.commands.modes import USER_MODES
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import LoggedOut, OperatorMade, OperatorUnmade


@pytest.mark.parametrize("letter", ["B", "R", "i", "w"])
def test_everybody_sets_them(letter: str) -> None:
    """MODE comes back once, 221 has the letters in order; setting it again is nothing."""
    alice = arrive(a_world(), "alice")
    assert asked(alice, f"MODE alice +{letter}") == [("MODE", f"+{letter}")]
    assert asked(alice, f"MODE alice +{letter}") == []
    assert asked(alice, "MODE alice") == [("221", f"+{letter}")]
    assert asked(alice, f"MODE alice -{letter}") == [("MODE", f"-{letter}")]
    assert asked(alice, "MODE alice") == [("221", "+")]


def test_all_at_once() -> None:
    """ "User mode": what is known is made, then 501 for the rest."""
    alice = arrive(a_world(), "alice")
    assert asked(alice, "MODE alice +wiRBz") == [("MODE", "+wiRB"), ("501", "Unknown mode")]
    assert asked(alice, "MODE alice") == [("221", "+BRiw")]
    make_operator(alice)
    say(alice, "MODE alice +sx")
    heard(alice)
    assert asked(alice, "MODE alice") == [("221", f"+{USER_MODES}")]


def test_what_nobody_gives_themselves() -> None:
    """o is ignored; s needs the privilege to read what operators did."""
    alice = arrive(a_world(), "alice")
    assert asked(alice, "MODE alice +o") == []
    assert asked(alice, "MODE alice +s") == [("481", "Only operators of the server may do that")]
    assert asked(alice, "MODE alice -s") == []
    assert asked(alice, "MODE alice") == [("221", "+")]


def test_who_gives_up_the_rights_gets_no_mode_of_operators() -> None:
    """In whatever order the line has them; what else it says is done."""
    for line in ("MODE alice -o+sB", "MODE alice +s-o+B"):
        alice = arrive(a_world(), "alice")
        make_operator(alice)
        why = "Only operators of the server may do that"
        assert asked(alice, line) == [("MODE", "-o"), ("481", why), ("MODE", "+B")]
        assert asked(alice, "MODE alice") == [("221", "+B")]


def test_server_notices() -> None:
    """s: what other operators do, and who becomes one, as in the audit log; it ends with the
    rights."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    make_operator(alice)
    say(alice, "MODE alice +s")
    heard(alice)
    make_operator(bob)
    say(bob, "GLOBAL :tea")
    head = ":chatroom.local NOTICE alice :*** Notice -- bob (root): "
    assert heard(alice) == [
        f"{head}became an operator, class all",
        f"{head}GLOBAL tea",
        ":bob!~bob@192.0.2.1 NOTICE alice :[To everybody] tea",
    ]
    assert asked(alice, "REHASH")[0][0] == "382"  # one's own doings are no news
    apply(world, OperatorUnmade(alice.user.id, world.now))
    assert heard(alice) == [":alice!~alice@192.0.2.1 MODE alice -os"]
    say(bob, "GLOBAL :cake")
    assert len(heard(alice)) == 1


def test_no_notices_without_the_privilege() -> None:
    """Also where the class of an operator has changed."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    make_operator(alice)
    say(alice, "MODE alice +s")
    apply(world, OperatorMade(alice.user.id, "root", "less", ("kill",), False, world.now))
    make_operator(bob)
    heard(alice)
    say(bob, "REHASH")
    assert heard(alice) == []


def test_a_long_notice_fits_a_line() -> None:
    world = a_world()
    alice, bob = arrive(world, "a" * 30), arrive(world, "b" * 30)
    for one in (alice, bob):
        make_operator(one)
    say(alice, f"MODE {'a' * 30} +s")
    heard(alice)
    say(bob, "KLINE 2h x!*@* :" + "\u00e9" * 220)
    (line,) = heard(alice)
    assert len(line.encode()) <= 510


WHY = "Only people who are logged in to an account may write to them (user mode R)"


def quiet_scene() -> tuple[BareWorld, Session, Session, Session]:
    """evan has an account and set R, carmen has an account, guest has none."""
    world = scene("evan", "carmen")
    evan, carmen, guest = come_in(world, "evan"), come_in(world, "carmen"), arrive(world, "guest")
    say(evan, "MODE evan +R")
    heard(evan)
    return world, evan, carmen, guest


def test_private_messages_of_people_without_an_account() -> None:
    """R: 477 to the author, and nothing else; a NOTICE is not answered."""
    _, evan, carmen, guest = quiet_scene()
    assert asked(guest, "PRIVMSG evan :hey there") == [("477", "evan", WHY)]
    assert asked(guest, "NOTICE evan :hey there") == []
    assert heard(evan) == []
    assert asked(carmen, "PRIVMSG evan :hey there") == []
    assert [line.split(" ", 2)[1:] for line in heard(evan)] == [["PRIVMSG", "evan :hey there"]]


def test_a_guest_may_answer() -> None:
    """Who is written to, while that guest is there, and under any name; not who is typed to, nor
    who was written to before the mode was set."""
    world, evan, _, guest = quiet_scene()
    other = arrive(world, "other")
    say(evan, "TAGMSG guest", "PRIVMSG guest :who are you?", "MODE evan -R", "PRIVMSG other :hi")
    say(evan, "MODE evan +R")
    heard(evan)
    say(guest, "NICK guest2", "PRIVMSG evan :a friend")
    assert heard(evan)[-1].endswith("PRIVMSG evan :a friend")
    assert asked(other, "PRIVMSG evan :hi") == [("477", "evan", WHY)]
    hang_up(guest)
    assert asked(arrive(world, "guest2"), "PRIVMSG evan :me again") == [("477", "evan", WHY)]


def test_the_latest_guests_may_answer() -> None:
    world, evan, *_ = quiet_scene()
    guests = [arrive(world, f"guest{number}") for number in range(21)]
    for one in guests:
        say(evan, f"PRIVMSG {one.user.nick} :hi")
    say(evan, f"NOTICE {guests[2].user.nick} :hi again")
    say(evan, f"PRIVMSG {guests[20].user.nick} :hi again")
    refused = [one for one in guests if asked(one, "PRIVMSG evan :hello")]
    assert refused == [guests[0]]
    again = a_world()
    again.restore(json.loads(json.dumps(world.snapshot())))
    assert again.snapshot() == world.snapshot()


def test_whom_it_does_not_concern() -> None:
    """Oneself, operators of the server, and the rooms where both are."""
    world, evan, _, guest = quiet_scene()
    say(evan, "JOIN #a")
    say(guest, "JOIN #a", "PRIVMSG #a :here")
    assert heard(evan)[-1].endswith("PRIVMSG #a :here")
    apply(world, LoggedOut(evan.user.id, world.now))
    heard(evan)
    say(evan, "PRIVMSG evan :myself")
    assert heard(evan)[-1].endswith("PRIVMSG evan :myself")
    make_operator(guest)
    say(guest, "PRIVMSG evan :your password leaked")
    assert heard(evan)[-1].endswith("leaked")
