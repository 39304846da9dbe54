"""Brings to an end what a snapshot could not contain, before it is taken.

A snapshot has values, but much that is under way is a function that waits: for a worker with a
password, for a process that searches, for the next step of a large answer, for the rest of a
request. So there are three steps:

1. `approach`: the server serves as usual, but no background work begins, which may take seconds.
   `is_calm` finds a moment in which nothing is under way.
2. `quiesce`: ticks that take no new input. Nobody's lines are carried out; they wait where they
   are, and go with the snapshot. Only what is under way goes on, and only connections for which
   something is under way are read.
3. What has not ended after a part of the time is ended (ENDINGS): tries that wait for the worker
   are refused, as if there were too many; searches are answered with an error; answers are written
   to their end, even if nobody reads them; handshakes and requests that are not complete are
   closed, and their clients try again.

`release` undoes all of this, if the server continues.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from chatroom.net.child import Child
from chatroom.net.connection import Connection
from chatroom.net.loop import Loop, Ready
from chatroom.server.doors.door import Door
from chatroom.server.server import Server
from chatroom.wire.reference import HistoryError

log = logging.getLogger("chatroom")

WAITS = 0.005
"""Seconds that a tick without new input waits for workers at most."""

GENTLE = 0.25
"""The part of the time after which what is under way is ended."""

SLICE = 0.001
"""Seconds of a turn."""


class Busy(Exception):
    """Something does not end in time. `str()` says what."""


# What may be under way


def _jobs(server: Server) -> int:
    files = server.storage.files
    jobs = server.workers.pending + len(server.workers.finished)  # which has also what is posted
    return jobs + (files.unfinished if files is not None else 0)


def _searches(server: Server) -> int:
    return int(server.history is not None and not server.history.searches.is_idle)


def _unwritten(server: Server) -> int:
    return int(server.is_held or server.is_writing)


def _connections(server: Server) -> int:
    return sum(1 for _ in _doors(server))


_CONNECTIONS = "connections with something unfinished"

UNDER_WAY: Mapping[str, Callable[[Server], int]] = {
    "jobs of workers": _jobs,
    "searches": _searches,
    "announcements": lambda server: server.timers.unfinished_steps,
    "handshakes": lambda server: len(server.handshakes.waiting),
    "unwritten output": _unwritten,
    _CONNECTIONS: _connections,
}
"""What has to end before a snapshot can be taken, and how much of it there is."""


def _doors(server: Server) -> Iterator[Door]:
    """The doors at which something is under way."""
    for door in list(server.doors.values()):
        if door.is_under_way and not door.connection.closing:
            yield door


def under_way(server: Server) -> Counter[str]:
    """How much of each kind is under way."""
    return +Counter({name: count(server) for name, count in UNDER_WAY.items()})


# The steps


def approach(server: Server) -> None:
    """Begin no background work from now on."""
    if server.history is not None:
        server.history.hold()


def is_calm(server: Server) -> bool:
    """Whether the pause will be short: nothing is under way, but for peers that have stopped in the
    middle of something, whom `quiesce` does not wait for."""
    others = (count for name, count in UNDER_WAY.items() if name != _CONNECTIONS)
    return not any(count(server) for count in others) and all(
        door.is_stalled for door in _doors(server)
    )


def quiesce(server: Server, seconds: float) -> None:
    """Tick without new input until nothing is half done, for at most `seconds`. Raises Busy; then,
    or if the upgrade fails later, `release` has to follow."""
    approach(server)
    server.take_input = lambda _patience: _take_no_input(server)
    begun = time.monotonic()
    for door in _doors(server):
        if door.is_stalled:
            server.guarded(door.force_end)
    while counts := under_way(server):
        passed = time.monotonic() - begun
        if passed > seconds:
            raise Busy(_in_words(counts))
        if passed > GENTLE * seconds:
            _end_everything(server)
        server.tick()
    if server.history is not None and server.history.is_failing:
        raise Busy("the history cannot be written, and messages wait in memory")


def release(server: Server) -> None:
    """Serve as before."""
    server.take_input = server.poll_and_dispatch
    if server.history is not None:
        server.history.release()


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _take_no_input(server: Server) -> int:
    """What a tick does in the place of `Server.poll_and_dispatch`."""

    def wanted(call: Ready) -> bool:
        """Our own process and its children, and connections for which something is under way."""
        owner = getattr(call, "__self__", None)
        if isinstance(owner, Connection):
            door = server.doors.get(owner)
            return owner.closing or (door is not None and door.is_under_way)
        return isinstance(owner, Loop | Child)

    waits = 0.0 if server.is_writing and not server.is_held else WAITS
    ready = server.loop.select_some(waits, wanted)
    server.world.set_time(time.time(), time.monotonic())
    for call, mask in ready:
        server.guarded(call, mask)
    for door in _doors(server):
        server.guarded(door.wind_up, server.stopwatch() + SLICE)
    return 0


# The end of what does not end by itself


def _end_tries(server: Server) -> None:
    server.storage.drop_tries()
    server.operator_keeper.drop_tries()
    server.gateways.drop_tries()


def _end_searches(server: Server) -> None:
    if server.history is not None and not server.history.searches.is_idle:
        server.history.searches.stop(HistoryError("The search was interrupted; search again"))


def _end_doors(server: Server) -> None:
    for door in _doors(server):
        server.guarded(door.force_end)


ENDINGS: tuple[Callable[[Server], None], ...] = (_end_tries, _end_searches, _end_doors)


def _end_everything(server: Server) -> None:
    for end in ENDINGS:
        end(server)
