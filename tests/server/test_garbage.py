"""Garbage collection: a full one would stop the loop, the longer the more are here: none comes."""

import math
import subprocess
import sys
from pathlib import Path

from harness import PATIENCE

PROGRAM = """
import gc, sys
from chatroom.server.main import Server, main
Server.run = lambda _: print(*gc.get_threshold(), gc.get_freeze_count())
sys.exit(main(sys.argv[1:]))
"""
"""The server, but in place of its loop it says how garbage would be collected there."""

VISITORS = 500_000
OBJECTS = 14
"""That a visitor brings at least, and a collection looks at."""


def test_the_loop_begins_without_full_collections(tmp_path: Path) -> None:
    """None before half a million have come, and what start-up made is never looked at."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--listen", "127.0.0.1:0", "--data", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    *thresholds, frozen = map(int, run.stdout.split())
    assert math.prod(thresholds) >= VISITORS * OBJECTS
    assert frozen > 0
