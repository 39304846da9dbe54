"""A backup of a running server, restored on another machine: everything is as it was."""

import base64
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import warm
from end_to_end.test_files import CONFIG, PASSWORD, add_alice, download, upload
from end_to_end.test_full_disk import small_disk
from end_to_end.test_tools import filled as with_history
from end_to_end.test_tools import history_of, tool
from harness import PATIENCE, SERVER, Client, Server, wait_until

__all__ = ["small_disk"]

FINGERPRINT = re.compile(r"(?<=SHA-256 fingerprint: )\S+")


def log_in(server: Server) -> Client:
    word = base64.b64encode(f"\0alice\0{PASSWORD}".encode()).decode()
    client = server.connect()
    client.send("CAP REQ sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {word}").wait("903")
    return client.register("alice", "draft/read-marker draft/metadata-2")


def told(client: Client, line: str) -> list[str]:
    return [each.params[-1] for each in client.ask(line) if each.command == "NOTICE"]


def state(server: Server, url: str) -> tuple[object, ...]:
    """What should be the same after a restore."""
    with log_in(server) as alice:
        alice.ask("JOIN #den")
        owner = [each for each in told(alice, "PRIVMSG ChanServ :INFO #den") if "alice" in each]
        marker = alice.replies("MARKREAD #den")
    return (
        owner,
        marker,
        history_of(server, "#general"),
        download(server.port, url),
        FINGERPRINT.findall(tool(server.directory, "certificate")),
        "KLINE nobody*!*@* out" in tool(server.directory, "audit"),
    )


def test_a_restored_server_is_as_before(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    add_alice(here)
    tool(here, "certificate")
    config = f'{CONFIG}[operators]\naccounts = ["alice"]\n'
    with Server(here, config=config) as server:
        url = upload(server.port, b"hello").headers["Location"]
        with log_in(server) as alice:
            alice.ask("JOIN #general", "PRIVMSG #general :found again", "JOIN #den")
            assert told(alice, "PRIVMSG ChanServ :REGISTER #den")
            alice.ask("MARKREAD #den timestamp=2026-11-20T15:00:00.000Z")
            alice.ask("OPER alice x", "KLINE nobody*!*@* :out")
        before = state(server, url)
        assert all(before), before
        arguments = [sys.executable, str(SERVER), "-c", str(here / "chatroom.toml")]
        arguments += ["--data", str(here / "data")]
        done = warm.run(
            [*arguments, "backup", str(tmp_path / "backup")],
            capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert f"checked; with the config file {here / 'chatroom.toml'}." in done.stdout
        assert f"a server (process {server.process.pid}) is using it." in tool(here, "check-data")
        server.end_well()
    there.mkdir()
    tool(there, "restore", tmp_path / "backup", "--check")
    assert list(there.iterdir()) == []
    refused = "Cannot write none/x: no such file or directory"
    tool(there, "restore", tmp_path / "backup", "--config-to", "none/x", status=1, told=refused)
    refused = "data/x is in the data directory; choose a place outside"
    tool(there, "restore", tmp_path / "backup", "--config-to", "data/x", status=1, told=refused)
    assert list(there.iterdir()) == []
    shown = tool(there, "restore", tmp_path / "backup", "--config-to", there / "chatroom.toml")
    assert f"The config file is {there / 'chatroom.toml'}.\n" in shown
    assert (there / "chatroom.toml").read_text() == config
    with Server(there, config=(there / "chatroom.toml").read_text()) as server:
        assert state(server, url) == before
        with server.join("reader", caps="batch message-tags soju.im/search") as reader:
            found = reader.send("SEARCH text=found").read_until(" BATCH -")
        assert len([line for line in found if "found again" in line]) == 1
        server.end_well()
    assert re.fullmatch(r"\S+: nothing is wrong \(.*\)\.\n", tool(there, "check-data"))
    for content in (there / "data" / "files").glob("??/*"):
        content.write_bytes(b"jello")
    assert "nothing is wrong" in tool(there, "check-data", "--quick")
    shown = tool(there, "check-data", status=1)
    assert re.search(r"is damaged .*What to do: upload it again", shown)
    assert shown.endswith("\n1 finding. Nothing was changed.\n")


def test_a_backup_that_is_killed_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    with_history(tmp_path, 3000)
    target = tmp_path / "out" / "backup"
    target.parent.mkdir()
    command = [sys.executable, str(SERVER), "--data", str(tmp_path / "data"), "backup", str(target)]
    for number in (signal.SIGKILL, signal.SIGTERM):
        with warm.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            wait_until(lambda: list(target.parent.iterdir()), pause=0.0001)
            process.send_signal(number)
            process.communicate(timeout=PATIENCE)
        if process.returncode:  # it was not faster than the signal
            assert not target.exists()
        left = [each for each in target.parent.iterdir() if each != target]
        assert bool(left) <= (number == signal.SIGKILL)
        for each in target.parent.iterdir():
            each.unlink()


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_is_said_and_leaves_nothing(small_disk: list[str], tmp_path: Path) -> None:
    here = tmp_path / "elsewhere"
    with_history(here, 4000)
    done = subprocess.run(
        [
            *small_disk, sys.executable, str(SERVER), "--data", str(here / "data"),
            "backup", str(tmp_path / "data" / "backup"),
        ],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    said = r"chatroom-server: Cannot back up into \S+/backup: (no space left on device|.* is full)"
    assert re.fullmatch(said + "\n", done.stderr), done.stderr
    assert done.returncode == 1
    listing = [*small_disk, "ls", "-A", str(tmp_path / "data")]
    assert subprocess.run(listing, capture_output=True, check=True).stdout == b""
