"""Where to listen and whom to call."""

import errno
import socket
import struct
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatroom.net.addresses import (
    Address,
    AddressError,
    bind,
    is_foreign,
    is_local,
    is_loopback,
    network_of,
    overlap,
    parse_address,
    parse_port,
    peer_host,
)
from chatroom.net.lookup import Place

BACKLOG = 5


def has_ipv6() -> bool:
    """Whether this machine has ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", Address("127.0.0.1", 8080)),
        ("localhost:0", Address("localhost", 0)),
        (":8080", Address("", 8080)),
        ("[::1]:8080", Address("::1", 8080)),
        ("unix:/run/chat.sock", Address("", 0, "/run/chat.sock")),
        ("unix:relative", Address("", 0, "relative")),
    ],
)
def test_addresses_are_written_as_they_were(text: str, address: Address) -> None:
    """Parsed, and written as they were."""
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has no port"),
        ("localhost", "has no port"),
        ("::1:8080", "in brackets"),
        ("[::1]", "in brackets"),
        ("unix:", "needs a path"),
        ("host:", "'' is not a port"),
        ("host:irc", "'irc' is not a port"),
        ("host:65536", "from 0 to 65535"),
    ],
)
def test_what_is_no_address(text: str, why: str) -> None:
    """The error says what is wrong and what is expected."""
    with pytest.raises(AddressError, match=why):
        parse_address(text)


@pytest.mark.parametrize(
    "text", ["-1", "+1", " 80", "80 ", "8_0", "²", "٣", "", "9" * 5000, "0x50"]
)
def test_what_is_no_port(text: str) -> None:
    """Plain digits only, however many."""
    with pytest.raises(AddressError):
        parse_port(text)


@pytest.mark.parametrize(
    ("text", "port"), [("0", 0), ("65535", 65535), ("0080", 80), ("0" * 5000, 0)]
)
def test_ports_up_to_65535(text: str, port: int) -> None:
    """From 0 to 65535."""
    assert parse_port(text) == port


@pytest.mark.parametrize(
    ("one", "other", "so"),
    [
        (":80", "127.0.0.1:80", True),
        (":80", "[::1]:80", True),
        (":80", "localhost:80", True),
        (":80", "chat.example.org:80", True),
        (":80", "0.0.0.0:80", True),
        ("[::]:80", "[2001:db8::1]:80", True),
        ("127.0.0.1:80", "LocalHost:80", True),
        ("[::1]:80", "[0:0:0:0:0:0:0:1]:80", True),
        ("unix:chat.sock", "unix:./chat.sock", True),
        (":80", ":81", False),
        (":0", ":0", False),
        ("127.0.0.1:80", "127.0.0.2:80", False),
        ("0.0.0.0:80", "[::]:80", False),  # IPV6_V6ONLY
        ("[fe80::1%eth0]:80", "[fe80::1%eth1]:80", False),
        ("127.0.0.1:80", "chat.example.org:80", False),  # perhaps; nobody is asked
        ("unix:a", "unix:b", False),
        ("unix:a", ":80", False),
    ],
)
def test_addresses_that_overlap(one: str, other: str, so: bool) -> None:
    """Whichever of them comes first."""
    assert overlap(parse_address(one), parse_address(other)) is so
    assert overlap(parse_address(other), parse_address(one)) is so


def test_listening_on_one_address() -> None:
    """A visitor comes in, and has a host."""
    (server,) = bind(Address("127.0.0.1", 0), BACKLOG)
    with server, socket.create_connection(server.getsockname()[:2]):
        assert not server.getblocking()
        visitor, address = server.accept()
        with visitor:
            assert peer_host(server.family, address) == "127.0.0.1"


@needs_ipv6
def test_listening_on_all_addresses() -> None:
    """`:0` is one free port for both families."""
    servers = bind(Address("", 0), BACKLOG)
    try:
        assert {server.family for server in servers} == {socket.AF_INET, socket.AF_INET6}
        assert len({server.getsockname()[1] for server in servers}) == 1
    finally:
        for server in servers:
            server.close()


@needs_ipv6
def test_an_ipv6_host_does_not_begin_with_a_colon() -> None:
    """Modern IRC, "RPL_WHOISUSER (311)": a zero is put in front."""
    (server,) = bind(Address("::1", 0), BACKLOG)
    with server, socket.create_connection(server.getsockname()[:2]):
        visitor, address = server.accept()
        with visitor:
            assert peer_host(server.family, address) == "0::1"
            assert is_local(peer_host(server.family, address))


@needs_ipv6
def test_an_ipv4_visitor_on_an_ipv6_socket() -> None:
    """They are told by their own address, or a ban would not find them."""
    with socket.socket(socket.AF_INET6) as server:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind(("::", 0))
        server.listen()
        with socket.create_connection(("127.0.0.1", server.getsockname()[1])):
            visitor, address = server.accept()
            with visitor:
                assert peer_host(server.family, address) == "127.0.0.1"


def test_a_visitor_who_is_gone_before_they_are_let_in() -> None:
    """A reset before accept leaves a socket without a peer; `accept` still knows the address, so
    that a ban of it holds for what they have sent."""
    (server,) = bind(Address("127.0.0.1", 0), BACKLOG)
    with server:
        comer = socket.create_connection(server.getsockname())
        comer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        comer.close()
        visitor, address = server.accept()
        with visitor:
            assert peer_host(server.family, address) == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("0::1", True),
        ("unix", True),
        ("192.168.1.27", False),
        ("12.7.0.1", False),
        ("2001:db8::1", False),
        ("gone", False),
    ],
)
def test_who_is_on_this_machine(host: str, local: bool) -> None:
    """Loopback and unix sockets."""
    assert is_local(host) is local


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::7", "2001:db8:0:1::/64"),
        ("0::1", "::/64"),
        ("unix", "unix"),
        ("gone", "gone"),
    ],
)
def test_what_one_caller_has_for_themselves(host: str, network: str) -> None:
    """Whoever has an IPv6 address has 2**64 of them."""
    assert network_of(host) == network


def test_a_port_in_use() -> None:
    """The system's reason, and no socket left open."""
    (server,) = bind(Address("127.0.0.1", 0), BACKLOG)
    with server:
        before = len(list(Path("/dev/fd").iterdir()))
        with pytest.raises(OSError, match="in use") as caught:
            bind(Address("127.0.0.1", server.getsockname()[1]), BACKLOG)
        assert caught.value.errno == errno.EADDRINUSE
        assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_unix_socket(tmp_path: Path) -> None:
    """Its peers have no address."""
    path = tmp_path / "chat.sock"
    (server,) = bind(Address("", 0, str(path)), BACKLOG)
    with server, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        visitor, address = server.accept()
        with visitor:
            assert peer_host(server.family, address) == "unix"


