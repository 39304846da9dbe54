"""Which messages of tags alone are in the history: reactions, and what is to be kept (persist,
ircv3-specifications #416); a typing notice never."""

import pytest

from chat.memory_keeper import MemoryKeeper
from chat.people import BareWorld, arrive, heard, say
from chat.stored_history import StoredHistory
from chatroom.chat.ports import LOCAL
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn
from chatroom.store.portion import MOST_REACTIONS
from chatroom.wire.message import Message, parse

TAGS = frozenset({"message-tags"})
READS = TAGS | {"batch", "server-time", "draft/chathistory", "draft/event-playback"}

KEPT = {
    "+draft/react=x": True,
    "+draft/unreact=x": True,
    "+react=x": True,
    "+unreact=x": True,
    "+draft/persist": True,
    "+persist=whatever": True,
    "+example.org/x=1;+draft/persist": True,
    "+example.org/x=1": False,
    "+typing=active": False,
    "+draft/persist;+typing=active": False,
    "+draft/react=x;+draft/typing=done": False,
    "+draft/reply=abc": False,
}


def logged_in(world: BareWorld, nick: str, capabilities: frozenset[str]) -> Session:
    session = arrive(world, nick, capabilities)
    session.transport = LOCAL
    apply(world, AccountAdded(f"{nick}s", number=world.last_user))
    apply(world, LoggedIn(session.user.id, f"{nick}s", world.now))
    heard(session)
    return session


@pytest.mark.parametrize("tags", KEPT)
@pytest.mark.parametrize("target", ["#den", "bob"])
def test_kept(world: BareWorld, tags: str, target: str) -> None:
    """In rooms, and in conversations of two people with accounts; they are told in any case."""
    world.keeper = MemoryKeeper()
    alice, bob = logged_in(world, "alice", TAGS), logged_in(world, "bob", READS)
    for session in (alice, bob):
        say(session, "JOIN #den")
        heard(session)
    say(alice, f"@{tags} TAGMSG {target}")
    assert [line for line in heard(bob) if " TAGMSG " in line]
    say(bob, f"CHATHISTORY LATEST {target if target == '#den' else 'alice'} * 9")
    shown = [line for line in heard(bob) if " TAGMSG " in line]
    assert bool(shown) is KEPT[tags]
    for line in shown:
        for tag in tags.split(";"):
            assert tag in line


def shown(session: Session, request: str) -> list[str]:
    """The texts on a page; a message of tags alone by its first one."""
    say(session, f"CHATHISTORY {request}")
    lines = [parse(line) for line in heard(session)]
    said = [one for one in lines if one is not None and one.command in ("PRIVMSG", "TAGMSG")]
    return [one.params[-1] if one.command == "PRIVMSG" else _first(one) for one in said]


def _first(message: Message) -> str:
    return next(name for name in message.tags if name.startswith("+"))


def a_page(world: BareWorld) -> tuple[Session, Session]:
    alice, bob = arrive(world, "alice", TAGS), arrive(world, "bob", READS)
    for session in (alice, bob):
        say(session, "JOIN #den")
    for line in (
        "PRIVMSG #den one",
        "@+draft/persist TAGMSG #den",
        "@+draft/react=x TAGMSG #den",
        "PRIVMSG #den two",
    ):
        world.set_time(world.now + 1, world.clock + 1)
        say(alice, line)
    return alice, bob


@pytest.mark.parametrize("written", [False, True])
def test_what_is_no_reaction_counts(world: BareWorld, written: bool) -> None:
    """A page is as long as its client asked for, apart from redactions and reactions."""
    _, bob = a_page(world)
    if written:
        assert isinstance(world.log, StoredHistory)
        world.log.commit()
    heard(bob)
    assert shown(bob, "LATEST #den * 1") == ["two"]
    assert shown(bob, "LATEST #den * 2") == ["+draft/persist", "+draft/react", "two"]
    assert shown(bob, "LATEST #den * 3") == ["one", "+draft/persist", "+draft/react", "two"]


def test_who_asks_for_reactions_gets_no_others(world: BareWorld) -> None:
    """chatroom/reactions, without draft/event-playback: nothing that they cannot show counts."""
    a_page(world)
    capabilities = READS - {"draft/event-playback"} | {"chatroom/reactions"}
    cat = arrive(world, "cat", capabilities)
    say(cat, "JOIN #den")
    heard(cat)
    assert shown(cat, "LATEST #den * 2") == ["one", "+draft/react", "two"]


def test_they_are_found_behind_many_reactions(world: BareWorld) -> None:
    """Beyond MOST_REACTIONS, reactions only are left out."""
    alice, bob = a_page(world)
    say(alice, *("@+draft/react=x TAGMSG #den" for _ in range(MOST_REACTIONS + 60)))
    heard(bob)
    found = shown(bob, "LATEST #den * 3")
    assert [one for one in found if one != "+draft/react"] == ["one", "+draft/persist", "two"]
    assert found.count("+draft/react") == MOST_REACTIONS
