"""Downloads of large files beside a room of a hundred who chat: what the room notices of them.

The files are sparse, so the disk is not what is measured. Who downloads is another process, which
gives way to the process that measures, and throws away what it gets.
"""

import os
import select
import signal
import socket
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.crowd import Crowd, Shape
from benchmarks.report import Report
from benchmarks.servers import Chatroom
from benchmarks.worst.crowd import MOST_MS
from chatroom.store.database import HISTORY_FILE, connect_worker
from chatroom.store.files import index
from chatroom.store.files.content import FILES
from chatroom.store.files.index import StoredFile
from chatroom.store.files.store import FileStore

DOWNLOADS = 20
SIZE = 1_000_000_000
SHAPE = Shape(100, 1, 1)
SECONDS = 10.0
PACE = 0.02
"""Seconds from one message to the next."""

_ID = "BenchmarkBenchmark0000"
_PATIENCE = 30.0


def run(directory: Path, report: Report, smoke: bool = False) -> None:
    """The room alone, and then beside the downloads. `smoke`: everything as small as can be."""
    shape, downloads, size, seconds = SHAPE, DOWNLOADS, SIZE, SECONDS
    if smoke:
        shape, downloads, size, seconds = Shape(3, 1, 1), 2, 1_000_000, 0.2
    report.heading(f"{shape}, beside {downloads} downloads of {size // 1_000_000:,} MB each")
    _make_file(directory / "data", size)
    with Chatroom(directory) as server, server.crowd(shape) as crowd:
        crowd.look(shape)
        _chat(crowd, shape, seconds, report, "nobody else")
        memory, cpu = server.account.memory(), server.account.cpu()
        ready, at_child = get_context("fork").Pipe()
        process = get_context("fork").Process(
            target=_apart, args=(server.port, downloads, size, at_child), daemon=True
        )
        process.start()
        assert ready.poll(_PATIENCE), "no download has begun"
        ready.recv()
        _chat(crowd, shape, seconds, report, f"{downloads} downloads")
        more = (server.account.memory() - memory) / 1024
        report.add_one("the server's processor meanwhile", "s", server.account.cpu() - cpu)
        ready.send(None)
        read = ready.recv()
        process.join(_PATIENCE)
        report.add_one("downloaded meanwhile", "MB/s", read / 1e6 / seconds)
        report.add_one("memory of the downloads, each", "KB", more / downloads, 1024)


def _make_file(data: Path, size: int) -> None:
    """A file of zeros, which takes no space."""
    data.mkdir(mode=0o700, parents=True)
    digest = "0" * 64
    file = StoredFile(_ID, digest, "zeros", "application/octet-stream", size, 0, 0)
    FileStore(data).close()
    with closing(connect_worker(data / HISTORY_FILE)) as connection:
        index.add(connection, file)
    place = data / FILES / digest[:2] / digest[2:]
    place.parent.mkdir(mode=0o700)
    with place.open("wb") as content:
        content.truncate(size)


def _chat(crowd: Crowd, shape: Shape, seconds: float, report: Report, name: str) -> None:
    talk = crowd.talk(shape, seconds, PACE)
    report.add_one(f"a message, p50, {name}", "ms", talk.delay(50) * 1000)
    report.add_one(f"a message, p99, {name}", "ms", talk.delay(99) * 1000, MOST_MS)


def _apart(port: int, downloads: int, size: int, parent: "Connection[Any, Any]") -> None:
    """Download for as long as the parent says nothing; tell it how many bytes that were: some, even
    where a busy machine has left no time for idle priority so far."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(19)
    buffer, read = bytearray(1 << 20), 0
    request = f"GET /files/{_ID}/zeros HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    poll = select.epoll()
    left: dict[int, int] = {}
    socks = {}
    for _ in range(downloads):
        sock = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        sock.sendall(request)
        assert sock.recv_into(buffer), "the server hung up"
        socks[sock.fileno()] = sock
        left[sock.fileno()] = size
        poll.register(sock, select.EPOLLIN)
    parent.send(None)
    while not (read and parent.poll()):
        for number, _ in poll.poll(0.1):
            got = socks[number].recv_into(buffer, len(buffer), socket.MSG_TRUNC)
            assert got, "the server hung up"
            read += got
            left[number] -= got
            if left[number] <= 0:  # once more; the answers' heads do not matter here
                left[number] += size
                socks[number].sendall(request)
    parent.send(read)
