"""DNS messages as multicast DNS uses them (RFC 1035 section 4; RFC 6762 section 18). Sans I/O.

Anybody on the network may send anything, so reading a packet is bounded: by its size, by the number
of its entries, and by the labels of all its names together. The last matters because compression
lets an entry of 12 bytes repeat a name of 127 labels.
"""

import struct
from typing import NamedTuple

A, PTR, TXT, AAAA, SRV, NSEC, ANY = 1, 12, 16, 28, 33, 47, 255
"""Types of records (RFC 1035, 2782, 3596, 4034), and the question for all of them."""

MOST_BYTES = 9000
"""The largest packet (RFC 6762 section 17)."""

MOST_ENTRIES = 150
"""Questions and records that a packet may have. A query may list many known answers; one of the
usual 1,472 bytes has no room for more."""

MOST_LABELS = 1500
"""Labels that all names of a packet may have together, pointers included."""

_LONGEST_NAME = 255  # with the length of each label and the root's (RFC 1035 section 3.1)
_LONGEST_LABEL = 63
_POINTER = 0xC0
_IN = 1
_TOP_BIT = 0x8000  # of the class: "unicast" in questions, "cache flush" in records
_RESPONSE, _AUTHORITATIVE, _TRUNCATED = 0x8000, 0x0400, 0x0200
_OPCODE_AND_ERROR = 0x780F  # neither may be anything but 0 (RFC 6762 sections 18.3, 18.11)
_HEAD = struct.Struct("!6H")
_FIXED = struct.Struct("!HHIH")  # type, class, TTL, length of the data

Name = tuple[bytes, ...]
"""The labels of a domain name, without the root's."""


class BadPacket(ValueError):
    """The bytes are not a DNS message that we accept."""


class DnsQuestion(NamedTuple):
    """A question of class IN. `unicast`: the asker would like an answer to itself alone."""

    name: Name
    type: int
    unicast: bool = False


class Record(NamedTuple):
    """A record of class IN. `data` contains no compressed names. `ttl`: seconds; 0: it ends now.
    `flush`: there are no others with this name and type but those sent together with it."""

    name: Name
    type: int
    data: bytes
    ttl: int
    flush: bool = False


class Packet(NamedTuple):
    """A DNS message. `truncated` in a query: more known answers follow in another packet."""

    response: bool = False
    questions: tuple[DnsQuestion, ...] = ()
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    truncated: bool = False
    id: int = 0


def folded(name: Name) -> Name:
    """A name for comparisons, which ignore the case of ASCII letters (RFC 6762 section 16)."""
    return tuple(label.lower() for label in name)


# Reading


def parse(data: bytes) -> Packet:
    """Read a message. Raises BadPacket. Entries of other classes are left out."""
    if not _HEAD.size <= len(data) <= MOST_BYTES:
        raise BadPacket("a packet of this size is no DNS message")
    number, flags, *counts = _HEAD.unpack_from(data)
    if flags & _OPCODE_AND_ERROR:
        raise BadPacket("not a query, nor an answer without error")
    if sum(counts) > MOST_ENTRIES:
        raise BadPacket("more entries than we read")
    reader = _Reader(data)
    try:
        questions = tuple(filter(None, [reader.question() for _ in range(counts[0])]))
        sections = [
            tuple(filter(None, [reader.record() for _ in range(count)])) for count in counts[1:]
        ]
    except (IndexError, struct.error):
        raise BadPacket("the packet ends within an entry") from None
    answers, authority, additional = sections
    return Packet(
        bool(flags & _RESPONSE),
        questions,
        answers,
        authority,
        additional,
        bool(flags & _TRUNCATED),
        number,
    )


