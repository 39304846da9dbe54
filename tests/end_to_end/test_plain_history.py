"""The history at the plain door: the last lines on entering, /history, /search."""

import re
import select
import signal
import socket
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatroom.store.history import History
from chatroom.wire.message import Message
from chatroom.wire.reference import parse_time
from harness import Client, Server, fresh

CAPS = "batch message-tags server-time echo-message draft/message-redaction"
CONFIG = "[limits]\nflood_rate = 0\nchathistory = 30\n"
EAST = {"TZ": "XYZ-9"}  # nine hours before UTC, so that days begin at 15:00Z

UP_TO_DATE = "--- you are up to date ---"
THE_BEGINNING = "--- nothing older is kept ---"
NOTHING_YET = "Nothing has been said here yet."
MORE = "/search more shows older ones."
NO_MORE = "Nothing older was found."
NOTHING = "Nothing was found."

DAY = re.compile(r"--- \w+, \d+ \w+ \d{4} ---")
STAMP = re.compile(r"\[\d\d:\d\d:\d\d\] ")
PLACE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] ")

ESCAPES = "\x1b[2J\x9b31m\u202ereversed\x7f"
SHOWN = "^[[2J\\u009b31m\\u202ereversed^?"

Row = tuple[str, str, str, str, str]
"""Time, room, nickname, command, text."""

DIARY: list[Row] = [
    ("2019-12-30T14:59:59.999Z", "#diary", "ann", "PRIVMSG", "good night"),
    ("2019-12-30T15:00:00.000Z", "#diary", "bob", "PRIVMSG", "\x01ACTION yawns\x01"),
    ("2019-12-31T00:30:00.000Z", "#diary", "owl", "NOTICE", "rain today"),
    ("2020-01-01T03:00:00.000Z", "#diary", "owl", "PRIVMSG", "\x01VERSION\x01"),
    ("2020-01-02T03:00:00.000Z", "#diary", "owl", "NOTICE", "\x01PING 5\x01"),
    ("2020-02-29T03:04:05.000Z", "#diary", "ann", "PRIVMSG", ESCAPES),
]

SAID: list[Row] = [
    ("2021-03-01T10:00:00.000Z", "#tea", "tess", "PRIVMSG", "green tea is ready"),
    ("2021-03-02T10:00:00.000Z", "#Cake", "carl", "NOTICE", "Ready, and so is the cake"),
    ("2021-03-03T10:00:00.000Z", "#tea", "carl", "PRIVMSG", "\x01ACTION eats crème brûlée\x01"),
    ("2021-03-04T10:00:00.000Z", "#tea", "tess", "PRIVMSG", "今天天气很好"),
    ("2021-03-05T10:00:00.000Z", "#cake", "tess", "PRIVMSG", "อากาศดีมาก"),
    ("2021-03-06T10:00:00.000Z", "#cake", "carl", "PRIVMSG", "Привет, мир"),
    ("2021-03-07T10:00:00.000Z", "#tea", "carl", "PRIVMSG", "مرحبا بالعالم"),
    ("2021-03-08T10:00:00.000Z", "#tea", "tess", "PRIVMSG", f"party 🎉 {ESCAPES}"),
]
FOUND = [
    "[2021-03-01 19:00:00] tea <tess> green tea is ready",
    "[2021-03-02 19:00:00] Cake -carl- Ready, and so is the cake",
    "[2021-03-03 19:00:00] tea * carl eats crème brûlée",
    "[2021-03-04 19:00:00] tea <tess> 今天天气很好",
    "[2021-03-05 19:00:00] Cake <tess> อากาศดีมาก",
    "[2021-03-06 19:00:00] Cake <carl> Привет, мир",
    "[2021-03-07 19:00:00] tea <carl> مرحبا بالعالم",
    f"[2021-03-08 19:00:00] tea <tess> party 🎉 {SHOWN}",
]
"""What a search shows of SAID."""


def series(room: str, count: int, text: str, start: str) -> list[Row]:
    """A line each hour."""
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    times = [first + timedelta(hours=number) for number in range(count)]
    return [
        (f"{time:%Y-%m-%dT%H:%M:%S}.000Z", room, "clock", "PRIVMSG", f"{text} {number}")
        for number, time in enumerate(times)
    ]


