"""Users who stay in their rooms without a connection (`accounts.always_on`, SET ALWAYS-ON)."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chat.memory_keeper import MemoryKeeper
from chat.people import NOW, BareWorld, Peer, a_world, hang_up, heard, say
from chat.stored_history import StoredHistory
from chatroom.chat.commands.ownership import register_room
from chatroom.chat.connections import attach, depart, drop
from chatroom.chat.limits import Limits
from chatroom.chat.output.playback import tell_waiting
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.ports import LOCAL
from chatroom.chat.renamed_rooms import names_today, with_names_today
from chatroom.chat.restored_accounts import restore_markers
from chatroom.chat.session import Session
from chatroom.chat.settings import AccountSettings, OperatorSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    AccountAdded,
    AccountRemoved,
    AccountRenamed,
    AccountSuspended,
    AlwaysOnSet,
    LimitsChanged,
    LoggedIn,
    LoggedOut,
    MarkedRead,
    RoomRenamed,
    ServerBansRestored,
)
from chatroom.chat.state.model import User
from chatroom.chat.staying import (
    follow_name,
    restore_users,
    review_staying,
    rooms_of,
    staying,
)

ALICE, BOB = ":alice!~user@192.0.2.1", ":bob!~user@192.0.2.1"
AWAY = ":chatroom.local 301 bob alice :not connected"


def begin(history: StoredHistory, limits: Limits | None = None, **settings: bool) -> BareWorld:
    """A server that starts: alice, bob and chief have accounts; that of alice is always on."""
    world = a_world(limits, history)
    world.keeper = MemoryKeeper()
    world.set_account_settings(AccountSettings(**settings))
    world.set_operator_settings(OperatorSettings(accounts=("chief",)))
    for number, name in enumerate(("alice", "bob", "chief"), 1):
        on = True if name == "alice" else None
        apply(world, AccountAdded(name, number=number, always_on=on))
    names = names_today(history.saved_rooms(), world.now)
    restore_markers(world, history.saved_markers(), names)
    users = staying(world, with_names_today(history.saved_users(), names))
    open_rooms(world, ["#hall"], history.saved_rooms(), rooms_of(users.values()))
    restore_users(world, users)
    return world


@pytest.fixture
def world(history: StoredHistory) -> BareWorld:
    return begin(history)


def come(world: BareWorld, nick: str, account: str = "", *lines: str) -> Session:
    """Somebody who is logged in; "-": a guest. What they are told at first is not read yet."""
    session = attach(world, Peer(), "192.0.2.1", LOCAL)
    if account != "-":
        apply(world, LoggedIn(session.user.id, account or nick, world.now))
    say(session, f"NICK {nick}", "USER user 0 * :user", *lines)
    return session


def scene(world: BareWorld, *lines: str) -> Session:
    """bob and alice in #den; alice says these lines, and her connection breaks. Returns bob."""
    bob = come(world, "bob", "", "JOIN #den")
    alice = come(world, "alice", "", "JOIN #den", *lines)
    heard(bob)
    depart(world, alice, "Connection reset by peer")
    return bob


def ask(session: Session, *lines: str) -> list[str]:
    heard(session)
    say(session, *lines)
    return heard(session)


def found(session: Session, line: str, code: str) -> str:
    """The last word of the reply with that code."""
    (one,) = [each for each in ask(session, line) if f" {code} " in each]
    return one.rpartition(" :")[2]


def alice_of(world: BareWorld) -> User | None:
    return world.find("alice")


def test_a_user_stays_and_is_shown_as_away(world: BareWorld) -> None:
    bob = scene(world)
    assert heard(bob) == []
    assert AWAY in ask(bob, "WHOIS alice")
    assert found(bob, "LIST #den", "322") == ""
    assert " 2 " in ask(bob, "LIST #den")[1]
    assert ":alice" in found(bob, "ISON alice", "303") or found(bob, "ISON alice", "303") == "alice"
    assert " G " in next(line for line in ask(bob, "WHO #den") if " alice " in line)
    assert "alice" in found(bob, "NAMES #den", "353")
    assert AWAY in ask(bob, "INVITE alice #den", "JOIN #new", "INVITE alice #new")


