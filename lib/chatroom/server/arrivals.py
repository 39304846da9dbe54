"""Who may connect: counts the connections of each address and what they cost it, and refuses those
that are too many or banned."""

import logging
from collections.abc import Callable

from chatroom.chat.banishment import why_not_from
from chatroom.chat.connections import attach
from chatroom.chat.ports import CLEAR, LOCAL
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Relocated
from chatroom.chat.state.world import World
from chatroom.net.addresses import is_local, network_of
from chatroom.net.connection import Connection
from chatroom.server.admission import Admission
from chatroom.server.config.load import Config

log = logging.getLogger("chatroom")


class Arrivals:
    """The sessions of new connections, and the allowances of their addresses."""

    def __init__(self, world: World, config: Callable[[], Config]) -> None:
        self._world = world
        self._config = config
        self.addresses = Admission()

    def attach(self, connection: Connection, host: str) -> Session:
        """The session of a new connection."""
        session = attach(self._world, connection, host, LOCAL if is_local(host) else CLEAR)
        self._count(session, host)
        log.info("%s has connected", host)
        return session

    def _count(self, session: Session, host: str) -> None:
        limits, clock = self._config().limits, self._world.clock
        session.allowance = self.addresses.connect(network_of(host), limits, clock)

    def relocate(self, session: Session, host: str) -> str:
        """A proxy has said whose connection it is. Returns why it is refused, or ""."""
        clear = not (is_local(session.host) and is_local(host))
        self.addresses.disconnect(network_of(session.host))
        apply(self._world, Relocated(session.user.id, host))
        session.host = host
        self._count(session, host)
        if clear:
            session.transport = CLEAR
        log.info("%s has connected through a proxy", host)
        return self.why_not_from(host)

    def why_not_from(self, host: str) -> str:
        """Why one more connection from that host is refused; "" if it is not."""
        most = self._config().limits.per_address
        if most and self.addresses.connections(network_of(host)) > most and not is_local(host):
            return "Too many connections from your address"
        return why_not_from(self._world, host)

    def remove(self, session: Session) -> None:
        """A connection has ended."""
        self.addresses.disconnect(network_of(session.host))

    def charge(self, session: Session, cost: float) -> None:
        """Charge the address of a session for what the session has done."""
        network = network_of(session.host)
        self.addresses.spend(network, cost, self._config().limits, self._world.clock)

    def charge_wrong_password(self, host: str) -> float:
        """Slow down password guessing, over all connections from that address. Returns the seconds
        to wait."""
        network = network_of(host)
        if not self.addresses.connections(network):
            return 0.0  # whoever tried has gone meanwhile
        count, seconds = self.addresses.fail(network, self._world.clock)
        log.warning("Wrong password from %s (%d in a row)", host, count)
        return seconds
