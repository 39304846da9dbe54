"""User mode x: others see a cloak instead of the address, and bans hold all the same."""

from collections.abc import Iterator

import pytest

from chat.memory_history import MemoryHistory
from chat.people import BareWorld, Peer, a_world, arrive, hang_up, heard, say, world_of
from chat.test_queries import asked, make_operator
from chatroom.chat.connections import attach
from chatroom.chat.named_operators import name_operators
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import UserRestored

ADDRESS = "198.51.100.9"


def come(world: BareWorld, nick: str, *lines: str, capabilities: str = "") -> Session:
    """Somebody from that address."""
    session = attach(world, Peer(), ADDRESS)
    session.agree_on(frozenset(capabilities.split()))
    say(session, f"NICK {nick}", f"USER {nick} 0 * :{nick}", *lines)
    heard(session)
    return session


@pytest.fixture
def world() -> BareWorld:
    return a_world(log=MemoryHistory())


@pytest.fixture
def cloak(world: BareWorld) -> str:
    return world.cloak_of(ADDRESS)


def test_others_see_the_cloak(world: BareWorld, cloak: str) -> None:
    """CHGHOST to those who know it, and to oneself, QUIT and JOIN to others; and 396."""
    knows = arrive(world, "knows", frozenset({"chghost"}))
    plain = arrive(world, "plain")
    ann = come(world, "ann", capabilities="chghost")
    for one in (plain, knows, ann):
        say(one, "JOIN #den")
    for one in (plain, knows, ann):
        heard(one)
    say(ann, "MODE ann +x")
    source = f":ann!~ann@{ADDRESS}"
    assert heard(ann) == [
        f"{source} MODE ann +x",
        f"{source} CHGHOST ~ann {cloak}",
        f":chatroom.local 396 ann {cloak} :is your visible host now",
    ]
    assert heard(knows) == [f"{source} CHGHOST ~ann {cloak}"]
    hidden = f":ann!~ann@{cloak}"
    assert heard(plain) == [f"{source} QUIT :Changing host", f"{hidden} JOIN :#den"]
    say(ann, "MODE ann -x")
    assert heard(knows) == [f"{hidden} CHGHOST ~ann {ADDRESS}"]
    assert heard(ann)[-1] == f":chatroom.local 396 ann {ADDRESS} :is your visible host now"


def test_nothing_shows_the_address(world: BareWorld, cloak: str) -> None:
    eve = arrive(world, "eve", frozenset({"userhost-in-names"}))
    ann = come(world, "ann", "MODE ann +x")
    for one in (eve, ann):
        say(one, "JOIN #den")
    say(ann, "PRIVMSG #den :hi", "TOPIC #den :new", "PRIVMSG eve :psst", "INVITE eve #x")
    say(
        eve, "MONITOR + ann", "WHOIS ann", "WHO ann", "WHO ann %uihnf", "USERHOST ann", "NAMES #den"
    )
    say(eve, f"WHO {ADDRESS}", "MODE #den b", "AUDIT #den")
    say(ann, "NICK anna", "PART #den :bye", "JOIN #den", "QUIT :bye")

    hang_up(ann, "Quit: bye")
    say(eve, "WHOWAS anna")
    lines = heard(eve)
    assert [line for line in lines if cloak in line]
    assert not [line for line in lines if ADDRESS in line and f"WHO {ADDRESS}" not in line and
                f"315 eve {ADDRESS}" not in line]  # fmt: skip


def test_who_sees_the_address(world: BareWorld, cloak: str) -> None:
    """Oneself, and operators of the server with the privilege to see everybody: 338."""
    ann, boss, eve = come(world, "ann", "MODE ann +x"), arrive(world, "boss"), arrive(world, "eve")
    make_operator(boss)
    actual = ("338", "ann", ADDRESS, "is actually using host")
    assert actual in asked(ann, "WHOIS ann")
    assert actual in asked(boss, "WHOIS ann")
    assert actual not in asked(eve, "WHOIS ann")
    assert ("311", "ann", "~ann", cloak, "*", "ann") in asked(boss, "WHOIS ann")
    assert [each[5] for each in asked(boss, f"WHO {ADDRESS}") if each[0] == "352"] == ["ann"]
    say(ann, "MODE ann -x")
    heard(ann)
    assert actual not in asked(ann, "WHOIS ann")


@pytest.mark.parametrize("hides", ["", "MODE ann +x"])
@pytest.mark.parametrize("kind", ["address", "cloak", "network"])
def test_a_ban_holds_whatever_is_shown(world: BareWorld, cloak: str, kind: str, hides: str) -> None:
    """Nobody evades one by hiding, nor by coming again without it."""
    op = arrive(world, "op")
    masks = {"address": ADDRESS, "cloak": cloak, "network": f"*.{cloak.partition('.')[2]}"}
    say(op, "JOIN #den", f"MODE #den +b *!*@{masks[kind]}", "PRIVMSG #den :secret")
    ann = come(world, "ann", *filter(None, [hides]), capabilities="batch draft/chathistory")
    assert asked(ann, "JOIN #den")[0][0] == "474"
    say(op, "PART #den")  # what is left of the room has its bans
    assert world.faded.bars("#den", ann.user.names)
    other = arrive(world, "other")
    assert not world.faded.bars("#den", other.user.names)


