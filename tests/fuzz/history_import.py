"""An import, spoilt: all of it is in the history and comes out again, or none of it."""

import io
import json
import tempfile
from pathlib import Path
from random import Random

from chatroom.store.export import Selection, Snapshot
from chatroom.store.importing import BadLines, ImportResult, Intake
from chatroom.store.jsonl import entry_line
from fuzzing.inputs import showing, spoilt, text

KEYS = ("room", "time", "msgid", "source", "command", "params", "tags", "account", "sealed", "x")
VALUES: tuple[object, ...] = (
          None, 1, "", "x", [], {}, ["#general"], ["#general", "a\nb"], "#general", "9" * 400,
          {"+a": 1}, {"": ""}, {"time": "x"}, True, "2026-02-30T00:00:00.000Z", "REDACT", "\ud800",
          "9999-12-31T23:59:59.999Z", "JOIN", [[]], "#\u202e", "a!b@c", 1e400)  # fmt: skip
WORDS = (b"{", b"}", b'"', b"[", b",", b":", b"\\u0000", b"\\ud800", b"\xff", b"\n", b"NaN", b"1e9")
LINES = 6


def once(random: Random) -> None:
    """A file of a few lines, taken in once and then again."""
    lines = [_line(random, number) for number in range(random.randrange(1, LINES))]
    if random.random() < 0.6:
        at = random.randrange(len(lines))
        lines[at] = spoilt(random, lines[at], WORDS)
    data = b"".join(lines)
    with tempfile.TemporaryDirectory(prefix="chatroom-import-") as name, showing(data):
        directory = Path(name)
        result = _take_in(directory, data)
        kept = _exported(directory)
        if result is None:
            assert not kept
            return
        assert len(kept) == result.added
        assert result.added + result.known == sum(bool(line.strip()) for line in data.split(b"\n"))
        again = "".join(kept).encode()
        assert _take_in(directory, again) == ImportResult(0, len(kept))
        assert _exported(directory) == kept


def _line(random: Random, number: int) -> bytes:
    room = random.choice(("#general", "#General", "#Ärger"))
    entry: dict[str, object] = {
        "room": room,
        "time": f"2026-11-20T12:00:{random.randrange(60):02}.000Z",
        "msgid": f"m{number}",
        "source": "bob!bob@192.0.2.7",
        "command": random.choice(("PRIVMSG", "NOTICE")),
        "params": [room, text(random) or "x"],
    }
    if random.random() < 0.2:
        entry[random.choice(KEYS)] = random.choice(VALUES)
    return json.dumps(entry, ensure_ascii=random.random() < 0.5).encode(errors="replace") + b"\n"


def _take_in(directory: Path, data: bytes) -> ImportResult | None:
    """None if it was refused."""
    intake = Intake(directory)
    try:
        intake.check(io.BytesIO(data), lambda _: None)
        return intake.write(lambda _: None)
    except BadLines as bad:
        assert bad.faults
        return None
    finally:
        intake.close()


def _exported(directory: Path) -> list[str]:
    with Snapshot(directory) as snapshot:
        return [entry_line(entry) for entry in snapshot.entries(Selection())]
