"""What a client has read is not shown to it again, however it or the server ended; and who is the
operator of a permanent room then."""

import signal
from pathlib import Path

import pytest

from harness import Client, Server

CONFIG = "[limits]\nflood_rate = 0\n"
NAMED = f'{CONFIG}[rooms.operators]\ngeneral = ["alice!*@127.0.0.1"]\n'
ROOM = "#general"


def shown(client: Client) -> list[str]:
    """The texts of the past that somebody is shown who joins."""
    texts = [m.params[1] for m in client.ask(f"JOIN {ROOM}") if m.command == "NOTICE"]
    return [text.partition("> ")[2] for text in texts if "] <" in text]


def names(client: Client) -> list[str]:
    (reply,) = [m for m in client.ask(f"NAMES {ROOM}") if m.command == "353"]
    return sorted(reply.params[-1].split())


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_ends(tmp_path: Path, end: signal.Signals) -> None:
    """Killed: what was proven. Stopped: all, since the clients read to its last words and closed.
    Nobody becomes operator by coming back first; whom a HUP names does."""
    with Server(tmp_path, config=CONFIG) as server:
        anna, ben = server.join("anna", ROOM), server.join("ben", ROOM)
        anna.ask(f"PRIVMSG {ROOM} :1", f"PRIVMSG {ROOM} :2")
        ben.ask()  # a PING, as clients send by themselves
        anna.ask(f"PRIVMSG {ROOM} :3")
        server.send_signal(end)
        for client in (ben, anna):
            client.end()
            client.close()
        server.stop()
    with Server(tmp_path, config=CONFIG) as server:
        with server.join("ben") as ben, server.join("carl") as carl, server.join("alice") as alice:
            assert shown(ben) == (["3"] if end == signal.SIGKILL else [])
            assert shown(carl) == ["1", "2", "3"]
            shown(alice)
            assert names(ben) == ["alice", "ben", "carl"]
            server.reload(NAMED)
            for client in (ben, carl, alice):
                assert client.wait("MODE").params == (ROOM, "+o", "alice")
            assert names(ben) == ["@alice", "ben", "carl"]
            alice.ask(f"MODE {ROOM} +i", f"PART {ROOM}")
            assert "MODE" in [m.command for m in alice.ask(f"JOIN {ROOM}")]
            assert names(ben) == ["@alice", "ben", "carl"]
        server.end_well()


def test_a_client_that_is_killed(tmp_path: Path) -> None:
    """Its system ends the connection without a word. What was not proven comes once more."""
    with Server(tmp_path, config=CONFIG) as server:
        with server.join("anna", ROOM) as anna:
            anna.ask(f"PRIVMSG {ROOM} :1")
            ben = server.join("ben")
            assert shown(ben) == ["1"]
            ben.ask()
            anna.ask(f"PRIVMSG {ROOM} :2")
            ben.wait("PRIVMSG")
            ben.close()
            anna.wait("QUIT")
            ben = server.join("ben")
            assert shown(ben) == ["2"]
            ben.ask()
            ben.close()
            anna.wait("QUIT")
            ben = server.join("ben")
            assert shown(ben) == []
            ben.close()
        server.end_well()