def queries(room: str, count: int) -> list[Row]:
    """What is not for people."""
    return [
        (time, room, nick, command, "\x01VERSION\x01")
        for time, _, nick, command, _ in series(room, count, "", "2022-07-01")
    ]


PAST = sorted(
    [
        *DIARY,
        *SAID,
        *series("#long", 65, "hour", "2022-05-01T06:00"),
        *series("#ten", 10, "tenth", "2022-06-01"),
        *queries("#bots", 40),
        *series("#bots", 3, "human", "2022-06-20"),
    ]
)


def write(directory: Path, rows: list[Row]) -> None:
    """Put them into the history of a server that is going to run in the directory."""
    data = directory / "data"
    data.mkdir(mode=0o700, parents=True)
    with closing(History(data, "process")) as history:
        for time, room, nick, command, text in rows:
            message = Message(command, (room, text), f"{nick}!~{nick}@192.0.2.7")
            history.record(room, message, parse_time(time) / 1000)
        history.commit()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with a past."""
    directory = tmp_path_factory.mktemp("server")
    write(directory, PAST)
    with Server(directory, config=CONFIG, environment=EAST) as server:
        yield server
        server.end_well()


@pytest.fixture
def room() -> str:
    """One without a past."""
    return fresh("room")


@pytest.fixture
def ann(server: Server, room: str) -> Iterator[Client]:
    """An IRC client in the room, and its operator."""
    with server.join(fresh("ann"), f"#{room}", caps=CAPS) as client:
        yield client
        leave(client)


@pytest.fixture
def pat(server: Server, ann: Client, room: str) -> Iterator[Client]:
    """A person in the room."""
    with server.person(fresh("pat"), room) as client:
        yield client
        leave(client)


def leave(client: Client) -> None:
    """By the word of both doors."""
    client.send("QUIT" if client.nick else "exit").end()


def welcomed(server: Server, room: str, nick: str = "") -> list[str]:
    """What a newcomer is shown after the welcome."""
    with server.person(nick or fresh("newcomer"), room) as client:
        shown = client.hear()
        leave(client)
    return shown


def texts(shown: list[str]) -> list[str]:
    """What was said, without times, names and days."""
    return [STAMP.sub("", line).partition("> ")[2] for line in shown if STAMP.match(line)]


def hours(*numbers: int) -> list[str]:
    """Lines of #long."""
    return [f"hour {number}" for number in range(*numbers)]


# On entering


def test_days_and_times(server: Server) -> None:
    """In this place's time, a marker above each day; actions and notices as they were said,
    programs' questions not at all, and nothing that a terminal obeys."""
    assert welcomed(server, "diary") == [
        "--- Monday, 30 December 2019 ---",
        "[23:59:59] <ann> good night",
        "--- Tuesday, 31 December 2019 ---",
        "[00:00:00] * bob yawns",
        "[09:30:00] -owl- rain today",
        "--- Saturday, 29 February 2020 ---",
        f"[12:04:05] <ann> {SHOWN}",
        UP_TO_DATE,
    ]


def test_the_last_twenty(server: Server) -> None:
    """history.replay"""
    shown = welcomed(server, "long")
    assert texts(shown) == hours(45, 65)
    assert shown[0] == "--- Tuesday, 3 May 2022 ---"
    assert shown[-1] == UP_TO_DATE
    assert len(shown) == 20 + 2 + 1  # two days


def test_today(server: Server, ann: Client, room: str) -> None:
    """One marker above what was said lately, and no event among it."""
    ann.ask(f"PRIVMSG #{room} :one", f"TOPIC #{room} :Tea", f"PRIVMSG #{room} :two")
    topic, day, *lines, end = welcomed(server, room)
    assert topic == "Topic: Tea"
    assert DAY.fullmatch(day)
    assert [STAMP.sub("", line) for line in lines] == [f"<{ann.nick}> one", f"<{ann.nick}> two"]
    assert end == UP_TO_DATE


