"""Who may hand over a secret, and who may talk at all: over TLS, from this machine, or anybody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.chat.ports import CLEAR, LOCAL, Transport
from chatroom.chat.secrecy import NO_TLS, ONLY_TLS, why_no_secret, why_no_talk
from chatroom.chat.session import Session
from chatroom.chat.settings import TlsSettings
from harness import Client
from net.line import tcp_pair
from server.conftest import House

FROM_ELSEWHERE = "192.0.2.1"


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[House]:
    """A server with a password."""
    house = House(tmp_path, limits='flood_rate = 0\n[server]\npassword = "sesame"')
    yield house
    house.server.end()


def comes_in(house: House, host: str = FROM_ELSEWHERE) -> Client:
    """Somebody from that address, in clear text."""
    here, there = tcp_pair()
    house.server._accepted(here, host)
    return Client(there)


def last_words(house: House, client: Client) -> list[str]:
    """Everything until the server closes."""
    house.until(lambda: not house.server.doors or _ended(house))
    return client.end()


def _ended(house: House) -> bool:
    return all(connection.finished for connection in house.server.doors)


@pytest.mark.parametrize("required", ["secrets", "always", "never"])
@pytest.mark.parametrize("transport", [CLEAR, LOCAL, Transport(True, "TLSv1.3")])
def test_who_may_do_what(required: str, transport: Transport, house: House) -> None:
    """One function answers for all doors and commands."""
    world = house.server.world
    client = house.connect()
    (door,) = house.server.doors.values()
    session: Session = door.session
    assert session.secure  # from 127.0.0.1
    session.transport = transport
    world.set_tls(TlsSettings(required=required), True)
    clear = transport is CLEAR
    assert why_no_secret(world, session) == (ONLY_TLS if clear and required != "never" else "")
    assert bool(why_no_talk(world, session)) == (clear and required == "always")
    world.set_tls(TlsSettings(required=required), False)
    assert why_no_secret(world, session) == (NO_TLS if clear and required != "never" else "")
    client.close()


def test_a_password_in_the_clear_is_refused_in_one_sentence(locked: House) -> None:
    """IRC: 464 says how it is done, before anything is compared with what was sent."""
    locked.server.world.set_tls(TlsSettings(), True)
    client = comes_in(locked)
    client.send("PASS sesame", "NICK alice", "USER a 0 * a")
    seen = last_words(locked, client)
    assert seen[0] == f":chatroom.local 464 * :{ONLY_TLS}"
    assert seen[1].startswith("ERROR :")
    assert len(seen) == 2


def test_whoever_forgets_the_password_in_the_clear_hears_the_same(locked: House) -> None:
    """Not "Password required": they would send it then."""
    locked.server.world.set_tls(TlsSettings(), True)
    client = comes_in(locked)
    client.send("NICK alice", "USER a 0 * a")
    seen = last_words(locked, client)
    assert seen[0] == f":chatroom.local 464 alice :{ONLY_TLS}"


def test_a_needless_password_in_the_clear_keeps_nobody_out(house: House) -> None:
    """The sentence comes all the same: the client's owner should learn that it was readable."""
    client = comes_in(house)
    client.send("PASS mine", "NICK alice", "USER a 0 * a")
    house.settle(client)
    assert f":chatroom.local 464 * :{NO_TLS}" in client.seen
    assert any(" 001 alice " in line for line in client.seen)


@pytest.mark.parametrize("words", [[], ["alice"]])
def test_nobody_is_asked_for_a_password_in_the_clear(locked: House, words: list[str]) -> None:
    """At the plain door, whether the person speaks first or waits."""
    locked.server.world.set_tls(TlsSettings(), True)
    client = comes_in(locked)
    if words:
        client.send(*words)
    assert last_words(locked, client) == [f"{ONLY_TLS}."]


def test_from_this_machine_the_password_is_asked_for(locked: House) -> None:
    """Nobody on the way can read it."""
    client = comes_in(locked, "127.0.0.1")
    client.send("PASS sesame", "NICK alice", "USER a 0 * a")
    locked.settle(client)
    assert any(" 001 alice " in line for line in client.seen)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ([], "This server talks only"),
        (["bob"], "This server talks only"),
        (["NICK bob"], "ERROR :"),
    ],
)
def test_everything_over_tls(house: House, words: list[str], answer: str) -> None:
    """`tls.required = "always"`: the first words are refused, at each door."""
    house.server.world.set_tls(TlsSettings(required="always"), True)
    client = comes_in(house)
    if words:
        client.send(*words)
    (seen,) = last_words(house, client)
    assert seen.startswith(answer)
    assert "connect to the same port with TLS" in seen
    house.join("carol")  # from this machine


def test_never_is_as_it_was(locked: House) -> None:
    """`tls.required = "never"`: an operator's own decision."""
    locked.server.world.set_tls(TlsSettings(required="never"), False)
    client = comes_in(locked)
    client.send("PASS sesame", "NICK alice", "USER a 0 * a")
    locked.settle(client)
    assert any(" 001 alice " in line for line in client.seen)