def test_whoever_comes_back_meets_their_user(world: BareWorld) -> None:
    """With the rooms, and no longer away; the others see neither."""
    bob = scene(world)
    alice = come(world, "alice")
    assert f"{ALICE} JOIN :#den" in heard(alice)
    assert ask(bob, "WHOIS alice")[0].endswith("alice ~user 192.0.2.1 * :user")
    assert AWAY not in ask(bob, "WHOIS alice")
    say(bob, "PRIVMSG #den :hi")
    assert heard(alice) == [f"{BOB} PRIVMSG #den :hi"]
    assert not world.absent


def test_one_s_own_text_stays(world: BareWorld) -> None:
    bob = scene(world, "AWAY :at lunch")
    assert found(bob, "WHOIS alice", "301") == "at lunch"
    come(world, "alice")
    assert not [line for line in ask(bob, "WHOIS alice") if " 301 " in line]


@pytest.mark.parametrize("how", ["QUIT :bye", "bug"])
def test_however_the_last_connection_ends(world: BareWorld, how: str) -> None:
    bob = come(world, "bob", "", "JOIN #den")
    alice, phone = come(world, "alice", "", "JOIN #den"), come(world, "alice")
    heard(bob)
    for session in (alice, phone):
        assert alice_of(world) not in world.absent
        if how == "bug":
            drop(world, session)
        else:
            say(session, how)
            depart(world, session, session.closing)
    assert heard(bob) == []
    assert alice_of(world) in world.absent


@pytest.mark.parametrize(("nick", "account"), [("bob", ""), ("alice2", "alice"), ("guest", "-")])
def test_others_leave(world: BareWorld, nick: str, account: str) -> None:
    """Those whose account is not always on, or has another name; and guests."""
    session = come(world, nick, account)
    hang_up(session)
    assert world.find(nick) is None


def test_the_configuration_says_it_for_all_but_those_who_say_otherwise(
    history: StoredHistory,
) -> None:
    world = begin(history, always_on=True)
    hang_up(come(world, "bob"))
    assert world.find("bob") in world.absent
    apply(world, AlwaysOnSet("bob", False, NOW))
    assert world.find("bob") is None
    hang_up(come(world, "bob"))
    assert world.find("bob") is None


def test_words_wait(world: BareWorld) -> None:
    """The sender learns it, and whoever comes back gets them once."""
    bob = scene(world)
    waits = ":chatroom.local 301 bob alice :not here now, and will get your message on coming back"
    assert ask(bob, "PRIVMSG alice :are you there") == [waits]
    lines = [line for line in heard(come(world, "alice")) if " NOTICE alice :" in line]
    assert any("<bob> are you there" in line for line in lines)
    hang_up(come(world, "alice"))
    assert not [line for line in heard(come(world, "alice")) if " NOTICE alice :" in line]


def test_a_guest_learns_that_nothing_is_kept(world: BareWorld) -> None:
    scene(world)
    guest = come(world, "guest", "-")
    why = "alice is not connected, and only people with an account can leave messages"
    assert ask(guest, "PRIVMSG alice :hi") == [
        f":chatroom.local FAIL PRIVMSG NOT_CONNECTED alice :Not sent: {why}"
    ]
    guest.agree_on(frozenset({"message-tags"}))
    assert ask(guest, "@+typing=active TAGMSG alice", "NOTICE alice :hi") == []
    assert ask(guest, "PRIVMSG alice :\x01PING 1\x01")[0].endswith("301 guest alice :not connected")


def test_another_connection_of_the_account_gets_the_words(world: BareWorld) -> None:
    """Whoever is here under another name need not wait."""
    bob = scene(world)
    other = come(world, "al", "alice")
    heard(other)
    assert ask(bob, "PRIVMSG alice :hi") == []
    assert heard(other) == [f"{BOB} PRIVMSG al :hi"]


