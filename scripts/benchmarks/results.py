"""What was measured: several values of each figure, of which the median counts."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, Self

SEPARATOR = " | "


class Key(NamedTuple):
    """A figure: what was done (`fan-out 100 x 1 x 1`), by which server, and what was measured."""

    case: str
    server: str
    metric: str


@dataclass(slots=True)
class Results:
    """Figures in the order in which they came, and what is known about the run."""

    about: dict[str, str] = field(default_factory=dict)
    values: dict[Key, list[float]] = field(default_factory=dict)

    def add(self, case: str, server: str, **measured: float) -> None:
        """The values of another turn or round."""
        for metric, value in measured.items():
            self.values.setdefault(Key(case, server, metric), []).append(value)

    def get(self, case: str, server: str, metric: str) -> float | None:
        """The median, where that was measured."""
        values = self.values.get(Key(case, server, metric))
        return median(values) if values else None

    def cases(self) -> Iterable[str]:
        """Each once."""
        return dict.fromkeys(key.case for key in self.values)

    def servers(self, case: str) -> Iterable[str]:
        """Who was measured there."""
        return dict.fromkeys(key.server for key in self.values if key.case == case)

    def metrics(self, case: str) -> Iterable[str]:
        """What was measured there."""
        return dict.fromkeys(key.metric for key in self.values if key.case == case)

    def medians(self) -> dict[str, float]:
        """As the history file keeps them: {"case | server | metric": ...}."""
        return {SEPARATOR.join(key): float(f"{median(v):.4g}") for key, v in self.values.items()}

    def write(self, file: Path) -> None:
        """All of it as JSON."""
        figures = [
            {**key._asdict(), "median": median(values), "values": values}
            for key, values in self.values.items()
        ]
        content = {"about": self.about, "figures": figures}
        file.write_text(json.dumps(content, indent=1) + "\n")

    @classmethod
    def read(cls, file: Path) -> Self:
        """What `write` wrote."""
        content: dict[str, Any] = json.loads(file.read_text())
        results = cls(about=content["about"])
        for one in content["figures"]:
            key = Key(one["case"], one["server"], one["metric"])
            results.values[key] = one["values"]
        return results
