"""What the client says where it cannot begin, or cannot go on: a sentence, never a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, CompletedProcess
from typing import IO

import pexpect
import pytest

import warm
from harness import CLIENT, PATIENCE, ROOT, Server


def client(*arguments: str, stdout: IO[str] | int = PIPE) -> CompletedProcess[str]:
    return warm.run(
        [sys.executable, str(CLIENT), *arguments],
        input="hi\n",
        text=True,
        timeout=PATIENCE,
        stdout=stdout,
        stderr=PIPE,
    )


@pytest.mark.parametrize("option", ["--nick", "--room"])
def test_a_line_break_in_an_option(option: str) -> None:
    """It would be a second line on the wire."""
    result = client("127.0.0.1", "1", option, "a\nb")
    assert result.returncode == 2
    assert "'a^Jb' contains control characters" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_full_disk_behind_standard_output(tmp_path: Path) -> None:
    """One sentence, and status 1."""
    if not os.path.exists("/dev/full"):  # noqa: PTH110
        pytest.skip("this system has no /dev/full")
    with Server(tmp_path) as server, open("/dev/full", "w") as full:  # noqa: PTH123
        result = client("127.0.0.1", str(server.port), "--nick", "bob", stdout=full)
    assert result.returncode == 1
    assert "Cannot write to standard output: No space left on device" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_standard_output(tmp_path: Path) -> None:
    """Closed from the beginning: status 1, without a traceback."""
    with Server(tmp_path) as server:
        command = f"exec {sys.executable} {CLIENT} 127.0.0.1 {server.port} --nick bob >&-"
        result = subprocess.run(
            ["sh", "-c", command], input="hi\n", text=True, stderr=subprocess.PIPE, timeout=PATIENCE
        )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_at_the_first_question(number: signal.Signals, tmp_path: Path) -> None:
    """Before there is a server to say goodbye to: 128 and the signal's number, as in the chat."""
    (tmp_path / "hosts_port.csv").write_text("127.0.0.1,1\n127.0.0.1,2\n")
    command = [str(CLIENT), "--no-discover"]
    child = warm.Spawn(sys.executable, command, timeout=PATIENCE, cwd=str(tmp_path))
    child.expect("Choose a server")
    child.kill(number)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 128 + number


@pytest.mark.parametrize("module", ["curses", "_curses"])
def test_a_python_without_curses(module: str, tmp_path: Path) -> None:
    """Nothing in the client needs it."""
    (tmp_path / "hosts_port.csv").write_text("127.0.0.1,1\n127.0.0.1,2\n")
    program = (
        f"import sys; sys.modules[{module!r}] = None;"
        "from chatroom.client.main import main; sys.exit(main())"
    )
    child = pexpect.spawn(
        sys.executable,
        ["-c", program, "--no-discover"],
        cwd=str(tmp_path),
        env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT / "lib")},
        timeout=PATIENCE,
    )
    child.expect(r"Choose a server \[1\]: ")
    child.sendline("exit")
    child.expect(pexpect.EOF)
    assert b"Traceback" not in child.before
    child.close()
    assert child.exitstatus == 0
