"""What the doors of connections share that others pass on: the first bytes say whose connection it
is, and another door takes over."""

from collections.abc import Callable, Mapping
from typing import Any

from chatroom.server.doors.door import Door
from chatroom.server.doors.ports import DoorHost


class IntroducedDoor(Door):
    """Collects the first bytes in `head`, until it knows whose connection it is."""

    __slots__ = ("head", "next_door")

    def __init__(
        self,
        host: DoorHost[Door],
        arrived_at: float,
        next_door: Callable[[DoorHost[Door], float], Door],
    ) -> None:
        super().__init__(host, arrived_at)
        self.next_door = next_door
        self.head = b""

    def snapshot(self) -> dict[str, Any]:
        """Also the bytes so far."""
        return {**super().snapshot(), "head": str(self.head, "latin-1")}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Go on collecting."""
        self.head = values["head"].encode("latin-1")

    def received(self, data: bytes) -> None:
        """Collect bytes, and look at them."""
        self.heard_at = self.host.facts.clock
        if data:
            self.head += data
            self.look()
        else:
            self.ended_early()

    def look(self) -> None:
        """More bytes have come."""
        raise NotImplementedError

    def leave_to_next(self, rest: bytes) -> None:
        """Leave the connection to the next door, with the bytes that came already."""
        self.head = b""
        door = self.switch_to(self.next_door(self.host, self.arrived_at))
        if rest:
            door.received(rest)
