"""Uploads and downloads between the loop and the disk: limits, memory, and what stays of those that
end early."""

import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chatroom.chat.settings import FileSettings
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.server.files import ledger
from chatroom.server.files.keeper import SHORT_PAUSE, Failed, FileKeeper, Opened
from chatroom.server.files.ledger import (
    MB,
    Ledger,
    Overloaded,
    QuotaUsed,
    TooLarge,
    TooManyUploads,
)
from chatroom.server.files.upload import HIGH, Fault, Upload, Uploader
from chatroom.store.files import index
from chatroom.store.files.content import FILES, NoSpace
from chatroom.store.files.index import BLOCK, StoredFile

ALICE, GUEST = Uploader(1, "192.0.2.1"), Uploader(0, "192.0.2.2")


class Kept:
    """A keeper, its settings, and a loop without sockets."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.settings = FileSettings(size=1, quota=2, total=3, keep_free=0)
        self.workers = Workers(Loop(), 1)
        self.writers: list[bool] = []
        self.jobs = 0
        self.keeper = self.open()

    def open(self) -> FileKeeper:
        keeper = FileKeeper(
            self.directory, lambda: self.settings, self.workers, self.writers.append
        )
        submit = keeper._submit

        def counted(job: Any, done: Any, writes: bool = False) -> None:
            def finished(future: Future[Any]) -> None:
                self.jobs -= 1
                done(future)

            self.jobs += 1
            submit(job, finished, writes)

        keeper._submit = counted  # type: ignore[method-assign]
        return keeper

    def until(self, done: list[object], count: int = 1) -> None:
        """Collect what workers have done, until there are so many results."""
        for _ in range(10_000):
            if len(done) >= count:
                return
            for call, mask in self.workers.loop.select(1.0):
                call(mask)
            self.workers.collect()
        raise AssertionError("nothing came")

    def settle(self) -> None:
        """Until the workers have nothing left to do for files."""
        while self.jobs:
            self.workers.loop.select(1.0)
            self.workers.collect()

    def put(self, data: bytes, who: Uploader = ALICE, name: str = "a.txt") -> StoredFile:
        sent = self.keeper.upload(who, len(data))
        sent.write(data)
        result = self.finish(sent, who, name)
        assert isinstance(result, StoredFile)
        return result

    def finish(self, sent: Upload, who: Uploader = ALICE, name: str = "a") -> StoredFile | Fault:
        done: list[StoredFile | Fault] = []
        self.keeper.finish(sent, who, name, "text/plain", 1.8e9, done.append)
        self.until(done)  # type: ignore[arg-type]
        return done[0]

    def read(self, id: str) -> bytes | None:
        found: list[Opened | Failed | None] = []
        self.keeper.open(id, found.append)
        self.until(found)  # type: ignore[arg-type]
        if not isinstance(found[0], Opened):
            return None
        download = self.keeper.download(found[0], 0, found[0].file.size)
        woken: list[object] = []
        download.start(lambda: woken.append(None))
        data = b""
        while (piece := download.read(1000)) != b"":
            if piece is None:
                self.until(woken, len(woken) + 1)
            else:
                data += piece
        download.close()
        return data

    @property
    def contents(self) -> int:
        return sum(each.is_file() for each in (self.directory / FILES).rglob("*"))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    kept = Kept(tmp_path)
    yield kept
    kept.settle()
    kept.keeper.close()
    kept.workers.close()
    kept.workers.loop.close()


def test_what_was_uploaded_can_be_read(kept: Kept) -> None:
    data = bytes(range(256)) * 2000
    file = kept.put(data)
    assert (file.size, file.account, file.host) == (len(data), 1, "")
    assert len(file.id) == 22
    assert kept.read(file.id) == data
    assert kept.read("x" * 22) is None
    empty = kept.put(b"")
    assert kept.read(empty.id) == b""
    assert kept.writers == [True, False] * 2


def test_pieces_are_written_in_order_and_the_sender_is_paused(kept: Kept) -> None:
    """However much comes, at most HIGH bytes and one piece wait for the disk."""
    sent = kept.keeper.upload(ALICE, None)
    woken: list[object] = []
    sent.wake = lambda: woken.append(None)
    pieces = [b"%07d" % number * 1000 for number in range(100)]
    for piece in pieces:
        if not sent.write(piece):
            assert HIGH <= sent._waiting < HIGH + len(piece)
            kept.until(woken, len(woken) + 1)
    assert woken
    file = kept.finish(sent)
    assert isinstance(file, StoredFile)
    assert kept.read(file.id) == b"".join(pieces)


def test_a_length_is_refused_before_the_body(kept: Kept) -> None:
    with pytest.raises(TooLarge, match=r"too large: files may have 1\.0 MB"):
        kept.keeper.upload(ALICE, MB + 1)
    kept.put(b"x" * MB)
    kept.put(b"y" * MB)
    with pytest.raises(QuotaUsed, match=r"Your files would take more than the 2\.0 MB"):
        kept.keeper.upload(ALICE, 1)
    other = kept.keeper.upload(Uploader(2, ""), MB)
    with pytest.raises(QuotaUsed, match="server has no room"):
        kept.keeper.upload(Uploader(3, ""), MB)
    other.abandon()
    assert kept.contents == 2


def test_who_announces_much_and_sends_little_keeps_nobody_out(kept: Kept) -> None:
    liars = [kept.keeper.upload(Uploader(number, ""), MB) for number in range(2, 9)]
    for liar in liars:
        liar.write(b"x")
    kept.put(b"x" * MB)
    kept.put(b"y" * MB)
    for liar in liars:
        liar.abandon()
    kept.settle()


def test_all_uploads_together_are_bounded(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "UPLOADS", 1)
    one = kept.keeper.upload(ALICE, 1)
    with pytest.raises(Overloaded):
        kept.keeper.upload(GUEST, 1)
    one.abandon()
    kept.settle()


def test_a_body_may_come_byte_by_byte(kept: Kept) -> None:
    """Its bytes take as much memory as a body in large pieces, and as few jobs."""
    sent = kept.keeper.upload(ALICE, None)
    written: list[int] = []
    append = sent._append

    def counted(data: bytes) -> None:
        written.append(len(data))
        append(data)

    sent._append = counted  # type: ignore[method-assign]
    for _ in range(1000):
        sent.write(b"x")
        kept.settle()
    assert len(sent._queue) <= 1000
    assert len(written) == 1, "the file is begun; the rest is written at its end"
    file = kept.finish(sent)
    assert isinstance(file, StoredFile) and kept.read(file.id) == b"x" * 1000


def test_a_body_that_grows_too_large_is_refused_and_leaves_nothing(kept: Kept) -> None:
    sent = kept.keeper.upload(ALICE, None)
    left: list[tuple[object, int, int]] = []
    sent.wake = lambda: left.append((sent.fault, kept.contents, kept.keeper._ledger._total))
    while not sent.write(b"x" * 50_000) or sent.size < MB:
        kept.settle()
    left.clear()
    assert not sent.write(b"x") and not sent.write(b"more that was under way")
    kept.settle()
    ((fault, contents, total),) = left
    assert isinstance(fault, TooLarge)
    assert (contents, total) == (0, 0)  # whoever is told may try again
    with pytest.raises(TooLarge):
        sent.write(b"x")
    assert kept.keeper._ledger.used(1) == 0
    kept.put(b"x" * MB)  # nothing stays reserved


def test_parallel_uploads_cannot_exceed_a_quota(kept: Kept) -> None:
    """None of them is stored yet."""
    first = [kept.keeper.upload(ALICE, None) for _ in range(3)]
    first[0].write(b"x" * MB)
    for sent in first[1:]:
        for _ in range(10):
            sent.write(b"x" * (MB // 10))
    kept.settle()
    assert first[0].fault is None
    assert any(isinstance(sent.fault, QuotaUsed) for sent in first[1:])
    assert sum(sent.size for sent in first if sent.fault is None) <= 2 * MB
    for sent in first:
        sent.abandon()
    kept.settle()
    assert kept.contents == 0
    assert not kept.keeper._ledger._reserved
    assert not kept.keeper._uploads


def test_only_so_many_at_the_same_time(kept: Kept) -> None:
    running = [kept.keeper.upload(ALICE, None) for _ in range(ledger.UPLOADS_OF_ONE)]
    with pytest.raises(TooManyUploads):
        kept.keeper.upload(ALICE, None)
    running.append(kept.keeper.upload(GUEST, None))
    running.pop(0).abandon()
    running.append(kept.keeper.upload(ALICE, None))
    for each in running:
        each.abandon()
    kept.settle()
    assert not kept.keeper._ledger._running


@pytest.mark.parametrize("written", [0, 5, 200_000])
def test_an_upload_that_ends_early_leaves_nothing(kept: Kept, written: int) -> None:
    sent = kept.keeper.upload(ALICE, 300_000)
    sent.write(b"x" * written)
    sent.abandon()
    sent.abandon()
    kept.settle()
    assert kept.contents == 0
    assert not kept.keeper._ledger._reserved


def test_who_leaves_while_the_last_step_is_under_way_gets_no_file(kept: Kept) -> None:
    """Nobody was told the address, so nobody could remove the file."""
    sent = kept.keeper.upload(ALICE, 1)
    sent.write(b"x")
    kept.keeper.finish(sent, ALICE, "a", "text/plain", 1.8e9, lambda _file: pytest.fail("stored"))
    while not kept.writers:  # the row is being written
        kept.workers.loop.select(1.0)
        kept.workers.collect()
    sent.abandon()
    kept.settle()
    assert kept.contents == 0
    assert kept.keeper._ledger.used(1) == 0


def test_a_full_disk_fails_one_upload(kept: Kept) -> None:
    good = kept.keeper.upload(ALICE, None)
    good.write(b"good")
    kept.settle()
    kept.settings = FileSettings(keep_free=1_000_000_000)
    full = kept.keeper.upload(ALICE, None)
    woken: list[object] = []
    full.wake = lambda: woken.append(None)
    full.write(b"x")
    kept.until(woken)
    assert isinstance(full.fault, NoSpace)
    assert kept.contents == 1  # the other one's
    with pytest.raises(NoSpace):
        full.write(b"more")
    assert isinstance(kept.finish(good), StoredFile)
    kept.settle()
    assert kept.contents == 1


def test_a_failure_in_the_last_step_is_told(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = kept.keeper.upload(ALICE, 1)
    sent.write(b"x")
    kept.settle()

    def fails(*_: object) -> None:
        raise NoSpace("The server's disk is full")

    monkeypatch.setattr("chatroom.store.files.content.NewContent.seal", fails)
    assert isinstance(kept.finish(sent), NoSpace)
    kept.settle()
    assert kept.contents == 0


def test_contents_follow_their_rows(kept: Kept) -> None:
    """As a redaction removes these."""
    file, other = kept.put(b"1"), kept.put(b"2")
    with closing(sqlite3.connect(kept.directory / "history.db")) as rows, rows:
        gone = index.take_back(rows, [file.id], 1, "")
    kept.keeper.rows_gone(gone)
    kept.settle()
    assert [kept.read(each.id) for each in (file, other)] == [None, b"2"]
    assert kept.contents == 1
    assert kept.keeper._ledger.used(1) == BLOCK


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system takes no advice")
def test_the_system_does_not_read_ahead_while_the_loop_waits(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did so for 30 ms at a time, as much as is configured for the disk."""
    file = kept.put(b"x" * 500_000)
    advised: list[tuple[int, ...]] = []
    advise = os.posix_fadvise

    def noted(*arguments: int) -> None:
        advised.append(arguments[1:])
        advise(*arguments)

    monkeypatch.setattr(os, "posix_fadvise", noted)
    assert kept.read(file.id) == b"x" * 500_000
    assert advised[0] == (0, 0, os.POSIX_FADV_RANDOM)


