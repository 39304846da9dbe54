"""Reading the history back: pages, points and seals, from the database and from what waits for it.

Methods of `Past` see what `History` has recorded, whether it is in the database yet or not. So a
page has two sources: rows of the database, and messages that wait in memory, which are later.
"""

import json
import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from chatroom.store.database import HISTORY_FILE, StoreError, as_store_error
from chatroom.store.journal import Pending
from chatroom.store.personal import read_markers, read_metadata, read_users
from chatroom.store.portion import Portion
from chatroom.store.rows import (
    HIGHER_ACCOUNT,
    LOWER_ACCOUNT,
    account_in,
    as_message,
    as_sent,
    select_rows,
)
from chatroom.store.times import span_of
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.private import BY, PREFIX, is_private, partner, without_own_tags
from chatroom.wire.reference import (
    Point,
    format_time,
    from_base36,
    just_after,
    just_before,
    msgid_of,
    parse_time,
    with_tags,
)

PAGE = 10
"""Messages that `pages` reads at once, in some 100 microseconds, 200 on a slow machine."""


CONVERSATIONS = 500
"""The most conversations of an account that are listed, in half a millisecond."""

_LOWER, _HIGHER = (
    f"SELECT id, folded FROM room INDEXED BY {index} WHERE folded >= '{PREFIX}'"
    f" AND folded < '{chr(ord(PREFIX) + 1)}' AND {account} = ? ORDER BY id DESC LIMIT ?"
    for index, account in (("room_lower", LOWER_ACCOUNT), ("room_higher", HIGHER_ACCOUNT))
)


