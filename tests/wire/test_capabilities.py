"""Capabilities and the variants of a message (IRCv3 capability-negotiation, message-tags)."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire.capabilities import (
    CAPABILITIES,
    NO_CAPABILITIES,
    capability_set,
    in_lines,
    old_names_first,
    variant_of,
)
from chatroom.wire.message import Message
from chatroom.wire.multiline import LINES

TIME = "2026-01-02T03:04:05.678Z"
SAID = Message("PRIVMSG", ("#a", "hi you"), "bob!b@h", {"time": TIME, "+typing": "done"})
JOINED = Message("JOIN", ("#a", "bobby", "Bob"), "bob!b@h", {**SAID.tags, "account": "bobby"})
BY_OPERATOR = JOINED._replace(tags={"draft/oper": "", **JOINED.tags})
SEVERAL = Message("PRIVMSG", ("#a", "x\ny"), "bob!b@h", {**JOINED.tags, LINES: ""})
BODY = b":bob!b@h PRIVMSG #a :hi you\r\n"


def test_drafts_come_last_to_old_clients() -> None:
    """Before CAP LS 302 nothing tells that another line follows, and some read only the first."""
    names = ["soju.im/b", "tags", "draft/a", "batch"]
    assert old_names_first(names) == ["batch", "tags", "draft/a", "soju.im/b"]


def encoded(*capabilities: str, message: Message = SAID) -> bytes:
    """The message for someone with these capabilities."""
    return variant_of(frozenset(capabilities)).encode(message)


@pytest.mark.parametrize(
    ("capabilities", "tags"),
    [
        ((), b""),
        (("echo-message", "multi-prefix"), b""),
        (("server-time",), f"@time={TIME} ".encode()),
        (("message-tags",), b"@+typing=done "),
        (("message-tags", "server-time"), f"@time={TIME};+typing=done ".encode()),
    ],
)
def test_tags_for_those_who_agreed(capabilities: tuple[str, ...], tags: bytes) -> None:
    """message-tags, "Capabilities"; server-time, "Description"."""
    assert encoded(*capabilities) == tags + BODY


def test_a_message_that_has_no_tags_for_the_recipient() -> None:
    """Modern IRC, "Message Format": no `@` without tags."""
    only_time = SAID._replace(tags={"time": TIME})
    assert encoded("message-tags", message=only_time) == BODY
    assert encoded("message-tags", "server-time", message=SAID._replace(tags={})) == BODY


def test_the_account_only_for_those_who_agreed_on_it() -> None:
    """account-tag; extended-join, "Description"."""
    body = b":bob!b@h JOIN :#a\r\n"
    assert encoded(message=JOINED) == body
    assert encoded("account-tag", message=JOINED) == b"@account=bobby " + body
    assert encoded("message-tags", message=JOINED) == b"@+typing=done " + body
    both = encoded("message-tags", "server-time", message=JOINED)
    assert both == f"@time={TIME};+typing=done ".encode() + body
    assert encoded("extended-join", message=JOINED) == b":bob!b@h JOIN #a bobby :Bob\r\n"


def test_operators_only_for_those_who_agreed_on_it() -> None:
    """draft/oper-tag: a tag of its own, and no other client gets it."""
    message = SAID._replace(tags={"time": TIME, "draft/oper": ""})
    assert encoded(message=message) == BODY
    assert encoded("message-tags", message=message) == BODY
    timed = encoded("message-tags", "server-time", message=message)
    assert timed == f"@time={TIME} ".encode() + BODY
    assert encoded("draft/oper-tag", message=message) == b"@draft/oper " + BODY


def test_tagmsg_only_for_those_who_can_read_it() -> None:
    """message-tags, "The TAGMSG tag-only message": MUST NOT be delivered to others."""
    message = Message("TAGMSG", ("#a",), "bob!b@h", {"+typing": "done"})
    assert encoded("server-time", message=message) == b""
    assert encoded("message-tags", message=message) == b"@+typing=done :bob!b@h TAGMSG #a\r\n"


def test_recipients_are_grouped_by_what_changes_the_bytes() -> None:
    """One variant for all sets of capabilities that give the same bytes, and only for those."""
    changing = [row.name for row in CAPABILITIES.values() if row.changes_bytes]
    names = sorted([*changing, "batch", "echo-message", "sasl"])
    sets = [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]
    by_variant = {
        (one, one.encode(BY_OPERATOR), one.encode(SEVERAL)) for one in map(variant_of, sets)
    }
    assert len(by_variant) == len({(joined, several) for _, joined, several in by_variant})
    assert len(by_variant) == 2 ** len(changing)
    for row in CAPABILITIES.values():
        alone = variant_of(frozenset({row.name, "batch"}))
        assert (alone is not variant_of(NO_CAPABILITIES)) == row.changes_bytes


def test_sets_are_shared() -> None:
    """Clients that ask alike hold one object."""
    assert capability_set(frozenset({"a", "b"})) is capability_set(frozenset(["b", "a"]))


def test_names_and_keys() -> None:
    """capability-negotiation: names do not begin with a hyphen."""
    for name, row in CAPABILITIES.items():
        assert row.name == name
        assert not name.startswith("-")
        assert row.purpose


def test_words_in_lines() -> None:
    """Broken between words; a word that is too long has its own line; at least one line."""
    assert in_lines(["aa", "bb", "cc"], 5) == ["aa bb", "cc"]
    assert in_lines(["é", "é"], 5) == ["é é"]
    assert in_lines(["é", "é"], 4) == ["é", "é"]
    assert in_lines(["a", "bbbbbb", "c"], 3) == ["a", "bbbbbb", "c"]
    assert in_lines([], 5) == [""]


@given(st.lists(st.text("aé€", min_size=1)), st.integers(1, 20))
def test_no_word_is_lost(words: list[str], room: int) -> None:
    """All of them, in order, no line with several that is too long, and no room left for one."""
    lines = in_lines(words, room)
    assert " ".join(lines).split() == words
    assert all(len(line.encode()) <= room for line in lines if " " in line)
    for line, following in pairwise(lines):
        assert len(f"{line} {following.split()[0]}".encode()) > room
