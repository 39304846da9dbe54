"""What many visitors cost who say nothing, who come in, and who enter a room."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.crowd import Crowd, Shape
from benchmarks.servers import Server
from benchmarks.talk import Bench, measure


def idle(bench: Bench) -> None:
    """Registered connections that are quiet: memory, CPU at rest, and a room among them.

    The servers come one after the other, each new, since a process has descriptors for one only.
    """
    plan = bench.plan
    case = f"{plan.idle:,} idle connections"
    for label, start in bench.starters():
        with start(f"{label} idle") as server:
            before = server.account.memory()
            with server.visitors().gather(plan.idle) as crowd:
                crowd.barrier(crowd.socks)
                each = (server.account.memory() - before) / plan.idle
                bench.results.add(case, label, **{"bytes each": each, **_at_rest(bench, server)})
                for shape in plan.kinds_shapes:
                    _room_among(bench, server, crowd, shape)
    bench.show(case)
    for shape in plan.kinds_shapes:
        bench.show(_among(bench, shape))


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
    bench.show(case)


def _among(bench: Bench, shape: Shape) -> str:
    return f"fan-out {shape} among {bench.plan.idle:,}"


def _room_among(bench: Bench, server: Server, crowd: Crowd, shape: Shape) -> None:
    crowd.barrier(crowd.socks)  # who is silent for too long is asked for a PONG
    crowd.rooms.clear()
    crowd.enter(shape.members)
    for _ in range(bench.plan.few):
        measured = measure(server, crowd, shape, bench.plan.seconds)
        bench.results.add(_among(bench, shape), server.label, **measured)


def joins(bench: Bench) -> None:
    """All enter one room at once, until everyone has seen everyone come."""
    count = bench.plan.joining
    case = f"{count:,} enter a room"
    with ExitStack() as stack:
        crowds = [stack.enter_context(server.visitors()).gather(count) for server in bench.servers]
        for _ in range(bench.plan.rounds):
            for server, crowd in zip(bench.servers, crowds, strict=True):
                crowd.barrier(crowd.socks)
                with _cost(bench, server, case, "s", 1):
                    crowd.rush(count)
    bench.show(case)


def registrations(bench: Bench) -> None:
    """NICK and USER until the end of the welcome, on connections that stand, and on new ones."""
    count = bench.plan.registering
    standing, new = "a registration", "a connection and registration"
    for _ in range(bench.plan.rounds):
        for server in bench.servers:
            with server.visitors() as crowd:
                socks = crowd.connect(count)
                with _cost(bench, server, standing, "us", count / 1e6):
                    crowd.greet(socks)
            with server.visitors() as crowd, _cost(bench, server, new, "us", count / 1e6):
                crowd.gather(count)
    bench.show(standing)
    bench.show(new)


@contextmanager
def _cost(bench: Bench, server: Server, case: str, unit: str, count: float) -> Iterator[None]:
    """Time and CPU of what is done herein, divided by `count`."""
    cpu, begin = server.account.cpu(), time.perf_counter()
    yield
    took = time.perf_counter() - begin
    used = server.account.cpu() - cpu
    bench.results.add(case, server.label, **{unit: took / count, f"CPU {unit}": used / count})
