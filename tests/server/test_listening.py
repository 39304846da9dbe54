"""--check and the start say the same of what is to be listened on (server/listening.py)."""

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from chatroom.net.addresses import Address, bind
from chatroom.server.config.load import ConfigError, Listening, check, load
from chatroom.server.config.options import parse_options
from chatroom.server.listening import CannotListen, open_sockets, try_out

LONG = "x" * 200


def free_port() -> int:
    """One that nobody listens on."""
    (sock,) = bind(Address("127.0.0.1", 0), 1)
    with sock:
        return int(sock.getsockname()[1])


def started(arguments: list[str]) -> bool:
    """Whether a start would come as far as listening."""
    sockets = []
    try:
        sockets = [sock for _, sock in open_sockets(load(parse_options(arguments)).listen)]
    except (ConfigError, CannotListen):
        return False
    finally:
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.close()
    return True


def checked(arguments: list[str]) -> bool:
    """Whether --check finds no fault."""
    options = parse_options(arguments)
    faults, _ = check(options)
    return not (faults or try_out(load(options).listen)[0])


def hosts(directory: Path, rows: Iterable[str]) -> list[str]:
    file = directory / "hosts.csv"
    file.write_text("".join(f"{row}\n" for row in rows))
    return ["--hosts", str(file), "--data", str(directory / "data")]


@pytest.mark.parametrize(
    ("rows", "fine"),
    [
        (["127.0.0.1,{port}"], True),
        (["unix:{here}/sock"], True),
        (["unix:{here}/" + LONG], False),
        (["unix:{here}/a\0b"], False),
        (["unix:{here}/not/there/sock"], False),
        (["unix:{here}/hosts.csv"], False),
        (["unix:{here}/hosts.csv/sock"], False),
        (["127.0\0.0.1,{port}"], False),
        (["127.0.0.1,{port}", "127.1,{port}"], False),
        (["127.0.0.1,{port}", "2130706433,{port}"], False),
        (["0,{port}", "127.0.0.1,{port}"], False),
        (["localhost,{port}", "127.1,{port}"], False),
        (["255.255.255.255,{port}"], False),
        (["224.0.0.1,{port}"], False),
        (["ff02::1,{port}"], False),
        (["127.0.0.1,{port}", "224.0.0.1,{port}", "192.0.2.1,{port}"], True),
    ],
)
def test_what_check_says_of_rows_is_true(tmp_path: Path, rows: list[str], fine: bool) -> None:
    port = free_port()
    arguments = hosts(tmp_path, (row.format(here=tmp_path, port=port) for row in rows))
    assert checked(arguments) is fine
    assert started(arguments) is fine


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("127.1:{port}", True),
        ("unix:{here}/sock", True),
        ("unix:{here}/not/there/sock", False),
        ("unix:{here}", False),
        ("192.0.2.1:{port}", False),
        ("255.255.255.255:{port}", False),
    ],
)
def test_what_check_says_of_a_flag_is_true(tmp_path: Path, address: str, fine: bool) -> None:
    where = address.format(here=tmp_path, port=free_port())
    arguments = ["--listen", where, "--data", str(tmp_path / "data")]
    assert checked(arguments) is fine
    assert started(arguments) is fine


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """The test runs as one."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(12345, 12345, 0)
    yield
    os.setresuid(0, 0, 0)


@pytest.mark.parametrize("port", [1, 1023, 1024])
@pytest.mark.parametrize("taken", [False, True])
def test_ports_that_are_for_root(ordinary_user: None, port: int, taken: bool) -> None:
    """Where the system has any. Whether somebody listens there is no question of --check."""
    arguments = ["--listen", f"127.0.0.1:{port}", "--data", tempfile.gettempdir()]
    with contextlib.suppress(OSError), socket.socket() as other:
        may = True
        try:
            other.bind(("127.0.0.1", port))
        except PermissionError:
            may = False
        if taken and may:
            other.listen(1)
        else:
            other.close()
        assert checked(arguments) is may
        assert started(arguments) is (may and not taken)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has such ports")
def test_a_low_port_that_somebody_has_is_no_fault() -> None:
    with socket.socket() as other:
        for port in range(1023, 900, -1):
            with contextlib.suppress(OSError):
                other.bind(("127.0.0.1", port))
                break
        other.listen(1)
        (host, port), data = other.getsockname(), tempfile.gettempdir()
        assert checked(["--listen", f"{host}:{port}", "--data", data])


def test_one_address_twice() -> None:
    """Names are looked up by `try_out` only: two may be of one address."""
    here = Address("127.0.0.1", 8080)
    faults, _ = try_out([Listening(here, "one"), Listening(here, "the other", row=True)])
    assert faults == [
        "the other: 127.0.0.1:8080 overlaps with 127.0.0.1:8080 (one); leave one of them out"
    ]


@pytest.mark.parametrize("address", ["unix:/tmp/" + LONG, "unix:/tmp/a\0b", "127.0\0.1:80"])
def test_a_flag_that_is_no_address(address: str) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--listen", address])
