"""The history written out and taken in again: nothing is lost, and nothing comes twice."""

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.store.database import HISTORY_FILE, connect
from chatroom.store.export import Selection, Snapshot
from chatroom.store.history import History
from chatroom.store.importing import MOST_FAULTS, BadLines, ImportResult, Intake
from chatroom.store.jsonl import LONGEST_LINE, entry_line
from chatroom.text.search_query import Query
from chatroom.wire.message import Message
from chatroom.wire.multiline import LINES
from examples import examples
from store.talk import Searched

BOB = "bob!bob@192.0.2.7"
NOON = 1_795_176_000.0
"""Friday, 20 November 2026, 12:00 UTC."""


def said(text: str, room: str = "#general") -> Message:
    return Message("PRIVMSG", (room, text), BOB)


def record(directory: Path, *messages: Message, room: str = "", begin: float = NOON) -> None:
    """Keep these, a second between each."""
    directory.mkdir(exist_ok=True)
    history = History(directory, "process")
    for number, message in enumerate(messages):
        history.record(room or message.params[0], message, begin + number)
    history.commit()
    history.close()


def exported(directory: Path) -> list[str]:
    with Snapshot(directory) as snapshot:
        return list(map(entry_line, snapshot.entries(Selection())))


def take_in(directory: Path, *lines: str | bytes) -> ImportResult:
    directory.mkdir(exist_ok=True)
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    intake = Intake(directory)
    try:
        intake.check(io.BytesIO(b"".join(raw)), lambda _: None)
        return intake.write(lambda _: None)
    finally:
        intake.close()


def line(**changed: Any) -> str:
    """A good line, but for what is changed; None leaves a key out."""
    fields = {
        "room": "#general",
        "time": "2026-11-20T12:00:00.000Z",
        "msgid": "foreign",
        "source": BOB,
        "command": "PRIVMSG",
        "params": ["#general", "hello"],
        **changed,
    }
    kept = {key: value for key, value in fields.items() if value is not None}
    return json.dumps(kept) + "\n"


def faults(directory: Path, *lines: str | bytes) -> list[tuple[int, str]]:
    with pytest.raises(BadLines) as caught:
        take_in(directory, *lines)
    assert exported(directory) == []
    return caught.value.faults


# Lines of JSON


def test_a_line_has_everything(tmp_path: Path) -> None:
    record(tmp_path, said("hello")._replace(tags={"+draft/reply": "1"}))
    [found] = map(json.loads, exported(tmp_path))
    assert found.pop("msgid")
    assert found == {
        "room": "#general",
        "time": "2026-11-20T12:00:00.000Z",
        "source": BOB,
        "account": "",
        "command": "PRIVMSG",
        "params": ["#general", "hello"],
        "tags": {"+draft/reply": "1"},
    }


def test_what_a_terminal_might_obey_is_written_as_an_escape(tmp_path: Path) -> None:
    record(tmp_path, said("\x1b[2J\x9b\u202e\u2028 schön 🎉"))
    [found] = exported(tmp_path)
    assert found.isprintable() or found[:-1].isprintable()
    assert "schön 🎉" in found
    assert json.loads(found)["params"][1] == "\x1b[2J\x9b\u202e\u2028 schön 🎉"


_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n")
    | st.sampled_from("\x01\x02\x1b\x7f\x9b\u2028\ufeff🎉é "),
    max_size=40,
)
_TAG_VALUE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
_ROOMS = st.sampled_from(["#general", "#Ops", "#Ünï", "@#general", "##x", "#日本"])


@st.composite
def _events(draw: st.DrawFn) -> tuple[str, Message]:
    room, text = draw(_ROOMS), draw(_TEXT)
    command, params = draw(
        st.sampled_from(
            [
                ("PRIVMSG", (room, text)),
                ("PRIVMSG", (room, f"\x01ACTION {text}\x01")),
                ("NOTICE", (room, text)),
                ("JOIN", (room,)),
                ("PART", (room, text)),
                ("QUIT", (text,)),
                ("KICK", (room, "eve", text)),
                ("NICK", ("eve",)),
                ("TOPIC", (room, text)),
                ("MODE", (room, "+ov-l", "eve", "bob")),
                ("TAGMSG", (room,)),
                ("REDACT", (room, "x-1", text)),
            ]
        )
    )
    source = draw(st.sampled_from([BOB, "évé!~e@host", "chatroom.local"]))
    keys = st.sampled_from(["+draft/react", "+example.org/x", "bot", "+ä"])
    return room, Message(command, params, source, draw(st.dictionaries(keys, _TAG_VALUE)))


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(15))
@given(st.lists(st.tuples(_events(), st.integers(0, 10**11)), max_size=12))
def test_an_export_taken_in_elsewhere_is_the_same_history(
    events: list[tuple[tuple[str, Message], int]],
) -> None:
    """Lossless, and idempotent, whatever was said."""
    with tempfile.TemporaryDirectory() as name:
        here, there = Path(name) / "here", Path(name) / "there"
        for (room, message), later in events:
            record(here, message, room=room, begin=later / 1000)
        record(here)
        lines = exported(here)
        assert len(lines) == len(events)
        assert take_in(there, *lines) == (len(events), 0)
        assert exported(there) == lines
        assert take_in(there, *lines) == (0, len(events))
        assert take_in(here, *lines) == (0, len(events))
        assert exported(there) == exported(here) == lines


