"""chatroom.pyz (`make zipapp`): everything in one file, for a machine that has only Python."""

import os
import re
import socket
import ssl
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from chatroom import __version__
from end_to_end.boot import what_systemd_does
from end_to_end.isolated import isolated
from harness import FLOOD_OFF, PATIENCE, ROOT, Client, Server

BARE_PYTHON = (str(Path(sys._base_executable).resolve()), "-I", "-S")  # type: ignore[attr-defined]
"""Python without the packages of anybody: not those of .venv, nor of the system, nor of a home."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, made once: that takes two seconds."""
    file = tmp_path_factory.mktemp("zipapp") / "chatroom.pyz"
    command = [sys.executable, str(ROOT / "scripts" / "pack.py"), "zipapp", "-o", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{file}: ")
    return file


def run(archive: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the archive to its end."""
    command = [*BARE_PYTHON, str(archive), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd="/")


# What is in it


def test_it_runs_on_every_system_and_python(archive: Path) -> None:
    """No extension modules; each module is there as a source, too, which any Python compiles."""
    names = zipfile.ZipFile(archive).namelist()
    assert not [name for name in names if name.endswith((".so", ".pyd", ".c", ".h"))]
    assert {name for name in names if name.endswith(".pyc")} == {
        f"{name}c" for name in names if name.endswith(".py") and name != "__main__.py"
    }
    assert os.access(archive, os.X_OK)
    assert archive.read_bytes().startswith(b"#!/usr/bin/env python3\nPK")


def test_the_licence_of_every_package_is_in_it(archive: Path) -> None:
    with zipfile.ZipFile(archive) as contents:
        names = contents.namelist()
        assert contents.read("chatroom/LICENSE") == (ROOT / "LICENSE").read_bytes()
        described = [name for name in names if name.endswith(".dist-info/METADATA")]
        about = {name: message_from_bytes(contents.read(name)) for name in described}
    assert {"h11", "websockets", "cattrs"} <= {str(each["Name"]) for each in about.values()}
    for name, words in about.items():
        directory = name.removesuffix("METADATA")
        for licence in words.get_all("License-File", []):
            assert f"{directory}licenses/{licence}" in names
        assert words.get_all("License-File"), name
    packages = {name.partition("/")[0] for name in names if name.endswith("/__init__.py")}
    assert packages >= {"chatroom", "h11", "websockets", "cattrs", "attrs", "segno", "emoji"}


def test_nothing_in_it_tells_where_it_was_made(archive: Path) -> None:
    """Neither pip's notes nor the places of the sources, which would also change its bytes."""
    here = [os.fsencode(place) for place in (ROOT, sys.prefix, archive.parent)]
    with zipfile.ZipFile(archive) as contents:
        for name in contents.namelist():
            assert not [each for each in here if each in contents.read(name)], name
            assert not name.endswith((".dist-info/RECORD", "direct_url.json", ".pyi")), name


# How it is used


def test_the_part_has_to_be_named(archive: Path) -> None:
    usage = r"usage: chatroom.pyz server .*\n +chatroom.pyz client "
    done = run(archive)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(usage, done.stderr)
    done = run(archive, "sever")
    assert done.returncode == 2
    assert done.stderr.startswith("chatroom.pyz: expected server or client, not 'sever'\nusage")
    done = run(archive, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(usage, done.stdout)
    assert run(archive, "--version").stdout == f"Chatroom {__version__}\n"


def test_each_part_has_its_help(archive: Path) -> None:
    for part in ("server", "client"):
        done = run(archive, part, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"usage: chatroom.pyz {part} [-h]")
    done = run(archive, "client", "send", "--help")
    assert done.stdout.startswith("usage: chatroom.pyz client send [-h]")


def test_the_hosts_file_beside_it(archive: Path) -> None:
    file = archive.with_name("hosts_port.csv")
    file.write_text("127.0.0.1,1,Nobody\n")
    done = run(archive, "client", "rooms", "--nick", "x")
    file.unlink()
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr


def test_tracebacks_show_the_source(archive: Path) -> None:
    program = "import logging; from chatroom.net.addresses import parse_address\n"
    program += "try: parse_address(3)\nexcept AttributeError: logging.exception('')\n"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={**os.environ, "PYTHONPATH": str(archive)},
        capture_output=True,
        text=True,
    )
    assert "chatroom.pyz/chatroom/net/addresses.py" in done.stderr
    assert 'if text.startswith("unix:"):' in done.stderr


# A machine without network, without packages, with a file system that cannot be written to


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The only directory that can be written to."""
    return tmp_path_factory.mktemp("only")


@pytest.fixture(scope="module")
def server(archive: Path, place: Path) -> Iterator[Server]:
    """A server in such a place. It listens on a socket there: nobody else can reach its ports."""
    where = ("--listen", ":0", "--listen", f"unix:{place}/socket")
    program = (*BARE_PYTHON, str(archive), "server")
    prefix = isolated(place)
    with Server(
        place, *where, config=FLOOD_OFF, listen=False, prefix=prefix, program=program
    ) as running:
        yield running
        running.end_well()


def knock(server: Server) -> Client:
    """A connection to its socket."""
    return server.knock(server.directory / "socket")


def say(server: Server, archive: Path, *words: str, text: str = "") -> str:
    """What a client shows that is started on such a machine, too; it ends well."""
    command = [*isolated(server.directory), *BARE_PYTHON, str(archive), "client", *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_conversation(server: Server, archive: Path) -> None:
    """With netcat, IRC and the client; what was said is in the history, and can be found."""
    with knock(server) as carol, knock(server) as dave:
        carol.send("carol", "general").read_until("^Welcome to room general")
        dave.register("dave").send("JOIN #general").wait("366")
        carol.send("who brings the tea?")
        dave.wait("PRIVMSG", "#general", "who brings the tea?")
        where = ("--server", f"unix:{server.directory}/socket", "--nick", "eve")
        say(server, archive, "send", *where, "--room", "general", "I do")
        carol.read_until("<eve> I do")
        carol.send("/search tea").read_until("<carol> who brings the tea?")
        shown = say(server, archive, "history", "general", *where)
        assert "<carol> who brings the tea?\n" in shown
        assert "<eve> I do\n" in shown


def test_the_page(server: Server) -> None:
    with knock(server) as browser:
        browser.send("GET / HTTP/1.1", "Host: localhost", "Connection: close", "")
        assert "<!doctype html>" in browser.end()


def test_tls(server: Server, archive: Path) -> None:
    """The server has made a certificate, and the client checks it."""
    fingerprint = server.wait_for(r"fingerprint: (\S+)")[1]
    context = ssl.create_default_context(cafile=str(server.directory / "data/certificate.pem"))
    context.check_hostname = False
    with socket.socket(socket.AF_UNIX) as plain:
        plain.connect(str(server.directory / "socket"))
        with Client(context.wrap_socket(plain)) as tess:
            tess.register("tess").send("JOIN #tls").wait("366")
            words = (f"unix:{server.directory}/socket", "--nick", "uwe", "--room", "tls")
            trust = ("--tls", "--fingerprint", fingerprint)
            shown = say(server, archive, *words, *trust, text="hello\n")
            tess.wait("PRIVMSG", "#tls", "hello")
    assert "<You> hello" in shown


def test_an_update_of_the_file_harms_no_server(server: Server, archive: Path) -> None:
    """All modules and the page are in memory, so the old version goes on until it is restarted."""
    original = archive.read_bytes()
    other = archive.with_name("other")
    other.write_bytes(b"another version")
    other.replace(archive)
    try:
        with knock(server) as fred, knock(server) as browser:
            fred.send("fred", "general").read_until("^Welcome to room general")
            browser.send("GET /main.js HTTP/1.1", "Host: localhost", "Connection: close", "")
            assert "200" in browser.end()[0]
            assert "101" in websocket_answer(server)
    finally:
        other.write_bytes(original)
        other.replace(archive)


def websocket_answer(server: Server) -> str:
    """The first line of the answer to a WebSocket's handshake."""
    with knock(server) as browser:
        browser.send(
            *("GET /irc HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket"),
            *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ""),
        )
        line = browser.line()
        assert line is not None
        return line


# The units of deploy/, and a systemd


@pytest.mark.slow
@pytest.mark.foreign
def test_systemd_brings_it_back_after_a_crash(archive: Path, tmp_path: Path) -> None:
    """It is confined, finds what was said, reads its configuration again, is upgraded without being
    restarted, and loses nothing by a `kill -9`; somebody who comes meanwhile waits for it."""
    found = what_systemd_does(archive, tmp_path)
    assert found["started"]["StatusText"] == "people: 0, rooms: 1, connections: 0"
    process = found["process"]
    assert set(process["CapBnd"]) == {"0"}
    assert (process["NoNewPrivs"], process["Seccomp"]) == ("1", "2")
    assert process["Uid"].split()[0] not in ("0", "65534")
    assert "general <alice> who brings the tea?" in found["found"]
    assert found["reloaded"] == {"ActiveState": "active", "NRestarts": "0"}
    assert found["upgraded"] == {"ActiveState": "active", "NRestarts": "0"}
    assert "<alice> who brings the tea?" in found["after an upgrade"]
    assert "<alice> who brings the tea?" in found["after a crash"]
    assert found["restarted"] == {"ActiveState": "active", "NRestarts": "1"}
    assert found["stopped"] == {"ActiveState": "inactive", "Result": "success"}
