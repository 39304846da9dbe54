"""What scripts say over HTTP: how many messages in a second the server takes, on one connection
that stays, and on a new one for each, as curl makes it. Each is on disk when it is answered."""

import http.client
import time
from contextlib import closing
from pathlib import Path

from benchmarks.crowd import Shape
from benchmarks.report import Report
from benchmarks.servers import Chatroom
from chatroom.store.accounts import AccountStore
from chatroom.store.tokens import TokenStore
from chatroom.wire.scram import derive
from chatroom.wire.tokens import API, Token, token_of

SHAPE = Shape(100, 1, 1)
COUNT = 2000

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