def test_each_closing_is_sealed_in_an_export(tmp_path: Path) -> None:
    """What was said in the open between two of them is not."""
    words = ("before", "inside", "between", "inside again", "after")
    for number, word in enumerate(words):
        record(tmp_path, said(word), begin=NOON + number)
    history = History(tmp_path, "process")
    gaps = [[round((NOON + n) * 1000), round((NOON + n) * 1000) + 500] for n in (1, 3)]
    history.save_room("#general", {"key": "", "flags": [], "gaps": gaps})
    history.commit()
    history.close()
    marked = ['"sealed": true' in each for each in exported(tmp_path)]
    assert marked == [False, True, False, True, False]


def test_a_closed_room_stays_closed_where_it_is_taken_in(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    record(here, said("sealed", "#faded"), said("behind a key", "#closed"), said("open"))
    record(here, said("inside", "#opened"), room="#opened")
    record(here, said("outside", "#opened"), room="#opened", begin=NOON + 4)
    history = History(here, "process")
    history.seal("#faded", NOON + 2)
    history.save_room("#closed", {"key": "k", "flags": []})
    opened = round((NOON + 3) * 1000)
    history.save_room("#opened", {"key": "", "flags": [], "gap": [0, opened]})
    history.commit()
    history.close()
    lines = exported(here)
    assert ['"sealed": true' in each for each in lines] == [True, True, False, True, False]
    take_in(there, *lines)
    assert exported(there) == lines
    history = History(there, "process")
    rooms = ("#faded", "#closed", "#general", "#opened")
    shown = [history.select(room, 9, ["PRIVMSG"]) for room in rooms]
    history.close()
    assert list(map(len, shown)) == [0, 0, 1, 1]


# Taking in


def test_messages_keep_their_msgid_and_are_found_by_it(tmp_path: Path) -> None:
    take_in(tmp_path, line(msgid="from-afar", params=["#general", "needle"]))
    history = History(tmp_path, "process")
    [message] = history.select("#general", 9, ["PRIVMSG"])
    assert message.tags["msgid"] == "from-afar"
    assert history.point("#general", "from-afar") is not None
    index = Searched(tmp_path)
    assert index.find(Query(("needle",)), 9) == [message]
    index.close()
    history.close()


def test_numbers_follow_the_time(tmp_path: Path) -> None:
    """So that a search, which goes by number, shows the newest first."""
    times = ["2026-11-20T12:00:01.000Z", "2026-11-19T12:00:00.000Z", "2026-11-20T12:00:00.000Z"]
    take_in(
        tmp_path,
        *(line(msgid=f"m{n}", time=time) for n, time in enumerate(times)),
        line(msgid="m3", time=times[2], room="#ops", params=["#ops", "hello"]),
    )
    connection = connect(tmp_path / HISTORY_FILE, readonly=True)
    rows = connection.execute("SELECT msgid FROM foreign_msgid ORDER BY message").fetchall()
    connection.close()
    assert rows == [("m1",), ("m2",), ("m3",), ("m0",)]


def test_what_retention_deleted_comes_back_under_its_own_number(tmp_path: Path) -> None:
    record(tmp_path, said("old needle"), said("new needle"))
    lines = exported(tmp_path)
    index = Searched(tmp_path)
    index.update()
    index.close()
    connection = connect(tmp_path / HISTORY_FILE)
    connection.execute("DELETE FROM message WHERE text = 'old needle'")
    connection.close()
    assert take_in(tmp_path, *lines) == (1, 1)
    assert exported(tmp_path) == lines
    index = Searched(tmp_path)
    assert len(index.find(Query(("needle",)), 9)) == 2
    index.close()


def test_what_was_redacted_stays_so(tmp_path: Path) -> None:
    record(tmp_path, said("regrets"))
    lines = exported(tmp_path)
    msgid = json.loads(lines[0])["msgid"]
    history = History(tmp_path, "process")
    history.redact_row("#general", msgid, Message("REDACT", ("#general", msgid), BOB))
    history.close()
    assert take_in(tmp_path, *lines) == (0, 1)
    assert "regrets" not in exported(tmp_path)[0]


@pytest.mark.parametrize("into", ["its own", "an empty one", "a copy"])
@pytest.mark.parametrize("order", ["later first", "earlier first", "in one file"])
def test_a_redaction_is_known_by_its_message_too(into: str, order: str, tmp_path: Path) -> None:
    """It has a msgid of its own: whichever export comes first, the message stays redacted."""
    origin = tmp_path / "origin"
    record(origin, said("regrets"), said("tea"))
    earlier = exported(origin)
    target = tmp_path / "target"
    if into == "a copy":
        take_in(target, *earlier)
    msgid = json.loads(earlier[0])["msgid"]
    history = History(origin, "process")
    redaction = history.stamp(Message("REDACT", ("#general", msgid, "typo"), BOB), NOON + 9)
    history.redact_row("#general", msgid, redaction)
    history.close()
    later = exported(origin)
    if into == "its own":
        target = origin
        connection = connect(target / HISTORY_FILE)
        connection.execute("DELETE FROM message")
        connection.execute("DELETE FROM foreign_msgid")
        connection.close()
    imports = {
        "later first": [later, earlier],
        "earlier first": [earlier, later],
        "in one file": [earlier[:1] + later],
    }
    for lines in imports[order]:
        take_in(target, *lines)
    assert exported(target) == later
    assert take_in(target, *earlier) == take_in(target, *later) == (0, 2)
    history = History(target, "process")
    own = redaction.tags["msgid"]
    assert history.point("#general", own) == history.point("#general", msgid) is not None
    history.close()
    index = Searched(target)
    index.update()
    assert not index.find(Query(("regrets",)), 9)
    index.close()


def test_a_redaction_redacts_nothing_in_another_room(tmp_path: Path) -> None:
    take_in(tmp_path, line(msgid="a"))
    before = exported(tmp_path)
    redaction = line(msgid="r", command="REDACT", room="#x", params=["#x", "a"])
    assert take_in(tmp_path, redaction) == (0, 1)
    assert exported(tmp_path) == before


def test_a_line_that_comes_twice_counts_once(tmp_path: Path) -> None:
    assert take_in(tmp_path, line(), "\n", "  \r\n", line()) == (1, 1)


def test_a_byte_order_mark_cr_lf_and_no_last_line_end_are_fine(tmp_path: Path) -> None:
    crlf = line().replace("\n", "\r\n")
    assert take_in(tmp_path, b"\xef\xbb\xbf" + crlf.encode(), line(msgid="2")[:-1]) == (2, 0)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"room": None}, "room: expected a room such as #general, found nothing"),
        ({"room": "general"}, 'room: expected a room such as #general, found "general"'),
        ({"room": "#a b"}, 'room: expected a room such as #general, found "#a b"'),
        ({"time": "noon"}, 'time: expected a time such as 2026-11-20T15:00:15.000Z, found "noon"'),
        ({"time": 5}, "time: expected a time such as 2026-11-20T15:00:15.000Z, found 5"),
        (
            {"time": "1969-01-01T00:00:00Z"},
            'time: expected a time such as 2026-11-20T15:00:15.000Z, found "1969-01-01T00:00:00Z"',
        ),
        (
            {"time": "3000-01-01T00:00:00Z"},
            'time: expected a time such as 2026-11-20T15:00:15.000Z, found "3000-01-01T00:00:00Z"',
        ),
        ({"placed": 5}, "placed: expected a time, or null, found 5"),
        (
            {"placed": "2026-11-20T11:00:00Z"},
            'placed: expected none before its time, found "2026-11-20T11:00:00Z"',
        ),
        ({"msgid": None}, "msgid: expected a word of at most 200 characters, found nothing"),
        ({"msgid": "a b"}, 'msgid: expected a word of at most 200 characters, found "a b"'),
        ({"source": ""}, 'source: expected a source such as bob!bob@192.0.2.7, found ""'),
        (
            {"account": "a\nb"},
            'account: expected an account\'s name, or nothing in quotes, found "a\\nb"',
        ),
        (
            {"params": ["#general", "a\nb"]},
            'params: expected texts without line breaks, found ["#general", "a\\nb"]',
        ),
        ({"params": ["#general"]}, "params: expected 2 for PRIVMSG, found 1"),
        ({"params": ["#ops", "x"]}, 'params: expected "#general" first, found "#ops"'),
        (
            {"command": "KICK", "params": ["#general"]},
            "params: expected 2 to 3 for KICK, found 1",
        ),
        (
            {"tags": {"time": ""}},
            "tags: expected an object of texts, without time and msgid, found",
        ),
        ({"tags": {"a b": ""}}, "tags: expected an object of texts, without time and msgid, found"),
        ({"tags": {"a": 1}}, "tags: expected an object of texts, without time and msgid, found"),
        ({"tags": {"a": "x" * 9000}}, "tags: expected at most 7935 bytes"),
        ({"sealed": 1}, "sealed: expected true or false, found 1"),
        ({"colour": "red"}, "colour: unknown key"),
    ],
)
def test_a_fault_names_key_and_line(changed: dict[str, Any], fault: str, tmp_path: Path) -> None:
    [(number, found)] = faults(tmp_path, line(msgid="good"), "\n", line(**changed))
    assert number == 3
    assert found.startswith(fault)


