"""One transfer over a connection of its own, beside the chat on the same loop.

At most one piece is in memory: the next one is read when the system has taken the last. A server
that does nothing for a file is given up after two minutes (`ServerConnection`).
"""

from collections.abc import Callable
from typing import Protocol

from chatroom.client.connection.server_connection import ServerConnection, why_not
from chatroom.client.connection.trust import Trust, Untrusted, trust_for
from chatroom.client.errors import TransferError
from chatroom.client.transfer.http import Exchange, Incomplete
from chatroom.client.transfer.places import Place
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.text.display import visible

PIECES_AT_ONCE = 4
"""Pieces of an upload in one turn of the loop, before keys are handled."""

PROTOCOL = "http/1.1"


class Task(Protocol):
    """An Upload or a Download."""

    exchange: Exchange
    name: str
    total: int

    @property
    def moved(self) -> int:
        """Bytes so far, of `total`."""
        ...

    def close(self) -> None:
        """It has ended in any way."""


class Transfer:
    """Carries a task out. Call `start`, then `turn` in each turn of the loop, until `is_over`.

    `failed` gets the reason, unless the task has done its work or `cancel` was called.
    """

    def __init__(
        self,
        loop: Loop,
        timers: Timers,
        place: Place,
        task: Task,
        failed: Callable[[TransferError], None],
        trust: Trust | None = None,
    ) -> None:
        """`trust` is what decides about the server (`trust_of`); None for clear text."""
        self.task = task
        self.is_over = False
        self._loop = loop
        self._place = place
        self._failed = failed
        self._link = ServerConnection(loop, timers, place.address, self, trust, protocol=PROTOCOL)

    def start(self) -> None:
        """Connect."""
        self._link.call()

    def turn(self) -> None:
        """Send as much as the system takes, within a limit."""
        self._link.flush()
        try:
            for _ in range(PIECES_AT_ONCE):
                if self.is_over or not self._link.flushed:
                    return
                piece = self.task.exchange.more()
                if not piece:
                    return
                self._link.say(piece)
                self._link.heard()
                self._link.flush()
        except TransferError as error:
            self._end(error)
            return
        self._loop.wake()  # there is more, and nothing else may happen

    def cancel(self) -> None:
        """Stop it."""
        self._end()

    def _end(self, error: TransferError | None = None) -> None:
        if self.is_over:
            return
        self.is_over = True
        self._link.close()
        self.task.close()
        self._loop.wake()
        if error:
            self._failed(error)

    # Called by the connection (connection/server_connection.py, Owner)

    def connected(self) -> None:
        """There is a connection, to the right server."""
        self._link.say(self.task.exchange.begin())
        self.turn()

    def unreachable(self, error: OSError) -> None:
        """The server cannot be reached."""
        self._end(TransferError(why_not(self._place.address, error)))

    def untrusted(self, refusal: Untrusted) -> None:
        """The server may be somebody else."""
        self._end(TransferError(refusal.text))

    def received(self, data: bytes) -> None:
        """Process bytes from the server. Only a part of a file shows that it is alive."""
        exchange = self.task.exchange
        try:
            if exchange.feed(data):
                self._link.heard()
        except TransferError as error:
            self._end(error)
            return
        if exchange.is_done:
            self._end()

    def lost(self, reason: str) -> None:
        """The connection has ended, perhaps as the answer's end."""
        try:
            self.task.exchange.feed(b"")
        except Incomplete:
            self._end(TransferError(f"The connection is lost: {visible(reason)}."))
        except TransferError as error:
            self._end(error)
        self._end()

    def expects(self) -> bool:
        """Whether a silent server is at fault: always."""
        return True

    def probe(self) -> None:
        """There is nothing to ask in the middle of a file."""


def trust_of(place: Place, home: Trust | None) -> Trust | None:
    """What decides about the server at that place; None in clear text. Everything that is known of
    the chat's server holds for its files, too."""
    if place.is_home and place.tls and home is not None:
        return home.again()
    return trust_for(place.address, place.tls)