def test_a_unix_socket_of_a_dead_server_is_replaced(tmp_path: Path) -> None:
    """Nobody answers there."""
    path = str(tmp_path / "chat.sock")
    bind(Address("", 0, path), BACKLOG)[0].close()
    (server,) = bind(Address("", 0, path), BACKLOG)
    with server, socket.socket(socket.AF_UNIX) as client:
        client.connect(path)


def test_a_unix_socket_of_a_live_server_is_not(tmp_path: Path) -> None:
    """It is in use."""
    path = str(tmp_path / "chat.sock")
    (server,) = bind(Address("", 0, path), BACKLOG)
    with server, pytest.raises(OSError, match="in use"):
        bind(Address("", 0, path), BACKLOG)


def test_a_unix_socket_of_a_server_with_a_full_queue_is_not(tmp_path: Path) -> None:
    """And finding that out waits for nobody."""
    path = str(tmp_path / "chat.sock")
    with socket.socket(socket.AF_UNIX) as busy, ExitStack() as queue:
        busy.bind(path)
        busy.listen(0)
        with pytest.raises(BlockingIOError):
            while True:
                comer = queue.enter_context(socket.socket(socket.AF_UNIX))
                comer.setblocking(False)
                comer.connect(path)
        socket.setdefaulttimeout(0.1)  # so that a probe that waits fails, instead of hanging
        try:
            with pytest.raises(OSError, match="in use"):
                bind(Address("", 0, path), BACKLOG)
        finally:
            socket.setdefaulttimeout(None)


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    """Only sockets are."""
    path = tmp_path / "precious"
    path.write_text("data")
    with pytest.raises(FileExistsError, match="not a socket"):
        bind(Address("", 0, str(path)), BACKLOG)
    assert path.read_text() == "data"


@pytest.mark.parametrize("own_only", [True, False])
def test_a_host_with_addresses_of_two_machines(own_only: bool) -> None:
    """A row of a hosts file listens on its own ones."""
    found = tuple(Place(socket.AF_INET, host) for host in ("192.0.2.7", "127.0.0.1"))
    address = Address("both.example", 0)
    if own_only:
        (server,) = bind(address, BACKLOG, found, own_only=True)
        with server:
            assert server.getsockname()[0] == "127.0.0.1"
    else:
        with pytest.raises(OSError, match="assign requested address") as caught:
            bind(address, BACKLOG, found)
        assert is_foreign(caught.value)


def test_a_port_in_use_is_not_another_machines() -> None:
    (server,) = bind(Address("127.0.0.1", 0), BACKLOG)
    with server, pytest.raises(OSError, match="in use") as caught:
        bind(Address("127.0.0.1", server.getsockname()[1]), BACKLOG, own_only=True)
    assert not is_foreign(caught.value)


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("unix:/run/chatroom.sock", True),
        ("localhost:1", True),
        ("LocalHost.:1", True),
        ("chat.localhost:1", True),
        ("127.0.0.1:1", True),
        ("127.9.8.7:1", True),
        ("127.1:1", True),
        ("[::1]:1", True),
        ("[0:0::1]:1", True),
        ("[::ffff:127.0.0.1]:1", True),
        (":1", True),
        ("0.0.0.0:1", True),
        ("[::]:1", True),
        ("192.0.2.7:1", False),
        ("[2001:db8::1]:1", False),
        ("[fe80::1%eth0]:1", False),
        ("[::ffff:192.0.2.7]:1", False),
        ("chat.example.org:1", False),
        ("localhost.example.org:1", False),
        ("notlocalhost:1", False),
        ("127.0.0.1.example.org:1", False),
    ],
)
def test_what_stays_on_this_machine(text: str, here: bool) -> None:
    """A name other than localhost may lead anywhere: nothing is looked up for it."""
    assert is_loopback(parse_address(text)) == here