@pytest.mark.usefixtures("ann")
def test_a_room_without_a_past(server: Server, room: str) -> None:
    """There is nothing to be up to date with."""
    assert welcomed(server, room) == []


def test_a_room_with_nothing_for_people(server: Server, ann: Client, room: str) -> None:
    """Nor here."""
    ann.ask(f"PRIVMSG #{room} :\x01VERSION\x01")
    assert welcomed(server, room) == []


def test_through_another_door(server: Server, room: str) -> None:
    """What a person says is in the history as an IRC client's words are, long lines whole."""
    with server.person("scribe", room) as scribe:
        assert scribe.hear("hello", "/me waves", "word " * 300, "//slash") == []
        leave(scribe)
    _, first, second, *pieces, last, _ = welcomed(server, room)
    assert STAMP.sub("", first) == "<scribe> hello"
    assert STAMP.sub("", second) == "* scribe waves"
    assert "".join(texts(pieces)) == "word " * 300
    assert STAMP.sub("", last) == "<scribe> /slash"


@pytest.mark.parametrize("mode", ["+k sesame", "+i", "+s"])
def test_a_room_that_was_closed_when_it_faded(server: Server, mode: str) -> None:
    """What was said behind its door is not for later comers, in any way."""
    room, word = fresh("vault"), fresh("gold")
    with server.join(fresh("owner"), f"#{room}") as owner:
        owner.ask(f"PRIVMSG #{room} :{word}", f"MODE #{room} {mode}", f"PRIVMSG #{room} :{word}")
        leave(owner)
    with server.person(fresh("heir"), room) as heir:
        assert heir.hear("/history", "/history more") == [NOTHING_YET] * 2
        assert heir.hear(f"/search {word}", f"/search in:{room}") == [NOTHING] * 2
        heir.hear("anew")
        assert texts(heir.hear("/history")) == ["anew"]
        leave(heir)


# Coming back


def by_joining(server: Server, person: Client, room: str) -> Client:
    """Another room for a while."""
    person.send("/join elsewhere").read_until("^Welcome to room elsewhere")
    return person


def by_leaving(server: Server, person: Client, room: str) -> Client:
    """Back to the question."""
    person.send("/leave").read_until("^Choose a room")
    return person


def by_exit(server: Server, person: Client, room: str) -> Client:
    """A new connection with the same nickname."""
    leave(person)
    client = server.connect()
    client.send("cat").read_until("^Choose a room")
    return client


Leave = Callable[[Server, Client, str], Client]


@pytest.mark.parametrize("go", [by_joining, by_leaving, by_exit])
def test_coming_back_shows_what_is_new(server: Server, ann: Client, room: str, go: Leave) -> None:
    """Nothing twice, nothing left out, one's own lines neither."""
    ann.ask(f"PRIVMSG #{room} :before")
    cat = server.person("cat", room)
    assert texts(cat.hear("mine")) == ["before"]
    cat = go(server, cat, room)
    assert cat.hear(f"/join {room}")[1:] == []
    cat = go(server, cat, room)
    ann.ask(f"PRIVMSG #{room} :meanwhile", f"NOTICE #{room} :and since")
    _welcome, day, *lines, end = cat.hear(f"/join {room}")
    assert DAY.fullmatch(day)
    assert [STAMP.sub("", line) for line in lines] == [
        f"<{ann.nick}> meanwhile",
        f"-{ann.nick}- and since",
    ]
    assert end == UP_TO_DATE
    assert cat.hear(f"/join {room}")[1:] == []  # is in already
    assert texts(cat.hear("/history more")) == ["before", "mine"]
    leave(cat)
    cat.close()


def test_somebody_else_has_seen_nothing(server: Server, ann: Client, room: str) -> None:
    ann.ask(f"PRIVMSG #{room} :hi")
    for nick in (fresh("one"), fresh("two")):
        assert texts(welcomed(server, room, nick)) == ["hi"]
        assert texts(welcomed(server, room, nick)) == []


