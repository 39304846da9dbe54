"""`scripts/bench.py talk` runs to its end, and measures what it should. How fast, no test asks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness import ROOT


def bench(*arguments: str) -> str:
    """What it prints."""
    command = [sys.executable, str(ROOT / "scripts" / "bench.py"), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode in (0, 1), run.stderr  # 1: some target was missed
    return run.stdout


def figures(file: Path) -> dict[tuple[str, str, str], list[float]]:
    """What it measured."""
    content: dict[str, Any] = json.loads(file.read_text())
    return {
        (one["case"], one["server"], one["metric"]): one["values"] for one in content["figures"]
    }


def test_fan_out_is_measured(tmp_path: Path) -> None:
    """Of our server, another checkout, the peers that are installed, and the floor."""
    file = tmp_path / "figures.json"
    options = ("--shapes", "5x2x3", "--rounds", "2", "--seconds", "0.05")
    said = bench("talk", *options, "--server", str(ROOT), "--json", str(file))
    found = figures(file)
    for server in ("chatroom", f"chatroom in {ROOT.name}", "floor"):
        assert len(found["fan-out 5 x 2 x 3", server, "CPU us/delivery"]) == 2
    for peer in ("inspircd", "ngircd"):
        left_out = f"{peer} is not installed" in said
        assert left_out or found["fan-out 5 x 2 x 3", peer, "CPU us/delivery"]
    assert "| fan-out 5 x 2 x 3 | " in bench("render", str(file))
