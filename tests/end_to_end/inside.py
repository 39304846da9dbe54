"""Runs a script of scripts/ in the tests' own process, which has imported it already.

What the script starts are forks of the warm process wherever `warm` can fork: a benchmark starts
up to ten servers. Other tests run each script as its user does.
"""

import gc
import io
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import NamedTuple

import pexpect
import pytest

import warm


class Done(NamedTuple):
    """What a script returned and printed."""

    status: int
    out: str
    errors: str


def run(main: Callable[[], int], *arguments: str) -> Done:
    """The whole of a script, whose `main` this is, with these arguments."""
    out, errors = io.StringIO(), io.StringIO()
    with _as_it_was(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["script", *arguments])
        patch.setattr(subprocess, "Popen", warm.Popen)
        patch.setattr(pexpect.spawn, "_spawnpty", warm.spawn_pty)
        with redirect_stdout(out), redirect_stderr(errors):
            status = main()
    return Done(status, out.getvalue(), errors.getvalue())


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Cores, the limit on descriptors, the handler of TERM, and when garbage is collected, which
    scripts change. The collector passes over what there is now, as in conftest.py."""
    cores = os.sched_getaffinity(0)
    thresholds = gc.get_threshold()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*thresholds)
        signal.signal(signal.SIGTERM, handler)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.sched_setaffinity(0, cores)
