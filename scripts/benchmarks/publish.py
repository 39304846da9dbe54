"""What scripts say over HTTP: how many messages in a second the server takes, on one connection
that stays, and on a new one for each, as curl makes it. Each is on disk when it is answered. And
how long it takes to load the page with all of its files, as a browser does that has none."""

import http.client
import time
from contextlib import closing
from pathlib import Path

from benchmarks.crowd import Shape
from benchmarks.report import Report
from benchmarks.servers import Chatroom
from chatroom.server.web.page_files import page_files
from chatroom.store.accounts import AccountStore
from chatroom.store.tokens import TokenStore
from chatroom.wire.scram import derive
from chatroom.wire.tokens import API, Token, token_of

SHAPE = Shape(100, 1, 1)
COUNT = 2000
LOADS = 30
"""Page loads, each on CONNECTIONS of its own."""

CONNECTIONS = 6

_HEADERS = {"Authorization": f"Bearer {token_of(bytes(32))}"}
_PATIENCE = 30.0


def run(directory: Path, report: Report, smoke: bool = False) -> None:
    """A room of a hundred hears it. `smoke`: everything as small as can be."""
    shape, count = (Shape(3, 1, 1), 20) if smoke else (SHAPE, COUNT)
    _make_token(directory / "data")
    with Chatroom(directory) as server, server.crowd(shape) as crowd:
        crowd.look(shape)
        (room,) = crowd.rooms
        report.heading(f"HTTP publishes into a room of {shape.members}")
        for name, stays in (("one connection", True), ("a connection for each", False)):
            cpu, begun = server.account.cpu(), time.perf_counter()
            _publish(server.port, room, count, stays)
            seconds = time.perf_counter() - begun
            report.add_one(f"messages, {name}", "1/s", count / seconds)
            cost = (server.account.cpu() - cpu) / count * 1e6
            report.add_one(f"the server's processor for a message, {name}", "µs", cost)
        _load_pages(server, report, 2 if smoke else LOADS)


def _load_pages(server: Chatroom, report: Report, count: int) -> None:
    paths = ["/".join(("", *segments)) for segments in page_files()]
    cpu, seconds = server.account.cpu(), []
    for _ in range(count):
        begun = time.perf_counter()
        size = _load_page(server.port, paths)
        seconds.append(time.perf_counter() - begun)
    seconds.sort()
    report.heading(f"the page: {len(paths)} files, {size / 1000:.0f} KB as they are sent")
    report.add_one("a load on 6 connections, p50", "ms", seconds[len(seconds) // 2] * 1000)
    report.add_one("a load on 6 connections, longest", "ms", seconds[-1] * 1000)
    cost = (server.account.cpu() - cpu) / count * 1000
    report.add_one("the server's processor for a load", "ms", cost)


def _load_page(port: int, paths: list[str]) -> int:
    """Fetch all files, CONNECTIONS at a time. Returns the bytes of their contents."""
    connections = [
        http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE) for _ in range(CONNECTIONS)
    ]
    size = 0
    for begin in range(0, len(paths), CONNECTIONS):
        some = list(zip(connections, paths[begin : begin + CONNECTIONS], strict=False))
        for connection, path in some:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
        for connection, _ in some:
            response = connection.getresponse()
            size += len(response.read())
            assert response.status == 200, response.status
    for connection in connections:
        connection.close()
    return size


def _make_token(data: Path) -> None:
    data.mkdir(mode=0o700, parents=True)
    with closing(AccountStore(data)) as accounts:
        account = accounts.add("robot", derive(b"unused", b"salt", 1), time.time())
    with closing(TokenStore(data)) as tokens:
        tokens.add(token_of(bytes(32)), Token(0, account.number, API, "bench"))


def _publish(port: int, room: str, count: int, stays: bool) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    for number in range(count):
        connection.request("POST", f"/rooms/{room}", f"message {number}", _HEADERS)
        response = connection.getresponse()
        response.read()
        assert response.status == 201, response.status
        if not stays:
            connection.close()
    connection.close()
