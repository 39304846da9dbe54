"""Both programs in surroundings that are not a person's terminal: streams that are closed, full or
narrow, no home directory, no current directory."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

import warm
from harness import CLIENT, PATIENCE, ROOT, SERVER, Server, wait_until

CLOSED = "Cannot write to standard output: it is closed\n"
FULL = "Cannot write to standard output: No space left on device\n"
CLOSED_BY = {"<&-": 0, ">&-": 1, "2>&-": 2}
WORDS = "Grüße 太郎 🎉"

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Somebody sits in ops, and has said something."""
    with Server(tmp_path_factory.mktemp("server")) as running, running.join("ann", "#ops") as ann:
        ann.ask(f"PRIVMSG #ops :{WORDS}")
        yield running


def run(
    command: Sequence[object],
    redirections: str = "",
    directory: Path = ROOT,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run to the end, with some of a shell's redirections."""
    pipe = subprocess.PIPE
    full = redirections == ">/dev/full"
    with Path("/dev/full").open("wb") if full else nullcontext(pipe) as output:
        done = warm.run(
            list(map(str, command)),
            closed=[] if full else [CLOSED_BY[each] for each in redirections.split()],
            cwd=directory,
            env=dict(os.environ) if environment is None else environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=pipe,
            timeout=PATIENCE,
        )
    out, errors = (done.stdout or b"").decode(), done.stderr.decode()
    assert "Traceback" not in errors, errors
    assert "Exception ignored" not in errors, errors
    return subprocess.CompletedProcess(done.args, done.returncode, out, errors)


def client(server: Server, words: str) -> list[str]:
    """`chatroom-client WORDS`, a subcommand, for this server."""
    subcommand, *rest = words.split()
    where = ["--server", f"127.0.0.1:{server.port}", "--nick", "script"]
    return [sys.executable, str(CLIENT), subcommand, *where, *rest]


ANSWERS = ("rooms", "who ops", "history ops", "search --json 太郎")


@pytest.mark.parametrize("words", ANSWERS)
def test_an_answer_that_cannot_be_written(server: Server, words: str) -> None:
    done = run(client(server, words), ">&-")
    assert (done.returncode, done.stderr) == (1, f"chatroom-client: {CLOSED}")
    assert run(client(server, words), ">&- 2>&-").returncode == 1
    if Path("/dev/full").exists():
        done = run(client(server, words), ">/dev/full")
        assert (done.returncode, done.stderr) == (1, f"chatroom-client: {FULL}")


def test_nobody_sees_the_complaints(server: Server) -> None:
    """What was asked for is done all the same."""
    for redirections in ("2>&-", "2>&- <&-"):
        done = run(client(server, "history ops"), redirections)
        assert (done.returncode, WORDS in done.stdout) == (0, True)
    assert run(client(server, "send --room ops hello"), ">&- 2>&- <&-").returncode == 0
    assert run(client(server, "who nowhere"), "2>&-").returncode == 1


def test_nothing_to_send(server: Server) -> None:
    done = run(client(server, "send --room ops"), "<&-")
    assert (done.returncode, done.stderr) == (
        1,
        "chatroom-client: Cannot read standard input: it is closed.\n",
    )


@pytest.mark.parametrize("option", ["--help", "--version"])
@pytest.mark.parametrize(("program", "name"), [(CLIENT, "client"), (SERVER, "server")])
def test_help_that_cannot_be_written(program: Path, name: str, option: str) -> None:
    done = run([sys.executable, program, option], ">&-")
    assert (done.returncode, done.stderr) == (1, f"chatroom-{name}: {CLOSED}")


@needs_full
@pytest.mark.parametrize("option", ["--help", "--version", "--print-config", "--check"])
def test_what_the_server_prints_on_a_full_disk(tmp_path: Path, option: str) -> None:
    done = run([sys.executable, SERVER, option, "--data", tmp_path], ">/dev/full")
    assert (done.returncode, done.stderr) == (1, f"chatroom-server: {FULL}")


def test_letters_that_the_encoding_lacks(server: Server) -> None:
    """JSON has the same text, and a person sees that something else stood there."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = run(client(server, "history --json ops -n 1000"), environment=environment)
    assert done.returncode == 0
    assert WORDS in [json.loads(line)["text"] for line in done.stdout.splitlines()]
    done = run(client(server, "history ops -n 1000"), environment=environment)
    assert "<ann> Gr\\u00fc\\u00dfe" in done.stdout
    assert "?" not in done.stdout


def test_the_server_without_standard_streams(tmp_path: Path) -> None:
    """No file of its own gets their numbers."""
    path = tmp_path / "s"
    command = [sys.executable, SERVER, "--listen", f"unix:{path}", "--data", tmp_path / "data"]
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *map(str, command)], cwd=tmp_path
    )
    try:
        wait_until(lambda: path.exists() or process.poll() is not None)
        assert process.poll() is None
        numbers = Path(f"/proc/{process.pid}/fd")
        assert {str((numbers / name).readlink()) for name in "012"} == {os.devnull}
    finally:
        process.terminate()
    assert process.wait(PATIENCE) == 0


@pytest.fixture(scope="module")
def nobody() -> list[str]:
    """What runs a command as a user that the system does not know."""
    prefix = ["unshare", "--user", "--map-user=54321"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"]).returncode:
        pytest.skip("unshare --user --map-user does not work here")
    return prefix


@pytest.mark.parametrize(
    "words", ["rooms", "who ops", "history ops", "search ops", "send --room ops hello"]
)
def test_no_home_for_the_client(server: Server, nobody: list[str], words: str) -> None:
    """Its configuration is what it is where there is no file."""
    done = run([*nobody, *client(server, words)], environment={})
    assert "home" not in done.stderr
    assert done.returncode == (1 if words == "search ops" else 0)


def test_no_home_for_the_terminal_client(server: Server, nobody: list[str]) -> None:
    command = [sys.executable, CLIENT, "127.0.0.1", server.port, "--nick", "bob"]
    done = run([*nobody, *command], environment={})
    assert (done.returncode, done.stderr) == (0, "")


def test_no_home_for_the_server(tmp_path: Path, nobody: list[str]) -> None:
    """One sentence, unless the data directory is named, or nothing is kept."""
    lacking = (
        "chatroom-server: there is no home directory for the data;"
        " name a directory with --data DIR\n"
    )
    program = [*nobody, sys.executable, SERVER]
    for words in ([], ["--check"], ["history", "stats"], ["backup", "x"]):
        done = run([*program, *words], directory=tmp_path, environment={})
        assert (done.returncode, done.stderr) == (1, lacking)
    check = [*program, "--check", "--listen", ":0"]
    for words in (["--data", "data"], ["--version"]):
        assert run([*check, *words], directory=tmp_path, environment={}).returncode == 0
    nothing_kept = {"CHATROOM_HISTORY_ENABLED": "no"}
    assert run(check, directory=tmp_path, environment=nothing_kept).returncode == 0


def test_a_current_directory_that_was_removed(tmp_path: Path) -> None:
    def start(*words: str) -> subprocess.CompletedProcess[str]:
        gone = tmp_path / "gone"
        gone.mkdir()
        shell = 'rmdir "$PWD"; exec "$@"'
        command = ["sh", "-c", shell, "sh", sys.executable, SERVER, "--check", *words]
        return run(command, directory=gone)

    done = start("--data", str(tmp_path / "data"), "--listen", "unix:a", "--listen", "unix:b")
    assert done.returncode == 0
    done = start("--data", "data")
    assert (done.returncode, done.stderr) == (
        1,
        "chatroom-server: data is relative to the current directory, which cannot be used: "
        "no such file or directory\n",
    )
