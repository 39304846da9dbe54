"""Accounts in the history's database."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.store import database
from chatroom.store.accounts import (
    AccountExists,
    AccountStore,
    CertificateTaken,
    NoAccount,
    TooManyCertificates,
)
from chatroom.store.backup import back_up
from chatroom.store.database import StoreError
from chatroom.store.history import History
from chatroom.store.inspection import known_accounts
from chatroom.wire.scram import derive
from store.talk import NOW, ask, restored, say, texts

KEYS = derive(b"secret of alice", b"salt", 1)
OTHER = derive(b"another", b"pepper", 2)


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[AccountStore]:
    store = AccountStore(tmp_path)
    yield store
    store.close()


def test_an_account_is_found_in_any_case(accounts: AccountStore) -> None:
    accounts.add("Émile", KEYS, NOW)
    found = accounts.find("ÉMILE")
    assert found is not None
    assert (found.name, found.created, found.suspended, found.flags) == ("Émile", NOW, 0, {})
    assert accounts.keys("émile") == KEYS
    assert accounts.find("emile") is None is accounts.keys("emile")
    with pytest.raises(AccountExists):
        accounts.add("éMILE", OTHER, NOW)
    assert accounts.keys("Émile") == KEYS


def test_all_of_it_is_there_after_a_restart(accounts: AccountStore, tmp_path: Path) -> None:
    accounts.add("bob", KEYS, NOW)
    accounts.add("alice", KEYS, NOW)
    accounts.suspend("bob", NOW + 1, "spam")
    accounts.set_flags("alice", {"always_on": True})
    accounts.set_keys("alice", OTHER)
    accounts.add_certificate("alice", "ab" * 32, NOW, 10)
    secret = accounts.secret()
    again = AccountStore(tmp_path)
    assert [one.name for one in again.all()] == ["alice", "bob"]
    alice, bob = again.all()
    assert (bob.suspended, bob.reason) == (NOW + 1, "spam")
    assert (alice.suspended, alice.flags, again.keys("alice")) == (0, {"always_on": True}, OTHER)
    assert again.owner_of("ab" * 32) == "alice"
    assert again.secret() == secret
    assert len(secret) == 32
    again.close()


def test_a_suspension_ends(accounts: AccountStore) -> None:
    accounts.add("bob", KEYS, NOW)
    accounts.suspend("bob", NOW, "spam")
    accounts.suspend("bob", 0)
    assert accounts.all()[0].suspended == 0


def test_a_removed_account_leaves_its_name_and_nothing_else(
    accounts: AccountStore, tmp_path: Path
) -> None:
    accounts.add("alice", KEYS, NOW)
    accounts.add_certificate("alice", "ab", NOW, 10)
    accounts.remove("ALICE")
    assert accounts.all() == []
    assert accounts.owner_of("ab") is None
    assert ask(tmp_path, "SELECT count(*) FROM account_certificate") == [(0,)]
    accounts.add("alice", OTHER, NOW)
    assert accounts.certificates("alice") == []


def test_a_name_changes_hands(accounts: AccountStore) -> None:
    accounts.add("alice", KEYS, NOW)
    accounts.add("bob", OTHER, NOW)
    accounts.add_certificate("alice", "ab", NOW, 10)
    accounts.rename("alice", "Alicia")
    assert accounts.find("alice") is None
    assert accounts.keys("alicia") == KEYS
    assert accounts.owner_of("ab") == "Alicia"
    accounts.rename("alicia", "ALICIA")
    assert [one.name for one in accounts.all()] == ["ALICIA", "bob"]
    with pytest.raises(AccountExists):
        accounts.rename("alicia", "BOB")


def test_a_topic_may_be_any_word_of_a_room_s_state(accounts: AccountStore, tmp_path: Path) -> None:
    history = History(tmp_path, "process")
    history.save_room("#den", {"topic": "kept"})
    history.commit()
    history.close()
    accounts.add("alice", KEYS, NOW)
    accounts.rename("alice", "alicia")
    accounts.remove("alicia")
    assert ask(tmp_path, "SELECT state FROM room") == [('{"topic": "kept"}',)]


@pytest.mark.parametrize("after", ["Robert", ""])
def test_masks_follow_an_account(accounts: AccountStore, tmp_path: Path, after: str) -> None:
    """In what is stored of rooms, also of faded ones, and in bans from the server."""
    history = History(tmp_path, "process")
    lists = {"b": [["a:bobby", "op", 1], ["m:a:BOB", "op", 2, 0, 9, "loud"]], "e": []}
    barred = [[["a:bob"], []], [["x!*@*", "a:bob"], ["a:bob"]]]
    history.save_room("#den", {"lists": {**lists, "I": [["a:Bob", "op", 3]]}, "barred": barred})
    history.save_server_ban("K a:bob", ["a:bob", False, "root", NOW, 0, ""])
    history.commit()
    history.close()
    accounts.add("bob", KEYS, NOW)
    if after:
        accounts.rename("bob", after)
    else:
        accounts.remove("bob")
    ((text,),) = ask(tmp_path, "SELECT state FROM room")
    state, bans = json.loads(text), ask(tmp_path, "SELECT key, state FROM server_ban")
    muted = [["m:a:Robert", "op", 2, 0, 9, "loud"]] if after else []
    assert state["lists"] == {
        "b": [lists["b"][0], *muted],
        "e": [],
        "I": [["a:Robert", "op", 3]] if after else [],
    }
    own = ["a:robert"] if after else []
    assert state["barred"] == [*([[own, []]] if after else []), [["x!*@*", *own], own]]
    assert [(key, json.loads(ban)[0]) for key, ban in bans] == (
        [("K a:robert", "a:Robert")] if after else []
    )


def test_a_certificate_belongs_to_one_account(accounts: AccountStore) -> None:
    for name in ("alice", "bob"):
        accounts.add(name, KEYS, NOW)
    accounts.add_certificate("bob", "ab", NOW, 2)
    with pytest.raises(CertificateTaken) as taken:
        accounts.add_certificate("alice", "ab", NOW, 2)
    assert taken.value.args == ("bob",)
    assert not accounts.remove_certificate("alice", "ab")
    assert accounts.owner_of("ab") == "bob"
    accounts.add_certificate("bob", "aa", NOW, 2)
    accounts.add_certificate("Bob", "aa", NOW, 2)  # again: nothing changes
    with pytest.raises(TooManyCertificates):
        accounts.add_certificate("bob", "ac", NOW, 2)
    assert accounts.certificates("BOB") == ["aa", "ab"]
    assert accounts.remove_certificate("BOB", "ab")
    assert accounts.certificates("bob") == ["aa"]
    accounts.add_certificate("alice", "ab", NOW, 2)


@pytest.mark.parametrize("change", ["keys", "suspend", "flags", "rename", "remove", "certificate"])
def test_nobody_cannot_be_changed(accounts: AccountStore, change: str) -> None:
    with pytest.raises(NoAccount):
        match change:
            case "keys":
                accounts.set_keys("nobody", KEYS)
            case "suspend":
                accounts.suspend("nobody", NOW)
            case "flags":
                accounts.set_flags("nobody", {})
            case "rename":
                accounts.rename("nobody", "somebody")
            case "remove":
                accounts.remove("nobody")
            case "certificate":
                accounts.add_certificate("nobody", "ab", NOW, 10)


def test_a_history_beside_it_does_not_mind(tmp_path: Path, history: History) -> None:
    """The loop's connection sees that somebody else wrote, and goes on."""
    say(history, "one")
    accounts = AccountStore(tmp_path)
    accounts.add("alice", KEYS, NOW)
    say(history, "two")
    assert texts(history) == ["one", "two"]
    back_up(tmp_path, tmp_path / "backup")
    copy = restored(tmp_path / "backup", tmp_path / "copy")
    with_copy = AccountStore(copy)
    assert with_copy.keys("alice") == KEYS
    with_copy.close()
    accounts.close()


