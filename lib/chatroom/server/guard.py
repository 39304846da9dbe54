"""Slows down the guessing of passwords by name, and counts registrations.

Wrong passwords for a name delay the next tries on it, whether there is such an account or not; not
those from addresses from which its owner has logged in. `server.admission` slows down addresses.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from chatroom.chat.limits import Limits
from chatroom.server.config.values import LONGEST_NICKNAME
from chatroom.wire.names import fold

Value = TypeVar("Value")

LONGEST_WAIT = 64.0
"""The longest wait after more wrong passwords than `Limits.tries_per_account`, in seconds: the
waits are one second, then two, four, and so on."""

FORGIVEN = 600.0
"""Seconds after the last wrong password until the count starts again."""

REMEMBERED = 10_000
"""The number of names with wrong passwords, of accounts with correct ones, and of addresses that
registered an account, that are remembered; the oldest are forgotten. Each takes at most 1.2 KB."""

LONGEST_KEY = LONGEST_NICKNAME + 1
"""Characters of a tried name that are remembered: strangers choose it, and it may be as long as a
line, but no account has a longer one than LONGEST_NICKNAME."""

ADDRESSES = 8
"""Addresses that are remembered for each account."""

HOUR = 3600.0


@dataclass(slots=True)
class _Failures:
    count: int = 0
    at: float = 0.0
    wait_until: float = 0.0


class Guard:
    """Counts tries and registrations. Times are seconds of `clock`, which is never set back;
    `limits` are asked each time, because they may change."""

    def __init__(self, clock: Callable[[], float], limits: Callable[[], Limits]) -> None:
        self._clock = clock
        self._limits = limits
        self._failures: OrderedDict[str, _Failures] = OrderedDict()  # by folded name
        self._known: OrderedDict[str, tuple[str, ...]] = OrderedDict()  # account -> networks
        self._registered: OrderedDict[str, deque[float]] = OrderedDict()  # network -> times

    def snapshot(self) -> dict[str, Any]:
        """All counts as plain values."""
        return {
            "failures": [
                [name, one.count, one.at, one.wait_until] for name, one in self._failures.items()
            ],
            "known": [[name, list(networks)] for name, networks in self._known.items()],
            "registered": [[network, list(times)] for network, times in self._registered.items()],
        }

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over the counts of a snapshot."""
        self._failures = OrderedDict((name, _Failures(*one)) for name, *one in values["failures"])
        self._known = OrderedDict((name, tuple(networks)) for name, networks in values["known"])
        self._registered = OrderedDict(
            (network, deque(times)) for network, times in values["registered"]
        )

    def wait(self, name: str, network: str) -> float:
        """Seconds for which tries on that name from that network are refused."""
        folded = _key(name)
        failures = self._failures.get(folded)
        if failures is None or network in self._known.get(folded, ()):
            return 0.0
        return max(0.0, failures.wait_until - self._clock())

    def fail(self, name: str) -> None:
        """Count a wrong password."""
        failures = keep(self._failures, _key(name), _Failures)
        now = self._clock()
        if now - failures.at > FORGIVEN:
            failures.count = 0
        failures.count = min(failures.count + 1, 2000)
        failures.at = now
        excess = failures.count - self._limits().tries_per_account
        if excess > 0:
            seconds = min(LONGEST_WAIT, 2.0 ** min(excess - 1, 10))
            failures.wait_until = now + seconds

    def succeed(self, name: str, network: str) -> None:
        """Count a correct password."""
        folded = _key(name)
        others = [one for one in keep(self._known, folded, tuple) if one != network]
        self._known[folded] = (network, *others)[:ADDRESSES]

    def may_register(self, network: str, most: int) -> bool:
        """Count a registration, unless there were `most` of them in the last hour."""
        now = self._clock()
        times = keep(self._registered, network, deque[float])
        while times and now - times[0] > HOUR:
            times.popleft()
        if len(times) >= most:
            return False
        times.append(now)
        return True

    def not_registered(self, network: str) -> None:
        """The registration that was counted last came to nothing, through no fault of theirs."""
        times = self._registered.get(network)
        if times:
            times.pop()


def _key(name: str) -> str:
    return fold(name)[:LONGEST_KEY]


def keep(table: OrderedDict[str, Value], key: str, make: Callable[[], Value]) -> Value:
    """The value of that key, which moves to the end, so that it is forgotten last."""
    value = table.pop(key, None) or make()
    table[key] = value
    if len(table) > REMEMBERED:
        table.popitem(last=False)
    return value
