"""Starting: what the program prints and returns, and what it says when it cannot start."""

import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import warm
from chatroom import __version__
from chatroom.net.addresses import Address
from chatroom.server import listening
from chatroom.server.config.load import Listening
from harness import PATIENCE, ROOT, SERVER, Client, Server

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def run(
    directory: Path, *arguments: str, program: Path = SERVER, python: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return warm.run(
        [sys.executable, *python, str(program), *arguments],
        cwd=directory,
        env={**ENVIRONMENT, "HOME": str(directory)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def refused(result: subprocess.CompletedProcess[str], status: int = 1) -> str:
    """What a program said that could not start: no traceback, nothing on standard output."""
    assert (result.returncode, result.stdout) == (status, "")
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture
def taken() -> Iterator[str]:
    """An address on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


IN_USE = (
    "address already in use; is another server running? Stop it, or choose another port"
    " with --listen"
)


def test_a_port_in_use_is_named_with_the_flag_that_asked(tmp_path: Path, taken: str) -> None:
    said = refused(run(tmp_path, "--listen", "127.0.0.1:0", "--listen", taken))
    assert said.splitlines()[-1] == (
        f"[SERVER] Cannot listen on {taken} (--listen {taken}): {IN_USE}"
    )


def test_a_port_in_use_is_named_with_its_row(tmp_path: Path, taken: str) -> None:
    host, _, port = taken.partition(":")
    (tmp_path / "hosts_port.csv").write_text(f"host,port,name\n{host},{port},Busy\n")
    said = refused(run(tmp_path))
    assert said == f"[SERVER] Cannot listen on {taken} (hosts_port.csv line 2): {IN_USE}\n"


def test_a_port_in_use_is_named_with_its_key(tmp_path: Path, taken: str) -> None:
    (tmp_path / "c.toml").write_text(f"listen = ['{taken}']")
    said = refused(run(tmp_path, "-c", "c.toml"))
    assert said == f"[SERVER] Cannot listen on {taken} (c.toml: listen): {IN_USE}\n"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("198.51.100.1:0", "this machine has no such address"),
        ("..:80", "this is not a valid host name"),
        ("x" * 64 + ".org:80", "this is not a valid host name"),
        ("unix:no/such/directory/s", "no such file or directory"),
    ],
)
def test_what_cannot_be_listened_on(tmp_path: Path, address: str, reason: str) -> None:
    said = refused(run(tmp_path, "--listen", address))
    (line,) = said.splitlines()
    assert line.startswith(f"[SERVER] Cannot listen on {address} (--listen {address}): ")
    assert reason in line


def test_a_live_servers_socket_file_is_not_replaced(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/s"
    with Server(tmp_path, "--listen", address, listen=False) as server:
        said = refused(run(tmp_path, "--listen", address)).splitlines()[-1]
        assert f"{address} (--listen {address}): address already in use; is another" in said
        assert "choose another path with --listen" in said
        assert "port" not in said
        server.knock(tmp_path / "s").register("ann").close()
        server.end_well()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EADDRINUSE, errno.ENOENT, errno.EIO])
def test_advice_for_paths_is_not_about_ports(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> list[socket.socket]:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(listening, "bind", fail)
    with pytest.raises(listening.CannotListen, match="hoose another path") as said:
        list(listening.open_sockets([Listening(Address("", 0, "s"), "--listen unix:s")]))
    assert "port" not in str(said.value)


def test_a_file_that_is_no_socket_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("words")
    said = refused(run(tmp_path, "--listen", f"unix:{file}"))
    assert said.splitlines()[-1] == (
        f"[SERVER] Cannot listen on unix:{file} (--listen unix:{file}): something that"
        " is not a socket is there; only sockets are replaced; choose another path with --listen"
    )
    assert file.read_text() == "words"


def test_it_listens_on_every_row_of_the_hosts_file(tmp_path: Path) -> None:
    (tmp_path / "hosts_port.csv").write_bytes(
        b"\xef\xbb\xbfHost, Port\r\n# ours\r\n\r\n 127.0.0.1 , 0 , Main\r\n127.0.0.2,0\r\n"
    )
    with Server(tmp_path, listen=False) as server:
        for host in ("127.0.0.1", "127.0.0.2"):
            port = int(server.wait_for(rf"listening on {host}:(\d+) ")[1])
            client = Client(socket.create_connection((host, port)))
            client.register(f"at{host[-1]}").close()
        server.end_well()


FOREIGN = "192.0.2.7"
"""Of nobody (RFC 5737), as in docs/hosts.md."""


def test_rows_of_other_machines_are_left_out(tmp_path: Path) -> None:
    """The hosts file of docs/hosts.md: those rows are for the client."""
    (tmp_path / "hosts_port.csv").write_text(
        f"host,port,name\n127.0.0.1,0,Local\n{FOREIGN},8080,The lab\nlab.invalid,8080\n"
    )
    with Server(tmp_path, listen=False) as server:
        port = int(server.wait_for(r"listening on 127.0.0.1:(\d+) ")[1])
        Client(socket.create_connection(("127.0.0.1", port))).register("ann").close()
        assert (
            f"[SERVER] hosts_port.csv line 3: {FOREIGN}:8080 is left out: "
            "this machine has no such address"
        ) in server.log
        server.wait_for(r"hosts_port\.csv line 4: lab\.invalid:8080 is left out: ")
        server.end_well()
    checked = run(tmp_path, "--check")
    assert checked.returncode == 0
    assert f"warning: hosts_port.csv line 3: {FOREIGN}:8080 is left out: " in checked.stderr


def test_a_hosts_file_of_other_machines_only(tmp_path: Path) -> None:
    (tmp_path / "hosts.csv").write_text(f"{FOREIGN},8080\n192.0.2.8,8080\n")
    none = (
        "hosts.csv: none of the servers in it is on this machine; add a row with an address of "
        "this machine, or name an address with --listen, such as --listen :8080"
    )
    said = refused(run(tmp_path, "--hosts", "hosts.csv")).splitlines()
    assert said[-1] == f"[SERVER] {none}"
    checked = refused(run(tmp_path, "--hosts", "hosts.csv", "--check")).splitlines()
    assert checked[-1] == f"chatroom-server: {none}"


def test_variables_of_kubernetes_do_not_stop_the_start(tmp_path: Path) -> None:
    environment = {"CHATROOM_PORT": "tcp://10.0.0.1:8080", "CHATROOM_SERVICE_HOST": "10.0.0.1"}
    with Server(tmp_path, environment=environment) as server:
        server.wait_for("CHATROOM_PORT, CHATROOM_SERVICE_HOST; Kubernetes sets such variables")
        server.end_well()


def test_a_bad_row_is_named(tmp_path: Path) -> None:
    (tmp_path / "hosts.csv").write_text("127.0.0.1,8080\n127.0.0.1,eighty\nx\n")
    said = refused(run(tmp_path, "--hosts", "hosts.csv")).splitlines()
    assert said[0] == (
        "chatroom-server: hosts.csv line 2: 'eighty' is not a port;"
        " expected a number from 0 to 65535"
    )
    assert said[1].startswith("chatroom-server: hosts.csv line 3: 'x' has no port; expected")


def test_check(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text("[limits]\ntopic = 100\n")
    good = run(tmp_path, "-c", "good.toml", "--check")
    assert (good.returncode, good.stdout, good.stderr) == (0, "The configuration is valid.\n", "")
    (tmp_path / "bad.toml").write_text("lisen = []\n[limits]\ntopic = 'x'\n")
    bad = refused(run(tmp_path, "-c", "bad.toml", "--check")).splitlines()
    assert len(bad) == 2
    assert all(line.startswith("chatroom-server: bad.toml: ") for line in bad)
    assert refused(run(tmp_path, "-c", "bad.toml")).splitlines() == bad


def test_check_looks_at_the_data_directory(tmp_path: Path) -> None:
    """What a start says is what it says, too; test_inspection.py has all the kinds of damage."""
    listen = ("--listen", "127.0.0.1:0", "--data", "data")
    (tmp_path / "data").write_text("")
    said = refused(run(tmp_path, "--check", *listen))
    assert said == f"chatroom-server: Cannot use the data directory {tmp_path}/data: file exists\n"
    assert said.removeprefix("chatroom-server: ") in refused(run(tmp_path, *listen))
    (tmp_path / "data").unlink()
    (tmp_path / "data").mkdir(0o700)
    (tmp_path / "data" / "history.db").write_text("This is no database. " * 99)
    said = refused(run(tmp_path, "--check", *listen)).removeprefix("chatroom-server: ")
    assert "/history.db: file is not a database\n" in said
    assert said.splitlines()[-1] in refused(run(tmp_path, *listen))
    (tmp_path / "off.toml").write_text("[history]\nenabled = false\n")
    assert run(tmp_path, "-c", "off.toml", "--check", *listen).returncode == 0


def test_check_looks_at_the_addresses(tmp_path: Path) -> None:
    """test_listening.py has all the kinds."""
    (tmp_path / "hosts.csv").write_text("127.0.0.1,0\n192.0.2.7,8080\n")
    rows = run(tmp_path, "--check", "--hosts", "hosts.csv", "--data", "data")
    left_out = "hosts.csv line 2: 192.0.2.7:8080 is left out: this machine has no such address"
    assert (rows.returncode, rows.stdout) == (0, "")
    assert rows.stderr == f"chatroom-server: warning: {left_out}\n"
    said = refused(run(tmp_path, "--check", "--listen", "192.0.2.7:8080", "--data", "data"))
    assert said.startswith("chatroom-server: Cannot listen on 192.0.2.7:8080 (--listen 192.0.2.7")


def test_check_beside_a_running_server(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        done = run(tmp_path, "--check", "--data", "data")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"A server (process {server.process.pid}) uses the data directory {tmp_path}/data.\n"
        "The configuration is valid.\n"
    )


def test_print_config_is_a_configuration(tmp_path: Path) -> None:
    printed = run(tmp_path, "--print-config")
    assert (printed.returncode, printed.stderr) == (0, "")
    (tmp_path / "c.toml").write_text(printed.stdout)
    (tmp_path / "c.toml").chmod(0o600)
    assert run(tmp_path, "-c", "c.toml", "--check").stdout == "The configuration is valid.\n"


def test_version(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout == f"Chatroom {__version__}\n"


@pytest.mark.parametrize("arguments", [("--nonsense",), ("--listen", "x"), ("8080",)])
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    said = refused(run(tmp_path, *arguments), status=2)
    assert said.startswith("usage: ")


def test_a_missing_dependency_says_in_one_line_what_to_run(tmp_path: Path) -> None:
    """-S: an interpreter without anything installed."""
    said = refused(run(tmp_path, "--version", python=("-S",)))
    (line,) = said.splitlines()
    assert line.startswith("chatroom_server.py: the package ")
    assert line.endswith(" is missing; run: make run-server")


def checkout(directory: Path, python: str = "") -> Path:
    """A copy of the server's start script and its library; `python` is what lies in .venv."""
    script = Path(shutil.copy(SERVER, directory))
    shutil.copytree(
        ROOT / "lib", directory / "lib", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    if python:
        place = directory / ".venv" / "bin" / "python"
        place.parent.mkdir(parents=True)
        place.write_text(f"#!/bin/sh\n{python}\n")
        place.chmod(0o755)
    return script


def test_the_python_of_the_checkout_is_found(tmp_path: Path) -> None:
    """By one that lacks our packages (-S): with its options, the arguments and the exit status."""
    place = tmp_path / "a checkout"
    place.mkdir()
    script = checkout(place, 'printf "<%s>" "$@"; exit 7')
    link = tmp_path / "serve"
    link.symlink_to(script)
    for program in (script, link):
        done = run(tmp_path, "--version", "a b", "", program=program, python=("-S", "-X", "dev"))
        assert done.returncode == 7
        assert done.stdout == f"<-S><-X><dev><{program}><--version><a b><>"


@pytest.mark.parametrize("broken", [f'exec "{sys.executable}" "$@"', "exit 126", ""])
def test_a_venv_that_lacks_it_too_is_tried_once(tmp_path: Path, broken: str) -> None:
    script = checkout(tmp_path, broken)
    if not broken:
        (tmp_path / ".venv").mkdir()
    done = run(tmp_path, "--version", program=script, python=("-S",))
    if broken != "exit 126":
        assert done.stderr.count("is missing; run: make run-server") == 1
        assert done.returncode == 1


def test_it_runs_from_anywhere(tmp_path: Path) -> None:
    """A link to the start script finds the library behind it, a copy the one beside it."""
    link = tmp_path / "serve"
    link.symlink_to(SERVER)
    assert run(tmp_path, "--version", program=link).stdout == f"Chatroom {__version__}\n"
    copy = shutil.copy(SERVER, tmp_path)
    shutil.copytree(ROOT / "lib", tmp_path / "lib")
    assert run(tmp_path, "--version", program=Path(copy)).stdout == f"Chatroom {__version__}\n"