def test_a_command_that_is_not_kept(tmp_path: Path) -> None:
    [(_, found)] = faults(tmp_path, line(command="privmsg"))
    assert found.startswith("command: expected one of PRIVMSG, NOTICE, ")
    assert found.endswith('found "privmsg"')


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"hello", "expected a JSON object"),
        (b"[" * 60_000, "expected a JSON object"),
        (b"[]", "expected a JSON object"),
        (b"\xff", "expected UTF-8 text"),
        (b'{"room": "\\ud800"}', "expected UTF-8 text"),
        (b"x" * (LONGEST_LINE * 3), f"expected at most {LONGEST_LINE} bytes"),
    ],
)
def test_a_line_that_is_no_entry(raw: bytes, fault: str, tmp_path: Path) -> None:
    found = faults(tmp_path, raw + b"\n", line(room=None))
    assert [number for number, _ in found] == [1, 2]
    assert found[0][1].startswith(fault)


def test_one_msgid_for_two_messages_is_a_fault(tmp_path: Path) -> None:
    twice = faults(tmp_path, line(), line(params=["#general", "other"]))
    assert twice == [(2, "msgid: another message, on line 1, already has this msgid")]
    take_in(tmp_path, line())
    before = exported(tmp_path)
    with pytest.raises(BadLines) as caught:
        take_in(tmp_path, line(msgid="new"), line(time="2026-11-20T12:00:00.001Z"))
    assert caught.value.faults == [
        (2, "msgid: the history already has a different message with this msgid")
    ]
    assert exported(tmp_path) == before


