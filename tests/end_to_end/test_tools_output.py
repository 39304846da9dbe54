"""Where the tools write: closed, full, ASCII, or slow; nothing is lost without a word."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from chatroom.store.history import History
from harness import PATIENCE, SERVER
from store.talk import say

TEXT = "größe 茶 🪿"
TOOLS = (["history", "export"], ["history", "stats"], ["history", "stats", "--format", "json"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data")
    history = History(directory, "process")
    say(history, *[f"{TEXT} {number}" for number in range(3000)])
    history.close()
    return directory


def command(data: Path, *words: str) -> list[str]:
    return [sys.executable, str(SERVER), "--data", str(data), *words]


def run(data: Path, *words: str, end: str = "") -> subprocess.CompletedProcess[bytes]:
    """By a shell, with `end` as its redirections."""
    line = f"exec {shlex.join(command(data, *words))} {end}"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    return subprocess.run(["sh", "-c", line], capture_output=True, env=environment, check=False)


CANNOT = "chatroom-server: Cannot write to standard output: "
CLOSED, FULL = "it is closed", "No space left on device"


@pytest.mark.parametrize("words", [*TOOLS, ["history", "export", "-o", "-"]], ids=" ".join)
def test_an_output_that_cannot_be_written(data: Path, words: list[str]) -> None:
    """With the words that all programs of Chatroom have for it."""
    for end, why in ((">&-", CLOSED), (">/dev/full", FULL)):
        done = run(data, *words, end=end)
        assert (done.returncode, done.stderr.decode()) == (1, f"{CANNOT}{why}\n")


def test_work_that_is_done_is_told_where_the_output_cannot_be_written(
    data: Path, tmp_path: Path
) -> None:
    copy, lines = tmp_path / "copy.db", tmp_path / "lines"
    lines.write_bytes(run(data, "history", "export").stdout)
    known = "0 messages imported, 3,000 were already there."
    for end, why in ((">&-", CLOSED), (">/dev/full", FULL)):
        done = run(data, "backup", "--force", str(copy), end=end)
        size = copy.stat().st_size
        backup = f"The backup is complete: {copy}: 3,000 messages, {size:,} bytes, checked."
        assert (done.returncode, done.stderr.decode()) == (1, f"{CANNOT}{why}. {backup}\n")
        done = run(data, "history", "import", str(lines), end=end)
        told = f"{CANNOT}{why}. The import is complete: {known}\n"
        assert (done.returncode, done.stderr.decode()) == (1, told)


def test_letters_are_utf8_whatever_the_locale(data: Path) -> None:
    done = run(data, "history", "export")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.splitlines()[0])["params"][1] == f"{TEXT} 0"


def test_short_writes_lose_nothing(data: Path) -> None:
    """A pipe that takes some bytes and is not blocking for long: without Python's own buffer."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command(data, "history", "export"), stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
        assert process.wait(PATIENCE) == 0
    assert len(lines) == 3000


def test_an_export_replaces_a_file_only_when_told(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text("precious")
    done = run(data, "history", "export", "-o", str(file))
    assert done.returncode == 1
    assert b"exists already; choose another file, or say --force" in done.stderr
    assert file.read_text() == "precious"
    assert run(data, "history", "export", "--force", "-o", str(file)).returncode == 0
    assert len(file.read_bytes().splitlines()) == 3000
