"""How the log looks: for people, for programs, and in systemd's journal."""

import json
import logging
import os
import sys
from pathlib import Path

import pytest

import warm
from chatroom.server.log_formats import JSON, TEXT, LogFormat, is_journal
from harness import SERVER


def record(level: int, template: str, *values: object, trace: bool = False) -> logging.LogRecord:
    """A record that was made at 2026-11-29 20:45:06.25 UTC."""
    error = None
    if trace:
        try:
            raise KeyError("oops")
        except KeyError:
            error = sys.exc_info()
    made = logging.LogRecord("chatroom", level, "", 0, template, values, error)
    made.created = 1795985106.25
    return made


JOINED = record(logging.INFO, "%s joined %s", "ann", "gärten")
BUG = record(logging.ERROR, "Unhandled exception while serving %s", "ann", trace=True)


def test_text() -> None:
    """A traceback follows, as Python writes it."""
    text = LogFormat(TEXT, in_journal=False)
    assert text.format(JOINED) == "[SERVER] ann joined gärten"
    lines = text.format(BUG).splitlines()
    assert lines[0] == "[SERVER] Unhandled exception while serving ann"
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == "KeyError: 'oops'"


def test_json() -> None:
    """One object in each line: also with a traceback, or a line end in a text."""
    as_json = LogFormat(JSON, in_journal=False)
    assert json.loads(as_json.format(JOINED)) == {
        "time": "2026-11-29T20:45:06.250Z",
        "level": "info",
        "message": "ann joined gärten",
        "template": "%s joined %s",
        "values": ["ann", "gärten"],
    }
    assert "gärten" in as_json.format(JOINED)
    bug = as_json.format(BUG)
    assert "\n" not in bug
    assert json.loads(bug)["exception"].endswith("KeyError: 'oops'")
    plain = json.loads(as_json.format(record(logging.WARNING, 'a "quote"\nand more')))
    assert (plain["level"], plain["message"]) == ("warning", 'a "quote"\nand more')
    assert "values" not in plain
    assert "values" not in as_json.format(record(logging.WARNING, "%s", "c.toml: a fault"))
    values = record(logging.INFO, "%s %d %s", Path("/a"), 3, ("x",))
    assert json.loads(as_json.format(values))["values"] == ["/a", 3, "('x',)"]


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (logging.DEBUG, "<7>"),
        (logging.INFO, "<6>"),
        (logging.WARNING, "<4>"),
        (logging.ERROR, "<3>"),
        (logging.CRITICAL, "<2>"),
        (35, "<6>"),
    ],
)
def test_priorities_in_the_journal(level: int, priority: str) -> None:
    """On each line, because each becomes an entry; the journal knows the program's name."""
    assert LogFormat(TEXT, in_journal=True).format(record(level, "Hello")) == f"{priority}Hello"
    as_json = LogFormat(JSON, in_journal=True).format(record(level, "Hello"))
    assert json.loads(as_json.removeprefix(priority))["message"] == "Hello"


def test_a_traceback_in_the_journal() -> None:
    lines = LogFormat(TEXT, in_journal=True).format(BUG).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)


def test_which_descriptor_is_the_journal() -> None:
    read_end, write_end = os.pipe()
    there = os.fstat(write_end)
    stream = {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}
    assert is_journal(write_end, stream)
    assert not is_journal(write_end, {})
    with open(os.devnull, "wb") as elsewhere:  # noqa: PTH123
        assert not is_journal(elsewhere.fileno(), stream)
    os.close(read_end)
    os.close(write_end)
    assert not is_journal(write_end, stream)


@pytest.mark.parametrize(("words", "form"), [((), "text"), (("--log-format", "json"), "json")])
def test_the_server_in_the_journal(tmp_path: Path, words: tuple[str, ...], form: str) -> None:
    """Which has taken its standard error: here it fails to start, and says why."""
    read_end, write_end = os.pipe()
    there = os.fstat(write_end)
    command = [sys.executable, str(SERVER), "--listen", f"unix:{tmp_path}/none/s", *words]
    stream = f"{there.st_dev}:{there.st_ino}"
    with warm.Popen(
        [*command, "--data", str(tmp_path / "data")],
        stderr=write_end,
        cwd=tmp_path,
        env={**os.environ, "JOURNAL_STREAM": stream},
    ) as process:
        os.close(write_end)
        with os.fdopen(read_end) as journal:
            lines = journal.read().splitlines()
        assert process.wait() == 1
    (line,) = [one for one in lines if "Cannot listen" in one]
    if form == "text":
        assert line.startswith("<3>Cannot listen on unix:")
    else:
        assert json.loads(line.removeprefix("<3>"))["level"] == "error"
