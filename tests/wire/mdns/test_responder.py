"""The server's side of multicast DNS: probes, conflicts, answers, goodbyes (RFC 6762)."""

import ipaddress

import pytest

from chatroom.wire.mdns.packet import (
    AAAA,
    ANY,
    MOST_BYTES,
    NSEC,
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
from chatroom.wire.mdns.responder import (
    CONFLICT_PAUSE,
    CONFLICTS,
    LEGACY_TTL,
    PACKETS_AT_ONCE,
    PORT,
    Outgoing,
    Responder,
    Sender,
)
from chatroom.wire.mdns.services import (
    ALL_TYPES,
    IRC,
    IRCS,
    OwnService,
    read_txt,
    srv_data,
    type_name,
)
from chatroom.wire.mdns.zone import Link, host_label

LINK = Link(
    2,
    (ipaddress.ip_address("192.0.2.7"),),
    (ipaddress.ip_interface("192.0.2.7/24"), ipaddress.ip_interface("fe80::7/64")),
)
OTHER_LINK = Link(
    3, (ipaddress.ip_address("2001:db8::7"),), (ipaddress.ip_interface("2001:db8::7/64"),)
)
OFFERS = (OwnService(IRC, 8080, (("fp", "ab"),)), OwnService(IRCS, 8080))
BOB = Sender("192.0.2.9", PORT)
IRC_NAME = type_name(IRC)
INSTANCE = (b"Chatroom", *IRC_NAME)
ALPHA = (b"alpha", b"local")


class Network:
    """A responder with a clock, and what it sends."""

    def __init__(self, *links: Link, host: str = "alpha.example.org") -> None:
        self.now = 0.0
        self.responder = Responder("Chatroom", host, OFFERS, chance=lambda: 0.5)
        self.responder.begin(links or (LINK,), self.now)

    def run(self, seconds: float) -> list[tuple[float, Outgoing]]:
        """Let time pass; what was sent, and when."""
        end, out = self.now + seconds, []
        while (due := self.responder.due) <= end:
            self.now = max(self.now, due)
            out += [(self.now, each) for each in self.responder.turn(self.now)]
        self.now = end
        return out

    def settle(self) -> None:
        """Until the names are ours, and everything was said."""
        self.run(10)
        assert self.responder.established

    def hear(self, packet: Packet, sender: Sender = BOB, link: int = 2) -> list[Outgoing]:
        return self.responder.received(link, sender, serialise(packet), self.now)

    def ask(self, *questions: DnsQuestion, known: tuple[Record, ...] = ()) -> list[Packet]:
        """All answers within half a second."""
        now = self.hear(Packet(questions=questions, answers=known))
        return [parse(each.data) for each in (*now, *(one for _, one in self.run(0.5)))]


@pytest.fixture
def network() -> Network:
    network = Network()
    network.settle()
    return network


def names_and_types(records: tuple[Record, ...]) -> set[tuple[bytes, int]]:
    return {(record.name[0], record.type) for record in records}


def test_three_probes_and_two_announcements() -> None:
    """Sections 8.1 and 8.3: what is asked, when, and what is then told to all."""
    sent = Network().run(10)
    assert [when for when, _ in sent] == [0.125, 0.375, 0.625, 0.875, 1.875]
    probe, announcement = parse(sent[0][1].data), parse(sent[3][1].data)
    assert {(each.name, each.type, each.unicast) for each in probe.questions} == {
        (INSTANCE, ANY, False),
        ((b"Chatroom", *type_name(IRCS)), ANY, False),
        (ALPHA, ANY, False),
    }
    assert names_and_types(probe.authority) == {
        (b"Chatroom", SRV),
        (b"Chatroom", TXT),
        (b"alpha", A),
    }
    assert not any(record.flush for record in probe.authority)
    assert announcement.response
    by_type = {record.type: record for record in announcement.answers}
    assert by_type[A].data == bytes((192, 0, 2, 7))
    assert by_type[A].flush
    assert not by_type[PTR].flush  # others have the same name (section 10.2)
    assert all(each.to is None for _, each in sent)
    assert max(len(each.data) for _, each in sent) < 1472 < MOST_BYTES


def test_nobody_is_answered_before_the_names_are_ours() -> None:
    network = Network()
    network.run(0.2)
    assert not [each for each in network.ask(DnsQuestion(IRC_NAME, PTR)) if each.response]


def test_a_browser_gets_everything_in_one_answer(network: Network) -> None:
    """RFC 6763 section 12.1: the PTR, and beside it SRV, TXT and addresses."""
    (answer,) = network.ask(DnsQuestion((b"_IRC", b"_tcp", b"Local"), PTR))
    assert answer.answers == (Record(IRC_NAME, PTR, written(INSTANCE), 4500),)
    assert names_and_types(answer.additional) == {
        (b"Chatroom", SRV),
        (b"Chatroom", TXT),
        (b"alpha", A),
    }
    (txt,) = [record for record in answer.additional if record.type == TXT]
    assert read_txt(txt.data) == {"fp": "ab"}


def test_the_types_are_told(network: Network) -> None:
    """RFC 6763 section 9, the question of `avahi-browse -a`."""
    (answer,) = network.ask(DnsQuestion(ALL_TYPES, PTR))
    assert {record.data for record in answer.answers} == {
        written(IRC_NAME),
        written(type_name(IRCS)),
    }


def test_answers_for_shared_names_wait(network: Network) -> None:
    """20 to 120 ms (section 6); for a name that is ours alone, not at all."""
    network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR),)))
    ((when, _),) = network.run(1)
    assert when == pytest.approx(10.07)
    network.run(2)
    network.hear(Packet(questions=(DnsQuestion(INSTANCE, SRV),)))
    ((when, _),) = network.run(1)
    assert when == 13.0