# After the server's end


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["TERM", "KILL"])
def test_the_same_after_a_restart(tmp_path: Path, end: signal.Signals) -> None:
    with Server(tmp_path, config=CONFIG) as server:
        with server.person("pat", "den") as pat, server.join("ann", "#den") as ann:
            pat.hear(*(f"line {number}" for number in range(40)), "/me waves")
            ann.ask(f"PRIVMSG #den :{ESCAPES}", "NOTICE #den :notice")
        before = welcomed(server, "den")
        assert len(texts(before)) == 20
        server.stop(end)
    with Server(tmp_path, config=CONFIG) as server:
        assert welcomed(server, "den") == before
        with server.person("pat", "den") as pat:  # who left before the server was started again
            assert pat.hear() == before
            assert texts(pat.hear("/history more"))[-1] == "line 22"  # three more lines
            (found,) = pat.hear("/search waves")
            assert PLACE.sub("", found) == "den * pat waves"
        server.end_well()


# /history


def test_history_page_by_page(server: Server) -> None:
    """Back to the beginning and no further; a page is as long as the first one."""
    with server.person(fresh("reader"), "long") as reader:
        reader.hear()
        for first, last in ((25, 45), (5, 25), (0, 5)):
            shown = reader.hear("/history more")
            assert texts(shown) == hours(first, last)
            assert DAY.fullmatch(shown[0])
            assert UP_TO_DATE not in shown
        assert reader.hear("/history more", "/history MORE") == [THE_BEGINNING] * 2
        assert reader.hear("/history") == reader.hear("/history 20")
        assert texts(reader.hear("/history more")) == hours(25, 45)
        assert texts(reader.hear("/history 7")) == hours(58, 65)
        assert texts(reader.hear("/history more")) == hours(51, 58)
        leave(reader)


@pytest.mark.parametrize(("number", "first"), [("1", 64), ("30", 35), ("31", 35), ("9" * 40, 35)])
def test_history_of_so_many(server: Server, number: str, first: int) -> None:
    """At most limits.chathistory."""
    with server.person(fresh("reader"), "long") as reader:
        reader.hear()
        shown = reader.hear(f"/history {number}")
        assert texts(shown) == hours(first, 65)
        assert shown[-1] == UP_TO_DATE
        leave(reader)


@pytest.mark.parametrize("number", ["0", "00", "-1", "x", "1.5", "5 more", "more 5", "²", "５"])
def test_history_of_no_number(pat: Client, number: str) -> None:
    assert pat.hear(f"/history {number}") == ["Usage: /history [N | more]"]


def test_history_where_nothing_was_said(pat: Client) -> None:
    """In a new room, and in none."""
    assert pat.hear("/history", "/history 5", "/history more") == [NOTHING_YET] * 3
    pat.hear("first")
    assert texts(pat.hear("/history")) == ["first"]
    assert pat.hear("/history more") == [THE_BEGINNING]
    pat.hear("/leave")
    assert pat.hear("/history", "/history more") == ["You are in no room."] * 2


def test_more_belongs_to_a_room(pat: Client) -> None:
    """In another room it begins with the newest."""
    pat.hear("/join long")
    assert texts(pat.hear("/history 3")) == hours(62, 65)
    pat.hear("/join ten")
    assert texts(pat.hear("/history more")) == []
    pat.hear("/join long")
    assert texts(pat.hear("/history more")) == hours(45, 65)


def test_live_lines_between_pages(ann: Client, pat: Client, room: str) -> None:
    """They shift nothing."""
    ann.ask(*(f"PRIVMSG #{room} :{number}" for number in range(9)))
    pat.hear()
    assert texts(pat.hear("/history 3")) == ["6", "7", "8"]
    for page in (["3", "4", "5"], ["0", "1", "2"]):
        ann.ask(f"PRIVMSG #{room} :live", f"PRIVMSG #{room} :more")
        assert texts(pat.hear()) == ["live", "more"]
        pat.hear("and mine")
        assert texts(pat.hear("/history more")) == page
    assert pat.hear("/history more") == [THE_BEGINNING]
    assert texts(pat.hear("/history 3")) == ["live", "more", "and mine"]


