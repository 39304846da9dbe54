"""Folds joins and leaves: `12 came, 9 left` in place of 21 lines. Sans I/O.

Folded events are shown before the next line of another kind, or after a quiet moment. If somebody
whom the person talks with comes or goes, that is shown at once, and does not end the fold of the
others. While people keep coming and going and nobody says anything, a line appears a few times a
minute.
"""

from collections import deque
from typing import TypeAlias

from chatroom.client.protocol.events import Joined, Left
from chatroom.client.view.happenings import came_and_left
from chatroom.client.view.lines import Line, ViewContext, show

PAUSE_SECONDS = 1.0
"""Seconds without joins and leaves after which they are shown."""

LONGEST_SECONDS = 10.0
"""The most seconds until the first ones are shown."""

MOST_LINES, IN_SECONDS = 5, 60.0
"""They are shown after a pause at most this often within that many seconds."""

MOST_NAMES = 5
"""The most names that are shown; with more people, only the numbers are."""

Passing: TypeAlias = Joined | Left


class _Group:
    """The joins and leaves of one room."""

    def __init__(self, first: Passing) -> None:
        self.first = first
        self.came: list[str] = []
        self.left: list[str] = []
        self.counts = {Joined: 0, Left: 0}

    def add(self, event: Passing) -> None:
        self.counts[type(event)] += 1
        names = self.came if isinstance(event, Joined) else self.left
        if len(names) <= MOST_NAMES:
            names.append(event.nick)

    def line(self, room: str, place: ViewContext) -> Line | None:
        came, left = self.counts[Joined], self.counts[Left]
        if came + left == 1:
            return show(self.first, place)
        few = came + left <= MOST_NAMES
        return came_and_left(room, came, left, self.came if few else (), self.left if few else ())


class Fold:
    """The joins and leaves that have not been shown, by room."""

    def __init__(self) -> None:
        self.due: float | None = None
        """When to show them, in seconds as in `ViewContext.now`; None if there are none."""
        self._groups: dict[str, _Group] = {}
        self._first = self._last = 0.0
        self._shown = deque([-IN_SECONDS], maxlen=MOST_LINES)

    def add(self, event: Passing, place: ViewContext) -> None:
        """Add a join or a leave. A QUIT counts in the current room."""
        self._last = place.now
        self._first = self._first if self._groups else place.now
        room = "" if event.room == place.room else event.room
        self._groups.setdefault(room, _Group(event)).add(event)
        due = min(self._last + PAUSE_SECONDS, self._first + LONGEST_SECONDS)
        often = len(self._shown) == MOST_LINES
        self.due = max(due, self._shown[0] + IN_SECONDS) if often else due

    def given(self, place: ViewContext) -> list[Line]:
        """Returns their lines, to be shown now."""
        if not self._groups:
            return []
        lines = [group.line(room, place) for room, group in self._groups.items()]
        self._groups.clear()
        self.due = None
        self._shown.append(place.now)
        return [line for line in lines if line]
