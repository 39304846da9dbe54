"""Slack's exports (JSON): a zip file, or the folder that it unpacks to.

users.json              people: id, name, profile.display_name
channels.json           public channels: id, name
groups.json             private channels; dms.json, mpims.json: private talks
general/2026-11-20.json a day of a channel: a list of messages
"""

import json
from collections.abc import Iterator
from typing import Any

from chatroom.store.foreign.emoji import emoji
from chatroom.store.foreign.happened import Happened, action
from chatroom.store.foreign.logs import PRIVATE
from chatroom.store.foreign.reading import LATEST, Reading
from chatroom.store.foreign.slack_markup import as_text
from chatroom.store.foreign.tree import LARGEST_FILE, TooLarge, Tree, file_name, folder_name
from chatroom.wire.client_tags import REACT

_CHANNELS, _GROUPS = "channels.json", "groups.json"
_USERS = ("users.json", "org_users.json")
_TALKS = ("dms.json", "mpims.json")
_UNKNOWN = "files that belong to no channel"
_SYSTEM = "Slack's own notes (pins, reminders, apps that were added, ...)"
_MOST_FILES = 20

Record = dict[str, Any]

_EVENTS = {
    "channel_join": "JOIN", "group_join": "JOIN", "channel_leave": "PART", "group_leave": "PART",
    "channel_topic": "TOPIC", "group_topic": "TOPIC",
}  # fmt: skip
_MESSAGES = frozenset(
    ("", "bot_message", "me_message", "thread_broadcast", "file_share", "file_comment")
)


def read_slack(tree: Tree, reading: Reading) -> Iterator[Happened]:
    """Everything in the export."""
    places = {file_name(name): name for name in tree.names() if name.endswith(".json")}
    people = {
        str(each["id"]): _display_name(each)
        for name in _USERS
        for each in _records(tree, places.get(name), reading)
        if "id" in each
    }
    channels, private = (
        {str(each["name"]) for each in _records(tree, places.get(name), reading) if "name" in each}
        for name in (_CHANNELS, _GROUPS)
    )
    if not channels and not private:
        reading.begin("")
        reading.fault(f"expected the export of a workspace, with {_CHANNELS}")
        return
    wanted = channels | private if reading.private else channels
    lists = {places.get(name) for name in (*_USERS, _CHANNELS, _GROUPS, *_TALKS)}
    for name in sorted(tree.names()):
        channel = folder_name(name)
        if name in lists or not name.endswith(".json"):
            continue
        if channel not in wanted:
            reading.skip(PRIVATE if channel in private or _is_talk(channel) else _UNKNOWN)
            continue
        for message in _records(tree, name, reading):
            reading.line += 1
            yield from _Message(message, channel, people, reading).events()


def _is_talk(folder: str) -> bool:
    return folder.startswith("mpdm-") or (folder[:1] == "D" and folder.isupper())


def _display_name(user: Record) -> str:
    profile = user.get("profile")
    shown = profile.get("display_name") if isinstance(profile, dict) else ""
    return str(shown or user.get("name") or user["id"])


def _records(tree: Tree, name: str | None, reading: Reading) -> list[Record]:
    """The objects in a file, which is a list of them."""
    if name is None:
        return []
    reading.begin(name)
    try:
        found = json.loads(tree.read(name))
    except TooLarge:
        reading.fault(f"expected at most {LARGEST_FILE:,} bytes")
        return []
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        reading.fault("expected a list of JSON objects")
        return []
    return found


class _Message:
    """One message of a channel."""

    def __init__(
        self, record: Record, channel: str, people: dict[str, str], reading: Reading
    ) -> None:
        self._record, self._channel, self._people = record, channel, people
        self._reading = reading

    def events(self) -> Iterator[Happened]:
        """The message, and the reactions to it."""
        key, kind = self._record.get("ts"), self._record.get("subtype", "")
        at = _milliseconds(key)
        if at is None:
            self._reading.fault(
                f'message {self._reading.line}: expected "ts", such as "1355517523.000005"'
            )
            return
        if not isinstance(kind, str) or (kind not in _MESSAGES and kind not in _EVENTS):
            self._reading.skip(_SYSTEM)
            return
        who, identity = self._author()
        common = Happened(
            self._channel, at, who, _EVENTS.get(kind, "PRIVMSG"), key=str(key), identity=identity
        )
        if kind in _EVENTS:
            topic = str(self._record.get("topic", "")) if common.command == "TOPIC" else ""
            yield common._replace(text=self._text(topic))
            return
        text = self._said(kind)
        parent = self._record.get("thread_ts")
        answers = str(parent) if parent and parent != key else ""
        if not text.strip():
            self._reading.skip("messages without a text")
            return
        yield common._replace(text=text, parent=answers)
        yield from self._reactions(at, str(key))

    def _author(self) -> tuple[str, str]:
        """The name, and the identity."""
        user = self._record.get("user") or self._record.get("bot_id")
        name = self._people.get(str(user)) or self._record.get("username") or user or "someone"
        return str(name), str(user or name)

    def _text(self, marked: str) -> str:
        return as_text(marked, lambda user: self._people.get(user, user))

    def _said(self, kind: str) -> str:
        marked = self._record.get("text")
        lines = [self._text(marked)] if isinstance(marked, str) and marked else []
        lines += self._attachments()
        files = self._record.get("files")
        for file in files[:_MOST_FILES] if isinstance(files, list) else []:
            if isinstance(file, dict):
                name = str(file.get("name") or file.get("title") or "file")
                link = file.get("url_private") or file.get("permalink") or file.get("external_url")
                lines.append(f"{name} {link}" if link else f"{name} (deleted)")
        text = "\n".join(lines)
        return action(text) if kind == "me_message" and text else text

    def _attachments(self) -> list[str]:
        """What apps show below a message, if the message has no text of its own."""
        found = self._record.get("attachments")
        if self._record.get("text") or not isinstance(found, list):
            return []
        texts = (each.get("fallback") for each in found[:_MOST_FILES] if isinstance(each, dict))
        return [self._text(text) for text in texts if isinstance(text, str)]

    def _reactions(self, at: int, key: str) -> Iterator[Happened]:
        """Slack does not say when somebody reacted: so at the time of the message."""
        reactions = self._record.get("reactions")
        for each in reactions if isinstance(reactions, list) else []:
            users = each.get("users") if isinstance(each, dict) else None
            name = str(each.get("name")) if isinstance(each, dict) else ""
            for user in dict.fromkeys(map(str, users)) if isinstance(users, list) else ():
                yield Happened(
                    *(self._channel, at, self._people.get(user, user), "TAGMSG"),
                    key=f"{key} {user} {name}",
                    parent=key,
                    identity=user,
                    tags={REACT[1]: emoji(name)},
                )


def _milliseconds(stamp: object) -> int | None:
    """UTC milliseconds of Slack's timestamp, seconds with a fraction; None if it is none."""
    if not isinstance(stamp, str) or len(stamp) > 40:
        return None
    seconds, _, fraction = stamp.partition(".")
    if not (seconds.isascii() and seconds.isdigit() and f"{fraction}0".isdigit()):
        return None
    at = int(seconds) * 1000 + int(f"{fraction}000"[:3])
    return at if at < LATEST else None
