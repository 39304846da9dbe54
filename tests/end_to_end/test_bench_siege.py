"""`scripts/bench.py siege`, as small as can be: those who have gone leave nothing open."""

import json
from pathlib import Path

import pytest

import bench
from end_to_end import inside


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")
def test_who_has_gone_leaves_no_descriptor(tmp_path: Path) -> None:
    """Two hundred come and go, a quarter each over TLS, with half a handshake, in the clear, and
    without a word."""
    file = tmp_path / "figures.json"
    done = inside.run(bench.main, "siege", "--smoke", "--json", str(file))
    assert done.status in (0, 1), done.out + done.errors  # 1: some target was missed
    figures = {one["name"]: one for one in json.loads(file.read_text())["figures"]}
    assert figures["descriptors that stay"]["typical"] == 0
    assert figures["memory that stays"]["verdict"] == "pass"
    assert figures["a message, p99, 9 slow connections"]["typical"] > 0
    assert figures["until the last is in, over TLS"]["typical"] > 0
