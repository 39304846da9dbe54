"""`chatroom-client rooms`, `who`, `history` and `search`, as text and as JSON."""

import json
from pathlib import Path

import pytest

from end_to_end.scripts import run
from harness import Server, fresh


def answers(server: Server, *arguments: str) -> list[dict[str, object]]:
    """The objects that it prints; it has gone well."""
    done = run(server, *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def texts(server: Server, *arguments: str) -> list[str]:
    """The lines that it prints, without the times; it has gone well."""
    done = run(server, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition("] ")[2] for line in done.stdout.splitlines()]


def test_rooms(server: Server) -> None:
    """The fullest first; what a terminal might obey is written out for people, not for programs."""
    one, two = fresh("one"), fresh("two")
    with server.join("alice", f"#{one}", f"#{two}") as alice, server.join("bob", f"#{two}") as _:
        alice.ask(f"TOPIC #{two} :\x1b[31mtea\tat five")
        lines = run(server, "rooms").stdout.splitlines()
        assert lines.index(f"{two}\t2\t^[[31mtea    at five") < lines.index(f"{one}\t1")
        rows = answers(server, "rooms")
    assert {"room": f"#{two}", "users": 2, "topic": "\x1b[31mtea\tat five"} in rows
    assert {"room": f"#{one}", "users": 1, "topic": ""} in rows


def test_who_and_rooms_agree(server: Server) -> None:
    """Neither counts those who are invisible (user mode i) to somebody who is not there."""
    room = fresh("hide")
    with server.join("ivy", f"#{room}") as ivy, server.join("ira", f"#{room}") as ira:
        ira.ask("MODE ira +i")
        assert run(server, "who", room).stdout == "ivy\toperator\n"
        assert f"{room}\t1\n" in run(server, "rooms").stdout
        assert ("322", f"#{room}", "2") in [each[:3] for each in ivy.replies(f"LIST #{room}")]
        ira.ask("MODE ira -i")
        assert f"{room}\t2\n" in run(server, "rooms").stdout
        assert len(run(server, "who", room).stdout.splitlines()) == 2


def test_who(server: Server) -> None:
    """By name, with the rank; nobody else hears of the question."""
    room = fresh("ops")
    with server.join("zoe", f"#{room}") as zoe, server.join("Alice", f"#{room}") as _:
        assert run(server, "who", room).stdout == "Alice\nzoe\toperator\n"
        members = [{"nick": "Alice", "modes": ""}, {"nick": "zoe", "modes": "o"}]
        assert answers(server, "who", f"#{room}") == members
        zoe.read_until("JOIN")  # Alice's
        assert not zoe.replies()


def test_nobody(server: Server) -> None:
    """Status 1, so that a shell can ask `if`."""
    done = run(server, "who", "nowhere")
    expected = "chatroom-client: Nobody is in nowhere, or you are not allowed to see who is.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)


def test_history(server: Server) -> None:
    """The last lines, or all since a time, over more pages than one; nobody enters the room."""
    room = fresh("ops")
    said = [f"<alice> {number}" for number in range(1203)]
    with server.join("alice", f"#{room}") as alice:
        alice.ask(*(f"PRIVMSG #{room} :{number}" for number in range(1203)))
        assert texts(server, "history", room) == said[-20:]
        assert texts(server, "history", room, "-n", "700") == said[-700:]
        assert texts(server, "history", room, "--lines", "5000") == said
        assert texts(server, "history", room, "--since", "1h") == said
        assert texts(server, "history", room, "--since", "1h", "-n", "3") == said[-3:]
        assert texts(server, "history", room, "--since", "2999-01-01") == []
        (last,) = answers(server, "history", room, "-n", "1")
        assert not alice.replies()
    assert (last["type"], last["room"], last["text"]) == ("message", f"#{room}", "1202")
    assert last["msgid"]


def test_the_history_of_a_room_that_is_none(server: Server) -> None:
    """A slip of the finger is no success; a room that is there and silent is one."""
    done = run(server, "history", "nowhere")
    expected = "chatroom-client: The history has nothing from nowhere, and nobody is there.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)
    room = fresh("still")
    with server.join("alice", f"#{room}"):
        assert answers(server, "history", room) == []


def test_looks_are_left_out(server: Server) -> None:
    """Bold and colours of IRC, for people; what a terminal might obey is written out."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        bold = "\x02bold\x02 \x0304red\x03 \x1b[31m"
        alice.ask(f"PRIVMSG #{room} :{bold}", f"PRIVMSG #{room} :\x01ACTION is \x1dslow\x1d\x01")
        assert texts(server, "history", room) == ["<alice> bold red ^[[31m", "* alice is slow"]
        assert answers(server, "history", room)[0]["text"] == bold


def test_the_history_of_a_closed_room(server: Server) -> None:
    """The reason why it cannot be entered is the reason why it cannot be read."""
    room = fresh("key")
    with server.join("alice", f"#{room}") as alice:
        alice.ask(f"MODE #{room} +k secret")
        done = run(server, "history", room)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"chatroom-client: You cannot join {room}: the key is missing or wrong"
    )


def test_search(server: Server) -> None:
    """The newest of all that fit, the oldest first; a quoted argument is a phrase."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        for ten in range(25):  # not all in one millisecond, which is no page's beginning
            alice.ask(*(f"PRIVMSG #{room} :the tea {ten}{number}" for number in range(10)))
        alice.ask(f"PRIVMSG #{room} :tea the")
        said = [
            f"{room} <alice> the tea {ten}{number}" for ten in range(25) for number in range(10)
        ]
        where = f"in:{room}"
        assert texts(server, "search", "the tea", where) == said[-20:]
        assert texts(server, "search", "the", "tea", where)[-1] == f"{room} <alice> tea the"
        assert texts(server, "search", '"the tea" from:alice', where, "-n", "230") == said[-230:]
        assert texts(server, "search", "the tea", where, "-n", "1000") == said
        (found,) = answers(server, "search", "tea", where, "-n", "1")
    assert (found["text"], found["room"]) == ("tea the", f"#{room}")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["zebra"], "Nothing was found."),
        (["before:yesterday"], "This cannot be searched: 'yesterday' is not a date; expected one"),
        (["x" * 600], "This cannot be searched: a search has at most 500 characters."),
    ],
)
def test_nothing_found(server: Server, words: list[str], expected: str) -> None:
    """Status 1, as of grep."""
    done = run(server, "search", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"chatroom-client: {expected}")


def test_a_server_without_a_history(tmp_path: Path) -> None:
    """A sentence, and status 1."""
    with Server(tmp_path, config="[history]\nenabled = false\n") as server:
        done = run(server, "history", "ops")
        expected = "chatroom-client: This server does not show its history.\n"
        assert (done.returncode, done.stderr) == (1, expected)
        done = run(server, "search", "tea")
        expected = "chatroom-client: This server does not search its history.\n"
        assert (done.returncode, done.stderr) == (1, expected)
