"""Records what is said and done, and makes it durable: what each message passes.

`record` assigns the msgid and keeps the message in memory. The tick's `make_durable` turns a few
messages into lines of the journal, and many into one transaction (`writer.py`). The journal's
messages are moved into the database later, some in each tick. Until then they stay in memory too,
where queries find them (`past.py`). Only the loop's thread uses all this.

Messages are in the order of their place in time, and of their numbers where the place is the same.
The place is the time at which a message was recorded, but it never decreases: if the clock is set
back by more than STEADY_MS, the place stays the same until the clock has caught up. Such a message
also has the clock's time (`told`), and is shown with that. So a clock that was wrong once harms
neither the order nor the times of later messages. Points, seals and gaps are places; `times.py`
finds the place of a time.

States and seals of rooms are written by `change_file.py` first, and moved into the database by the
next tick, because a transaction takes as long as what else a tick with a change has to do.

While one of our workers writes to the database (`sparing`), the loop does not wait for its lock:
the journal takes every message, and the file takes every change. Both also take what they can while
another process has the lock. With `durability = "power"` neither exists:
`make_durable` waits, BUSY_MS at most, and then raises StoreLocked. The caller must not show
anything of the tick until a later call has succeeded.
"""

import secrets
import sqlite3
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from chatroom.store.change_file import Change, ChangeFile
from chatroom.store.checkpoint import touch
from chatroom.store.database import (
    BUSY_MS,
    DURABILITIES,
    HISTORY_FILE,
    StoreError,
    StoreLocked,
    as_store_error,
    connect,
    migrate,
)
from chatroom.store.ever import read_ever
from chatroom.store.journal import Journal, Pending
from chatroom.store.migrations import MIGRATIONS
from chatroom.store.once import left as left_once
from chatroom.store.past import Past
from chatroom.store.rows import read_suffix
from chatroom.store.unmoved import check_changes, left_behind
from chatroom.store.writer import CANNOT_WRITE, Writer
from chatroom.wire.message import Message, new_message
from chatroom.wire.once import SaidOnce
from chatroom.wire.private import BY, WAITS
from chatroom.wire.reference import (
    HistoryError,
    base36,
    format_time,
    msgid_of,
    with_tags,
)

_SKIPPED = 10_000_000
"""Numbers that each start skips, and up to as many again at random: the last process may have
assigned as many (`history.backlog`) to messages that people saw but that never reached the disk."""


FEW = 10
"""The journal takes this many messages of a tick: as many as one session's turn has. With more, a
transaction is cheaper for each; except for one event in many rooms (NICK, QUIT), where it would
write pages of each room."""

JOURNAL_MESSAGES = 100
"""With this many messages in the journal, the next ticks move them into the database."""

PORTION = 25
PORTION_ROOMS = 2
"""Messages moved in one tick, and their rooms at most; and as many more as the tick has new ones.
Moving 100 messages of one room at once takes 0.5 ms, of 100 rooms 2 to 7 ms, because each room has
its pages, and a new one its names."""

CROWDED = 400
"""With fewer messages in the journal, the tick of an event in many rooms moves none."""

JOURNAL_MOST = 10_000
"""The journal's limit while a worker writes to the database, when a transaction would fail if the
worker has the lock."""

FILED_BYTES = 8192
"""With a file of changes of this size, a tick with further ones moves all into the database."""

BUSY_SECONDS = BUSY_MS / 1000

LOCKED_SECONDS = 1.0
"""Seconds for which no tick waits again for the lock of another process, as long as the journal and
the file of changes take what is new."""

STEADY_MS = 1000
"""If the clock is set back by at most this, as time servers do, messages keep the last time until
it has caught up, so that times do not decrease."""


