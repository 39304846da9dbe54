"""hosts_port.csv: what people's editors and spreadsheets make of it, and what a bad row says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.net import hosts
from chatroom.net.addresses import Address
from chatroom.net.hosts import HOSTS_FILE, HostRow, HostsError, read_hosts, ready_hosts_file

LOCAL = Address("127.0.0.1", 8080)
CHECKOUT = Path(__file__).resolve().parents[2]


def read(tmp_path: Path, text: str | bytes) -> list[HostRow]:
    file = tmp_path / "hosts_port.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_hosts(file)


def faults(tmp_path: Path, text: str | bytes) -> list[str]:
    """What is wrong with a file of this text, without the file's name."""
    with pytest.raises(HostsError) as caught:
        read(tmp_path, text)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(str(tmp_path / "hosts_port.csv")) for line in lines)
    return [line.removeprefix(str(tmp_path / "hosts_port.csv")) for line in lines]


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1,8080",
        "127.0.0.1,8080\n",
        "127.0.0.1,8080\r\n",
        "127.0.0.1,8080\r",
        "127.0.0.1,8080,\n",
        "127.0.0.1,8080,,,\n",
        "  127.0.0.1 ,\t8080  \n",
        '"127.0.0.1","8080"\n',
        '"127.0.0.1", "8080"\n',
        b"\xef\xbb\xbf127.0.0.1,8080\n",
    ],
)
def test_one_row(tmp_path: Path, text: str | bytes) -> None:
    assert read(tmp_path, text) == [HostRow(LOCAL, "", 1)]


@pytest.mark.parametrize(
    "above",
    [
        *("host,port\n", "host,port,name\n", "Host , PORT\r\n", '"host","port"\n'),
        *("# ours\n", "  # ours, and theirs\n", "\n", "   \n", ",,\n", "\t\r\n"),
    ],
)
def test_what_is_no_row(tmp_path: Path, above: str) -> None:
    assert read(tmp_path, f"{above}127.0.0.1,8080\n") == [HostRow(LOCAL, "", 2)]


def test_a_header_after_a_byte_order_mark_comments_and_blank_lines(tmp_path: Path) -> None:
    text = "\ufeff# the servers\r\n\r\nhost,port,name\r\n127.0.0.1,8080,Local\r\n"
    assert read(tmp_path, text) == [HostRow(LOCAL, "Local", 4)]


@pytest.mark.parametrize("text", ["", "\n\n", "# nobody\n", "host,port,name\n", b"\xef\xbb\xbf"])
def test_a_file_without_rows_is_empty(tmp_path: Path, text: str | bytes) -> None:
    assert read(tmp_path, text) == []


@pytest.mark.parametrize(
    ("line", "address", "name"),
    [
        ("chat.example.org,6667,Ours", Address("chat.example.org", 6667), "Ours"),
        ("::1,8080", Address("::1", 8080), ""),
        ("[::1],8080,six", Address("::1", 8080), "six"),
        ("localhost,0", Address("localhost", 0), ""),
        ("localhost,65535", Address("localhost", 65535), ""),
        ('127.0.0.1,8080,"Küche, unten"', LOCAL, "Küche, unten"),
        ("unix:/run/chat.sock,,here", Address("", 0, "/run/chat.sock"), "here"),
        ("unix:/run/chat.sock", Address("", 0, "/run/chat.sock"), ""),
    ],
)
def test_addresses_and_names(tmp_path: Path, line: str, address: Address, name: str) -> None:
    assert read(tmp_path, line) == [HostRow(address, name, 1)]


def test_rows_keep_their_order_and_their_line_numbers(tmp_path: Path) -> None:
    rows = read(tmp_path, "b,2\n# between\na,1\n\nb,2\n")
    assert [(row.address.host, row.line) for row in rows] == [("b", 1), ("a", 3), ("b", 5)]


@pytest.mark.parametrize(
    ("line", "found", "expected"),
    [
        ("127.0.0.1,http", "'http' is not a port", "a number from 0 to 65535"),
        ("127.0.0.1,65536", "'65536' is not a port", "a number from 0 to 65535"),
        ("127.0.0.1,-1", "'-1' is not a port", "a number from 0 to 65535"),
        ("127.0.0.1,80.5", "'80.5' is not a port", "a number from 0 to 65535"),
        ("127.0.0.1,٨٠", "'٨٠' is not a port", "a number from 0 to 65535"),
        ("127.0.0.1", "'127.0.0.1' has no port", "expected host,port"),
        ("127.0.0.1:8080", "'127.0.0.1:8080' has no port", "expected host,port"),
        ("127.0.0.1;8080", "'127.0.0.1;8080' has no port", "expected host,port"),
        ("127.0.0.1,,x", "has no port", "expected host,port"),
        (",8080", "'' is not a host", "expected host,port"),
        ("my host,8080", "'my host' is not a host", "expected host,port"),
        ("127.0.0.1,8080,a,b", "'127.0.0.1,8080,a,b' has too many columns", "host,port,name"),
    ],
)
def test_a_bad_row_names_file_line_value_and_expectation(
    tmp_path: Path, line: str, found: str, expected: str
) -> None:
    [fault] = faults(tmp_path, f"# ours\n{line}\n127.0.0.1,8080\n")
    assert fault.startswith(" line 2: ")
    assert found in fault
    assert expected in fault


def test_every_bad_row_is_named(tmp_path: Path) -> None:
    found = faults(tmp_path, "a,x\nb,1\nc,y\r\n\r\nd\n")
    assert [fault.split(":")[0] for fault in found] == [" line 1", " line 3", " line 5"]


def test_a_second_header_is_a_bad_row(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, "a,1\nhost,port\n")
    assert fault.startswith(" line 2: 'port' is not a port")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HostsError, match=r"none\.csv: No such file or directory"):
        read_hosts(tmp_path / "none.csv")


def test_a_directory_is_no_hosts_file(tmp_path: Path) -> None:
    with pytest.raises(HostsError, match="Is a directory"):
        read_hosts(tmp_path)


@pytest.mark.parametrize("text", [b"caf\xe9,80\n", "127.0.0.1,80\n".encode("utf-16")])
def test_a_file_that_is_not_utf_8(tmp_path: Path, text: bytes) -> None:
    assert faults(tmp_path, text) == [": this file is not UTF-8 text"]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_text_does_anything_but_give_rows_or_faults(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(text)
    try:
        rows = read_hosts(file)
    except HostsError as error:
        assert str(error).startswith(str(file))
    else:
        assert all(0 <= row.address.port <= 65535 for row in rows)


def test_a_port_of_thousands_of_digits_is_a_bad_row(tmp_path: Path) -> None:
    """Python converts no more than 4,300 digits."""
    [fault] = faults(tmp_path, "a," + "9" * 5000)
    assert fault.startswith(" line 1: ")


def test_the_file_beside_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is in a checkout, or beside an archive, but not among the packages of a Python."""
    monkeypatch.chdir(tmp_path)
    assert ready_hosts_file() == CHECKOUT / HOSTS_FILE
    beside = tmp_path / "programs" / HOSTS_FILE
    beside.parent.mkdir()
    beside.touch()
    (beside.parent / "chatroom.pyz").touch()
    (beside.parent / "site-packages").mkdir()
    for library, found in (("chatroom.pyz", beside), ("site-packages", None)):
        monkeypatch.setattr(hosts, "_LIBRARY", beside.parent / library)
        assert ready_hosts_file() == found
    (tmp_path / HOSTS_FILE).touch()
    assert ready_hosts_file() == Path(HOSTS_FILE)