def test_a_page_that_is_not_for_people(server: Server) -> None:
    """Is not the beginning."""
    with server.person(fresh("reader"), "bots") as reader:
        nothing = "Nothing on this page is for people; /history more goes on."
        assert reader.hear("/history more") == [nothing]
        assert texts(reader.hear("/history more")) == ["human 0", "human 1", "human 2"]
        assert reader.hear("/history more") == [THE_BEGINNING]
        leave(reader)


def test_a_page_that_is_kept_no_longer(server: Server, ann: Client, pat: Client, room: str) -> None:
    """history.keep_days, and the like: what was shown may be gone, and is the beginning then."""
    ann.ask(*(f"PRIVMSG #{room} :{room} {number}" for number in range(6)))
    pat.hear("/history 3")
    with closing(sqlite3.connect(server.directory / "data" / "history.db")) as stranger:
        for number in range(4):
            stranger.execute("DELETE FROM message WHERE text = ?", (f"{room} {number}",))
        stranger.commit()
    assert pat.hear("/history more") == [THE_BEGINNING]
    assert texts(pat.hear("/history")) == [f"{room} 4", f"{room} 5"]


# /search


@pytest.fixture(scope="module")
def seeker(server: Server) -> Iterator[Client]:
    """A person in a room where nothing is said."""
    with server.person("seeker", "library") as client:
        yield client
        leave(client)


TEA, CAKE, EATS, WEATHER, THAI, WORLD, ARABIC, PARTY = range(8)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("green", [TEA]),
        ("READY", [CAKE, TEA]),
        ("ready tea", [TEA]),
        ("ready green cake", []),
        ('"so is the cake"', [CAKE]),
        ('"cake the is so"', []),
        ("gre*", [TEA]),
        ("gre", []),
        ("creme brulee", [EATS]),
        ("eats", [EATS]),
        ("天气", [WEATHER]),
        ("气天", []),
        ("อากาศ", [THAI]),
        ("МИР прив*", [WORLD]),
        ("بالعالم", [ARABIC]),
        ("🎉", [PARTY]),
        ("from:tess", [PARTY, THAI, WEATHER, TEA]),
        ("from:TESS in:cake", [THAI]),
        ("in:#TEA from:carl", [ARABIC, EATS]),
        ("is in:cake", [CAKE]),
        ("ready from:carl", [CAKE]),
        ("from:nobody", []),
        ("in:nowhere", []),
        ("from:tess before:2021-03-05", [WEATHER, TEA]),
        ("from:tess after:2021-03-04", [PARTY, THAI]),
        ("from:carl after:2021-03-02T09:59 before:2021-03-03T19:00+09:00", [CAKE]),
        ("from:carl before:2021-03-01", []),
    ],
)
def test_search(seeker: Client, query: str, expected: list[int]) -> None:
    """All parts hold; the newest first, with the day and the room."""
    assert seeker.hear(f"/search {query}") == ([FOUND[one] for one in expected] or [NOTHING])


def test_what_programs_ask_is_not_found(seeker: Client) -> None:
    assert seeker.hear("/search VERSION in:diary") == [NOTHING]


def found(shown: list[str]) -> list[str]:
    """The texts of a search's lines."""
    return [line.partition("> ")[2] for line in shown if PLACE.match(line)]


def test_search_page_by_page(seeker: Client) -> None:
    """Ten at a time, down to the oldest; `more` is for the last search."""
    newest = list(reversed(hours(65)))
    shown = seeker.hear("/search hour in:long")
    for first in range(0, 60, 10):
        assert found(shown) == newest[first : first + 10]
        assert shown[10:] == [MORE]
        shown = seeker.hear("/search more")
    assert found(shown) == newest[60:]
    assert shown[5:] == [NO_MORE]
    assert seeker.hear("/search more", "/search MORE") == [NO_MORE] * 2
    assert found(seeker.hear("/search tenth")) == [f"tenth {n}" for n in range(9, -1, -1)]
    assert seeker.seen[-2] == MORE
    assert seeker.hear("/search more") == [NO_MORE]


