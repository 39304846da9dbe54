"""How the cost of a delivery grows, tenfold step by tenfold step, and the plot of it."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from benchmarks.crowd import Shape
from benchmarks.results import Results
from benchmarks.talk import Bench
from benchmarks.targets import US
from benchmarks.turns import Contender

MEMBERS, ROOMS, IDLE = "members of a room", "rooms of 10 talking", "idle connections beside 100"
AXES = (MEMBERS, ROOMS, IDLE)

FILES = ("growth.png", "growth.svg")


def case_of(axis: str, count: int) -> str:
    """The name of a point's case."""
    return f"growth, {axis}: {count:,}"


def growth(bench: Bench) -> None:
    """Members, rooms and idle connections, each by itself."""
    for axis, count, shape in _points(bench):
        bench.each(case_of(axis, count), shape, bench.servers)
    for count in bench.plan.tenfold:
        _beside_idle(bench, count * 100)


def _points(bench: Bench) -> Iterator[tuple[str, int, Shape]]:
    for count in bench.plan.tenfold:
        yield MEMBERS, count * 10, Shape(count * 10, 1, 1)
    for count in bench.plan.tenfold:
        yield ROOMS, count, Shape(10, 1, 1, count)


def _beside_idle(bench: Bench, count: int) -> None:
    """How many descriptors a process has is enough for the most of one server only."""
    shape = bench.plan.beside_idle
    for server in bench.servers:
        with server.visitors().gather(count) as idle, server.crowd(shape) as crowd:
            idle.barrier(idle.socks)  # who is silent for too long is asked for a PONG
            bench.compare([Contender(case_of(IDLE, count), server, crowd, shape)])


def counts(results: Results, axis: str) -> list[tuple[int, str]]:
    """The points that were measured: (count, case)."""
    begin = case_of(axis, 0).removesuffix("0")
    cases = [case for case in results.cases() if case.startswith(begin)]
    return [(int(case.removeprefix(begin).replace(",", "")), case) for case in cases]


def can_plot() -> bool:
    """Whether matplotlib is here: `pip install -e '.[bench]'`."""
    return importlib.util.find_spec("matplotlib") is not None


def plot(results: Results, directory: Path) -> list[Path]:
    """The files that were drawn there."""
    import matplotlib as drawing  # few need it, and it takes a second

    drawing.use("Agg")
    drawing.rcParams["svg.hashsalt"] = "growth"  # the same figures make the same file
    from matplotlib import pyplot

    figure, places = pyplot.subplots(1, len(AXES), figsize=(11, 3.6), sharey=True)
    for place, axis in zip(places, AXES, strict=True):
        points = counts(results, axis)
        for server in dict.fromkeys(name for _, case in points for name in results.servers(case)):
            costs = [results.get(case, server, US) for _, case in points]
            place.plot([count for count, _ in points], costs, marker="o", label=server)
        place.set(xscale="log", xlabel=axis)
        place.grid(alpha=0.3)
    places[0].set(ylabel="CPU of the server, µs a delivery", ylim=(0, None))
    places[0].legend()
    figure.tight_layout()
    files = [directory / name for name in FILES]
    for file in files:
        figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
    pyplot.close(figure)
    return files
