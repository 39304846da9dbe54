"""One file on its way from a connection to the disk.

The loop queues what comes; one job after the other writes it in a worker. While more than HIGH
bytes wait, the connection is not read, so a slow disk slows down the sender and needs no memory.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol, TypeVar

from chatroom.server.files.ledger import NotAccepted, Reservation
from chatroom.store.database import StoreError
from chatroom.store.files.content import NewContent
from chatroom.store.files.index import StoredFile, charge
from chatroom.store.files.store import FileStore

Result = TypeVar("Result")

HIGH = 131_072
"""Bytes that may wait for the disk before the connection is paused."""

LOW = 32_768
"""With so few left it is read again."""

HEAD = 4096
"""Bytes at the beginning that decide the content type."""

Fault = NotAccepted | StoreError
"""Why a file is not stored."""


class Submit(Protocol):
    """Runs a job in a worker for files; then calls `done` in the loop's thread. `writes`: the job
    writes to the database."""

    def __call__(
        self,
        job: Callable[[], Result],
        done: Callable[[Future[Result]], None],
        writes: bool = False,
    ) -> None: ...


PIECE = 16_384
"""Bytes that a worker writes at once, apart from the last ones: a body that comes byte by byte
would otherwise be as many jobs."""


class Uploader(NamedTuple):
    """Who uploads: the number of the account, 0 for a guest; and the address."""

    account: int
    host: str

    @property
    def who(self) -> str:
        """Whose uploads are counted together."""
        return str(self.account) if self.account else self.host


class Terms(NamedTuple):
    """What an upload has to keep to. `largest` and `keep_free` are bytes; `reserve` reserves bytes
    for an upload of that size and may raise QuotaUsed; `too_large` makes the exception for a larger
    file."""

    largest: int
    keep_free: int
    reserve: Callable[[int], Reservation]
    too_large: Callable[[], Fault]


class Upload:
    """An upload: `write` some pieces, then `finish` or `abandon`.

    `wake` is called when more may be written, and when the upload has failed: `fault` says why, as
    soon as nothing of it is left on the disk, so that whoever is told has the space for another
    file. `ended` is called once, when nothing of the upload is left but the stored file.
    """

    def __init__(
        self, store: FileStore, submit: Submit, terms: Terms, length: int | None,
        ended: Callable[[], None],
    ) -> None:  # fmt: skip
        """`length` is the size of the file in bytes, or None if that is not known. Raises what
        `terms` have for a file that is too large, and QuotaUsed."""
        if length is not None and length > terms.largest:
            raise terms.too_large()
        self._store = store
        self._submit = submit
        self._terms = terms
        self._ended = ended
        self._reserved = terms.reserve(charge(length or 0))
        self._reserved.cover(charge(0))
        self._content: NewContent | None = None
        self._queue = bytearray()  # and no list: a body may come byte by byte
        self._waiting = 0
        self._busy = False
        self._over = False  # abandoned, failed or stored
        self._failure: Fault | None = None  # as `fault`, but some of it is left on the disk
        self._finish: tuple[StoredFile, Callable[[StoredFile | Fault], None]] | None = None
        self.wake: Callable[[], None] = lambda: None
        self.size = 0
        self.head = b""
        self.fault: Fault | None = None

    def write(self, piece: bytes) -> bool:
        """Take a piece. Returns whether more may come now. Raises the reason why the file cannot be
        stored, after which the upload is over."""
        self._raise_fault()
        if self._over:
            return False
        self.size += len(piece)
        try:
            if self.size > self._terms.largest:
                raise self._terms.too_large()
            self._reserved.cover(charge(self.size))
        except NotAccepted as fault:
            self._fail(fault)
            return False
        if len(self.head) < HEAD:
            self.head += piece[: HEAD - len(self.head)]
        self._queue += piece
        self._waiting += len(piece)
        self._go_on()
        return self._waiting < HIGH

    def _raise_fault(self) -> None:
        if self.fault is not None:
            raise self.fault

    def finish(self, file: StoredFile, stored: Callable[[StoredFile | Fault], None]) -> None:
        """All pieces came. `stored` is called with the file when it is on disk, or with the reason
        why it cannot be. `file` needs neither digest nor size."""
        self._raise_fault()
        self._finish = (file, stored)
        self._go_on()

    def abandon(self) -> None:
        """Nobody wants this file any more: nothing of it stays."""
        self._finish = self._failure = None
        if not self._over:
            self._give_up()

    def _give_up(self) -> None:
        self._over = True
        self._queue.clear()
        self._waiting = 0
        if not self._busy:
            self._discard()

    def _go_on(self) -> None:
        if self._busy or self._over:
            return
        is_enough = len(self._queue) >= PIECE or (self._queue and self._finish is not None)
        if is_enough or self._content is None:
            data = bytes(self._queue)
            self._queue.clear()
            self._run(lambda: self._append(data), lambda _none: self._written(len(data)))
        elif self._finish is not None:
            content, (file, _) = self._content, self._finish
            # apart, because it may take long, and others need not wait for it
            self._run(content.seal, lambda _digest: self._seal(content, file))

    def _append(self, data: bytes) -> None:
        """In the worker."""
        if self._content is None:
            self._content = self._store.begin(self._terms.keep_free)
        if data:
            self._content.write(data)

    def _written(self, count: int) -> None:
        before = self._waiting
        self._waiting -= count
        self._go_on()
        if before > LOW >= self._waiting:
            self.wake()

    def _seal(self, content: NewContent, file: StoredFile) -> None:
        self._run(lambda: self._store.add(content, file), self._stored, writes=True)

    def _stored(self, file: StoredFile) -> None:
        assert self._finish is not None
        stored = self._finish[1]
        self._over = True
        self._end()
        stored(file)

    def _run(
        self, job: Callable[[], Result], then: Callable[[Result], None], writes: bool = False
    ) -> None:
        def done(future: Future[Result]) -> None:
            self._busy = False
            error = future.exception()
            if self._over:
                self._abandoned_meanwhile(future)
            elif error is None:
                then(future.result())
            else:
                self._fail(error if isinstance(error, StoreError) else StoreError(f"{error!r}"))

        self._busy = True
        self._submit(job, done, writes)

    def _abandoned_meanwhile(self, future: Future[Any]) -> None:
        """A file whose last step was under way is stored by now; nobody knows its address."""
        if future.exception() is None and isinstance(future.result(), StoredFile):
            id = future.result().id
            self._submit(lambda: self._store.remove([id], lambda _file: True), _ignore, True)
        self._discard()

    def _fail(self, fault: Fault) -> None:
        self._failure = fault
        self._give_up()

    def _discard(self) -> None:
        content = self._content
        if content is not None:
            self._submit(content.discard, lambda _done: self._end())
        else:
            self._end()

    def _end(self) -> None:
        self._reserved.release()
        self._ended()
        self.fault, finish = self._failure, self._finish
        if self.fault is None:
            return
        if finish is not None:
            finish[1](self.fault)
        else:
            self.wake()


def _ignore(_future: Future[Any]) -> None:
    """Nobody waits for this."""
