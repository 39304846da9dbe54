"""The pace of people: a small room in which somebody says something each few seconds.

There a server's caches are cold, each message wakes it up, and nothing is shared by a burst. What
counts is the CPU of a message over all threads, with all that is done about it later. The servers
are new, one for each pace, and all of them are talked to in turn for the same minute.
"""

import heapq
import time
from contextlib import ExitStack

from benchmarks.crowd import Crowd, Shape
from benchmarks.servers import Server
from benchmarks.talk import Bench
from chatroom.server.upkeep import CALM

LATER = CALM + 0.5
"""Seconds after the last message, in which our server does what it has put off."""

_ONE_STEP = 1e-9
"""Seconds of talk, of which there is at least one step."""

METRIC = "CPU us/message"


def case(shape: Shape, pace: float) -> str:
    """The name of the case."""
    return f"{shape}, one each {pace:g} s"


def pace(bench: Bench) -> None:
    """All servers at all paces, side by side."""
    plan = bench.plan
    shape = plan.pace_shape
    with ExitStack() as stack:
        talkers: list[tuple[str, float, Server, Crowd]] = []
        for label, start in bench.starters():
            for seconds in plan.paces:
                server = stack.enter_context(start(f"{label} each {seconds:g} s"))
                crowd = stack.enter_context(server.crowd(shape))
                crowd.look(shape)
                talkers.append((label, seconds, server, crowd))
        for _, _, server, _ in talkers:
            server.rest()
        before = [server.account.cpu() for _, _, server, _ in talkers]
        said = _talk(shape, talkers, plan.pace_seconds)
        if plan.upkeep:
            time.sleep(LATER)
        for number, (label, seconds, server, _) in enumerate(talkers):
            used = server.account.cpu() - before[number]
            bench.results.add(case(shape, seconds), label, **{METRIC: used / said[number] * 1e6})


def _talk(
    shape: Shape, talkers: list[tuple[str, float, Server, Crowd]], seconds: float
) -> list[int]:
    """Steps of each at its own pace, evenly spread; how many each has had."""
    begin = time.monotonic()
    said = [0] * len(talkers)
    due = [(begin + one[1] * n / len(talkers), n) for n, one in enumerate(talkers)]
    heapq.heapify(due)
    while due[0][0] < begin + seconds:
        when, number = due[0]
        time.sleep(max(0.0, when - time.monotonic()))
        _, each, _, crowd = talkers[number]
        crowd.talk(shape, _ONE_STEP)
        said[number] += shape.messages
        heapq.heapreplace(due, (when + each, number))
    return said
