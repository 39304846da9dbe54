"""Runs that are kept, a line of JSON each: a change can be compared with the last release.

CPU and times depend on the machine; what they are as a multiple of the floor in the same run
depends on it little, so that is compared as well.
"""

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.results import SEPARATOR, Results
from benchmarks.servers import ROOT
from benchmarks.tables import Rows, number
from benchmarks.targets import FLOOR, OURS, US
from chatroom import __version__

HISTORY = ROOT / "docs" / "benchmarks.jsonl"

Kept = dict[str, Any]


def record(results: Results, file: Path = HISTORY) -> None:
    """Append this run."""
    line = {**results.about, "figures": results.medians()}
    with file.open("a", encoding="utf-8") as kept:
        kept.write(json.dumps(line, ensure_ascii=False) + "\n")


def about(machine: str) -> dict[str, str]:
    """What is known about a run besides its figures."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "version": __version__,
        "commit": _commit(),
        "machine": machine,
    }


def doubts(run: Mapping[str, str]) -> str:
    """Why a run's figures are perhaps not those of what is checked out; "" if they are."""
    then, now = run["commit"], _commit()
    if then != now:
        return f"was measured at {then}, but checked out is {now}"
    return f"was measured at {then}, which says not what was changed" if _CHANGED in now else ""


_CHANGED = "-dirty"


def _commit() -> str:
    """Of the checkout, with a mark where it was changed; nothing outside of a checkout."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def last_recorded(file: Path = HISTORY) -> Kept | None:
    """The newest line, if there is any."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    kept: Kept | None = json.loads(lines[-1]) if lines else None
    return kept


def comparison(then: Kept, now: Results) -> Rows:
    """Each figure of ours that both runs have, and where there is a floor the ratios to it."""
    old, new = then["figures"], now.medians()
    rows = [["", "then", "now", "now / then", "then / floor", "now / floor"]]
    for key, value in new.items():
        case, server, metric = key.split(SEPARATOR)
        if server == OURS and key in old:
            change = number(value / old[key]) if old[key] else ""
            floors = (_to_floor(figures, case) if metric == US else "" for figures in (old, new))
            rows.append([f"{case}, {metric}", number(old[key]), number(value), change, *floors])
    return rows


def _to_floor(figures: Mapping[str, float], case: str) -> str:
    ours, floor = (figures.get(SEPARATOR.join((case, who, US))) for who in (OURS, FLOOR))
    return number(ours / floor) if ours and floor else ""