def test_known_answers_are_not_repeated(network: Network) -> None:
    """Section 7.1: if the asker knows them for half of their time."""
    known = Record(IRC_NAME, PTR, written(INSTANCE), 2250)
    assert network.ask(DnsQuestion(IRC_NAME, PTR), known=(known,)) == []
    network.run(2)
    assert network.ask(DnsQuestion(IRC_NAME, PTR), known=(known._replace(ttl=2249),))


def test_known_answers_may_follow(network: Network) -> None:
    """Section 7.2: a truncated query waits for them, from the same asker only."""
    known = Record(IRC_NAME, PTR, written(INSTANCE), 4500)
    question = Packet(questions=(DnsQuestion(IRC_NAME, PTR),), truncated=True)
    network.hear(question)
    assert network.run(0.3) == []
    network.hear(Packet(answers=(known,)), Sender("192.0.2.10", PORT))
    network.hear(Packet(answers=(known,)))
    assert network.run(2) == []
    network.hear(question)
    network.hear(Packet(answers=(known,)), Sender("192.0.2.10", PORT))
    assert len(network.run(2)) == 1


def test_a_record_is_sent_once_a_second(network: Network) -> None:
    """Section 6: a second asker, who may not have heard the first answer, waits."""
    network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR),)))
    network.run(0.2)
    network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR),)), Sender("192.0.2.10", PORT))
    ((when, _),) = network.run(3)
    assert when == pytest.approx(11.07)


def test_askers_at_the_same_time_share_an_answer(network: Network) -> None:
    """Whoever asked before it was sent, has heard it."""
    for host in ("192.0.2.10", "192.0.2.11"):
        network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR),)), Sender(host, PORT))
        network.run(0.01)
    assert len(network.run(3)) == 1


def test_an_answer_to_one_alone(network: Network) -> None:
    """The asker may wish that (QU), if the others have heard it lately (section 5.4)."""
    (out,) = network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR, unicast=True),)))
    assert out.to == BOB
    network.run(2000)  # a quarter of 4500 s has passed
    assert network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR, unicast=True),))) == []
    ((_, out),) = network.run(1)
    assert out.to is None


