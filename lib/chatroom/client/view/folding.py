"""Who comes and who goes, folded: `12 came, 9 left` in the place of 21 lines. Sans I/O.

What is folded is shown before the next line of any other kind, or when it has been quiet for a
moment. That one of those comes or goes with whom one talks is no other kind: it is shown at once,
and the others still share a line. While people keep coming and going and nobody says anything, that
is some times a minute.
"""

from collections import deque
from typing import TypeAlias

from chatroom.client.protocol.events import Joined, Left
from chatroom.client.view.happenings import came_and_left
from chatroom.client.view.lines import Line, ViewContext, show

PAUSE_SECONDS = 1.0
"""How long nobody has to come or go."""

LONGEST_SECONDS = 10.0
"""How long it may take until the first ones are shown."""

MOST_LINES, IN_SECONDS = 5, 60.0
"""How often something is shown because it was quiet."""

MOST_NAMES = 5
"""Names that are told; where there are more people, only numbers are."""

Passing: TypeAlias = Joined | Left


class _Group:
    """What happened in one room."""

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
    """What has not been shown yet, by room."""

    def __init__(self) -> None:
        self.due: float | None = None
        """When to show it, in seconds as in `ViewContext.now`; None where there is nothing."""
        self._groups: dict[str, _Group] = {}
        self._first = self._last = 0.0
        self._shown = deque([-IN_SECONDS], maxlen=MOST_LINES)

    def add(self, event: Passing, place: ViewContext) -> None:
        """Somebody came or went. Whoever quits is told of where one is."""
        self._last = place.now
        self._first = self._first if self._groups else place.now
        room = "" if event.room == place.room else event.room
        self._groups.setdefault(room, _Group(event)).add(event)
        due = min(self._last + PAUSE_SECONDS, self._first + LONGEST_SECONDS)
        often = len(self._shown) == MOST_LINES
        self.due = max(due, self._shown[0] + IN_SECONDS) if often else due

    def given(self, place: ViewContext) -> list[Line]:
        """The lines for it, which are shown now."""
        if not self._groups:
            return []
        lines = [group.line(room, place) for room, group in self._groups.items()]
        self._groups.clear()
        self.due = None
        self._shown.append(place.now)
        return [line for line in lines if line]
