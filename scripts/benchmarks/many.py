"""What many visitors cost who say nothing, who come in, and who enter a room."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.crowd import Crowd, Shape
from benchmarks.servers import Server
from benchmarks.talk import Bench
from benchmarks.turns import Contender


def idle(bench: Bench) -> None:
    """Registered connections that are quiet: memory, CPU at rest, and a room among them.

    Each server is new, and alone, since a process has descriptors for one only.
    """
    plan = bench.plan
    for label, start in bench.starters():
        with start(f"{label} idle") as server:
            before = server.account.memory()
            with server.visitors().gather(plan.idle) as crowd:
                crowd.barrier(crowd.socks)
                each = (server.account.memory() - before) / plan.idle
                figures = {"bytes each": each, **_at_rest(bench, server)}
                bench.results.add(f"{plan.idle:,} idle connections", label, **figures)
                for shape in plan.kinds_shapes:
                    _room_among(bench, server, crowd, shape)


def _at_rest(bench: Bench, server: Server) -> dict[str, float]:
    server.rest()
    seconds = bench.plan.idle_seconds
    cpu = server.account.cpu()
    time.sleep(seconds)
    return {"% of a core at rest": (server.account.cpu() - cpu) / seconds * 100}


FULL_SECOND = 1
"""Seconds that a PING may come later, since our server asks on full ones."""

SPREAD = 0.9
"""Part of the time between two PINGs over which they are spread."""


def pings(bench: Bench) -> None:
    """Quiet connections that are asked for a sign of life once, one after the other. Ours alone."""
    plan = bench.plan
    period = plan.ping_seconds
    case = f"{plan.idle:,} answer one PING each {period} s"
    for label, server in bench.pinging():
        with server, server.visitors().gather(plan.idle) as crowd:
            crowd.barrier(crowd.socks)
            crowd.spread(period * SPREAD)
            cpu = server.account.cpu()
            answered = crowd.answer(period + FULL_SECOND)
            used = server.account.cpu() - cpu
        share = used / (period + FULL_SECOND)
        figures = {"% of a core": share * 100, "PINGs each": answered / plan.idle}
        bench.results.add(case, label, **figures)


def _room_among(bench: Bench, server: Server, crowd: Crowd, shape: Shape) -> None:
    crowd.barrier(crowd.socks)  # who is silent for too long is asked for a PONG
    crowd.rooms.clear()
    crowd.enter(shape.members)
    case = f"fan-out {shape} among {bench.plan.idle:,}"
    bench.compare([Contender(case, server, crowd, shape)])


def joins(bench: Bench) -> None:
    """All enter one room at once, until everyone has seen everyone come."""
    count = bench.plan.joining
    for server in bench.servers:
        with server.visitors().gather(count) as crowd:
            crowd.barrier(crowd.socks)
            with cost(bench, server, f"{count:,} enter a room", "s", 1):
                crowd.rush(count)


def registrations(bench: Bench) -> None:
    """NICK and USER until the end of the welcome, on connections that stand, and on new ones."""
    count = bench.plan.registering
    for server in bench.servers:
        with server.visitors() as crowd:
            socks = crowd.connect(count)
            with cost(bench, server, "a registration", "us", count / 1e6):
                crowd.greet(socks)
        case = "a connection and registration"
        with server.visitors() as crowd, cost(bench, server, case, "us", count / 1e6):
            crowd.gather(count)


@contextmanager
def cost(bench: Bench, server: Server, case: str, unit: str, count: float) -> Iterator[None]:
    """Time and CPU of what is done herein, divided by `count`."""
    cpu, begin = server.account.cpu(), time.perf_counter()
    yield
    took = time.perf_counter() - begin
    used = server.account.cpu() - cpu
    bench.results.add(case, server.label, **{unit: took / count, f"CPU {unit}": used / count})
