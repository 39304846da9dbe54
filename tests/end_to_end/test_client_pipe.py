"""Standard input that is no terminal: everything said is delivered before the client leaves."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import warm
from harness import CLIENT, PATIENCE, Client, Server, fresh


def pipe(
    text: str | bytes, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The client with `text` as standard input."""
    done = warm.run(
        [sys.executable, str(CLIENT), *arguments],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        timeout=PATIENCE,
        env={**os.environ, **(environment or {})},
    )
    out, errors = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, out, errors)


def address(server: Server) -> tuple[str, str]:
    return "127.0.0.1", str(server.port)


def heard(client: Client) -> list[str]:
    """What the first one who comes says, until they leave."""
    lines = client.read_until(" QUIT ")
    return [line.partition(" PRIVMSG ")[2].partition(" ")[2].removeprefix(":") for line in lines][
        1:-1
    ]


def test_lines_are_said_and_shown(server: Server) -> None:
    """The issue's own example; no prompts, no colours, nothing on standard error."""
    with server.join("alice", "#general") as alice:
        done = pipe("hi\n", *address(server), "--nick", "bob", "--room", "general")
        assert heard(alice) == ["hi"]
    assert re.search(r"^\[\d\d:\d\d:\d\d\] <You> hi$", done.stdout, re.MULTILINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Choose" not in done.stdout
    assert "\x1b" not in done.stdout


def test_a_last_line_without_end_and_odd_bytes(server: Server) -> None:
    """CR cannot be sent; a line that is no UTF-8, or has a NUL, is refused rather than changed."""
    with server.join("alice", "#odd") as alice:
        odd = b"c\rd\r\na b\0c\ncaf\xe9\nlast"
        done = pipe(odd, *address(server), "--nick", "bob", "--room", "#odd")
        assert heard(alice) == ["c d", "last"]
        unsent = "That line was not sent: it is not UTF-8"
        assert f"{unsent} text: it contains the byte 0x00." in done.stderr
        assert f"{unsent}: it contains the byte 0xE9." in done.stderr
        assert "iconv -f LATIN1 -t UTF-8" in done.stderr
        for encoding in ("utf-16", "utf-16-le"):
            text = "hi\nho\n".encode(encoding)
            wide = pipe(text, *address(server), "--nick", "bob", "--room", "#odd")
            assert wide.stderr.count("iconv -f UTF-16 -t UTF-8") == 1
            assert heard(alice) == []
    assert (done.returncode, wide.returncode) == (1, 1)


def test_commands_and_exit(server: Server) -> None:
    """They work as at a terminal; what comes after `exit` is not said."""
    with server.join("alice", "#cmds") as alice:
        text = "/me waves\n//x\n/msg alice psst\nexit\nnever\n"
        assert pipe(text, *address(server), "--nick", "bob", "--room", "cmds").returncode == 0
        assert heard(alice) == ["\x01ACTION waves\x01", "/x", "psst"]


def test_many_lines(server: Server) -> None:
    """All of them, in order."""
    lines = [f"line {number}" for number in range(1000)]
    with server.join("alice", "#many") as alice:
        done = pipe("\n".join(lines), *address(server), "--nick", "bob", "--room", "many")
        assert heard(alice) == lines
    assert done.returncode == 0
    assert done.stdout.count("<You>") == 1000


def test_flood_control_delays_but_drops_nothing(tmp_path: Path) -> None:
    """A slow server is waited for."""
    config = "[limits]\nflood_burst = 5\nflood_rate = 40\n"
    lines = [str(number) for number in range(40)]
    with Server(tmp_path, config=config) as server, server.join("alice", "#slow") as alice:
        done = pipe("\n".join(lines), *address(server), "--nick", "bob", "--room", "slow")
        assert heard(alice) == lines
    assert done.returncode == 0


@pytest.mark.parametrize("source", ["/dev/null", "file", "closed"])
def test_standard_input_of_every_kind(server: Server, tmp_path: Path, source: str) -> None:
    """epoll refuses files and /dev/null; a closed descriptor is an end of input."""
    path = tmp_path / "said" if source == "file" else Path(source)
    (tmp_path / "said").write_text("from a file\n")
    room = fresh("kinds")
    command = [sys.executable, str(CLIENT), *address(server), "--nick", "fil", "--room", room]
    if source == "closed":
        command, path = ["sh", "-c", 'exec "$@" <&-', "sh", *command], Path("/dev/null")
    with server.join("alice", f"#{room}") as alice, path.open("rb") as stdin:
        done = warm.run(command, stdin=stdin, capture_output=True, timeout=PATIENCE)
        assert heard(alice) == (["from a file"] if source == "file" else [])
    assert (done.returncode, done.stderr) == (0, b"")


def test_several_rooms(server: Server) -> None:
    """All are joined; lines go to the last, until /join says otherwise."""
    with server.join("alice", "#r1", "#r2") as alice:
        rooms = ("--room", "r1", "--room", "r2")
        done = pipe("two\n/join r1\none\n", *address(server), "--nick", "bob", *rooms)
        said = [alice.wait("PRIVMSG").params for _ in range(2)]
    assert said == [("#r2", "two"), ("#r1", "one")]
    assert done.returncode == 0


def test_a_nickname_from_the_users_name(server: Server) -> None:
    """With digits where it is taken; general where no room is named."""
    environment = dict.fromkeys(("LOGNAME", "USER"), "j.doe 2")
    with server.join("jdoe2", "#general") as other:
        other.ask()  # what was said there before
        done = pipe("hi", *address(server), environment=environment)
        assert other.wait("PRIVMSG", "#general").nick == "jdoe21"
    assert done.returncode == 0


def test_what_the_server_refuses(server: Server) -> None:
    """On standard error, in words, and the status says that not everything was said."""
    with server.join("alice", "#quiet") as alice:
        alice.ask("MODE #quiet +m")
        done = pipe("hi\n", *address(server), "--nick", "bob", "--room", "quiet")
    assert done.stderr.startswith("-- You cannot speak in quiet")
    assert done.returncode == 1


def test_a_nickname_or_room_that_cannot_be(server: Server) -> None:
    """Nobody can be asked for another one."""
    with server.join("taken", "#key") as taken:
        taken.ask("MODE #key +k secret")
        done = pipe("hi", *address(server), "--nick", "taken")
        assert (done.returncode, done.stderr) == (1, "-- The nickname taken is already in use.\n")
        done = pipe("hi", *address(server), "--nick", "other", "--room", "key")
        assert done.returncode == 1
        assert "the key is missing or wrong" in done.stderr


def test_password(tmp_path: Path) -> None:
    """--password-file, right, wrong and missing."""
    for name in ("right", "wrong"):
        (tmp_path / name).write_text(f"{name}\n")
    with Server(tmp_path, config='[server]\npassword = "right"\n') as server:
        where = (*address(server), "--nick", "bob", "--password-file")
        assert pipe("hi", *where, str(tmp_path / "right")).returncode == 0
        done = pipe("hi", *where, str(tmp_path / "wrong"))
        assert done.stderr.startswith("-- The password is wrong.\n")
        assert done.returncode == 1
        done = pipe("hi", *where, str(tmp_path / "none"))
        assert (done.returncode, done.stderr) == (
            1,
            f"{tmp_path / 'none'}: No such file or directory\n",
        )


def test_addresses_of_every_kind(tmp_path: Path) -> None:
    """HOST:PORT, a unix socket, and the first row of a hosts file."""
    path = tmp_path / "socket"
    with Server(tmp_path, "--listen", f"unix:{path}") as server:
        hosts = tmp_path / "hosts.csv"
        hosts.write_text(f"host,port\n127.0.0.1,{server.port}\n")
        for where in (f"unix:{path}", f"127.0.0.1:{server.port}", f"--hosts={hosts}"):
            assert pipe("hi", where, "--nick", "bob").returncode == 0
    done = pipe("hi", f"unix:{tmp_path / 'nothing'}")
    assert done.stderr.startswith(f"Cannot connect to unix:{tmp_path / 'nothing'}: no such file")
    assert done.returncode == 1


def test_usage(tmp_path: Path) -> None:
    """2 for wrong usage; --version; a bad hosts file names its line."""
    assert pipe("", "localhost", "99999").returncode == 2
    assert pipe("", "--no-such-flag").returncode == 2
    assert pipe("", "--version").stdout == "Chatroom 0.1.0\n"
    hosts = tmp_path / "hosts.csv"
    hosts.write_text("127.0.0.1,port\n")
    done = pipe("", "--hosts", str(hosts))
    assert done.returncode == 1
    assert done.stderr.startswith(f"{hosts} line 1: 'port' is not a port")
