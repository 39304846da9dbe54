"""Modes R and M, and masks of accounts on the lists of a room (IRCv3 account-extban)."""

import pytest

from chat.people import NOW, BareWorld, arrive, hang_up, heard, say
from chat.test_accounts import come_in, log_in, scene
from chatroom.chat.commands.accounts import log_out
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    AccountAdded,
    AccountRemoved,
    AccountRenamed,
    LoggedIn,
    ServerBanSet,
)
from chatroom.wire.names import full_mask


@pytest.fixture
def world() -> BareWorld:
    return scene("alice", "bob")


@pytest.fixture
def op(world: BareWorld) -> Session:
    """In charge of den."""
    op = arrive(world, "op")
    say(op, "JOIN #den")
    return op


def told(session: Session, line: str) -> list[str]:
    heard(session)
    say(session, line)
    return [line.split()[1] for line in heard(session)]


def is_in(session: Session) -> bool:
    return any(room.name == "#den" for room in session.user.rooms)


def test_only_people_with_an_account_may_enter(world: BareWorld, op: Session) -> None:
    """Mode R; an invitation overrides it, as it does the others."""
    say(op, "MODE #den +R")
    guest, alice = arrive(world, "guest"), come_in(world, "alice")
    assert told(guest, "JOIN #den") == ["477"]
    assert told(alice, "JOIN #den")[0] == "JOIN"
    say(op, "INVITE guest #den", "MODE #den")
    assert told(guest, "JOIN #den")[0] == "JOIN"
    assert world.rooms["#den"].is_closed


def test_only_people_with_an_account_may_speak(world: BareWorld, op: Session) -> None:
    """Mode M; a voice does as well."""
    say(op, "MODE #den +M-n")
    guest, alice = arrive(world, "guest"), come_in(world, "alice")
    assert told(guest, "PRIVMSG #den :from outside") == ["404"]
    say(guest, "JOIN #den")
    heard(guest)
    say(guest, "PRIVMSG #den :hello")
    why = "only people who are logged in to an account may speak here (mode M)"
    assert heard(guest) == [f":chatroom.local 404 guest #den :Cannot send to this room: {why}"]
    say(alice, "JOIN #den")
    assert told(alice, "PRIVMSG #den :hello") == []
    log_out(world, alice)
    assert told(alice, "PRIVMSG #den :hello") == ["404"]
    say(op, "MODE #den +v guest")
    assert told(guest, "PRIVMSG #den :hello") == []


def test_a_ban_of_an_account(world: BareWorld, op: Session) -> None:
    """Under whatever nickname; somebody who logs in to it is silent at once."""
    say(op, "MODE #den +b a:BOB")
    bob, other = come_in(world, "bob", "bobby"), arrive(world, "bob2")
    assert told(bob, "JOIN #den") == ["474"]
    assert told(other, "JOIN #den")[0] == "JOIN"
    assert told(other, "PRIVMSG #den :hello") == []
    other.agree_on(frozenset({"sasl"}))
    log_in(other, "bob")
    assert told(other, "PRIVMSG #den :hello") == ["404"]
    say(op, "MODE #den -b a:bob")
    assert told(other, "PRIVMSG #den :hello") == []


def test_exceptions_and_invitations_of_accounts(world: BareWorld, op: Session) -> None:
    say(op, "MODE #den +bei *!*@* a:alice", "MODE #den +I a:bob")
    alice, bob, guest = come_in(world, "alice"), come_in(world, "bob"), arrive(world, "guest")
    assert [told(each, "JOIN #den")[0] for each in (alice, bob, guest)] == ["473", "474", "474"]
    say(op, "MODE #den +I a:*", "MODE #den -b *!*@*")
    assert [told(each, "JOIN #den")[0] for each in (alice, bob, guest)] == ["JOIN", "JOIN", "473"]


def test_a_mute_of_an_account(world: BareWorld, op: Session) -> None:
    """`m:a:bob`, also for a time; TBAN takes `a:bob` for no nickname."""
    bob = come_in(world, "bob")
    say(op, "TBAN #den 2h m:a:bob :loud")
    assert told(bob, "JOIN #den")[0] == "JOIN"
    assert told(bob, "PRIVMSG #den :hello") == ["404"]
    say(op, "TBAN #den - m:a:bob")
    assert told(bob, "PRIVMSG #den :hello") == []
    say(op, "TBAN #den 2h a:bob")
    assert told(bob, "PRIVMSG #den :hello") == ["404"]
    say(op, "TBAN #den - bob")
    assert world.rooms["#den"].lists["b"] == {}


