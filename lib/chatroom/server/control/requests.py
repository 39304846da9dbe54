"""One row for each request that tools make of the running server.

How to add a request
--------------------
1. Write a handler `(arguments, host) -> Answer`. It runs in the loop, so it may take a fraction of
   a millisecond. What takes longer returns a `Later`, which is resolved in the loop's thread: by a
   worker's `done`, or by a timer. For a refusal raise `Declined`; `text_in` reads
   an argument. What it returns is on disk before the tool reads it, as everything is that a tick
   sends.
2. Add a row to REQUESTS. What it needs of the server is a row of `ControlHost` (`host.py`), made in
   `Server._make_control_host`.
3. A tool calls `ask` (`ask.py`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from chatroom import __version__
from chatroom.server.account_changes import AccountChange
from chatroom.server.control.host import ControlHost
from chatroom.server.control.protocol import text_in
from chatroom.server.upgrade.outcome import Outcome

Arguments = Mapping[str, Any]
Values = Mapping[str, Any]
"""What JSON can say."""


class Declined(Exception):
    """The server does not do that. `str()` gives the reason in one line, as tools print it."""


class Later:
    """An answer that comes in a later tick: `resolve` or `decline` it once, in the loop's thread.

    Nothing happens if the tool has gone meanwhile. The handler sees to it that the answer comes.
    """

    def __init__(self) -> None:
        self._deliver: Callable[[Values | Declined], None] | None = None
        self._answer: Values | Declined | None = None

    def resolve(self, values: Values) -> None:
        """This is the answer."""
        self._settle(values)

    def decline(self, words: str) -> None:
        """It did not work; `words` give the reason."""
        self._settle(Declined(words))

    def _settle(self, answer: Values | Declined) -> None:
        self._answer = answer
        if self._deliver is not None:
            self._deliver(answer)

    def deliver_to(self, deliver: Callable[[Values | Declined], None]) -> None:
        """Called by the socket: where the answer goes."""
        self._deliver = deliver
        if self._answer is not None:
            deliver(self._answer)


Answer = Values | Later
Handler = Callable[[Arguments, ControlHost], Answer]


def _account_changed(arguments: Arguments, host: ControlHost) -> Answer:
    before, after, ends = (text_in(arguments, name) for name in ("before", "after", "ends"))
    host.account_changed(AccountChange(before, after, ends))
    return {}


def _status(_arguments: Arguments, host: ControlHost) -> Answer:
    return host.status()


def _upgrade(_arguments: Arguments, host: ControlHost) -> Answer:
    later = Later()

    def report(outcome: Outcome) -> None:
        if outcome.trouble:
            later.decline(outcome.trouble)
        else:
            later.resolve(
                {
                    "old": outcome.old._asdict(),
                    "new": outcome.new._asdict(),
                    "connections": outcome.connections,
                    "pause_ms": round(outcome.pause * 1000, 1),
                }
            )

    host.upgrade(report)
    return later


REQUESTS: Mapping[str, Handler] = {
    "account-changed": _account_changed,
    "status": _status,
    "upgrade": _upgrade,
}


def handle(name: str, arguments: Arguments, host: ControlHost) -> Answer:
    """Carry out a request. Raises Declined and BadRequest."""
    handler = REQUESTS.get(name)
    if handler is None:
        raise Declined(f"the running server, Chatroom {__version__}, does not know this request")
    return handler(arguments, host)
