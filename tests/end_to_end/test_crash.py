"""scripts/crash.py, a short run of it; and that it sees what it looks for."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from harness import ROOT

SCRIPT = ROOT / "scripts" / "crash.py"
COUNTS = ("kills", "received", "kept", "missing", "doubled", "disordered")


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
    command = [sys.executable, str(SCRIPT), "--kills", str(kills), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    rows = [line.replace(",", "").split() for line in done.stdout.splitlines()]
    rows = [row for row in rows if len(row) == len(COUNTS) and row[0].isdigit()]
    shown = done.stdout + done.stderr
    assert rows, shown
    return done.returncode, dict(zip(COUNTS, map(int, rows[-1]), strict=True)), shown


def test_nothing_is_lost() -> None:
    """Durable before seen (docs/history.md, "The guarantee")."""
    status, counts, shown = run(3)
    assert status == 0, shown
    assert counts["kills"] == 3
    assert counts["kept"] >= counts["received"] > 0
    assert counts["missing"] == counts["doubled"] == counts["disordered"] == 0


def test_it_sees_what_is_lost(tmp_path: Path) -> None:
    """A server that shows first and writes later; a pause makes the gap hard to miss."""
    shutil.copy(ROOT / "chatroom_server.py", tmp_path)
    shutil.copytree(ROOT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    tick = tmp_path / "lib" / "chatroom" / "server" / "server.py"
    durable, careless = (
        "        self._held = not self.commit()\n",
        "        self.flush()\n        time.sleep(0.02)\n        self._held = not self.commit()\n",
    )
    assert tick.read_text().count(durable) == 1
    tick.write_text(tick.read_text().replace(durable, careless))
    status, counts, shown = run(4, "--server", str(tmp_path / "chatroom_server.py"))
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
