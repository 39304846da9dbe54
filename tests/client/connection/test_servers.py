"""Which server is called: the rows of the hosts file, and what is typed or given as a server."""

from pathlib import Path

import pytest

from chatroom.client.connection.servers import (
    DEFAULT_ADDRESS,
    ChoiceError,
    choose,
    known_servers,
    menu,
    server_address,
)
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
    assert menu(rows).split("\n") == [
        "  1. Local (127.0.0.1:8080)",
        "  2. The lab (192.0.2.7:8081)",
        "  3. [::1]:8082",
    ]
    assert "\x1b" not in menu([HostRow(DEFAULT_ADDRESS, "\x1b[2J", 1)])


@pytest.mark.parametrize(("typed", "row"), [("", 0), ("1", 0), (" 3 ", 2), ("002", 1)])
def test_a_choice(rows: list[HostRow], typed: str, row: int) -> None:
    """Enter takes the first."""
    assert choose(rows, typed) == rows[row].address


@pytest.mark.parametrize("typed", ["0", "4", "-1", "x", "²", "٣", "1.0", "9" * 5000])
def test_no_choice(rows: list[HostRow], typed: str) -> None:
    """The sentence says what is."""
    with pytest.raises(ChoiceError, match="type a number from 1 to 3"):
        choose(rows, typed)


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
