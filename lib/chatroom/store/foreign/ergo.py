"""What Ergo exports of an account (`/HISTSERV EXPORT account`): a line of JSON for each message.

It needs Ergo's persistent history (MySQL, PostgreSQL or SQLite) with `enable-account-indexing`. No
such export has the messages of guests. The msgids stay, so replies find what they answer.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chatroom.store.foreign.happened import Happened
from chatroom.store.foreign.logs import PRIVATE, is_room
from chatroom.store.foreign.reading import Reading, milliseconds
from chatroom.store.foreign.tree import Tree
from chatroom.wire.client_tags import REACT, REPLY

_COMMANDS = {1: "PRIVMSG", 2: "NOTICE", 8: "TAGMSG"}
"""Ergo's numbers of the types that belong to accounts."""

_LONGEST_TAG = 200


def read_ergo(tree: Tree, reading: Reading) -> Iterator[Happened]:
    """Everything in the exports."""
    for name in tree.names():
        for text in reading.texts(tree, name):
            try:
                item = json.loads(text)
                yield from _item(item, reading)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                reading.fault("expected an object as Ergo exports it, with Type, Nick and Message")


def _item(item: dict[str, Any], reading: Reading) -> Iterator[Happened]:
    command, target = _COMMANDS.get(item["Type"]), item.get("CfCorrespondent", "")
    if not is_room(target):
        reading.skip(PRIVATE)
        return
    tags = {str(key): str(value) for key, value in (item.get("Tags") or {}).items()}
    reaction = next((tags[name] for name in REACT if name in tags), "")
    if command is None or (command == "TAGMSG" and not reaction):
        reading.skip("events that are not messages")
        return
    message = item["Message"]
    nick, _, address = str(item["Nick"]).partition("!")
    text = message.get("Message") or _lines(message.get("Split") or [])
    yield Happened(
        *(target, milliseconds(datetime.fromisoformat(message["Time"])), nick or "someone"),
        command=command,
        text="" if command == "TAGMSG" else str(text),
        key=str(message["Msgid"]),
        parent=next((tags[name] for name in reversed(REPLY) if name in tags), ""),
        address=address,
        tags={REACT[1]: reaction[:_LONGEST_TAG]} if reaction else {},
    )


def _lines(split: list[dict[str, Any]]) -> str:
    """The text of a message of several lines (draft/multiline)."""
    text = ""
    for number, each in enumerate(split):
        text += ("" if not number or each.get("Concat") else "\n") + str(each["Message"])
    return text
