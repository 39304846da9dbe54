"""Private messages for people who are not there: they wait, and are told once."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.people import NOW, BareWorld, Peer, a_world, hang_up, heard, say
from chat.people import begin as begin_line
from chat.stored_history import StoredHistory
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.output.answers import finish
from chatroom.chat.restored_accounts import restore_waiting
from chatroom.chat.session import Session
from chatroom.chat.settings import AccountSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    AccountAdded,
    AccountRemoved,
    AccountSuspended,
    Event,
    LoggedIn,
    LoggedOut,
)
from chatroom.chat.state.model import User
from chatroom.wire.capabilities import WAITING

BATCHES = frozenset({"batch", "server-time"})
ASKS = BATCHES | {"draft/chathistory"}
ALICE = ":alice!~user@192.0.2.1"
TELLS = ":chatroom.local 301 alice bob :not here now, and will get your message on coming back"


def begin(history: StoredHistory) -> BareWorld:
    """A server that starts: alice and bob have accounts."""
    world = a_world(Limits(waiting=3), log=history)
    world.set_account_settings(AccountSettings(grace=60))
    for number, name in enumerate(("alice", "bob"), 1):
        apply(world, AccountAdded(name, number=number))
    saved = {name: one for name, one in history.saved_rooms().items() if name.startswith(">")}
    restore_waiting(world, saved, history.left_waiting)
    return world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[BareWorld]:
    with closing(StoredHistory(tmp_path)) as history:
        yield begin(history)


def come(world: BareWorld, nick: str, *capabilities: str, account: str = "") -> Session:
    """Somebody who logs in; "-" for a guest. What they are told at first is in their outbox."""
    session = attach(world, Peer(), "192.0.2.1")
    session.agree_on(frozenset(capabilities))
    if account != "-":
        apply(world, LoggedIn(session.user.id, account or nick, world.now))
    say(session, f"NICK {nick}", "USER user 0 * :user")
    return session


def private(session: Session) -> list[str]:
    """What came, without the welcome."""
    lines = [line for line in heard(session) if " 005 " not in line]
    return [line for line in lines if " NOTICE " in line or " PRIVMSG " in line]


def ask(session: Session, *lines: str) -> list[str]:
    heard(session)
    say(session, *lines)
    return heard(session)


def test_it_waits_and_is_told_once(world: BareWorld) -> None:
    """The sender learns it; whoever comes back gets it with its time, and only once."""
    alice = come(world, "alice")
    assert ask(alice, "PRIVMSG Bob :are you there", "NOTICE bob :psst") == [TELLS]
    world.set_time(world.now + 60, world.clock + 60)
    bob = come(world, "bob")
    assert [line.partition(" :")[2] for line in private(bob)] == [
        "2 messages from alice while you were not here:",
        "[22:13:20] <alice> are you there",
        "[22:13:20] -alice- psst",
        "That was all from alice.",
    ]
    hang_up(bob)
    assert private(come(world, "bob")) == []


def test_the_plain_door_shows_them_as_they_were_said(world: BareWorld) -> None:
    say(come(world, "alice"), "PRIVMSG bob :hi")
    world.set_time(world.now + 90_000, world.clock + 90_000)
    bob = come(world, "robert", account="-")
    bob.shows_rooms_itself = True
    heard(bob)
    apply(world, LoggedIn(bob.user.id, "bob", world.now))
    world.on_back(bob.user)
    first, message, last = private(bob)
    assert first.endswith(":A message from alice while you were not here (since 2023-11-14):")
    assert message == f"{ALICE} PRIVMSG robert :hi"
    assert last.endswith(":That was all from alice.")


def test_clients_that_know_batches_get_the_messages(world: BareWorld) -> None:
    alice = come(world, "alice")
    say(alice, "PRIVMSG bob :one")
    bob = come(world, "bob", *BATCHES)
    got = [line for line in heard(bob) if " BATCH " in line or " PRIVMSG " in line]
    reference = got[0].rpartition("+")[2].split()[0]
    assert got == [
        f":chatroom.local BATCH +{reference} chathistory alice",
        f"@batch={reference};time=2023-11-14T22:13:20.000Z {ALICE} PRIVMSG bob :one",
        f":chatroom.local BATCH -{reference}",
    ]


@pytest.mark.parametrize("capability", ["", WAITING])
def test_who_asks_for_the_history_is_told_only_on_request(
    world: BareWorld, capability: str
) -> None:
    say(come(world, "alice"), "PRIVMSG bob :one")
    bob = come(world, "bob", *ASKS, *filter(None, [capability]))
    assert len(private(bob)) == bool(capability)
    assert [line for line in ask(bob, "CHATHISTORY LATEST alice * 9") if "PRIVMSG" in line]
    hang_up(bob)
    assert private(come(world, "bob")) == []


def test_on_logging_in_later_too(world: BareWorld) -> None:
    say(come(world, "alice"), "PRIVMSG bob :one")
    bob = come(world, "robert", account="-")
    assert private(bob) == []
    apply(world, LoggedIn(bob.user.id, "bob", world.now))
    world.on_back(bob.user)
    assert "<alice> one" in private(bob)[1]


@pytest.mark.parametrize("leave", [hang_up, lambda bob: say(bob, "QUIT")])
def test_it_waits_on_for_who_is_gone_again(
    world: BareWorld, leave: Callable[[Session], None]
) -> None:
    """The server tells it in a later tick."""
    say(come(world, "alice"), "PRIVMSG bob :one")
    tell, back = world.on_back, list[User]()
    world.on_back = back.append
    bob = come(world, "bob")
    leave(bob)
    tell(*back)
    assert private(bob) == []
    hang_up(bob)
    world.on_back = tell
    assert "<alice> one" in private(come(world, "bob"))[1]


def test_over_a_restart(tmp_path: Path) -> None:
    """Also if the server is killed before anything but the journal is on disk."""
    with closing(StoredHistory(tmp_path)) as history:
        world = begin(history)
        say(come(world, "alice"), "PRIVMSG bob :one")
        history._changes.clear()  # as if a worker had the database
        history.make_durable()
        assert history.in_journal
    with closing(StoredHistory(tmp_path)) as history:
        world = begin(history)
        say(come(world, "alice"), "PRIVMSG bob :two")
        history.make_durable()
    with closing(StoredHistory(tmp_path)) as history:
        world = begin(history)
        assert [line[-3:] for line in private(come(world, "bob"))[1:3]] == ["one", "two"]
        history.make_durable()
    with closing(StoredHistory(tmp_path)) as history:
        assert private(come(begin(history), "bob")) == []


def test_a_long_message_waits_whole(world: BareWorld) -> None:
    alice = come(world, "alice")
    text = " ".join(["word"] * 180)
    assert ask(alice, f"PRIVMSG bob :{text}") == [TELLS]
    said = [line.partition("<alice> ")[2] for line in private(come(world, "bob"))[1:-1]]
    assert "".join(said).count("word") >= 100


@pytest.mark.parametrize(
    "event",
    [lambda user: LoggedOut(user.id, NOW), lambda _: AccountSuspended("bob", True, NOW)],
)
def test_a_right_that_ends_between_two_pieces(
    world: BareWorld, event: Callable[[User], Event]
) -> None:
    """The author learns how far the message got."""
    alice = come(world, "alice")
    heard(alice)
    begin_line(alice, f"PRIVMSG bob :{' '.join(['word'] * 96)}")
    waiting = world.waiting.snapshot()
    apply(world, event(alice.user))
    finish(alice)
    lines = [line.split()[1] for line in heard(alice) if " 901 " not in line]
    assert lines == ["301", "401", "FAIL"]
    assert world.waiting.snapshot() == waiting


def test_not_without_end(world: BareWorld) -> None:
    """`limits.waiting`; and the sender learns that it was not sent."""
    alice = come(world, "alice")
    assert ask(alice, *["PRIVMSG bob :x"] * 4) == [TELLS] * 3 + [
        ":chatroom.local FAIL PRIVMSG TOO_MANY_WAITING bob"
        " :Not sent: too many messages wait for bob already"
    ]
    assert private(come(world, "bob"))[0].endswith("3 messages from alice while you were not here:")


def test_not_for_and_not_from_guests(world: BareWorld) -> None:
    """Nor for a suspended account, nor what only makes sense at once."""
    apply(world, AccountSuspended("bob", True, world.now))
    alice = come(world, "alice", "message-tags")
    assert "401" in ask(alice, "PRIVMSG bob :x")[0]
    apply(world, AccountSuspended("bob", False, world.now))
    for line in ("PRIVMSG nobody :x", "PRIVMSG bob :\x01VERSION\x01", "@+typing=active TAGMSG bob"):
        assert "401" in ask(alice, line)[0]
    assert "401" in ask(come(world, "guest", account="-"), "PRIVMSG bob :x")[0]
    assert private(come(world, "bob")) == []


def test_a_squatter_is_told_nothing(world: BareWorld) -> None:
    """Neither somebody who uses the nickname, nor the next owner of the account's name."""
    alice = come(world, "alice")
    say(alice, "PRIVMSG bob :for bob alone")
    squatter = come(world, "bob", account="-")
    assert private(squatter) == []
    assert ask(alice, "PRIVMSG bob :hello") == []
    assert len(private(squatter)) == 1
    apply(world, AccountRemoved("bob", world.now))
    apply(world, AccountAdded("bob", number=3))
    assert private(come(world, "robert", account="bob")) == []


def test_under_another_nickname_nobody_waits(world: BareWorld) -> None:
    """An account whose owner is here gets what is said to its name."""
    alice, bob = come(world, "alice"), come(world, "robert", account="bob")
    heard(bob)
    assert ask(alice, "PRIVMSG bob :hi") == []
    assert heard(bob) == [f"{ALICE} PRIVMSG robert :hi"]


def test_what_was_deleted_is_not_told(world: BareWorld) -> None:
    alice = come(world, "alice", "echo-message", "message-tags", "draft/message-redaction")
    lines = ask(alice, "PRIVMSG bob :oops", "PRIVMSG bob :better")
    msgid = lines[1].partition("msgid=")[2].split()[0].partition(";")[0]
    world.log.redact = lambda *args: world.log.redact_row(*args)  # type: ignore
    say(alice, f"REDACT bob {msgid}")
    assert [line.rpartition("> ")[2] for line in private(come(world, "bob"))[1:-1]] == ["better"]