def test_a_change_waits_for_another_writer(
    accounts: AccountStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tick's commit or an upkeep; not for ever."""
    other = sqlite3.connect(tmp_path / "history.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.05, other.execute, ["COMMIT"])
    timer.start()
    accounts.add("alice", KEYS, NOW)
    timer.join()
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(database, "WRITE_SECONDS", 0.0)
    with pytest.raises(StoreError):
        AccountStore(tmp_path).remove("alice")
    other.execute("COMMIT")
    other.close()
    assert accounts.find("alice") is not None


def test_keys_need_no_password(accounts: AccountStore, tmp_path: Path) -> None:
    """Neither the password nor anything to log in with is in the files."""
    accounts.add("alice", KEYS, NOW)
    accounts.close()
    for file in tmp_path.iterdir():
        assert b"secret of alice" not in file.read_bytes()
    columns = {name for (name,) in ask(tmp_path, "SELECT name FROM pragma_table_info('account')")}
    assert columns == {
        *("id", "folded", "name", "created", "suspended", "reason", "flags"),
        *("salt", "rounds", "stored", "server"),
    }


def test_what_a_check_knows_of_them(accounts: AccountStore, tmp_path: Path) -> None:
    """Without a trace, and before there is anything."""
    accounts.add("Alice", KEYS, NOW)
    assert known_accounts(tmp_path) == {"alice"}
    assert known_accounts(tmp_path / "none") == set()
