"""A house whose server may be replaced by another one at any time, in the same process."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.server.config.load import load
from chatroom.server.server import Adopted, Server
from chatroom.server.upgrade.snapshot import finish, restore, take
from server.conftest import DESCRIPTORS, House


class MovingHouse(House):
    """`move` does what an upgrade does, without another process."""

    def move(self) -> None:
        """From now on another server has the connections, which knows only the snapshot."""
        old = self.server
        taken = take(old)
        plain = json.loads(json.dumps(taken.snapshot))
        sockets = {number: one.sock.dup() for number, one in taken.connections.items()}
        listening = [sock.dup() for sock, _ in old.accepting.sockets]
        new = Server(load(old.options), old.options, DESCRIPTORS)
        new.stopwatch = old.stopwatch
        restore(new, plain, sockets)
        if old.history is not None:
            old.storage.settle()
            lock = old.storage.lock
            assert lock is not None
            new.open_history(Adopted(os.dup(lock)))
        finish(new, plain)
        if new.config == old.config:
            assert json.loads(json.dumps(take(new).snapshot)) == plain
        for sock in listening:
            new.accepting.listen(sock)
        old.abandon()
        self.server = new


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[MovingHouse]:
    """A moving house with its default rules, but without flood control."""
    house = MovingHouse(tmp_path)
    yield house
    house.server.end()