class Past:
    """The reading half of `History`, which sets the attributes below."""

    _connection: sqlite3.Connection
    _suffix: str
    _ever_told: bool
    _pending_of: dict[str, list[Pending]]
    """By room: the messages that are not in the database yet."""
    _changes: dict[tuple[str, str], tuple[str, object]]
    """(folded name, column of `room`) -> name, value: not in the database yet either."""

    def point(self, room: str, msgid: str) -> Point | None:
        """The point of a message in the room's history; None if it is not there, or is sealed.

        The room may be named in any case. Raises StoreError.
        """
        point, sealed = self._point(room, msgid), self._sealed_point(room)
        return None if point and sealed and point < sealed else point

    def span(self, room: str, time: int) -> tuple[Point, Point]:
        """A time (UTC milliseconds) as two points, for reading backwards and forwards from it.

        Messages before the first were said before that time, messages after the second after it.
        Every message that is shown with a later time is after the second, unless a message has
        exactly this time and the clock was set back before it. Raises StoreError.
        """
        if not self._ever_told:
            return just_before(time), just_after(time)
        with as_store_error("Cannot read the history"):
            row = self._connection.execute(
                "SELECT id FROM room WHERE folded = ?", (fold(room),)
            ).fetchone()
            number = row[0] if row else 0
            return span_of(self._connection, number, self._pending_in(room), time)

    def place(self, message: Message) -> int:
        """The place of a message of the history, UTC milliseconds, for seals and gaps."""
        point = self._point(message.params[0], message.tags["msgid"]) if self._ever_told else None
        return point.at if point else parse_time(message.tags["time"])

    def _point(self, room: str, msgid: str) -> Point | None:
        number = self.number_of(msgid)
        for pending, at, *_ in self._pending_in(room):
            if pending == number:
                return Point(at, number)
        with as_store_error("Cannot read the history"):
            row = self._connection.execute(
                "SELECT message.at, message.id FROM message JOIN room ON room.id = message.room"
                " WHERE message.id = ? AND room.folded = ?",
                (number, fold(room)),
            ).fetchone()
        return Point(*row) if row else None

    def select(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        *,
        after: Point | None = None,
        before: Point | None = None,
        newest: bool = True,
    ) -> list[Message]:
        """At most `limit` messages between two points, both excluded, in the order of the history.

        If there are more, returns the newest or the oldest of them. Returns only `commands`, with
        `time`, `msgid` and the other stored tags, and nothing that is sealed. Raises StoreError.
        """
        found = self._select(room, limit, commands, after, before, newest)
        return [as_sent(message) for _, message in found]

    def pages(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        *,
        after: Point | None = None,
        before: Point | None = None,
        newest: bool = True,
    ) -> Iterator[list[Message]]:
        """Yields what `select` returns, in pages of at most PAGE messages, each in order.

        Each page is read when it is requested, so that nobody waits for the others. With `newest`,
        the first page has the newest messages and each further one has older ones. Redactions and
        reactions do not count towards `limit`; `Portion` limits them. Raises StoreError.
        """
        portion = Portion(limit, commands)
        if newest:
            unsealed = self._unsealed(room, after)
            pending = self._select_pending(room, portion.wanted, unsealed, before, newest)
            recent = portion.take(pending)[::-1]
            for end in range(len(recent), 0, -PAGE):
                yield [as_sent(message) for _, message in recent[max(0, end - PAGE) : end]]
            before = recent[0][0] if recent else before
        size = wanted = PAGE
        while not portion.full and size == wanted:
            wanted = min(portion.messages, PAGE)
            rows = self._select_rows(room, wanted, portion.wanted, after, before, newest)
            size = len(rows)
            page = portion.take(reversed(rows))[::-1] if newest else portion.take(rows)
            if rows and newest:
                before = rows[0][0]
            elif rows:
                after = rows[-1][0]
            if not newest and size < wanted:
                unsealed = self._unsealed(room, after)
                pending = self._select_pending(room, portion.wanted, unsealed, before, newest)
                page += portion.take(pending)
            for start in range(0, len(page), PAGE):
                yield [as_sent(message) for _, message in page[start : start + PAGE]]
            if rows and not page:
                yield []  # all were left out, which may be so for many pages

    def _select(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        after: Point | None,
        before: Point | None,
        newest: bool,
    ) -> list[tuple[Point, Message]]:
        after = self._unsealed(room, after)
        pending = self._select_pending(room, commands, after, before, newest)
        if newest:
            waiting = list(islice(pending, limit))[::-1]
            rows = self._select_rows(room, limit - len(waiting), commands, after, before, newest)
            return rows + waiting
        rows = self._select_rows(room, limit, commands, after, before, newest)
        return rows + list(islice(pending, limit - len(rows)))

    def _select_rows(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        after: Point | None,
        before: Point | None,
        newest: bool,
    ) -> list[tuple[Point, Message]]:
        """The messages that the database has."""
        after = self._unsealed(room, after)
        with as_store_error("Cannot read the history"):
            rows = select_rows(self._connection, room, limit, commands, after, before, newest)
        return [(Point(row[1], row[0]), as_message(row, self._suffix)) for row in rows]

    def _unsealed(self, room: str, after: Point | None) -> Point | None:
        """The later one of a point and the room's seal."""
        sealed = self._sealed_point(room)
        return max(after, sealed) if after and sealed else after or sealed

    def _select_pending(
        self,
        room: str,
        commands: Collection[str],
        after: Point | None,
        before: Point | None,
        newest: bool,
    ) -> Iterator[tuple[Point, Message]]:
        """Yields the messages between two points that are not in the database yet, the newest or
        the oldest first.

        There may be thousands while a worker writes, and few are needed.
        """
        waiting = self._pending_in(room)
        begin = bisect_right(waiting, after, key=_place) if after else 0
        end = bisect_left(waiting, before, key=_place) if before else len(waiting)
        for index in range(end - 1, begin - 1, -1) if newest else range(begin, end):
            number, at, _, message, told = waiting[index]
            if message.command in commands:
                time = format_time(at if told is None else told)
                tagged = with_tags(message, time, msgid_of(number, self._suffix))
                tagged = tagged if is_private(room) else without_own_tags(tagged)
                yield Point(at, number), tagged

    def _pending_in(self, room: str) -> list[Pending]:
        """The messages of a room, named in any case, that are not in the database yet."""
        folded = fold(room)
        waiting = [self._pending_of[name] for name in self._pending_of if fold(name) == folded]
        return waiting[0] if len(waiting) == 1 else sorted(chain.from_iterable(waiting))

    # msgids

    def number_of(self, msgid: str) -> int:
        """The number behind a msgid of this history, or of an imported message; 0 if there is none.

        Raises StoreError.
        """
        digits, _, suffix = msgid.rpartition("-")
        if suffix == self._suffix:
            return from_base36(digits)
        with as_store_error("Cannot read the history"):
            row = self._connection.execute(
                "SELECT message FROM foreign_msgid WHERE msgid = ?", (msgid,)
            ).fetchone()
        return row[0] if row else 0

    def room_of(self, msgid: str) -> str:
        """The room of an imported message, or the log of a private conversation; "" for a msgid of
        this history, and if there is no such message. Raises StoreError."""
        if msgid.rpartition("-")[2] == self._suffix:  # a redaction has two msgids
            return ""
        with as_store_error("Cannot read the history"):
            row = self._connection.execute(
                "SELECT room.name FROM foreign_msgid JOIN message ON message.id = message"
                " JOIN room ON room.id = message.room WHERE msgid = ?",
                (msgid,),
            ).fetchone()
        return str(row[0]) if row else ""

    def account_behind(self, room: str, msgid: str) -> int:
        """The number of the account that said a message of that room; 0 for one of a guest, and
        for none. Raises StoreError."""
        number = self.number_of(msgid)
        for pending, _, _, message, _ in self._pending_in(room):
            if pending == number:
                return int(message.tags.get(BY, 0))
        with as_store_error("Cannot read the history"):
            row = self._connection.execute(
                "SELECT more FROM message JOIN room ON room.id = message.room"
                " WHERE message.id = ? AND room.folded = ?",
                (number, fold(room)),
            ).fetchone()
        return account_in(row[0]) if row else 0

    # Private conversations

    def conversations(self, account: int) -> list[str]:
        """The logs of an account's private conversations, the newest first, CONVERSATIONS at most.

        Raises StoreError.
        """
        waiting = [log for log in self._pending_of if is_private(log)]
        found = [log for log in reversed(waiting) if partner(log, account) is not None]
        with as_store_error("Cannot read the history"):
            rows = [
                row
                for query in (_LOWER, _HIGHER)
                for row in self._connection.execute(query, (str(account), CONVERSATIONS))
            ]
        rows.sort(reverse=True)
        return list(dict.fromkeys([*found, *(log for _, log in rows)]))[:CONVERSATIONS]

    # Rooms

    def _sealed_point(self, room: str) -> Point | None:
        _, waiting = self._changes.get((fold(room), "sealed"), ("", None))
        if isinstance(waiting, int):
            return just_before(waiting)
        with as_store_error("Cannot read the history"):
            row = self._connection.execute(
                "SELECT sealed FROM room WHERE folded = ?", (fold(room),)
            ).fetchone()
        return just_before(row[0]) if row and row[0] else None

    def saved_rooms(self) -> dict[str, Mapping[str, Any]]:
        """The states that `save_room` stored, by the rooms' names. Raises StoreError."""
        with as_store_error("Cannot read the history"):
            return read_saved_rooms(self._connection)

    def saved_server_bans(self) -> list[list[Any]]:
        """The values that `save_server_ban` stored, in their order. Raises StoreError."""
        with as_store_error("Cannot read the history"):
            rows = self._connection.execute("SELECT state FROM server_ban ORDER BY id").fetchall()
        try:
            return [json.loads(state) for (state,) in rows]
        except ValueError as error:
            raise StoreError(f"{HISTORY_FILE} is damaged: a ban is not valid JSON") from error

    def saved_markers(self) -> list[tuple[int, str, int]]:
        """What `save_marker` stored: account, conversation, time. Raises StoreError."""
        with as_store_error("Cannot read the history"):
            return read_markers(self._connection)

    def saved_metadata(self) -> dict[int, Mapping[str, str]]:
        """What `save_metadata` stored, by account. Raises StoreError."""
        with as_store_error("Cannot read the history"):
            return read_metadata(self._connection)

    def saved_users(self) -> dict[int, Mapping[str, Any]]:
        """The states that `save_user` stored, by account. Raises StoreError."""
        with as_store_error("Cannot read the history"):
            return read_users(self._connection)


def read_saved_rooms(connection: sqlite3.Connection) -> dict[str, Mapping[str, Any]]:
    """The states that `History.save_room` stored, by the rooms' names.

    Raises StoreError if one is damaged. SQLite's errors pass through.
    """
    rows = connection.execute("SELECT name, state FROM room WHERE state IS NOT NULL").fetchall()
    try:
        return {name: json.loads(state) for name, state in rows}
    except ValueError as error:
        raise StoreError(
            f"{HISTORY_FILE} is damaged: the state of a room is not valid JSON"
        ) from error


def _place(waiting: Pending) -> Point:
    return Point(waiting[1], waiting[0])
