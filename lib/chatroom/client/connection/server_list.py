"""The servers to choose from, as a question, and the answer."""

from collections.abc import Collection, Sequence

from chatroom.client.connection.discovery import FoundServer
from chatroom.net.addresses import Address, is_loopback
from chatroom.net.hosts import HostRow
from chatroom.text.display import visible
from chatroom.wire.lookalikes import skeleton

ASK_SERVER = "Choose a server [1]: "

MOST_FOUND = 20
"""Servers that are added to the list: anybody on the network can announce thousands."""


class ChoiceError(Exception):
    """The answer is not one of the choices; `str()` lists what is."""


def shown(row: HostRow) -> str:
    """A server's name for people."""
    return visible(f"{row.name} ({row.address})" if row.name else str(row.address))


class ServerList:
    """The servers to choose from, numbered from 1: those of the hosts file, then those that are
    found on the network. A number that was shown never means another server."""

    def __init__(self, rows: Sequence[HostRow]) -> None:
        self._lines = [shown(row) for row in rows]
        self._addresses = [row.address for row in rows]
        self._names = [row.name for row in rows]
        self._of_file = len(rows)

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def menu(self) -> str:
        """All of them."""
        return "\n".join(map(self.line, range(1, len(self) + 1)))

    def line(self, number: int) -> str:
        """One of them."""
        return f"  {number}. {self._lines[number - 1]}"

    def add(self, found: FoundServer, own_addresses: Collection[str] = ()) -> bool:
        """Add a server that was found; its name is cleaned already. Returns False if it is in the
        list, also as a server of this machine (`own_addresses`), or if the list is full."""
        if len(self) - self._of_file >= MOST_FOUND or self._has(found.address, own_addresses):
            return False
        notes = ["found on this network", *(["without TLS"] if found.in_clear else [])]
        if twin := self._twin_of(found.name):
            notes.append(f"its name looks like that of {twin}")
        self._lines.append(f"{found.name} ({', '.join([str(found.address), *notes])})")
        self._addresses.append(found.address)
        self._names.append(found.name)
        return True

    def _has(self, address: Address, own_addresses: Collection[str]) -> bool:
        own = address.host in own_addresses
        return any(
            each == address or (own and each.port == address.port and is_loopback(each))
            for each in self._addresses
        )

    def _twin_of(self, name: str) -> int:
        """The number of a server with a name that the eye takes for this one; 0 if there is none.
        Anybody can announce a name."""
        shape = skeleton(name)
        shapes = [skeleton(visible(each)) for each in self._names]
        return shapes.index(shape) + 1 if shape in shapes else 0

    def choose(self, text: str) -> Address:
        """The server behind a number, or the first for an empty line.

        Raises ChoiceError.
        """
        answer = text.strip() or "1"
        if answer.isascii() and answer.isdigit() and 1 <= int(answer[:9]) <= len(self):
            return self._addresses[int(answer[:9]) - 1]
        raise ChoiceError(
            f"{visible(answer)} is not in the list; type a number from 1 to {len(self)}."
        )
