"""A history service whose loop tests turn by hand."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chatroom.chat.history_port import Asker
from chatroom.chat.settings import HistorySettings
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.server.history_service import HistoryService
from chatroom.store.history import History
from chatroom.text.search_query import parse_query
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError
from harness import PATIENCE


class Setting:
    """A history service with a loop that is turned by hand; `told` is what everybody was told."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        settings = {"durability": "power", **settings}  # where each tick is a transaction
        self.directory = directory
        self.loop, self.timers = Loop(), Timers()
        self.workers = Workers(self.loop, 2)
        self.told: list[str] = []
        values = HistorySettings(**settings)
        self.history = History(directory, values.durability, values.backlog)
        self.service = HistoryService(
            self.history, directory, values, self.workers, self.timers, self.told.append
        )

    def commit(self) -> bool:
        return self.service.commit_tick(time.monotonic())

    def until(self, done: Callable[[], object]) -> None:
        """Turn until that is so."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, "waited in vain"
            self.turn()

    def turn(self) -> None:
        """One turn of the loop, with its wait."""
        wait = self.timers.wait(time.monotonic())
        for call, mask in self.loop.select(PATIENCE if wait is None else wait):
            call(mask)
        self.timers.run(time.monotonic())
        self.workers.collect()
        self.commit()

    def find(self, query: str, *closed: str, below: str = "") -> list[str]:
        """The texts that a search finds for one who may read all but these rooms.

        Raises what it raised.
        """
        results: list[list[Message] | HistoryError] = []
        self.service.find(parse_query(query), 10, asker(*closed), below, results.append)
        self.until(lambda: results)
        if isinstance(results[0], HistoryError):
            raise results[0]
        return [message.params[1] for message in results[0]]

    def close(self) -> None:
        self.workers.close()
        self.service.close()
        self.loop.close()


def asker(*closed: str) -> Asker:
    """Somebody who may not read these rooms."""
    return Asker(
        address="192.0.2.1",
        session="somebody",
        is_gone=lambda: False,
        charge=lambda: None,
        may_read=lambda message: message.params[0] not in closed,
        is_shut_out=lambda room: room in closed,
    )
