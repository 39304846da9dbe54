"""The client's subcommands as processes, for the tests of them."""

import os
import subprocess
import sys
from collections.abc import Sequence

from harness import CLIENT, PATIENCE, Server


def command(server: Server, *arguments: str, nick: str = "script") -> list[str]:
    """`chatroom-client COMMAND ...` for that server."""
    where = ["--server", f"127.0.0.1:{server.port}", "--nick", nick]
    return [sys.executable, str(CLIENT), *arguments[:1], *where, *arguments[1:]]


def run(
    server: Server, *arguments: str, text: str | bytes = "", nick: str = "script"
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, with `text` as standard input."""
    return finish(command(server, *arguments, nick=nick), text)


def finish(whole: Sequence[str], text: str | bytes = "") -> subprocess.CompletedProcess[str]:
    """Run any command to its end."""
    data = text.encode() if isinstance(text, str) else text
    done = subprocess.run(whole, input=data, capture_output=True, timeout=PATIENCE)
    out, errors = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in errors, errors
    return subprocess.CompletedProcess(done.args, done.returncode, out, errors)


def start(server: Server, *arguments: str, nick: str = "script") -> subprocess.Popen[str]:
    """Start it, with pipes for all that it reads and writes."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(server, *arguments, nick=nick),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
