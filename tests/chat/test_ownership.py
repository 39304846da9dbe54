"""Rooms that belong to accounts: who may register and drop one, which ranks are kept, and that they
are there after a restart."""

from dataclasses import replace
from pathlib import Path

import pytest

from chat.people import BareWorld, a_world, arrive, hang_up, heard, say, world_of
from chat.stored_history import StoredHistory
from chat.test_accounts import come_in, log_in, scene
from chatroom.chat.commands.accounts import log_out
from chatroom.chat.named_operators import name_operators
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    AccountAdded,
    AccountRemoved,
    AccountRenamed,
    AccountSuspended,
)
from chatroom.store.accounts import AccountStore
from chatroom.wire.scram import derive

KEYS = derive(b"longenough", b"salt", 1)
MINE = "den belongs to your account now. The ranks that you give there are kept."


def chanserv(session: Session, text: str) -> list[str]:
    """What ChanServ answers."""
    heard(session)
    say(session, f"PRIVMSG ChanServ :{text}")
    lines = heard(session)
    return [line.partition(" :")[2] for line in lines if line.startswith(":ChanServ!")]


def ranks(session: Session, room: str = "#den") -> str:
    found = world_of(session).find_room(room)
    assert found is not None
    return found.members[session.user]


@pytest.fixture
def world() -> BareWorld:
    return scene("alice", "bob", "carol")


@pytest.fixture
def alice(world: BareWorld) -> Session:
    """The owner of den."""
    alice = come_in(world, "alice")
    say(alice, "JOIN #den")
    assert chanserv(alice, "REGISTER #den") == [MINE]
    assert ranks(alice) == "qo"
    return alice


def member(world: BareWorld, account: str) -> Session:
    session = come_in(world, account)
    say(session, "JOIN #den")
    return session


def test_who_may_register_a_room(world: BareWorld) -> None:
    """An operator of it with an account, once; a permanent room is the server's."""
    guest = arrive(world, "guest")
    say(guest, "JOIN #den,#hall")
    no_account = "Log in first: a registered room belongs to an account."
    assert chanserv(guest, "REGISTER #den") == [no_account]
    bob = come_in(world, "bob")
    assert chanserv(bob, "REGISTER #den") == ["You are not in that room."]
    assert chanserv(bob, "REGISTER #nosuch") == ["No such room."]
    say(bob, "JOIN #den")
    assert chanserv(bob, "REGISTER #den") == ["Only operators and above may register the room."]
    say(guest, "MODE #den +o bob")
    assert chanserv(bob, "REGISTER #den") == [MINE]
    assert chanserv(bob, "REGISTER #den") == ["den belongs to bob already."]
    world.rooms["#hall"].permanent = True
    say(bob, "JOIN #hall")
    say(guest, "MODE #hall +o bob")
    (refused,) = chanserv(bob, "REGISTER #hall")
    assert refused.startswith("hall is permanent")


def test_an_account_owns_so_many_rooms(world: BareWorld) -> None:
    alice = come_in(world, "alice")
    most = world.limits.rooms_per_account
    for number in range(most + 1):
        say(alice, f"JOIN #r{number}")
        told = chanserv(alice, f"REGISTER #r{number}")
    assert told == [f"An account owns {most} rooms at most; drop one, or hand one over."]