def test_a_simple_resolver(network: Network) -> None:
    """Section 6.7: the answer goes to its port, with its number and question, and short lives."""
    sender = Sender("192.0.2.9", 40000)
    (out,) = network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR),), id=77), sender)
    answer = parse(out.data)
    assert (out.to, answer.id, answer.questions) == (sender, 77, (DnsQuestion(IRC_NAME, PTR),))
    records = (*answer.answers, *answer.additional)
    assert {record.ttl for record in records} == {LEGACY_TTL}
    assert not any(record.flush for record in records)
    known = Record(IRC_NAME, PTR, written(INSTANCE), 4500)
    assert network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR),), answers=(known,)), sender)


def test_what_does_not_exist_is_said(network: Network) -> None:
    """Section 6.1: so nobody waits for an IPv6 address in vain."""
    (answer,) = network.ask(DnsQuestion(ALPHA, AAAA))
    (record,) = answer.answers
    assert record.type == NSEC
    assert record.data == written(ALPHA) + b"\0\1\x40"  # type 1: A


@pytest.mark.parametrize(
    "sender", [Sender("198.51.100.1", PORT), Sender("198.51.100.1", 40000), Sender("x", PORT)]
)
def test_nobody_else_s_network(network: Network, sender: Sender) -> None:
    """Section 11: no answer leaves the link."""
    assert network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR),)), sender) == []
    assert network.run(2) == []


def test_each_link_has_its_addresses() -> None:
    network = Network(LINK, OTHER_LINK)
    network.settle()
    sender = Sender("2001:db8::9", 40000)
    (out,) = network.hear(Packet(questions=(DnsQuestion(ALPHA, ANY),)), sender, link=3)
    assert out.link == 3
    assert [record.type for record in parse(out.data).answers] == [AAAA]


def test_without_links_nothing_is_sent() -> None:
    network = Network(LINK._replace(addresses=()))
    assert network.run(100) == []
    assert network.responder.end() == []


def test_the_end_is_told(network: Network) -> None:
    """Section 10.1: a time to live of 0."""
    (out,) = network.responder.end()
    answers = parse(out.data).answers
    assert (b"_irc", PTR) in names_and_types(answers)
    assert {record.ttl for record in answers} == {0}
    assert network.run(100) == []
    assert network.ask(DnsQuestion(IRC_NAME, PTR)) == []


# Conflicts


def theirs(port: int = 9999, name: tuple[bytes, ...] = INSTANCE) -> Record:
    return Record(name, SRV, srv_data(port, (b"beta", b"local")), 120, flush=True)


def test_a_name_that_is_taken() -> None:
    """Section 9: the next try has another one, and its first probe waits."""
    network = Network()
    network.run(0.4)
    network.hear(Packet(True, answers=(theirs(),)))
    sent = network.run(10)
    assert network.responder.instance == "Chatroom (2)"
    assert network.responder.host == "alpha.local"
    assert parse(sent[0][1].data).questions[0].name[0] == b"Chatroom (2)"
    assert len(sent) == 5


def test_a_machine_s_name_that_is_taken() -> None:
    network = Network()
    address = Record(ALPHA, AAAA, bytes(16), 120)
    network.hear(Packet(True, answers=(address,)))
    network.settle()
    assert (network.responder.instance, network.responder.host) == ("Chatroom", "alpha-2.local")


def test_another_responder_on_this_machine_has_its_name() -> None:
    """Such as avahi, which may announce more addresses than those that we listen on."""
    network = Network()
    address = Record(ALPHA, AAAA, ipaddress.ip_address("fe80::7").packed, 120)
    network.hear(Packet(True, answers=(address,)), Sender("192.0.2.7", PORT))
    network.settle()
    assert network.responder.host == "alpha.local"


