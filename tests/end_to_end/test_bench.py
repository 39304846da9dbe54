"""`scripts/bench.py` runs to its end and measures what it should. How fast, no test asks."""

import json
from pathlib import Path
from typing import Any

import bench as bench_program
from end_to_end import inside


def bench(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """What a run on a small history says of itself."""
    file = tmp_path / "figures.json"
    size = ("--messages", "400", "--repetitions", "3")
    done = inside.run(bench_program.main, "history", *size, "--json", str(file), *arguments)
    assert done.status in (0, 1), done.errors  # 1: some target was missed
    assert "targets missed" in done.out
    return dict(json.loads(file.read_text()))


def test_a_history_is_measured(tmp_path: Path) -> None:
    figures = {one["name"]: one for one in bench(tmp_path)["figures"]}
    for name in ("CHATHISTORY LATEST 100", "a common word", "history with index"):
        assert figures[name]["typical"] > 0
        assert figures[name]["verdict"] in ("pass", "FAIL")


def test_tokenizers_are_compared(tmp_path: Path) -> None:
    """On a history that is kept for the next run."""
    kept = tmp_path / "kept"
    tables = bench(tmp_path, "--tokenizers", "--data", str(kept))["tables"]
    made = [(file.name, file.stat().st_mtime_ns) for file in sorted(kept.glob("*/*.db"))]
    assert bench(tmp_path, "--tokenizers", "--data", str(kept))["tables"].keys() == tables.keys()
    assert made == [(file.name, file.stat().st_mtime_ns) for file in sorted(kept.glob("*/*.db"))]
    assert [name for name, _ in made] == ["history.db"]
    sizes, found = tables.values()
    assert {"ours", "trigram"} <= {row["candidate"] for row in sizes}
    assert all(row["ours"] == "yes" for row in found)
