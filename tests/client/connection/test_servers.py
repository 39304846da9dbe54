"""Which server is called: the rows of the hosts file, and what is typed or given as a server."""

from pathlib import Path

import pytest

from chatroom.client.connection.discovery import FoundServer
from chatroom.client.connection.server_list import MOST_FOUND, ChoiceError, ServerList
from chatroom.client.connection.servers import DEFAULT_ADDRESS, known_servers, server_address
from chatroom.net.addresses import Address, AddressError
from chatroom.net.hosts import HOSTS_FILE, HostRow, HostsError

ROWS = "host,port,name\n127.0.0.1,8080,Local\n192.0.2.7,8081,The lab\n::1,8082\n"


@pytest.fixture
def rows(tmp_path: Path) -> list[HostRow]:
    path = tmp_path / "servers.csv"
    path.write_text(ROWS)
    return known_servers(path)


def test_the_menu(rows: list[HostRow]) -> None:
    """Numbers from 1, names where there are any. What a terminal might obey is written out."""
    assert ServerList(rows).menu.split("\n") == [
        "  1. Local (127.0.0.1:8080)",
        "  2. The lab (192.0.2.7:8081)",
        "  3. [::1]:8082",
    ]
    assert "\x1b" not in ServerList([HostRow(DEFAULT_ADDRESS, "\x1b[2J", 1)]).menu


@pytest.mark.parametrize(("typed", "row"), [("", 0), ("1", 0), (" 3 ", 2), ("002", 1)])
def test_a_choice(rows: list[HostRow], typed: str, row: int) -> None:
    """Enter takes the first."""
    assert ServerList(rows).choose(typed) == rows[row].address


@pytest.mark.parametrize("typed", ["0", "4", "-1", "x", "²", "٣", "1.0", "9" * 5000])
def test_no_choice(rows: list[HostRow], typed: str) -> None:
    """The sentence says what is."""
    with pytest.raises(ChoiceError, match="type a number from 1 to 3"):
        ServerList(rows).choose(typed)


FOUND = FoundServer("Room 7", Address("192.0.2.9", 8080))


def test_what_is_found_comes_behind(rows: list[HostRow]) -> None:
    """The numbers before it stay, and it says where it comes from."""
    servers = ServerList(rows)
    assert servers.add(FOUND)
    assert servers.menu.split("\n")[2:] == [
        "  3. [::1]:8082",
        "  4. Room 7 (192.0.2.9:8080, found on this network)",
    ]
    assert servers.choose("4") == FOUND.address
    assert servers.choose("") == rows[0].address
    with pytest.raises(ChoiceError, match="from 1 to 4"):
        servers.choose("5")


@pytest.mark.parametrize(
    ("address", "own", "added"),
    [
        (Address("192.0.2.7", 8081), [], False),  # a row
        (Address("192.0.2.7", 8080), [], True),
        (Address("192.0.2.5", 8080), [], True),
        (Address("192.0.2.5", 8080), ["192.0.2.5"], False),  # the row "Local", from outside
        (Address("192.0.2.5", 9090), ["192.0.2.5"], True),
    ],
)
def test_nothing_is_listed_twice(address: Address, own: list[str], added: bool) -> None:
    servers = ServerList(
        [HostRow(DEFAULT_ADDRESS, "Local", 1), HostRow(Address("192.0.2.7", 8081), "", 2)]
    )
    assert servers.add(FoundServer("Room 7", address), own) == added
    assert not servers.add(FoundServer("again", address), own)


def test_a_name_that_looks_like_another(rows: list[HostRow]) -> None:
    """Anybody can announce any name: here with a Cyrillic a, and a capital i."""
    servers = ServerList(rows)
    servers.add(FoundServer("Loc\u0430I", Address("192.0.2.66", 8080), in_clear=True))
    assert servers.line(4).endswith(
        "(192.0.2.66:8080, found on this network, without TLS, its name looks like that of 1)"
    )


def test_the_list_has_an_end(rows: list[HostRow]) -> None:
    servers = ServerList(rows)
    added = [
        servers.add(FoundServer(f"server {number}", Address("192.0.2.9", number)))
        for number in range(1, 100)
    ]
    assert sum(added) == MOST_FOUND


def test_a_named_file_has_to_be_there_and_to_have_rows(tmp_path: Path) -> None:
    """Not so the one that is looked for: without it there is the default server."""
    with pytest.raises(HostsError, match="No such file"):
        known_servers(tmp_path / "none")
    (tmp_path / "empty").write_text("# nothing\n\nhost,port\n")
    with pytest.raises(HostsError, match="the file contains no server"):
        known_servers(tmp_path / "empty")


def test_the_file_here_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the one beside the programs: in the checkout, whose packages are in its `lib`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("chatroom.net.hosts._LIBRARY", tmp_path / "checkout" / "lib")
    assert [row.address for row in known_servers(None)] == [DEFAULT_ADDRESS]
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / HOSTS_FILE).write_text("beside.example,1\n")
    assert [row.address.host for row in known_servers(None)] == ["beside.example"]
    (tmp_path / HOSTS_FILE).write_text("here.example,1\n")
    assert [row.address.host for row in known_servers(None)] == ["here.example"]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (("chat.example",), Address("chat.example", 8080)),
        (("chat.example", "81"), Address("chat.example", 81)),
        (("chat.example:81",), Address("chat.example", 81)),
        (("::1",), Address("::1", 8080)),
        (("::1", "81"), Address("::1", 81)),
        (("[::1]",), Address("::1", 8080)),
        (("[::1]:81",), Address("::1", 81)),
        (("unix:/run/chat",), Address("", 0, "/run/chat")),
    ],
)
def test_a_server_that_is_given(given: tuple[str, ...], address: Address) -> None:
    """With the default port where there is none."""
    assert server_address(*given) == address


@pytest.mark.parametrize("given", [("h", "x"), ("h", "70000"), ("h:",), ("h:9" + "9" * 5000,)])
def test_a_port_that_is_none(given: tuple[str, ...]) -> None:
    """A sentence, and no traceback."""
    with pytest.raises(AddressError):
        server_address(*given)
