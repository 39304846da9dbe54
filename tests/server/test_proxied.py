"""Connections that come through a proxy: from the address that it says, if it is listed."""

from pathlib import Path

from chatroom.server.doors.proxied import NO_ADDRESS, NO_HEADER

from .conftest import House, session_of

HEADER = b"PROXY TCP4 192.0.2.7 127.0.0.1 50000 8080\r\n"
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


def test_nobody_else_says_it(house: House) -> None:
    """To others it is a line like any other."""
    al = house.connect()
    al.sock.send(HEADER)
    al.send("NICK al", "USER al 0 * :al")
    house.until(lambda: house.server.world.users)
    (user,) = house.server.world.users.values()
    assert user.host == "127.0.0.1"
