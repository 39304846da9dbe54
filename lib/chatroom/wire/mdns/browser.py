"""Asks the local network for services, and collects the answers (RFC 6763 section 4). Sans I/O.

Anyone on the network may announce anything, as often as they like. So no more than MOST_FOUND
services are kept, and what they say of themselves proves nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from chatroom.wire.mdns.packet import (
    AAAA,
    ANY,
    PTR,
    SRV,
    TXT,
    A,
    BadPacket,
    DnsQuestion,
    Name,
    Packet,
    Record,
    folded,
    parse,
    read_name,
    serialise,
    written,
)
from chatroom.wire.mdns.services import Ip, read_address, read_srv, read_txt, type_name

MOST_FOUND = 30
"""Services that are kept; a person does not read more."""

MOST_ADDRESSES = 8
"""Addresses of a host that are kept."""

MOST_ASKED = 10
"""Services about which one packet asks for details."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds after the first question; each further pause is twice as long (RFC 6762 section 5.2)."""

DETAILS_PAUSE = 0.2
"""Seconds after which details are asked for that no answer brought."""

_KNOWN_TTL = 4500


class Service(NamedTuple):
    """A service that somebody announces on a link; `addresses` has at least one."""

    link: int
    instance: str
    type: str
    port: int
    addresses: tuple[Ip, ...]
    txt: dict[str, str]


@dataclass
class _Partly:
    """What is known of one instance so far."""

    name: Name
    type: str
    where: tuple[int, Name] | None = None  # port and host
    txt: dict[str, str] | None = None


@dataclass
class _OnLink:
    """What was heard on one link."""

    instances: dict[Name, _Partly] = field(default_factory=dict)  # by folded name
    hosts: dict[Name, dict[Ip, None]] = field(default_factory=dict)


class Browser:
    """Call `begin`, then `turn` whenever `due` is reached, and `received` with each packet."""

    def __init__(self, types: Sequence[str]) -> None:
        self._types = {folded(type_name(each)): each for each in types}
        self._marks = [name[0] for name in self._types]
        self._links: dict[int, _OnLink] = {}
        self._pause = FIRST_PAUSE
        self._next = self._details = math.inf

    @property
    def due(self) -> float:
        """When `turn` has something to ask."""
        return min(self._next, self._details)

    def begin(self, now: float) -> None:
        """Ask at once."""
        self._next = now

    def turn(self, now: float) -> bytes:
        """The question for all links that is due, or b""."""
        questions = []
        if self._next <= now:
            questions = [DnsQuestion(name, PTR) for name in map(type_name, self._types.values())]
            self._next = now + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if self._details <= now:
            self._details = math.inf
            questions += self._missing()
        if not questions:
            return b""
        return serialise(Packet(questions=tuple(questions), answers=self._known()))

    def _missing(self) -> list[DnsQuestion]:
        found: list[DnsQuestion] = []
        for link in self._links.values():
            for each in link.instances.values():
                if each.where is None or each.txt is None:
                    found.append(DnsQuestion(each.name, ANY))
                elif not link.hosts.get(folded(each.where[1])):
                    found += [DnsQuestion(each.where[1], A), DnsQuestion(each.where[1], AAAA)]
        return found[:MOST_ASKED]

    def _known(self) -> tuple[Record, ...]:
        """The answers that nobody need repeat (RFC 6762 section 7.1)."""
        names = dict.fromkeys(
            (each.type, each.name)
            for link in self._links.values()
            for each in link.instances.values()
            if each.where and link.hosts.get(folded(each.where[1]))
        )
        return tuple(
            Record(type_name(kind), PTR, written(name), _KNOWN_TTL) for kind, name in names
        )

    # Answers

    def received(self, link: int, data: bytes, now: float) -> bool:
        """Read a packet. Returns whether it was about one of the types, or hosts."""
        small = data.lower()
        if not any(mark in small for mark in self._marks) and not self._links.get(link):
            return False
        try:
            packet = parse(data)
            if not packet.response:
                return False
            records = (*packet.answers, *packet.additional)
            here = self._links.setdefault(link, _OnLink())
            for record in records:  # the names first: details of others are not kept
                self._hear_of(here, record)
            for record in records:
                _learn(here, record)
            hosts = {folded(each.where[1]) for each in here.instances.values() if each.where}
            for gone in here.hosts.keys() - hosts:
                del here.hosts[gone]
            for record in records:
                if folded(record.name) in hosts:
                    _learn_address(here, record)
        except BadPacket:
            return False
        if self._missing() and self._details == math.inf:
            self._details = now + DETAILS_PAUSE
        return True

    def _hear_of(self, here: _OnLink, record: Record) -> None:
        kind = self._types.get(folded(record.name)) if record.type == PTR else None
        if kind is None:
            return
        name = read_name(record.data)
        if len(name) < 2 or folded(name[1:]) != folded(record.name):
            return
        if not record.ttl:  # a goodbye (RFC 6762 section 10.1)
            here.instances.pop(folded(name), None)
        elif len(here.instances) < MOST_FOUND:
            here.instances.setdefault(folded(name), _Partly(name, kind))

    @property
    def found(self) -> list[Service]:
        """The services about which everything is known, in the order in which they were heard."""
        services = []
        for number, link in self._links.items():
            for each in link.instances.values():
                if each.where is None or each.txt is None:
                    continue
                port, host = each.where
                addresses = tuple(link.hosts.get(folded(host), ()))
                if addresses and port:
                    instance = each.name[0].decode("utf-8", "replace")
                    services.append(Service(number, instance, each.type, port, addresses, each.txt))
        return services


def _learn(here: _OnLink, record: Record) -> None:
    """Note the port and host, or the text, of an instance that we have heard of."""
    known = here.instances.get(folded(record.name))
    if known is None or not record.ttl:
        return
    if record.type == SRV:
        known.where = read_srv(record.data)
    elif record.type == TXT:
        known.txt = read_txt(record.data)


def _learn_address(here: _OnLink, record: Record) -> None:
    if record.type in (A, AAAA) and record.ttl:
        known = here.hosts.setdefault(folded(record.name), {})
        if len(known) < MOST_ADDRESSES:
            known[read_address(record.type, record.data)] = None
