"""The address for uploads that IRC clients are told (ISUPPORT FILEHOST)."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatroom.net.connection import Connection
from chatroom.net.loop import Loop
from chatroom.server.web.own_url import own_url
from server.conftest import House

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
    assert own_url("", connection, "127.0.0.1", False) == f"http://127.0.0.1:{port}"
    assert own_url("", connection, "127.0.0.1", True) == f"https://127.0.0.1:{port}"
    assert own_url("", connection, "192.0.2.1", True) == ""  # came through a proxy
    assert own_url("https://x.example", connection, "192.0.2.1", True) == "https://x.example"
    connection, _ = make(socket.AF_UNIX, str(tmp_path / "socket"))
    assert own_url("", connection, "unix", False) == ""
    assert own_url("https://x.example", connection, "unix", False) == "https://x.example"


@pytest.mark.skipif(not socket.has_ipv6, reason="IPv6 is not available")
def test_version_six(make: Make) -> None:
    try:
        connection, port = make(socket.AF_INET6, ("::1", 0))
    except OSError:
        pytest.skip("there is no ::1 here")
    assert own_url("", connection, "0::1", False) == f"http://[0::1]:{port}"


def test_irc_clients_are_told(house: House) -> None:
    alice = house.join("alice")
    assert not [line for line in alice.seen if "FILEHOST" in line]  # no files without a history
    house.server.open_history()
    bob = house.join("bob")
    url = f"http://127.0.0.1:{house.address[1]}/files"
    assert [line for line in bob.seen if f" soju.im/FILEHOST={url} " in f"{line} "]
    assert [line for line in bob.seen if f" draft/FILEHOST={url} " in f"{line} "]
