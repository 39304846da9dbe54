"""What Ergo exports of accounts."""

import json
from typing import Any

import pytest

from store.foreign.exports import faults, read, shown

MSGID = "ab3cd4ef5gh6ij7kl8mn9op0qr"


def item(text: str = "hello", **more: Any) -> str:
    message = {
        "Message": text, "Msgid": MSGID, "Split": None, "Time": "2026-11-20T15:00:15.123456789Z",
        **more.pop("message", {}),
    }  # fmt: skip
    whole = {
        "Type": 1, "Nick": "alice!~al@192.0.2.1", "AccountName": "alice", "Message": message,
        "Tags": None, "Params": [""], "CfCorrespondent": "#den", **more,
    }  # fmt: skip
    return json.dumps(whole) + "\n"


def test_messages_keep_their_msgids() -> None:
    split = [{"Message": "one"}, {"Message": " more", "Concat": True}, {"Message": "two"}]
    text = (
        item()
        + item("", message={"Split": split, "Msgid": "second-msgid"}, Tags={"+draft/reply": MSGID})
        + item(
            "", Type=8, Tags={"+draft/react": "👍", "+reply": MSGID}, message={"Msgid": "3rd-id-x"}
        )
        + item(Type=8, Tags={"+typing": "active"})
        + item(CfCorrespondent="bob")
    )
    entries, reading = read("ergo", {"export.json": text})
    assert faults(reading) == []
    assert shown(entries) == [
        "15:00:15 #den alice PRIVMSG hello",
        "15:00:15 #den alice PRIVMSG one more\ntwo",
        "15:00:15 #den alice TAGMSG",
    ]
    assert entries[0].message.source == "alice!~al@192.0.2.1"
    assert entries[0].message.tags["msgid"] == MSGID
    assert [each.message.tags.get("+draft/reply") for each in entries] == [None, MSGID, MSGID]
    assert entries[2].message.tags["+draft/react"] == "👍"
    assert sum(reading.skipped.values()) == 2


@pytest.mark.parametrize(
    "line",
    [
        "hello", "[]", "3", "{}", item(message={"Time": "yesterday"}), item(message={"Time": 5}),
        item(message={"Time": "1960-01-01T00:00:00Z"}), item(Message=3), item(Tags=[3]),
        item(message={"Time": "2026-11-20T15:00:15"}), item("", message={"Split": [3]}),
        item(CfCorrespondent=3), item(Type=[]),
    ],
)  # fmt: skip
def test_garbage_is_a_fault_with_its_line(line: str) -> None:
    _, reading = read("ergo", {"export.json": item() + line})
    assert [each[:35] for each in faults(reading)] == ["export.json line 2: expected an obje"[:35]]
