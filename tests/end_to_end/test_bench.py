"""`scripts/bench.py` runs to its end and measures what it should. How fast, no test asks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness import ROOT


def bench(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """What a run on a small history says of itself."""
    file = tmp_path / "figures.json"
    command = [sys.executable, str(ROOT / "scripts" / "bench.py"), "history"]
    command += ["--messages", "400", "--repetitions", "3", "--json", str(file), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode in (0, 1), run.stderr  # 1: some target was missed
    assert "targets missed" in run.stdout
    return dict(json.loads(file.read_text()))


def test_a_history_is_measured(tmp_path: Path) -> None:
    figures = {one["name"]: one for one in bench(tmp_path)["figures"]}
    for name in ("CHATHISTORY LATEST 100", "a common word", "history with index"):
        assert figures[name]["typical"] > 0
        assert figures[name]["verdict"] in ("pass", "FAIL")


def test_the_history_is_kept_for_the_next_run(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    bench(tmp_path, "--tokenizers", "--data", str(kept))
    made = [(file.name, file.stat().st_mtime_ns) for file in sorted(kept.glob("*/*.db"))]
    bench(tmp_path, "--tokenizers", "--data", str(kept))
    assert made == [(file.name, file.stat().st_mtime_ns) for file in sorted(kept.glob("*/*.db"))]
    assert [name for name, _ in made] == ["history.db"]


def test_tokenizers_are_compared(tmp_path: Path) -> None:
    sizes, found = bench(tmp_path, "--tokenizers")["tables"].values()
    assert {"ours", "trigram"} <= {row["candidate"] for row in sizes}
    assert all(row["ours"] == "yes" for row in found)
