"""Exports of Slack."""

import json
from typing import Any

import pytest

from chatroom.store.foreign.slack_markup import as_text
from store.foreign.exports import faults, read, shown

USERS = [
    {"id": "U1", "name": "alice", "profile": {"display_name": "Alice Liddell"}},
    {"id": "U2", "name": "bob", "profile": {"display_name": ""}},
    {"id": "U3", "name": "bob2", "profile": {"display_name": "bob"}},
]


def export(*messages: dict[str, Any] | Any, channel: str = "general") -> dict[str, str | bytes]:
    return {
        "x/users.json": json.dumps(USERS),
        "x/channels.json": '[{"id": "C1", "name": "general"}]',
        "x/groups.json": '[{"id": "G1", "name": "secret"}]',
        "x/dms.json": '[{"id": "D1", "members": ["U1", "U2"]}]',
        f"x/{channel}/2026-11-20.json": json.dumps(messages),
    }


def said(second: int, text: str = "", user: str | None = "U1", **more: Any) -> dict[str, Any]:
    stamp = f"17951868{second:02}.000200"
    return {"type": "message", "user": user, "text": text, "ts": stamp, **more}


def test_messages_of_a_channel() -> None:
    stamp = said(16)["ts"]
    reactions = [
        {"name": "+1", "users": ["U2", "U3"], "count": 2},
        {"name": "own", "users": ["U2"]},
    ]
    files = [{"name": "plan.pdf", "url_private": "https://files.slack.com/plan.pdf"}, {}]
    entries, reading = read(
        "slack",
        export(
            said(15, "<@U1> has joined the channel", subtype="channel_join"),
            said(16, "hello <@U2> &amp; <#C1|general>", thread_ts=stamp, reactions=reactions),
            said(17, "an answer\n\nin lines", "U2", thread_ts=stamp),
            said(18, "", "U3", files=files),
            said(19, "", bot_id="B1", username="CI!", user=None, subtype="bot_message",
                 attachments=[{"fallback": "build <https://x.org|5> failed"}]),
            said(20, "x", subtype="channel_topic", topic="tea &amp; cake"),
            said(21, "waves", subtype="me_message", edited={"user": "U1", "ts": "1"}),
            said(22, "x", subtype="pinned_item"),
            said(23, ""),
            said(24, "bye", subtype="channel_leave"),
        ),
    )  # fmt: skip
    assert faults(reading) == []
    assert shown(entries) == [
        "15:00:15 #general Alice_Liddell JOIN",
        "15:00:16 #general Alice_Liddell PRIVMSG hello @bob & #general",
        "15:00:16 #general bob TAGMSG",
        "15:00:16 #general bob-2 TAGMSG",
        "15:00:16 #general bob TAGMSG",
        "15:00:17 #general bob PRIVMSG an answer\n\nin lines",
        "15:00:18 #general bob-2 PRIVMSG plan.pdf https://files.slack.com/plan.pdf\nfile (deleted)",
        "15:00:19 #general CI PRIVMSG build 5 (https://x.org) failed",
        "15:00:20 #general Alice_Liddell TOPIC tea & cake",
        "15:00:21 #general Alice_Liddell PRIVMSG \x01ACTION waves\x01",
        "15:00:24 #general Alice_Liddell PART",
    ]
    root = entries[1].message.tags["msgid"]
    tags = [each.message.tags for each in entries[2:6]]
    assert [each.get("+draft/reply") for each in tags] == [root] * 4
    assert [each.get("+draft/react") for each in tags] == ["👍", "👍", ":own:", None]
    assert len({each.message.tags["msgid"] for each in entries}) == len(entries)
    assert "+draft/reply" not in entries[1].message.tags
    assert sum(reading.skipped.values()) == 2


def test_private_channels_come_only_if_they_are_asked_for() -> None:
    files = export(said(15, "psst"), channel="secret")
    files["x/D1ABC/2026-11-20.json"] = "[]"
    files["x/mpdm-a--b-1/2026-11-20.json"] = "[]"
    files["x/canvases.json"] = "[]"
    entries, reading = read("slack", files)
    assert (entries, faults(reading)) == ([], [])
    assert dict(reading.skipped) == {
        "private conversations": 3, "files that belong to no channel": 1,
    }  # fmt: skip
    entries, reading = read("slack", files, private=True)
    assert [each.room for each in entries] == ["#secret"]
    assert reading.skipped["private conversations"] == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<https://x.org/?a=1&amp;b=2>", "https://x.org/?a=1&b=2"),
        ("<https://x.org|x.org>", "x.org (https://x.org)"),
        ("<https://x.org|https://x.org>", "https://x.org"),
        ("<mailto:a@x.org|a@x.org>", "a@x.org"),
        ("<@U1> <@U9|zoe> <@>", "@alice @U9 <@>"),
        ("<#C1|general> <#C2> <#C3|>", "#general #C2 #C3"),
        ("<!here> <!channel|x> <!subteam^S1|@ops> <!date^1^{date}|today>", "@here x @ops today"),
        ("1 < 2 > 1 <> <|>", "1 < 2 > 1 <> <|>"),
        ("<" * 5000, "<" * 5000),
    ],
)  # fmt: skip
def test_markup_becomes_text(text: str, expected: str) -> None:
    assert as_text(text, lambda user: {"U1": "alice"}.get(user, user)) == expected


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("x/general/2026-11-20.json", "hello", "expected a list of JSON objects"),
        ("x/general/2026-11-20.json", "{}", "expected a list of JSON objects"),
        ("x/general/2026-11-20.json", "[1]", "expected a list of JSON objects"),
        ("x/general/2026-11-20.json", "[" * 100_000, "expected a list of JSON objects"),
        ("x/general/2026-11-20.json", b"\xff[]", "expected a list of JSON objects"),
        ("x/users.json", "[3]", "expected a list of JSON objects"),
        ("x/channels.json", "no", "expected a list of JSON objects"),
        ("x/general/2026-11-20.json", "[{}]", ' line 1: message 1: expected "ts"'),
        ("x/general/2026-11-20.json", '[{"ts": "1e9"}]', ' line 1: message 1: expected "ts"'),
        ("x/general/2026-11-20.json", '[{"ts": "99999999999999.0"}]', " line 1: message 1: expec"),
    ],
)
def test_garbage_is_a_fault(name: str, text: str | bytes, fault: str) -> None:
    _, reading = read("slack", {**export(said(1, "fine")), name: text})
    wanted = name + (fault if fault.startswith(" ") else f": {fault}")
    assert faults(reading)[0].startswith(wanted)


def test_something_else_is_no_export_of_slack() -> None:
    _, reading = read("slack", {"a.txt": "hello"})
    assert faults(reading) == ["expected the export of a workspace, with channels.json"]
