"""Strict transport security (IRCv3 sts): the port in the clear, the duration over TLS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.chat.settings import TlsSettings
from chatroom.chat.sts import announce_sts
from harness import Client
from net.line import tcp_pair
from server.conftest import House
from server.test_tls import FROM_ELSEWHERE, connect
from tls_ends import CONTEXTS

PORT = 8080


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[House]:
    """A server that tells clients to use TLS only."""
    house = House(tmp_path)
    house.server.handshakes.contexts = CONTEXTS
    house.server.world.set_tls(TlsSettings(), True, PORT)
    yield house
    house.server.end()


def asks(house: House, client: Client, *lines: str) -> list[str]:
    """A new visitor's lines, and the answers."""
    client.send(*lines, "NICK alice", "USER a 0 * a", "CAP END")
    house.settle(client)
    return [line for line in client.seen if " CAP " in line]


def offered(house: House, client: Client, request: str) -> list[str]:
    """The capabilities that a new visitor is offered, perhaps in several lines."""
    return " ".join(line.partition(" :")[2] for line in asks(house, client, request)).split()


def in_the_clear(house: House) -> Client:
    """From another machine."""
    here, there = tcp_pair()
    house.server._accepted(here, FROM_ELSEWHERE)
    return Client(there)


def test_the_port_in_the_clear(strict: House) -> None:
    """With the port alone nobody is bound to anything that was sent in the clear."""
    assert offered(strict, in_the_clear(strict), "CAP LS 302")[-1] == f"sts=port={PORT}"


def test_the_duration_over_tls(strict: House) -> None:
    """A month, counted anew with each connection."""
    words = offered(strict, connect(strict, host=FROM_ELSEWHERE), "CAP LS 302")
    assert words[-1] == "sts=duration=2592000"


def test_not_from_this_machine_nor_to_old_clients(strict: House) -> None:
    """Loopback needs no TLS; without a value it says nothing."""
    assert "sts" not in "".join(offered(strict, strict.connect(), "CAP LS 302"))
    assert "sts" not in "".join(offered(strict, in_the_clear(strict), "CAP LS"))


def test_it_cannot_be_requested(strict: House) -> None:
    """Nothing is agreed on by it (sts, "Clients MUST NOT request")."""
    seen = asks(strict, in_the_clear(strict), "CAP LS 302", "CAP REQ sts")
    assert seen[-1].replace(":", "").endswith(" NAK sts")


def test_without_a_promise_nobody_hears_of_it(strict: House) -> None:
    """As with every self-signed certificate."""
    strict.server.world.set_tls(TlsSettings(), True, 0)
    words = offered(strict, connect(strict, host=FROM_ELSEWHERE), "CAP LS 302")
    assert "sts" not in "".join(words)


def test_changes_are_announced(strict: House) -> None:
    """By CAP NEW; the end of it as duration=0 over TLS, never by CAP DEL."""
    world = strict.server.world
    over_tls = connect(strict, host=FROM_ELSEWHERE)
    over_tls.send("CAP LS 302", "NICK alice", "USER a 0 * a", "CAP END")
    strict.settle(over_tls)
    clear = in_the_clear(strict).send("CAP LS 302", "NICK bob", "USER b 0 * b", "CAP END")
    strict.settle(clear)
    old = in_the_clear(strict).send("NICK carol", "USER c 0 * c")
    strict.settle(old)
    for port, before in ((0, PORT), (0, 0), (PORT, 0)):
        world.set_tls(TlsSettings(), True, port)
        announce_sts(world, before)
    for client in (over_tls, clear, old):
        strict.settle(client)
    news = [
        [line.partition(" NEW :")[2] for line in client.seen if " NEW " in line]
        for client in (over_tls, clear, old)
    ]
    assert news == [["sts=duration=0", "sts=duration=2592000"], [f"sts=port={PORT}"], []]
    assert not [line for line in (*over_tls.seen, *clear.seen) if " DEL " in line]
