"""A lone message in a small room, when another program has just filled the caches.

At the pace of people that is so for each message: between two of them other programs run, and each
function that a message passes takes some microseconds more. Here such a program runs on the
servers' core before each message, so that some seconds show what the pace of people takes minutes
to show, and other versions can be compared at the same time (`--server`). The CPU is that of the
main thread: the upkeep, which is put off, does not count.
"""

import random
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.crowd import Crowd, Shape
from benchmarks.machine import on_the_servers_core
from benchmarks.servers import Server
from benchmarks.talk import Bench

ASLEEP = 0.002
"""Seconds after which the other program has fallen asleep."""

_OTHER = Path(__file__).with_name("cache_filler.py")

_ONE_STEP = 1e-9
"""Seconds of talk, of which there is at least one step."""

METRIC = "main thread us/message"


def case(shape: Shape) -> str:
    """The name of the case."""
    return f"{shape}, cold caches"


def cold(bench: Bench) -> None:
    """All servers, in another order for each message."""
    shape = bench.plan.pace_shape
    with ExitStack() as stack:
        program = stack.enter_context(_other_program())
        stack.callback(program.kill)
        talkers: list[tuple[str, Server, Crowd]] = []
        for label, start in bench.starters():
            server = stack.enter_context(start(f"{label} cold"))
            crowd = stack.enter_context(server.crowd(shape))
            crowd.look(shape)
            talkers.append((label, server, crowd))
        for _, server, _ in talkers:
            server.rest()
        used: dict[str, list[float]] = {label: [] for label, _, _ in talkers}
        for _ in range(bench.plan.cold_steps):
            random.shuffle(talkers)
            for label, server, crowd in talkers:
                _fill_caches(program)
                before = server.account.main_cpu()
                crowd.talk(shape, _ONE_STEP)
                used[label].append((server.account.main_cpu() - before) / shape.messages)
        for label, each in used.items():
            bench.results.add(case(shape), label, **{METRIC: median(each) * 1e6})


def _other_program() -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    with on_the_servers_core():
        return subprocess.Popen([sys.executable, str(_OTHER)], stdin=pipe, stdout=pipe, text=True)


def _fill_caches(program: "subprocess.Popen[str]") -> None:
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write("\n")
    program.stdin.flush()
    program.stdout.readline()
    time.sleep(ASLEEP)
