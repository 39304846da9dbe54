"""The last lines on joining, for clients that do not ask themselves (history.replay)."""

import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from chatroom.wire.message import Message
from harness import Client, Server

CONFIG = "[limits]\nflood_rate = 0\n[history]\nreplay = 3\n"
STAMP = re.compile(r"\[\d\d:\d\d:\d\d\] ")
KNOWS_THE_PAST = "batch server-time"
THE_END = "End of the history. The following lines are live."

_numbers = count(1)


@pytest.fixture
def room() -> str:
    """One without a past."""
    return f"#room{next(_numbers)}"


@pytest.fixture
def anna(server: Server, room: str) -> Iterator[Client]:
    """Is in the room, and its operator."""
    with server.join("anna", room) as client:
        yield client
        bye(client)


def bye(*clients: Client) -> None:
    """Each has left the server."""
    for client in clients:
        client.send("QUIT").end()


def told(client: Client, room: str) -> list[str]:
    """What is said to a client that joins."""
    return [text for m in client.ask(f"JOIN {room}") for text in m.params[1:2] if is_said(m)]


def is_said(message: Message) -> bool:
    return message.command in ("PRIVMSG", "NOTICE")


def test_the_last_lines(server: Server, anna: Client, room: str) -> None:
    """As many as `replay` says, after the names, with their authors and commands."""
    anna.ask(*(f"PRIVMSG {room} {n}" for n in range(4)), f"NOTICE {room} :4", f"TOPIC {room} :x")
    with server.join("ben", caps=KNOWS_THE_PAST) as ben:
        replies = ben.ask(f"JOIN {room}")
        commands = ["366", "BATCH", "PRIVMSG", "PRIVMSG", "NOTICE", "BATCH"]
        assert [m.command for m in replies][-6:] == commands
        assert [(m.nick, *m.params) for m in replies[-4:-1]] == [
            ("anna", room, text) for text in "234"
        ]
        bye(ben)


@pytest.mark.parametrize(("caps", "tags"), [("", set()), (" message-tags", {"msgid"})])
def test_the_batch(server: Server, anna: Client, room: str, caps: str, tags: set[str]) -> None:
    """batches/chathistory: all in one batch, with the time at which they were sent."""
    anna.ask(f"PRIVMSG {room} :hi you", f"PRIVMSG {room} :\x01ACTION waves\x01")
    with server.join("ben", caps=KNOWS_THE_PAST + caps) as ben:
        replies = ben.ask(f"JOIN {room}")
        said = [m for m in replies if is_said(m)]
        assert [m.params[1] for m in said] == ["hi you", "\x01ACTION waves\x01"]
        assert [set(m.tags) for m in said] == [{"batch", "time", *tags}] * 2
        (start, *_, end) = replies[[m.command for m in replies].index("BATCH") :]
        assert start.params[1:] == ("chathistory", room)
        assert {m.tags["batch"] for m in said} == {start.params[0][1:]}
        assert end.params == (f"-{start.params[0][1:]}",)
        bye(ben)


@pytest.mark.parametrize(
    "caps", ["", "server-time", "batch", "message-tags batch", "message-tags server-time"]
)
def test_notices_for_clients_that_would_take_the_past_for_the_present(
    server: Server, anna: Client, room: str, caps: str
) -> None:
    """To those that lack batch or server-time, or both: from the server, so that no bot answers."""
    anna.ask(
        f"PRIVMSG {room} :!roll", f"PRIVMSG {room} :\x01ACTION waves\x01", f"NOTICE {room} :psst"
    )
    with server.join("ben", caps=caps) as ben:
        replies = ben.ask(f"JOIN {room}")
        past = replies[[m.command for m in replies].index("366") + 1 :]
        assert {(m.command, m.source, m.params[0]) for m in past} == {
            ("NOTICE", "chatroom.local", room)
        }
        texts = [m.params[1] for m in past]
        assert (texts[0], texts[-1]) == (f"The last 3 lines of {room[1:]}:", THE_END)
        assert [STAMP.sub("", text, count=1) for text in texts[1:-1]] == [
            "<anna> !roll",
            "* anna waves",
            "-anna- psst",
        ]
        assert all(STAMP.match(text) for text in texts[1:-1])
        times = {"time"} if "server-time" in caps else set()
        assert [set(m.tags) for m in past] == [set(), times, times, times, set()]
        bye(ben)


def test_a_long_line_is_wrapped(server: Server, anna: Client, room: str) -> None:
    """With the time in front of each piece: nothing is cut, and nothing comes unstamped."""
    head = f":anna!~anna@127.0.0.1 PRIVMSG {room} :\r\n"
    text = ("word " * 100)[: 512 - len(head)]
    anna.ask(f"PRIVMSG {room} :{text}")
    with server.join("ben") as ben:
        lines = ben.ask(f"JOIN {room}")[-3:-1]
        first, rest = (STAMP.sub("", m.params[1]) for m in lines)
        assert all(STAMP.match(m.params[1]) for m in lines)
        assert rest.startswith("<anna> … word ")
        assert first.removeprefix("<anna> ") + rest.removeprefix("<anna> … ") == text
        bye(ben)


def test_no_queries_that_a_client_would_answer(server: Server, anna: Client, room: str) -> None:
    """CTCP, "Queries": the answer would go to somebody who asked others, long ago."""
    anna.ask(f"PRIVMSG {room} :\x01VERSION\x01", f"NOTICE {room} :\x01PING 5\x01")
    for caps in ("", KNOWS_THE_PAST):
        with server.join("ben", caps=caps) as ben:
            assert told(ben, room) == []
            bye(ben)


