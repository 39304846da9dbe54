"""The uploaded files of one data directory: their contents and their rows together.

Workers call it, several at a time. A lock makes sure that nothing removes a content between the
moment it is put in place and the commit of its row.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatroom.store.age_count import AgeCount
from chatroom.store.ages import DAY_MS
from chatroom.store.database import (
    as_store_error,
    open_for_worker,
    transaction,
)
from chatroom.store.files import index
from chatroom.store.files.content import Contents, NewContent
from chatroom.store.files.index import StoredFile

STEP = 100
"""Files removed in one transaction."""

MOST = 1000
"""Files looked at in one run of the retention: a stopping server waits for its workers."""


class FileStore:
    """The files of a data directory. Methods may raise StoreError."""

    def __init__(self, directory: Path, ages: AgeCount | None = None) -> None:
        """Open the files. Raises StoreError."""
        self._contents = Contents(directory)
        self._lock = threading.Lock()
        self._ages = ages or AgeCount("file_ages")
        # whatever the history's durability is: an address that was given away must not break
        self._connection = open_for_worker(directory, "power")
        self._contents.remove_unfinished()

    def close(self) -> None:
        """Close the database. The workers have ended before."""
        self._connection.close()

    def begin(self, keep_free: int) -> NewContent:
        """Begin to write a content. `keep_free`: bytes that stay free on the disk."""
        return self._contents.begin(keep_free)

    def add(self, new: NewContent, file: StoredFile) -> StoredFile:
        """Store a file whose content was written; it is on disk when this returns.

        The digest and the size of `file` are those of the content. After an error there is neither
        a row nor a content without one.
        """
        with self._lock:
            digest = self._contents.place(new)
            file = file._replace(digest=digest, size=new.size)
            try:
                with self._changing("Cannot store a file"):
                    index.add(self._connection, file)
            except BaseException:
                self._forget([digest])
                raise
        return file

    def find(self, id: str) -> StoredFile | None:
        """The file with that id."""
        with self._lock, as_store_error("Cannot read the files"):
            return index.find(self._connection, id)

    def open(self, file: StoredFile) -> int:
        """A descriptor to read a file's content from. It goes on working if the file is removed."""
        return self._contents.open(file.digest)

    def usage(self) -> dict[int, int]:
        """Account -> the bytes that its files count."""
        with self._lock, as_store_error("Cannot read the files"):
            return index.usage(self._connection)

    def totals(self) -> tuple[int, int]:
        """The number of files, and of the bytes of their contents, each content once."""
        with self._lock, as_store_error("Cannot read the files"):
            return index.totals(self._connection)

    def remove(self, ids: Collection[str], may: Callable[[StoredFile], bool]) -> list[StoredFile]:
        """Remove those of these files that `may` allows. Returns them."""
        with self._lock:
            with as_store_error("Cannot read the files"):
                found = [index.find(self._connection, id) for id in ids]
            files = [file for file in found if file is not None and may(file)]
            self._remove(files)
        return files

    def expire(self, keep_days: int, now: float) -> tuple[list[StoredFile], bool]:
        """Remove files that are older than so many days, as the time is counted (`ages.py`); 0
        removes none. `now` is in UTC seconds. Returns them, and whether there may be more."""
        keep = keep_days * DAY_MS
        at = round(now * 1000)
        removed = list[StoredFile]()
        with self._lock, as_store_error("Cannot look for old files"):
            highest = index.highest(self._connection)
            # always counted, so that a later change of the setting finds the count
            ages = self._ages.run(self._connection, at, keep or DAY_MS, highest, lambda: at)
        if not keep_days:
            return removed, False
        old = ages.old(keep)
        after = 0
        for _ in range(0, MOST, STEP):
            with self._lock:
                with as_store_error("Cannot look for old files"):
                    some = index.oldest(self._connection, after, STEP)
                going = [file for file in some if old.has(file.number, file.at, False)]
                self._remove(going)
            removed += going
            if len(some) < STEP or not going:
                return removed, False
            after = some[-1].number
        return removed, True

    def sweep(self) -> int:
        """Remove contents without a row, which a crash left, or the removal of an account. Returns
        how many there were."""
        swept = 0
        for digest in self._contents.digests():
            with self._lock:
                swept += self._forget([digest])
        return swept

    def forget(self, files: Iterable[StoredFile]) -> None:
        """Remove the contents of files whose rows are gone already."""
        with self._lock:
            self._forget(dict.fromkeys(file.digest for file in files))

    def _remove(self, files: list[StoredFile]) -> None:
        if not files:
            return
        with self._changing("Cannot remove a file"):
            index.remove(self._connection, [file.id for file in files])
        self._forget(dict.fromkeys(file.digest for file in files))

    def _forget(self, digests: Iterable[str]) -> int:
        """Remove those of these contents that have no row. Returns how many."""
        with as_store_error("Cannot read the files"):
            unused = [one for one in digests if not index.has_content(self._connection, one)]
        for digest in unused:
            self._contents.remove(digest)
        return len(unused)

    @contextmanager
    def _changing(self, what: str) -> Iterator[None]:
        with as_store_error(what), transaction(self._connection):
            yield