def test_kicked_and_parted_is_gone_from_the_room(world: BareWorld) -> None:
    bob = come(world, "bob", "", "JOIN #den")
    alice = come(world, "alice", "", "JOIN #den,#tea,#new")
    phone = come(world, "alice")
    say(phone, "PART #tea")
    for session in (alice, phone):
        hang_up(session)
    say(bob, "KICK #den alice :enough")
    back = heard(come(world, "alice"))
    assert [line for line in back if " JOIN :" in line] == [f"{ALICE} JOIN :#new"]


def put_out_by_kill(_world: BareWorld, chief: Session) -> None:
    say(chief, "KILL alice :spam")


def put_out_by_kline(_world: BareWorld, chief: Session) -> None:
    say(chief, "KLINE a:alice :spam")


def put_out_by_mask(_world: BareWorld, chief: Session) -> None:
    say(chief, "KLINE alice!*@* :spam")


def put_out_by_suspension(world: BareWorld, _chief: Session) -> None:
    apply(world, AccountSuspended("alice", True, NOW))


def put_out_by_removal(world: BareWorld, _chief: Session) -> None:
    apply(world, AccountRemoved("alice", NOW))


def put_out_by_the_account(world: BareWorld, _chief: Session) -> None:
    apply(world, AlwaysOnSet("alice", False, NOW))


ENDS = [value for name, value in globals().items() if name.startswith("put_out_")]


@pytest.mark.parametrize("connected", [False, True])
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_what_ends_it(
    history: StoredHistory,
    world: BareWorld,
    end: Callable[[BareWorld, Session], None],
    connected: bool,
) -> None:
    """Everybody sees the user quit, and no start brings them back."""
    world.on_expelled = lambda session, why: depart(world, session, why)  # type: ignore[arg-type]
    bob, chief = come(world, "bob", "", "JOIN #den"), come(world, "chief")
    alice = come(world, "alice", "", "JOIN #den")
    heard(bob)
    if not connected:
        hang_up(alice)
    end(world, chief)
    if connected and alice in alice.user.sessions:
        hang_up(alice)
    assert [line.split()[1] for line in heard(bob) if "QUIT" in line] == ["QUIT"]
    assert alice_of(world) is None
    history.commit()
    assert history.saved_users() == {}


def test_logging_out_ends_it(history: StoredHistory, world: BareWorld) -> None:
    """Also for the owner of a room, who loses that rank."""
    alice = come(world, "alice", "", "JOIN #den", "PRIVMSG ChanServ :REGISTER #den")
    assert world.rooms["#den"].members[alice.user] == "qo"
    apply(world, LoggedOut(alice.user.id, NOW))
    hang_up(alice)
    assert alice_of(world) is None
    history.commit()
    assert history.saved_users() == {}


def test_a_new_name_of_the_account_is_the_user_s(world: BareWorld) -> None:
    bob = scene(world)
    apply(world, AccountRenamed("alice", "alicia", NOW))
    follow_name(world, "alicia")
    assert heard(bob) == [f"{ALICE} NICK :alicia"]
    back = come(world, "alicia")
    assert any("JOIN :#den" in line for line in heard(back))


def test_a_reloaded_configuration_holds_for_those_who_are_away(history: StoredHistory) -> None:
    world = begin(history, always_on=True)
    scene(world)
    hang_up(come(world, "chief"))
    world.set_account_settings(AccountSettings())
    review_staying(world)
    assert [user.nick for user in world.absent] == ["alice"]
    history.commit()
    assert list(history.saved_users()) == [1]


def test_they_are_bounded(history: StoredHistory) -> None:
    """`limits.always_on`: who has been away for the longest time leaves."""
    world = begin(history, replace(Limits(), always_on=2), always_on=True)
    for nick in ("alice", "bob", "alice", "chief"):
        hang_up(come(world, nick))
    assert [user.nick for user in world.absent] == ["alice", "chief"]
    apply(world, LimitsChanged(replace(world.limits, always_on=1)))
    review_staying(world)
    assert [user.nick for user in world.absent] == ["chief"]
    world = begin(history, replace(Limits(), always_on=0))
    hang_up(come(world, "alice"))
    assert alice_of(world) is None


