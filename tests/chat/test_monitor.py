"""MONITOR: who comes and goes, told to clients that share no room with them (IRCv3 MONITOR)."""

from collections.abc import Iterator

import pytest

from chat.people import NOW, a_world, arrive, begin, hang_up, heard, say
from chatroom.chat.connections import drop
from chatroom.chat.limits import Limits
from chatroom.chat.output.answers import finish
from chatroom.chat.session import Session
from chatroom.chat.state import monitors
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import LoggedIn

EXTENDED = frozenset({"extended-monitor", "away-notify", "account-notify", "setname"})


def told(session: Session) -> list[str]:
    """What a session has heard, without the server's name."""
    return [line.removeprefix(":chatroom.local ") for line in heard(session)]


def test_the_list() -> None:
    world = a_world()
    alice, _bob = arrive(world, "alice"), arrive(world, "Bob")
    say(alice, "MONITOR + bob,carol,Carol,*!*@x,#den")
    assert told(alice) == ["730 alice :Bob!~Bob@192.0.2.1", "731 alice :carol,Carol,*!*@x,#den"]
    say(alice, "MONITOR L")
    assert told(alice) == ["732 alice :bob,carol", "733 alice :End of MONITOR list"]
    say(alice, "MONITOR S", "MONITOR - BOB", "MONITOR - nobody", "monitor l")
    assert told(alice) == [
        *("730 alice :Bob!~Bob@192.0.2.1", "731 alice :carol"),
        *("732 alice :carol", "733 alice :End of MONITOR list"),
    ]
    say(alice, "MONITOR C", "MONITOR L", "MONITOR S", "MONITOR", "MONITOR +", "MONITOR -")
    say(alice, "MONITOR x bob")
    assert [line[:3] for line in told(alice)] == ["733", *["461"] * 4]


def test_who_comes_goes_and_changes_their_name() -> None:
    world = a_world()
    alice = arrive(world, "alice")
    say(alice, "MONITOR + bob,Robert")
    heard(alice)
    bob = arrive(world, "bob")
    assert told(alice) == ["730 alice :bob!~bob@192.0.2.1"]
    say(bob, "NICK Bob")
    assert told(alice) == []
    say(bob, "NICK robert")
    assert told(alice) == ["731 alice :Bob", "730 alice :robert!~bob@192.0.2.1"]
    hang_up(bob)
    assert told(alice) == ["731 alice :robert"]
    drop(world, arrive(world, "bob"))
    assert [line[:3] for line in told(alice)] == ["730", "731"]
    say(alice, "MONITOR - bob")
    arrive(world, "bob")
    assert told(alice) == []
    hang_up(alice)
    assert not world.monitors._lists
    assert not world.monitors._watchers


def test_a_list_has_an_end() -> None:
    world = a_world()
    alice = arrive(world, "alice")
    names = [f"n{number}" for number in range(102)]
    say(alice, "MONITOR + " + ",".join(names[:60]))
    heard(alice)
    say(alice, "MONITOR + " + ",".join(names[50:]))
    assert told(alice) == [
        "731 alice :" + ",".join(names[50:100]),
        "734 alice 100 n100,n101 :Monitor list is full",
    ]


def test_the_operator_bounds_the_list() -> None:
    """limits.monitor, as ISUPPORT says; a long list is shown in steps."""
    world = a_world(Limits(monitor=250))
    alice = arrive(world, "alice")
    say(alice, "ISUPPORT")
    assert any(" MONITOR=250 " in line for line in heard(alice))
    names = [f"n{number}" for number in range(251)]
    for at in range(0, 250, 50):
        say(alice, "MONITOR + " + ",".join(names[at : at + 50]))
    heard(alice)
    say(alice, f"MONITOR + {names[250]}")
    assert told(alice) == ["734 alice 250 n250 :Monitor list is full"]
    for letter, numeric in (("L", "732"), ("S", "731")):
        begin(alice, f"MONITOR {letter}")
        first = told(alice)
        finish(alice)
        lines = [*first, *told(alice)]
        listed = ",".join(line.partition(":")[2] for line in lines if line.startswith(numeric))
        assert listed.split(",") == names[:250]
        assert sum(line.count(",") + 1 for line in first) <= 100


NEWS = {
    "away-notify": ("AWAY :lunch", "AWAY :lunch"),
    "account-notify": ("", "ACCOUNT bobby"),
    "chghost": ("MODE bob +x", "CHGHOST ~bob "),
    "setname": ("SETNAME :Bob B.", "SETNAME :Bob B."),
}


@pytest.mark.parametrize("capability", NEWS)
@pytest.mark.parametrize("name", ["extended-monitor", "draft/extended-monitor"])
def test_each_kind_of_news_needs_its_capability(capability: str, name: str) -> None:
    """extended-monitor: AWAY, ACCOUNT, CHGHOST and SETNAME, if the client has asked for that kind,
    and only with extended-monitor."""
    world = a_world()
    bob = arrive(world, "bob")
    others = NEWS.keys() - {capability}
    yes, no, plain = (
        arrive(world, nick, frozenset(capabilities))
        for nick, capabilities in {
            "yes": {name, capability},
            "no": {name, *others},
            "plain": NEWS.keys(),
        }.items()
    )
    for one in (yes, no, plain):
        say(one, "MONITOR + bob")
        heard(one)
    line, expected = NEWS[capability]
    if line:
        say(bob, line)
    else:
        apply(world, LoggedIn(bob.user.id, "bobby", NOW))
    (news,) = heard(yes)
    assert news.startswith(f":bob!~bob@192.0.2.1 {expected}")
    assert heard(no) == heard(plain) == []


def test_more_of_those_who_are_watched() -> None:
    """With extended-monitor; nothing comes twice to those in a common room."""
    world = a_world()
    alice, bob, carol, dave = (
        arrive(world, nick, EXTENDED - {"extended-monitor"} if nick == "dave" else EXTENDED)
        for nick in ("alice", "bob", "carol", "dave")
    )
    say(bob, "JOIN #den")
    say(carol, "JOIN #den")
    for one in (alice, bob, carol, dave):
        say(one, "MONITOR + bob")
        heard(one)
    say(bob, "AWAY :lunch", "SETNAME :Bob B.")
    source = ":bob!~bob@192.0.2.1"
    lines = [f"{source} AWAY :lunch", f"{source} SETNAME :Bob B."]
    assert heard(alice) == heard(carol) == lines
    assert heard(dave) == []
    assert heard(bob)[1:] == lines[1:]


def test_many_watchers_are_told_in_steps_the_newest_of_each() -> None:
    world = a_world()
    steps: list[Iterator[None]] = []
    world.monitors.later = steps.append
    crowd = [arrive(world, f"w{number}") for number in range(monitors.AT_ONCE + 1)]
    for one in crowd:
        say(one, "MONITOR + bob")
        heard(one)
    bob = arrive(world, "bob")
    hang_up(bob)
    arrive(world, "bob")
    (running,) = steps
    next(running)
    assert told(crowd[0]) == ["730 w0 :bob!~bob@192.0.2.1"]
    assert told(crowd[-1]) == []
    assert next(running, "done") == "done"
    assert [line[:3] for line in told(crowd[-1])] == ["730"]
