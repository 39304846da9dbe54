"""How long the server takes to answer. Times are UTC seconds."""

MEASURE_SECONDS = 30.0
"""Between two measurements."""

SPOKEN_SECONDS = 1.0
"""At most, from something that is said to the next one. What is said meanwhile goes with it."""


class Lag:
    """One question under way at most."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._next = 0.0
        self._last = 0.0

    def wants(self, now: float) -> bool:
        """Whether to ask now; then it is taken that this is done."""
        if self._asked is not None or now < self._next:
            return False
        self._asked, self._next = now, now + MEASURE_SECONDS
        return True

    def spoken(self, now: float) -> None:
        """Something was said: whether it has arrived is worth a question soon."""
        self._next = min(self._next, now + SPOKEN_SECONDS)

    def answered(self, now: float) -> None:
        """The server has answered."""
        if self._asked is not None:
            self._last = now - self._asked
        self._asked = None

    def forget(self) -> None:
        """The server is lost."""
        self._asked, self._next, self._last = None, 0.0, 0.0

    def seconds(self, now: float) -> float:
        """That of the last answer, or so much as one has waited already."""
        return self._last if self._asked is None else max(self._last, now - self._asked)

    def due(self, now: float, threshold: float) -> float:
        """When there is something to do or to show."""
        if self._asked is None:
            return self._next
        return self._asked + threshold if now < self._asked + threshold else now + 1.0
