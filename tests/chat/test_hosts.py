"""Somebody who stays without a connection comes back from elsewhere (IRCv3 chghost; draft/whoami,
ircv3-specifications #603)."""

import pytest

from chat.memory_history import MemoryHistory
from chat.memory_keeper import MemoryKeeper
from chat.people import BareWorld, Peer, a_world, hang_up, heard, say
from chatroom.chat.connections import attach
from chatroom.chat.ports import LOCAL
from chatroom.chat.session import Session
from chatroom.chat.settings import AccountSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn
from chatroom.chat.state.model import User

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
BEFORE, AFTER = f":alice!~home@{HERE}", f":alice!~work@{ELSEWHERE}"
CHANGED = f"{BEFORE} CHGHOST ~work {ELSEWHERE}"
ENTERED_AGAIN = [
    f"{BEFORE} QUIT :Changing host",
    f"{AFTER} JOIN :#den",
    ":chatroom.local MODE #den +o alice",
]


@pytest.fixture
def world() -> BareWorld:
    """alice, who is always on, and bob have accounts."""
    world = a_world(log=MemoryHistory())
    world.keeper = MemoryKeeper()
    world.set_account_settings(AccountSettings())
    for number, name in enumerate(("alice", "bob"), 1):
        apply(world, AccountAdded(name, number=number, always_on=name == "alice"))
    return world


def come(
    world: BareWorld, nick: str, *capabilities: str, host: str = HERE, user: str = "home"
) -> Session:
    """Somebody who logs in to the account of that name, if there is one."""
    session = attach(world, Peer(), host, LOCAL)
    session.agree_on(frozenset(capabilities))
    if world.accounts.find(nick):
        apply(world, LoggedIn(session.user.id, nick, world.now))
    heard(session)
    say(session, f"NICK {nick}", f"USER {user} 0 * :{nick}")
    return session


def come_back(world: BareWorld, *capabilities: str) -> Session:
    return come(world, "alice", *capabilities, host=ELSEWHERE, user="work")


def leave_in_den(world: BareWorld) -> User:
    """alice, who has stayed in #den as its operator."""
    alice = come(world, "alice")
    say(alice, "JOIN #den")
    hang_up(alice)
    assert alice.user in world.absent
    return alice.user


def test_others_see_where_somebody_comes_from_now(world: BareWorld) -> None:
    """ "The CHGHOST message" from the old source; without the capability as QUIT, JOIN and MODE."""
    user = leave_in_den(world)
    knows, old = come(world, "knows", "chghost"), come(world, "old")
    extended = come(world, "extended", "extended-join")
    for session in (knows, old, extended):
        say(session, "JOIN #den", "JOIN #side")
    for session in (knows, old, extended):
        heard(session)
    come_back(world)
    assert heard(knows) == [CHANGED]
    assert heard(old) == ENTERED_AGAIN
    assert heard(extended) == [
        ENTERED_AGAIN[0], f"{AFTER} JOIN #den alice :alice", ENTERED_AGAIN[2],
    ]  # fmt: skip
    assert user.source == AFTER.removeprefix(":")
    say(knows, "WHOIS alice")
    assert f"alice ~work {ELSEWHERE} * :alice" in heard(knows)[0]


def test_nothing_changes_for_somebody_who_comes_back_as_before(world: BareWorld) -> None:
    leave_in_den(world)
    knows = come(world, "knows", "chghost")
    say(knows, "JOIN #den")
    heard(knows)
    come(world, "alice")
    assert heard(knows) == []


def test_nobody_hears_of_it_twice_and_only_neighbours_do(world: BareWorld) -> None:
    user = leave_in_den(world)
    stranger, knows = come(world, "stranger", "chghost"), come(world, "knows", "chghost")
    say(knows, "JOIN #den", "JOIN #other")
    apply(world, LoggedIn(user.id, "alice", world.now))
    heard(stranger), heard(knows)
    come_back(world)
    assert (heard(stranger), heard(knows)) == ([], [CHANGED])


def test_watchers_are_told_too(world: BareWorld) -> None:
    """extended-monitor: to clients that have both, once."""
    leave_in_den(world)
    names = ("extended-monitor", "draft/extended-monitor")
    watchers = [come(world, f"w{at}", name, "chghost") for at, name in enumerate(names)]
    plain = come(world, "plain", "chghost")
    for session in (*watchers, plain):
        say(session, "MONITOR + alice")
        heard(session)
    come_back(world)
    assert [heard(session) for session in (*watchers, plain)] == [[CHANGED], [CHANGED], []]


def test_bans_and_the_right_to_delete_follow(world: BareWorld) -> None:
    """A ban of the new address counts now; what was said before is still theirs."""
    user = leave_in_den(world)
    op = come(world, "op", "chghost")
    room = world.rooms["#den"]
    source, number = user.source, world.log.position
    come_back(world)
    say(op, "JOIN #den")
    assert user.said(source, number)
    assert user.said(user.source, world.log.position + 1)
    assert not user.said(source, world.log.position + 1)
    say(op, "SAMODE #den +b *!*@198.51.100.7")
    assert room.members[user] == "o"


def test_the_new_connection_is_told_after_its_welcome(world: BareWorld) -> None:
    """draft/whoami: SETNAME after 005, from the source that others see; and no CHGHOST before."""
    leave_in_den(world)
    alice = come_back(world, "draft/whoami", "chghost")
    lines = heard(alice)
    at = lines.index(f"{AFTER} SETNAME :alice")
    assert " 005 " in lines[at - 1]
    assert " 251 " in lines[at + 1]
    assert not [line for line in lines if "CHGHOST" in line]
    plain = come(world, "plain")
    assert not [line for line in heard(plain) if "SETNAME" in line]


@pytest.mark.parametrize("capability", ["chghost", "draft/whoami", "away-notify"])
def test_a_guest_who_becomes_another_user_learns_their_host(
    world: BareWorld, capability: str
) -> None:
    """They log in and take their nickname: others see them as their first connection came."""
    come(world, "alice")
    guest = come(world, "guest", capability, host=ELSEWHERE, user="work")
    apply(world, LoggedIn(guest.user.id, "alice", world.now))
    heard(guest)
    say(guest, "NICK alice")
    lines = heard(guest)
    assert lines[0] == f":guest!~work@{ELSEWHERE} NICK :alice"
    told = [f":alice!~work@{ELSEWHERE} CHGHOST ~home {HERE}"]
    assert lines[1:2] == (told if capability != "away-notify" else [])


def test_people_at_the_plain_door_see_nothing_of_it(world: BareWorld) -> None:
    """Their door agrees on chghost, and has no words for it."""
    from chatroom.server.doors.plain.door import _CAPABILITIES
    from chatroom.server.doors.plain.words import Prose
    from chatroom.wire.message import parse

    assert "chghost" in _CAPABILITIES
    line = parse(CHANGED)
    assert line is not None
    assert Prose().encode(line) == b""