def test_a_number_of_ours_that_is_none(tmp_path: Path) -> None:
    record(tmp_path, said("x"))
    suffix = json.loads(exported(tmp_path)[0])["msgid"].rpartition("-")[2]
    for digits in ("", "0", "01", "A", "z" * 12, "٣"):
        with pytest.raises(BadLines):
            take_in(tmp_path, line(msgid=f"{digits}-{suffix}"))


def test_faults_without_end_are_counted(tmp_path: Path) -> None:
    with pytest.raises(BadLines) as caught:
        take_in(tmp_path, *["x\n"] * (MOST_FAULTS + 5))
    assert (len(caught.value.faults), caught.value.count) == (MOST_FAULTS, MOST_FAULTS + 5)


def test_an_import_gives_nobody_s_account_a_message(tmp_path: Path) -> None:
    """The numbers of accounts elsewhere are those of other people here."""
    tags = {"chatroom/by": "1", "chatroom/waits": "", "+draft/reply": "x"}
    assert take_in(tmp_path, line(msgid="zz-elsewhere", tags=tags)).added == 1
    history = History(tmp_path, "process")
    assert history.account_behind("#general", "zz-elsewhere") == 0
    (message,) = history.select("#general", 1, {"PRIVMSG"})
    assert message.tags["+draft/reply"] == "x"
    history.close()


def test_a_message_of_several_lines(tmp_path: Path) -> None:
    """It comes back as it was; line breaks without the tag, or with another command, are faults."""
    text = "one\n\ntwo three"
    record(tmp_path / "a", said(text)._replace(tags={LINES: "9"}))
    written = exported(tmp_path / "a")
    take_in(tmp_path / "b", *written)
    assert exported(tmp_path / "b") == written
    changes: list[dict[str, object]] = [
        {"tags": {}},
        {"command": "TOPIC"},
        {"params": ["#general", "a\rb"]},
    ]
    for changed in changes:
        fields = {**json.loads(written[0]), "tags": {LINES: "9"}, **changed}
        [(_, fault)] = faults(tmp_path / "c", json.dumps(fields) + "\n")
        assert fault.startswith(("params: ", "tags: "))
