"""Files that are sent and saved beside the chat, one after the other."""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chatroom.client.connection.trust import Trust
from chatroom.client.credentials import Credentials
from chatroom.client.errors import TransferError, TryAgain
from chatroom.client.files.incoming import destination
from chatroom.client.transfer.places import Home, Place, name_in, place_of
from chatroom.client.transfer.uploaded import Uploaded
from chatroom.client.ui.ports import NOWHERE, Progress, Transfers
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.text.display import visible

if TYPE_CHECKING:  # h11 would slow down the start
    from chatroom.client.transfer.transfer import Task, Transfer

MOST_QUEUED = 20


class Queued(NamedTuple):
    """A transfer that waits for its turn. `what` says what failed, in front of the reason.
    `is_second`: the server has asked to try again."""

    what: str
    begin: Callable[[], "Transfer"]
    is_second: bool = False


class FileTransfers(Transfers):
    """`turn` has to be called in each turn of the loop while it is `busy`.

    `credentials` belong to the account that is logged in. `complain` shows a sentence to the
    person.
    """

    def __init__(self, loop: Loop, timers: Timers) -> None:
        super().__init__(NOWHERE)
        self.credentials: Credentials | None = None
        self.complain: Callable[[str], None] = lambda _text: None
        self._loop, self._timers = loop, timers
        self._trust: Trust | None = None
        self._queue: deque[Queued] = deque()
        self._current: Transfer | None = None
        self._begun: Queued | None = None

    def belong_to(self, home: Home, trust: Trust | None) -> None:
        """The chat is with that server; `trust` decides about its certificate."""
        self.home, self._trust = home, trust

    def upload(self, path: str, filehost: str, done: Callable[[Uploaded], None]) -> None:
        """Send a file to that URL; `done` gets the result, or the person is told why not. Raises
        TransferError."""
        place = place_of(filehost, self.home)

        def begin() -> "Transfer":
            from chatroom.client.files.outgoing import OutgoingFile
            from chatroom.client.transfer.upload import Upload

            upload = Upload(OutgoingFile(path), filehost, place, self.credentials, done)
            return self._transfer(place, upload)

        self._add(f"{visible(path)} was not sent:", begin)

    def download(self, url: str, path: str, done: Callable[[Path], None]) -> None:
        """Save a file, in a folder or under a name, and go on where an earlier attempt stopped.
        Raises TransferError."""
        place = place_of(url, self.home)
        where = destination(path, name_in(url))

        def begin() -> "Transfer":
            from chatroom.client.transfer.download import Download

            return self._transfer(place, Download(url, place, where, done))

        self._add(f"{visible(where.name)} was not saved:", begin)

    def _add(self, what: str, begin: Callable[[], "Transfer"]) -> None:
        if len(self._queue) >= MOST_QUEUED:
            raise TransferError(f"{what} {MOST_QUEUED} other files are waiting.")
        self._queue.append(Queued(what, begin))
        self.busy = True
        self._loop.wake()

    def _transfer(self, place: Place, task: "Task") -> "Transfer":
        from chatroom.client.transfer.transfer import Transfer, trust_of

        trust = trust_of(place, self._trust)
        return Transfer(self._loop, self._timers, place, task, self._failed, trust)

    def turn(self) -> None:
        """Go on, with the next one if there is none under way."""
        if self._current is not None:
            self._current.turn()
        while self._current is None or self._current.is_over:
            if not self._queue:
                self._current, self.busy, self.progress = None, False, None
                return
            self._begin(self._queue.popleft())
        self.progress = _progress(self._current.task)

    def _begin(self, queued: Queued) -> None:
        self._current, self._begun = None, queued
        try:
            self._current = queued.begin()
            self._current.start()
        except TransferError as error:
            self._failed(error)

    def _failed(self, error: TransferError) -> None:
        begun = self._begun
        assert begun is not None
        if not isinstance(error, TryAgain) or begun.is_second:
            self.complain(f"{begun.what} {error}")
            return

        def again() -> None:
            self._queue.appendleft(begun._replace(is_second=True))
            self.busy = True
            self._loop.wake()

        self._timers.at(time.monotonic() + error.seconds, again)

    def cancel(self) -> bool:
        """Stop the one that is under way. Returns whether there was one."""
        if self._current is None or self._current.is_over:
            return False
        self._current.cancel()
        if self._begun is not None:
            self.complain(f"{self._begun.what} you stopped it.")
        return True

    def close(self) -> None:
        """The client ends, and so does all of this."""
        self._queue.clear()
        if self._current is not None:
            self._current.cancel()


def _progress(task: "Task") -> Progress:
    return Progress(visible(task.name), task.moved * 100 // task.total if task.total else 0)
