"""Mattermost's bulk export: lines of JSON, alone or in a zip file with attachments.

{"type": "version", "version": 1}
{"type": "channel", "channel": {"team": "t", "name": "town-square", "type": "O"}}
{"type": "post", "post": {"team": "t", "channel": "town-square", "user": "bob", "message": "hi",
    "create_at": 1795176000000, "replies": [...], "reactions": [...], "attachments": [...]}}
"""

import json
from collections.abc import Iterator
from typing import Any

from chatroom.store.foreign.emoji import emoji
from chatroom.store.foreign.happened import Happened, action
from chatroom.store.foreign.logs import PRIVATE
from chatroom.store.foreign.reading import LATEST, Reading
from chatroom.store.foreign.tree import Tree, file_name
from chatroom.wire.client_tags import REACT

_FILES = "attached files (their names are imported)"
_EMPTY = "messages without a text"
_MOST_FILES = 20
_EVENTS = {
    "system_join_channel": "JOIN", "system_add_to_channel": "", "system_leave_channel": "PART",
}  # fmt: skip

Record = dict[str, Any]


def read_mattermost(tree: Tree, reading: Reading) -> Iterator[Happened]:
    """Everything in the export."""
    found = [name for name in tree.names() if name.endswith((".jsonl", ".json"))]
    if not found:
        reading.fault("expected a bulk export, such as import.jsonl")
    for name in found:
        channels = _Channels()
        for text in reading.texts(tree, name):
            kind, record = _record(text)
            if record is None:
                reading.fault('expected a JSON object such as {"type": "post", "post": {...}}')
            elif kind == "channel":
                channels.add(record)
            elif kind == "direct_post":
                reading.skip(PRIVATE)
            elif kind == "post":
                yield from _post(record, channels, reading)


def _record(text: str) -> tuple[str, Record | None]:
    """The type of an object, and what it is about."""
    try:
        found = json.loads(text)
        kind = found["type"]
        record = found.get(kind, {})
    except (ValueError, TypeError, KeyError, RecursionError):
        return "", None
    is_version = kind == "version"  # the only one whose value is no object
    if not isinstance(kind, str) or not (isinstance(record, dict) or is_version):
        return "", None
    return kind, record if isinstance(record, dict) else {}


class _Channels:
    """The channels of all teams. One name may be in several teams."""

    def __init__(self) -> None:
        self._teams: dict[str, set[str]] = {}
        self._private: set[tuple[str, str]] = set()

    def add(self, record: Record) -> None:
        team, name = str(record.get("team")), str(record.get("name"))
        self._teams.setdefault(name, set()).add(team)
        if record.get("type") == "P":
            self._private.add((team, name))

    def is_private(self, team: str, name: str) -> bool:
        return (team, name) in self._private

    def room(self, team: str, name: str) -> str:
        return f"{team}-{name}" if len(self._teams.get(name, ())) > 1 else name


def _post(record: Record, channels: _Channels, reading: Reading) -> Iterator[Happened]:
    team, channel = record.get("team"), record.get("channel")
    if not isinstance(team, str) or not isinstance(channel, str) or not channel:
        reading.fault('post: expected "team" and "channel"')
        return
    replies = record.get("replies") or []
    if channels.is_private(team, channel) and not reading.private:
        reading.skip(PRIVATE, 1 + (len(replies) if isinstance(replies, list) else 0))
        return
    room = channels.room(team, channel)
    said = _message(record, room, "", reading)
    if said is None:
        return
    yield from said
    key = _key(record)
    for reply in replies if isinstance(replies, list) else []:
        found = _message(reply, room, key, reading) if isinstance(reply, dict) else None
        yield from found or ()


def _key(record: Record) -> str:
    """What identifies a post for Mattermost's own imports: its text and time; and its author."""
    return f"{record.get('create_at')} {record.get('user')} {record.get('message')}"


def _message(record: Record, room: str, parent: str, reading: Reading) -> list[Happened] | None:
    """A post or a reply, and the reactions to it; None after a fault."""
    at, user, text = record.get("create_at"), record.get("user"), record.get("message", "")
    if type(at) is not int or not 0 <= at < LATEST:
        reading.fault('expected "create_at", UTC milliseconds')
        return None
    if not isinstance(user, str) or not user or not isinstance(text, str):
        reading.fault('expected "user" and "message", texts')
        return None
    kind, key = str(record.get("type") or ""), _key(record)
    if kind.startswith("system_"):
        command = _EVENTS.get(kind)
        if not command:
            reading.skip("notes of Mattermost itself")
            return []
        return [Happened(room, at, user, command, key=key, identity=user)]
    lines = [text, *_attachments(record, reading)]
    whole = "\n".join(line for line in lines if line)
    if not whole.strip():
        reading.skip(_EMPTY)
        return []
    if kind == "me":
        whole = action(whole.removeprefix("*").removesuffix("*"))
    said = Happened(room, at, user, "PRIVMSG", whole, key=key, parent=parent, identity=user)
    return [said, *_reactions(record, said)]


def _attachments(record: Record, reading: Reading) -> list[str]:
    """Mattermost's exports have files, but no addresses for them."""
    found = record.get("attachments")
    paths = [
        file_name(str(each.get("path", "file")))
        for each in (found[:_MOST_FILES] if isinstance(found, list) else [])
        if isinstance(each, dict)
    ]
    if paths:
        reading.skip(_FILES, len(paths))
    return [f"(file: {path})" for path in paths]


def _reactions(record: Record, to: Happened) -> Iterator[Happened]:
    found = record.get("reactions")
    for each in found if isinstance(found, list) else []:
        if not isinstance(each, dict) or not isinstance(each.get("user"), str):
            continue
        at, user, name = each.get("create_at"), each["user"], str(each.get("emoji_name"))
        if not isinstance(at, int) or not to.at <= at < LATEST:
            at = to.at
        yield Happened(
            *(to.room, at, user or "someone", "TAGMSG"),
            key=f"{to.key} {user} {name}",
            parent=to.key,
            identity=user,
            tags={REACT[1]: emoji(name)},
        )
