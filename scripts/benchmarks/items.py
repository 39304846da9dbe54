"""Everything that `bench.py talk` can measure, a row each."""

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import beside, cold, growth, many, pace, talk
from benchmarks.crowd import Shape
from benchmarks.results import Results
from benchmarks.talk import Bench, Plan

ITEMS: dict[str, Callable[[Bench], None]] = {
    "fan-out": talk.fan_out,
    "pair": talk.pair,
    "kinds": talk.kinds,
    "joins": many.joins,
    "registrations": many.registrations,
    "monitor": beside.monitor,
    "metadata": beside.metadata,
    "growth": growth.growth,
    "long": talk.long,
    "idle": many.idle,  # this and what follows start servers of their own
    "pings": many.pings,
    "pace": pace.pace,
    "cold": cold.cold,
}


def run(plan: Plan, items: Sequence[str], results: Results, say: Callable[[str], None]) -> None:
    """Measure these, round by round. `say` is called with what is done next."""
    for number in range(1, plan.rounds + 1):
        bench = Bench(plan, results, plan.directory / f"round {number}")
        with bench.started():
            for item in items:
                say(f"round {number} of {plan.rounds}: {item}")
                ITEMS[item](bench)


def smoke(directory: Path, peers: Sequence[str], checkouts: Sequence[Path]) -> Plan:
    """Everything as small as can be: whether it works, not how fast."""
    shape = Shape(5, 2, 3)
    return Plan(
        directory,
        peers,
        checkouts,
        rounds=1,
        turns=2,
        seconds=0.02,
        pair_seconds=0.02,
        warm_up=0.01,
        upkeep=0.0,
        shapes=[shape],
        kinds_shapes=[shape],
        mixed_shapes=[shape],
        idle=20,
        idle_seconds=0.01,
        ping_seconds=1,
        joining=10,
        registering=10,
        watched=200,
        described=10,
        entering=5,
        tenfold=[1],
        beside_idle=shape,
        long=shape,
        long_seconds=0.05,
        pace_shape=shape,
        paces=[0.01, 0.02],
        pace_seconds=0.05,
        cold_steps=2,
    )
