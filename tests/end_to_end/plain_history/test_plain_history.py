"""The history at the plain door: the last lines on entering, and /history."""

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from end_to_end.plain_past import (
    CONFIG,
    DAY,
    EAST,
    ESCAPES,
    NOTHING,
    NOTHING_YET,
    PLACE,
    SAID,
    SHOWN,
    STAMP,
    THE_BEGINNING,
    UP_TO_DATE,
    found,
    hours,
    leave,
    series,
    texts,
    welcomed,
    write,
)
from harness import Client, Server, fresh

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
    assert pat.hear("/history", "/history more") == ["You are not in a room. Type /join ROOM."] * 2


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
        nothing = "There are no messages on this page. /history more shows older ones."
        assert reader.hear("/history more") == [nothing]
        assert texts(reader.hear("/history more")) == ["human 0", "human 1", "human 2"]
        assert reader.hear("/history more") == [THE_BEGINNING]
        leave(reader)


def test_a_page_that_is_kept_no_longer(server: Server, ann: Client, pat: Client, room: str) -> None:
    """history.keep_days, and the like: what was shown may be gone, and is the beginning then."""
    ann.ask(*(f"PRIVMSG #{room} :{room} {number}" for number in range(6)))
    pat.hear("/history 3", "/search nothing")  # which is looked for in the database alone
    with closing(sqlite3.connect(server.directory / "data" / "history.db")) as stranger:
        for number in range(4):
            stranger.execute("DELETE FROM message WHERE text = ?", (f"{room} {number}",))
        stranger.commit()
    assert pat.hear("/history more") == [THE_BEGINNING]
    assert texts(pat.hear("/history")) == [f"{room} 4", f"{room} 5"]


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
            assert "The history cannot be read right now." in shown
            shown = pat.hear("/history", "/history more", "/search green", "hello")
            assert [line for line in shown if "cannot be written" not in line] == [
                "The history cannot be read right now.",
                "The history cannot be read right now.",
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
