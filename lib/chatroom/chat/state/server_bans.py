"""Bans from the whole server: of names (KLINE), and of addresses (DLINE).

There may be ten thousand, and everybody who comes in is compared with them. So each kind has its
own index: an account by its name, a network by its address, and a mask by a part of it without
wildcards: its host, nickname or user name. The masks that share such a part, or have none, are a
bucket, which holds a bounded number (`has_room`); those have to be tried one by one.
"""

import heapq
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

from chatroom.text.times import span_words
from chatroom.wire.masks import Mask
from chatroom.wire.names import fold, fold_mask

ACCOUNT = "a:"
"""In front of the name of an account: KLINE a:bob."""

BUCKET = 200
"""Masks that have to be tried one by one: at half a microsecond each, a tenth of a millisecond."""

ENDED_AT_ONCE = 50
"""Bans that are removed at once when they are over: half a millisecond of work."""

_WILD = frozenset("*?")


class ServerBan(NamedTuple):
    """`target` is a full mask, `a:` and an account, or a network (`is_address`). Times are UTC
    seconds; `until` is 0 for a ban that has no end."""

    target: str
    is_address: bool
    setter: str
    at: float
    until: float = 0.0
    reason: str = ""

    @property
    def key(self) -> str:
        """The key by which it is found: a second one with the same key replaces the first."""
        return ban_key(self.target, self.is_address)

    def is_over(self, now: float) -> bool:
        """Whether the ban has ended."""
        return bool(self.until) and self.until <= now

    def words(self, now: float) -> str:
        """` for another 2 hours: spam`, as far as it has an end and a reason."""
        left = f" for another {span_words(self.until - now)}" if self.until else ""
        return f"{left}{f': {self.reason}' if self.reason else ''}"


def ban_key(target: str, is_address: bool) -> str:
    """The key of a ban; `target` is complete."""
    if is_address:
        return f"D {target}"
    if target.startswith(ACCOUNT):
        return f"K {ACCOUNT}{fold(target.removeprefix(ACCOUNT))}"
    return f"K {fold_mask(target)}"


Network = IPv4Network | IPv6Network


