"""Keeps the uploaded files: the loop's side of `store.files`.

Files have workers of their own, so that a slow disk, on which twenty uploads wait, delays neither a
login nor a search.
"""

import logging
import secrets
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from chatroom.chat.settings import FileSettings
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.server.files.download import Download
from chatroom.server.files.ledger import MB, Ledger, NotAccepted, TooLarge
from chatroom.server.files.upload import Fault, Terms, Upload, Uploader
from chatroom.store.database import StoreError
from chatroom.store.files.index import StoredFile
from chatroom.store.files.store import FileStore

log = logging.getLogger("chatroom")

Result = TypeVar("Result")

THREADS = 2

SHORT_PAUSE = 2.0
"""Seconds until the first look for old files, and between looks while there is more to remove."""

PAUSE = 600.0
"""Seconds between looks for old files."""

ID_BYTES = 16


class Opened(NamedTuple):
    """A file, and a descriptor of its content, which somebody has to close."""

    file: StoredFile
    descriptor: int


class Failed:
    """Something that the disk does not tell."""


FAILED = Failed()


class FileKeeper:
    """The files of one data directory, for the loop's thread.

    `settings` is asked each time, because it may change. `note_writer` is told whenever a worker
    is about to write to the database (true), and when it has (false). `count` is the number of
    files.
    """

    def __init__(
        self,
        directory: Path,
        settings: Callable[[], FileSettings],
        workers: Workers,
        note_writer: Callable[[bool], None],
    ) -> None:
        """Open the files. Raises StoreError."""
        self._store = FileStore(directory)
        self.count, _ = self._store.totals()
        self._ledger = Ledger(self._store.usage())
        self._settings = settings
        self._workers = workers
        self._note_writer = note_writer
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="files")
        self._uploads: set[Upload] = set()
        self.unfinished = 0
        """Jobs whose results are to come."""

    def begin(
        self, timers: Timers, clock: float, now: Callable[[], float], after_end: bool = True
    ) -> None:
        """Remove old files from now on, and what a crash left, if the last process has ended.
        `clock` is the loop's time; `now` returns UTC seconds."""

        def expired(future: Future[tuple[list[StoredFile], bool]]) -> None:
            more = False
            if not _log_failure(future):
                removed, more = future.result()
                self._count_removed(removed)
            look(time.monotonic() + (SHORT_PAUSE if more else PAUSE))

        def look(when: float) -> None:
            def run() -> None:
                days, at = self._settings().retention, now()
                self._submit(lambda: self._store.expire(days, at), expired, writes=True)

            timers.at(when, run)

        if after_end:
            self.sweep()
        look(clock + SHORT_PAUSE)

    def sweep(self) -> None:
        """Remove contents that no file has."""

        def swept(future: Future[int]) -> None:
            if not _log_failure(future) and future.result():
                log.info("Removed %d contents of files that are gone.", future.result())

        self._submit(self._store.sweep, swept)

    def _submit(
        self,
        job: Callable[[], Result],
        done: Callable[[Future[Result]], None],
        writes: bool = False,
    ) -> None:
        def in_loop(future: Future[Result]) -> None:
            self.unfinished -= 1
            if writes:
                self._note_writer(False)
            done(future)

        def finished(future: Future[Result]) -> None:
            if not future.cancelled():
                self._workers.post(lambda: in_loop(future))

        with suppress(RuntimeError):  # the server has ended; the next start tidies up
            self._pool.submit(job).add_done_callback(finished)
            self.unfinished += 1
            if writes:
                self._note_writer(True)

    # Uploads

    def upload(self, uploader: Uploader, length: int | None) -> Upload:
        """Begin an upload; `length` is the size in bytes, None if it is not known yet. Raises
        TooLarge, QuotaUsed and TooManyUploads."""
        settings = self._settings()
        account, largest = uploader.account, settings.size * MB

        def ended() -> None:
            self._ledger.end(uploader.who)
            self._uploads.discard(upload)

        terms = Terms(
            largest,
            settings.keep_free * MB,
            lambda size: self._ledger.reserve(account, size, settings),
            lambda: TooLarge(largest),
        )
        self._ledger.begin(uploader.who)
        try:
            upload = Upload(self._store, self._submit, terms, length, ended)
        except NotAccepted:
            self._ledger.end(uploader.who)
            raise
        self._uploads.add(upload)
        return upload

    def finish(
        self,
        upload: Upload,
        uploader: Uploader,
        name: str,
        kind: str,
        now: float,
        stored: Callable[[StoredFile | Fault], None],
    ) -> None:
        """Store a complete upload under a new address. `kind` is its content type; `now` is in UTC
        seconds. `stored` is called with the file when it is on disk, or with what has failed."""

        def done(result: StoredFile | Fault) -> None:
            if isinstance(result, StoredFile):
                self.count += 1
                self._ledger.stored(result.account, result.charge)
            stored(result)

        id = secrets.token_urlsafe(ID_BYTES)
        host = "" if uploader.account else uploader.host
        at = round(now * 1000)
        file = StoredFile(id, "", name, kind, upload.size, at, uploader.account, host)
        upload.finish(file, done)

    # Downloads

    def open(self, id: str, opened: Callable[[Opened | Failed | None], None]) -> None:
        """Open a file. `opened` is called with it; with None if there is no such file; or with
        FAILED if that is not known, or it cannot be read, which is logged."""

        def job() -> Opened | None:
            file = self._store.find(id)
            return None if file is None else Opened(file, self._store.open(file))

        def done(future: Future[Opened | None]) -> None:
            opened(FAILED if _log_failure(future) else future.result())

        self._submit(job, done)

    def download(self, opened: Opened, begin: int, size: int) -> Download:
        """Read `size` bytes of it, from the byte `begin` on; then close it."""
        return Download(self._submit, opened.descriptor, begin, size)

    # Removing

    def remove(
        self,
        ids: Collection[str],
        may: Callable[[StoredFile], bool],
        removed: Callable[[list[StoredFile] | None], None] = lambda _files: None,
    ) -> None:
        """Remove those of these files that `may` allows; a worker calls it. `removed` is called
        with them, or with None if that has failed, which is logged."""

        def done(future: Future[list[StoredFile]]) -> None:
            if _log_failure(future):
                removed(None)
                return
            self._count_removed(future.result())
            removed(future.result())

        self._submit(lambda: self._store.remove(ids, may), done, writes=True)

    def rows_gone(self, files: list[StoredFile]) -> None:
        """Somebody else has removed the rows of these files: their contents go now. If the server
        dies before, the next start removes them."""
        if files:
            self._count_removed(files)
            self._submit(lambda: self._store.forget(files), self._forgotten)

    def _forgotten(self, future: Future[None]) -> None:
        _log_failure(future)

    def forget(self, accounts: Collection[int]) -> None:
        """These accounts are gone, perhaps with their files, whose rows went with them."""

        def look() -> tuple[int, dict[int, int]]:
            return self._store.totals()[0], self._store.usage()

        def read(future: Future[tuple[int, dict[int, int]]]) -> None:
            if not _log_failure(future):
                self.count, usage = future.result()
                for account in accounts:
                    self._ledger.removed(account, self._ledger.used(account))
                    self._ledger.stored(account, usage.get(account, 0))

        self._submit(look, read)
        self.sweep()

    @property
    def bytes(self) -> int:
        """The bytes of all files, as they count for quotas."""
        return self._ledger.stored_bytes

    def _count_removed(self, files: list[StoredFile]) -> None:
        self.count -= len(files)
        for file in files:
            self._ledger.removed(file.account, file.charge)

    def close(self) -> None:
        """Wait for running jobs, and close the database."""
        for upload in list(self._uploads):
            upload.abandon()
        self._pool.shutdown(cancel_futures=True)
        self._store.close()


def _log_failure(future: Future[Any]) -> bool:
    """Whether the job has failed."""
    error = future.exception()
    if isinstance(error, StoreError):
        log.warning("%s", error)
    elif error is not None:
        log.error("Unhandled exception in a worker for files", exc_info=error)
    return error is not None
