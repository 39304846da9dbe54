"""The history read as a whole: snapshots, pages for people, and backups."""

import json
import tracemalloc
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path

import pytest

from chatroom.store.backup import new_file
from chatroom.store.database import HISTORY_FILE, SEARCH_FILE, StoreError, connect
from chatroom.store.export import RoomSummary, Selection, Snapshot
from chatroom.store.files import index
from chatroom.store.files.index import StoredFile
from chatroom.store.history import History
from chatroom.store.jsonl import Entry, entry_line
from chatroom.store.render import html_page, text_page
from chatroom.wire.message import Message

BOB = "bob!bob@192.0.2.7"
NOON = 1_795_176_000.0
"""Friday, 20 November 2026, 12:00 UTC."""


def said(text: str, room: str = "#general") -> Message:
    return Message("PRIVMSG", (room, text), BOB)


def record(directory: Path, *messages: Message, begin: float = NOON) -> None:
    """Keep these, a second between each."""
    directory.mkdir(exist_ok=True)
    history = History(directory, "process")
    for number, message in enumerate(messages):
        history.record(message.params[0], message, begin + number)
    history.commit()
    history.close()


def exported(directory: Path, selection: Selection | None = None) -> list[str]:
    with Snapshot(directory) as snapshot:
        return list(map(entry_line, snapshot.entries(selection or Selection())))


# Snapshots


def test_a_selection_is_by_room_and_time(tmp_path: Path) -> None:
    record(tmp_path, said("0"), said("1"), said("2", "#Ops"), said("3"))
    at = round(NOON * 1000)

    def texts(selection: Selection) -> list[str]:
        return [json.loads(each)["params"][1] for each in exported(tmp_path, selection)]

    assert texts(Selection()) == ["0", "1", "3", "2"]
    assert texts(Selection("#OPS")) == ["2"]
    assert texts(Selection(since=at + 1000)) == ["1", "3", "2"]
    assert texts(Selection(until=at + 2000)) == ["0", "1"]
    assert texts(Selection("#general", at + 1000, at + 3000)) == ["1"]
    with Snapshot(tmp_path) as snapshot:
        assert snapshot.rooms(Selection()) == ["#general", "#Ops"]
        assert snapshot.rooms(Selection(until=at + 2000)) == ["#general"]
        assert snapshot.count(Selection(since=at + 1000)) == 3
        with pytest.raises(StoreError, match="There is no room nowhere in the history"):
            list(snapshot.entries(Selection("#nowhere")))


def test_a_snapshot_is_of_one_moment_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    record(tmp_path, said("before"), said("too"))
    with Snapshot(tmp_path) as snapshot:
        entries = snapshot.entries(Selection())
        next(entries)
        record(tmp_path, said("meanwhile"), begin=NOON + 9)
        assert [entry.message.params[1] for entry in entries] == ["too"]
        assert snapshot.summaries() == [
            RoomSummary("#general", 2, round(NOON * 1000), round(NOON * 1000) + 1000)
        ]
    assert len(exported(tmp_path)) == 3


def test_files_are_counted_and_their_contents_once(tmp_path: Path) -> None:
    record(tmp_path, said("x"))
    rows = connect(tmp_path / HISTORY_FILE)
    for id, digest, size in (("a", "one", 5), ("b", "one", 5), ("c", "two", 9000)):
        index.add(rows, StoredFile(id, digest, "n", "text/plain", size, 1, 1))
    rows.commit()
    rows.close()
    with Snapshot(tmp_path) as snapshot:
        assert snapshot.files() == (3, 9005)


def test_memory_does_not_grow_with_the_history(tmp_path: Path) -> None:
    record(tmp_path, *(said(f"{n} {'x' * 900}") for n in range(1500)))
    with Snapshot(tmp_path) as snapshot:
        tracemalloc.start()
        for page in (text_page, html_page):
            for _ in page(snapshot.entries(Selection()), ["#general"]):
                pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 500_000


