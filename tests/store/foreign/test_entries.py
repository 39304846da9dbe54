"""What happened elsewhere, as entries of the history: names, long texts, msgids."""

import json
import unicodedata
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.server.config.options import FOREIGN
from chatroom.store.foreign.entries import LONGEST_PIECE, MOST_BYTES, Entries
from chatroom.store.foreign.formats import FORMATS
from chatroom.store.foreign.happened import Happened, action
from chatroom.store.foreign.names import LONGEST_NICKNAME, Names
from chatroom.store.importing import ImportResult, Intake
from chatroom.store.jsonl import Entry, entry_line, read_entry
from chatroom.wire.multiline import LINES, pieces_of
from chatroom.wire.names import nickname, room_name
from store.foreign.exports import read


def made(*happened: Happened, format: str = "slack") -> list[Entry]:
    entries = Entries(format)
    return [
        read_entry(entry_line(entry).encode()) for each in happened for entry in entries.of(each)
    ]


def said(text: str, **more: Any) -> Happened:
    return Happened("den", 1000, "bob", "PRIVMSG", text, **more)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bob", "bob"),
        ("Alice Liddell", "Alice_Liddell"),
        ("a.b@c", "a_b_c"),
        ("-x-", "x-"),
        ("ÅSA 日本", "ÅSA_日本"),
        ("x" * 50, "x" * LONGEST_NICKNAME),
        ("#room", "room"),
        ("ChanServ", "ChanServ-imported"),
        ("!!!", "someone-25b0f9bc"),
    ],
)
def test_names_become_nicknames(name: str, expected: str) -> None:
    found = Names().nickname(name)
    if name == "!!!":
        assert found.startswith("someone-")
    else:
        assert found == unicodedata.normalize("NFC", expected)


@given(st.text(max_size=200))
def test_any_name_becomes_valid(name: str) -> None:
    names = Names()
    assert nickname(names.nickname(name), LONGEST_NICKNAME) == names.nickname(name)
    assert room_name(names.room(name), 50) == names.room(name)


def test_people_with_one_name_are_told_apart() -> None:
    names = Names()
    assert [names.nickname("bob", each) for each in ("U1", "U2", "U1")] == ["bob", "bob-2", "bob"]
    assert names.nickname("BOB", "U3") == "BOB-3"
    long = "x" * 40
    assert names.nickname(long, "U4") == "x" * 30
    assert names.nickname(long, "U5") == "x" * 28 + "-2"
    assert names.changed["bob"] == "bob-2"


def test_long_texts_are_messages_of_several_lines() -> None:
    [entry] = made(said("word " * 200))
    pieces = list(pieces_of(entry.message))
    assert "".join(piece.text for piece in pieces) == "word " * 200
    assert all(len(piece.text.encode()) <= LONGEST_PIECE for piece in pieces)
    assert [piece.continues for piece in pieces] == [False, True, True]
    [entry] = made(said("a\r\nb\n\nc\u2028d\n"))
    assert entry.message.params[1] == "a\nb\n\nc\nd"
    assert entry.message.tags[LINES] == ""
    assert made(said(" \n ")) == []


def test_a_very_long_text_is_several_messages() -> None:
    text = "日本 " * 9000
    entries = made(said(text, parent="x", key="k"))
    assert len(entries) > 3
    assert "".join(entry.message.params[1] for entry in entries) == text
    assert all(len(entry.message.params[1].encode()) <= MOST_BYTES for entry in entries)
    assert len({entry.message.tags["msgid"] for entry in entries}) == len(entries)
    assert ["+draft/reply" in entry.message.tags for entry in entries[:2]] == [True, False]
    assert len(made(said("line\n" * 250))) == 3


def test_actions_stay_on_one_line() -> None:
    assert action("waves") == "\x01ACTION waves\x01"
    assert action("a\nb") == "* a\nb"
    assert action("x" * 400) == f"* {'x' * 400}"


def test_the_same_content_has_the_same_msgid() -> None:
    one = made(said("a"), said("a"), said("b"), format="irssi")
    two = made(said("a"), said("b"), said("a"), format="irssi")
    ids = [each.message.tags["msgid"] for each in one]
    assert sorted(ids) == sorted(each.message.tags["msgid"] for each in two)
    assert len(set(ids)) == 3
    [other] = made(said("a")._replace(room="attic"), format="irssi")
    assert other.message.tags["msgid"] not in ids


def test_of_overlapping_exports_each_message_comes_once(tmp_path: Path) -> None:
    entries = made(said("a", key="1"), said("b", key="2"), said("a, edited", key="1"))
    for expected in (ImportResult(2, 1), ImportResult(0, 3)):
        with closing(Intake(tmp_path)) as intake:
            assert intake.check_entries(entries, lambda _done: None) == 3
            assert intake.write(lambda _done: None) == expected


def test_halves_of_characters() -> None:
    [entry] = made(said("\ud83d!", tags={"+draft/react": "\udc00"}), format="slack")
    assert entry.message.params[1] == "?!"


ODD = st.text(st.characters(codec=None), max_size=40)


@given(
    st.builds(
        Happened,
        room=ODD,
        at=st.integers(0, 32_503_679_999_999),
        who=ODD,
        command=st.sampled_from(["PRIVMSG", "NOTICE", "JOIN", "PART", "QUIT", "TOPIC"]),
        text=ODD,
        others=st.just(()),
        key=ODD,
        parent=ODD,
        address=ODD,
        identity=ODD,
        tags=st.dictionaries(st.just("+draft/react"), ODD),
    ),
    st.sampled_from(sorted(FORMATS)),
)
def test_whatever_happened_is_a_valid_entry(happened: Happened, format: str) -> None:
    made(happened, format=format)


def test_the_options_know_every_format() -> None:
    assert set(FOREIGN) == set(FORMATS)


KEYS = [
    "type",
    "post",
    "team",
    "channel",
    "user",
    "message",
    "create_at",
    "replies",
    "reactions",
    "attachments",
    "users",
    "name",
    "ts",
    "text",
    "subtype",
    "files",
    "thread_ts",
    "Type",
    "Nick",
    "Message",
    "Msgid",
    "Time",
    "Tags",
    "Split",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 1 << 45) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(FORMATS)), st.binary(max_size=200), JSON)
def test_readers_survive_anything(format: str, data: bytes, value: Any) -> None:
    """Faults, and nothing else."""
    text = json.dumps([value] if not isinstance(value, list) else value)
    read(
        format,
        {
            "channels.json": '[{"name": "general"}]',
            "users.json": data,
            "general/2026-11-20.json": text,
            "import.jsonl": b"\n".join((data, json.dumps(value).encode())),
            "#den.log": data,
            "irc.n.#den.weechatlog": b"2026-11-20 15:00:15\t" + data,
            "#den/2026-11-20.log": b"[15:00:15] " + data,
        },
    )
