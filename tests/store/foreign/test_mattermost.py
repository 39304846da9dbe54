"""Mattermost's bulk exports."""

import json
from typing import Any

import pytest

from store.foreign.exports import faults, read, shown


def lines(*objects: tuple[str, Any]) -> str:
    return "".join(json.dumps({"type": kind, kind: what}) + "\n" for kind, what in objects)


def post(text: str, at: int = 15, user: str = "bob", **more: Any) -> dict[str, Any]:
    return {
        "team": "t", "channel": "town-square", "user": user, "message": text,
        "create_at": 1795186800000 + at * 1000, **more,
    }  # fmt: skip


VERSION = ("version", 1)
CHANNEL = ("channel", {"team": "t", "name": "town-square", "type": "O"})
HIDDEN = ("channel", {"team": "t", "name": "hidden", "type": "P"})


def test_posts_replies_reactions_and_files() -> None:
    reply = post("yes\n\nreally", 17, "ann", attachments=[{"path": "data/2026/plan.pdf"}])
    reaction = {"user": "ann", "create_at": 1795186816000, "emoji_name": "tada"}
    text = lines(
        VERSION, CHANNEL, HIDDEN, ("user", {"username": "bob"}),
        ("post", post("hi", reactions=[reaction, 3, {}], replies=[reply])),
        ("post", post("*waves*", 18, type="me")),
        ("post", post("bob joined", 19, type="system_join_channel")),
        ("post", post("header", 20, type="system_header_change")),
        ("post", post("", 21)),
        ("post", post("psst", 22, channel="hidden", replies=[reply])),
        ("direct_post", post("secret", 23)),
    )  # fmt: skip
    entries, reading = read("mattermost", {"import.jsonl": text, "data/2026/plan.pdf": b"%PDF"})
    assert faults(reading) == []
    assert shown(entries) == [
        "15:00:15 #town-square bob PRIVMSG hi",
        "15:00:16 #town-square ann TAGMSG",
        "15:00:17 #town-square ann PRIVMSG yes\n\nreally\n(file: plan.pdf)",
        "15:00:18 #town-square bob PRIVMSG \x01ACTION waves\x01",
        "15:00:19 #town-square bob JOIN",
    ]
    root = entries[0].message.tags["msgid"]
    assert [each.message.tags.get("+draft/reply") for each in entries[1:4]] == [root, root, None]
    assert entries[1].message.tags["+draft/react"] == "🎉"
    assert dict(reading.skipped) == {
        "private conversations": 3, "attached files (their names are imported)": 1,
        "notes of Mattermost itself": 1, "messages without a text": 1,
    }  # fmt: skip
    entries, _ = read("mattermost", {"import.jsonl": text}, private=True)
    assert [each.room for each in entries].count("#hidden") == 2


def test_a_name_that_two_teams_have_is_two_rooms() -> None:
    other = ("channel", {"team": "u", "name": "town-square", "type": "O"})
    text = lines(VERSION, CHANNEL, other, ("post", post("a")), ("post", post("b", team="u")))
    entries, _ = read("mattermost", {"import.jsonl": text})
    assert [each.room for each in entries] == ["#t-town-square", "#u-town-square"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("hello", "expected a JSON object such as"),
        ("[]", "expected a JSON object such as"),
        ('{"type": []}', "expected a JSON object such as"),
        ('{"type": "post", "post": 3}', "expected a JSON object such as"),
        ("[" * 100_000, "expected a JSON object such as"),
        ('{"type": "post"}', 'post: expected "team" and "channel"'),
        (lines(("post", post("x", create_at="1"))), 'expected "create_at"'),
        (lines(("post", post("x", create_at=-1))), 'expected "create_at"'),
        (lines(("post", post("x", user=""))), 'expected "user" and "message"'),
        (lines(("post", post("x", message=3))), 'expected "user" and "message"'),
        (lines(("post", post("x", replies=[{"user": "a"}]))), 'expected "create_at"'),
    ],
)
def test_garbage_is_a_fault_with_its_line(line: str, fault: str) -> None:
    _, reading = read("mattermost", {"import.jsonl": lines(VERSION) + line})
    assert [each[: 21 + len(fault)] for each in faults(reading)] == [
        f"import.jsonl line 2: {fault}"
    ]


def test_no_export_at_all() -> None:
    assert faults(read("mattermost", {"x.txt": "hello"})[1]) == [
        "expected a bulk export, such as import.jsonl"
    ]
