"""/search at the plain door, and what waits while one is under way."""

import select
import socket
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from end_to_end.plain_past import (
    CAPS,
    CONFIG,
    FOUND,
    MORE,
    NO_MORE,
    NOTHING,
    found,
    hours,
    leave,
    texts,
    welcomed,
)
from harness import PATIENCE, Client, Server, fresh


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
        ('"&', "there is nothing to search for in '\"'"),
        ("!!!", "there is nothing to search for in '!!!'"),
        ('""', "there is nothing to search for in ''"),
        ("from:", "from: needs a value"),
        ("tea in:", "in: needs a value"),
        ("before:soon", "'soon' is not a date; expected one such as 2026-11-20"),
        ("after:2021-02-30", "'2021-02-30' is not a date; expected one such as 2026-11-20"),
        ("after:9999-12-31", "'9999-12-31' is not a date; expected one such as 2026-11-20"),
        ("before:\x1b[2J", "'^[[2J' is not a date; expected one such as 2026-11-20"),
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
    """Nothing of them is found, until one is let in. Of a secret room not even that it is there."""
    room, word, nick = fresh("closed"), fresh("pearl"), fresh("outsider")
    ann.ask(f"JOIN #{room}", f"PRIVMSG #{room} :{word} 1")
    with server.person(nick, "street") as outsider:
        assert found(outsider.hear(f"/search {word}")) == [f"{word} 1"]
        ann.ask(f"MODE #{room} {mode}", *(f"PRIVMSG #{room} :{word} {n}" for n in range(2, 11)))
        assert outsider.hear(f"/search {word}") == [NOTHING]
        refusal = NOTHING if mode == "+s" else f"You cannot read the history of {room}."
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
        assert pat.hear()[-1].endswith(f'deleted a message: "plum {number}"')
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
        pat.sock.setblocking(False)
        while not select.select([pat.sock], [], [], 0)[0]:
            if select.select([pat.sock], [pat.sock], [], PATIENCE)[1]:
                sent += pat.sock.send(b" " * 1000 + b"\n")
        pat.sock.settimeout(PATIENCE)
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


def test_a_search_is_dear(tmp_path: Path) -> None:
    """It costs four lines of talk, as it does on IRC; who searches on and on has to wait."""
    config = "[limits]\nflood_burst = 3\nflood_rate = 1\n"
    with Server(tmp_path, "-v", config=config) as server:
        with server.person("pat", "den") as pat:
            pat.send("/search green")
            server.wait_for("pat sends too fast")
        server.end_well()
