"""What the server remembers of each address, so that a reconnection buys nothing.

An address is an IPv4 address or an IPv6 /64 (`network_of`). It has an allowance of its own, as
large as that of SHARE sessions: a session that ends leaves what it has used, and a new one begins
with what is left. Wrong passwords are paid from it too, each one twice as dear as the one before.
"""

from dataclasses import dataclass

from chatroom.chat.limits import Limits

SHARE = 5
"""Sessions whose allowance one address has, when it comes to new ones."""

CONNECTING = 1
"""What a connection costs by itself, in the unit of `Limits.flood_burst`: a message costs 1."""

FIRST_FAILURE = 10
"""What the first wrong password costs; the next one costs twice as much."""

MOST_DOUBLINGS = 5

FORGIVEN = 600.0
"""Seconds after the last wrong password, when they count no longer."""

REMEMBERED = 10_000
"""Addresses, beyond which those with nothing to remember are forgotten."""


@dataclass(slots=True)
class _Address:
    connections: int = 0
    used: float = 0.0  # of the allowance, at the time `used_at` (seconds on the server's clock)
    used_at: float = 0.0
    failures: int = 0
    failed_at: float = 0.0


class Admission:
    """The addresses. Times are seconds on the clock that is never set back."""

    def __init__(self) -> None:
        self._addresses: dict[str, _Address] = {}

    def connect(self, network: str, limits: Limits, clock: float) -> float:
        """Count a new connection. Returns the allowance with which it begins; it may owe some."""
        if len(self._addresses) >= REMEMBERED:
            self._forget(limits, clock)
        address = self._addresses.setdefault(network, _Address(used_at=clock))
        address.connections += 1
        self._use(address, CONNECTING, limits, clock)
        return min(limits.flood_burst, SHARE * limits.flood_burst - address.used)

    def disconnect(self, network: str, allowance: float, limits: Limits, clock: float) -> None:
        """A connection ends, with so much of its allowance left."""
        address = self._addresses[network]
        address.connections -= 1
        self._use(address, limits.flood_burst - allowance, limits, clock)
        if not (address.connections or address.used or address.failures):
            del self._addresses[network]

    def fail(self, network: str, limits: Limits, clock: float) -> tuple[int, float]:
        """A wrong password. Returns how many there were in a row, and what this one costs."""
        address = self._addresses[network]
        if clock - address.failed_at > FORGIVEN:
            address.failures = 0
        cost = FIRST_FAILURE * 2 ** min(address.failures, MOST_DOUBLINGS)
        address.failures += 1
        address.failed_at = clock
        return address.failures, cost

    def connections(self, network: str) -> int:
        """How many there are from this address."""
        address = self._addresses.get(network)
        return address.connections if address else 0

    def __len__(self) -> int:
        return len(self._addresses)

    def _use(self, address: _Address, cost: float, limits: Limits, clock: float) -> None:
        """Never more than one session's allowance is owed, so that nobody is kept out for long."""
        if not limits.flood_rate:
            address.used = 0.0
            return
        earned = (clock - address.used_at) * limits.flood_rate * SHARE
        used = max(0.0, address.used - earned) + cost
        address.used = min(used, (SHARE + 1) * limits.flood_burst)
        address.used_at = clock

    def _forget(self, limits: Limits, clock: float) -> None:
        for network, address in list(self._addresses.items()):
            self._use(address, 0.0, limits, clock)
            forgiven = clock - address.failed_at > FORGIVEN
            if not (address.connections or address.used) and (forgiven or not address.failures):
                del self._addresses[network]
