"""A running server says how it is: `chatroom-server status` and /metrics, and without a server."""

import json
import re
import resource
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import warm
from chatroom.server.control.ask import ControlError, ask
from harness import SERVER, Server


def status(directory: Path, *words: str) -> tuple[int, str, str]:
    command = [sys.executable, str(SERVER), "status", *words]
    command += ["-c", str(directory / "chatroom.toml"), "--data", str(directory / "data")]
    done = warm.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout, done.stderr


def test_the_status_of_a_running_server(server: Server) -> None:
    """For people and for programs; ticks and commits have been timed."""
    with server.join("ann", "#den") as ann:
        ann.ask("PRIVMSG #den :hello")
        code, out, errors = status(server.directory)
        assert (code, errors) == (0, "")
        assert out.startswith("Chatroom ")
        assert f"\nListening on  127.0.0.1:{server.port}\n" in out
        code, out, errors = status(server.directory, "--json")
        values = json.loads(out)
    assert (code, errors, values["pid"]) == (0, "", server.process.pid)
    assert values["connections"]["irc"] == 1
    for durations in (values["tick"], values["commit"]):
        assert durations["count"] > 0
        assert 0 < durations["p50"] <= durations["p99"] < 10


def test_the_metrics_of_a_running_server(server: Server) -> None:
    """Each request is a tick, which the next one has timed."""
    ticks = []
    for _ in range(2):
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
            text = answer.read().decode()
        found = re.search(r"^chatroom_tick_seconds_count (\d+)$", text, re.MULTILINE)
        assert found
        ticks.append(int(found[1]))
    assert 0 < ticks[0] < ticks[1]
    assert f"\nprocess_max_fds {resource.getrlimit(resource.RLIMIT_NOFILE)[1]}\n" in text


def test_a_stopped_server(server: Server) -> None:
    """Which Ctrl-Z does: the tool waits for a bounded time, and nothing is lost of what follows."""

    server.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(ControlError, match="does not answer; it may be stopped or stuck"):
            ask(server.directory / "data", "status", {}, 0.05)
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert ask(server.directory / "data", "status", {})["pid"] == server.process.pid


def test_no_server(tmp_path: Path) -> None:
    """Or one that has no control socket."""
    (tmp_path / "chatroom.toml").write_text("")
    code, out, errors = status(tmp_path)
    assert (code, out) == (1, "")
    assert errors == f"chatroom-server: no server uses the data directory {tmp_path / 'data'}\n"
    (tmp_path / "chatroom.toml").write_text("[history]\nenabled = false\n")
    code, out, errors = status(tmp_path)
    assert (code, out) == (1, "")
    assert "history.enabled is false, so the server has no control socket" in errors
