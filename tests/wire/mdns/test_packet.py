"""DNS messages: what is read, what is refused, and what hostile ones cost (RFC 1035, RFC 6762)."""

import struct

import pytest

from chatroom.wire.mdns.packet import (
    MOST_ENTRIES,
    MOST_LABELS,
    PTR,
    SRV,
    A,
    BadPacket,
    DnsQuestion,
    Packet,
    Record,
    folded,
    parse,
    read_name,
    serialise,
    written,
)
from chatroom.wire.mdns.services import label, read_srv, read_txt, srv_data, txt_data, type_name

IRC_NAME = type_name("_irc._tcp")
ALPHA = (b"alpha", b"local")
INSTANCE = (b"Chatroom on alpha", *IRC_NAME)


def head(questions: int = 0, answers: int = 0, flags: int = 0) -> bytes:
    return struct.pack("!6H", 0, flags, questions, answers, 0, 0)


def test_a_round_trip() -> None:
    """All sections, flags and kinds of names, with names compressed (section 4.1.4)."""
    packet = Packet(
        True,
        (DnsQuestion(IRC_NAME, PTR, unicast=True),),
        (Record(IRC_NAME, PTR, written(INSTANCE), 4500),),
        (Record(INSTANCE, SRV, srv_data(8080, ALPHA), 120, flush=True),),
        (Record(ALPHA, A, bytes((192, 0, 2, 7)), 120, flush=True),),
        truncated=True,
        id=7,
    )
    data = serialise(packet)
    assert parse(data) == packet
    assert data.count(b"_tcp") == 1
    assert data[2:4] == b"\x86\x00"  # response, authoritative, truncated


def test_the_class_decides() -> None:
    """Entries of other classes are left out; the top bit is none of the class (section 18.12)."""
    question = written(ALPHA) + struct.pack("!HH", A, 3)
    assert parse(head(1) + question).questions == ()
    record = written(ALPHA) + struct.pack("!HHIH", A, 0x8001, 5, 4) + bytes(4)
    assert parse(head(0, 1) + record).answers == (Record(ALPHA, A, bytes(4), 5, flush=True),)


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("nothing", b""),
        ("half a head", head()[:11]),
        ("a megabyte", head() + bytes(1 << 20)),
        ("another opcode", head(flags=0x2800)),
        ("an error", head(flags=0x8003)),
        ("no entries, though announced", head(1)),
        ("half a question", head(1) + written(ALPHA) + b"\0\1"),
        ("a label without its end", head(1) + b"\x05alp"),
        ("a label that claims 64 bytes", head(1) + b"\x40" + b"a" * 64 + b"\0\0\1\0\1"),
        ("a name that points to itself", head(1) + b"\xc0\x0c\0\1\0\1"),
        ("a name that points forward", head(1) + b"\xc0\x10\0\1\0\1" + b"\1a\0"),
        ("a label, then a pointer to its own begin", head(1) + b"\1a\xc0\x0c\0\1\0\1"),
        ("half a pointer", head(1) + b"\xc0"),
        ("a name of 256 bytes", head(1) + written((b"a" * 63,) * 4) + b"\0\1\0\1"),
        ("data beyond the end", head(0, 1) + written(ALPHA) + struct.pack("!HHIH", A, 1, 5, 9)),
        (
            "a PTR with a byte behind its name",
            head(0, 1) + written(ALPHA) + struct.pack("!HHIH", PTR, 1, 5, 4) + b"\1a\0!",
        ),
    ],
)
def test_what_is_refused(what: str, data: bytes) -> None:
    with pytest.raises(BadPacket):
        parse(data)
        pytest.fail(what)


def test_a_packet_cut_anywhere_is_refused() -> None:
    """Byte by byte: never another error, and never half an entry."""
    data = serialise(
        Packet(
            answers=(
                Record(IRC_NAME, PTR, written(INSTANCE), 4500),
                Record(INSTANCE, SRV, srv_data(8080, ALPHA), 120),
            )
        )
    )
    for end in range(len(data)):
        with pytest.raises(BadPacket):
            parse(data[:end])


def test_entries_are_bounded() -> None:
    """So a packet of tiny questions costs no more than another."""
    question = b"\0\0\1\0\1"
    parse(head(MOST_ENTRIES) + question * MOST_ENTRIES)
    with pytest.raises(BadPacket, match="more entries"):
        parse(head(MOST_ENTRIES + 1) + question * (MOST_ENTRIES + 1))


def test_labels_are_bounded() -> None:
    """Each question of 6 bytes repeats a name of 100 labels: that is refused after a bounded
    number of labels, not after a number that grows with the product."""
    first = b"\1a" * 100 + b"\0\0\1\0\1"
    others = 100
    repeated = b"\xc0\x0c\0\1\0\1" * others
    assert 100 * others > MOST_LABELS
    with pytest.raises(BadPacket, match="more labels"):
        parse(head(1 + others) + first + repeated)


def test_names_are_compared_without_case() -> None:
    """That of ASCII only (RFC 6762 section 16)."""
    assert folded((b"ALPHA", b"Local")) == ALPHA
    assert folded(("É".encode(),)) == ("É".encode(),)


def test_a_label_is_cut_between_characters() -> None:
    """A label has at most 63 bytes; what tells two apart stays (RFC 6763 section 4.1.1)."""
    assert label("é" * 40) == ("é" * 31).encode()
    assert label("é" * 40, " (2)") == ("é" * 29 + " (2)").encode()
    assert label("\ud800x") == b"?x"


def test_txt() -> None:
    """Keys in any case, the first value counts, what is no pair is ignored (section 6.4)."""
    pairs = (("txtvers", "1"), ("fp", "ab=cd"))
    assert read_txt(txt_data(pairs)) == dict(pairs)
    assert txt_data(()) == b"\0"
    assert read_txt(b"\4FP=a\4fp=b\2=x\1k\0\xffcut=x") == {"fp": "a", "k": "", "cut": "x"}


def test_srv() -> None:
    assert read_srv(srv_data(8080, ALPHA)) == (8080, ALPHA)
    for bad in (b"", bytes(6), bytes(6) + b"\5alpha", bytes(6) + b"\0\0"):
        with pytest.raises(BadPacket):
            read_srv(bad)
    assert read_name(b"\0") == ()
