"""Connections that come through a proxy: from the address that it says, if it is listed."""

import socket
from pathlib import Path

import pytest

from chatroom.server.doors.proxied import NO_ADDRESS, NO_HEADER, ProxiedDoor

from .conftest import House, session_of

HEADER = b"PROXY TCP4 192.0.2.7 127.0.0.1 50000 8080\r\n"
LOCAL = b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"
LISTED = "flood_rate = 0\nper_address = 2\n[proxies]\nproxy_protocol = ['127.0.0.0/8']"


def test_whose_connection_it_is(tmp_path: Path) -> None:
    """Also where the header comes in pieces; it counts for that address, and its bans hold."""
    house = House(tmp_path, limits=LISTED)
    al = house.connect()
    for byte in HEADER:
        al.sock.send(bytes([byte]))
        house.tick()
    al.send("NICK al", "USER al 0 * :al")
    house.settle(al)
    session = session_of(house, "al")
    assert session.host == session.user.host == "192.0.2.7"
    assert not session.secure
    assert house.server.arrivals.addresses.connections("192.0.2.7") == 1
    assert house.server.arrivals.addresses.connections("127.0.0.1") == 0
    bob = house.connect()
    bob.sock.send(HEADER + b"NICK bob\r\nUSER bob 0 * :bob\r\n")
    house.settle(bob)
    eve = house.connect()
    eve.sock.send(HEADER + b"NICK eve\r\n")
    house.until(lambda: len(house.server.doors) == 2)
    assert eve.end() == ["ERROR :Too many connections from your address"]
    al.close()
    house.until(lambda: len(house.server.doors) == 1)
    assert house.server.arrivals.addresses.connections("192.0.2.7") == 1
    house.server.end()


def test_a_listed_proxy_has_to_say_it(tmp_path: Path) -> None:
    house = House(tmp_path, limits=LISTED)
    al = house.connect().send("NICK al", "USER al 0 * :al")
    house.until(lambda: not house.server.doors)
    assert al.end() == [f"ERROR :{NO_HEADER}"]
    house.server.end()


def test_a_listed_proxy_has_to_know_the_address(tmp_path: Path) -> None:
    house = House(tmp_path, limits=LISTED)
    al = house.connect()
    al.sock.send(b"PROXY UNKNOWN\r\nNICK al\r\n")
    house.until(lambda: not house.server.doors)
    assert al.end() == [f"ERROR :{NO_ADDRESS}"]
    house.server.end()


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", LOCAL])
def test_a_health_check_is_quiet(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, header: bytes
) -> None:
    """HAProxy begins one every second or two (LOCAL in version 2), says nothing, and goes."""
    house = House(tmp_path, limits=LISTED)
    with caplog.at_level("INFO", "chatroom"):
        check = house.connect()
        check.sock.send(header)
        check.sock.shutdown(socket.SHUT_WR)
        house.until(lambda: not house.server.doors)
    assert check.end() == []
    assert not [text for text in caplog.messages if "127.0.0.1" in text]
    house.server.end()


def test_somebody_without_an_address_who_speaks_later(tmp_path: Path) -> None:
    house = House(tmp_path, limits=LISTED)
    al = house.connect()
    al.sock.send(b"PROXY UNKNOWN\r\n")
    (door,) = house.server.doors.values()
    house.until(lambda: isinstance(door, ProxiedDoor) and door.unknown)
    al.send("NICK al")
    house.until(lambda: not house.server.doors)
    assert al.end() == [f"ERROR :{NO_ADDRESS}"]
    house.server.end()


def test_hundreds_at_once_do_not_wait_for_the_proxy(tmp_path: Path) -> None:
    """The proxy's address has no allowance to use up: whose connection it is pays."""
    house = House(tmp_path, limits=LISTED.replace("flood_rate = 0", "flood_burst = 1"))
    clients = [house.connect() for _ in range(30)]
    assert all(door.session.allowance >= 1 for door in house.server.doors.values())
    assert not house.server.accepting._slowed
    for client in clients:
        client.close()
    house.server.end()


def test_nobody_else_says_it(house: House) -> None:
    """To others it is a line like any other."""
    al = house.connect()
    al.sock.send(HEADER)
    al.send("NICK al", "USER al 0 * :al")
    house.until(lambda: house.server.world.users)
    (user,) = house.server.world.users.values()
    assert user.host == "127.0.0.1"