def network_from(text: str) -> Network:
    """The network, or the address, in whichever form hosts have: an IPv4 address that is mapped
    into IPv6 is the IPv4 address, and the interface does not matter. Raises ValueError."""
    address, slash, prefix = text.partition("/")
    network = ip_network(address.strip("[]").partition("%")[0] + slash + prefix, strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is None or network.prefixlen < _MAPPED:
        return network
    return IPv4Network((mapped, network.prefixlen - _MAPPED), strict=False)


_MAPPED = 96
"""The prefix of all IPv4 addresses in IPv6."""


def target_of(network: Network) -> str:
    """The network as a ban has it. It begins with no colon, which has a meaning in IRC."""
    text = str(network)
    return f"0{text}" if text.startswith(":") else text


Bucket = tuple[str, str]


class ServerBans:
    """All bans, in the order in which they were set. Bans that have ended match nobody."""

    __slots__ = ("_buckets", "_by_key", "_ends", "_masks", "_networks")

    def __init__(self) -> None:
        self._by_key: dict[str, ServerBan] = {}
        self._networks: dict[tuple[int, int], dict[int, ServerBan]] = {}  # version, prefix
        self._buckets: dict[Bucket, dict[str, Mask]] = {}
        self._masks: dict[str, Bucket] = {}  # key -> where its mask is
        self._ends: list[tuple[float, str]] = []  # a heap

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[ServerBan]:
        return iter(self._by_key.values())

    def find(self, key: str) -> ServerBan | None:
        """The ban with that key."""
        return self._by_key.get(key)

    def has_room(self, target: str) -> bool:
        """Whether one more mask can be matched fast enough."""
        return len(self._buckets.get(self._bucket(fold_mask(target)), ())) < BUCKET

    def of_address(self, host: str, now: float) -> ServerBan | None:
        """The ban of an address or a network that this address is in; "unix" is in none."""
        if not self._networks or not (":" in host or "." in host):
            return None
        address = ip_address(host)
        bits = int(address)
        for (version, prefix), networks in self._networks.items():
            if version == address.version:
                found = networks.get(bits >> (address.max_prefixlen - prefix))
                if found is not None and not found.is_over(now):
                    return found
        return None

    def of_account(self, account: str, now: float) -> ServerBan | None:
        """The ban of an account."""
        found = self._by_key.get(f"K {ACCOUNT}{fold(account)}") if account else None
        return None if found is None or found.is_over(now) else found

    def of_name(self, folded_mask: str, now: float) -> ServerBan | None:
        """The first ban of a mask that fits this folded `nick!user@host`."""
        return next(self.all_of_name(folded_mask, now), None)

    def all_of_name(self, folded_mask: str, now: float) -> Iterator[ServerBan]:
        """All of them."""
        if not self._masks:
            return
        for place in _places(folded_mask):
            for key, mask in self._buckets.get(place, {}).items():
                if mask.matches(folded_mask) and not self._by_key[key].is_over(now):
                    yield self._by_key[key]

    def snapshot(self) -> list[list[Any]]:
        """Everything as plain values."""
        return [list(ban) for ban in self]

    def _bucket(self, folded: str) -> Bucket:
        """Where the mask belongs: to the first part without wildcards that has room."""
        parts = [place for place in _places(folded) if _WILD.isdisjoint(place[1])]
        parts = [place for place in parts if place[1]]
        for place in parts:
            if len(self._buckets.get(place, ())) < BUCKET:
                return place
        return parts[0] if parts else _ANY

    # Changes

    def restore(self, values: Iterable[Iterable[Any]]) -> None:
        """Take over the values of a snapshot."""
        for each in values:
            self.add_ban(ServerBan(*each))

    def add_ban(self, ban: ServerBan) -> None:
        """Add a ban, or replace the one of the same key."""
        key = ban.key
        self.drop_ban(key)
        self._by_key[key] = ban
        if ban.until:
            heapq.heappush(self._ends, (ban.until, key))
        if ban.is_address:
            network = ip_network(ban.target)
            place, bits = _of_network(network)
            self._networks.setdefault(place, {})[bits] = ban
        elif not ban.target.startswith(ACCOUNT):
            folded = fold_mask(ban.target)
            self._masks[key] = bucket = self._bucket(folded)
            self._buckets.setdefault(bucket, {})[key] = Mask(folded)

    def drop_ban(self, key: str) -> None:
        """Remove the ban of that key, if there is one."""
        ban = self._by_key.pop(key, None)
        if ban is None:
            return
        if ban.is_address:
            place, bits = _of_network(ip_network(ban.target))
            del self._networks[place][bits]
            if not self._networks[place]:
                del self._networks[place]
        bucket = self._masks.pop(key, None)
        if bucket is not None:
            del self._buckets[bucket][key]
            if not self._buckets[bucket]:
                del self._buckets[bucket]

    def drop_ended(self, now: float) -> list[str]:
        """Remove bans that are over, `ENDED_AT_ONCE` at most. Returns their keys."""
        ended: list[str] = []
        while len(ended) < ENDED_AT_ONCE and self._ends and self._ends[0][0] <= now:
            _, key = heapq.heappop(self._ends)
            ban = self._by_key.get(key)
            if ban is not None and ban.is_over(now):  # and not another one, set later
                self.drop_ban(key)
                ended.append(key)
        return ended


_ANY: Bucket = ("any", "")


def _places(folded: str) -> tuple[Bucket, ...]:
    """The buckets in which a mask that fits this name can be."""
    nick, _, rest = folded.partition("!")
    user, _, host = rest.rpartition("@")
    return ("host", host), ("nick", nick), ("user", user), _ANY


def _of_network(network: Network) -> tuple[tuple[int, int], int]:
    bits = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
    return (network.version, network.prefixlen), bits
