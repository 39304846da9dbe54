"""Mode z: only people whose connections nobody can read; WHOIS says who comes over TLS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Client
from net.line import tcp_pair
from server.conftest import House
from server.test_tls import FROM_ELSEWHERE, connect
from tls_ends import CLIENT, CONTEXTS, fingerprint_of


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A server with TLS."""
    house = House(tmp_path)
    house.server.handshakes.contexts = CONTEXTS
    house.server.open_history()
    yield house
    house.server.end()


def clear(house: House, nick: str) -> Client:
    """Somebody from another machine, in the clear."""
    here, there = tcp_pair()
    house.server._accepted(here, FROM_ELSEWHERE)
    return registered(house, Client(there), nick)


def over_tls(house: House, nick: str, certificate: str = "") -> Client:
    """The same over TLS."""
    return registered(house, connect(house, certificate, FROM_ELSEWHERE), nick)


def registered(house: House, client: Client, nick: str) -> Client:
    """With a nickname, and nothing seen yet."""
    client.send(f"NICK {nick}", f"USER {nick} 0 * {nick}")
    house.settle(client)
    client.seen.clear()
    return client


def replies(house: House, client: Client, *lines: str) -> list[str]:
    """The numerics and messages that come back, without their source and target."""
    client.seen.clear()
    client.send(*lines)
    house.settle(client)
    return [" ".join(line.split()[1:]) for line in client.seen[:-1]]


def test_who_may_enter(house: House) -> None:
    """Over TLS and from this machine; nobody else, be they invited."""
    alice, bob, carol = over_tls(house, "alice"), clear(house, "bob"), house.join("carol")
    replies(house, alice, "JOIN #den", "MODE #den +z", "INVITE bob #den")
    assert replies(house, bob, "JOIN #den")[-1] == (
        "489 bob #den :Cannot join room (+z): only over TLS"
    )
    assert any(line.startswith("366") for line in replies(house, carol, "JOIN #den"))
    replies(house, alice, "MODE #den -z")
    assert any(line.startswith("366") for line in replies(house, bob, "JOIN #den"))


def test_it_is_not_set_while_somebody_is_in_the_clear(house: House) -> None:
    """They would read on. It can always be taken away."""
    alice, bob = over_tls(house, "alice"), clear(house, "bob")
    replies(house, alice, "JOIN #den")
    replies(house, bob, "JOIN #den")
    assert "490 alice #den :Not all members are here over TLS" in replies(
        house, alice, "MODE #den +z"
    )
    assert "z" not in house.server.world.rooms["#den"].flags
    replies(house, bob, "PART #den")
    assert "MODE #den +z" in replies(house, alice, "MODE #den +z")


def test_nobody_sets_it_on_a_room_in_which_they_are_in_the_clear(house: House) -> None:
    """Not even alone."""
    bob = clear(house, "bob")
    replies(house, bob, "JOIN #den")
    assert "490 bob #den :Not all members are here over TLS" in replies(house, bob, "MODE #den +z")


def test_what_is_said_there_is_not_read_in_the_clear(house: House) -> None:
    """Now, nor when the mode is gone: it was said behind a closed door."""
    alice, bob = over_tls(house, "alice"), clear(house, "bob")
    replies(house, alice, "JOIN #den", "MODE #den +z", "PRIVMSG #den :the word")
    ask = "CHATHISTORY LATEST #den * 50"
    assert not [line for line in replies(house, bob, ask) if "the word" in line]
    replies(house, alice, "MODE #den -z", "PRIVMSG #den :in the open")
    seen = replies(house, bob, ask)
    assert [line for line in seen if "in the open" in line]
    assert not [line for line in seen if "the word" in line]


def test_whois_says_who_comes_over_tls(house: House) -> None:
    """671 for everybody; one's own certificate for oneself."""
    alice, bob = over_tls(house, "alice", CLIENT), clear(house, "bob")
    carol = house.join("carol")
    secure = "671 {} alice :is using a secure connection"
    own = f"276 alice alice :has client certificate fingerprint {fingerprint_of(CLIENT)}"
    seen = replies(house, alice, "WHOIS alice")
    assert secure.format("alice") in seen
    assert own in seen
    seen = replies(house, bob, "WHOIS alice")
    assert secure.format("bob") in seen
    assert not [line for line in seen if line.startswith("276")]
    for nick in ("bob", "carol"):
        assert not [line for line in replies(house, carol, f"WHOIS {nick}") if "671" in line]


def test_who_shows_who_comes_over_tls(house: House) -> None:
    """As the flag `s`."""
    alice, bob = over_tls(house, "alice"), clear(house, "bob")
    rows = [line.split() for line in replies(house, alice, "WHO *") if line.startswith("352")]
    assert {row[6]: row[7] for row in rows} == {"alice": "Hs", "bob": "H"}
    assert "354 bob :Hs" in replies(house, bob, "WHO alice %f")
