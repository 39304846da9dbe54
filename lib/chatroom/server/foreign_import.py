"""`chatroom-server history import --from`: the histories of other programs."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC
from pathlib import Path

from chatroom.server.config.options import Import
from chatroom.server.import_tool import refuse_faults, show, write
from chatroom.server.progress import STANDARD, Progress, report
from chatroom.store.database import DataDirectory, StoreError
from chatroom.store.foreign.entries import Entries
from chatroom.store.foreign.formats import FORMATS, OF_LOGS
from chatroom.store.foreign.reading import Reading
from chatroom.store.foreign.tree import Files
from chatroom.store.importing import Intake
from chatroom.store.jsonl import BadLine, Entry, entry_line, read_entry
from chatroom.text.display import visible

_MOST_NAMES = 40
"""Changed names that are listed."""


def import_foreign(tool: Import, data: Path) -> None:
    """Import files of another program. Raises StoreError, and Faulty."""
    if STANDARD in tool.files:
        raise StoreError(
            f"--from {tool.source} needs the names of files, so - cannot be one of them"
        )
    reading = Reading(tool.zone, tool.room or "", tool.private)
    made = Entries(tool.source)
    with ExitStack() as opened:
        tree = opened.enter_context(Files(list(tool.files)))
        entries = _entries(tool.source, tree, reading, made)
        if tool.dry_run:
            show(entries, reading)
            refuse_faults(reading)
        else:
            opened.enter_context(closing(DataDirectory(data)))
            intake = opened.enter_context(closing(Intake(data)))

            def check(told: Progress) -> int:
                count = intake.check_entries(entries, told)
                refuse_faults(reading)
                return count

            write(intake, check, "messages")
    notes = list(_notes(tool, reading, made))
    if notes:
        report("import", *notes)


def _entries(format: str, tree: Files, reading: Reading, made: Entries) -> Iterator[Entry]:
    """The entries, each checked as one of our own exports is."""
    for happened in FORMATS[format](tree, reading):
        for entry in made.of(happened):
            try:
                yield read_entry(entry_line(entry).encode())
            except BadLine as bad:
                reading.fault("; ".join(bad.args))


def _notes(tool: Import, reading: Reading, made: Entries) -> Iterator[str]:
    """What the operator should know about it."""
    for what, count in reading.skipped.most_common():
        yield f"Left out: {count:,} {what}."
    if tool.source in OF_LOGS:
        zone = "UTC; --timezone says another zone" if tool.zone is UTC else f"{tool.zone}"
        yield f"Times without a zone were read as {zone}."
    changed = made.names.changed
    if changed:
        yield "Names that are different here:"
        for there, here in list(changed.items())[:_MOST_NAMES]:
            yield f"  {visible(there)[:80]} -> {here}"
        if len(changed) > _MOST_NAMES:
            yield f"  ... and {len(changed) - _MOST_NAMES:,} more"
