"""Who may connect: per-address allowances, so that reconnecting gains nothing, and limits.

An address is an IPv4 address or an IPv6 /64 (`network_of`). It has an allowance as large as that of
SHARE sessions, and all of its sessions spend from it: a new session starts with the remainder.
After a wrong password the address has to wait, each time twice as long.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chatroom.chat.banishment import why_not_from
from chatroom.chat.buckets import BYTES, LINES, charge
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.ports import CLEAR, LOCAL, Transport
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Relocated
from chatroom.chat.state.world import World
from chatroom.net.addresses import is_in, is_local, network_of
from chatroom.net.connection import Connection
from chatroom.server.config.load import Config

log = logging.getLogger("chatroom")

SHARE = 10
"""How many sessions' allowance an address has for new sessions. More sessions may stay connected:
see `Limits.per_address`."""

CONNECTING = 1
"""Cost of a connection, in the unit of `Limits.flood_burst`: a message costs 1."""

LONGEST_WAIT = 64.0
"""Longest wait after more wrong passwords than `Limits.tries_per_address`, in seconds. The waits
are one second, then two, four, and so on."""

FORGIVEN = 600.0
"""Seconds after the last wrong password until the count starts again."""

WEB = 6
"""A browser opens six connections at once and keeps them for a while. So an address may have this
many connections of HTTP for each one of `Limits.per_address`; they are cheap. A WebSocket counts as
any client does."""

CROWDED = "Too many connections from your address"
"""Why a connection is refused, and not because of who is there."""

ADDRESS_LIMIT, BANNED = "address_limit", "banned"

REMEMBERED = 10_000
"""Addresses without a connection that are remembered, in at most 4 MB; the oldest are forgotten."""


@dataclass(slots=True)
class _Address:
    connections: int = 0
    web: int = 0  # those of HTTP among them
    # part of the allowance used at the time `used_at` (seconds on the monotonic clock)
    used: float = 0.0
    used_at: float = 0.0
    failures: int = 0
    failed_at: float = 0.0
    waits_until: float = 0.0


class Admission:
    """The allowances of all addresses. Times are seconds on the monotonic clock."""

    def __init__(self) -> None:
        self._present: dict[str, _Address] = {}
        self._gone: OrderedDict[str, _Address] = OrderedDict()

    def connect(
        self, network: str, limits: Limits, clock: float, cost: float = CONNECTING
    ) -> float:
        """Count a new connection. Returns the allowance with which its session starts."""
        address = self._present.get(network)
        if address is None:
            address = self._gone.pop(network, None) or _Address(used_at=clock)
            self._present[network] = address
        address.connections += 1
        self.spend(network, cost, limits, clock)
        if address.waits_until > clock:
            return (clock - address.waits_until) * limits.flood_rate
        return max(0.0, min(limits.flood_burst, SHARE * limits.flood_burst - address.used))

    def spend(self, network: str, cost: float, limits: Limits, clock: float) -> None:
        """Charge the address for `cost` that one of its sessions has spent."""
        address = self._present[network]
        if limits.flood_rate:
            earned = (clock - address.used_at) * limits.flood_rate * SHARE
            used = max(0.0, address.used - earned) + cost
            address.used = min(used, SHARE * limits.flood_burst)
            address.used_at = clock

    def disconnect(self, network: str) -> None:
        """Count the end of a connection."""
        address = self._present[network]
        address.connections -= 1
        if address.connections:
            return
        del self._present[network]
        if address.used or address.failures:
            self._gone[network] = address
            if len(self._gone) > REMEMBERED:
                self._gone.popitem(last=False)

    def snapshot(self) -> list[list[Any]]:
        """What is known of all addresses, as plain values. The connections are counted again."""
        everybody = (*self._gone.items(), *self._present.items())
        return [
            [network, one.used, one.used_at, one.failures, one.failed_at, one.waits_until]
            for network, one in everybody
            if one.used or one.failures
        ]

    def restore(self, addresses: Iterable[Sequence[Any]]) -> None:
        """Take over the addresses of a snapshot; `resume` follows for each connection."""
        for network, used, used_at, failures, failed_at, waits_until in addresses:
            one = _Address(0, 0, used, used_at, failures, failed_at, waits_until)
            self._gone[network] = one

    def resume(self, network: str, clock: float) -> None:
        """Count a connection that another process has counted, and charged, before."""
        address = self._present.get(network)
        if address is None:
            address = self._gone.pop(network, None) or _Address(used_at=clock)
            self._present[network] = address
        address.connections += 1

    def fail(self, network: str, limits: Limits, clock: float) -> tuple[int, float]:
        """Count a wrong password. Returns the number in a row, and the seconds to wait."""
        free = limits.tries_per_address  # because people mistype
        address = self._present[network]
        if clock - address.failed_at > FORGIVEN:
            address.failures = 0
        wait = min(LONGEST_WAIT, 2.0 ** min(address.failures - free, 10))
        if address.failures < free:
            wait = 0.0
        address.failures = min(address.failures + 1, 1_000_000)
        address.failed_at = clock
        later = max(address.waits_until, clock) + wait
        address.waits_until = min(later, clock + LONGEST_WAIT)
        return address.failures, address.waits_until - clock

    def connections(self, network: str) -> int:
        """The number of connections from this address."""
        address = self._present.get(network)
        return address.connections if address else 0

    def count_web(self, network: str, more: int) -> None:
        """Count so many more connections as those of HTTP."""
        self._present[network].web += more

    def web(self, network: str) -> int:
        """The number of connections of HTTP from this address."""
        address = self._present.get(network)
        return address.web if address else 0

    def __len__(self) -> int:
        return len(self._present) + len(self._gone)


class Arrivals:
    """The sessions of new connections, and the allowances of their addresses.

    `refused` counts connections, and requests of HTTP, by the reason: ADDRESS_LIMIT or BANNED.
    `wrong_passwords` counts those of all addresses.
    """

    def __init__(
        self, world: World, config: Callable[[], Config], is_gateway: Callable[[str], bool]
    ) -> None:
        self._world = world
        self._config = config
        self._is_gateway = is_gateway
        self.addresses = Admission()
        self.refused = Counter[str]()
        self.wrong_passwords = 0
        self._web: set[Session] = set()  # the sessions of HTTP

    def is_proxy(self, host: str) -> bool:
        """Whether connections from there begin with a PROXY header."""
        return is_in(host, self._config().proxies.proxy_protocol)

    def passes_on(self, host: str) -> bool:
        """Whether a connection from there may be somebody else's, who is not known yet."""
        return self.is_proxy(host) or self._is_gateway(host)

    def attach(self, connection: Connection, host: str) -> Session:
        """The session of a new connection."""
        session = attach(self._world, connection, host, LOCAL if is_local(host) else CLEAR)
        if self.passes_on(host):  # then it costs the address that will be said
            self._count(session, host, 0)
            session.allowance = self._config().limits.flood_burst
        else:
            self._count(session, host)
        return session

    def _count(self, session: Session, host: str, cost: float = CONNECTING) -> None:
        limits, clock = self._config().limits, self._world.clock
        session.allowance = self.addresses.connect(network_of(host), limits, clock, cost)
        session.allowance_at = clock

    def resume(self, session: Session) -> None:
        """A connection comes from another process, which has admitted it."""
        self.addresses.resume(network_of(session.host), self._world.clock)

    def relocate(self, session: Session, host: str, transport: Transport) -> str:
        """A proxy or a gateway has said whose connection it is. Returns why it is refused, or "".

        A loopback address that another machine says is that machine, not this one: what is local
        has no limits here, and masks that name it may make operators.
        """
        if is_local(host) and not is_local(session.host):
            host = session.host
        return self.put_at(session, host, transport)

    def put_at(self, session: Session, host: str, transport: Transport) -> str:
        """Like `put`, but `host` may be a loopback address: this machine itself says so."""
        is_web = session in self._web
        self._count_web(session, False)
        self.addresses.disconnect(network_of(session.host))
        apply(self._world, Relocated(session.user.id, host))
        session.host = host
        self._count(session, host)
        session.transport = transport
        return self.count_as_web(session, True) if is_web else self.why_not_from(host)

    def count_as_web(self, session: Session, is_web: bool) -> str:
        """Count a connection among those of HTTP, or no longer. Returns why it is refused, or
        ""."""
        self._count_web(session, is_web)
        if not is_web:
            return self.why_not_from(session.host)
        return self._why_not(session.host, self.addresses.web(network_of(session.host)), WEB)

    def _count_web(self, session: Session, is_web: bool) -> None:
        network = network_of(session.host)
        if is_web and session not in self._web:
            self._web.add(session)
            self.addresses.count_web(network, 1)
        elif not is_web and session in self._web:
            self._web.remove(session)
            self.addresses.count_web(network, -1)

    def why_not_from(self, host: str) -> str:
        """Why one more connection from that host is refused; "" if it is not."""
        network = network_of(host)
        chatting = self.addresses.connections(network) - self.addresses.web(network)
        return self._why_not(host, chatting, 1)

    def _why_not(self, host: str, connections: int, share: int) -> str:
        most = self._config().limits.per_address * share
        if most and connections > most and not is_local(host):
            self.refused[ADDRESS_LIMIT] += 1
            return CROWDED
        why = why_not_from(self._world, host)
        if why:
            self.refused[BANNED] += 1
        return why

    def why_not_at_once(self, host: str) -> str:
        """Like `why_not_from`, but "" for an address that passes on the connections of others."""
        return "" if self.passes_on(host) else self.why_not_from(host)

    def why_not_directly(self, session: Session) -> str:
        """Why somebody at a gateway's address, who has not come through it, is refused."""
        return self.why_not_from(session.host) if self._is_gateway(session.host) else ""

    def remove(self, session: Session) -> None:
        """A connection has ended."""
        self._count_web(session, False)
        self.addresses.disconnect(network_of(session.host))

    def charge(self, session: Session, cost: float) -> None:
        """Charge the address and the account of a session for what the session has done."""
        self._charge(session, LINES, cost)
        network = network_of(session.host)
        self.addresses.spend(network, cost, self._config().limits, self._world.clock)

    def charge_bytes(self, session: Session, size: int) -> None:
        """Charge them for what the session has sent."""
        self._charge(session, BYTES, size)

    def _charge(self, session: Session, kind: str, cost: float) -> None:
        if session.user.account or not is_local(session.host):
            charge(self._world, session, kind, cost)

    def charge_wrong_password(self, host: str) -> float:
        """Slow down password guessing, over all connections from that address. Returns the seconds
        to wait."""
        self.wrong_passwords += 1
        network = network_of(host)
        if not self.addresses.connections(network):
            return 0.0  # the connection has ended meanwhile
        count, seconds = self.addresses.fail(network, self._config().limits, self._world.clock)
        log.warning("Wrong password from %s (%d in a row)", host, count)
        return seconds