@pytest.mark.parametrize(
    ("what", "packet", "sender"),
    [
        ("our own packet, heard again", Packet(True, answers=(theirs(8080),)), BOB),
        ("a goodbye", Packet(True, answers=(theirs()._replace(ttl=0),)), BOB),
        ("another name", Packet(True, answers=(theirs(name=(b"Chat", *IRC_NAME)),)), BOB),
        ("not from the port", Packet(True, answers=(theirs(),)), Sender(BOB.host, 40000)),
        ("from elsewhere", Packet(True, answers=(theirs(),)), Sender("198.51.100.1", PORT)),
    ],
)
def test_no_conflict(what: str, packet: Packet, sender: Sender) -> None:
    network = Network()
    if what.startswith("our own"):
        packet = parse(Network().run(1)[3][1].data)
    network.run(0.4)
    network.hear(packet, sender)
    network.settle()
    assert network.responder.instance == "Chatroom"


def test_a_conflict_later_is_looked_into(network: Network) -> None:
    """Section 9: probe again with the same name; whoever has it defends it."""
    network.hear(Packet(True, answers=(theirs(),)))
    assert not network.responder.established
    network.settle()
    assert network.responder.instance == "Chatroom"


def test_a_name_of_ours_is_defended(network: Network) -> None:
    """At once (section 6), or the other takes it; but not as often as somebody asks."""
    probe = Packet(questions=(DnsQuestion(INSTANCE, ANY),), authority=(theirs(),))
    (out,) = network.hear(probe)
    assert out.to is None
    assert names_and_types(parse(out.data).answers) == {(b"Chatroom", SRV), (b"Chatroom", TXT)}
    assert network.hear(probe) == []


@pytest.mark.parametrize(("port", "wins"), [(1, True), (9999, False)])
def test_two_probe_at_the_same_time(port: int, wins: bool) -> None:
    """Section 8.2: the greater data wins, and the loser tries again a second later."""
    network = Network()
    network.run(0.2)
    record = Record(INSTANCE, SRV, srv_data(port, ALPHA), 120)
    text = Record(INSTANCE, TXT, b"\5fp=ab", 4500)  # compared first, and equal to ours
    network.hear(Packet(questions=(DnsQuestion(INSTANCE, ANY),), authority=(record, text)))
    sent = network.run(5)
    assert (sent[0][0] < 1) == wins
    assert network.responder.instance == "Chatroom"


def test_somebody_who_claims_every_name() -> None:
    """Section 8.1: after fifteen conflicts, a pause between the tries."""
    network = Network()
    for _ in range(CONFLICTS):
        network.run(0.26)
        name = (network.responder.instance.encode(), *IRC_NAME)
        network.hear(Packet(True, answers=(theirs(name=name),)))
    assert network.run(CONFLICT_PAUSE - 0.1) == []
    assert network.run(0.2)


def test_packets_are_counted(network: Network) -> None:
    """A flood of questions gets a bounded number of answers, and costs no parsing."""
    sender = Sender("192.0.2.9", 40000)
    packet = Packet(questions=(DnsQuestion(IRC_NAME, PTR),))
    answered = sum(bool(network.hear(packet, sender)) for _ in range(3 * PACKETS_AT_ONCE))
    assert answered == PACKETS_AT_ONCE
    network.run(1)
    assert network.hear(packet, sender)


def test_memory_is_bounded(network: Network) -> None:
    """Names in other letters are the same name, and the answers that wait are counted."""
    for number in range(200):
        name = bytes(ALPHA[0][:-1]) + (b"a" if number % 2 else b"A")
        network.now += 0.01
        network.hear(
            Packet(questions=(DnsQuestion((name, b"local"), AAAA), DnsQuestion(IRC_NAME, PTR)))
        )
        network.hear(Packet(questions=(DnsQuestion(IRC_NAME, PTR),), truncated=True))
    network.run(5)
    assert len(network.responder._sent) < 12
    assert not network.responder._pending


def test_spoilt_packets_are_ignored(network: Network) -> None:
    data = serialise(Packet(questions=(DnsQuestion(IRC_NAME, PTR),)))
    for end in range(len(data)):
        assert network.responder.received(2, BOB, data[:end], network.now) == []


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("alpha.example.org", "alpha"),
        ("localhost", "chatroom"),
        ("", "chatroom"),
        ("my_host!", "my-host"),
        ("é", "chatroom"),
    ],
)
def test_the_name_of_the_machine(name: str, label: str) -> None:
    assert host_label(name) == label
