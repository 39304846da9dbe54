"""The first door of a connection from a proxy that the configuration lists: reads the header that
says whose connection it is, then leaves it to the door that every connection begins with."""

from collections.abc import Callable, Mapping
from typing import Any

from chatroom.chat.ports import CLEAR
from chatroom.net.addresses import is_local
from chatroom.net.proxy_header import BadHeader, NoAddress, read_header
from chatroom.server.doors.door import Door
from chatroom.server.doors.introduced import IntroducedDoor
from chatroom.server.doors.ports import DoorHost
from chatroom.wire.message import Message, encode

NO_HEADER = "The proxy has not said whose connection this is (PROXY protocol)"
NO_ADDRESS = "The proxy does not say from which IP address this connection comes"


class ProxiedDoor(IntroducedDoor):
    """Collects the header. Its deadline is that of every door."""

    __slots__ = ("unknown",)

    def __init__(
        self,
        host: DoorHost[Door],
        arrived_at: float,
        next_door: Callable[[DoorHost[Door], float], Door],
    ) -> None:
        super().__init__(host, arrived_at, next_door)
        self.unknown = False

    def snapshot(self) -> dict[str, Any]:
        """Also whether the proxy has said no address."""
        return {**super().snapshot(), "unknown": self.unknown}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Go on collecting."""
        super().resume(values)
        self.unknown = values["unknown"]

    def look(self) -> None:
        """Read the header when it is complete."""
        if self.unknown:
            self.leave(NO_ADDRESS)
            return
        try:
            found = read_header(self.head)
        except BadHeader:
            self.leave(NO_HEADER)
            return
        except NoAddress as nobody:
            self._hear_nobody(nobody.rest)
            return
        if found is None:
            return
        if found.host and (why := self._relocate(found.host)):
            self.leave(why)
            return
        self.leave_to_next(found.rest)

    def _hear_nobody(self, said: bytes) -> None:
        """The proxy does not say an address. If it looks whether the server is there, nothing
        follows, and it goes. Somebody who says something is refused: the proxy's own address would
        exempt them from limits and bans."""
        if said:
            self.leave(NO_ADDRESS)
        else:
            self.unknown = True
            self.head = b""

    def _relocate(self, host: str) -> str:
        """Returns why that one may not come in, or ""."""
        self.arrival = "has connected through a proxy"
        here = is_local(self.session.host) and is_local(host)
        return self.host.relocate(self.session, host, self.session.transport if here else CLEAR)

    def farewell(self, reason: str) -> bytes:
        """ERROR, whatever the peer speaks; nothing for a proxy that has gone."""
        return b"" if self.ended else encode(Message("ERROR", (reason,)))
