"""What is known of requests with an Idempotency-Key is on disk together with the message."""

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store import once
from chatroom.store.history import History
from chatroom.wire.once import ONCE, Once, read_once
from store.talk import NOW, ask, said


def keep(history: History, key: str, part: int = 0, at: float = NOW) -> str:
    """Say something for a request; its msgid."""
    message = said(f"{key} {part}")._replace(tags={ONCE: str(Once(key, "r", part))})
    return history.record("#general", message, at, "7").tags["msgid"]


def known(history: History, key: str, now: float = NOW) -> list[tuple[int, str]]:
    return [(each.once.part, each.msgid) for each in history.said_once(key, now)]


def test_a_message_and_its_request_survive_a_death_together(tmp_path: Path) -> None:
    """At whichever of its bytes the journal ends."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    with closing(History(first, "process")) as history:
        keep(history, "before")
        history.make_durable()
        msgid = keep(history, "a")
        history.make_durable()
        shutil.copytree(first, second)
    journal = second / "history.journal"
    size = journal.stat().st_size
    for cut in (0, 1, 40):
        copy = tmp_path / f"copy{cut}"
        shutil.copytree(second, copy)
        os.truncate(copy / "history.journal", size - cut)
        with closing(History(copy, "process")) as history:
            messages = [one.params[1] for one in history.select("#general", 9, {"PRIVMSG"})]
            assert messages == ["before 0"] + ["a 0"] * (not cut)
            assert known(history, "a") == [(0, msgid)] * (not cut)
            assert all(ONCE not in one.tags for one in history.select("#general", 9, {"PRIVMSG"}))


def test_what_the_database_cannot_take_at_the_start_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(History(tmp_path, "process")) as history:
        msgid = keep(history, "a")
        history.make_durable()
        shutil.copytree(tmp_path, tmp_path / "copy")
    monkeypatch.setattr(History, "commit", lambda _self: None)  # as with a full disk
    with closing(History(tmp_path / "copy", "process")) as history:
        assert known(history, "a") == [(0, msgid)]
        monkeypatch.undo()
        history.commit()
        assert known(history, "a") == [(0, msgid)]


def test_a_key_is_known_for_a_day(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        msgids = [keep(history, "a", part) for part in range(3)]
        history.commit()
        assert known(history, "a") == list(enumerate(msgids))
        assert known(history, "b") == []
        assert known(history, "a", NOW + 86_300) == list(enumerate(msgids))
        assert known(history, "a", NOW + 86_500) == []


def test_old_keys_make_room_for_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "KEYS", 5)
    with closing(History(tmp_path, "process")) as history:
        for number in range(9):
            keep(history, f"k{number}")
        history.commit()
        assert [bool(known(history, f"k{number}")) for number in (0, 3, 4, 8)] == [
            *(False, False, True, True)
        ]
    assert ask(tmp_path, "SELECT count(*) FROM said_once") == [(5,)]


@pytest.mark.parametrize("text", ["", "a", "a-b", "a-b-c", "a-b-1-", "a-b-1\n", "\u00e4-b-1"])
def test_what_is_no_tag_of_a_request(text: str) -> None:
    assert read_once(text) is None
    assert read_once(str(Once("a1", "b2", 3))) == Once("a1", "b2", 3)