def test_nothing_for_clients_with_chathistory(server: Server, anna: Client, room: str) -> None:
    """chathistory, "Implementation": no history that would otherwise be sent automatically."""
    anna.ask(f"PRIVMSG {room} :hi")
    with server.join("ben", caps="batch server-time draft/chathistory") as ben:
        replies = ben.ask(f"JOIN {room}")
        assert [m.command for m in replies][-1] == "366"
        assert told(ben, room) == []
        bye(ben)


def test_nothing_for_bots(server: Server, anna: Client, room: str) -> None:
    """bot-mode: a bot would answer once more."""
    anna.ask(f"PRIVMSG {room} :!roll")
    with server.join("ben", caps=KNOWS_THE_PAST) as ben:
        ben.ask("MODE ben +B")
        assert told(ben, room) == []
        ben.ask("MODE ben -B", f"PART {room}")
        anna.ask(f"PRIVMSG {room} :again")
        assert told(ben, room) == ["again"]
        bye(ben)


def test_an_empty_room_has_no_batch(server: Server, room: str) -> None:
    """Nobody waits for an answer here."""
    with server.join("ben", caps="batch server-time") as ben:
        assert "BATCH" not in [m.command for m in ben.ask(f"JOIN {room}")]
        bye(ben)


# Coming back


def by_parting(server: Server, ben: Client, room: str) -> Client:
    """PART."""
    ben.ask(f"PART {room} :for tea")
    return ben


def by_leaving_all(server: Server, ben: Client, room: str) -> Client:
    """JOIN 0."""
    ben.ask("JOIN 0")
    return ben


@pytest.mark.parametrize("leave", [by_parting, by_leaving_all])
def test_a_quick_rejoin_shows_what_was_said_since(
    server: Server, anna: Client, room: str, leave: Callable[[Server, Client, str], Client]
) -> None:
    """Nothing is shown twice, nothing is left out."""
    ben = server.join("ben", room, caps=KNOWS_THE_PAST)
    anna.ask(f"PRIVMSG {room} :before")
    assert [m.params[1] for m in ben.ask() if is_said(m)] == ["before"]
    ben = leave(server, ben, room)
    assert told(ben, room) == []
    ben = leave(server, ben, room)
    anna.ask(f"PRIVMSG {room} :meanwhile", f"PRIVMSG {room} :since")
    assert told(ben, room) == ["meanwhile", "since"]
    assert told(ben, room) == []  # is in already
    bye(ben)


def test_a_client_that_is_started_anew(server: Server, anna: Client, room: str) -> None:
    """After a QUIT all of it is shown: what the old one had, the new one has not."""
    with server.join("ben", room, caps=KNOWS_THE_PAST) as ben:
        anna.ask(f"PRIVMSG {room} :before")
        ben.ask(f"PRIVMSG {room} :mine")
        bye(ben)
    with server.join("ben", caps=KNOWS_THE_PAST) as ben:
        assert told(ben, room) == ["before", "mine"]
        bye(ben)


def test_what_is_said_in_the_moment_of_leaving(server: Server, anna: Client, room: str) -> None:
    """The place in the log counts and not the time: some of this may have the same millisecond."""
    with server.join("ben", room, caps=KNOWS_THE_PAST) as ben:
        ben.ask()
        anna.ask(f"PRIVMSG {room} :before")
        assert [m.params[1] for m in ben.ask(f"PART {room}") if is_said(m)] == ["before"]
        anna.ask(f"PRIVMSG {room} :after")
        assert told(ben, room) == ["after"]
        bye(ben)


def test_a_kick_is_no_proof_that_anything_was_read(anna: Client, server: Server, room: str) -> None:
    """It is somebody else's act, perhaps against a connection that nobody reads any more."""
    with server.join("ben", room, caps=KNOWS_THE_PAST) as ben:
        ben.ask()
        anna.ask(f"PRIVMSG {room} :before", f"KICK {room} ben", f"PRIVMSG {room} :after")
        assert [m.params[1] for m in ben.ask() if is_said(m)] == ["before"]
        assert told(ben, room) == ["before", "after"]
        bye(ben)


def test_another_nickname_has_seen_nothing(server: Server, anna: Client, room: str) -> None:
    """Who comes for the first time is shown the last lines, whoever left before."""
    bye(server.join("ben", room))
    anna.ask(f"PRIVMSG {room} :hi")
    bye(server.join("ben", room))
    with server.join("carl", caps=KNOWS_THE_PAST) as carl:
        assert told(carl, room) == ["hi"]
        bye(carl)


def test_a_lost_connection_has_perhaps_not_read_all(
    server: Server, anna: Client, room: str
) -> None:
    """What was sent to it is shown to its successor."""
    ben = server.join("ben", room, caps=KNOWS_THE_PAST)
    anna.ask(f"PRIVMSG {room} :into the void")
    ben.close()
    anna.wait("QUIT")
    with server.join("ben", caps=KNOWS_THE_PAST) as ben:
        assert told(ben, room) == ["into the void"]
        bye(ben)


def test_none_where_the_operator_wants_none(tmp_path: Path) -> None:
    """history.replay = 0."""
    with Server(tmp_path, config="[history]\nreplay = 0\n") as server:
        with server.join("anna", "#quiet") as anna, server.join("ben") as ben:
            anna.ask("PRIVMSG #quiet :hi")
            assert told(ben, "#quiet") == []
        server.end_well()