def test_a_download_goes_on_when_its_file_is_removed(kept: Kept) -> None:
    data = b"x" * 500_000
    file = kept.put(data)
    found: list[Opened | Failed | None] = []
    kept.keeper.open(file.id, found.append)
    kept.until(found)  # type: ignore[arg-type]
    assert isinstance(found[0], Opened)
    kept.keeper.remove([file.id], lambda _file: True)
    kept.settle()
    assert kept.contents == 0
    download = kept.keeper.download(found[0], 100, 300_000)
    woken: list[object] = []
    download.start(lambda: woken.append(None))
    size = 0
    while (piece := download.read(65_536)) != b"":
        if piece is None:
            kept.until(woken, len(woken) + 1)
        size += len(piece or b"")
    download.close()
    assert size == 300_000


def test_what_is_stored_counts_after_a_restart(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.put(b"x" * MB)
    kept.put(b"y" * MB)
    kept.keeper.close()
    kept.keeper = kept.open()
    kept.keeper.begin(Timers(), time.monotonic(), time.time)
    with pytest.raises(QuotaUsed):
        kept.keeper.upload(ALICE, 1)
    kept.settle()
    assert kept.contents == 2
    kept.keeper.close()
    kept.workers.close()
    kept.workers.loop.close()


def test_guests_share_a_quota() -> None:
    guests = Ledger({0: 2 * MB})
    with pytest.raises(QuotaUsed, match="files of guests"):
        guests.reserve(0, 1, FileSettings(quota=2))
    guests.reserve(1, 1, FileSettings(quota=2))


def test_old_files_are_looked_for_now_and_then(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    file = kept.put(b"x")
    kept.settings = FileSettings(retention=30)
    asked: list[tuple[int, float]] = []

    def expire(days: int, now: float) -> tuple[list[StoredFile], bool]:
        asked.append((days, now))
        return [file], len(asked) == 1

    monkeypatch.setattr(kept.keeper._store, "expire", expire)
    timers, begin = Timers(), time.monotonic()
    kept.keeper.begin(timers, begin, lambda: 1.9e9)
    for _ in range(2):  # more to remove, so the second look follows soon
        timers.run(time.monotonic() + SHORT_PAUSE, lambda action: action(), 8)
        kept.settle()
    assert asked == [(30, 1.9e9)] * 2
    assert kept.keeper._ledger.used(1) == 0
    patience = timers.wait(time.monotonic() + SHORT_PAUSE)
    assert patience is not None
    assert patience > SHORT_PAUSE  # the third does not
