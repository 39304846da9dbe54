"""The client's side of DNS-SD: what it asks, and what it makes of the answers (RFC 6763)."""

import ipaddress
from itertools import count

from chatroom.wire.mdns.browser import DETAILS_PAUSE, MOST_ADDRESSES, MOST_FOUND, Browser, Service
from chatroom.wire.mdns.packet import (
    ANY,
    PTR,
    SRV,
    TXT,
    A,
    DnsQuestion,
    Packet,
    Record,
    parse,
    serialise,
    written,
)
from chatroom.wire.mdns.services import IRC, IRCS, srv_data, txt_data, type_name

IRC_NAME = type_name(IRC)
INSTANCE = (b"Chatroom on alpha", *IRC_NAME)
ALPHA = (b"alpha", b"local")
POINTER = Record(IRC_NAME, PTR, written(INSTANCE), 4500)
WHERE = Record(INSTANCE, SRV, srv_data(8080, ALPHA), 120)
TEXT = Record(INSTANCE, TXT, txt_data([("fp", "ab")]), 4500)
ADDRESS = Record(ALPHA, A, bytes((192, 0, 2, 7)), 120)
FOUND = Service(
    2, "Chatroom on alpha", IRC, 8080, (ipaddress.ip_address("192.0.2.7"),), {"fp": "ab"}
)


def browser() -> Browser:
    found = Browser((IRC, IRCS))
    found.begin(0.0)
    return found


def hear(browser: Browser, *records: Record, now: float = 0.5) -> bool:
    return browser.received(2, serialise(Packet(True, answers=records)), now)


def test_the_question_and_its_repetition() -> None:
    """At once, a second later, and with pauses that double (RFC 6762 section 5.2)."""
    asking = browser()
    first = parse(asking.turn(0.0))
    assert first.questions == (DnsQuestion(IRC_NAME, PTR), DnsQuestion(type_name(IRCS), PTR))
    moments = []
    while asking.due < 300:
        moments.append(asking.due)
        asking.turn(asking.due)
    assert moments == [1, 3, 7, 15, 31, 63, 123, 183, 243]


def test_one_answer_with_everything() -> None:
    asking = browser()
    assert hear(asking, POINTER, WHERE, TEXT, ADDRESS)
    assert asking.found == [FOUND]
    asking.turn(0.5)
    assert asking.turn(0.9) == b""


def test_known_answers_are_sent_along() -> None:
    """So that nobody repeats them (RFC 6762 section 7.1)."""
    asking = browser()
    hear(asking, POINTER, WHERE, TEXT, ADDRESS)
    assert parse(asking.turn(1.0)).answers == (POINTER,)


def test_details_that_are_missing_are_asked_for() -> None:
    asking = browser()
    asking.turn(0.0)
    hear(asking, POINTER)
    assert asking.found == []
    assert asking.due == 0.5 + DETAILS_PAUSE
    assert parse(asking.turn(0.7)).questions == (DnsQuestion(INSTANCE, ANY),)
    hear(asking, WHERE, TEXT, now=0.8)
    (first, second) = parse(asking.turn(1.0)).questions[-2:]
    assert {first.name, second.name} == {ALPHA}
    hear(asking, ADDRESS, now=1.1)
    assert asking.found == [FOUND]


def test_the_order_of_records_does_not_matter() -> None:
    asking = browser()
    hear(asking, ADDRESS, TEXT, WHERE, POINTER)
    assert asking.found == [FOUND]


def test_each_link_is_by_itself() -> None:
    """The same name in another network is another server, at another address."""
    asking = browser()
    hear(asking, POINTER, WHERE, TEXT, ADDRESS)
    other = serialise(Packet(True, answers=(POINTER, WHERE, TEXT)))
    asking.received(3, other, 0.5)
    assert asking.found == [FOUND]


def test_a_goodbye() -> None:
    """A time to live of 0 (RFC 6762 section 10.1)."""
    asking = browser()
    hear(asking, POINTER, WHERE, TEXT, ADDRESS)
    hear(asking, POINTER._replace(ttl=0))
    assert asking.found == []


def test_what_does_not_concern_us() -> None:
    """Other types, questions, spoilt packets, names that are no instances."""
    asking = browser()
    printer = Record(type_name("_ipp._tcp"), PTR, written((b"p", *type_name("_ipp._tcp"))), 4500)
    assert not hear(asking, printer)
    question = serialise(Packet(questions=(DnsQuestion(IRC_NAME, PTR),)))
    assert not asking.received(2, question, 0.5)
    data = serialise(Packet(True, answers=(POINTER, WHERE, TEXT, ADDRESS)))
    for end in range(len(data)):
        assert not asking.received(2, data[:end], 0.5)
    hear(asking, POINTER._replace(data=written(ALPHA)), POINTER._replace(data=written(IRC_NAME)))
    hear(asking, POINTER, WHERE._replace(data=b"\0"))
    hear(asking, POINTER, WHERE._replace(data=srv_data(0, ALPHA)), TEXT, ADDRESS)
    hear(asking, ADDRESS._replace(data=b"12345"))
    assert asking.found == []


def test_memory_is_bounded() -> None:
    """Whatever somebody announces."""
    asking = browser()
    numbers = count()
    for _ in range(100):
        some = [(b"%d" % next(numbers), *IRC_NAME) for _ in range(20)]
        hear(asking, *(Record(IRC_NAME, PTR, written(name), 4500) for name in some))
        hear(asking, *(Record(name, SRV, srv_data(1, (name[0], b"local")), 120) for name in some))
        hear(asking, *(Record(name, TXT, b"\0", 120) for name in some))
        addresses = [
            Record((name[0], b"local"), A, bytes((10, 0, each, 1)), 120)
            for name in some
            for each in range(5)
        ]
        hear(asking, *addresses)
    assert len(asking.found) == MOST_FOUND
    hear(asking, *(Record((b"1", b"local"), A, bytes((10, 9, each, 1)), 9) for each in range(50)))
    found = next(each for each in asking.found if each.instance == "1")
    assert len(found.addresses) == MOST_ADDRESSES
    assert len(asking.turn(1.0)) < 1472
    for number in range(200):  # one service that moves on and on
        host = (b"host %d" % number, b"local")
        hear(asking, Record((b"1", *IRC_NAME), SRV, srv_data(1, host), 120))
        hear(asking, Record(host, A, bytes(4), 120))
    assert len(asking._links[2].hosts) <= MOST_FOUND
