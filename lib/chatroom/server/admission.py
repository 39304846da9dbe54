"""What the server remembers of each address, so that a reconnection buys nothing.

An address is an IPv4 address or an IPv6 /64 (`network_of`). It has an allowance of its own, as
large as that of SHARE sessions, from which all of its sessions spend: a new one begins with what is
left of it. After a wrong password the address has to wait, each time twice as long.
"""

from collections import OrderedDict
from dataclasses import dataclass

from chatroom.chat.limits import Limits

SHARE = 10
"""Sessions whose allowance one address has, when it comes to new ones. Those that stay may be more:
`Limits.per_address`."""

CONNECTING = 1
"""What a connection costs by itself, in the unit of `Limits.flood_burst`: a message costs 1."""

MISTYPED = 2
"""Wrong passwords that cost nothing: people mistype."""

LONGEST_WAIT = 64.0
"""Seconds after a wrong password, at the most: after those it is one, then two, four, and so on."""

FORGIVEN = 600.0
"""Seconds after the last wrong password, when they count no longer."""

REMEMBERED = 10_000
"""Addresses without a connection that are remembered; those seen longest ago are forgotten."""


@dataclass(slots=True)
class _Address:
    connections: int = 0
    used: float = 0.0  # of the allowance, at the time `used_at` (seconds on the server's clock)
    used_at: float = 0.0
    failures: int = 0
    failed_at: float = 0.0
    waits_until: float = 0.0


class Admission:
    """The addresses. Times are seconds on the clock that is never set back."""

    def __init__(self) -> None:
        self._present: dict[str, _Address] = {}
        self._gone: OrderedDict[str, _Address] = OrderedDict()

    def connect(self, network: str, limits: Limits, clock: float) -> float:
        """Count a new connection. Returns the allowance with which it begins."""
        address = self._present.get(network)
        if address is None:
            address = self._gone.pop(network, None) or _Address(used_at=clock)
            self._present[network] = address
        address.connections += 1
        self.spend(network, CONNECTING, limits, clock)
        if address.waits_until > clock:
            return (clock - address.waits_until) * limits.flood_rate
        return max(0.0, min(limits.flood_burst, SHARE * limits.flood_burst - address.used))

    def spend(self, network: str, cost: float, limits: Limits, clock: float) -> None:
        """A session of this address has spent so much of its own allowance."""
        address = self._present[network]
        if limits.flood_rate:
            earned = (clock - address.used_at) * limits.flood_rate * SHARE
            used = max(0.0, address.used - earned) + cost
            address.used = min(used, SHARE * limits.flood_burst)
            address.used_at = clock

    def disconnect(self, network: str) -> None:
        """A connection has ended."""
        address = self._present[network]
        address.connections -= 1
        if address.connections:
            return
        del self._present[network]
        if address.used or address.failures:
            self._gone[network] = address
            if len(self._gone) > REMEMBERED:
                self._gone.popitem(last=False)

    def fail(self, network: str, clock: float) -> tuple[int, float]:
        """A wrong password. Returns how many there were in a row, and the seconds to wait."""
        address = self._present[network]
        if clock - address.failed_at > FORGIVEN:
            address.failures = 0
        wait = min(LONGEST_WAIT, 2.0 ** min(address.failures - MISTYPED, 10))
        if address.failures < MISTYPED:
            wait = 0.0
        address.failures = min(address.failures + 1, 1_000_000)
        address.failed_at = clock
        later = max(address.waits_until, clock) + wait
        address.waits_until = min(later, clock + LONGEST_WAIT)
        return address.failures, address.waits_until - clock

    def connections(self, network: str) -> int:
        """How many there are from this address."""
        address = self._present.get(network)
        return address.connections if address else 0

    def __len__(self) -> int:
        return len(self._present) + len(self._gone)
