"""Servers that announce themselves: which address is called, and what is shown of them."""

import ipaddress
import math
from itertools import count

import pytest

from chatroom.client.connection import discovery
from chatroom.client.connection.discovery import (
    LONGEST_NAME,
    Discovery,
    FoundServer,
    cleaned,
    fingerprint_note,
    found_servers,
)
from chatroom.net.addresses import Address
from chatroom.net.interfaces import Interface
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.wire.mdns.browser import Service

ETH = Interface(
    2, "eth0", (ipaddress.ip_interface("192.0.2.5/24"), ipaddress.ip_interface("fe80::5/64"))
)
FINGERPRINT = "ab" * 32
ADDRESS = Address("192.0.2.7", 8080)


def service(kind: str = "_irc._tcp", *addresses: str, name: str = "Room 7", **txt: str) -> Service:
    found = tuple(map(ipaddress.ip_address, addresses or ("192.0.2.7",)))
    return Service(2, name, kind, 8080, found, txt)


@pytest.mark.parametrize("order", [1, -1])
def test_one_port_for_irc_and_tls_is_one_server(order: int) -> None:
    """Whichever comes first; the fingerprint is that of the service with TLS."""
    both = [service(tls="yes"), service("_ircs._tcp", fp=FINGERPRINT.upper())][::order]
    assert found_servers(both, [ETH]) == [FoundServer("Room 7", ADDRESS, FINGERPRINT)]


def test_a_server_without_tls_says_so() -> None:
    assert found_servers([service(tls="no")], [ETH])[0].in_clear
    assert not found_servers([service()], [ETH])[0].in_clear  # another IRC server: who knows


@pytest.mark.parametrize("fingerprint", ["", "ab", "zz" * 32, f"{FINGERPRINT}\n", "ab:" * 32])
def test_what_is_no_fingerprint(fingerprint: str) -> None:
    (found,) = found_servers([service("_ircs._tcp", fp=fingerprint)], [ETH])
    assert found.fingerprint == ""


@pytest.mark.parametrize(
    ("addresses", "host"),
    [
        (("fe80::7", "192.0.2.7"), "192.0.2.7"),
        (("198.51.100.7", "192.0.2.7"), "192.0.2.7"),
        (("fe80::7",), "fe80::7%eth0"),
        (("198.51.100.7",), ""),  # not in this network
        (("127.0.0.1", "::1"), ""),  # this machine, where the client speaks in clear text
        (("0.0.0.0", "224.0.0.251"), ""),
    ],
)
def test_which_address_is_called(addresses: tuple[str, ...], host: str) -> None:
    found = found_servers([service("_irc._tcp", *addresses)], [ETH])
    assert [each.address.host for each in found] == ([host] if host else [])
    assert found_servers([service("_irc._tcp", *addresses)], []) == []


def test_a_name_of_spaces_is_replaced_by_the_address() -> None:
    (found,) = found_servers([service(name="  ")], [ETH])
    assert found.name == "192.0.2.7"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Room 7", "Room 7"),
        ("a\x1b[2Jb\n  c", "a^[[2Jb^J c"),
        ("\u202eevil", "\\u202eevil"),
        ("  spaces   between ", "spaces between"),
        ("x" * 100, "x" * (LONGEST_NAME - 3) + "..."),
    ],
)
def test_a_name_is_cleaned(name: str, shown: str) -> None:
    assert cleaned(name) == shown


def test_a_fingerprint_is_only_a_hint() -> None:
    """Whoever imitates the server can announce one; so nothing but words follows from it."""
    assert fingerprint_note("", FINGERPRINT) == ""
    assert "proves nothing by itself" in fingerprint_note(FINGERPRINT, FINGERPRINT)
    assert "Beware" in fingerprint_note(FINGERPRINT, "cd" * 32)


def test_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is found, and nothing fails; also where no interface can be used. It is tried
    again, because the network may come later."""
    numbers = count(99_999_000)
    for networks in ([], [ETH._replace(number=next(numbers), name="gone")]):
        monkeypatch.setattr(discovery, "lan_interfaces", lambda found=networks: found)
        loop, timers = Loop(), Timers()
        looking = Discovery(loop, timers, lambda _: None)
        looking.begin()
        assert timers.next_at < math.inf
        timers.run(1e9)
        looking.end()
        looking.end()
        loop.close()