def test_a_nickname_stands_for_the_account_as_well(world: BareWorld, op: Session) -> None:
    """Whoever is logged in stays out without the address, and without the account; lifting the ban
    by the nickname lifts both, whether they are here or gone."""
    bob = come_in(world, "bob")
    say(bob, "JOIN #den")
    say(op, "TBAN #den 2h bob :spam", "KICK #den bob")
    assert list(world.rooms["#den"].lists["b"]) == ["bob!*@*", "a:bob"]
    hang_up(bob)
    rob = come_in(world, "bob", "rob")
    assert told(rob, "JOIN #den") == ["474"]
    say(op, "TBAN #den - bob")
    assert world.rooms["#den"].lists["b"] == {}


def test_a_banned_account_does_not_read_what_was_said(world: BareWorld, op: Session) -> None:
    """Neither after the room has ended, nor from the next one of that name."""
    say(op, "MODE #den +b a:bob", "PART #den")
    bob, guest = come_in(world, "bob"), arrive(world, "guest")
    barred = [world.faded.bars("#den", each.user.names) for each in (bob, guest)]
    assert barred == [True, False]
    say(bob, "JOIN #den")
    assert bob.user.rooms[world.rooms["#den"]]


@pytest.mark.parametrize(("mask", "full"), [("a:", "a:*"), ("a:Bob", "a:Bob"), ("a", "a!*@*")])
def test_full_masks(mask: str, full: str) -> None:
    assert full_mask(mask) == full


def test_masks_follow_an_account_that_is_renamed(world: BareWorld, op: Session) -> None:
    """On all lists, with what else is in an entry; those of other accounts stay."""
    say(op, "MODE #den +bbb a:alice m:a:BOB a:bobby", "MODE #den +I a:bob", "TBAN #den 2h a:bob")
    say(op, "JOIN #past", "MODE #past +be a:bob a:bob", "PART #past")
    before = world.rooms["#den"].lists["b"]["a:bob"]
    apply(world, ServerBanSet(op.user.id, "a:bob", False, "root", NOW, 0.0, ""))
    heard(op)
    apply(world, AccountRenamed("bob", "Robert", NOW))
    assert heard(op) == [
        ":chatroom.local MODE #den -bbI+bbI a:bob m:a:BOB a:bob a:Robert m:a:Robert a:Robert"
    ]
    lists = world.rooms["#den"].lists
    assert [one.mask for one in lists["b"].values()] == [
        "a:alice", "m:a:Robert", "a:bobby", "a:Robert"
    ]  # fmt: skip
    assert lists["b"]["a:robert"][1:3] + lists["b"]["a:robert"][4:] == before[1:3] + before[4:]
    assert list(lists["I"]) == ["a:robert"]
    assert world.faded.snapshot() == [["#past", [[["a:robert"], ["a:robert"]]], []]]
    assert [ban.target for ban in world.server_bans] == ["a:Robert"]
    assert world.server_bans.of_account("robert", NOW)


def test_masks_of_a_removed_account_mean_nobody(world: BareWorld, op: Session) -> None:
    """Somebody else may register the name."""
    say(op, "JOIN #past", "MODE #past +bbe a:bob *!*@192.0.2.9 a:bob", "PART #past")
    say(op, "JOIN #open", "MODE #open +b a:bob", "PART #open")
    say(op, "MODE #den +bbi a:bob m:a:bob", "MODE #den +I a:bob", "TBAN #den 2h a:bob")
    apply(world, ServerBanSet(op.user.id, "a:bob", False, "root", NOW, 0.0, ""))
    bob = come_in(world, "alice", "bobby")
    assert world.next_expiry
    heard(op)
    apply(world, AccountRemoved("bob", NOW))
    assert heard(op) == [":chatroom.local MODE #den -bbI a:bob m:a:bob a:bob"]
    apply(world, AccountAdded("bob"))
    assert not world.next_expiry
    apply(world, LoggedIn(bob.user.id, "bob", NOW))
    assert told(bob, "JOIN #den") == ["473"]
    assert world.rooms["#den"].lists == {"b": {}, "e": {}, "I": {}}
    assert world.faded.snapshot() == [["#past", [[["*!*@192.0.2.9"], []]], []]]
    assert len(world.server_bans) == 0
