"""The interfaces of this machine, as the system tells them."""

import socket
import struct

import pytest

from chatroom.net import interfaces
from chatroom.net.interfaces import _address, _usable_link, lan_interfaces
from chatroom.net.own_addresses import own_addresses


def test_this_machine() -> None:
    """All addresses are ours, none is loopback."""
    found = [each for interface in lan_interfaces() for each in interface.networks]
    assert not [each for each in found if each.is_loopback]
    typed = {str(each.ip) for each in found if not each.is_link_local and each.version == 6}
    assert typed <= set(own_addresses())


def test_without_netlink(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one interface then, with the same addresses, as far as we know them."""

    def refused(*_: object) -> socket.socket:
        raise OSError("a sandbox")

    monkeypatch.setattr(interfaces, "own_addresses", lambda: ["127.0.0.1", "::1", "192.0.2.7"])
    monkeypatch.setattr("socket.socket", refused)
    (only,) = lan_interfaces()
    assert (only.number, [str(each) for each in only.networks]) == (0, ["192.0.2.7/24"])
    monkeypatch.setattr(interfaces, "own_addresses", lambda: ["127.0.0.1", "::1"])
    assert lan_interfaces() == []


UP, LOOPBACK, TUNNEL, RUNNING, MULTICAST = 0x1, 0x8, 0x10, 0x40, 0x1000


@pytest.mark.parametrize(
    ("flags", "more", "usable"),
    [
        (UP | RUNNING | MULTICAST, b"", True),
        (UP | MULTICAST, b"", False),  # no cable
        (RUNNING | MULTICAST, b"", False),
        (UP | RUNNING, b"", False),
        (UP | RUNNING | MULTICAST | LOOPBACK, b"", False),
        (UP | RUNNING | MULTICAST | TUNNEL, b"", False),
        (UP | RUNNING | MULTICAST, struct.pack("=HHI", 8, 10, 1), False),  # part of a bridge
    ],
)
def test_which_interfaces_are_used(flags: int, more: bytes, usable: bool) -> None:
    name = struct.pack("=HH8s", 10, 3, b"eth0\0")
    data = struct.pack("=BxHiII", 0, 1, 2, flags, 0) + name + more
    assert list(_usable_link(data)) == ([(2, "eth0")] if usable else [])


def test_an_address_that_is_not_certain_yet() -> None:
    """IPv6 asks first whether anybody else has it; until then nothing can be sent from there."""
    attribute = struct.pack("=HH", 20, 1) + bytes(15) + b"\1"
    for flags, found in ((0, 1), (0x40, 0)):
        data = struct.pack("=BBBBI", socket.AF_INET6, 64, flags, 0, 2) + attribute
        assert len(list(_address(data))) == found
