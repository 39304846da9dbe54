"""The first door of a connection from a proxy that the configuration lists: reads the header that
says whose connection it is, then leaves it to the door that every connection begins with."""

from collections.abc import Callable

from chatroom.net.proxy_header import BadHeader, NoAddress, read_header
from chatroom.server.doors.door import Door, DoorHost

NO_HEADER = "The proxy has not said whose connection this is (PROXY protocol)"
NO_ADDRESS = "The proxy does not say from which IP address this connection comes"


class ProxiedDoor(Door):
    """Collects the header. Its deadline is that of every door."""

    __slots__ = ("head", "next_door")

    def __init__(
        self, host: DoorHost, arrived_at: float, next_door: Callable[[DoorHost, float], Door]
    ) -> None:
        super().__init__(host, arrived_at)
        self.next_door = next_door
        self.head = b""

    def received(self, data: bytes) -> None:
        """Collect bytes until the header is complete."""
        self.heard_at = self.host.facts.clock
        if not data:
            self.ended_early()
            return
        self.head += data
        try:
            found = read_header(self.head)
        except BadHeader:
            self.refuse(NO_HEADER)
            return
        except NoAddress:  # the proxy's own address would exempt them from limits and bans
            self.refuse(NO_ADDRESS)
            return
        if found is None:
            return
        why = self.host.relocate(self.session, found.host) if found.host else ""
        if why:
            self.refuse(why)
            return
        door = self.switch_to(self.next_door(self.host, self.arrived_at))
        if found.rest:
            door.received(found.rest)

    def refuse(self, why: str) -> None:
        """Say why, and close."""
        self.session.put(f"ERROR :{why}\r\n".encode())
        self.leave(why)

    def farewell(self, reason: str) -> bytes:
        """Nothing more: nobody knows what the peer speaks."""
        return b""