def test_there_must_be_a_history_of_this_format(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no history in"):
        Snapshot(tmp_path)
    (tmp_path / HISTORY_FILE).write_text("no database, but text that is long enough to tell")
    with pytest.raises(StoreError, match="not a database"):
        Snapshot(tmp_path)
    (tmp_path / HISTORY_FILE).unlink()
    record(tmp_path)
    connection = connect(tmp_path / HISTORY_FILE)
    for version, advice in (
        (99, "update Chatroom"),
        (0, "start the server once with this directory"),
    ):
        connection.execute(f"PRAGMA user_version = {version}")
        with pytest.raises(StoreError, match=advice):
            Snapshot(tmp_path)
    connection.close()


# Pages for people


def entries_of(*messages: Message) -> Iterator[Entry]:
    for number, message in enumerate(messages):
        time = f"2026-11-{20 + number // 2}T15:00:0{number % 2}.000Z"
        yield Entry("#general", message._replace(tags={"time": time, **message.tags}))


def test_text_has_rooms_days_and_lines(tmp_path: Path) -> None:
    messages = [
        said("hello"),
        said("\x01ACTION waves\x01"),
        Message("NOTICE", ("#general", "\x1b[2J\tred\u202e"), BOB),
        Message("JOIN", ("#general",), BOB),
    ]
    ops = Entry("@#ops", said("psst")._replace(tags={"time": "2026-11-20T15:00:00.000Z"}))
    shown = "".join(text_page([*entries_of(*messages), ops], []))
    assert shown.splitlines() == [
        "=== general (times are UTC) ===",
        "--- Friday, 20 November 2026 ---",
        "[2026-11-20 15:00:00] <bob> hello",
        "[2026-11-20 15:00:01] * bob waves",
        "--- Saturday, 21 November 2026 ---",
        "[2026-11-21 15:00:00] -bob- ^[[2J    red\\u202e",
        "[2026-11-21 15:00:01] -- bob joined",
        "",
        "=== @#ops (times are UTC) ===",
        "--- Friday, 20 November 2026 ---",
        "[2026-11-20 15:00:00] <bob> psst",
    ]


@pytest.mark.parametrize(
    ("command", "params", "words"),
    [
        ("PART", ("#general", "bye"), "left (bye)"),
        ("QUIT", ("Quit: gone",), "left the chat (gone)"),
        ("QUIT", (), "left the chat"),
        ("KICK", ("#general", "eve", "enough"), "removed eve (enough)"),
        ("NICK", ("bobby",), "is now called bobby"),
        ("TOPIC", ("#general", "tea"), "changed the topic to: tea"),
        ("TOPIC", ("#general", ""), "removed the topic"),
        ("MODE", ("#general", "+o", "eve"), "set mode +o eve"),
        ("REDACT", ("#general", "1-x", "oops"), "deleted a message (oops)"),
        ("TAGMSG", ("#general",), "sent a message without text"),
    ],
)
def test_an_event_in_words(command: str, params: tuple[str, ...], words: str) -> None:
    *_, shown = text_page(entries_of(Message(command, params, BOB)), [])
    assert shown == f"[2026-11-20 15:00:00] -- bob {words}\n"


def test_a_reaction_in_words() -> None:
    tags = {"+draft/react": "👍", "+draft/reply": "1-x"}
    *_, shown = text_page(entries_of(Message("TAGMSG", ("#general",), BOB, tags)), [])
    assert shown.endswith("-- bob reacted with 👍\n")


class _Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "src"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_stands_on_its_own_and_escapes_everything() -> None:
    hostile = '<script>alert(1)</script> & "quotes" <img src=x onerror=y> \x1b \u202e'
    entries = entries_of(
        said(hostile),
        Message("TOPIC", ("#general", hostile), "<b>!\"'@&"),
        Message("JOIN", ("#general",), "</p><script>!x@y"),
    )
    page = _Page("".join(html_page(entries, ["#general", '#<a>"'])))
    assert page.tags == {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3"),
        *("p", "ul", "li", "a", "b", "bdi", "time"),
    }
    assert page.text.count(hostile[:-3] + "^[ \\u202e") == 2
    assert "Friday, 20 November 2026" in page.text


def test_html_of_nothing_is_a_page() -> None:
    page = "".join(html_page([], []))
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>\n")


def test_a_new_file_comes_whole_or_not_at_all(tmp_path: Path) -> None:
    target, link = tmp_path / "real", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with pytest.raises(KeyError), new_file(link, tmp_path) as temporary:
        temporary.write_text("half")
        raise KeyError
    assert target.read_text() == "old"
    with new_file(link, tmp_path) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"
    assert link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "real"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (HISTORY_FILE, "is the server's own file"),
        (f"{SEARCH_FILE}-wal", "is the server's own file"),
        ("directory", "is not a regular file"),
        ("missing/file", "no such file or directory"),
        ("x" * 300, "file name too long"),
    ],
)
def test_where_nothing_can_be_written(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(StoreError, match=reason), new_file(tmp_path / name, tmp_path):
        pytest.fail("this cannot be written")
    assert [each.name for each in tmp_path.iterdir()] == ["directory"]


def test_pages_stream(tmp_path: Path) -> None:
    """The first lines come before the last are read."""
    record(tmp_path, *(said(str(n)) for n in range(9)))
    with Snapshot(tmp_path) as snapshot:
        entries = snapshot.entries(Selection())
        assert len(list(islice(text_page(entries, []), 3))) == 3
        assert next(entries).message.params[1] == "1"
