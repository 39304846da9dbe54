"""Figures with their targets: collected, printed as a table, written as JSON."""

import json
import platform
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks import interpreter


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. The target is an upper bound for `judged`."""

    name: str
    unit: str
    typical: float
    worst: float | None = None
    target: float | None = None

    @property
    def judged(self) -> float:
        """The worst of what was measured, where there is one."""
        return self.typical if self.worst is None else self.worst

    @property
    def verdict(self) -> str:
        """`pass` or `FAIL`, or nothing where nothing was promised."""
        if self.target is None:
            return ""
        return "pass" if self.judged <= self.target else "FAIL"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` that at least so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


@dataclass(slots=True)
class Report:
    """What a benchmark found out. Each figure is printed as soon as it is known."""

    figures: list[Figure] = field(default_factory=list)
    tables: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def heading(self, title: str) -> None:
        """A group of figures begins."""
        print(f"\n{title:<46} {'p50':>9} {'p99':>9} {'target':>9}", flush=True)

    def add(
        self, name: str, unit: str, values: Sequence[float], target: float | None = None
    ) -> None:
        """A figure from many samples: p50 and p99, which the target judges."""
        self._add(
            Figure(name, unit, percentile(values, 50), percentile(values, 99), target),
        )

    def add_one(self, name: str, unit: str, value: float, target: float | None = None) -> None:
        """A figure that is one number."""
        self._add(Figure(name, unit, value, None, target))

    def _add(self, figure: Figure) -> None:
        self.figures.append(figure)
        worst = "" if figure.worst is None else f"{figure.worst:,.2f}"
        target = "" if figure.target is None else f"{figure.target:g}"
        name = f"{figure.name}, {figure.unit}"
        print(
            f"{name:<46} {figure.typical:>9,.2f} {worst:>9} {target:>9}  {figure.verdict}",
            flush=True,
        )

    def table(self, title: str, rows: list[dict[str, object]]) -> None:
        """A comparison: one row for each candidate."""
        self.tables[title] = rows
        if not rows:
            return
        widths = {key: max(len(key), *(len(_shown(row[key])) for row in rows)) for key in rows[0]}
        print(f"\n{title}")
        print("  ".join(f"{key:>{width}}" for key, width in widths.items()))
        for row in rows:
            print("  ".join(f"{_shown(row[key]):>{width}}" for key, width in widths.items()))
        sys.stdout.flush()

    def write(self, file: Path, **about: object) -> None:
        """All of it as JSON, with what it was measured on."""
        content = {
            "python": interpreter.describe(),
            "sqlite": sqlite3.sqlite_version,
            "system": platform.platform(),
            **about,
            "figures": [{**asdict(figure), "verdict": figure.verdict} for figure in self.figures],
            "tables": self.tables,
        }
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _shown(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