def test_an_operator_is_none_without_a_connection(world: BareWorld) -> None:
    """Otherwise whoever comes back would have the rights of a password that they did not say."""
    apply(world, AlwaysOnSet("chief", True, NOW))
    chief = come(world, "chief")
    assert chief.user.operator is not None
    hang_up(chief)
    assert chief.user.operator is None
    back = come(world, "chief")
    assert back.user.operator is not None
    assert any(" 381 " in line for line in heard(back))


def restart(history: StoredHistory) -> BareWorld:
    """The server is killed, and starts again."""
    history.commit()
    return begin(history)


def test_a_restart_changes_nothing(history: StoredHistory, world: BareWorld) -> None:
    """Neither for those who are away, nor for the rooms that only they are in."""
    alice = come(
        world, "alice", "", "JOIN #mine,#hall,#den", "MODE #mine +k secret", "MODE alice +i"
    )
    say(alice, "TOPIC #mine :my own", "MODE #mine +v alice", "PRIVMSG #mine :first")
    user = alice.user
    before = user.state()
    again = restart(history)
    stayed = again.find("alice")
    assert stayed is not None
    assert stayed in again.absent
    assert stayed.state() == {**before, "away": "not connected"}
    room = again.rooms["#mine"]
    assert (room.topic, room.key, room.members[stayed]) == ("my own", "secret", "ov")
    bob = come(again, "bob")
    assert " 475 " in ask(bob, "JOIN #mine")[-1]
    assert AWAY in ask(bob, "WHOIS alice")
    back = come(again, "alice")
    lines = [line for line in heard(back) if " JOIN :" in line]
    assert lines == [f"{ALICE} JOIN :#{name}" for name in ("mine", "hall", "den")]
    say(back, "CHATHISTORY LATEST #mine * 5")
    assert any("first" in line for line in heard(back))


def test_a_room_that_nobody_stays_in_fades_with_a_restart(
    history: StoredHistory, world: BareWorld
) -> None:
    come(world, "bob", "", "JOIN #bobs", "TOPIC #bobs :mine")
    alice = come(world, "alice", "", "JOIN #left", "TOPIC #left :x")
    say(alice, "JOIN #kept", "TOPIC #kept :y", "PART #left")
    assert sorted(restart(history).rooms) == ["#hall", "#kept"]
    say(alice, "NICK al")
    assert sorted(restart(history).rooms) == ["#hall"]


def gone_removed(world: BareWorld) -> None:
    apply(world, AccountRemoved("alice", NOW))


def gone_off(world: BareWorld) -> None:
    apply(world, AlwaysOnSet("alice", None, NOW))


@pytest.mark.parametrize("change", [gone_removed, gone_off])
def test_who_no_longer_stays_is_not_there_after_a_restart(
    history: StoredHistory, world: BareWorld, change: Callable[[BareWorld], None]
) -> None:
    alice = come(world, "alice", "", "JOIN #den")
    change(world)
    hang_up(alice)
    again = restart(history)
    assert alice_of(again) is None


@pytest.mark.parametrize("mask", ["alice!*@*", "a:alice"])
def test_banned_while_the_server_was_down(
    history: StoredHistory, world: BareWorld, mask: str
) -> None:
    """Whoever may not come in is not brought in either."""
    come(world, "alice", "", "JOIN #den")
    chief = come(world, "chief")
    history.commit()
    saved = history.saved_users()
    say(chief, f"KLINE {mask} :spam")
    again = a_world(log=history)
    apply(again, AccountAdded("alice", number=1, always_on=True))
    apply(again, ServerBansRestored(tuple(world.server_bans)))
    restore_users(again, staying(again, saved))
    assert alice_of(again) is None


def answers(world: BareWorld, session: Session, line: str) -> list[str]:
    """What NickServ says, also later."""
    heard(session)
    say(session, f"PRIVMSG NickServ :{line}")
    assert isinstance(world.keeper, MemoryKeeper)
    world.keeper.deliver()
    return [one.rpartition(" :")[2] for one in heard(session)]


