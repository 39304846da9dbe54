"""Deleting one's own messages in a room: the account that said them proves who somebody is."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.people import BareWorld, hang_up, say
from chat.test_conversations import answer, codes, come, lines, world_with
from chat.worlds import SearchedHistory
from chatroom.chat.commands.ownership import register_room
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, AccountRemoved, AccountRenamed, LoggedIn
from chatroom.store.export import Selection, Snapshot

FORBIDDEN = [("REDACT", "REDACT_FORBIDDEN")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[BareWorld]:
    """A world with a history, in which alice, bob and carol have accounts; dan is in the room."""
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        say(come(world, "dan", "-"), "JOIN #den")
        yield world


def said_by_alice(world: BareWorld, account: str = "alice") -> str:
    """Returns the msgid of what alice says on a connection that is gone then."""
    alice = come(world, "alice", account)
    say(alice, "JOIN #den")
    (echo,) = answer(alice, "PRIVMSG #den :oops")
    hang_up(alice)
    return echo.tags["msgid"]


def deletes(world: BareWorld, nick: str, account: str, msgid: str) -> bool:
    """Whether somebody with that nickname and account may delete that message."""
    person = come(world, nick, account)
    say(person, "JOIN #den")
    heard = answer(person, f"REDACT #den {msgid}")
    hang_up(person)
    assert heard[0].command == "REDACT" or codes(heard) == FORBIDDEN
    return heard[0].command == "REDACT"


def test_after_reconnecting(world: BareWorld) -> None:
    """Under another nickname too; the room forgets the text."""
    msgid = said_by_alice(world)
    assert deletes(world, "ally", "alice", msgid)
    bob = come(world, "bob")
    assert ("alice", "#den", "oops") not in lines(answer(bob, "CHATHISTORY LATEST #den * 9"))
    assert not answer(bob, "SEARCH text=oops;in=#den")[1:-1]


def test_from_another_session(world: BareWorld) -> None:
    first, second = come(world, "alice"), come(world, "ally", "alice")
    say(first, "JOIN #den")
    say(second, "JOIN #den")
    msgid = answer(first, "PRIVMSG #den :oops")[0].tags["msgid"]
    assert answer(second, f"REDACT #den {msgid}")[0].command == "REDACT"


def test_a_nickname_is_no_proof(world: BareWorld) -> None:
    assert not deletes(world, "alice", "-", said_by_alice(world, "-"))
    msgid = said_by_alice(world)
    assert not deletes(world, "bob", "bob", msgid)
    apply(world, AccountRemoved("alice", world.now))
    assert not deletes(world, "alice", "-", msgid)
    assert not deletes(world, "alice", "bob", msgid)


def test_who_registers_the_name_of_a_removed_account_gets_nothing(world: BareWorld) -> None:
    """The account's name is the same, its number is not."""
    msgid = said_by_alice(world)
    apply(world, AccountRemoved("alice", world.now))
    apply(world, AccountAdded("alice", number=9))
    assert not deletes(world, "alice", "alice", msgid)


def test_a_renamed_account_keeps_its_messages(world: BareWorld) -> None:
    msgid = said_by_alice(world)
    apply(world, AccountRenamed("alice", "lisa", world.now))
    apply(world, AccountAdded("alice", number=9))
    assert not deletes(world, "alice", "alice", msgid)
    assert deletes(world, "lisa", "lisa", msgid)


def test_what_was_said_as_a_guest_belongs_to_the_connection(world: BareWorld) -> None:
    """Logging in later claims nothing that was said before, on whatever connection."""
    alice = come(world, "alice", "-")
    say(alice, "JOIN #den")
    guest = answer(alice, "PRIVMSG #den :one")[0].tags["msgid"]
    apply(world, LoggedIn(alice.user.id, "alice", world.now))
    member = answer(alice, "PRIVMSG #den :two")[0].tags["msgid"]
    hang_up(alice)
    assert not deletes(world, "alice", "alice", guest)
    assert deletes(world, "alice", "alice", member)


@pytest.mark.parametrize("commit", [False, True])
def test_a_restart_keeps_the_proof(tmp_path: Path, commit: bool) -> None:
    """In the journal as in the database."""
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        say(come(world, "dan", "-"), "JOIN #den")
        msgid = said_by_alice(world)
        (history.commit if commit else history.make_durable)()
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        say(come(world, "dan", "-"), "JOIN #den")
        assert not deletes(world, "alice", "bob", msgid)
        assert deletes(world, "alice", "alice", msgid)


def test_the_owner_of_a_room_keeps_the_right_when_it_was_empty(tmp_path: Path) -> None:
    """Over a restart too; but not over what was said before the room was theirs for coming
    first."""
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        before = said_by_alice(world)
        bob = come(world, "bob")
        say(bob, "JOIN #den")
        register_room(world, bob, "#den")
        first = said_by_alice(world)
        hang_up(bob)
        assert not world.rooms["#den"].members
        second = said_by_alice(world)
        assert deletes(world, "bob", "bob", first)
        history.make_durable()
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        open_rooms(world, [], history.saved_rooms())
        assert deletes(world, "bob", "bob", second)
        assert not deletes(world, "bob", "bob", before)


def test_nobody_sees_the_numbers_of_accounts(tmp_path: Path) -> None:
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        bob, alice = come(world, "bob"), come(world, "alice")
        asked = "@+draft/react=x;chatroom/by=2 TAGMSG #den"
        say(bob, "JOIN #den")
        say(alice, "JOIN #den", "TOPIC #den :tea", asked)
        shows: list[Callable[[], list[object]]] = [
            lambda: list(answer(alice, "PRIVMSG #den :oops")),
            lambda: list(answer(bob, "CHATHISTORY LATEST #den * 9")),
            lambda: list(answer(bob, "SEARCH text=oops;in=#den")),
        ]
        for show in shows:
            assert "chatroom/by" not in str(show())
        for move in (history.make_durable, history.commit):
            say(alice, "PRIVMSG #den :oops again")
            move()
            assert "chatroom/by" not in str(shows[1]())
            with Snapshot(tmp_path) as snapshot:
                exported = [str(entry) for entry in snapshot.entries(Selection())]
            assert any("oops again" in entry for entry in exported)
            assert not any("chatroom/by" in entry for entry in exported)