def test_a_room_counts_for_those_who_accept_it(
    world: BareWorld, alice: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can use up somebody else's limit by making them an owner; and nobody gets around the
    limit by an owner who has not accepted."""
    limits = replace(world.limits, rooms_per_account=1)
    monkeypatch.setattr(world, "limits", limits)
    bob = member(world, "bob")
    assert chanserv(bob, "ACCEPT #den") == [
        "You can accept a room only after one of its owners has made you an owner, too."
    ]
    say(alice, "MODE #den +q bob", "PART #den")
    assert ranks(bob) == "q"
    assert chanserv(bob, "INFO #den")[1] == "bob has not accepted the room yet."
    heard(alice)
    say(alice, "MODE #den -q alice")
    assert "another owner has to accept the room" in heard(alice)[0]
    say(bob, "JOIN #bob")
    assert chanserv(bob, "REGISTER #bob")[0].startswith("bob belongs")
    assert chanserv(bob, "ACCEPT #den") == [
        "An account owns 1 rooms at most; drop one, or hand one over."
    ]
    chanserv(bob, "DROP #bob")
    copy = a_world()
    copy.restore(world.snapshot())
    assert copy.digest == world.digest
    assert chanserv(bob, "ACCEPT #den") == ["den belongs to your account, too, from now on."]
    assert chanserv(bob, "ACCEPT #den") == ["den belongs to your account already."]
    say(bob, "MODE #den -q alice")
    assert (world.owned_by("alice"), world.owned_by("bob")) == (0, 1)
    assert chanserv(alice, "ACCEPT #den")[0].startswith("You can accept a room only after")


def test_an_offer_ends_with_the_rank_and_follows_the_account(
    world: BareWorld, alice: Session
) -> None:
    room = world.rooms["#den"]
    say(alice, "MODE #den +qq bob carol", "MODE #den -q carol")
    assert room.offered == {"bob"}
    apply(world, AccountRenamed("bob", "bert", world.now))
    assert (room.offered, room.kept["bert"]) == ({"bert"}, "q")
    apply(world, AccountRemoved("alice", world.now))
    assert room.registered
    apply(world, AccountRemoved("bert", world.now))
    assert (room.registered, room.offered) == (0, set())


def test_ranks_are_kept_and_given_on_entering(world: BareWorld, alice: Session) -> None:
    """By MODE; everybody sees them. Those of people without an account end with their stay."""
    bob, guest = member(world, "bob"), arrive(world, "guest")
    say(guest, "JOIN #den")
    assert [ranks(bob), ranks(guest)] == ["", ""]
    say(alice, "MODE #den +ov bob guest")
    for session in (alice, bob, guest):
        say(session, "PART #den")
    assert world.rooms["#den"].members == {}
    say(guest, "JOIN #den")
    heard(guest)
    say(bob, "JOIN #den")
    assert [ranks(bob), ranks(guest)] == ["o", ""]
    assert [line.split(" ", 1)[1] for line in heard(guest)[1:]] == ["MODE #den +o bob"]
    say(alice, "JOIN #den")
    assert ranks(alice) == "q"
    say(alice, "MODE #den -o bob")
    say(bob, "PART #den", "JOIN #den")
    assert ranks(bob) == ""


def test_ranks_of_people_who_are_not_here(world: BareWorld, alice: Session) -> None:
    """Given and taken by the name of their account."""
    heard(alice)
    say(alice, "MODE #den +hv carol nosuch")
    assert [line.split(" ", 1)[1] for line in heard(alice)] == [
        "401 alice nosuch :No such nick or room",
        "MODE #den +h carol",
    ]
    carol = member(world, "carol")
    assert ranks(carol) == "h"
    assert chanserv(carol, "INFO #den")[1:] == ["carol has the rank h."]
    hang_up(carol)
    say(alice, "MODE #den -h Carol", "MODE #den -h carol")
    assert ranks(member(world, "carol")) == ""
    bob = member(world, "bob")
    heard(bob)
    say(bob, "MODE #den +v carol", "MODE #den -q alice")
    assert [line.split()[1] for line in heard(bob)] == ["482", "482"]


def test_an_account_name_means_its_owner_under_another_nickname(
    world: BareWorld, alice: Session
) -> None:
    """On each of their connections; the room is told by nicknames, as its members know them."""
    others = [come_in(world, "carol", nick) for nick in ("cat", "cod")]
    for other in others:
        say(other, "JOIN #den")
    heard(alice)
    say(alice, "MODE #den +o carol", "MODE #den +o carol")
    assert [line.split(" ", 1)[1] for line in heard(alice)] == ["MODE #den +oo cat cod"]
    assert [ranks(other) for other in others] == ["o", "o"]
    say(alice, "MODE #den -o carol")
    assert [ranks(other) for other in others] == ["", ""]
    assert ranks(member(world, "carol")) == ""


def test_hand_over(world: BareWorld, alice: Session) -> None:
    """To another owner; a registered room never has none."""
    heard(alice)
    say(alice, "MODE #den -q alice")
    (refused,) = heard(alice)
    assert refused.split()[1] == "696"
    assert ranks(alice) == "qo"
    bob = member(world, "bob")
    say(alice, "MODE #den +q bob")
    assert chanserv(bob, "ACCEPT #den") == ["den belongs to your account, too, from now on."]
    say(alice, "MODE #den -q alice")
    assert [ranks(alice), ranks(bob)] == ["o", "q"]
    assert chanserv(bob, "INFO #den")[0].startswith("den belongs to bob, since 2023-11-14.")
    assert chanserv(alice, "DROP #den") == ["Only owners may give the room up."]
    assert chanserv(bob, "DROP #den") == ["den belongs to nobody any more."]
    assert chanserv(bob, "DROP #den") == ["den belongs to no account."]


def test_an_empty_room_stays_until_it_is_dropped(world: BareWorld, alice: Session) -> None:
    """Its owner need not be there, nor see it; whoever comes first is nobody."""
    say(alice, "MODE #den +s", "PART #den")
    assert "#den" in world.rooms
    bob = member(world, "bob")
    assert ranks(bob) == ""
    say(bob, "PART #den")
    assert chanserv(bob, "INFO #den") == ["No such room."]
    assert chanserv(alice, "DROP #den") == ["den belongs to nobody any more."]
    assert "#den" not in world.rooms
    assert world.registered_rooms == {}
    assert ranks(member(world, "carol")) == "o"


def test_no_mode_keeps_those_in_charge_out(world: BareWorld, alice: Session) -> None:
    bob, carol = member(world, "bob"), member(world, "carol")
    say(alice, "MODE #den +ov bob carol", "PART #den")
    say(carol, "PART #den")
    say(bob, "MODE #den +iktb x *!*@*", "JOIN 0")
    for session, inside in ((alice, True), (bob, True), (carol, False)):
        say(session, "JOIN #den")
        assert (session.user in world.rooms["#den"].members) == inside


def test_a_rank_follows_the_account(world: BareWorld, alice: Session) -> None:
    """Taken at the logout, given at the login; one that was given here by hand stays."""
    heard(alice)
    log_out(world, alice)
    assert "MODE #den -q alice" in heard(alice)[0]
    assert ranks(alice) == "o"
    log_in(alice, "alice")
    assert ranks(alice) == "qo"
    apply(world, AccountSuspended("alice", True, world.now))
    assert ranks(alice) == "o"


def test_renamed_and_removed_accounts(world: BareWorld, alice: Session) -> None:
    """A room does not wait for somebody who registers the name of its owner again."""
    say(alice, "MODE #den +o bob", "MODE #den +h carol")
    apply(world, AccountRenamed("alice", "alicia", world.now))
    assert ranks(alice) == "qo"
    assert chanserv(alice, "INFO #den")[0].startswith("den belongs to alicia, since")
    apply(world, AccountRemoved("carol", world.now))
    apply(world, AccountRemoved("alicia", world.now))
    assert ranks(alice) == "o"
    room = world.rooms["#den"]
    assert (room.lasts, room.kept) == (False, {})
    say(alice, "PART #den")
    assert "#den" not in world.rooms


def test_op_by_chanserv(world: BareWorld, alice: Session) -> None:
    """For oneself after a loss, or for somebody else, with the rights that MODE has."""
    say(alice, "MODE #den -o alice")
    assert chanserv(alice, "OP #den") == []
    assert ranks(alice) == "qo"
    bob = member(world, "bob")
    heard(bob)
    say(bob, "PRIVMSG ChanServ :OP #den")
    assert heard(bob)[0].split()[1] == "482"
    say(alice, "PRIVMSG ChanServ :OP #den bob")
    assert ranks(bob) == "o"
    assert len(chanserv(bob, "HELP")) == 7
    assert chanserv(bob, "REGISTER") == ["Usage: REGISTER <room>"]


def test_a_room_may_be_named_as_people_do(world: BareWorld, alice: Session) -> None:
    """Refusals say "/msg ChanServ ACCEPT den", as the room is called by people."""
    assert chanserv(alice, "DROP den") == ["den belongs to nobody any more."]
    assert chanserv(alice, "REGISTER den")[0].startswith("den belongs to your account now.")
    assert chanserv(alice, "INFO den") == chanserv(alice, "INFO #den")
    bob = member(world, "bob")
    say(alice, "MODE #den +q bob")
    assert chanserv(bob, "ACCEPT den") == ["den belongs to your account, too, from now on."]
    assert chanserv(bob, "OP den") == []
    assert "o" in ranks(bob)


def test_owners_in_the_configuration(world: BareWorld) -> None:
    """`rooms.owners`: nobody else is one for coming first; a change holds at once."""
    open_rooms(world, ["#hall"], {})
    bob, alice = come_in(world, "bob"), come_in(world, "alice")
    say(bob, "JOIN #hall")
    say(alice, "JOIN #hall")
    assert [ranks(bob, "#hall"), ranks(alice, "#hall")] == ["", ""]
    name_operators(world, {}, {"Hall": ["ALICE"]})
    assert ranks(alice, "#hall") == "q"
    say(alice, "MODE #hall +h bob", "PART #hall")
    say(bob, "JOIN 0", "JOIN #hall")
    assert ranks(bob, "#hall") == "h"
    say(alice, "JOIN #hall")
    assert ranks(alice, "#hall") == "q"
    copy = a_world()
    copy.restore(world.snapshot())
    assert copy.digest == world.digest


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A store with three accounts."""
    store = StoredHistory(tmp_path)
    store.close()
    accounts = AccountStore(tmp_path)
    for name in ("alice", "bob", "carol"):
        accounts.add(name, KEYS, 0)
    accounts.close()
    return tmp_path


def run(directory: Path) -> tuple[BareWorld, StoredHistory]:
    """A server starts."""
    log = StoredHistory(directory)
    world = scene()
    world.log = log
    accounts = AccountStore(directory)
    for account in accounts.all():
        apply(world, AccountAdded(account.name))
        world.keeper.keys[account.name] = KEYS  # type: ignore[attr-defined]
    accounts.close()
    open_rooms(world, [], log.saved_rooms())
    return world, log


def come(world: BareWorld, account: str) -> Session:
    session = arrive(world, f"{account}-here")
    session.agree_on(frozenset({"sasl"}))
    log_in(session, account, "longenough")
    say(session, "JOIN #den")
    return session


def test_over_restarts(directory: Path) -> None:
    """Rooms, ranks, topic and modes; what the operator does to accounts meanwhile holds for them,
    too."""
    world, log = run(directory)
    alice = come(world, "alice")
    assert chanserv(alice, "REGISTER #den") == [MINE]
    say(
        alice, "TOPIC #den :tea", "MODE #den +m", "MODE #den +ahv bob carol bob", "MODE #den +q bob"
    )
    log.commit()
    log.close()
    accounts = AccountStore(directory)
    accounts.rename("bob", "bert")
    accounts.remove("carol")
    accounts.add("carol", KEYS, 0)
    accounts.close()
    world, log = run(directory)
    room = world.rooms["#den"]
    assert (room.topic, sorted(room.flags), room.lasts) == ("tea", ["m", "n", "t"], True)
    found = [ranks(come(world, name)) for name in ("carol", "bert", "alice")]
    assert found == ["", "qav", "q"]
    assert room.offered == {"bert"}
    log.commit()
    log.close()
    accounts = AccountStore(directory)
    accounts.remove("alice")
    accounts.remove("bert")
    accounts.close()
    world, log = run(directory)
    assert world.rooms == {}
    log.close()
