"""The audit of a room: what those in charge of it did. Its operators and owners may read it."""

from contextlib import closing
from pathlib import Path

import pytest

from chat.people import BareWorld, a_world, arrive, say
from chat.test_conversations import answer, world_with
from chat.test_renaming import come
from chat.worlds import SearchedHistory
from chatroom.chat.commands.ownership import register_room
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.privileges import AUDIT
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, AccountRemoved, LoggedIn, OperatorMade
from chatroom.chat.state.room_audit import MOST_CHARACTERS, MOST_DEEDS


@pytest.fixture
def alice(world: BareWorld) -> Session:
    """The owner of den, where bob is, too."""
    alice = come(world, "alice", "#den")
    register_room(world, alice, "#den")
    come(world, "bob", "#den")
    return alice


def deeds(session: Session, request: str = "#den 50") -> list[str]:
    """What AUDIT shows, without times."""
    found = answer(session, f"AUDIT {request}")
    assert all(one.params[:2] == ("AUDIT", "ENTRY") for one in found if one.command == "NOTE")
    return [one.params[-1][20:] for one in found if one.command == "NOTE"]


def test_everything_that_those_in_charge_do(world: BareWorld, alice: Session) -> None:
    bob = next(iter(world.logged_in("bob"))).sessions[0]
    assert isinstance(bob, Session)
    eve = come(world, "eve", "#den")
    (first,) = (one.tags["msgid"] for one in answer(eve, "PRIVMSG #den :spam"))
    say(eve, "PRIVMSG #den :more", "PRIVMSG #den :and more", "PRIVMSG #den :quiet")
    own = answer(bob, "PRIVMSG #den :mine")[0].tags["msgid"]
    say(alice, "MODE #den +h bob", "MODE #den +k secret")
    say(bob, f"REDACT #den {first} :spam", f"REDACT #den {own}", "REDACTALL #den eve :too much")
    say(bob, "TBAN #den 2h eve :spam", "KICK #den eve :out", "MODE #den +b m:mallory")
    say(alice, "MODE #den +q bob", "TOPIC #den :tea", "RENAME #den #lounge :why not")
    (source, account) = alice.user.source, "alice"
    assert deeds(alice, "#lounge 50") == [
        f"{source} ({account}) registered the room for the account alice",
        f"{source} ({account}) made bob a half-operator",
        f"{source} ({account}) set the room's key",
        f"{bob.user.source} (bob) deleted a message of eve (spam)",
        f"{bob.user.source} (bob) deleted 3 messages of eve (too much)",
        f"{bob.user.source} (bob) banned eve!*@* for 2 hours (spam)",
        f"{bob.user.source} (bob) kicked eve (out)",
        f"{bob.user.source} (bob) muted mallory!*@*",
        f"{source} ({account}) made bob an owner",
        f"{source} ({account}) renamed den to lounge (why not)",
    ]
    assert len(deeds(bob, "#lounge 3")) == 3
    assert len(deeds(bob, "#lounge")) == 10


def test_who_may_read_it(world: BareWorld, alice: Session) -> None:
    say(alice, "MODE #den +s")
    bob = next(iter(world.logged_in("bob"))).sessions[0]
    assert isinstance(bob, Session)
    assert answer(bob, "AUDIT #den")[0].command == "482"
    eve = come(world, "eve")
    assert answer(eve, "AUDIT #den")[0].command == "403"
    apply(world, OperatorMade(eve.user.id, "root", "all", (AUDIT, "see"), False, world.now))
    assert len(deeds(eve)) == 2
    say(alice, "MODE #den +o bob")
    assert len(deeds(bob)) == 3


def test_it_is_bounded(world: BareWorld, alice: Session) -> None:
    room = world.rooms["#den"]
    for number in range(1, MOST_DEEDS + 1):
        say(alice, f"MODE #den +l {number}")
    say(alice, f"KICK #den bob :{'x' * 300}")
    assert len(room.deeds) == MOST_DEEDS
    assert room.deeds[-2].what == f"limited the room to {MOST_DEEDS} people"
    assert len(room.deeds[-1].what) == MOST_CHARACTERS


def test_a_restart_keeps_it(tmp_path: Path) -> None:
    """A kick and a rank alone, too."""
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        alice = come(world, "alice", "#den")
        register_room(world, alice, "#den")
        come(world, "eve", "#den")
        say(alice, "MODE #den +v eve", "KICK #den eve :out")
        history.make_durable()
    with closing(SearchedHistory(tmp_path)) as history:
        world = world_with(history)
        open_rooms(world, [], history.saved_rooms())
        alice = come(world, "alice", "#den")
        assert [one.rpartition(") ")[2] if "(out)" not in one else "out" for one in deeds(alice)][
            1:
        ] == ["gave eve a voice", "out"]


def test_nothing_yet(world: BareWorld) -> None:
    op = come(world, "op", "#new")
    (nothing,) = answer(op, "AUDIT #new")
    assert nothing.params == ("AUDIT", "EMPTY", "#new", "Nothing was done here yet")


@pytest.mark.parametrize("erased", [False, True])
def test_whoever_is_erased_is_not_named(erased: bool) -> None:
    """Neither in the audit nor as whoever set the topic."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    apply(world, AccountAdded("alice", number=1))
    apply(world, LoggedIn(alice.user.id, "alice", world.now))
    say(alice, "JOIN #den", "TOPIC #den :tea")
    say(bob, "JOIN #den")
    say(alice, "MODE #den +o bob")
    apply(world, AccountRemoved("alice", world.now, erased))
    room = world.rooms["#den"]
    assert room.topic_by.startswith("erased" if erased else "alice!")
    (who,) = {(one.who.partition("!")[0], one.account) for one in room.deeds}
    assert who == (("erased", "") if erased else ("alice", "alice"))
