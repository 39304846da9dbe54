"""The history inside the server: what the chat asks of it, and the parts that keep it going.

    HistoryService        what the chat calls (`chat.history_port.HistoryPort`)
      History             the store: records, reads back, makes durable
      TickCommit          commits each tick, retries, announces failures
      Upkeep              moves the journal, indexes and cleans up, in a worker
      RetentionSchedule   deletes old messages, in a worker
      Searches            one search after the other, in a process
      TakenKeeper         how far each client has read, in a file

The service itself does what needs several of them: a redaction changes the store, the index and the
read positions; a seal also concerns the search that is running.
"""

import sqlite3
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from chatroom.chat.history_port import Asker, Found
from chatroom.chat.settings import HistorySettings
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.server import upkeep
from chatroom.server.retention_schedule import RetentionSchedule
from chatroom.server.searches import Searches
from chatroom.server.taken_keeper import TakenKeeper
from chatroom.server.tick_commit import TickCommit
from chatroom.server.upkeep import BackgroundWrites, Upkeep, log_failure
from chatroom.store.database import StoreError, StoreLocked
from chatroom.store.erasure import Erasure, Gone, marked
from chatroom.store.files.index import StoredFile, take_back
from chatroom.store.history import History
from chatroom.store.retention import Retention
from chatroom.store.search import SearchIndex
from chatroom.text.search_query import Query
from chatroom.wire.attachment import file_ids
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError


class NewerFormat(StoreError):
    """The database has a format now that only a newer version knows."""