ON = "Always-on is on: you stay in your rooms when your last connection ends."
OFF = "Always-on is off: you leave your rooms when your last connection ends."


def test_set_always_on(world: BareWorld) -> None:
    bob = come(world, "bob")
    assert answers(world, bob, "SET ALWAYS-ON") == [OFF]
    assert answers(world, bob, "SET ALWAYS-ON ON") == [ON]
    assert answers(world, bob, "set always-on") == [ON]
    assert isinstance(world.keeper, MemoryKeeper)
    assert world.keeper.always_on == {"bob": True}
    assert answers(world, bob, "SET ALWAYS-ON false") == [OFF]
    assert answers(world, bob, "SET ALWAYS-ON default") == [OFF]
    assert answers(world, bob, "SET ALWAYS-ON maybe")[0] == "Always-on can be on, off or default."
    assert answers(world, bob, "SET PASSWORD")[0].startswith("Usage: SET PASSWORD")
    say(bob, "NICK robert")
    assert answers(world, bob, "SET ALWAYS-ON ON")[0].endswith("if your nickname is bob then.")
    assert answers(world, come(world, "guest", "-"), "SET ALWAYS-ON ON") == ["Log in first."]


def plain(world: BareWorld, nick: str) -> Session:
    """Somebody at the plain door who logs in, and takes their nickname."""
    session = come(world, "visitor", "-")
    session.shows_rooms_itself = True
    apply(world, LoggedIn(session.user.id, nick, world.now))
    heard(session)
    say(session, f"NICK {nick}")
    return session


def test_at_the_plain_door_one_comes_and_goes(world: BareWorld) -> None:
    """There a person is in one room: who stays in more has to use another name."""
    scene(world, "JOIN #two")
    visitor = plain(world, "alice")
    assert " 433 " in heard(visitor)[-1]
    visitor.shows_rooms_itself = False
    hang_up(visitor)
    alice = come(world, "alice", "", "PART #two")
    hang_up(alice)
    visitor = plain(world, "alice")
    assert visitor.user.nick == "alice"
    assert not world.absent
    hang_up(visitor)
    assert alice_of(world) is None


def test_nothing_that_is_told_needs_a_connection(world: BareWorld) -> None:
    """A user without one costs nothing and breaks nothing."""
    bob = scene(world)
    deliveries = world.fanout.deliveries
    say(bob, "PRIVMSG #den :hi", "TOPIC #den :x", "MODE #den +v alice", "NICK bobby")
    assert world.fanout.deliveries - deliveries <= 4
    assert list(tell_waiting(world, alice_of(world))) == []  # type: ignore[arg-type]


def test_a_server_that_dies_while_a_room_is_renamed(tmp_path: Path) -> None:
    """The name and the state of the room are one transaction. Those who stay there, and what they
    have read, are saved later, and are found by the former name."""
    with closing(StoredHistory(tmp_path)) as history:
        world = begin(history)
        alice = come(world, "alice", "", "JOIN #den")
        register_room(world, alice, "#den")
        apply(world, MarkedRead(alice.user.id, "#den", 1_546_612_406_123))
        hang_up(alice)
        history.make_durable()
        apply(world, RoomRenamed(alice.user.id, "#den", "#lair", "", history.position, NOW))
    for _ in range(2):  # the second start finds what the first has saved
        with closing(StoredHistory(tmp_path)) as history:
            world = begin(history)
            history.commit()
            (name,) = set(world.rooms) - {"#hall"}
            user, room = alice_of(world), world.rooms[name]
            assert (name, world.formerly("#den")) == ("#lair", room)
            assert user is not None
            assert (room.kept, room.members[user]) == ({"alice": "q"}, "qo")
            assert [one.what for one in room.deeds][-1] == "renamed den to lair"
            assert list(world.markers) == [(1, "#lair", 1_546_612_406_123)]
            assert history.saved_users()[1]["rooms"][0][0] == "#lair"