class Recording(Past):
    """The part of `History` that records messages and makes them durable."""

    def __init__(self, directory: Path, durability: str, backlog: int = _SKIPPED) -> None:
        """Open or create the files, and take over what the last process left in the journal.

        `durability` is a key of DURABILITIES; `backlog` is the number of messages that may wait in
        memory. Raises StoreError if a file cannot be used, or is damaged.
        """
        file = directory / HISTORY_FILE
        self._pending: list[Pending] = []
        self._pending_of: dict[str, list[Pending]] = {}  # the same by room
        self._kept = 0  # of these, in the journal
        self._moving = False  # the journal was full, and is being emptied
        self._changes: dict[tuple[str, str], tuple[str, object]] = {}
        """(folded name, column of `room`, or another kind of state) -> name, value."""
        self._changed = self._written = 0  # how many changes there were, and are on disk
        self._unfiled: dict[tuple[str, str], Change] = {}  # those of `_changes` that are not
        self._locked_until = 0.0  # another process had the lock a moment ago
        left, size = left_behind(directory)  # before anything is written
        self._connection = connect(file)
        check_changes(directory)
        migrate(self._connection, file)
        self._writer = Writer(self._connection)
        with as_store_error(f"Cannot read {file}"):
            self._connection.execute(f"PRAGMA synchronous = {DURABILITIES[durability]}")
            self._connection.execute("PRAGMA wal_autocheckpoint = 0")  # a worker does it
            self._suffix = read_suffix(self._connection)
            self._journal = Journal(directory, self._suffix)
            self._change_file = ChangeFile(directory, self._suffix)
            for change in self._change_file.read():
                self._changes[change.key, change.kind] = change.name, change.value
            self._recover(left, size)
            highest, latest, self._ever_told = read_ever(self._connection)
            self._ever_told |= any(each[4] is not None for each in self._pending)
            highest = max(highest, 0, *(each[0] for each in self._pending))
            latest = max(latest, 0, *(each[1] for each in self._pending))
            self.position = highest + _SKIPPED - 1
            self.position += secrets.randbelow(_SKIPPED)  # two lives may begin at the same place
            opened = file.stat()
        self._file, self._identity = file, (opened.st_dev, opened.st_ino)
        self._latest = latest
        self._backlog = backlog
        self._unkept = 0
        self._run = secrets.token_hex(4)
        self._journalled = durability == "process"
        self._sparing = False
        self._unmarked: Mapping[str, str] = {}
        self._marks: Mapping[str, str] = {}  # the same with the account of the author

    def _recover(self, left: list[Pending], size: int) -> None:
        """Take over the messages that the last process left in the journal.

        They are durable there, so a full disk does not prevent a start.
        """
        self.left_waiting = [
            (number, log, with_tags(message, format_time(at), msgid_of(number, self._suffix)))
            for number, at, log, message, _ in left
            if WAITS in message.tags
        ]
        self._left_once = left_once(left, self._suffix)
        self._pending = left
        for each in left:
            self._pending_of.setdefault(each[2], []).append(each)
        self._kept = len(left)
        self._journal.cut(size)
        with suppress(StoreError):  # which the first tick meets as well, and tells
            self._writer.begin()
            try:
                touch(self._connection)  # the first commit waits for the disk: not one of the loop
            except sqlite3.Error as error:
                self._writer.undo(error)
            self.commit()

    position: int
    """The number of the message that was recorded last. Later messages have higher numbers."""

    left_waiting: list[tuple[int, str, Message]]
    """The messages with the tag WAITS that the last process left in the journal: number, log,
    message with its msgid."""

    _left_once: dict[str, list[SaidOnce]]

    @property
    def suffix(self) -> str:
        """The second half of this history's msgids; no other history has it."""
        return self._suffix

    # Writing

    def record(self, room: str, message: Message, now: float, account: str = "") -> Message:
        """Record a room's event. Returns the message with its `time` and `msgid` tags.

        `room` is the name as it is shown, `now` the clock's time in UTC seconds, `account` the
        number of the author's account in digits, which only the history knows. Nobody may see the
        message before the next `make_durable`. Raises HistoryError if `backlog` messages wait to be
        written.
        """
        if len(self._pending) - self._kept >= self._backlog:
            raise HistoryError("too many messages are waiting to be written")
        at = time = round(now * 1000)
        told = None
        if at > self._latest:
            self._latest = at
        else:
            at = self._latest
            if time < at - STEADY_MS:
                told, self._ever_told = time, True
            else:
                time = at
        number = self.position = self.position + 1
        entry = number, at, room, self._marked(message, account) if account else message, told
        self._pending.append(entry)
        of_room = self._pending_of.get(room)
        if of_room is None:
            self._pending_of[room] = [entry]
        else:
            of_room.append(entry)
        # `msgid_of` without its call: this is for each message
        return with_tags(message, format_time(time), f"{base36(number)}-{self._suffix}")

    def _marked(self, message: Message, account: str) -> Message:
        """The message with its author's account, as the history keeps it. The messages of a tick
        mostly share their tags."""
        command, params, source, tags = message
        if tags is not self._unmarked or self._marks.get(BY) != account:
            self._unmarked, self._marks = tags, {**tags, BY: account}
        return new_message((command, params, source, self._marks))

    def record_in_each(
        self, rooms: Sequence[str], message: Message, now: float, account: str = ""
    ) -> None:
        """Record an event that all of these rooms see, in each of them, like `record`.

        Raises HistoryError; then no room has it.
        """
        if len(self._pending) - self._kept + len(rooms) > self._backlog:
            raise HistoryError("too many messages are waiting to be written")
        if not rooms:
            return
        self.record(rooms[0], message, now, account)
        _, at, _, message, told = self._pending[-1]
        for number, room in enumerate(rooms[1:], self.position + 1):
            entry = number, at, room, message, told
            self._pending.append(entry)
            self._pending_of.setdefault(room, []).append(entry)
        self.position += len(rooms) - 1

    def stamp(self, message: Message, now: float) -> Message:
        """Return the message with `time` and `msgid` tags, without recording it.

        `now` is in UTC seconds. The msgid is valid only for this run of the server.
        """
        self._unkept += 1
        time = format_time(round(now * 1000))
        return with_tags(message, time, msgid_of(self._unkept, self._run))

    @property
    def pending(self) -> int:
        """The number of messages and room changes that would be lost with the process."""
        return len(self._pending) - self._kept + len(self._unfiled)

    @property
    def can_move(self) -> bool:
        """Whether changes of rooms are in their file, and nobody is known to keep them out of the
        database."""
        free = not self._sparing and (
            not self._locked_until or time.monotonic() > self._locked_until
        )
        return bool(self._changes) and free

    @property
    def in_journal(self) -> int:
        """The number of messages that are in the journal but not in the database yet."""
        return self._kept

    @property
    def sparing(self) -> bool:
        """Whether a worker writes to the database, so that the journal takes as much as it can.

        Meanwhile a method that needs the database's lock gets it at once or raises StoreLocked.
        """
        return self._sparing

    @sparing.setter
    def sparing(self, sparing: bool) -> None:
        if sparing != self._sparing:
            self._sparing = sparing
            self.wait_for_locks(0.0 if sparing else BUSY_SECONDS)

    def make_durable(self) -> None:
        """Make all recorded messages and room changes durable.

        Raises StoreError if that fails; they stay in memory for the next call.
        """
        if self._sparing:
            self._journal_while_sparing(self._pending[self._kept :])
            return
        if self._locked_until:
            if time.monotonic() < self._locked_until and self._keep_beside():
                return
            self._locked_until = 0.0
        try:
            self._write(self._pending[self._kept :])
        except StoreLocked:
            if not self._keep_beside():
                raise
            self._locked_until = time.monotonic() + LOCKED_SECONDS

    def _write(self, new: list[Pending]) -> None:
        """The usual work of a tick. Raises StoreError."""
        are_few = len(new) <= FEW or _are_one_event(new)
        if not are_few or (new and not self._append(new)):
            self.commit()
            return
        if self._unfiled:
            is_short = self._change_file.size < FILED_BYTES
            if self._file_changes() and is_short:
                return  # a transaction is dearer; the next tick has it, unless it has changes, too
        waiting = len(self._pending)
        is_full = self._moving or waiting >= JOURNAL_MESSAGES
        if self._changes or (is_full and (len(new) <= FEW or waiting >= CROWDED)):
            self._commit(self._portion(len(new)))

    def _portion(self, more: int) -> int:
        """How many messages to move, `more` than usual."""
        rooms: set[str] = set()
        some = self._pending[: PORTION + more]
        for many, (_, _, room, _, _) in enumerate(some):
            rooms.add(room)
            if len(rooms) > PORTION_ROOMS + more:
                return many
        return len(some)

    def _append(self, new: list[Pending]) -> bool:
        """Append new messages to the journal. Returns False if it could not take them."""
        if not self._journalled:
            return False
        try:
            self._journal.append(new)
        except StoreError:
            return False  # the database will meet the reason, too, if it lasts
        self._kept = len(self._pending)
        return True

    def _keep_beside(self) -> bool:
        """Have the journal and the file of changes take what is new. Returns whether they did."""
        if len(self._pending) >= JOURNAL_MOST:
            return False
        new = self._pending[self._kept :]
        return (not new or self._append(new)) and self._file_changes()

    def _file_changes(self) -> bool:
        if not self._unfiled:
            return True
        if not self._journalled:
            return False
        try:
            self._change_file.append(self._unfiled.values())
        except StoreError:
            return False  # the database will meet the reason, too, if it lasts
        self._unfiled.clear()
        self._written = self._changed
        return True

    def _journal_while_sparing(self, new: list[Pending]) -> None:
        durable = not new or self._append(new)
        if durable and not self._unfiled and len(self._pending) < JOURNAL_MOST:
            return
        try:
            self.commit()
        except StoreLocked:
            if not (durable and self._file_changes()):
                with self.patience(BUSY_SECONDS):
                    self.commit()

    def commit(self) -> None:
        """Write everything that is not in the database yet, in one transaction; empty the journal.

        Raises StoreError if that fails; everything stays where it is for the next call.
        """
        self._commit(len(self._pending))

    def _commit(self, many: int) -> None:
        """Write the `many` oldest messages, and all changes of rooms. The journal is emptied when
        the last of its messages is in the database."""
        moved = self._pending[:many]
        if self._unfiled and self._change_file.size:
            self._file_changes()  # or a start after a crash would find older ones there
        if moved or self._changes:
            self._writer.write(moved, self._changes)
        self._changes.clear()
        self._unfiled.clear()
        self._written = self._changed
        self._change_file.clear()
        self._moving = len(moved) < len(self._pending)
        if self._moving:
            self._forget_moved(moved)
            return
        self._pending.clear()
        self._pending_of.clear()
        self._kept = 0
        self._journal.clear()

    def _forget_moved(self, moved: Collection[Pending]) -> None:
        """The oldest messages, all of which the journal had, are in the database now."""
        del self._pending[: len(moved)]
        self._kept -= len(moved)
        for _, _, room, _, _ in moved:
            of_room = self._pending_of[room]
            del of_room[0]
            if not of_room:
                del self._pending_of[room]

    def wait_for_locks(self, seconds: float) -> None:
        """Set for how long a write waits from now on while somebody else writes."""
        with as_store_error(CANNOT_WRITE):
            self._connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Until the block ends, let writes wait this many seconds; afterwards as long as before."""
        self.wait_for_locks(seconds)
        try:
            yield
        finally:
            self.wait_for_locks(0.0 if self._sparing else BUSY_SECONDS)

    @property
    def is_converted(self) -> bool:
        """Whether another process has given the database a format that this one does not know.
        Raises StoreError."""
        with as_store_error("Cannot read the history"):
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        return bool(version > len(MIGRATIONS))

    def abandon(self) -> None:
        """Close the files, and leave them where they are: another process uses them."""
        self._connection.close()
        self._journal.abandon()
        self._change_file.abandon()

    def close(self) -> None:
        """Close the files. Everything that was not made durable is lost."""
        self._connection.close()
        self._journal.close()
        self._change_file.close()


def _are_one_event(new: list[Pending]) -> bool:
    return all(message is new[0][3] for _, _, _, message, _ in new)
