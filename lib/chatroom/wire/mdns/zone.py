"""The names that a responder claims, and their records on each link. Sans I/O."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from chatroom.wire.mdns.packet import (
    AAAA,
    ANY,
    NSEC,
    PTR,
    SRV,
    TXT,
    A,
    DnsQuestion,
    Name,
    Record,
    folded,
    written,
)
from chatroom.wire.mdns.services import (
    ALL_TYPES,
    LOCAL,
    Ip,
    OwnService,
    address_type,
    label,
    srv_data,
    txt_data,
    type_name,
)

HOST_TTL, OTHER_TTL = 120, 4500
"""Seconds (RFC 6762 section 10): records that depend on the host or its addresses, and others."""

CLAIMS = frozenset({A, AAAA, SRV, TXT})
"""Records by which somebody claims a name."""

Network = ipaddress.IPv4Interface | ipaddress.IPv6Interface


class Link(NamedTuple):
    """An interface. `addresses` are those at which the services are reached; `networks` are those
    of all its addresses."""

    number: int
    addresses: tuple[Ip, ...]
    networks: tuple[Network, ...]

    def has(self, host: str) -> bool:
        """Whether the address is in one of the interface's networks."""
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return any(address in each.network for each in self.networks)

    def is_own(self, host: str) -> bool:
        """Whether it is an address of the interface itself."""
        return any(str(each.ip) == host.partition("%")[0] for each in self.networks)


class Zone:
    """The names and records. Each link has its own, because a client in one network has no use for
    the server's address in another."""

    def __init__(self, instance: str, host: str, offers: Sequence[OwnService]) -> None:
        self._wanted = instance, host_label(host)
        self._offers = offers
        self._instance_number = self._host_number = 1
        self.links: dict[int, Link] = {}
        self._records: dict[int, dict[Name, list[Record]]] = {}  # by folded name
        self.rename()

    @property
    def instance(self) -> str:
        """The name of the services, as others see it."""
        return self.instances[0][0].decode("utf-8", "replace") if self.instances else ""

    @property
    def names(self) -> list[Name]:
        """All names that nobody else may have."""
        return [*self.instances, self.host]

    def is_host(self, name: Name) -> bool:
        """Whether the name is that of this machine, and not of a service."""
        return folded(name) == folded(self.host)

    def rename(self, instances: bool = False, host: bool = False) -> None:
        """Choose other names, because somebody else has them: "Chatroom (2)", alpha-2.local."""
        self._instance_number += instances
        self._host_number += host
        instance, machine = self._wanted
        number, of_host = self._instance_number, self._host_number
        first = label(instance, f" ({number})" if number > 1 else "")
        self.host: Name = (label(machine, f"-{of_host}" if of_host > 1 else ""), LOCAL)
        self.instances = [(first, *type_name(offer.type)) for offer in self._offers]
        self.unique = frozenset(map(folded, self.names))
        self._marks = [first.lower(), self.host[0].lower(), ALL_TYPES[1]]
        self._marks += [type_name(offer.type)[0] for offer in self._offers]
        self.attach(self.links.values())

    def attach(self, links: Iterable[Link]) -> None:
        """Set the links on which there are records: those with an address."""
        self.links = {link.number: link for link in links if link.addresses}
        self._records = {number: self._of_link(link) for number, link in self.links.items()}

    def _of_link(self, link: Link) -> dict[Name, list[Record]]:
        records = [
            Record(self.host, address_type(ip), ip.packed, HOST_TTL, flush=True)
            for ip in link.addresses
        ]
        for offer, name in zip(self._offers, self.instances, strict=True):
            kind = type_name(offer.type)
            where = srv_data(offer.port, self.host)
            records += [
                Record(ALL_TYPES, PTR, written(kind), OTHER_TTL),
                Record(kind, PTR, written(name), OTHER_TTL),
                Record(name, SRV, where, HOST_TTL, flush=True),
                Record(name, TXT, txt_data(offer.txt), OTHER_TTL, flush=True),
            ]
        by_name: dict[Name, list[Record]] = {}
        for record in records:
            by_name.setdefault(folded(record.name), []).append(record)
        return by_name

    def of(self, link: int) -> Iterator[Record]:
        """All records on this link."""
        return (record for records in self._records[link].values() for record in records)

    def named(self, link: int, name: Name) -> list[Record]:
        """The records with this name, which is folded, on this link."""
        return self._records[link].get(name, [])

    def may_concern(self, data: bytes) -> bool:
        """Whether one of our names or types may be in a packet, which costs less to find out than
        to read it. A label is never cut."""
        small = data.lower()
        return any(mark in small for mark in self._marks)

    def is_ours(self, record: Record) -> bool:
        """Whether we say the same, on some link."""
        return any(
            (each.type, each.data) == (record.type, record.data)
            for records in self._records.values()
            for each in records.get(folded(record.name), ())
        )

    def answers_to(self, link: int, question: DnsQuestion) -> list[Record]:
        """The records that answer the question."""
        name = folded(question.name)
        records = self.named(link, name)
        found = [each for each in records if question.type in (each.type, ANY)]
        if records and not found and name in self.unique:
            return [_no_others(records)]
        return found

    def beside(self, link: int, answers: Sequence[Record]) -> tuple[Record, ...]:
        """What somebody who gets these answers will ask for next (RFC 6763 section 12)."""
        found: dict[Record, None] = {}
        targets = {each.data for each in answers if each.type == PTR}
        for name in self.instances:
            if written(name) in targets:
                found |= dict.fromkeys(self.named(link, folded(name)))
        if any(each.type == SRV for each in (*answers, *found)):
            found |= dict.fromkeys(self.named(link, folded(self.host)))
        return tuple(each for each in found if each not in answers)


_NO_HOST_LETTER = re.compile("[^A-Za-z0-9-]+")


def host_label(name: str) -> str:
    """The first label of a machine's name, of letters, digits and hyphens."""
    text = _NO_HOST_LETTER.sub("-", name.partition(".")[0]).strip("-")[:60]
    return text if text and text.lower() != "localhost" else "chatroom"


def _no_others(records: Sequence[Record]) -> Record:
    """An NSEC record: a name of ours has these types of records, and no others (RFC 6762 section
    6.1). So somebody who asks for an IPv6 address need not wait in vain."""
    kinds = sorted({record.type for record in records})
    bits = bytearray(kinds[-1] // 8 + 1)
    for kind in kinds:
        bits[kind // 8] |= 0x80 >> kind % 8
    name = records[0].name
    data = written(name) + bytes((0, len(bits))) + bytes(bits)
    return Record(name, NSEC, data, HOST_TTL, flush=True)
