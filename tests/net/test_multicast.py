"""The sockets of multicast DNS: errors of the network are no errors of the program."""

import ipaddress
import socket

import pytest

from chatroom.net.interfaces import Interface
from chatroom.net.loop import Loop
from chatroom.net.multicast import MOST_INTERFACES, Multicast, _Channel, _destination

NOWHERE = Interface(99_999_000, "gone", (ipaddress.ip_interface("192.0.2.5/24"),))


def test_interfaces_that_cannot_be_used() -> None:
    """They are named, tried again at the next look, and nothing else happens."""
    loop = Loop()
    multicast = Multicast(loop, lambda *_: None, asks=True)
    many = [NOWHERE._replace(number=NOWHERE.number + each) for each in range(100)]
    for _ in range(2):
        assert not multicast.follow(many)
        assert multicast.interfaces == []
        assert multicast.trouble.startswith("gone: ")
    assert len(multicast._open) == MOST_INTERFACES
    multicast.send(NOWHERE.number, b"lost")
    assert not multicast.follow([])
    multicast.close()
    multicast.close()
    loop.close()


def test_a_pause_while_nothing_is_open() -> None:
    """It may come at any time, twice, and before the sockets are closed."""
    loop = Loop()
    multicast = Multicast(loop, lambda *_: None)
    multicast.pause()
    multicast.pause()
    multicast.follow([NOWHERE])
    multicast.resume()
    multicast.resume()
    multicast.pause()
    multicast.close()
    multicast.resume()
    loop.close()


@pytest.mark.parametrize(
    ("family", "to", "destination"),
    [
        (socket.AF_INET, None, ("224.0.0.251", 5353)),
        (socket.AF_INET, ("192.0.2.9", 4000), ("192.0.2.9", 4000)),
        (socket.AF_INET, ("fe80::9%gone", 4000), None),
        (socket.AF_INET6, None, ("ff02::fb", 5353, 0, NOWHERE.number)),
        (socket.AF_INET6, ("fe80::9%gone", 4000), ("fe80::9", 4000, 0, NOWHERE.number)),
        (socket.AF_INET6, ("192.0.2.9", 4000), None),
    ],
)
def test_where_a_packet_goes(
    family: int, to: tuple[str, int] | None, destination: tuple[str | int, ...] | None
) -> None:
    """To the group, or to one machine by the socket of its family, on the same interface."""
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        assert _destination(NOWHERE, _Channel(sock, family, False), to) == destination
