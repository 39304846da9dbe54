"""The order in which a search finds messages: that of their times, also after an import, whose
numbers come later; from the newest on, or from the oldest."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.store.history import History
from chatroom.text.search_query import Query
from chatroom.wire.message import Message
from chatroom.wire.reference import format_time
from examples import examples
from store.talk import Searched
from store.test_export_import import line, take_in

BEGIN = 1_790_000_000_000
"""UTC milliseconds."""

MINUTE = 60_000


def live(directory: Path, *texts: str, at: int) -> None:
    """What is said on a server that starts for it, a minute between each."""
    history = History(directory, "process")
    for number, text in enumerate(texts):
        message = Message("PRIVMSG", ("#general", text), "bob!bob@192.0.2.7")
        history.record("#general", message, (at + number * MINUTE) / 1000)
    history.commit()
    history.close()


def imported(directory: Path, **times: int) -> None:
    """Messages from elsewhere: texts, and when they were said."""
    lines = (
        line(msgid=f"from-{text}", time=format_time(at), params=["#general", text])
        for text, at in times.items()
    )
    take_in(directory, *lines)


def search(directory: Path, query: Query, limit: int) -> list[str]:
    """All pages of a search, each of `limit` messages, in the order in which they were found."""
    index, history = Searched(directory), History(directory, "process")
    found: list[str] = []
    below: int | None = None
    while page := index.find(query, limit, below=below):
        assert len(page) <= limit
        found += [message.params[1] for message in page]
        below = history.number_of(page[-1].tags["msgid"])
    index.close()
    history.close()
    return found


EVERYTHING = Query(room="#general")
WORD = Query(("w*",))


@pytest.mark.parametrize("query", [EVERYTHING, WORD])
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_imported_messages_are_where_their_times_are(
    tmp_path: Path, query: Query, limit: int
) -> None:
    """Between those of this history, before and after them, and at one of their times."""
    live(tmp_path, "w1", "w2", "w3", at=BEGIN)
    times = {"wa": BEGIN - 9, "wb": BEGIN + 1, "wc": BEGIN + MINUTE, "wd": BEGIN + 9 * MINUTE}
    imported(tmp_path, **times)
    live(tmp_path, "w4", "w5", at=BEGIN + 10 * MINUTE)
    imported(tmp_path, we=BEGIN + 5 * MINUTE)
    in_order = ["wa", "w1", "wb", "w2", "wc", "w3", "we", "wd", "w4", "w5"]
    assert search(tmp_path, query, limit) == in_order[::-1]
    assert search(tmp_path, replace(query, oldest_first=True), limit) == in_order


def test_from_a_time_on(tmp_path: Path) -> None:
    """`after` and `before` are bounds in both directions."""
    live(tmp_path, *(f"w{number}" for number in range(9)), at=BEGIN)
    imported(tmp_path, wa=BEGIN + 2 * MINUTE + 1, wb=BEGIN + 30 * MINUTE)
    between = replace(WORD, after=BEGIN + 2 * MINUTE, before=BEGIN + 4 * MINUTE)
    assert search(tmp_path, between, 2) == ["w3", "wa", "w2"]
    assert search(tmp_path, replace(between, oldest_first=True), 2) == ["w2", "wa", "w3"]
    index = Searched(tmp_path)
    first = index.find(Query(after=BEGIN + 7 * MINUTE, oldest_first=True), 2)
    assert [message.params[1] for message in first] == ["w7", "w8"]
    index.close()


_MOMENTS = st.lists(st.integers(0, 6), min_size=1, max_size=5)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.tuples(st.booleans(), _MOMENTS), max_size=5), st.integers(1, 4), st.booleans())
def test_any_history(parts: list[tuple[bool, list[int]]], limit: int, oldest_first: bool) -> None:
    """Whatever is imported between whatever is said: each message once, by place and number."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        live(directory, at=BEGIN)
        for number, (is_live, moments) in enumerate(parts):
            if is_live:
                live(directory, f"live{number}", at=BEGIN + moments[0] * MINUTE)
            else:
                imported(
                    directory,
                    **{f"i{number}x{n}": BEGIN + at * MINUTE for n, at in enumerate(moments)},
                )
        history = History(directory, "process")
        told = [m.params[1] for m in history.select("#general", 999, ["PRIVMSG"])]
        history.close()
        found = search(directory, Query(room="#general", oldest_first=oldest_first), limit)
        assert found == (told if oldest_first else told[::-1])
