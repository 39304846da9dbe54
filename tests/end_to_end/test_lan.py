"""The server on a local network of two machines: others find it, and it says how to come in."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pexpect
import pytest

from end_to_end.lan import Lan
from end_to_end.terminal import Terminal
from harness import CLIENT, FLOOD_OFF, PATIENCE, SERVER, Server

AS_CONFIGURED = {"CHATROOM_LAN_ANNOUNCE": ""}
NAME = "Room 7"
CONFIG = f"{FLOOD_OFF}[lan]\nname = '{NAME}'\n"

ZEROCONF = """
import json, sys, threading, zeroconf
there = zeroconf.Zeroconf()
gone = threading.Event()
TYPES = ["_irc._tcp.local.", "_ircs._tcp.local.", "_http._tcp.local."]
class Listener(zeroconf.ServiceListener):
    def add_service(self, zc, kind, name):
        found = zc.get_service_info(kind, name)
        about = {key.decode(): value.decode() for key, value in found.properties.items()}
        print(json.dumps([name, found.parsed_addresses(), found.port, about]), flush=True)
    def remove_service(self, zc, kind, name):
        print(json.dumps(["gone", name]), flush=True)
    def update_service(self, *_):
        pass
browser = zeroconf.ServiceBrowser(there, TYPES, Listener())
sys.stdin.read()
there.close()
"""


@pytest.fixture(scope="module")
def lan() -> Iterator[Lan]:
    with Lan() as lan:
        yield lan


@pytest.fixture(scope="module")
def server(lan: Lan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on all addresses of one machine."""
    flags = ("--listen", ":8080")
    directory = tmp_path_factory.mktemp("server")
    with Server(
        directory, *flags, config=CONFIG, environment=AS_CONFIGURED, listen=False, prefix=lan.here
    ) as server:
        server.wait_for(f'Announced on the local network as "{NAME}"')
        yield server
        server.end_well()


def test_what_people_type(server: Server) -> None:
    """In the log, of a service too. There is a certificate, because others can connect."""
    log = "\n".join(line.removeprefix("[SERVER] ") for line in server.log)
    assert "the client:     chatroom-client 10.77.0.1 8080\n" in log
    assert "an IRC client:  10.77.0.1, port 8080, with TLS\n" in log
    assert "a browser:      http://10.77.0.1:8080/\n" in log
    assert "█" not in log


def python_with_zeroconf() -> str:
    """A Python that has the library: it is no dependency of ours."""
    for python in (sys.executable, "/usr/bin/python3"):
        if os.access(python, os.X_OK):
            tried = subprocess.run([python, "-c", "import zeroconf"], capture_output=True)
            if not tried.returncode:
                return python
    pytest.skip("python3-zeroconf is not installed")


def test_somebody_else_s_browser_finds_it(lan: Lan, server: Server) -> None:
    """python-zeroconf on the other machine, with all that is announced; the end is announced, too.
    HUP changes it."""
    fingerprint = server.wait_for("SHA-256 fingerprint: (.*)")[1].replace(":", "").lower()
    command = [*lan.there, python_with_zeroconf(), "-c", ZEROCONF]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as seen:
        assert seen.stdout is not None
        found: dict[str, dict[str, str]] = {}
        while len(found) < 3:
            name, addresses, port, about = json.loads(seen.stdout.readline())
            assert name.startswith(f"{NAME}._")
            assert port == 8080
            assert {"10.77.0.1", "fe80::1"} == {one.partition("%")[0] for one in addresses}
            found[name.partition("._")[2]] = about
        assert found["ircs._tcp.local."]["fp"] == fingerprint
        assert found["http._tcp.local."]["path"] == "/"
        server.reload(f"{FLOOD_OFF}[lan]\nannounce = 'no'\n")
        gone = {json.loads(seen.stdout.readline())[1] for _ in range(3)}
        assert {name.partition("._")[2] for name in gone} == set(found)
        lines = len(server.log)
        server.reload(CONFIG)
        server.wait_for("Announced on the local network", after=lines)
        seen.communicate("")


def client(lan: Lan, *arguments: str, hosts: Path) -> Terminal:
    """The client on the other machine, without an address."""
    command = [*lan.there, sys.executable, str(CLIENT), "--nick", "ann", "--room", "general"]
    (hosts / "hosts_port.csv").write_text("127.0.0.1,8080,Local\n")
    return Terminal(*arguments, command=command, directory=hosts)


