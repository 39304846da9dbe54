"""Tab: one candidate after the other takes the word's place. Sans I/O."""

from collections.abc import Sequence
from itertools import takewhile

from chatroom.client.ui.ports import Completion


class TabCycle:
    """One word that is being completed: Tab goes on, Shift-Tab goes back."""

    def __init__(self, completion: Completion, typed: str) -> None:
        self.start = completion.start
        self.candidates = completion.candidates
        self.chosen: int | None = None
        self._common = _common(completion.candidates)
        self._typed = typed

    def first(self) -> str:
        """The beginning that all candidates share, if that is longer than the typed word."""
        if len(self.candidates) > 1 and _longer(self._common, self._typed):
            return self._common
        return self.step(1)

    def step(self, by: int) -> str:
        """The next candidate, or the one before it."""
        at = (-1 if by > 0 else 0) if self.chosen is None else self.chosen
        self.chosen = (at + by) % len(self.candidates)
        return self.candidates[self.chosen]


def _common(texts: Sequence[str]) -> str:
    """The longest beginning that all have."""
    same = takewhile(lambda characters: len(set(characters)) == 1, zip(*texts, strict=False))
    return "".join(characters[0] for characters in same)


def _longer(common: str, typed: str) -> bool:
    """Whether completing so far gains anything; names may differ from what was typed in case."""
    return len(common) > len(typed) and common.casefold().startswith(typed.casefold())
