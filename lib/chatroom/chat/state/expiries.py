"""When timed bans end: which room's is the first."""

import heapq

_MOST_OVER = 64
"""Ends of bans that were lifted before, which the heap may still hold."""


class Expiries:
    """For each room with timed bans, when the first of them ends (UTC seconds).

    `next` is the first of all; 0: there is none.
    """

    __slots__ = ("_heap", "_of_room", "next")

    def __init__(self) -> None:
        self.next = 0.0
        self._of_room: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []  # the same, with some that are over

    def __len__(self) -> int:
        """The number of times that it holds, including some that have passed."""
        return len(self._heap)

    def due(self, now: float) -> str:
        """The folded name of the room whose first timed ban has ended; "" if none has."""
        return self._heap[0][1] if 0 < self.next <= now else ""

    def plan(self, room: str, at: float) -> bool:
        """Note when the first timed ban of a room ends; 0: it has none. Returns whether that has
        changed."""
        if at == self._of_room.get(room, 0.0):
            return False
        heap = self._heap
        if at:
            self._of_room[room] = at
            heapq.heappush(heap, (at, room))
        else:
            del self._of_room[room]
        if len(heap) > 2 * len(self._of_room) + _MOST_OVER:
            heap[:] = [(when, name) for name, when in self._of_room.items()]
            heapq.heapify(heap)
        while heap and self._of_room.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        self.next = heap[0][0] if heap else 0.0
        return True
