"""DNS packets, good or spoilt: they are read or refused, and what was read survives a round trip.

Reading costs no more than the bounds of `packet` allow, whatever names point to.
"""

from random import Random

from chatroom.wire.mdns.packet import (
    AAAA,
    MOST_LABELS,
    PTR,
    SRV,
    TXT,
    A,
    BadPacket,
    DnsQuestion,
    Packet,
    Record,
    parse,
    serialise,
    written,
)
from chatroom.wire.mdns.services import read_txt, srv_data, txt_data, type_name
from fuzzing.inputs import showing, spoilt

LABELS = (b"local", b"_irc", b"_tcp", b"alpha", b"A" * 63, b"\xc3\xa9", b"x.y", b"\0")
PIECES = (b"\xc0\x0c", b"\xc0\x00", b"\xff\xff", b"\x3f", b"\0", b"\x80\x01", bytes(12))


def once(random: Random) -> None:
    """A packet, and one with bytes changed."""
    packet = _packet(random)
    data = serialise(packet)
    with showing(data):
        assert parse(data) == packet
    worse = spoilt(random, data, PIECES)
    with showing(worse):
        try:
            read = parse(worse)
        except BadPacket:
            return
        names = [each.name for each in read.questions]
        names += [each.name for each in (*read.answers, *read.additional)]
        assert sum(map(len, names)) <= MOST_LABELS
        for record in read.answers:
            read_txt(record.data)
        assert parse(serialise(read)) == read


def _name(random: Random) -> tuple[bytes, ...]:
    return tuple(random.choice(LABELS) for _ in range(random.randrange(1, 4)))


def _record(random: Random) -> Record:
    kind = random.choice((A, AAAA, PTR, SRV, TXT, 99))
    data = {
        A: random.randbytes(4),
        AAAA: random.randbytes(16),
        PTR: written(_name(random)),
        SRV: srv_data(random.randrange(65536), _name(random)),
        TXT: txt_data([("fp", "ab"), ("network", "é")][: random.randrange(3)]),
        99: random.randbytes(random.randrange(20)),
    }[kind]
    return Record(_name(random), kind, data, random.randrange(5000), random.random() < 0.5)


def _packet(random: Random) -> Packet:
    def some() -> tuple[Record, ...]:
        return tuple(_record(random) for _ in range(random.randrange(4)))

    questions = [
        DnsQuestion(
            random.choice((_name(random), type_name("_irc._tcp"))), 12, random.random() < 0.5
        )
        for _ in range(random.randrange(3))
    ]
    return Packet(
        random.random() < 0.5,
        tuple(questions),
        some(),
        some(),
        some(),
        random.random() < 0.2,
        random.randrange(65536),
    )
