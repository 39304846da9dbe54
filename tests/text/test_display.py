"""Messages in words for people, and nothing that a terminal obeys."""

import re
import time
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters import characters
from chatroom.text.display import action, day_marker, explain, local_moment, local_time, visible
from chatroom.wire.message import Message

SCOTLAND = "🏴" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbsct") + "\U000e007f"
WRITTEN_TAGS = "".join(f"\\U{ord(tag):08x}" for tag in SCOTLAND[1:-1])
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NOW = 1_000_000_000.0


def clock(moment: datetime) -> str:
    """That moment on the clocks here."""
    return f"{moment.astimezone():%H:%M:%S}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("grüß 漢字 😀", "grüß 漢字 😀"),
        ("\x1b[31mred", "^[[31mred"),
        ("\x9b31m", "\\u009b31m"),
        ("a\r\n\tb", "a^M^J    b"),
        ("\x00\x7f\x07", "^@^?^G"),
        ("\u202eevil", "\\u202eevil"),
        ("a\u2066b\u2069", "a\\u2066b\\u2069"),
        ("a\u2028b", "a\\u2028b"),
        ("\x02bold\x0f", "^Bbold^O"),
        ("pay\u200bpal\u2060", "pay\\u200bpal\\u2060"),
        ("a\u200cb\u200d", "a\\u200cb\\u200d"),
        ("a\U000e0068\U000e0069", "a\\U000e0068\\U000e0069"),
        (
            "👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈 👩🏽\u200d⚕\ufe0f",
            "👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈 👩🏽\u200d⚕\ufe0f",
        ),
        ("می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष"),
        ("👨\u200d\u200d👩", "👨\\u200d\\u200d👩"),
        (f"{SCOTLAND} {SCOTLAND[:-1]}", f"{SCOTLAND} 🏴{WRITTEN_TAGS}"),
    ],
)
def test_what_a_terminal_might_obey_is_written_out(text: str, shown: str) -> None:
    """Escape sequences never reach a terminal raw."""
    assert visible(text) == shown


def dangerous(character: str) -> bool:
    """C0, C1, the characters that turn text around (UAX 9, Bidi_Control), line separators."""
    kind = unicodedata.category(character)
    if 0xE0000 <= ord(character) < 0xE0080:
        return True
    if kind not in ("Cc", "Cf", "Zl", "Zp"):
        return False
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    marks = "\u061c\u200e\u200f"
    return (
        kind in ("Cc", "Zl", "Zp")
        or unicodedata.bidirectional(character) in turning
        or character in marks
        or character in "\u200b\u2060\u2061\u2062\u2063\u2064"
    )


def test_every_dangerous_character_there_is() -> None:
    """All of Unicode, looked at once."""
    everything = characters()
    assert not [one for one in visible(everything) if dangerous(one)]
    harmless = "".join(one for one in everything if unicodedata.category(one)[0] in "LMNPS")
    assert visible(harmless) == harmless


_LETTERS_THAT_JOIN = "[\u0620-\u1fff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")


def slowly(text: str) -> str:
    """`visible`, character by character."""
    shown = ""
    at = 0
    while at < len(text):
        flag = _FLAG.match(text, at)
        if flag:
            shown += flag[0]
            at = flag.end()
            continue
        one, code = text[at], ord(text[at])
        around = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
        spells = all(re.match(_LETTERS_THAT_JOIN, each) for each in around)
        if one == "\t":
            shown += "    "
        elif code < 0x20 or code == 0x7F:
            shown += f"^{chr(code ^ 0x40)}"
        elif (one in "\u200c\u200d" and not spells) or dangerous(one) or one == "\ud800":
            shown += f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
        else:
            shown += one
        at += 1
    return shown


@given(st.text("a\t\x1b\x85👨\ufe0f\u200c\u200d\u061c\u200b🏴\U000e0067\U000e007f\ud800م"))
def test_visible_is_as_if_done_for_each_character(text: str) -> None:
    assert visible(text) == slowly(text)


@given(TEXT | st.text("a👨\ufe0f\u200c\u200d\u061c\u200b🏴\U000e0067\U000e007fم"))
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    """Made visible twice, nothing changes."""
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("\x01ACTION waves\x01", "waves"),
        ("\x01ACTION waves", "waves"),
        ("\x01ACTION \x01", ""),
        ("\x01VERSION\x01", None),
        ("ACTION waves", None),
        ("\x01ACTIONS a\x01", None),
    ],
)
def test_actions(text: str, done: str | None) -> None:
    """CTCP, "Message Syntax": the final delimiter may be missing."""
    assert action(text) == done


@pytest.mark.parametrize(
    ("tag", "moment"),
    [
        ("2011-10-19T16:40:51.620Z", datetime(2011, 10, 19, 16, 40, 51, tzinfo=UTC)),
        ("2012-06-30T23:59:60.419Z", datetime(2012, 6, 30, 23, 59, 59, tzinfo=UTC)),
        ("2011-10-19T16:40:51", datetime(2011, 10, 19, 16, 40, 51, tzinfo=UTC)),
    ],
)
def test_the_time_of_a_message(tag: str, moment: datetime) -> None:
    """server-time, "Description" and "Examples", a leap second among them; always UTC."""
    assert local_time({"time": tag}, NOW) == clock(moment)


@pytest.mark.parametrize("tag", ["", "yesterday", "2011-10-19T25:00:00Z", "9" * 50, "²"])
def test_a_time_that_is_none(tag: str) -> None:
    """Then it is said now."""
    now = clock(datetime.fromtimestamp(NOW, UTC))
    assert local_time({"time": tag}, NOW) == now
    assert local_time({}, NOW) == now


