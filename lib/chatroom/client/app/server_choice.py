"""The choice of a server, before there is a connection: from the hosts file, and from what is found
on the local network."""

import time
from collections.abc import Callable
from typing import Protocol

from chatroom.client.connection.discovery import FoundServer, fingerprint_note
from chatroom.client.connection.server_list import ASK_SERVER, ChoiceError, ServerList, shown
from chatroom.client.ui.entries import leaves
from chatroom.client.ui.ports import Screen
from chatroom.client.view.lines import Line, error_line, info_line
from chatroom.net.addresses import Address
from chatroom.net.hosts import HostRow
from chatroom.net.own_addresses import own_addresses
from chatroom.net.timers import Timer, Timers

LOOK_SECONDS = 1.0
"""Seconds to look around where the only known server does not answer. A server answers within a
tenth of that."""


NONE_FOUND = (
    "No server was found on this network. `chatroom-client HOST PORT` connects to one whose address"
    " you know."
)


class Looking(Protocol):
    """What looks for servers: see `Discovery`."""

    def begin(self) -> None:
        """Look for servers from now on."""
        ...

    def end(self) -> None:
        """Look no more."""
        ...


class ServerChoice:
    """Call `begin`; if the server that it returns is not reached, `look_around`. While the question
    `stands`, `answered` gets each line.

    `discovery` makes what looks for servers; None: nobody wants that. `found_none` is called with
    the reason if there is no server to choose.
    """

    def __init__(
        self,
        timers: Timers,
        screen: Screen,
        person: bool,
        discovery: Callable[[Callable[[list[FoundServer]], None]], Looking] | None,
        found_none: Callable[[str], None],
    ) -> None:
        self._timers = timers
        self._screen = screen
        self._person = person
        self._discovery = discovery(self._found) if person and discovery else None
        self._found_none = found_none
        self._list = ServerList(())
        self._own: list[str] = []
        self._fingerprints: dict[Address, str] = {}
        self._timer: Timer | None = None
        self._may_look = False
        self.stands = self.looking = False
        """Whether the question is open; whether there is nothing to choose from yet."""

    def begin(self, rows: list[HostRow]) -> Address | None:
        """The server to connect to, if it is the only one, or if there is no person to ask; None:
        the person is asked."""
        if not self._person:
            return rows[0].address
        if len(rows) == 1:
            self._screen.show(Line(f"Server: {shown(rows[0])}"))
            self._may_look = self._discovery is not None
            return rows[0].address
        self._list = ServerList(rows)
        self._ask()
        if self._discovery:
            self._own = own_addresses()
            self._discovery.begin()
        return None

    def look_around(self, why: str) -> bool:
        """The only known server was not reached: look for others, once. Returns False if that is
        not wanted. `why` is a sentence."""
        if not self._may_look or self._discovery is None:
            return False
        self._may_look = False
        self.looking = True
        self._screen.show(Line(why), info_line("Looking for servers on this network..."))
        self._timer = self._timers.at(time.monotonic() + LOOK_SECONDS, self._looked)
        self._discovery.begin()
        return True

    def _looked(self) -> None:
        if self.looking:
            self.end()
            self._found_none(NONE_FOUND)

    def _found(self, servers: list[FoundServer]) -> None:
        self._fingerprints = {each.address: each.fingerprint for each in servers}
        before = len(self._list)
        for each in servers:
            self._list.add(each, self._own)
        if self.looking and len(self._list):
            self.looking = False
            self._ask()
        elif len(self._list) > before:
            numbers = range(before + 1, len(self._list) + 1)
            self._screen.show(Line("\n".join(map(self._list.line, numbers))))

    def _ask(self) -> None:
        self._screen.show(Line(f"Servers:\n{self._list.menu}"))
        self._screen.ask(ASK_SERVER)
        self.stands = True

    def answered(self, text: str) -> Address | None:
        """A line was typed. Returns the server, or None if the question is still open, or if the
        person wants to leave; then it does not stand any more."""
        self._screen.answered(text)
        if leaves(text):
            self.end()
            return None
        try:
            address = self._list.choose(text)
        except ChoiceError as error:
            self._screen.show(error_line(str(error)))
            self._screen.ask(ASK_SERVER)
            return None
        self.end()
        return address

    def note(self, address: Address | None, fingerprint: str) -> str:
        """What the announcement of this server says about the certificate that it has shown."""
        return fingerprint_note(self._fingerprints.get(address, "") if address else "", fingerprint)

    def end(self) -> None:
        """Ask and look no more."""
        self.stands = self.looking = False
        if self._timer:
            self._timer.cancel()
        if self._discovery:
            self._discovery.end()
