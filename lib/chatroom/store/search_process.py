"""The process that searches: `python -m chatroom.store.search_process DIRECTORY`.

FTS5 does not look up while it looks for a phrase, so that a search in a thread could not be
stopped. A process can be killed: it only reads, and SQLite's read locks go with it.

    server -> process   one search, as a line of JSON
    process -> server   READY once, then for each search its rows, each a JSON array in a line of
                        its own, so that the loop can take them in pieces, and a JSON object

One search is answered after the other. The process ends when its input ends, also in the middle of
a search: its server is gone.
"""

import json
import os
import sys
import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import chatroom
from chatroom.store.database import StoreError
from chatroom.store.finder import Finder, TooDear
from chatroom.text.search_query import Query

READY = b"ready"


def command(directory: Path) -> list[str]:
    """The command that starts the process. -P keeps it from importing files of the working
    directory."""
    return [sys.executable, "-P", "-m", "chatroom.store.search_process", str(directory)]


def environment() -> dict[str, str]:
    """The environment in which the process finds this package."""
    paths = [str(Path(chatroom.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def request(
    query: Query, limit: int, forbidden: Collection[str], below: int | None, account: int = 0
) -> bytes:
    """Encode a search as a line for the process; the values are those of `Finder.find`."""
    what = {
        "query": asdict(query),
        "limit": limit,
        "forbidden": sorted(forbidden),
        "below": below,
        "account": account,
    }
    return json.dumps(what).encode() + b"\n"


def suffix_of(line: bytes) -> str | None:
    """The database's suffix if this line ends an answer; None if it is a row.

    Raises StoreError or TooDear if the search failed.
    """
    if line.startswith(b"["):
        return None
    end: Mapping[str, str] = json.loads(line)
    if "error" in end:
        raise StoreError(end["error"])
    if "suffix" not in end:
        raise TooDear
    return end["suffix"]


def _answer(finder: Finder, line: bytes) -> bytes:
    what: dict[str, Any] = json.loads(line)
    query = Query(**{**what["query"], "terms": tuple(what["query"]["terms"])})
    rows: list[tuple[Any, ...]] = []
    end: dict[str, str]
    try:
        rows, suffix = finder.find(
            query,
            what["limit"],
            forbidden=what["forbidden"],
            below=what["below"],
            account=what["account"],
        )
        end = {"suffix": suffix}
    except StoreError as error:
        end = {"error": str(error)}
    except TooDear:
        end = {}
    lines = (json.dumps(each, ensure_ascii=False) for each in (*rows, end))  # escapes read slowly
    return b"".join(line.encode() + b"\n" for line in lines)


def _read(lines: "SimpleQueue[bytes]") -> None:
    """Read the input in a separate thread, which notices its end while SQLite searches in the
    other.

    The end is an error (ECONNRESET) if the server died before it had read all answers.
    """
    try:
        for line in sys.stdin.buffer:
            lines.put(line)
    finally:
        os._exit(0)


def main() -> None:
    """Search until the end of the input."""
    finder = Finder(Path(sys.argv[1]))
    lines: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    _write(READY + b"\n")
    while True:
        _write(_answer(finder, lines.get()))


def _write(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except ConnectionError:
        os._exit(0)


if __name__ == "__main__":
    main()