@pytest.mark.parametrize(
    "tag",
    ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00Z"],
)
def test_times_at_the_end_of_the_world(tag: str) -> None:
    """Whatever they are on the clocks here, they are times."""
    assert datetime.strptime(local_time({"time": tag}, NOW), "%H:%M:%S")


@pytest.fixture
def east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nine hours before UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XYZ-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("east")
@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("2019-12-31T14:59:59.999Z", "2019-12-31 23:59:59.999"),
        ("2019-12-31T15:00:00.000Z", "2020-01-01 00:00:00.000"),
        ("2016-12-31T23:59:60.500Z", "2017-01-01 08:59:59.500"),
        ("2019-12-31T15:00:00+09:00", "2019-12-31 15:00:00.000"),
        ("2019-12-31T15:00:00", "2020-01-01 00:00:00.000"),
        ("soon", "2001-09-09 10:46:40.000"),
    ],
)
def test_the_day_of_a_message(tag: str, shown: str) -> None:
    """On the calendar here, which may be a day on; without a time it is said now."""
    moment = local_moment({"time": tag}, NOW)
    assert f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}" == shown


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))
def test_moments_are_in_the_order_of_the_messages(moment: datetime) -> None:
    """A moment here is the same moment."""
    assert local_moment({"time": moment.isoformat().replace("+00:00", "Z")}, NOW) == moment


@pytest.mark.parametrize(
    ("day", "marker"),
    [
        (date(2026, 11, 20), "--- Friday, 20 November 2026 ---"),
        (date(2024, 2, 29), "--- Thursday, 29 February 2024 ---"),
        (date(2023, 1, 1), "--- Sunday, 1 January 2023 ---"),
        (date(1, 1, 1), "--- Monday, 1 January 1 ---"),
        (date(9999, 12, 31), "--- Friday, 31 December 9999 ---"),
    ],
)
def test_day_markers(day: date, marker: str) -> None:
    """In English wherever it runs, like all that we say."""
    assert day_marker(day) == marker


@given(st.dates())
def test_any_day(day: date) -> None:
    """As the calendar has it; tests run in the C locale."""
    assert day_marker(day) == f"--- {day:%A}, {day.day} {day:%B} {day.year} ---"


@given(TEXT)
def test_any_time(tag: str) -> None:
    """A server's bytes raise nothing."""
    assert datetime.strptime(local_time({"time": tag}, NOW), "%H:%M:%S")


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (Message("401", ("me", "bob", "No such nick")), "There is nobody called bob here."),
        (Message("403", ("me", "#x", "No such channel")), "There is no room x."),
        (
            Message("404", ("me", "#x", "Cannot send to this room")),
            "You cannot speak in x: you are not a member, have no voice, or are banned.",
        ),
        (
            Message("404", ("me", "#x", "Cannot send to this room: you are banned here")),
            "You cannot speak in x: you are banned here.",
        ),
        (
            Message("482", ("me", "#x", "Only owners may kick an admin")),
            "Only owners may kick an admin.",
        ),
        (
            Message("482", ("me", "#x", "You're not a channel operator")),
            "Only an operator of x can do that.",
        ),
        (Message("433", ("*", "bob", "In use")), "The nickname bob is already in use."),
        (Message("441", ("me", "bob", "#x", "Not on it")), "bob is not in x."),
        (
            Message("432", ("*", "a_b", "Erroneous nickname: it cannot contain a space.")),
            "You cannot use that nickname: it cannot contain a space.",
        ),
        (
            Message("476", ("me", "#a_b", "Bad room name: it cannot contain a space")),
            "You cannot use that name for a room: it cannot contain a space.",
        ),
        (Message("417", ("me", "Input line was too long")), "That line is too long to send."),
        (
            Message(
                "417", ("me", "Input line was too long: your message to #x is 8 bytes too long")
            ),
            "Your message to x is 8 bytes too long.",
        ),
        (
            Message("696", ("me", "#x", "k", "*", "A key has 1 to 32 characters")),
            "Mode k of x was not changed: a key has 1 to 32 characters.",
        ),
        (
            Message("478", ("me", "#x", "b", "The list is full")),
            "The list +b of x is full; remove an entry first.",
        ),
        (Message("409", ("me", "No origin")), "PING needs a text for the server to send back."),
        (Message("411", ("me", "None")), "Name the person or the room that the message is for."),
        (Message("462", ("me", "Again")), "That can only be sent at the start of a connection."),
        (Message("499", ("me", "#x", "You are odd")), "x: You are odd"),
        (Message("499", ("me", "You are odd")), "You are odd"),
        (Message("FAIL", ("NICK", "BAD_NICK", "bob", "It is bad")), "It is bad"),
        (Message("ERROR", ("Closing link",)), "Closing link"),
        (Message("403", ("me", "#\x1b[31m", "")), "There is no room ^[[31m."),
        (Message("401", ("me", "{1}{text}", "{x}")), "There is nobody called {1}{text} here."),
    ],
)
def test_refusals_in_words(message: Message, sentence: str) -> None:
    """A sentence for a person; what it repeats is visible and no template."""
    assert explain(message) == sentence


@given(
    st.integers(400, 560).map(str) | st.sampled_from(["FAIL", "WARN", "NOTE", "ERROR", "²", ""]),
    st.lists(TEXT, max_size=5).map(tuple),
)
def test_any_refusal(command: str, params: tuple[str, ...]) -> None:
    """However few parameters another server sends, nothing raises and all is visible."""
    sentence = explain(Message(command, params))
    assert visible(sentence) == sentence
