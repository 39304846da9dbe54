"""Private conversations between accounts: kept for the two of them, and for nobody else."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.people import BareWorld, Peer, a_world, heard, say
from chat.stored_history import StoredHistory
from chat.worlds import SearchedHistory
from chatroom.chat.connections import attach
from chatroom.chat.reading import is_shut_out, readable
from chatroom.chat.session import Session
from chatroom.chat.settings import AccountSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    AccountAdded,
    AccountRemoved,
    AccountRenamed,
    LoggedIn,
    LoggedOut,
)
from chatroom.store.accounts import AccountStore
from chatroom.store.export import Selection, Snapshot
from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from chatroom.wire.scram import Keys

CAPABILITIES = frozenset(
    {"batch", "server-time", "message-tags", "echo-message", "soju.im/search", "standard-replies"}
    | {"draft/chathistory", "draft/message-redaction"}
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[BareWorld]:
    """A world with a history, in which alice, bob and carol have accounts."""
    with closing(SearchedHistory(tmp_path)) as history:
        yield world_with(history)


def world_with(history: StoredHistory) -> BareWorld:
    world = a_world(log=history)
    world.set_account_settings(AccountSettings(grace=60))
    for number, name in enumerate(("alice", "bob", "carol"), 1):
        apply(world, AccountAdded(name, number=number))
    return world


def come(world: BareWorld, nick: str, account: str = "") -> Session:
    """Somebody who is logged in to the account of their nickname; "-" for a guest."""
    session = attach(world, Peer(), "192.0.2.1")
    session.agree_on(CAPABILITIES)
    if account != "-":
        apply(world, LoggedIn(session.user.id, account or nick, world.now))
    say(session, f"NICK {nick}", "USER user 0 * :user")
    assert session.user.nick == nick
    heard(session)
    return session


def answer(session: Session, line: str) -> list[Message]:
    heard(session)
    say(session, line)
    return [m for one in heard(session) if (m := decode(one.encode(), MAX_SERVER_TAGS))]


def lines(found: list[Message]) -> list[tuple[str, ...]]:
    """Who said what to whom, of what is in a batch."""
    return [(one.nick, *one.params) for one in found if one.command in ("PRIVMSG", "REDACT")]


def codes(found: list[Message]) -> list[tuple[str, ...]]:
    return [one.params[:2] for one in found if one.command == "FAIL"]


def latest(session: Session, nick: str) -> list[tuple[str, ...]]:
    return lines(answer(session, f"CHATHISTORY LATEST {nick} * 10"))


def test_a_conversation_is_kept_for_both(world: BareWorld) -> None:
    alice, bob = come(world, "alice"), come(world, "bob")
    say(alice, "PRIVMSG bob :hi")
    say(bob, "PRIVMSG alice :oh", "NOTICE alice :psst", "PRIVMSG alice :\x01VERSION\x01")
    said = [("alice", "bob", "hi"), ("bob", "alice", "oh")]
    assert latest(alice, "bob") == latest(bob, "ALICE") == said
    found = answer(alice, "CHATHISTORY LATEST bob * 10")
    assert found[0].params[1:] == ("chathistory", "bob")
    assert [one.params[-1] for one in found if one.command == "NOTICE"] == ["psst"]
    assert not any(tag.startswith("chatroom/") for one in found for tag in one.tags)


def test_it_is_paged_like_a_room(world: BareWorld) -> None:
    """chathistory: every subcommand takes a nickname as its target."""
    alice, bob = come(world, "alice"), come(world, "bob")
    ids = []
    for number in range(5):
        world.set_time(world.now + 1, world.clock + 1)
        echo = answer(alice, f"PRIVMSG bob :{number}")[-1]
        assert echo.tags["msgid"] in "".join(heard(bob))
        ids.append(echo.tags["msgid"])
    for request, texts in (
        (f"BEFORE alice msgid={ids[2]} 1", "1"),
        (f"AFTER alice msgid={ids[2]} 5", "34"),
        (f"AROUND alice msgid={ids[2]} 3", "123"),
        (f"BETWEEN alice msgid={ids[0]} msgid={ids[4]} 5", "123"),
        (f"LATEST alice msgid={ids[3]} 5", "4"),
    ):
        found = lines(answer(bob, f"CHATHISTORY {request}"))
        assert "".join(text for *_, text in found) == texts, request
    assert codes(answer(bob, "CHATHISTORY BEFORE carol msgid=x 1")) == [
        ("CHATHISTORY", "MESSAGE_ERROR")
    ]


def test_guests_have_no_history(world: BareWorld) -> None:
    alice, bob = come(world, "alice"), come(world, "bob", "-")
    say(alice, "PRIVMSG bob :before you log in")
    say(bob, "PRIVMSG alice :as a guest")
    assert codes(answer(alice, "CHATHISTORY LATEST bob * 5")) == [("CHATHISTORY", "INVALID_TARGET")]
    apply(world, LoggedIn(bob.user.id, "bob", world.now))
    assert latest(bob, "alice") == latest(alice, "bob") == []


def test_a_nickname_that_changes_hands_shows_nothing(world: BareWorld) -> None:
    """Neither to somebody who takes the nickname, nor to those who write to it then."""
    alice, bob = come(world, "alice"), come(world, "bob")
    say(alice, "PRIVMSG bob :for bob alone")
    say(bob, "NICK robert")
    assert latest(alice, "robert") == latest(alice, "bob") == [("alice", "robert", "for bob alone")]
    carol = come(world, "bob", "carol")
    assert latest(carol, "alice") == latest(alice, "bob") == []
    apply(world, LoggedOut(carol.user.id, world.now))
    assert codes(answer(carol, "CHATHISTORY LATEST alice * 5")) == [
        ("CHATHISTORY", "INVALID_TARGET")
    ]
    assert latest(alice, "robert") == [("alice", "robert", "for bob alone")]


def test_an_account_of_the_same_name_is_another_one(world: BareWorld) -> None:
    """A renamed account keeps its conversations; who gets its name later does not get them."""
    alice, bob = come(world, "alice"), come(world, "bob")
    say(alice, "PRIVMSG bob :first")
    apply(world, AccountRenamed("bob", "robert", world.now))
    assert latest(bob, "alice") == [("alice", "bob", "first")]
    apply(world, AccountRemoved("robert", world.now))
    assert codes(answer(bob, "CHATHISTORY LATEST alice * 5")) == [("CHATHISTORY", "INVALID_TARGET")]
    apply(world, AccountAdded("bob", number=4))
    apply(world, LoggedIn(bob.user.id, "bob", world.now))
    assert latest(bob, "alice") == latest(alice, "bob") == []
    assert answer(bob, "SEARCH text=first")[1:-1] == []


def test_numbers_are_not_given_again(tmp_path: Path) -> None:
    with closing(AccountStore(tmp_path)) as store:
        keys = Keys(b"s", 1, b"k", b"k")
        first = [store.add(name, keys, 1.0).number for name in ("alice", "bob")]
        store.remove("bob")
        store.remove("alice")
        assert store.add("bob", keys, 1.0).number not in first
        found = store.find("bob")
        assert found is not None
        assert found.number == 3


def test_targets_lists_rooms_and_conversations(world: BareWorld) -> None:
    alice, bob, carol = (come(world, nick) for nick in ("alice", "bob", "carol"))
    say(alice, "JOIN #den", "PRIVMSG #den :here", "PRIVMSG bob :hi", "PRIVMSG alice :a note")
    say(carol, "PRIVMSG bob :not for alice")
    asked = "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z"
    asked += " timestamp=2040-01-01T00:00:00.000Z 10"

    def targets(session: Session) -> list[str]:
        found = answer(session, asked)
        return sorted(one.params[1] for one in found if one.command == "CHATHISTORY")

    assert targets(alice) == ["#den", "alice", "bob"]
    world.log.commit()  # type: ignore[attr-defined]
    assert targets(alice) == ["#den", "alice", "bob"]
    assert targets(bob) == ["alice", "carol"]


def test_a_search_finds_it_for_both_and_nobody_else(world: BareWorld) -> None:
    alice, bob, carol = (come(world, nick) for nick in ("alice", "bob", "carol"))
    say(alice, "JOIN #den", "PRIVMSG #den :needle in public", "PRIVMSG bob :needle in private")
    public, private = ("alice", "#den", "needle in public"), ("alice", "bob", "needle in private")
    assert lines(answer(alice, "SEARCH text=needle")) == [public, private]
    assert lines(answer(bob, "SEARCH text=needle")) == [public, private]
    assert lines(answer(bob, "SEARCH text=needle;in=alice")) == [private]
    assert lines(answer(bob, "SEARCH text=with:alice\\sneedle")) == [private]
    assert lines(answer(carol, "SEARCH text=needle")) == [public]
    assert lines(answer(carol, "SEARCH text=needle;in=alice")) == []
    say(carol, "PRIVMSG bob :haystack")
    assert len(lines(answer(carol, "SEARCH text=haystack"))) == 1
    assert lines(answer(alice, "SEARCH text=haystack")) == []
    assert lines(answer(bob, "SEARCH text=needle;in=den")) == [public]
    apply(world, LoggedOut(bob.user.id, world.now))
    assert lines(answer(bob, "SEARCH text=needle")) == [public]
    assert codes(answer(bob, "SEARCH text=needle;in=alice")) == [("SEARCH", "INVALID_PARAMS")]


def test_the_rights_do_not_depend_on_what_a_search_leaves_out(world: BareWorld) -> None:
    """Found messages are checked again, like those of rooms."""
    alice, bob, carol = (come(world, nick) for nick in ("alice", "bob", "carol"))
    guest = come(world, "guest", "-")
    say(alice, "PRIVMSG bob :hi")
    found = world.log.select("=1=2", 9, ["PRIVMSG"])
    for session, count in ((alice, 1), (bob, 1), (carol, 0), (guest, 0)):
        assert len(readable(world, session, found)) == count
        assert is_shut_out(world, session, "=1=2") == (not count)


def test_who_said_it_may_delete_it(world: BareWorld) -> None:
    """From any connection, because the account proves it; and nobody else."""
    alice, bob, carol = (come(world, nick) for nick in ("alice", "bob", "carol"))
    msgid = answer(alice, "PRIVMSG bob :oops")[-1].tags["msgid"]
    heard(bob)
    for other, target, code in (
        (bob, "alice", "REDACT_FORBIDDEN"),
        (carol, "bob", "UNKNOWN_MSGID"),
        (carol, "alice", "UNKNOWN_MSGID"),
        (alice, "nobody", "INVALID_TARGET"),
    ):
        assert codes(answer(other, f"REDACT {target} {msgid}")) == [("REDACT", code)], target
    say(alice, "QUIT :bye")
    alice.closing = ""
    world.remove_user(alice.user, world.now)
    again = come(world, "alice")
    assert lines(answer(again, f"REDACT bob {msgid} :why")) == [("alice", "bob", msgid, "why")]
    assert lines(answer(bob, "PING x")) == []
    assert latest(bob, "alice") == [("alice", "bob", msgid, "why")]
    assert "oops" not in str(answer(bob, "SEARCH text=oops"))


def test_a_restart_loses_nothing_and_an_export_has_nothing(tmp_path: Path) -> None:
    """What was shown is in the journal before: as with rooms, kill -9 cannot take it."""
    with closing(StoredHistory(tmp_path)) as history:
        world = world_with(history)
        alice, _bob = come(world, "alice"), come(world, "bob")
        say(alice, "PRIVMSG bob :secret", "JOIN #den", "PRIVMSG #den :public")
        history.make_durable()
        with Snapshot(tmp_path) as snapshot:
            assert snapshot.rooms(Selection()) == ["#den"]
            assert [one.name for one in snapshot.summaries()] == ["#den"]
    with closing(StoredHistory(tmp_path)) as history:
        world = world_with(history)
        assert latest(come(world, "bob"), "alice") == [("alice", "bob", "secret")]
        with Snapshot(tmp_path) as snapshot:
            assert snapshot.rooms(Selection()) == ["#den"]


def test_a_full_log_refuses(tmp_path: Path) -> None:
    with closing(StoredHistory(tmp_path)) as history:
        world = world_with(history)
        alice, bob = come(world, "alice"), come(world, "bob")
        history._backlog = 0
        found = answer(alice, "PRIVMSG bob :hi")
        assert [one.params[:3] for one in found] == [("PRIVMSG", "HISTORY_UNAVAILABLE", "bob")]
        assert heard(bob) == []


def test_a_name_of_a_log_is_no_target(world: BareWorld) -> None:
    alice, bob = come(world, "alice"), come(world, "bob")
    say(alice, "PRIVMSG bob :hi")
    for line in ("CHATHISTORY LATEST =1=2 * 5", "CHATHISTORY LATEST #=1=2 * 5", "SEARCH in==1=2",
                 "REDACT =1=2 x", "SEARCH in=#=1=2", "JOIN =1=2"):  # fmt: skip
        assert lines(answer(bob, line)) == []
    assert attach(world, bob.peer, "192.0.2.9").user.account == ""
