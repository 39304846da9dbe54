"""DNS packets, good or spoilt: they are read or refused, and what was read survives a round trip.

Reading costs no more than the bounds of `packet` allow, whatever names point to. A responder and a
browser that hear them go on, and say what can be read.
"""

from ipaddress import ip_address, ip_interface
from random import Random

from chatroom.wire.mdns.browser import Browser
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
from chatroom.wire.mdns.responder import Responder, Sender
from chatroom.wire.mdns.services import (
    ALL_TYPES,
    OwnService,
    read_txt,
    srv_data,
    txt_data,
    type_name,
)
from chatroom.wire.mdns.zone import Link
from fuzzing.inputs import showing, spoilt

LABELS = (b"local", b"_irc", b"_tcp", b"alpha", b"Chatroom", b"A" * 63, b"\xc3\xa9", b"x.y", b"\0")
IRC_NAME = type_name("_irc._tcp")
NAMES = (IRC_NAME, (b"Chatroom", *IRC_NAME), (b"ALPHA", b"local"), (b"alpha", b"local"), ALL_TYPES)
OWN = (OwnService("_irc._tcp", 8080), OwnService("_http._tcp", 8080))
LINK = Link(2, (ip_address("192.0.2.7"),), (ip_interface("192.0.2.7/24"),))
PIECES = (b"\xc0\x0c", b"\xc0\x00", b"\xff\xff", b"\x3f", b"\0", b"\x80\x01", bytes(12))


def once(random: Random) -> None:
    """A packet, one with bytes changed, and some about our names to those who listen."""
    _read(random)
    _converse(random)


def _converse(random: Random) -> None:
    """A responder and a browser hear packets, some spoilt, at any moment of their lives."""
    responder = Responder("Chatroom", "alpha", OWN, random.random)
    responder.begin([LINK], 0.0)
    browser = Browser(("_irc._tcp", "_ircs._tcp"))
    browser.begin(0.0)
    now = 0.0
    for _ in range(random.randrange(2, 12)):
        now += random.choice((0.0, 0.05, 0.3, 1.5))
        data = serialise(_packet(random))
        if random.random() < 0.3:
            data = spoilt(random, data, PIECES)
        sender = Sender(random.choice(("192.0.2.9", "192.0.2.7", "x")), random.choice((5353, 9)))
        with showing(data):
            said = responder.received(2, sender, data, now) + responder.turn(now)
            asked = [each for each in (browser.turn(now),) if each]
            browser.received(2, data, now)
            for each in [*(one.data for one in said), *asked]:
                parse(each)
            assert all(each.port > 0 and each.addresses for each in browser.found)
    assert all(parse(each.data).response for each in responder.end())


def _read(random: Random) -> None:
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
    if random.random() < 0.5:
        return random.choice(NAMES)
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
