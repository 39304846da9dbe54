"""`chatroom-server history import`: our own exports, and what those of other programs share."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from chatroom.server.config.options import Import
from chatroom.server.progress import STANDARD, Progress, print_lines, report
from chatroom.store.database import DataDirectory, StoreError, as_store_error
from chatroom.store.foreign.reading import Reading
from chatroom.store.importing import BadLines, Intake, numbered_lines
from chatroom.store.jsonl import BadLine, Entry, read_entry
from chatroom.text.display import visible
from chatroom.wire.names import bare
from chatroom.wire.reference import format_time, parse_time


class Faulty(Exception):
    """The import is refused; `args` are the errors."""


def import_own(tool: Import, data: Path) -> None:
    """Import one of our own exports. Raises StoreError, and Faulty."""
    if len(tool.files) > 1 or tool.room or tool.private:
        raise StoreError("An export of Chatroom is one file; --room and --private are for others")
    [path] = tool.files
    name = "standard input" if path == STANDARD else str(path)
    with as_store_error(f"Cannot read {name}"):
        file = sys.stdin.buffer if path == STANDARD else path.open("rb")
    with file:
        if tool.dry_run:
            _show_own(file, name)
            return
        with closing(DataDirectory(data)), closing(Intake(data)) as intake:
            write(intake, lambda told: _check_own(intake, file, name, told), "lines")


def _check_own(intake: Intake, file: BinaryIO, name: str, told: Progress) -> int:
    try:
        return intake.check(file, told)
    except BadLines as bad:
        raise Faulty(*_faults(bad, name)) from None


def _faults(bad: BadLines, name: str) -> Iterator[str]:
    for number, fault in bad.faults:
        yield f"{name} line {number}: {fault}"
    if bad.count > len(bad.faults):
        yield f"... and {bad.count - len(bad.faults)} more"


def _show_own(file: BinaryIO, name: str) -> None:
    reading = Reading()
    reading.begin(name)

    def entries() -> Iterator[Entry]:
        with as_store_error(f"Cannot read {name}"):
            for reading.line, line in numbered_lines(file):
                try:
                    yield read_entry(line)
                except BadLine as bad:
                    reading.fault("; ".join(bad.args))

    show(entries(), reading)
    refuse_faults(reading)


def write(intake: Intake, check: Callable[[Progress], int], unit: str) -> None:
    """Check everything, and write it if nothing is wrong."""
    progress = Progress("Checking", unit)
    count = check(progress)
    progress.end(count)
    progress = Progress("Importing", "messages", count)
    taken = intake.write(progress)
    progress.end(taken.added)
    report(
        "import",
        f"{taken.added:,} messages imported, {taken.known:,} were already in the history.",
    )


def refuse_faults(reading: Reading) -> None:
    """Raise Faulty if something is wrong in what was read."""
    if not reading.fault_count:
        return
    more = reading.fault_count - len(reading.faults)
    raise Faulty(
        *(visible(str(each)) for each in reading.faults), *[f"... and {more} more"] * (more > 0)
    )


def show(entries: Iterable[Entry], reading: Reading) -> None:
    """Show what there is, room by room."""
    progress = Progress("Reading", "messages")
    rooms: dict[str, tuple[int, int, int]] = {}
    total = 0
    for total, entry in enumerate(entries, 1):
        at = parse_time(entry.message.tags["time"])
        count, first, last = rooms.get(entry.room, (0, at, at))
        rooms[entry.room] = count + 1, min(first, at), max(last, at)
        if total % 1000 == 0:
            progress(total)
    progress.end(total)
    if reading.fault_count:
        return
    print_lines(
        *(
            f"{count:>12,}  {_short(first)}  {_short(last)}  {visible(bare(room))}"
            for room, (count, first, last) in sorted(rooms.items(), key=lambda each: -each[1][0])
        ),
        f"{total:>12,}  messages in {_rooms(len(rooms))}. Nothing was imported.",
    )


def _rooms(count: int) -> str:
    return "1 room" if count == 1 else f"{count:,} rooms"


def _short(at: int) -> str:
    return format_time(at)[:19].replace("T", " ")
