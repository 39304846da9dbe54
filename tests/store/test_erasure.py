"""What the owner of a removed account said: gone from every file, in pieces, and nothing else."""

from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store import erasure
from chatroom.store.accounts import AccountStore
from chatroom.store.erasure import SHOWN, Erasure, Gone, erase_now, marked
from chatroom.store.history import History
from chatroom.store.search import SearchIndex
from chatroom.wire.message import Message
from chatroom.wire.private import BY
from chatroom.wire.scram import Keys
from store.talk import BOB, NOW, Searched, ask, found, said, texts
from store.test_sweep import left

MALLORY = "mallory!m@there.example"


def two_accounts(directory: Path) -> None:
    """mallory has the number 1, bob 2."""
    with closing(AccountStore(directory)) as accounts:
        for name in ("mallory", "bob"):
            accounts.add(name, Keys(b"s", 10, b"k", b"v"), NOW)


def converse(history: History) -> list[str]:
    """Returns the msgids of what mallory says to people."""
    line = "hushed"
    private = Message("PRIVMSG", ("=1=2", f"{line} private"), MALLORY, {BY: "1"})
    redaction = Message("REDACT", ("#den", "none", f"{line} reason"), MALLORY, {BY: "1"})
    forged = f'{line[:3]} "{BY}": "1" {{"tags": {{"{BY}": "1"}}}}'
    kept = [
        history.record("#den", said(f"{line} in public", "#den", MALLORY), NOW, "1"),
        history.record("=1=2", private, NOW),
    ]
    history.record("#den", Message("TOPIC", ("#den", f"{line} topic"), MALLORY), NOW, "1")
    history.record_in_each(["#den", "#pub"], Message("QUIT", (f"{line} quit",), MALLORY), NOW, "1")
    history.record("#den", said(forged, "#den", BOB), NOW, "2")
    history.record("#den", Message("PRIVMSG", ("@#den", forged), BOB, {"+x": forged}), NOW, "11")
    history.record("#den", said("as a guest", "#den"), NOW)
    by_bob = history.record("#den", said("taken back", "#den", BOB), NOW)
    history.commit()
    history.redact_row("#den", by_bob.tags["msgid"], redaction)
    return [one.tags["msgid"] for one in kept]


def test_no_byte_of_it_is_left_in_any_file(tmp_path: Path) -> None:
    """Without a server: what a dead one left in its journal goes, too."""
    two_accounts(tmp_path)
    with closing(History(tmp_path, "process")) as history, closing(Searched(tmp_path)) as index:
        converse(history)
        index.update()
        assert len(found(index, "hushed")) == 1
        history.record("#den", said("hushed in the journal", "#den", MALLORY), NOW, "1")
        history.make_durable()
    with closing(AccountStore(tmp_path)) as accounts:
        accounts.remove("Mallory", erase=True)
    assert marked(tmp_path) == {1}
    assert erase_now(tmp_path) == 7
    assert marked(tmp_path) == set()
    assert left(tmp_path, "hushed", "mallory", "there.example") == []
    with closing(History(tmp_path, "process")) as history:
        assert len(texts(history, "#den")) == 3
        assert texts(history, "#pub") == []
        assert erase_now(tmp_path) == 0


def test_it_goes_on_where_it_was_interrupted(
    tmp_path: Path, history: History, index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces, the newest first; the latest of each log are told."""
    monkeypatch.setattr(erasure, "SCANNED", 10)
    monkeypatch.setattr(erasure, "STEP", 3)
    two_accounts(tmp_path)
    msgids = [
        history.record("#den", said(f"{number}", "#den", MALLORY), NOW, str(1 + number % 2)).tags
        for number in range(100)
    ]
    history.commit()
    index.update()
    with closing(AccountStore(tmp_path)) as accounts:
        accounts.remove("mallory", erase=True)
    one_step = Erasure(tmp_path, index, [1])
    pieces = []
    while not (piece := one_step.run(seconds=0))[1]:
        pieces.append(piece[0])
        assert len(piece[0]) <= 5
        if len(pieces) == 4:
            one_step = Erasure(tmp_path, index, [1])  # by another process
    gone = [each for piece in pieces for each in piece]
    assert gone[0] == Gone(1, "#den", MALLORY, msgids[98]["msgid"])
    assert len(gone) <= SHOWN * 2
    assert texts(history, "#den") == [f"{number}" for number in range(1, 100, 2)]
    assert found(index, "98") == []
    assert found(index, "97") == ["97"]


def test_nothing_is_erased_that_was_not_asked_for(
    tmp_path: Path, history: History, index: SearchIndex
) -> None:
    """Of an account that still exists for the running server, nothing yet: more may come."""
    two_accounts(tmp_path)
    converse(history)
    with closing(AccountStore(tmp_path)) as accounts:
        accounts.remove("bob")
        accounts.remove("mallory", erase=True)
    before = ask(tmp_path, "SELECT count(*) FROM message")
    assert Erasure(tmp_path, index, []).run() == ([], True)
    assert Erasure(tmp_path, index, [2]).run() == ([], True)
    assert ask(tmp_path, "SELECT count(*) FROM message") == before
    assert len(Erasure(tmp_path, index, [1, 2]).run()[0]) == 2


def test_rooms_do_not_name_them_any_more(tmp_path: Path) -> None:
    """As whoever set the topic, or acted as somebody in charge; if that is asked for."""
    two_accounts(tmp_path)
    deeds = [[NOW, MALLORY, "mallory", "kicked bob"], [NOW, BOB, "bob", "renamed den"]]
    state = {"topic": "tea", "topic_by": MALLORY, "deeds": deeds}
    with closing(History(tmp_path, "process")) as history:
        history.save_room("#den", state)
        history.commit()
    with closing(AccountStore(tmp_path)) as accounts, closing(History(tmp_path, "process")) as log:
        accounts.remove("mallory")
        assert log.saved_rooms()["#den"] == state
        accounts.add("mallory", Keys(b"s", 10, b"k", b"v"), NOW)
        accounts.remove("mallory", erase=True)
        anonymous = [[NOW, "erased", "", "kicked bob"], deeds[1]]
        expected = {"topic": "tea", "topic_by": "erased", "deeds": anonymous}
        assert log.saved_rooms()["#den"] == expected
        assert accounts.is_erased(3)
        assert not accounts.is_erased(1)
