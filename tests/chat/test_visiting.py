"""A visitor, who speaks by HTTP without being in the room, may do what somebody may who enters it
and speaks: the outcome of JOIN and PRIVMSG, for each mode."""

import pytest

from chat.memory_history import MemoryHistory
from chat.people import a_world, arrive, heard, say
from chatroom.chat.commands import visiting
from chatroom.chat.ports import LOCAL
from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.tokens import API, READ, Token

CASES = (
    "+nt-i",
    "+m",
    "+m-n",
    "+M",
    "+R",
    "+i",
    "+k sesame",
    "+l 2",
    "+l 9",
    "+b a:carol",
    "+b *!*@192.0.2.*",
    "+b m:a:carol",
    "+iI a:carol",
    "+c",
    "+C",
    "+W 30",
    "+z",
)
TEXTS = ("hello", "\x034red", "\x01VERSION\x01")


def scene(modes: str) -> tuple[World, Session]:
    """A room of an operator's and somebody else's, with these modes."""
    world = a_world(log=MemoryHistory())
    for number, name in enumerate(("boss", "carol"), 1):
        apply(world, AccountAdded(name, False, number, None))
    boss = arrive(world, "op")
    boss.transport = LOCAL
    apply(world, LoggedIn(boss.user.id, "boss", world.now))
    say(boss, "JOIN #den", f"MODE #den {modes}")
    guest = arrive(world, "guest")
    guest.transport = LOCAL
    say(guest, "JOIN #den")
    heard(boss)
    return world, boss


def told(boss: Session) -> list[str]:
    return [line.partition(" PRIVMSG ")[2] for line in heard(boss) if " PRIVMSG " in line]


def by_irc(modes: str, text: str) -> list[str]:
    world, boss = scene(modes)
    carol = arrive(world, "cc")
    apply(world, LoggedIn(carol.user.id, "carol", world.now))
    say(carol, "JOIN #den", f"PRIVMSG #den :{text}")
    return told(boss)


def by_http(modes: str, text: str) -> list[str]:
    world, boss = scene(modes)
    by = arrive(world, "connection")
    room, account = world.rooms["#den"], world.accounts.find("carol")
    assert account is not None
    people = len(world.users), len(room.members)
    try:
        user = visiting.speaker(world, account, room, by)
        session = visiting.session_for(world, user, by, None)
        (said,) = visiting.say(world, session, Message("PRIVMSG", ("#den", text)))
    except Refused:
        assert not told(boss)
        return []
    assert said.tags["msgid"]
    assert said.source == f"carol!~http@{by.host}"
    assert (len(world.users), len(room.members)) == people
    return told(boss)


@pytest.mark.parametrize("text", TEXTS, ids=["plain", "coloured", "ctcp"])
@pytest.mark.parametrize("modes", CASES)
def test_a_visitor_may_do_what_who_enters_may(modes: str, text: str) -> None:
    assert by_http(modes, text) == by_irc(modes, text)


def test_some_are_let_in_and_some_are_not() -> None:
    """Or the table would prove nothing."""
    outcomes = {modes: bool(by_http(modes, "hello")) for modes in CASES}
    assert outcomes["+nt-i"] and outcomes["+iI a:carol"]
    assert not any(outcomes[modes] for modes in ("+m", "+i", "+k sesame", "+b a:carol", "+l 2"))


def test_slow_mode_knows_visitors_by_their_account() -> None:
    world, _ = scene("+W 30")
    by = arrive(world, "connection")
    room, account = world.rooms["#den"], world.accounts.find("carol")
    assert account is not None
    for _ in range(2):
        session = visiting.session_for(world, visiting.speaker(world, account, room, by), by, None)
        message = Message("PRIVMSG", ("#den", "hello"))
        if not room.spoke:
            list(visiting.say(world, session, message))
            continue
        with pytest.raises(Refused):
            list(visiting.say(world, session, message))


def test_a_token_is_asked_as_on_any_connection() -> None:
    world, _ = scene("+nt")
    by = arrive(world, "connection")
    room, account = world.rooms["#den"], world.accounts.find("carol")
    assert account is not None
    user = visiting.speaker(world, account, room, by)
    for token in (Token(1, 2, API, "x", scope=READ), Token(1, 2, API, "x", ("#other",))):
        session = visiting.session_for(world, user, by, token)
        with pytest.raises(Refused):
            list(visiting.say(world, session, Message("PRIVMSG", ("#den", "hello"))))
