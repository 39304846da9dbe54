"""A process that `warm` forks is one that Python would have started, only sooner."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import warm
from harness import CLIENT, PATIENCE, SERVER, Server, wait_until

WITHOUT_OURS = {name: os.environ[name] for name in os.environ if not name.startswith("PYTHON")}


def forked(path: Path) -> None:
    """Start so many that the next one is a fork."""
    for number in range(3):
        with Server(path / str(number)):
            pass


def descriptors(server: Server) -> list[tuple[str, str]]:
    """The number of each standard stream, and what kind of thing each descriptor is."""
    found = []
    for each in Path(f"/proc/{server.process.pid}/fd").iterdir():
        kind = str(each.readlink()).replace(str(server.directory), "")
        found.append((each.name if int(each.name) < 3 else "", kind.partition("[")[0]))
    return sorted(found)


@pytest.mark.parametrize(
    "words",
    [
        (SERVER, "-c", "here.toml", "--check"),
        (CLIENT, "unix:nothing", "--nick", "bob"),
        (CLIENT, "send", "--server", "unix:nothing", "--room", "general", "--nick", "bob"),
    ],
    ids=lambda words: " ".join(map(str, words[1:])),
)
def test_it_does_the_same(tmp_path: Path, words: tuple[str | Path, ...]) -> None:
    """Arguments, environment, directory, standard streams and status."""
    (tmp_path / "here.toml").write_text("[limits]\nnickname = 7\nnonsense = 1\n")
    command = [sys.executable, *map(str, words)]

    def told(start: Callable[..., Any]) -> tuple[int, str, str]:
        environment = {**WITHOUT_OURS, "CHATROOM_LIMITS_TOPIC": "x", "HOME": str(tmp_path)}
        done = start(
            command,
            cwd=tmp_path,
            env=environment,
            input="é\n",
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
        )
        return done.returncode, done.stdout, done.stderr

    usual = told(subprocess.run)
    assert told(warm.run) == usual


@pytest.mark.parametrize(("closed", "redirection"), [([1], ">&-"), ([0, 1, 2], "<&- >&- 2>&-")])
def test_a_stream_that_is_closed(closed: list[int], redirection: str) -> None:
    command = [sys.executable, str(SERVER), "--version"]
    shell = ["sh", "-c", f'exec "$@" {redirection}', "sh", *command]
    usual = subprocess.run(shell, capture_output=True, timeout=PATIENCE)
    for _ in range(2):
        done = warm.run(command, closed=closed, capture_output=True, timeout=PATIENCE)
        assert (done.returncode, done.stdout, done.stderr) == (
            usual.returncode,
            usual.stdout,
            usual.stderr,
        )


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_it_is_a_process_of_its_own(tmp_path: Path) -> None:
    """A fork, with its own directory and mask, and no descriptor of anybody else; our child."""
    forked(tmp_path)
    before = os.umask(0o027)
    try:
        server = Server(tmp_path / "last")
    finally:
        os.umask(before)
    with server:
        place = Path(f"/proc/{server.process.pid}")
        assert "warm_parent.py" in (place / "cmdline").read_text()
        status = (place / "status").read_text()
        assert f"PPid:\t{os.getpid()}\n" in status and "Umask:\t0027\n" in status
        assert (place / "cwd").readlink() == server.directory
        with Server(tmp_path / "usual", prefix=["env"]) as usual:
            assert "warm_parent.py" not in Path(f"/proc/{usual.process.pid}/cmdline").read_text()
            wait_until(lambda: descriptors(server) == descriptors(usual))  # some open later
        assert server.stop(signal.SIGINT) == 0
    server = Server(tmp_path / "killed")
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL


def test_another_program_is_started_as_always(tmp_path: Path) -> None:
    done = warm.run([sys.executable, "-c", "print(1)"], capture_output=True, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"1\n")
