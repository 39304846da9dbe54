"""Which messages of tags alone are in the history: reactions, and what is to be kept (persist,
ircv3-specifications #416); a typing notice never."""

import pytest

from chat.memory_keeper import MemoryKeeper
from chat.people import BareWorld, arrive, heard, say
from chatroom.chat.ports import LOCAL
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn

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
