"""The address for uploads that IRC clients are told (ISUPPORT FILEHOST)."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatroom.net.addresses import Address
from chatroom.net.connection import Connection
from chatroom.net.loop import Loop
from chatroom.server.web import own_url as module
from chatroom.server.web.own_url import own_url, place_for_others
from server.conftest import House
from tls_ends import ends, shake_hands


def no(_name: str) -> bool:
    return False


Make = Callable[[int, object], tuple[Connection, int]]


@pytest.fixture
def make() -> Iterator[Make]:
    """A server's end of a connection of that family to that address, and its port or path."""
    loop, kept = Loop(), list[socket.socket]()

    def make(family: int, address: object) -> tuple[Connection, int]:
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.bind(address)  # type: ignore[arg-type]
            listener.listen()
            place = listener.getsockname()
            client = socket.socket(family, socket.SOCK_STREAM)
            client.connect(place)
            sock, _ = listener.accept()
        kept.extend((client, sock))
        return Connection(loop, sock, lambda _data: None, []), place[1]

    yield make
    for each in kept:
        each.close()
    loop.close()


def test_it_is_the_address_to_which_the_client_has_connected(make: Make, tmp_path: Path) -> None:
    connection, port = make(socket.AF_INET, ("127.0.0.1", 0))
    assert own_url("", connection, "127.0.0.1", False, no) == f"http://127.0.0.1:{port}"
    assert own_url("", connection, "127.0.0.1", True, no) == f"https://127.0.0.1:{port}"
    assert own_url("", connection, "192.0.2.1", True, no) == ""  # came through a proxy
    assert own_url("https://x.example", connection, "192.0.2.1", True, no) == "https://x.example"
    connection, _ = make(socket.AF_UNIX, str(tmp_path / "socket"))
    assert own_url("", connection, "unix", False, no) == ""
    assert own_url("https://x.example", connection, "unix", False, no) == "https://x.example"


@pytest.mark.skipif(not socket.has_ipv6, reason="IPv6 is not available")
def test_version_six(make: Make) -> None:
    try:
        connection, port = make(socket.AF_INET6, ("::1", 0))
    except OSError:
        pytest.skip("there is no ::1 here")
    assert own_url("", connection, "0::1", False, no) == f"http://[0::1]:{port}"


def test_irc_clients_are_told(house: House) -> None:
    alice = house.join("alice")
    assert not [line for line in alice.seen if "FILEHOST" in line]  # no files without a history
    house.server.open_history()
    bob = house.join("bob")
    url = f"http://127.0.0.1:{house.address[1]}/files"
    assert [line for line in bob.seen if f" soju.im/FILEHOST={url} " in f"{line} "]
    assert [line for line in bob.seen if f" draft/FILEHOST={url} " in f"{line} "]


def test_over_tls_it_is_the_name_that_the_client_asked_for(make: Make) -> None:
    """The certificate has this name, and not the address."""
    connection, port = make(socket.AF_INET, ("127.0.0.1", 0))
    client, server = ends()
    shake_hands(client, server)
    assert (server.wanted_name, client.wanted_name) == ("localhost", "")
    connection.start_tls(server)
    known = {"localhost"}.__contains__
    assert own_url("", connection, "127.0.0.1", True, known) == f"https://localhost:{port}"
    assert own_url("", connection, "127.0.0.1", True, no) == f"https://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("listening", "place"),
    [
        (["127.0.0.1", "::1"], ""),
        (["127.0.0.1", "192.0.2.7"], "192.0.2.7:8080"),
        (["::", "0.0.0.0"], "10.0.0.5:8080"),
        (["::"], "[2001:db8::5]:8080"),
        (["fe80::1", "::1"], ""),
        ([], ""),
    ],
)
def test_where_other_machines_reach_it(
    listening: list[str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ["127.0.0.1", "::1", "2001:db8::5", "10.0.0.5", "172.17.0.1"]
    monkeypatch.setattr(module, "own_addresses", lambda: own)
    assert place_for_others(Address(host, 8080) for host in listening) == place
