"""The process that searches: what is asked and answered, and when it ends."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.store import finder, search_process
from chatroom.store.database import StoreError
from chatroom.store.finder import Finder, TooDear
from chatroom.store.history import History
from chatroom.store.rows import as_message
from chatroom.text.search_query import Query, parse_query
from harness import PATIENCE
from store.talk import Searched, say

TEA = Query(("tea",))


def process(directory: Path, program: str = "") -> "subprocess.Popen[bytes]":
    """One that has said that it is ready; `program` is Python that runs before it."""
    command = search_process.command(directory)
    if program:
        main = "from chatroom.store.search_process import main; main()"
        command = [sys.executable, "-c", f"{program}\n{main}", str(directory)]
    started = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=search_process.environment(),
        cwd=directory,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == b"ready\n"
    return started


def test_questions_and_answers(history: History, index: Searched, tmp_path: Path) -> None:
    """A row in a line, the newest first, then the suffix that their msgids end with."""
    ids = say(history, "tea one", 'Tea "two"\u2028天\x02', "milk")
    say(history, "secret tea", room="#den")
    index.update()
    with process(tmp_path) as started:
        assert started.stdin is not None
        assert started.stdout is not None
        for query, below, expected in (
            (TEA, None, ids[1::-1]),
            (TEA, history.number_of(ids[1]), ids[:1]),
            (parse_query("tea from:alice in:general after:2001-01-01"), None, ids[1::-1]),
            (Query(("nothing",)), None, []),
        ):
            started.stdin.write(search_process.request(query, 10, {"#den"}, below))
            started.stdin.flush()
            lines = []
            while (suffix := search_process.suffix_of(line := started.stdout.readline())) is None:
                lines.append(line)
            found = [as_message(json.loads(line), suffix).tags["msgid"] for line in lines]
            assert found == expected
        started.stdin.close()
        assert started.wait(PATIENCE) == 0


def test_why_nothing_was_found(
    history: History, index: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(history, *["tea"] * 100)
    index.update()
    question = search_process.request(TEA, 1000, (), None)
    with closing(Finder(tmp_path)) as looking:
        monkeypatch.setattr(finder, "STEPS", 200)
        with pytest.raises(TooDear):
            search_process.suffix_of(search_process._answer(looking, question))
        (tmp_path / "search.db").unlink()
        with pytest.raises(StoreError, match=r"^Cannot search: no such file"):
            search_process.suffix_of(search_process._answer(looking, question))


def test_too_much_memory(history: History, index: Searched, tmp_path: Path) -> None:
    """A bound for the process, so in one of its own."""
    say(history, *("tea " + " ".join(f"tea{n}x{m}" for m in range(60)) for n in range(200)))
    index.update()
    program = "from chatroom.store import finder; finder.MEMORY = 1 << 18"
    with process(tmp_path, program) as started:
        assert started.stdin is not None
        assert started.stdout is not None
        started.stdin.write(search_process.request(Query(("tea*",)), 10, (), None))
        started.stdin.flush()
        answer = started.stdout.readline()
        started.stdin.close()
    with pytest.raises(TooDear):
        search_process.suffix_of(answer)


def test_it_ends_with_its_server(history: History, index: Searched, tmp_path: Path) -> None:
    """In the middle of a search, too."""
    index.update()
    slow = (
        "import sys, threading\n"
        "from chatroom.store.finder import Finder\n"
        "def find(*_, **__):\n"
        "    print('searching', flush=True)\n"
        "    threading.Event().wait()\n"
        "Finder.find = find\n"
    )
    with process(tmp_path, slow) as started:
        assert started.stdin is not None
        assert started.stdout is not None
        started.stdin.write(search_process.request(TEA, 10, (), None))
        started.stdin.flush()
        assert started.stdout.readline() == b"searching\n"
        started.stdin.close()
        assert started.wait(PATIENCE) == 0


def test_it_imports_nothing_from_where_it_runs(
    history: History, index: Searched, tmp_path: Path
) -> None:
    """Somebody may have put a file there."""
    index.update()
    (tmp_path / "json.py").write_text("raise SystemExit('a stranger')")
    with process(tmp_path) as started:
        started.communicate()
        assert started.returncode == 0
