"""Operators of the server, on a real server: the password tool, OPER, accounts, and a reload."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import warm
from chatroom.wire.sasl import prepared
from chatroom.wire.scram import derive, keys_from_text
from harness import SERVER, Client, Server

PASSWORD = "sesame-street"
HASH = derive(prepared(PASSWORD), b"0123456789abcdef", 10).text
LIMITS = "[limits]\nflood_rate = 0\n[accounts]\nrounds = 10\n"
CONFIG = f"{LIMITS}[operators]\naccounts = ['alice']\npasswords = {{ root = '{HASH}' }}\n"


def tool(*words: str, said: str = "") -> tuple[int, str, str]:
    """What a tool of the server prints."""
    command = [sys.executable, str(SERVER), *words]
    done = warm.run(command, input=said, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout, done.stderr


def become_operator(client: Client) -> None:
    client.send(f"OPER root {PASSWORD}")
    client.wait("381")


def test_the_password_tool(tmp_path: Path) -> None:
    """From standard input; one line, which is what the configuration expects."""
    status, out, errors = tool("password", said=f"{PASSWORD}\n")
    assert (status, errors) == (0, "")
    assert keys_from_text(out.removesuffix("\n")).accept(prepared(PASSWORD))
    status, out, errors = tool("password", said="short\n")
    assert (status, out) == (1, "")
    assert "at least" in errors


def test_who_runs_the_server(tmp_path: Path) -> None:
    """By a password and by an account, until the configuration says otherwise."""
    places = ("-c", str(tmp_path / "chatroom.toml"), "--data", str(tmp_path / "data"))
    with Server(tmp_path, config=CONFIG) as server:
        assert tool("account", "add", "alice", *places, said=f"{PASSWORD}\n")[0] == 0
        root = server.join("boss")
        root.send("OPER root wrong-password")
        assert root.wait("464").params[1] == "The name or the password is wrong"
        root.send(f"OPER root {PASSWORD}")
        root.wait("381")
        alice = server.join("al")
        alice.send(f"PRIVMSG NickServ :IDENTIFY alice {PASSWORD}")
        alice.wait("381")
        (tmp_path / "chatroom.toml").write_text(LIMITS)
        os.kill(server.process.pid, signal.SIGHUP)
        for one in (root, alice):
            assert one.wait("MODE").params[1:] == ("-o",)
        server.end_well()
    assert not [line for line in server.log if PASSWORD in line]


def test_bans_survive_a_restart(tmp_path: Path) -> None:
    """At both doors, with a sentence; whoever is banned while they are here goes at once."""
    with Server(tmp_path, config=CONFIG) as server:
        root, eve, mallory = server.join("boss"), server.join("eve"), server.person("mallory")
        become_operator(root)
        root.send("KLINE 2h eve*!*@* :spam")
        assert "is banned for 2 hours" in root.wait("NOTE").params[-1]
        eve.read_until("ERROR .*banned from this server for another 2 hours: spam")
        eve.end()
        root.send("KLINE mallory!*@*", "KILL boss :done")
        mallory.read_until("banned from this server")
        mallory.end()
        root.read_until("KILL boss")
        root.read_until("ERROR .*Killed by boss: done")
        root.end()
        server.end_well()
    with Server(tmp_path, config=CONFIG) as server:
        eve = server.connect().send("NICK evelyn", "USER eve 0 * :eve")
        eve.read_until(" 465 evelyn :You are banned from this server for another .*: spam")
        person = server.connect().send("mallory", "")
        person.read_until("You are banned from this server")
        person.end()
        root = server.join("boss")
        become_operator(root)
        root.send("UNKLINE mallory", "STATS k")
        assert root.wait("216").params[2] == "eve*!*@*"
        server.person("mallory")
        server.end_well()


def test_the_audit_log(tmp_path: Path) -> None:
    """Beside a running server, and after it; a REHASH takes effect and says so."""
    places = ("-c", str(tmp_path / "chatroom.toml"), "--data", str(tmp_path / "data"))
    with Server(tmp_path, config=CONFIG) as server:
        boss = server.join("boss")
        become_operator(boss)
        boss.send("WALLOPS :first").wait("WALLOPS")
        status, out, errors = tool("audit", *places)
        assert (status, errors) == (0, "")
        before, wallops = out.splitlines()
        assert before.endswith(" boss!~boss@127.0.0.1 (root): became an operator, class all")
        assert wallops.endswith(" boss!~boss@127.0.0.1 (root): WALLOPS first")
        (tmp_path / "chatroom.toml").write_text("[limits]\nnickname = 0\n")
        boss.send("REHASH")
        assert "faults" in boss.wait("NOTE", "REHASH").params[-1]
        (tmp_path / "chatroom.toml").write_text(f"{CONFIG}[server]\nmotd = 'tea'\n")
        boss.send("REHASH")
        assert boss.wait("NOTE", "REHASH").params[-1] == "The configuration was read again."
        boss.send("AUDIT 1")
        assert boss.wait("NOTE", "AUDIT").params[-1].endswith("(root): REHASH")
        server.end_well()
    out = tool("audit", "-n", "1", *places)[1]
    assert out.endswith("(root): AUDIT 1\n")
    assert out.count("\n") == 1


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