def test_search_pages_and_live_lines(ann: Client, pat: Client, room: str) -> None:
    """What is said between two pages shifts nothing."""
    ann.ask(*(f"PRIVMSG #{room} :apple {number}" for number in range(12)))
    pat.hear()
    assert found(pat.hear(f"/search apple in:{room}"))[-1] == "apple 2"
    ann.ask(f"PRIVMSG #{room} :apple again")
    pat.hear()
    assert found(pat.hear("/search more")) == ["apple 1", "apple 0"]


def test_more_before_any_search(pat: Client, room: str) -> None:
    """And after one that found nothing."""
    assert pat.hear("/search more") == ["Search for something first."]
    assert pat.hear("/search zyxwv", "/search more") == [NOTHING, "Search for something first."]
    pat.hear("some more")
    assert found(pat.hear(f'/search "more" in:{room}')) == ["some more"]


def test_search_in_no_room(server: Server) -> None:
    """While one chooses."""
    with server.connect() as client:
        client.send(fresh("chooser")).read_until("^Choose a room")
        assert client.hear("/search green") == [FOUND[TEA]]
        leave(client)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ('"open', 'a phrase begins with " but does not end with one'),
        ("!!!", "there is nothing to search for in '!!!'"),
        ('""', "there is nothing to search for in ''"),
        ("from:", "something must follow from:"),
        ("tea in:", "something must follow in:"),
        ("before:soon", "'soon' is no date; expected one such as 2026-11-20"),
        ("after:2021-02-30", "'2021-02-30' is no date; expected one such as 2026-11-20"),
        ("after:9999-12-31", "'9999-12-31' is no date; expected one such as 2026-11-20"),
        ("before:\x1b[2J", "'^[[2J' is no date; expected one such as 2026-11-20"),
        ("a " * 21, "a search has at most 20 words"),
    ],
)
def test_a_bad_query(seeker: Client, query: str, why: str) -> None:
    assert seeker.hear(f"/search {query}") == [f"This cannot be searched: {why}."]


@pytest.mark.parametrize(
    "query", ["* a", 'NOT "a', "NEAR(a b)", "said:a", "a AND", "a;b--", "(", "^a"]
)
def test_the_language_of_the_index_is_not_ours(seeker: Client, query: str) -> None:
    """Whatever is typed is searched for, or refused in words."""
    assert seeker.hear(f"/search zzz{query}")[0].startswith((NOTHING, "This cannot be searched"))


def test_a_search_for_nothing(seeker: Client) -> None:
    assert seeker.hear("/search", "/search  ") == ["Usage: /search WORDS | more"] * 2


@pytest.mark.parametrize(
    ("mode", "opened", "key"),
    [
        ("+k sesame", "", "sesame"),
        ("+i", "INVITE {nick} #{room}", ""),
        ("+s", "", ""),
        ("+b *!*@*", "MODE #{room} -b *!*@*", ""),
    ],
)
def test_rooms_one_may_not_read(
    server: Server, ann: Client, mode: str, opened: str, key: str
) -> None:
    """Nothing of them is found, until one is let in."""
    room, word, nick = fresh("closed"), fresh("pearl"), fresh("outsider")
    ann.ask(f"JOIN #{room}", f"PRIVMSG #{room} :{word} 1")
    with server.person(nick, "street") as outsider:
        assert found(outsider.hear(f"/search {word}")) == [f"{word} 1"]
        ann.ask(f"MODE #{room} {mode}", *(f"PRIVMSG #{room} :{word} {n}" for n in range(2, 11)))
        assert outsider.hear(f"/search {word}") == [NOTHING]
        refusal = f"You cannot read what was said in {room}."
        assert outsider.hear(f"/search {word} in:{room}", f"/search in:#{room}") == [refusal] * 2
        if opened:
            ann.ask(opened.format(nick=nick, room=room))
        outsider.hear(f"/join {room} {key}")
        assert found(outsider.hear(f"/search {word}")) == [f"{word} {n}" for n in range(10, 0, -1)]
        leave(outsider)


