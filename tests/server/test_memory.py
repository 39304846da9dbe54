"""The C library's allocator: memory that was used once goes back to the system."""

import subprocess
import sys

import pytest

from chatroom.server.memory import keep_heap_small

LIVED_FOR_LONG = """
from pathlib import Path
from chatroom.server.memory import keep_heap_small

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

assert keep_heap_small()
bytearray(8 << 20)  # by this glibc would have learnt to cut such blocks out of the heap
before = resident()
kept = []
for _ in range(40):
    burst = [bytearray(512 << 10) for _ in range(16)]
    kept.append(b"x" * 20_000)  # behind the burst
    burst.clear()
    burst = [bytearray(513 << 10) for _ in range(17)]
    kept.append(b"x" * 20_000)
    burst.clear()
assert resident() < before + (4 << 20), resident() - before
"""


def test_bursts_leave_nothing_behind() -> None:
    if not keep_heap_small():
        pytest.skip("this C library has no mallopt, or not glibc's")
    subprocess.run([sys.executable, "-c", LIVED_FOR_LONG], check=True)
