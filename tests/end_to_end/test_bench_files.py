"""`scripts/bench.py files`, as small as can be: both figures of the room, and that something was
downloaded."""

import json
from pathlib import Path

import bench
from end_to_end import inside


def test_a_room_beside_downloads(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    done = inside.run(bench.main, "files", "--smoke", "--json", str(file))
    assert done.status in (0, 1), done.out + done.errors  # 1: some target was missed
    figures = {one["name"]: one for one in json.loads(file.read_text())["figures"]}
    assert figures["a message, p99, nobody else"]["typical"] > 0
    assert figures["a message, p99, 2 downloads"]["typical"] > 0
    assert figures["downloaded meanwhile"]["typical"] > 0
