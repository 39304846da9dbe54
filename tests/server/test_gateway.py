"""WEBIRC (IRCv3): whose connection a gateway passes on, from listed addresses only."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from chatroom.chat.accounts_port import Verdict
from chatroom.chat.commands.banishing import dline
from chatroom.chat.ports import CLEAR, Transport
from chatroom.net.loop import Loop
from chatroom.net.workers import Workers
from chatroom.server.doors.gateway import UNLISTED, WRONG
from chatroom.server.gateway_keeper import GatewayKeeper
from chatroom.wire.message import Message
from chatroom.wire.scram import derive
from chatroom.wire.webirc import BadIntroduction, Introduction, read_introduction
from harness import Client
from net.line import tcp_pair
from tls_ends import CLIENT, CONTEXTS

from .conftest import House, session_of
from .test_tls import connect as over_tls

HASH = derive(b"secret-word", b"salt" * 4, 1).text
LISTED = f"""flood_rate = 0
per_address = 2
[proxies]
webirc = {{ "127.0.0.0/8" = "{HASH}" }}"""
INTRODUCTION = "WEBIRC {password} kiwi client.example.org {address} {options}"


def introduce(
    house: House, *lines: str, password: str = "secret-word", address: str = "192.0.2.7",
    options: str = "",
) -> Client:  # fmt: skip
    client = house.connect()
    first = INTRODUCTION.format(password=password, address=address, options=options)
    return client.send(first, *lines)


@pytest.fixture
def listed(tmp_path: Path) -> House:
    return House(tmp_path, limits=LISTED)


def enter(house: House, nick: str, **said: str) -> Client:
    client = introduce(house, f"NICK {nick}", f"USER {nick} 0 * :{nick}", **said)
    return house.settle(client)


def test_whose_connection_it_is(listed: House) -> None:
    """Limits, bans and masks are about that address; the next line may come with the first."""
    al = enter(listed, "al")
    session = session_of(listed, "al")
    assert session.host == session.user.host == "192.0.2.7"
    assert not session.secure
    assert any(line.endswith("al!~al@192.0.2.7") for line in al.seen if " 001 " in line)
    bob = enter(listed, "bob", address="2001:DB8::7")
    assert session_of(listed, "bob").host == "2001:db8::7"
    carol = enter(listed, "carol", address="0::ffff:192.0.2.7")
    eve = introduce(listed, "NICK eve")
    listed.until(lambda: len(listed.server.doors) == 3)
    assert eve.end() == ["ERROR :Too many connections from your address"]
    assert listed.server.arrivals.addresses.connections("127.0.0.1") == 0
    for client in (al, bob, carol):
        client.close()
    listed.server.end()


def test_it_comes_in_pieces_and_after_the_greeting(listed: House) -> None:
    al = listed.connect()
    listed.until(lambda: listed.server.is_writing is False and al_was_greeted(al))
    for byte in b"WEBIRC secret-word kiwi a.example 192.0.2.7 :secure\nNICK al\r\n":
        al.sock.send(bytes([byte]))
        listed.tick()
    al.send("USER al 0 * :al")
    listed.settle(al)
    assert session_of(listed, "al").host == "192.0.2.7"
    assert session_of(listed, "al").secure  # the gateway is on this machine
    listed.server.end()


def al_was_greeted(client: Client) -> bool:
    client.sock.setblocking(False)
    try:
        return b"nickname" in client.sock.recv(1000)
    except BlockingIOError:
        return False
    finally:
        client.sock.settimeout(15)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("WEBIRC wrong kiwi a.example 192.0.2.7", WRONG),
        ("webirc secret-word kiwi a.example", "WEBIRC: expected a password"),
        ("WEBIRC secret-word kiwi a.example a.example", "WEBIRC: expected an IP address"),
        ("WEBIRC secret-word kiwi a.example :", "WEBIRC: expected a password"),
        (f"WEBIRC secret-word kiwi a.example 192.0.2.7 :{'x' * 5000}", "WEBIRC: the line is too"),
    ],
)
def test_what_is_refused(listed: House, line: str, answer: str) -> None:
    """With ERROR, and one line in the log; what follows is not carried out."""
    al = listed.connect().send(line, "NICK al", "USER al 0 * :al")
    listed.until(lambda: not listed.server.doors)
    (told,) = al.end()
    assert told.startswith(f"ERROR :{answer}")
    assert not listed.server.world.users
    listed.server.end()


def test_nobody_else_can_say_it(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "chatroom"):
        al = introduce(house, "NICK al")
        house.until(lambda: not house.server.doors)
    assert al.end() == [f"ERROR :{UNLISTED}"]
    assert [text for text in caplog.messages if "WEBIRC" in text] == [
        f"127.0.0.1 has left the server ({UNLISTED})"
    ]


@pytest.mark.parametrize("before", ["CAP LS 302", "NICK al", "PING 1"])
def test_it_is_the_first_line_or_none(listed: House, before: str) -> None:
    al = listed.connect().send(before, "WEBIRC secret-word kiwi a.example 192.0.2.7")
    listed.until(lambda: not listed.server.doors)
    assert al.end()[-1] == "ERROR :Closing link: 127.0.0.1 (WEBIRC has to be the first line)"
    listed.server.end()


def test_a_ban_of_the_address_and_not_of_the_gateway(listed: House) -> None:
    al = enter(listed, "al")
    operator = session_of(listed, "al")
    for target in ("198.51.100.7", "127.0.0.1"):
        message = Message("DLINE", (target, "spam"))
        for _ in dline(listed.server.world, operator, message) or ():
            pass
    bob = introduce(listed, "NICK bob", address="198.51.100.7")
    listed.until(lambda: len(listed.server.doors) == 1)
    assert bob.end() == ["ERROR :You are banned from this server: spam"]
    carol = enter(listed, "carol")
    eve = listed.connect().send("NICK eve")  # from the gateway's address, and not through it
    listed.until(lambda: len(listed.server.doors) == 2)
    assert eve.end() == ["ERROR :You are banned from this server: spam"]
    for client in (al, carol):
        client.close()
    listed.server.end()


@pytest.mark.parametrize("options", ["", ":secure"])
def test_secure_is_only_who_is_so_on_both_ways(tmp_path: Path, options: str) -> None:
    """To the gateway, and from there. The gateway's own certificate is not the person's."""
    house = House(tmp_path, limits=LISTED.replace("127.0.0.0/8", "198.51.100.1"))
    house.server.handshakes.contexts = CONTEXTS
    al = over_tls(house, CLIENT, "198.51.100.1")
    al.send(INTRODUCTION.format(password="secret-word", address="192.0.2.7", options=options))
    house.settle(al.send("NICK al", "USER al 0 * :al"))
    transport = session_of(house, "al").transport
    assert transport == (Transport(True, "TLSv1.3") if options else CLEAR)
    house.server.end()


@pytest.mark.parametrize("address", ["127.0.0.1", "0::1", "0::ffff:127.0.0.1"])
def test_nobody_becomes_local_by_another_machine_s_word(tmp_path: Path, address: str) -> None:
    """Whoever is local has no limits of addresses, and may be an operator by their host."""
    house = House(tmp_path, limits=LISTED.replace("127.0.0.0/8", "198.51.100.1"))
    house.server.handshakes.contexts = CONTEXTS
    al = over_tls(house, CLIENT, "198.51.100.1")
    al.send(INTRODUCTION.format(password="secret-word", address=address, options=""))
    house.settle(al.send("NICK al", "USER al 0 * :al"))
    assert session_of(house, "al").user.host == "198.51.100.1"
    assert house.server.arrivals.addresses.connections("198.51.100.1") == 1
    house.server.end()


def test_its_password_is_not_taken_in_the_clear(tmp_path: Path) -> None:
    house = House(tmp_path, limits=LISTED.replace("127.0.0.0/8", "198.51.100.1"))
    here, sock = tcp_pair()
    house.server._accepted(here, "198.51.100.1")
    sock.sendall(b"WEBIRC secret-word kiwi a.example 192.0.2.7\r\n")
    house.until(lambda: not house.server.doors)
    assert b"ERROR :WEBIRC: Passwords are accepted here only over TLS" in sock.recv(1000)
    sock.close()
    house.server.end()


def test_many_at_once_are_one_check(listed: House) -> None:
    """A gateway that starts again brings everybody at once."""
    clients = [
        introduce(listed, f"NICK n{at}", f"USER n{at} 0 * :n", address=f"192.0.2.{at}")
        for at in range(12)
    ]
    listed.until(lambda: listed.server.world.registered == len(clients))
    assert {user.host for user in listed.server.world.users.values()} == {
        f"192.0.2.{at}" for at in range(12)
    }
    listed.server.end()


class Desk:
    """A keeper of gateways with workers that are collected by hand."""

    def __init__(self, webirc: dict[str, str]) -> None:
        self.loop = Loop()
        self.workers = Workers(self.loop, 1)
        self.jobs = 0
        submit = self.workers.submit

        def counting(*arguments: object, **more: object) -> None:
            self.jobs += 1
            submit(*arguments, **more)  # type: ignore[arg-type]

        self.workers.submit = counting  # type: ignore[method-assign]
        self.keeper = GatewayKeeper(self.workers, lambda: webirc)
        self.told: list[Verdict] = []

    def ask(self, host: str, password: str) -> None:
        self.keeper.verify(host, password, self.told.append)

    def until(self, done: Callable[[], object]) -> list[Verdict]:
        while not done():
            self.loop.select(1.0)
            self.workers.collect()
        return self.told


def _more_than(desk: Desk, told: int) -> bool:
    return len(desk.told) > told


def test_the_smallest_network_counts_and_a_change_holds_at_once() -> None:
    one, other = (derive(word, b"salt" * 4, 1).text for word in (b"one-word", b"other-word"))
    webirc = {"192.0.2.0/24": one, "192.0.2.7/32": other, "unix": one}
    desk = Desk(webirc)
    for host, word in (("192.0.2.7", "one-word"), ("192.0.2.7", "other-word"),
                       ("192.0.2.8", "one-word"), ("unix", "one-word"),
                       ("198.51.100.7", "one-word")):  # fmt: skip
        told = len(desk.told)
        desk.ask(host, word)
        assert len(desk.told) == told  # never at once
        desk.until(partial(_more_than, desk, told))
    right, wrong = Verdict.DONE, Verdict.WRONG
    assert desk.told == [wrong, right, right, right, wrong]
    assert desk.jobs == 3  # what is right is remembered, and nobody is checked who is not listed
    webirc["192.0.2.7/32"] = one
    desk.ask("192.0.2.7", "other-word")
    desk.until(lambda: len(desk.told) == 6)
    assert desk.told[-1] is wrong
    desk.workers.close()
    desk.loop.close()


def test_a_flood_of_wrong_passwords_is_bounded() -> None:
    """The same one is checked once for all who wait; of different ones few wait."""
    desk = Desk({"192.0.2.7": HASH})
    for at in range(50):
        desk.ask("192.0.2.7", "wrong-word")
        desk.ask("192.0.2.7", f"wrong-word {at}")
    desk.until(lambda: len(desk.told) == 100)
    assert desk.told.count(Verdict.WRONG) == 52
    assert desk.told.count(Verdict.TOO_OFTEN) == 48
    assert desk.jobs == 3
    desk.workers.close()
    desk.loop.close()


@pytest.mark.parametrize(
    ("options", "secure"),
    [
        ((), False),
        (("secure",), True),
        (("remote-port=1 secure=example local-port=6697",), True),
        (("remote-port=1", "secure"), True),
        (("insecure certfp-sha-256=22e88c",), False),
    ],
)
def test_options(options: tuple[str, ...], secure: bool) -> None:
    """An option may have a value one day (the specification, "Options")."""
    message = Message("WEBIRC", ("word", "kiwi", "a.example", "0::1", *options))
    assert read_introduction(message) == Introduction("word", "kiwi", "0::1", secure)


def test_too_few_parameters() -> None:
    with pytest.raises(BadIntroduction):
        read_introduction(Message("WEBIRC", ("word", "kiwi", "a.example")))