def test_private_talk_is_not_found(ann: Client, pat: Client, room: str) -> None:
    """Nor what only a room's operators were told."""
    word = fresh("confidential")
    pat.hear(f"/msg {ann.nick} {word}", f"/me whispers {word}")
    ann.ask(f"PRIVMSG @#{room} :{word}")
    (line,) = pat.hear(f"/search {word}")
    assert line.endswith(f" whispers {word}")


def test_what_was_taken_back(server: Server, ann: Client, pat: Client, room: str) -> None:
    """draft/message-redaction: gone from all that is shown later."""
    word = fresh("secret")
    ann.ask()
    oops, kept = ann.ask(f"PRIVMSG #{room} :{word} oops", f"PRIVMSG #{room} :{word} kept")
    assert texts(pat.hear()) == [f"{word} oops", f"{word} kept"]
    assert found(pat.hear(f"/search {word}")) == [f"{word} kept", f"{word} oops"]
    ann.ask(f"REDACT #{room} {oops.tags['msgid']}")
    assert found(pat.hear(f"/search {word}")) == [f"{word} kept"]
    assert pat.hear(f"/search {word} oops") == [NOTHING]
    assert texts(pat.hear("/history")) == [kept.params[1]]
    assert texts(welcomed(server, room)) == [kept.params[1]]


def test_paging_from_what_was_taken_back(ann: Client, pat: Client, room: str) -> None:
    """Its place is still known."""
    ann.ask()
    echoes = ann.ask(*(f"PRIVMSG #{room} :plum {number}" for number in range(12)))
    pat.hear("/history 6")
    assert found(pat.hear(f"/search plum in:{room}"))[-1] == "plum 2"
    for number in (2, 6):
        ann.ask(f"REDACT #{room} {echoes[number].tags['msgid']}")
    assert texts(pat.hear("/history more")) == [f"plum {number}" for number in (0, 1, 3, 4, 5)]
    assert found(pat.hear("/search more")) == ["plum 1", "plum 0"]


# While a search is under way


def whole(data: bytes) -> list[bytes]:
    return [data]


def single_bytes(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


@pytest.mark.parametrize("end", ["exit\n", "exit", ""])
@pytest.mark.parametrize("cut", [whole, single_bytes])
def test_a_search_that_is_piped_in(
    server: Server, room: str, cut: Callable[[bytes], list[bytes]], end: str
) -> None:
    """`printf … | nc`: what was found is shown before what comes next, and before the goodbye."""
    searches = "/search green\n/who\n/search rain\n/search zyxwv\n"
    typed = f"{fresh('piper')}\n{room}\n{searches}{end}"
    with server.connect() as piper:
        for piece in cut(typed.encode()):
            piper.sock.sendall(piece)
        piper.sock.shutdown(socket.SHUT_WR)
        first, who, second, third, goodbye = piper.end()[-5:]
    assert first == FOUND[TEA]
    assert who == f"In {room}. Nobody else is here yet."
    assert second == "[2019-12-31 09:30:00] diary -owl- rain today"
    assert [third, goodbye] == [NOTHING, "Goodbye!"]


def test_what_waits_is_not_lost(ann: Client, pat: Client) -> None:
    """Each line once, in order, however much is typed while a search is under way; nor is what
    others say kept back for ever."""
    lines = [f"{number} " + "x" * 300 for number in range(1000)]
    pat.send(*(line for text in lines for line in (text, "/search zyxwv")[: 1 + (text[1] == "0")]))
    said: list[str] = []
    while len(said) < len(lines):
        said += [m.params[1] for m in ann.ask() if m.command == "PRIVMSG"]
    assert said == lines
    assert set(pat.hear()) == {NOTHING}


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Server]:
    """A server whose searches wait in vain for a stranger's lock, one after the other."""
    with Server(tmp_path, "--listen", f"unix:{tmp_path / 'door'}", config=CONFIG) as server:
        with server.person("opener", "den") as opener:
            assert opener.hear("/search green") == [NOTHING]
        with closing(sqlite3.connect(tmp_path / "data" / "search.db")) as stranger:
            stranger.execute("BEGIN IMMEDIATE")
            yield server
        server.end_well()


