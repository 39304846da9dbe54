"""Tools for operators: export, import, count and back up the history, and restore a backup.

Results go to standard output, progress to standard error if that is a terminal. Each tool may raise
StoreError; all except the import and the restore work while the server runs.
"""

import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from chatroom.server.backup_tool import files_and_bytes, run_backup, run_restore
from chatroom.server.config.load import Config
from chatroom.server.config.options import JSONL, Backup, Export, Import, Restore, Stats, Tool
from chatroom.server.import_tool import Faulty, import_own
from chatroom.server.progress import STANDARD, Progress, print_lines, writing
from chatroom.store.backup import new_file
from chatroom.store.database import StoreError, as_store_error, own_target
from chatroom.store.export import RoomSummary, Selection, Snapshot
from chatroom.store.files.copies import copy_named
from chatroom.store.jsonl import Entry, entry_line
from chatroom.store.render import html_page, text_page
from chatroom.text.display import visible
from chatroom.wire.attachment import file_ids
from chatroom.wire.names import bare
from chatroom.wire.reference import format_time

FINE, FAILED, INTERRUPTED, TERMINATED = 0, 1, 130, 143

_CHUNK = 1000
"""Entries written between two progress reports."""


def run(tool: Tool, config: Config) -> int:
    """Run a tool. Returns the exit status."""
    # so that temporary files are removed
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        _TOOLS[type(tool)](tool, config)
    except Faulty as faulty:
        return _say(*faulty.args, "nothing was imported")
    except StoreError as error:
        return _say(str(error))
    except BrokenPipeError:  # the reader, such as `| head`, has ended
        pass
    except KeyboardInterrupt:
        return INTERRUPTED
    return FINE


def _say(*faults: str) -> int:
    for fault in faults:
        print(f"chatroom-server: {fault}", file=sys.stderr)
    return FAILED


# Export


def _export(tool: Export, config: Config) -> None:
    data = config.data
    selection = Selection(tool.room or "", tool.since, tool.until)
    ids: dict[str, None] = {}
    with Snapshot(data) as snapshot:
        pieces = _FORMATS[tool.format]
        rooms = snapshot.rooms(selection)
        total = snapshot.count(selection)
        with _output(tool.output, data, tool.force) as out:
            apart = tool.output is not None or not (sys.stdout and sys.stdout.isatty())
            progress = Progress("Exporting", "messages", total, shown=apart)
            entries = _counted(_noting_files(snapshot.entries(selection), ids), progress)
            for piece in pieces(entries, rooms):
                with writing(tool.output):
                    out.write(piece.encode())
            with writing(tool.output):
                out.flush()
            progress.end(total)
        if tool.files is not None:
            copied = copy_named(snapshot.connection, data, ids, tool.files)
            print(f"chatroom-server: {tool.files}: {files_and_bytes(copied)}", file=sys.stderr)


def _json_lines(entries: Iterable[Entry], _rooms: Sequence[str]) -> Iterator[str]:
    return map(entry_line, entries)


_FORMATS: dict[str, Callable[[Iterable[Entry], Sequence[str]], Iterator[str]]] = {
    "jsonl": _json_lines,
    "text": text_page,
    "html": html_page,
}


def _noting_files(entries: Iterable[Entry], ids: dict[str, None]) -> Iterator[Entry]:
    """Add the ids of the files that the messages show to `ids`."""
    for entry in entries:
        yield entry
        ids.update(dict.fromkeys(file_ids("".join(entry.message.params[-1:]))))


def _counted(entries: Iterable[Entry], progress: Progress) -> Iterator[Entry]:
    for number, entry in enumerate(entries, 1):
        yield entry
        if number % _CHUNK == 0:
            progress(number)


@contextmanager
def _output(path: Path | None, data: Path, force: bool) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears only when it is complete."""
    if path is None or path == STANDARD:
        yield sys.stdout.buffer
        return
    if path.is_file() and not force:
        raise StoreError(f"{path} already exists; choose another file, or use --force")
    with as_store_error(f"Cannot write {path}"):
        own_target(path)
        ordinary = path.is_file() or not path.exists()
    # Write directly to a device or a pipe.
    with new_file(path, data) if ordinary else nullcontext(path) as place:
        with writing(path):
            file = place.open("wb")
        with _closing(file, path):
            yield file


@contextmanager
def _closing(file: BinaryIO, path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        with writing(path):
            file.close()


# Import


def _import(tool: Import, config: Config) -> None:
    if tool.source == JSONL:
        import_own(tool, config.data)
        return
    from chatroom.server.foreign_import import import_foreign  # 20 ms, which no server needs

    import_foreign(tool, config.data)


# Stats


def _stats(tool: Stats, config: Config) -> None:
    data = config.data
    with Snapshot(data) as snapshot:
        rooms, sizes = snapshot.summaries(), snapshot.sizes()
        files, file_bytes = snapshot.files()
    messages = sum(room.messages for room in rooms)
    facts = {
        "messages": messages,
        "history_bytes": sizes["history"],
        "search_bytes": sizes["search"],
        "bytes_per_message": round(sum(sizes.values()) / messages, 1) if messages else None,
        "files": files,
        "file_bytes": file_bytes,
    }
    if tool.format == "json":
        rows = [_as_json(room) for room in rooms]
        print_lines(json.dumps({"rooms": rows, **facts}, indent=2, ensure_ascii=False))
    else:
        print_lines(*_table(rooms), "", *_facts(facts))


def _as_json(room: RoomSummary) -> dict[str, Any]:
    times = {
        key: None if at is None else format_time(at)
        for key, at in (("first", room.first), ("last", room.last))
    }
    return {"room": room.name, "messages": room.messages, **times}


def _table(rooms: Sequence[RoomSummary]) -> Iterator[str]:
    yield f"{'messages':>12}  {'first (UTC)':<19}  {'last (UTC)':<19}  room"
    for room in rooms:
        first, last = ("-" if at is None else _short(at) for at in (room.first, room.last))
        yield f"{room.messages:>12,}  {first:<19}  {last:<19}  {visible(bare(room.name))}"


def _short(at: int) -> str:
    return format_time(at)[:19].replace("T", " ")


def _facts(facts: dict[str, Any]) -> Iterator[str]:
    yield f"{facts['messages']:>12,}  messages"
    yield f"{facts['history_bytes']:>12,}  bytes of history"
    yield f"{facts['search_bytes']:>12,}  bytes of search index"
    if facts["bytes_per_message"] is not None:
        yield f"{facts['bytes_per_message']:>12,}  bytes per message"
    yield f"{facts['files']:>12,}  files"
    yield f"{facts['file_bytes']:>12,}  bytes of files"


_TOOLS: dict[type[Tool], Callable[[Any, Config], None]] = {
    Export: _export,
    Import: _import,
    Stats: _stats,
    Backup: run_backup,
    Restore: run_restore,
}
