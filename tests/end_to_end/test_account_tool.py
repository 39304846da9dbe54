"""`chatroom-server account`: beside a running server, and without one."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import warm
from harness import SERVER, Client, Server, fresh

CONFIG = "[limits]\nflood_rate = 0\n[accounts]\nrounds = 10\nregistration = false\n"
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server"), config=CONFIG) as server:
        yield server
        server.end_well()
        assert not (server.directory / "data" / "control").exists()


def account(directory: Path, *words: str, password: str = "") -> tuple[int, str, str]:
    command = [sys.executable, str(SERVER), "account", *words]
    command += ["-c", str(directory / "chatroom.toml"), "--data", str(directory / "data")]
    done = warm.run(
        command, input=f"{password}\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return done.returncode, done.stdout, done.stderr


def log_in(client: Client, name: str, password: str) -> str:
    word = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
    client.send("CAP REQ sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {word}")
    return client.read_until(" (902|903|904) ")[-1].split()[1]


def test_all_of_it_beside_a_running_server(server: Server) -> None:
    """What is changed holds at once, and whoever may not stay logged in does not."""
    assert (server.directory / "data" / "control").stat().st_mode & 0o777 == 0o600
    name, other = fresh("alice"), fresh("alicia")

    def run(*words: str, password: str = "") -> str:
        status, out, errors = account(server.directory, *words, password=password)
        assert (status, errors) == (0, "")
        return out

    squatter = server.join(name)
    assert run("add", name, password=PASSWORD) == f"The account {name} was added.\n"
    assert squatter.wait("NICK").params[0].startswith("Guest")
    alice = server.join(fresh("al"), caps="sasl")
    assert log_in(alice, name, PASSWORD) == "903"
    assert run("list") == f"{name}\n"
    assert run("rename", name, other).endswith(f" is now called {other}.\n")
    assert alice.wait("900").params[2] == other
    run("suspend", other, "--reason", "spam")
    assert "Your account was suspended" in alice.end()[-1]
    alice = server.join(fresh("al"), caps="sasl")
    assert log_in(alice, other, PASSWORD) == "902"
    assert "suspended since" in run("show", other)
    assert ": spam" in run("show", other)
    run("resume", other)
    assert log_in(alice, other, PASSWORD) == "903"
    run("password", other, password="another password")
    assert "The password of your account was changed" in alice.end()[-1]
    alice = server.join(fresh("al"), caps="sasl")
    assert log_in(alice, other, PASSWORD) == "904"
    assert log_in(alice, other, "another password") == "903"
    assert run("add-certificate", other, "AB:" * 31 + "AB").endswith(
        f"in to {other} from now on.\n"
    )
    assert f"  certificate {'ab' * 32}\n" in run("show", other)
    run("remove-certificate", other, "ab" * 32)
    assert "was removed from your account" in alice.end()[-1]
    alice = server.join(fresh("al"), caps="sasl")
    assert log_in(alice, other, "another password") == "903"
    run("remove", other)
    assert "Your account was removed" in alice.end()[-1]
    alice = server.join(fresh("al"), caps="sasl")
    assert log_in(alice, other, "another password") == "904"
    assert run("list") == ""


def test_without_a_server(tmp_path: Path) -> None:
    """Before the first start, too; and what cannot be done is one line."""
    (tmp_path / "chatroom.toml").write_text(CONFIG)
    for name in ("alice", "pace"):
        assert account(tmp_path, "add", name, password=PASSWORD)[0] == 0
    for words, fault in (
        (("add", "ALICE"), "there is an account ALICE already"),
        (("add", "al1ce"), ""),
        (("add", "a,b"), "a nickname cannot contain ','"),
        (("rename", "pace", "alice"), "there is an account alice already"),
        (("rename", "alice", "расе"), "расе looks like pace, who has an account"),
        (("show", "nobody"), "there is no account nobody"),
        (("remove", "nobody"), "there is no account nobody"),
        (("password", "alice"), "a password has at least 8 characters"),
    ):
        status, _, errors = account(tmp_path, *words, password="short")
        assert status == 1
        assert errors.startswith(f"chatroom-server: {fault}")
    fingerprint = "ab" * 32
    assert account(tmp_path, "add-certificate", "alice", fingerprint)[0] == 0
    for words, fault in (
        (("add-certificate", "pace", fingerprint), "this certificate logs in to alice"),
        (("add-certificate", "pace", "ab"), "a SHA-256 fingerprint has 64 hexadecimal digits"),
        (("remove-certificate", "pace", fingerprint), "it does not log in to pace"),
    ):
        status, _, errors = account(tmp_path, *words)
        assert status == 1
        assert errors.startswith(f"chatroom-server: {fault}")
    with Server(tmp_path, config=CONFIG) as server:
        assert log_in(server.connect(), "alice", PASSWORD) == "903"
    status, out, _ = account(tmp_path, "remove", "--erase", "alice", password="Alice")
    assert (status, out.splitlines()[-1]) == (0, "Everything is erased.")


def test_what_somebody_said_is_erased(server: Server) -> None:
    """Beside a running server: people who see it hear of it, and it is nowhere any more."""
    name, other, room, word = fresh("erin"), fresh("otto"), f"#{fresh('den')}", fresh("hushed")
    for each in (name, other):
        assert account(server.directory, "add", each, password=PASSWORD)[0] == 0
    watching = "message-tags batch sasl draft/message-redaction draft/chathistory"
    erin, otto = server.connect(), server.connect()
    for client, nick in ((erin, name), (otto, other)):
        client.send(f"CAP REQ :{watching} echo-message")
        log_in(client, nick, PASSWORD)
        client.send(f"NICK {nick}", "USER u 0 * :u", "CAP END", f"JOIN {room}")
        client.wait("366")
    erin.send(f"TOPIC {room} :{word}", f"PRIVMSG {room} :{word}", f"PRIVMSG {other} :{word}")
    public, private = otto.wait("PRIVMSG"), otto.wait("PRIVMSG")
    status, _, errors = account(server.directory, "remove", "--erase", name, password="no")
    assert (status, errors.count("nothing was changed")) == (1, 1)
    status, out, errors = account(server.directory, "remove", "--erase", name, password=name)
    assert (status, errors) == (0, "")
    assert out.endswith("Everything is erased.\n")
    assert "Your account was removed" in erin.end()[-1]
    gone = {otto.wait("REDACT").params, otto.wait("REDACT").params}
    assert gone == {(room, public.tags["msgid"]), (other, private.tags["msgid"])}
    assert word not in str(otto.ask(f"CHATHISTORY LATEST {room} * 20"))
    assert word not in str(otto.ask("SEARCH"))