def test_a_client_without_arguments_finds_it(lan: Lan, server: Server, tmp_path: Path) -> None:
    """The server of the hosts file does not answer; the one that is found does. Its announcement
    is no reason to trust it: the person is asked as everywhere."""
    with client(lan, hosts=tmp_path) as ann:
        ann.see(
            "Cannot connect to 127.0.0.1:8080: connection refused",
            "-- Looking for servers on this network",
            rf"1\. {NAME} \(10\.77\.0\.1:8080, found on this network\)",
            r"Choose a server \[1\]: ",
        )
        ann.say("")
        ann.see("Its SHA-256 fingerprint is", "announces the same fingerprint", "proves nothing")
        ann.say("/yes").see("Connected to the server over TLS!", "Welcome to room general!")
        server.wait_for("ann has come in from 10.77.0.2")
        ann.press("d")
        assert ann.status() == 0


def test_found_servers_join_the_hosts_file_s(lan: Lan, server: Server, tmp_path: Path) -> None:
    """They are added while the client waits for the choice."""
    assert server.port == 0
    (tmp_path / "two.csv").write_text("127.0.0.1,8080,Local\n127.0.0.1,9090,Also here\n")
    with client(lan, "--hosts", "two.csv", hosts=tmp_path) as ann:
        ann.see(r"1\. Local", r"2\. Also here", r"Choose a server \[1\]: ")
        ann.see(rf"3\. {NAME} \(10\.77\.0\.1:8080, found on this network\)")
        ann.say("3").see("Its SHA-256 fingerprint is").press("d")
        assert ann.status() == 0


def test_nobody_is_found(lan: Lan, tmp_path: Path) -> None:
    """It ends as it would have without the search; `--no-discover` leaves that out."""
    (tmp_path / "hosts_port.csv").write_text("127.0.0.1,8080,Local\n")
    command = ["unshare", "-rn", "sh", "-c", 'ip link set lo up; exec "$0" "$@"']
    command += [sys.executable, str(CLIENT)]
    with Terminal(command=command, directory=tmp_path) as ann:
        ann.see("Looking for servers on this network", "No server was found on this network")
        assert ann.status() == 1
    with Terminal("--no-discover", command=command, directory=tmp_path) as ann:
        ann.see("Cannot connect to 127.0.0.1:8080: connection refused. Is the server running?")
        assert ann.status() == 1
        assert "Looking" not in ann.glass.everything()


def test_the_qr_code_on_a_terminal(lan: Lan, tmp_path: Path) -> None:
    """It is drawn there, and only there; `lan.qr` turns it off."""
    (tmp_path / "chatroom.toml").write_text("[lan]\nannounce = 'no'\n[tls]\ncertificate = ''\n")
    flags = ["--listen", "10.77.0.1:7070", "-c", str(tmp_path / "chatroom.toml")]
    flags += ["--data", str(tmp_path / "data")]
    command = [*lan.here, sys.executable, str(SERVER), *flags]
    child = pexpect.spawn(command[0], command[1:], timeout=PATIENCE, encoding="utf-8")
    child.expect("Waiting for connections")
    rows = re.findall("\x1b\\[97;40m([█▀▄ ]+)\x1b\\[m\r\n", child.before or "")
    assert len(rows) > 15
    assert len(set(map(len, rows))) == 1
    assert "chatroom-client 10.77.0.1 7070 --no-tls" in (child.before or "")
    child.sendintr()
    child.expect("Goodbye")
    child.expect(pexpect.EOF)
    child.close()


def test_an_upgraded_server_is_announced_once(lan: Lan, server: Server) -> None:
    """The new process announces it, and takes it back at its end; the old one says nothing more,
    not even goodbye."""
    lines = len(server.log)
    server.upgrade()
    server.wait_for(f'Announced on the local network as "{NAME}"', after=lines)
    command = [*lan.there, python_with_zeroconf(), "-c", ZEROCONF]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as seen:
        assert seen.stdout is not None
        found = {json.loads(seen.stdout.readline())[0] for _ in range(3)}
        assert all(name.startswith(f"{NAME}._") for name in found)
        server.reload(f"{FLOOD_OFF}[lan]\nannounce = 'no'\n")
        gone = {json.loads(seen.stdout.readline())[1] for _ in range(3)}
        assert gone == found
        seen.communicate("")