def test_bans_by_nickname(world: BareWorld, cloak: str) -> None:
    """TBAN makes a mask of what everybody sees; KLINE, for operators of the server, of the address,
    which fits them without mode x too."""
    world.network_of = lambda host: host
    op, ann = arrive(world, "op"), come(world, "ann", "MODE ann +x", "JOIN #den")
    say(op, "JOIN #den")
    say(ann, "MODE #den +o op")
    heard(op)
    say(ann, "MODE #den -o ann")
    heard(op)
    assert ("MODE", "+b", f"*!*@{cloak}") in asked(op, "TBAN #den 0 ann")
    make_operator(op)
    say(op, "KLINE 2h ann :spam")
    assert any(f"*!*@{ADDRESS}" in line for line in heard(op))
    again = attach(world, Peer(), ADDRESS)
    say(again, "NICK ann2", "USER a 0 * :a")
    assert "465" in [line.split()[1] for line in heard(again)]
    say(op, "UNKLINE ann")
    assert "NO_SUCH_BAN" not in heard(op)[-1]


def test_named_operators_are_known(world: BareWorld) -> None:
    """The configuration names addresses."""
    name_operators(world, {"den": [f"ann!*@{ADDRESS}"]})
    arrive(world, "eve")
    ann = come(world, "ann", "MODE ann +x", "JOIN #den")
    assert "o" in world.rooms["#den"].members[ann.user]


def test_their_messages_are_theirs(world: BareWorld) -> None:
    """They can delete what they said before they hid their address."""
    ann = come(
        world, "ann", "JOIN #den", capabilities="echo-message message-tags draft/message-redaction"
    )
    say(ann, "PRIVMSG #den :oops")
    msgid = heard(ann)[0].split()[0].removeprefix("@msgid=")
    say(ann, "MODE ann +x")
    heard(ann)
    assert asked(ann, f"REDACT #den {msgid}")[0][0] == "REDACT"


def test_a_snapshot_has_it(world: BareWorld, cloak: str) -> None:
    ann = come(world, "ann", "MODE ann +x")
    again = a_world()
    again.restore(world.snapshot())
    user = again.users[ann.user.id]
    assert (user.host, user.address, user.cloak) == (cloak, ADDRESS, cloak)
    assert world_of(ann).snapshot() == again.snapshot()


def test_each_room_is_a_step(world: BareWorld) -> None:
    """Clients without chghost see a JOIN in each room; whoever leaves meanwhile enters no more."""
    steps: list[Iterator[None]] = []
    world.in_steps = steps.append
    plain, ann = arrive(world, "plain"), come(world, "ann")
    for one in (plain, ann):
        say(one, "JOIN #a,#b,#c")
    heard(plain)
    say(ann, "MODE ann +x")
    assert [line.split()[1] for line in heard(plain)] == ["QUIT"]
    (again,) = steps
    next(again)
    assert [line.split()[1:] for line in heard(plain)] == [["JOIN", ":#a"]]
    say(ann, "PART #b")
    heard(plain)
    assert list(again) == [None]
    assert [line.split()[1:] for line in heard(plain)] == [["JOIN", ":#c"]]


def test_who_stays_comes_back_hidden(world: BareWorld, cloak: str) -> None:
    """After a restart: what is saved is the address."""
    ann = come(world, "ann", "MODE ann +x")
    state = ann.user.state()
    assert (state["host"], state["modes"]) == (ADDRESS, "x")
    apply(
        world,
        UserRestored(
            user=99, nick="bea", username="~bea", realname="bea", host=ADDRESS, account="",
            signed_on=world.now, away="", modes="x", rooms=(), position=0, at=world.now,
        ),
    )  # fmt: skip
    assert world.users[99].source == f"bea!~bea@{cloak}"


def test_a_snapshot_of_a_process_without_it(world: BareWorld) -> None:
    """A server that is upgraded while it runs: everybody shows their address."""
    ann = come(world, "ann")
    hang_up(come(world, "bea"))
    plain = world.snapshot()
    for one in plain["users"]:
        for name in ("address", "cloak", "answerable"):
            del one[name]
    plain["departed"] = [list(one)[:7] for one in plain["departed"]]
    again = a_world()
    again.restore(plain)
    user = again.users[ann.user.id]
    assert (user.host, user.address, user.cloak, user.answerable) == (ADDRESS, ADDRESS, "", ())
    assert again.departed[0].host == ADDRESS
    cat = attach(again, Peer(), ADDRESS)
    say(cat, "NICK cat", "USER cat 0 * :cat")
    cat.user.cloak = ""
    say(cat, "MODE cat +x")
    assert cat.user.host == world.cloak_of(ADDRESS)
