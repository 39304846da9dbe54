"""Lines that are remembered from one run to the next."""

import stat
from pathlib import Path

from chatroom.client.terminal.line_history import MOST_LINES, LineHistory


def test_what_one_run_types_the_next_one_knows(tmp_path: Path) -> None:
    """In a file and a directory that are nobody else's business."""
    path = tmp_path / "new" / "client_history"
    assert LineHistory(path).load() == []
    for line in ("one", "日本 👨‍👩‍👧", "two"):
        LineHistory(path).append(line)
    assert LineHistory(path).load() == ["one", "日本 👨‍👩‍👧", "two"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_several_clients_append(tmp_path: Path) -> None:
    """Nobody's line is lost, even when the file is cut back."""
    path = tmp_path / "client_history"
    one, other = LineHistory(path), LineHistory(path)
    for number in range(MOST_LINES + 1):
        one.append(f"one {number}")
        other.append(f"other {number}")
    assert len(one.load()) == MOST_LINES
    assert len(path.read_text().splitlines()) == MOST_LINES
    other.append("last")
    assert one.load()[-2:] == [f"other {MOST_LINES}", "last"]


def test_strange_lines_are_left_out(tmp_path: Path) -> None:
    """Whoever wrote them there: they would be drawn."""
    path = tmp_path / "client_history"
    path.write_bytes(b"good\n\x1b[2Jbad\n\xffhalf\n")
    assert LineHistory(path).load() == ["good", "\ufffdhalf"]