def test_no_more_than_a_little_is_taken_in_meanwhile(slow: Server, tmp_path: Path) -> None:
    """The rest waits in the system, and then with the one who types so much."""
    with slow.knock(tmp_path / "door") as pat:
        pat.send("pat", "den").read_until("^Welcome to room")
        pat.send("/search green")
        sent = 0
        while pat.sock not in select.select([pat.sock], [], [], 0)[0]:
            if select.select([], [pat.sock], [], 0)[1]:
                sent += pat.sock.send(b" " * 1000 + b"\n")
        assert pat.hear("") == ["The search could not be run."]
        assert sent < 1_000_000


def test_who_is_gone_waits_for_no_search(slow: Server) -> None:
    """And keeps nobody's nickname or place meanwhile; what they typed after it is still said."""
    with slow.join("ann", "#den", caps=CAPS) as ann, slow.person("pat", "den") as pat:
        ann.ask(*["SEARCH text=green"] * 20)  # two workers have the lock in turn
        pat.send("one moment", "/search green", "/search green", "last words")
        ann.wait("PRIVMSG", "#den", "one moment")
        pat.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        pat.close()
        ann.send("PRIVMSG #den :are you there")  # which finds out
        meanwhile = ann.read_until(" QUIT ")
        assert "last words" in meanwhile[-2]
        assert sum("FAIL SEARCH" in line for line in ann.seen) < 19


def test_who_goes_in_the_middle_of_a_search(server: Server, ann: Client, room: str) -> None:
    """What was typed after it is still said."""
    with server.person(fresh("pat"), room) as pat:
        pat.send("/search green", "last words", "/search green")
    ann.wait("PRIVMSG", f"#{room}", "last words")
    ann.wait("QUIT")


# When there is nothing to read from


def test_a_history_that_cannot_be_read(tmp_path: Path) -> None:
    """A sentence says so, the chat goes on; and when it can be read again it is."""
    write(tmp_path, SAID)
    with Server(tmp_path, config=CONFIG, environment=EAST) as server:
        stranger = sqlite3.connect(tmp_path / "data" / "history.db")
        with closing(stranger), server.person("pat", "street") as pat:
            pat.hear()
            stranger.execute("ALTER TABLE message RENAME TO gone")
            shown = pat.hear("/join tea")
            assert "The history cannot be read now." in shown
            shown = pat.hear("/history", "/history more", "/search green", "hello")
            assert [line for line in shown if "cannot be written" not in line] == [
                "The history cannot be read now.",
                "The history cannot be read now.",
                "The search could not be run.",
            ]
            assert UP_TO_DATE not in pat.seen
            stranger.execute("ALTER TABLE gone RENAME TO message")
            assert found(pat.hear("/search green")) == ["green tea is ready"]
            assert "green tea is ready" in texts(pat.hear("/history"))
        server.end_well()


def test_a_server_without_a_history(tmp_path: Path) -> None:
    """history.enabled = false"""
    with Server(tmp_path, config="[history]\nenabled = false\n") as server:
        with server.person("pat", "den") as pat:
            asked = ("/history", "/history more", "/search green", "/search more")
            assert pat.hear("hello", *asked) == ["This server keeps no history."] * 4
            assert welcomed(server, "den") == []
        server.end_well()


def test_a_server_that_shows_nothing_of_itself(tmp_path: Path) -> None:
    """history.replay = 0: what was said is there for who asks."""
    write(tmp_path, series("#den", 15, "line", "2022-05-01"))
    with Server(tmp_path, config="[history]\nreplay = 0\n") as server:
        assert welcomed(server, "den") == []
        with server.person("pat", "den") as pat:
            assert texts(pat.hear("/history")) == [f"line {number}" for number in range(5, 15)]
        server.end_well()


def test_a_search_is_dear(tmp_path: Path) -> None:
    """It costs four lines of talk, as it does on IRC; who searches on and on has to wait."""
    config = "[limits]\nflood_burst = 3\nflood_rate = 1\n"
    with Server(tmp_path, "-v", config=config) as server:
        with server.person("pat", "den") as pat:
            pat.send("/search green")
            server.wait_for("pat sends too fast")
        server.end_well()
