"""Where the tools write: closed, full, ASCII, or slow; nothing is lost without a word."""

import json
import os
import select
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

import warm
from chatroom.store.history import History
from harness import PATIENCE, SERVER, wait_until
from store.talk import ask, say

TEXT = "größe 茶 🪿"
TOOLS = (["history", "export"], ["history", "stats"], ["history", "stats", "--format", "json"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data")
    history = History(directory, "process")
    say(history, *[f"{TEXT} {number}" for number in range(1000)])
    history.close()
    return directory


def command(data: Path, *words: str) -> list[str]:
    return [sys.executable, str(SERVER), "--data", str(data), *words]


def run(data: Path, *words: str, end: str = "") -> subprocess.CompletedProcess[bytes]:
    """With `end` as a shell's redirection, of which there are a few."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    pipe = subprocess.PIPE
    with Path("/dev/full").open("wb") if end == ">/dev/full" else nullcontext(pipe) as output:
        return warm.run(
            command(data, *words),
            closed=CLOSED_BY.get(end, ()),
            stdout=output,
            stderr=pipe,
            env=environment,
        )


CLOSED_BY = {">&-": [1], "2>&-": [2]}
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
    known = "0 messages imported, 1,000 were already in the history."
    for end, why in ((">&-", CLOSED), (">/dev/full", FULL)):
        done = run(data, "backup", "--force", str(copy), end=end)
        size = copy.stat().st_size
        backup = (
            f"The backup is complete: {copy}: 1,000 messages, 0 files of 0 bytes,"
            f" {size:,} bytes in all, checked; without a config file."
        )
        assert (done.returncode, done.stderr.decode()) == (1, f"{CANNOT}{why}. {backup}\n")
        done = run(data, "history", "import", str(lines), end=end)
        told = f"{CANNOT}{why}. The import is complete: {known}\n"
        assert (done.returncode, done.stderr.decode()) == (1, told)


def test_letters_are_utf8_whatever_the_locale(data: Path) -> None:
    done = run(data, "history", "export")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.splitlines()[0])["params"][1] == f"{TEXT} 0"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_short_writes_lose_nothing(data: Path, unbuffered: str) -> None:
    """A pipe that is full again and again, and non-blocking: whoever shares it may make it so."""
    there, here = os.pipe()
    os.set_blocking(here, False)
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with warm.Popen(
        command(data, "history", "export"), stdout=here, stderr=subprocess.PIPE, env=environment
    ) as process:
        found = b""

        def full() -> bool:
            return not select.select([], [here], [], 0)[1]

        while process.poll() is None:
            wait_until(lambda: full() or process.poll() is not None, pause=0.001)
            if full():
                found += os.read(there, 4096)
        os.close(here)
        while more := os.read(there, 65_536):
            found += more
        os.close(there)
        assert process.stderr is not None
        assert (process.wait(PATIENCE), process.stderr.read()) == (0, b"")
    lines = found.splitlines()
    assert len(lines) == 1000
    assert json.loads(lines[-1])["params"][1] == f"{TEXT} 999"


def test_nobody_sees_the_complaints(data: Path, tmp_path: Path) -> None:
    """Closed standard error: its number is not given to the database or to what is written."""
    copy, export = tmp_path / "copy.db", tmp_path / "export.jsonl"
    told = [run(data, *words, end="2>&-") for words in TOOLS]
    told.append(run(data, "backup", str(copy), end="2>&-"))
    told.append(run(data, "history", "export", "-o", str(export), end="2>&-"))
    assert [(done.returncode, done.stderr) for done in told] == [(0, b"")] * 5
    assert told[0].stdout == export.read_bytes()
    before = copy.read_bytes()
    for words in (["backup", str(copy)], ["history", "export", "-o", str(export)]):
        done = run(data, *words, end="2>&-")  # it exists already, and nobody is told so
        assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    (tmp_path / "bad.jsonl").write_text("nonsense\n")
    other = tmp_path / "other"
    assert run(other, "history", "import", str(tmp_path / "bad.jsonl"), end="2>&-").returncode == 1
    assert run(other, "history", "import", str(export), end="2>&-").returncode == 0
    assert copy.read_bytes() == before
    for database in (data, other):
        assert ask(database, "PRAGMA integrity_check") == [("ok",)]
        assert ask(database, "SELECT count(*) FROM message") == [(1000,)]


def test_an_export_replaces_a_file_only_when_told(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text("precious")
    done = run(data, "history", "export", "-o", str(file))
    assert done.returncode == 1
    assert b"already exists; choose another file, or use --force" in done.stderr
    assert file.read_text() == "precious"
    assert run(data, "history", "export", "--force", "-o", str(file)).returncode == 0
    assert len(file.read_bytes().splitlines()) == 1000
