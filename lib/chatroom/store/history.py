"""The history of one data directory: messages, redactions, states of rooms, bans.

    Past        reads (`past.py`)
    Recording   records, and makes durable in each tick (`recording.py`)
    History     redacts, seals, and keeps the states of rooms

Each is made of the one above it.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chatroom.store import once, redactions
from chatroom.store.change_file import SERVER_BAN, Change
from chatroom.store.database import (
    StoreError,
    as_store_error,
)
from chatroom.store.personal import MARKER, MARKERS, METADATA, USER, marker_name
from chatroom.store.recording import Recording
from chatroom.store.rows import (
    COMMANDS,
    NUMBER_OF,
    REDACTABLE,
    SELECT_MESSAGE,
)
from chatroom.store.sweep import UNSWEPT
from chatroom.wire.message import Message
from chatroom.wire.modes import RANK_SYMBOLS
from chatroom.wire.names import fold
from chatroom.wire.once import SaidOnce
from chatroom.wire.private import BY, is_private
from chatroom.wire.reference import Point, Redaction


class History(Recording):
    """The history of one data directory, for the loop's thread. Methods may raise StoreError."""

    deletions = 0
    """How often something was deleted that people may have seen."""

    # Redaction

    def author(self, room: str, msgid: str) -> str | None:
        """The source (nick!user@host) of a message; None if the room has no such message that can
        be redacted.

        Raises StoreError.
        """
        self.commit()
        number = self.number_of(msgid)
        with as_store_error("Cannot read the history"):
            row = self._connection.execute(
                f"{SELECT_MESSAGE} WHERE message.id = ? AND room.folded = ?", (number, fold(room))
            ).fetchone()
        return row[3] if row and COMMANDS[row[4]] in REDACTABLE else None

    def redact_row(
        self,
        room: str,
        msgid: str,
        redaction: Message,
        alongside: Callable[[sqlite3.Connection, str, str], None] = lambda *_: None,
    ) -> tuple[int, int, str, str]:
        """Replace a message, for which `author` has returned a source, by `redaction`.

        `alongside` is called with the database, the source and the text of the message, and changes
        in the same transaction what depends on them.

        Returns the message's number, its room's number, its source and its text, for
        `SearchIndex.forget`. If the redaction has its own msgid, both msgids find it from now on.
        Raises StoreError; then nothing has changed.
        """
        self.commit()
        number = self.number_of(msgid)
        own = redaction.tags.get("msgid", "")
        kept: dict[str, Any] = {"params": redaction.params} | ({"msgid": own} if own else {})
        if BY in redaction.tags:
            kept["tags"] = {BY: redaction.tags[BY]}
        more = json.dumps(kept, ensure_ascii=False)
        self._writer.begin()
        try:
            known: tuple[int, int, str, str] | None = self._connection.execute(
                "SELECT message.id, room, source, text FROM message"
                " JOIN sender ON sender.id = sender WHERE message.id = ?",
                (number,),
            ).fetchone()
            if known is None:
                raise StoreError("The message is gone")  # a worker has deleted it since
            self._connection.execute(
                "UPDATE message SET command = ?, sender = ?, text = '', more = ? WHERE id = ?",
                (NUMBER_OF["REDACT"], self._writer.sender_id(redaction.source), more, number),
            )
            alongside(self._connection, known[2], known[3])
            if not is_private(room):
                place = Point(self._latest, self.position + 1)
                redactions.add(self._connection, known[0], msgid, place)
            if own:
                self._connection.execute(
                    "INSERT OR IGNORE INTO foreign_msgid VALUES (?, ?)", (own, number)
                )
            self._connection.execute(UNSWEPT)
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._writer.undo(error)
            raise
        self.deletions += 1
        return known

    def redactions(self, room: str, after: int, most: int) -> list[Redaction]:
        """The next `most` redactions in a room, after the one with that number, as far as the room
        is not sealed. Raises StoreError."""
        sealed = self._sealed_point(room)
        with as_store_error("Cannot read the history"):
            found = redactions.after(self._connection, fold(room), after, most)
        return [each for each in found if sealed is None or each.place >= sealed.at]

    def redactions_until(self, room: str, point: Point) -> int:
        """The number of the last redaction in a room up to a point of its history; 0 if there is
        none. Raises StoreError."""
        with as_store_error("Cannot read the history"):
            return redactions.latest(self._connection, fold(room), point)

    # Requests with an Idempotency-Key

    def said_once(self, key: str, now: float) -> list[SaidOnce]:
        """What was said for a key in the last day, in an earlier life of the server too, except
        what only the journal of this one has. `now` is in UTC seconds. Raises StoreError."""
        with as_store_error("Cannot read the history"):
            found = once.find(self._connection, key, round(now * 1000), self._suffix)
        known = {each.once.part for each in found}
        left = self._left_once.get(key, ())
        return found + [each for each in left if each.once.part not in known]

    # Rooms

    def seal(self, room: str, at: float) -> None:
        """Hide everything that was said in the room so far, for ever. `at` is now, UTC seconds."""
        self.seal_before(room, self.boundary(at))

    def seal_before(self, room: str, boundary: int) -> None:
        """Hide what was said in the room before `boundary`, a place in UTC milliseconds."""
        sealed = self._sealed_point(room)
        self._change(room, "sealed", max(boundary, sealed.at if sealed else 0))

    def boundary(self, now: float) -> int:
        """A place (UTC milliseconds) after all recorded messages, and not after any later one.

        `now` is in UTC seconds.
        """
        self._latest = max(self._latest, round(now * 1000)) + 1
        return self._latest

    def _change(self, room: str, column: str, value: object) -> None:
        self._note(fold(room), column, room, value)

    def _note(self, key: str, kind: str, name: str, value: object) -> None:
        self._changes[key, kind] = name, value
        self._unfiled[key, kind] = Change(key, kind, name, value)
        self._changed += 1

    @property
    def changes(self) -> int:
        """The number of the last change of a state."""
        return self._changed

    def has_written(self, change: int) -> bool:
        """Whether the change with that number is on disk."""
        return change <= self._written

    @property
    def sealing(self) -> set[str]:
        """The folded names of the rooms whose seals are not on disk yet."""
        return {room for room, column in self._changes if column == "sealed"}

    def rename_room(self, room: str, name: str, state: Mapping[str, Any]) -> None:
        """Give a room's history another name, and that of the messages to its ranks; and keep the
        room's state, as `save_room` does. It is one transaction: a room that had only one of the
        two when the process died would not lead people from its old name to the new one.

        The history of a former room with that name stays in the database, where nobody finds it:
        the caller has made sure that nobody may read it. Raises StoreError; then nothing has
        changed.
        """
        self.commit()
        self._writer.begin()
        try:
            for rank in ("", *RANK_SYMBOLS):
                self._rename_log(rank + room, rank + name)
            self._writer.forget_rooms()
            self._writer.write_change("state", name, dict(state) if state else None)
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._writer.undo(error)
            raise

    def _rename_log(self, before: str, after: str) -> None:
        execute, old, new = self._connection.execute, fold(before), fold(after)
        if new != old:
            execute(
                "UPDATE room SET folded = folded || char(0) || id, state = NULL WHERE folded = ?",
                (new,),
            )
        execute("UPDATE room SET folded = ?, name = ? WHERE folded = ?", (new, after, old))

    def save_room(self, room: str, state: Mapping[str, Any]) -> None:
        """Keep a room's state (JSON values by name) over a restart; an empty one is deleted."""
        self._change(room, "state", dict(state) if state else None)

    def save_server_ban(self, key: str, values: Sequence[Any] | None) -> None:
        """Keep a ban from the server (JSON values) over a restart; None deletes it."""
        self._note(key, SERVER_BAN, key, None if values is None else list(values))

    def save_marker(self, account: int, conversation: str, at: int | None) -> None:
        """Keep up to when (UTC milliseconds) an account has read; None deletes it."""
        name = marker_name(account, conversation)
        self._note(name, MARKER, name, at)

    def forget_markers(self, account: int) -> None:
        """Delete all markers of an account."""
        self._note(str(account), MARKERS, str(account), None)

    def save_metadata(self, account: int, values: Mapping[str, str] | None) -> None:
        """Keep an account's metadata over a restart; None deletes them."""
        self._note(str(account), METADATA, str(account), None if values is None else dict(values))

    def save_user(self, account: int, state: Mapping[str, Any] | None) -> None:
        """Keep a user who stays without a connection (JSON values); None deletes it."""
        self._note(str(account), USER, str(account), None if state is None else dict(state))

    def check_file(self) -> None:
        """Raise StoreError if the open database is no longer the file in the directory.

        A journal that is no longer there is moved into the database and opened anew.
        """
        with as_store_error(f"Cannot find {self._file}"):
            found = self._file.stat()
        if (found.st_dev, found.st_ino) != self._identity:
            raise StoreError(f"{self._file} was replaced by another file; restart the server")
        if not self._journal.in_place:
            self.commit()
            self._journal.reopen()
