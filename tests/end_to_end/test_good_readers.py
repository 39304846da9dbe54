"""Who asks for much and reads it is not dropped; who reads nothing is.

A connection over Ethernet has a small MSS, with which the system takes far less at once than over
the loopback's large one.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.net.tls_context import client_context
from chatroom.wire.message import Message
from harness import PATIENCE, Client, Server, fresh
from tls_ends import SERVER

FREE = "[limits]\nflood_rate = 0\n"
MSS = 1448
LINES = 500
ENOUGH = 5_000
"""Turns of a loop that ends when a second has passed in the server."""

ROOMS = [f"#room{number}" for number in range(15)]
TAGGED = [f"#tagged{number}" for number in range(25)]
REPLAYED = 20
TAG = "+example/large=" + "x" * 4000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With its default limits, but without flood control: what it slows down is no reader."""
    with Server(tmp_path_factory.mktemp("server"), config=FREE) as server:
        author = server.join("author", *ROOMS, *TAGGED, caps="message-tags")
        for room in ROOMS:
            author.ask(*(f"PRIVMSG {room} :{n} {'x' * 300}" for n in range(LINES)))
        for room in TAGGED:
            author.ask(*(f"@{TAG} PRIVMSG {room} :{n}" for n in range(REPLAYED)))
        author.close()
        yield server
        server.end_well()


def far_reader(server: Server, nick: str, caps: str) -> Client:
    """Somebody whose connection has an Ethernet's MSS."""
    sock = socket.socket()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, MSS)
    sock.settimeout(PATIENCE)
    sock.connect(("127.0.0.1", server.port))
    return Client(sock).register(nick, caps)


STEPS = 1000
"""Turns of the server in which it gives such answers whole, if nothing makes it wait."""


def answers_to(reader: Client, server: Server, *lines: str) -> list[Message]:
    """What comes back for these lines, of which nothing is read before the server did its part."""
    with server.join(fresh("other")) as other:
        reader.send(*lines)
        for _ in range(STEPS):  # each PING takes a turn, and who is busy works in it, too
            other.ask()
    return reader.ask()


def test_many_large_answers_at_once(server: Server) -> None:
    """CHATHISTORY of 500 lines in each of 15 rooms, asked for in one go, comes whole."""
    with far_reader(server, "reader", "batch server-time message-tags draft/chathistory") as reader:
        answers = answers_to(
            reader, server, *(f"CHATHISTORY LATEST {room} * {LINES}" for room in ROOMS)
        )
        batches = [message.params for message in answers if message.command == "BATCH"]
        assert [params[2] for params in batches[::2]] == ROOMS
        assert [params[0][1:] for params in batches[1::2]] == [p[0][1:] for p in batches[::2]]
        said = [(m.params[0], m.params[1].split()[0]) for m in answers if m.command == "PRIVMSG"]
        assert said == [(room, str(n)) for room in ROOMS for n in range(LINES)]
        assert reader.ask() == []


def test_many_replays_with_large_tags_at_once(server: Server) -> None:
    """On joining 25 rooms whose last lines each have 4 KB of client-only tags."""
    with far_reader(server, "joiner", "batch server-time message-tags") as joiner:
        joined = answers_to(joiner, server, f"JOIN {','.join(TAGGED)}")
        assert [m.params[0] for m in joined if m.command == "JOIN"] == TAGGED
        said = [(m.params[0], m.params[1]) for m in joined if m.command == "PRIVMSG"]
        assert said == [(room, str(n)) for room in TAGGED for n in range(REPLAYED)]
        assert joiner.ask() == []


# While others speak


SLOWNESS = f'outbox = 65_536\nslow_reader = 1\n[tls]\ncertificate = "{SERVER}"\n'
LINE = "x" * 400
TURN = 32
"""Lines said in a turn."""


def guest(server: Server, path: Path, nick: str, room: str, encrypted: bool) -> Client:
    """Somebody in the room at a unix socket, whose buffer does not grow: it takes some 200 KB."""
    client = server.knock(path)
    if encrypted:
        client = Client(client_context(verify=False).wrap_socket(client.sock))
    return client.register(nick).send(f"JOIN {room}")


def test_a_steady_reader_stays_and_one_who_reads_nothing_goes(tmp_path: Path) -> None:
    """Both are behind by more than `outbox`, the steady reader for longer; he takes in each turn as
    much as is said in it, so that he never catches up. In clear text and over TLS."""
    path = tmp_path / "s"
    with Server(tmp_path, "--listen", f"unix:{path}", config=FREE + SLOWNESS) as server:
        speaker = server.join("speaker", "#busy", "#other")
        watcher = server.join("watcher", "#busy", "#other")
        ways = {"clear": False, "tls": True}
        steady = [guest(server, path, f"steady-{way}", "#busy", ways[way]) for way in ways]
        lazy = [guest(server, path, f"lazy-{way}", "#other", ways[way]) for way in ways]
        for reader in (*steady, *lazy):
            reader.wait("366")
        for room in ("#busy", "#other"):  # 440 KB: not so much that they are dropped at once
            for _ in range(20):
                speaker.ask(*[f"PRIVMSG {room} :{LINE}"] * 50)
        gone: list[str] = []
        for _ in range(ENOUGH):
            speaker.ask(*[f"PRIVMSG #busy :{LINE}"] * TURN)
            for reader in steady:
                for _ in range(TURN):
                    reader.line()
            gone += [m.nick for m in watcher.ask() if m.command == "QUIT"]
            if len(gone) == len(lazy):
                break
        assert sorted(gone) == ["lazy-clear", "lazy-tls"]
        speaker.ask("PRIVMSG #busy :the last")
        for reader in steady:
            assert reader.send("PING :the barrier").read_until("PONG")
            assert [line for line in reader.seen if line.endswith("the last")]
            reader.close()
        for reader, way in zip(lazy, ways, strict=True):
            server.wait_for(rf"lazy-{way} has left the server \(Reads too slowly")
            reader.close()
        server.end_well()
