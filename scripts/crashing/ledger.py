"""What people were told, against what the server knows after it was killed."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

Key = tuple[Hashable, ...]


@dataclass
class Ledger:
    """Facts by name. `told` is what somebody was told; `asked` is what was asked for since, which
    may have happened or not. `broken` has a sentence for each promise that was not kept."""

    told: dict[Key, Any] = field(default_factory=dict)
    asked: dict[Key, Any] = field(default_factory=dict)
    promises: int = 0
    broken: list[str] = field(default_factory=list)

    def now(self, key: Key, default: Any = None) -> Any:
        """What was told last."""
        return self.told.get(key, default)

    def ask(self, key: Key, value: Any) -> None:
        """Somebody asks for a change."""
        self.asked[key] = value

    def confirm(self, key: Key) -> None:
        """They were told that it has been done."""
        if key in self.asked:
            self.told[key] = self.asked.pop(key)
            self.promises += 1

    def possible(self, key: Key, default: Any = None) -> list[Any]:
        """What may be true: what was told, or what was asked for since."""
        return [self.now(key, default), *([self.asked[key]] if key in self.asked else [])]

    def check(self, key: Key, found: Any, default: Any = None) -> None:
        """Compare with what is true after the server was killed, and go on from that."""
        if found not in self.possible(key, default):
            self.broken.append(f"{key}: {self.possible(key, default)} was told, {found} is true")
        self.asked.pop(key, None)
        self.told[key] = found
