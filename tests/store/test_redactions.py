"""The latest redactions of a room, in the order in which they were made."""

from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store import redactions
from chatroom.store.history import History
from chatroom.wire.message import Message
from chatroom.wire.reference import Point
from store.talk import BOB, NOW, ask, say


def redact(history: History, msgid: str, room: str = "#general", *reason: str) -> None:
    history.redact_row(room, msgid, Message("REDACT", (room, msgid, *reason), BOB))


def test_redactions_are_read_in_their_order(tmp_path: Path) -> None:
    with closing(History(tmp_path, "process")) as history:
        one, two, three = say(history, "1", "2", "3")
        (other,) = say(history, "x", room="#other")
        redact(history, three)
        redact(history, one, "#general", "a typo")
        redact(history, other, "#other")
        (four,) = say(history, "4")
        redact(history, two)
        found = history.redactions("#General", 0, 9)
        assert [(each.msgid, each.source, each.reason) for each in found] == [
            *((three, BOB, ""), (one, BOB, "a typo"), (two, BOB, "")),
        ]
        assert history.redactions("#general", found[0].number, 1) == found[1:2]
        assert history.deletions == 4
        points = [history.point("#general", msgid) for msgid in (two, four)]
        assert None not in points
        until = [history.redactions_until("#general", point) for point in points if point]
        assert until == [0, found[1].number]
        assert history.redactions_until("#general", Point(2**50, 0)) == found[2].number
        history.seal("#general", NOW)
        assert history.redactions("#general", 0, 9) == []


def test_who_made_it_is_forgotten_with_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redactions, "KEPT", 2)
    with closing(History(tmp_path, "process")) as history:
        for msgid in say(history, "1", "2", "3"):
            redact(history, msgid, "#general", "why")
        ask(tmp_path, "DELETE FROM message")
        found = history.redactions("#general", 0, 9)
        assert [(each.source, each.reason) for each in found] == [(redactions.NOBODY, "")] * 2
