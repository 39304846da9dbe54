"""`bench.py worst`."""

import json
from collections.abc import Collection
from pathlib import Path

from benchmarks.worst import measure
from benchmarks.worst.cases import CASES
from benchmarks.worst.measure import Cost
from benchmarks.worst.size import FULL, SMOKE
from benchmarks.worst.stage import Stage

ROWS = tuple(dict.fromkeys(case.row for case in CASES))


def measure_all(directory: Path, rows: Collection[str] | None, smoke: bool) -> list[Cost]:
    """What the cases of these rows (None: of all) cost. Says what it does on standard output."""
    cases = [case for case in CASES if not rows or case.row in rows]
    stage = Stage(directory, SMOKE if smoke else FULL, say)
    try:
        return measure.run(stage, cases, say)
    finally:
        stage.end()


def write(costs: Collection[Cost], file: Path, **about: str) -> None:
    """All figures as JSON."""
    figures = [
        {
            "row": cost.case.row,
            "title": cost.case.title,
            "line": cost.line,
            "tick": cost.tick,
            "worst": cost.worst,
            "total": cost.total,
            "ticks": cost.ticks,
            "heard": cost.heard,
            "answer": cost.answer,
            "ended": cost.ended,
            "late": cost.late,
        }
        for cost in costs
    ]
    file.write_text(json.dumps({"about": about, "figures": figures}, indent=1) + "\n")


def say(text: str) -> None:
    """At once."""
    print(text, flush=True)
