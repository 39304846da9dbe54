"""The log's thread: whoever logs never waits, and what is lost is counted."""

import errno
import fcntl
import os
import re
import threading
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from chatroom.server.logging_setup import LogWriter

PATIENCE = 15.0
LINE = "x" * 99  # 100 bytes with its end


class Pipe(NamedTuple):
    """Both ends of a pipe of one page, whose reader is the test."""

    read_end: int
    write_end: int

    def lines(self, last: str) -> list[str]:
        """Everything up to a line that ends so."""
        text = ""
        while not text.endswith(f"{last}\n"):
            data = os.read(self.read_end, 65536)
            assert data, f"the log ends with {text[-200:]!r}"
            text += data.decode()
        return text.splitlines()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """The log's thread may still wait to write when the test is over; it has the last word."""
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    yield Pipe(read_end, write_end)
    os.close(read_end)


def test_lines_in_order(pipe: Pipe) -> None:
    writer = LogWriter(pipe.write_end)
    lines = [f"line {number}" for number in range(1000)]
    threading.Thread(target=deque, args=(map(writer.put, lines), 0)).start()
    assert pipe.lines("line 999") == lines
    writer.drain(PATIENCE)


def test_nobody_reads(pipe: Pipe) -> None:
    """Putting returns; what is too much is counted, and told in its place."""
    writer = LogWriter(pipe.write_end, most_bytes=10_000)
    for _ in range(1000):
        writer.put(LINE)
    writer.drain(0.0)
    kept = pipe.lines("nobody read the log")
    written = kept.count(LINE)
    told = [line for line in kept if line != LINE]  # twice, if the thread was late to begin
    lost = [re.fullmatch(r"\[SERVER\] (\d+) log lines were lost because .*", one) for one in told]
    assert sum(int(one[1]) for one in lost if one) == 1000 - written
    assert all(lost) and kept[-1] == told[-1]
    assert 100 <= written <= 300  # the limit, and what the pipe and the thread had taken before
    writer.put("afterwards")
    assert pipe.lines("afterwards") == ["afterwards"]


def test_lost_lines_in_another_format(pipe: Pipe) -> None:
    writer = LogWriter(pipe.write_end, most_bytes=50, as_line=lambda words: f"<4>{words}")
    writer.put(LINE)
    writer.put("next")
    assert pipe.lines("next") == ["<4>1 log line was lost because nobody read the log", "next"]


def test_one_line_is_lost(pipe: Pipe) -> None:
    writer = LogWriter(pipe.write_end, most_bytes=50)
    writer.put(LINE)
    writer.put("next")
    assert pipe.lines("next") == [
        "[SERVER] 1 log line was lost because nobody read the log",
        "next",
    ]


def test_a_pipe_that_somebody_made_non_blocking(pipe: Pipe) -> None:
    """The open file may be another program's as well."""
    os.set_blocking(pipe.write_end, False)
    writer = LogWriter(pipe.write_end)
    for _ in range(200):
        writer.put(LINE)
    writer.put("last")
    assert pipe.lines("last") == [LINE] * 200 + ["last"]


def test_writing_fails_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk that took half a line: the next begins its own row, and no try is repeated."""
    written: list[bytes] = []
    room = [3]
    tries = []

    def write(_descriptor: int, data: bytes) -> int:
        tries.append(data)
        part = data[: room[0]]
        if not part:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        room[0] -= len(part)
        written.append(part)
        return len(part)

    writer = LogWriter(1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        writer.put("first")
        writer.drain(PATIENCE)
        writer.put("second")
        writer.drain(PATIENCE)
        assert len(tries) == 3  # half of the first, its rest, the second with the report
        room[0] = 1000
        writer.put("third")
        writer.drain(PATIENCE)
    assert b"".join(written).decode().splitlines() == [
        "fir",
        "[SERVER] 2 log lines were lost because they could not be written: no space left on device",
        "third",
    ]


def test_a_line_that_is_no_unicode(pipe: Pipe) -> None:
    LogWriter(pipe.write_end).put("a \udcff name")
    assert pipe.lines("name") == [r"a \udcff name"]