class _Reader:
    """Reads entry after entry. Methods raise BadPacket, IndexError or struct.error."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = _HEAD.size
        self._labels = MOST_LABELS

    def question(self) -> DnsQuestion | None:
        name = self._name()
        kind, group = struct.unpack_from("!HH", self._data, self._at)
        self._at += 4
        if group & ~_TOP_BIT not in (_IN, ANY):
            return None
        return DnsQuestion(name, kind, bool(group & _TOP_BIT))

    def record(self) -> Record | None:
        name = self._name()
        kind, group, ttl, length = _FIXED.unpack_from(self._data, self._at)
        self._at += _FIXED.size
        end = self._at + length
        if end > len(self._data):
            raise BadPacket("the packet ends within a record")
        data = self._data_of(kind, end)
        self._at = end
        if group & ~_TOP_BIT != _IN:
            return None
        return Record(name, kind, data, min(ttl, 0x7FFFFFFF), bool(group & _TOP_BIT))

    def _data_of(self, kind: int, end: int) -> bytes:
        """The data of the record, with its name written out. Only these may be compressed, of
        those that we use (RFC 6762 section 18.14)."""
        start = self._at
        if kind not in (PTR, SRV):
            return self._data[start:end]
        fixed = 6 if kind == SRV else 0  # priority, weight, port
        self._at += fixed
        name = self._name()
        if self._at != end:
            raise BadPacket("a name does not end with its record")
        return self._data[start : start + fixed] + written(name)

    def _name(self) -> Name:
        """The name here. A pointer has to lead to before where its part of the name begins, as
        RFC 1035 section 4.1.4 says ("a prior occurrence"): so there are no loops."""
        data, at = self._data, self._at
        begin, after, size = at, 0, 1
        labels: list[bytes] = []
        while length := data[at]:
            self._labels -= 1
            if self._labels < 0:
                raise BadPacket("the names have more labels than we read")
            if length >= _POINTER:
                after = after or at + 2
                at = (length & ~_POINTER) << 8 | data[at + 1]
                if at >= begin:
                    raise BadPacket("a name points forward")
                begin = at
                continue
            size += length + 1
            if length > _LONGEST_LABEL or size > _LONGEST_NAME:
                raise BadPacket("a name is too long")
            labels.append(data[at + 1 : at + 1 + length])
            at += length + 1
        self._at = after or at + 1
        return tuple(labels)


def read_name(data: bytes) -> Name:
    """The one name that is all of `data`, as in a PTR record. Raises BadPacket."""
    labels = []
    at = 0
    while at < len(data) and (length := data[at]):
        labels.append(data[at + 1 : at + 1 + length])
        at += length + 1
    if at != len(data) - 1:
        raise BadPacket("this is not one name")
    return tuple(labels)


# Writing


def written(name: Name) -> bytes:
    """A name without compression. The labels have at most 63 bytes each."""
    return b"".join(bytes((len(label),)) + label for label in name) + b"\0"


def serialise(packet: Packet) -> bytes:
    """The bytes of a message."""
    flags = _RESPONSE | _AUTHORITATIVE if packet.response else 0
    flags |= _TRUNCATED if packet.truncated else 0
    sections = (packet.answers, packet.authority, packet.additional)
    out = bytearray(_HEAD.pack(packet.id, flags, len(packet.questions), *map(len, sections)))
    known: dict[Name, int] = {}
    for question in packet.questions:
        _write_name(out, question.name, known)
        out += struct.pack("!HH", question.type, _IN | (_TOP_BIT if question.unicast else 0))
    for record in (*packet.answers, *packet.authority, *packet.additional):
        _write_record(out, record, known)
    return bytes(out)


def _write_record(out: bytearray, record: Record, known: dict[Name, int]) -> None:
    _write_name(out, record.name, known)
    group = _IN | (_TOP_BIT if record.flush else 0)
    head = len(out)
    out += _FIXED.pack(record.type, group, record.ttl, 0)
    if record.type == PTR:
        _write_name(out, read_name(record.data), known)
    else:
        out += record.data
    struct.pack_into("!H", out, head + _FIXED.size - 2, len(out) - head - _FIXED.size)


def _write_name(out: bytearray, name: Name, known: dict[Name, int]) -> None:
    """Write a name, of which the end may point to where it was written before."""
    for start in range(len(name)):
        rest = name[start:]
        if rest in known:
            out += struct.pack("!H", _POINTER << 8 | known[rest])
            return
        if len(out) < _POINTER << 8:  # beyond, no pointer reaches
            known[rest] = len(out)
        out += bytes((len(rest[0]),)) + rest[0]
    out += b"\0"
