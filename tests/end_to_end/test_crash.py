"""scripts/crash.py, a short run of it; and that it sees what it looks for."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import warm
from end_to_end import inside
from harness import ROOT

SCRIPT = ROOT / "scripts" / "crash.py"
COUNTS = ("kills", "received", "kept", "promises", "missing", "doubled", "disordered", "broken")


def load() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("crash", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["crash"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


crash = load()


def run(kills: int, *arguments: str) -> tuple[int, dict[str, int], str]:
    """Its exit status, the last row of its table, and all that it printed."""
    status, out, errors = inside.run(crash.main, "--kills", str(kills), *arguments)
    rows = [line.replace(",", "").split() for line in out.splitlines()]
    rows = [row for row in rows if len(row) == len(COUNTS) and row[0].isdigit()]
    assert rows, out + errors
    return status, dict(zip(COUNTS, map(int, rows[-1]), strict=True)), out + errors


def test_nothing_is_lost() -> None:
    """Durable before seen (docs/history.md, "The guarantee")."""
    status, counts, shown = run(2)
    assert status == 0, shown
    assert counts["kills"] == 2
    assert counts["kept"] >= counts["received"] > 0
    assert counts["promises"] > 0
    assert counts["missing"] == counts["doubled"] == counts["disordered"] == 0
    assert counts["broken"] == 0


CARELESS = f"""
import sys, threading
sys.path.insert(0, {str(ROOT / "lib")!r})
from chatroom.server import main
from chatroom.server.server import Server
from chatroom.store.history import History

record, commit = History.record, Server.commit
said = threading.Event()

def record_and_see(history, log, message, *others):
    if message.command == "PRIVMSG":
        said.set()
    return record(history, log, message, *others)

def commit_never(server):
    if said.is_set():
        server.flush()
        threading.Event().wait()
    return commit(server)

History.record, Server.commit = record_and_see, commit_never
sys.exit(main.main())
"""
"""A server that shows what was said first, and is killed before it writes it."""

LONG_TALK = 2
"""A seed with which the first kill comes 0.3 seconds after the beginning of the talk."""


def test_it_is_a_script() -> None:
    command = [sys.executable, str(SCRIPT), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--kills" in done.stdout


def test_it_sees_what_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "careless.py"
    program.write_text(CARELESS)
    monkeypatch.setattr(warm, "SCRIPTS", {*warm.SCRIPTS, str(program)})
    status, counts, shown = run(1, "--seed", str(LONG_TALK), "--server", str(program))
    assert status == 1, shown
    assert counts["missing"] > 0
    assert counts["doubled"] == counts["disordered"] == 0


def heard(*texts: str, room: str = "#one") -> list[object]:
    """Messages whose msgid is their text."""
    return [crash.Heard(room, f"id-{text}", text) for text in texts]


KEPT = {"#one": heard("a", "b", "c"), "#two": heard("x", "y", room="#two")}


@pytest.mark.parametrize(
    ("streams", "kept", "missing", "doubled", "disordered"),
    [
        ([heard("a", "b", "c"), heard("b")], KEPT, 0, 0, 0),
        ([heard("c") + heard("x", room="#two"), heard("a", "c")], KEPT, 0, 0, 0),
        ([], KEPT, 0, 0, 0),
        ([heard("a", "d"), heard("d")], KEPT, 1, 0, 0),
        ([heard("x")], KEPT, 1, 0, 0),
        ([[crash.Heard("#one", "id-b", "a")]], KEPT, 1, 0, 0),
        ([heard("b", "a", "c")], KEPT, 0, 0, 1),
        ([heard("a", "a")], KEPT, 0, 0, 1),
        ([heard("a")], {"#one": heard("a", "b", "a")}, 0, 1, 0),
    ],
)
def test_what_is_counted(
    streams: list[list[object]],
    kept: dict[str, list[object]],
    missing: int,
    doubled: int,
    disordered: int,
) -> None:
    tally = crash.compare(streams, kept)
    assert (tally.missing, tally.doubled, tally.disordered) == (missing, doubled, disordered)
    assert tally.violations == missing + doubled + disordered
    assert tally.kept == sum(map(len, kept.values()))
    assert tally.received == len({one for stream in streams for one in stream})


def test_what_is_a_promise() -> None:
    """What was asked for and not confirmed may have happened or not; what was confirmed has."""
    ledger = crash.Ledger()
    ledger.ask(("owners", "#den"), "bob")
    ledger.check(("owners", "#den"), None)
    assert (ledger.promises, ledger.broken) == (0, [])
    ledger.ask(("owners", "#den"), "bob")
    ledger.confirm(("owners", "#den"))
    ledger.ask(("owners", "#den"), "carol")
    ledger.check(("owners", "#den"), "carol")
    assert (ledger.promises, ledger.broken) == (1, [])
    ledger.check(("owners", "#den"), "bob")
    assert len(ledger.broken) == 1