class HistoryService:
    """The history of one data directory, with its workers and timers, for the loop's thread.

    Methods that read or write may raise StoreError, a HistoryError.
    """

    def __init__(
        self,
        history: History,
        directory: Path,
        settings: HistorySettings,
        workers: Workers,
        timers: Timers,
        announce: Callable[[str], None],
    ) -> None:
        """`history` is that of `directory`; `close` closes it. `announce` sends a notice to
        everybody."""
        self._history = history
        self._workers = workers
        self._utc: Callable[[], float] = time.time
        self.on_deletion: Callable[[], None] = lambda: None
        """Called after the retention has deleted messages."""
        self._index = SearchIndex(directory)
        writes = self._writes = BackgroundWrites(history, workers)
        self.on_erased: Callable[[list[Gone]], None] = lambda _gone: None
        """Called with the latest messages that were erased with an account."""
        self.on_files_gone: Callable[[list[StoredFile]], None] = lambda _files: None
        """Called with what a message was before it was deleted: its source, its text, and the
        number of its author's account, 0 for a guest."""
        self._erasure = Erasure(directory, self._index, marked(directory))
        self._upkeep = Upkeep(
            directory, self._index, self._erasure, writes, timers, self._upkeep_done
        )
        self._commit = TickCommit(history, self._upkeep, timers, announce)
        self._retention: RetentionSchedule | None = None
        if settings.keep_days or settings.keep_messages:
            rules = Retention(directory, self._index, settings.keep_days, settings.keep_messages)
            self._retention = RetentionSchedule(rules, writes, timers, self._deleted)
        self.searches = Searches(directory, self._index, workers, timers, self._commit_for_search)
        self.taken_keeper = TakenKeeper(directory, history.suffix, workers, timers)
        # The rest is the store's business. These are its own methods, so that recording a message,
        # the hot path, costs no further call.
        self.record, self.stamp = history.record, history.stamp
        self.record_in_each = history.record_in_each
        self.boundary, self.seal_before = history.boundary, history.seal_before
        self.account_behind = history.account_behind
        self.number_of, self.room_of = history.number_of, history.room_of
        self.point = history.point
        self.redactions, self.redactions_until = history.redactions, history.redactions_until
        self.said_once = history.said_once
        self.span, self.place = history.span, history.place
        self.select, self.pages = history.select, history.pages
        self.save_room, self.conversations = history.save_room, history.conversations
        self.save_server_ban, self.save_user = history.save_server_ban, history.save_user
        self.save_marker, self.forget_markers = history.save_marker, history.forget_markers
        self.save_metadata = history.save_metadata
        self.commit_tick = self._commit.run
        self.commits = self._commit.timings
        self._begun_at = history.position

    @property
    def recorded(self) -> int:
        """The number of messages and events that were recorded since the start."""
        return self._history.position - self._begun_at

    @property
    def is_failing(self) -> bool:
        """Whether it cannot be written at the moment."""
        return self._commit.failing

    @property
    def pending(self) -> int:
        """See `History.pending`."""
        return self._history.pending

    @property
    def position(self) -> int:
        """The number of the message that was recorded last."""
        return self._history.position

    @property
    def deletions(self) -> int:
        """How often something was deleted that people may have seen."""
        return self._history.deletions

    @property
    def changes(self) -> int:
        """See `History.changes`."""
        return self._history.changes

    def has_written(self, change: int) -> bool:
        """See `History.has_written`. Raises HistoryError while nothing can be written."""
        written = self._history.has_written(change)
        if not written and self._commit.failing:
            raise HistoryError("the history cannot be written right now")
        return written

    def begin(self, clock: float, now: Callable[[], float]) -> None:
        """Start the timers. `clock` is the loop's time in seconds; `now` returns UTC seconds."""
        self._utc = now
        self.taken_keeper.begin_to_look(clock, now)
        self._upkeep.plan(clock + upkeep.UPKEEP)  # the last process may have left work
        if self._retention is not None:
            self._retention.begin(clock, now)

    def hold(self) -> None:
        """Begin no upkeep and no retention until `release`."""
        self._writes.hold()

    def release(self) -> None:
        """Begin them again."""
        self._writes.release()

    def note_writer(self, begins: bool) -> None:
        """A worker of somebody else's begins to write to the database, or has ended that: the loop
        does not wait for its lock meanwhile."""
        self._writes.note(begins=begins)

    def _upkeep_done(self, swept: bool, gone: list[Gone]) -> None:
        if gone:
            self._history.deletions += 1
            self.on_deletion()
            self.on_erased(gone)
        self.taken_keeper.tidy(self._utc(), swept=swept)

    def erase(self, accounts: Collection[int]) -> None:
        """Erase, in the next upkeep, what these accounts said, if that was asked for: they are gone
        by now."""
        self._erasure.accounts |= frozenset(accounts)
        self._upkeep.plan(time.monotonic())

    def _deleted(self) -> None:
        self.on_deletion()
        self.taken_keeper.tidy_soon()
        self._upkeep.plan(time.monotonic() + upkeep.UPKEEP)

    def author(self, room: str, msgid: str) -> str | None:
        """See `History.author`. Raises StoreError."""
        with self._commit.one_try():
            return self._history.author(room, msgid)

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        """Replace a message, for which `author` has returned a source, by its redaction: in the
        history now, in the index soon. The files that it showed go with it, if its author has
        uploaded them: quoting somebody's file gives no right over it. Raises StoreError."""
        files: list[StoredFile] = []

        def take_files(rows: sqlite3.Connection, source: str, text: str) -> None:
            files.extend(take_back(rows, file_ids(text), account, source.rpartition("@")[2]))

        with self._commit.one_try():
            account = self._history.account_behind(room, msgid)
            gone = self._history.redact_row(room, msgid, redaction, take_files)
        self.taken_keeper.tidy_soon()
        self.on_files_gone(files)

        def forgotten(future: Future[None]) -> None:
            log_failure(future)
            self._upkeep.plan(time.monotonic() + upkeep.CALM)

        self._workers.submit(lambda: self._index.forget(*gone), forgotten)

    def seal(self, room: str, at: float) -> None:
        """See `History.seal`. The running search may have read the room already, so it has to be
        told as well."""
        self._history.seal(room, at)
        self.searches.seal(room)

    def rename_room(self, room: str, name: str, state: Mapping[str, Any]) -> None:
        """See `History.rename_room`. The running search may have read the room under its old name,
        for which the rights of the next room of that name would hold. Raises StoreError."""
        with self._commit.one_try():
            self._history.rename_room(room, name, state)
        self.searches.seal(room)

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        """Search when it is this asker's turn, in a process that sees only the database.

        `below` is a msgid, or "" for the newest messages. `found` gets errors, too.
        """
        try:
            number = self.number_of(below) if below else None
        except StoreError as error:
            self.searches.show(found(error))
            return
        self.searches.find(query, limit, asker, number, found)

    def _commit_for_search(self) -> Collection[str] | None:
        """Make all messages findable. Returns the rooms whose seals could not be written; None if
        it has to be tried again, because a worker is writing."""
        try:
            with self._commit.one_try():
                self._history.commit()
        except StoreLocked:
            if self._history.sparing:
                return None
        except StoreError:
            pass  # the next tick's commit reports it
        return self._history.sealing

    def settle(self) -> None:
        """Write everything into the database, before another process opens it. Raises
        StoreError."""
        if self._history.sparing:
            raise StoreLocked("A worker writes to the history")
        self.taken_keeper.settle()
        self._history.commit()

    def resume(self) -> None:
        """Continue after `settle`: another process may have opened the files, and written nothing.
        Raises NewerFormat, and other StoreErrors."""
        if self._history.is_converted:
            raise NewerFormat("The new version has converted the history to its own format")
        self._history.check_file()

    def abandon(self) -> None:
        """Close the files, after `settle`, and leave them to the process that uses them now. The
        workers have ended."""
        self.searches.close()
        self.taken_keeper.abandon()
        self._index.close()
        self._upkeep.close()
        self._history.abandon()

    def close(self) -> None:
        """Write everything that is pending and close all files. The workers must have ended."""
        self._commit.last()
        self.taken_keeper.close()
        self.searches.close()
        self._index.close()
        self._upkeep.close()
        self._history.close()
