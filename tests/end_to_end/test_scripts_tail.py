"""`chatroom-client tail`: once and in order, over any number of connections; a quiet end."""

import json
import os
import signal
import socket
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from end_to_end.scripts import Running, command, finish, run
from harness import PATIENCE, Client, Server, fresh


def words(child: Running) -> str:
    """Its next line without the time."""
    return child.line().partition("] ")[2]


def told(client: Client, *lines: str) -> None:
    """Said, and known to have been said."""
    client.ask(*lines)


def test_what_is_said(server: Server) -> None:
    """As it is said; with the day, for nobody knows when it is read."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        told(alice, f"PRIVMSG #{room} :before")
        child = Running(server, "tail", "--room", room)
        alice.wait("JOIN", f"#{room}")
        told(alice, f"PRIVMSG #{room} :hello", f"PRIVMSG #{room} :\x01ACTION waves\x01")
        told(alice, f"NOTICE #{room} :all is well", f"PRIVMSG #{room} :\x1b[31mred")
        first = child.line()
        assert first.endswith("] <alice> hello")
        assert len(first.partition("]")[0]) == len("[2026-11-20 15:00:12")
        assert [words(child) for _ in range(3)] == [
            "* alice waves", "-alice- all is well", "<alice> ^[[31mred"
        ]  # fmt: skip
        assert child.end(signal.SIGTERM) == (128 + signal.SIGTERM, "", "")


def test_json(server: Server) -> None:
    """One object a line, as it came; what was taken back too."""
    room = fresh("ops")
    with server.join("alice", f"#{room}", caps="message-tags echo-message") as alice:
        child = Running(server, "tail", "--room", room, "--json")
        alice.wait("JOIN", f"#{room}")
        alice.send(f"PRIVMSG #{room} :\x1b[31mgrün", f"PRIVMSG #{room} :\x01ACTION waves\x01")
        msgid = alice.wait("PRIVMSG").tags["msgid"]
        said, done = json.loads(child.line()), json.loads(child.line())
        assert said.pop("time").endswith("Z")
        assert said == {
            "type": "message", "room": f"#{room}", "nick": "alice",
            "text": "\x1b[31mgrün", "msgid": msgid,
        }  # fmt: skip
        assert (done["type"], done["text"]) == ("action", "waves")
        child.end(signal.SIGTERM)


def test_what_is_taken_back(server: Server) -> None:
    """With the msgid of what is gone."""
    room = fresh("ops")
    caps = "message-tags echo-message draft/message-redaction"
    with server.join("alice", f"#{room}", caps=caps) as alice:
        child = Running(server, "tail", "--room", room, "--json")
        alice.wait("JOIN", f"#{room}")
        alice.send(f"PRIVMSG #{room} :oops")
        msgid = alice.wait("PRIVMSG").tags["msgid"]
        alice.send(f"REDACT #{room} {msgid} :wrong room")
        assert json.loads(child.line())["msgid"] == msgid
        gone = json.loads(child.line())
        assert (gone["type"], gone["msgid"], gone["text"]) == ("redaction", msgid, "wrong room")
        child.end(signal.SIGTERM)


@pytest.mark.parametrize("begin", [("--since", "1h"), ("-n", "700"), ("--lines=700",)])
def test_beginning_in_the_past(server: Server, begin: tuple[str, ...]) -> None:
    """By time or number, over as many pages as it takes; then what is said now.

    That may be among the last lines already.
    """
    room, wanted = fresh("ops"), 1203 if begin[0] == "--since" else 700
    with server.join("alice", f"#{room}") as alice:
        told(alice, *(f"PRIVMSG #{room} :{number}" for number in range(1203)))
        with Running(server, "tail", "--room", room, *begin) as child:
            alice.wait("JOIN", f"#{room}")
            told(alice, f"PRIVMSG #{room} :now")
            heard = list(iter(partial(words, child), "<alice> now"))
            assert child.end(signal.SIGTERM)[1:] == ("", "")
    assert len(heard) in (wanted - 1, wanted)
    assert heard == [f"<alice> {number}" for number in range(1203)][-len(heard) :]


def test_several_rooms(server: Server) -> None:
    """Each line says which."""
    one, two = fresh("one"), fresh("two")
    with server.join("alice", f"#{one}", f"#{two}") as alice:
        child = Running(server, "tail", "--room", one, "--room", two)
        alice.wait("JOIN", f"#{two}")
        told(alice, f"PRIVMSG #{one} :1", f"PRIVMSG #{two} :2")
        assert [words(child), words(child)] == [f"{one} <alice> 1", f"{two} <alice> 2"]
        child.end(signal.SIGTERM)


def test_a_server_that_dies_and_comes_back(tmp_path: Path) -> None:
    """Nothing is missing and nothing comes twice: also not what was said before we were back."""
    with Server(tmp_path) as first:
        alice = first.join("alice", "#ops")
        child = Running(first, "tail", "--room", "ops")
        alice.wait("JOIN", "#ops")
        told(alice, "PRIVMSG #ops :one", "PRIVMSG #ops :two")
        assert [words(child), words(child)] == ["<alice> one", "<alice> two"]
        first.send_signal(signal.SIGKILL)
        first.stop()
        alice.close()
    assert "The connection is lost" in child.complaint()
    # The plain door has another address, so that the room can be spoken in before tail is back.
    door = f"unix:{tmp_path / 'door'}"
    with Server(tmp_path, "--listen", door, listen=False) as meanwhile:
        with meanwhile.knock(tmp_path / "door").register("alice") as alice:
            told(alice, "JOIN #ops", *(f"PRIVMSG #ops :{number}" for number in range(700)))
        meanwhile.stop()
    address = f"127.0.0.1:{first.port}"
    with Server(tmp_path, "--listen", address, listen=False) as second:
        second.port = first.port
        assert "Connected again." in child.back()
        with second.join("bob", "#ops") as bob:
            told(bob, "PRIVMSG #ops :three")
            heard = [words(child) for _ in range(701)]
        assert heard == [*(f"<alice> {number}" for number in range(700)), "<bob> three"]
        child.end(signal.SIGTERM)


def test_a_room_in_which_nothing_was_said_before_the_loss(tmp_path: Path) -> None:
    """Everything in it is new then. That the page of the second room has come shows that the one of
    the first room, which was asked for before it, has come too."""
    with Server(tmp_path) as first:
        child = Running(first, "tail", "--room", "ops", "--room", "den")
        first.wait_for("script joined den")
        with first.join("alice", "#den") as alice:
            told(alice, "PRIVMSG #den :here")
            assert words(child) == "den <alice> here"
        first.send_signal(signal.SIGKILL)
        first.stop()
    child.complaint()
    door = f"unix:{tmp_path / 'door'}"
    with Server(tmp_path, "--listen", door, listen=False) as meanwhile:
        with meanwhile.knock(tmp_path / "door").register("alice") as alice:
            told(alice, "JOIN #ops", "PRIVMSG #ops :missed")
        meanwhile.stop()
    with Server(tmp_path, "--listen", f"127.0.0.1:{first.port}", listen=False):
        assert "Connected again." in child.back()
        assert words(child) == "ops <alice> missed"
        child.end(signal.SIGTERM)


def test_a_loss_before_the_first_page() -> None:
    """The server dies as soon as the room is entered, before it has told where its history ends:
    what is said since then is missed all the same."""
    caps = "batch server-time message-tags draft/chathistory"
    with closing(Scripted()) as server, Running(server, "tail", "--room", "ops") as child:
        with server.welcome(caps) as first:
            server.admit(first)
            assert first.read_until("^CHATHISTORY")[-1] == "CHATHISTORY LATEST #ops * 1"
        assert "The connection is lost" in child.complaint()
        with server.welcome(caps) as second:
            server.admit(second)
            question = "CHATHISTORY AFTER #ops timestamp=2026-11-20T11:59:59.999Z 100"
            assert second.read_until("^CHATHISTORY")[-1] == question
            tags = "@batch=p;time=2026-11-20T12:00:01.000Z;msgid=m1"
            said = f"{tags} :bob!b@h PRIVMSG #ops :missed"
            second.send(":s BATCH +p chathistory #ops", said, ":s BATCH -p")
            assert words(child) == "<bob> missed"


def test_being_thrown_out(server: Server) -> None:
    """There is nothing more to follow: status 1, and who it was."""
    room = fresh("ops")
    with (
        server.join("alice", f"#{room}") as alice,
        Running(server, "tail", "--room", room) as child,
    ):
        alice.wait("JOIN", f"#{room}")
        alice.send(f"KICK #{room} script")
        expected = f"chatroom-client: You were kicked from {room} by alice.\n"
        assert child.end() == (1, "", expected)


class Scripted:
    """A server that says what it is told to say, and hangs up."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port = self._listener.getsockname()[1]

    def welcome(self, capabilities: str = "") -> Client:
        """Let the next one in, who then wants to enter #ops."""
        caller = Client(self._listener.accept()[0])
        caller.read_until("^USER ")
        if capabilities:
            caller.send(f":s CAP * LS :{capabilities}", f":s CAP * ACK :{capabilities}")
        caller.send(":s 001 script :Hi", ":s 422 script :No message of the day")
        assert caller.read_until("^JOIN")[-1] == "JOIN #ops"
        return caller

    def admit(self, caller: Client) -> None:
        """Into the room; the PONG says that all has been done."""
        came = "@time=2026-11-20T12:00:00.000Z :script!s@h JOIN #ops"
        caller.send(came, ":s 353 script = #ops :script")
        caller.send(":s 366 script #ops :End")
        caller.send(f":s PONG s {caller.read_until('^PING')[-1].split()[1]}")

    def close(self) -> None:
        self._listener.close()


def test_a_loss_on_the_way_back() -> None:
    """Before the room was entered again: then it is entered the next time."""
    with closing(Scripted()) as server, Running(server, "tail", "--room", "ops") as child:
        with server.welcome() as first:
            server.admit(first)
            first.send(":bob!b@h PRIVMSG #ops :one")
            assert words(child) == "<bob> one"
        server.welcome().close()
        with server.welcome() as third:
            server.admit(third)
            third.send(":bob!b@h PRIVMSG #ops :two")
            assert words(child) == "<bob> two"
        assert child.complaint() == "chatroom-client: The connection is lost: the server closed it"
        again = "Connected again. Messages sent meanwhile are missing."
        assert child.complaint() == f"chatroom-client: {again}"


def test_a_closed_pipe_while_nothing_is_said(server: Server) -> None:
    """The reader is gone: status 0, without a word, and without waiting for the next message."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        child = Running(server, "tail", "--room", room)
        alice.wait("JOIN", f"#{room}")
        assert child.process.stdout is not None
        assert child.process.stderr is not None
        child.process.stdout.close()
        assert child.process.wait(PATIENCE) == 0
        assert child.process.stderr.read() == b""


def test_head(server: Server) -> None:
    """In a real pipeline."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        told(alice, *(f"PRIVMSG #{room} :{number}" for number in range(5)))
        whole = " ".join(f"'{word}'" for word in command(server, "tail", "--room", room, "-n", "5"))
        done = finish(["bash", "-c", f"set -o pipefail; {whole} | head -n 1"])
    assert done.stdout.endswith("<alice> 0\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk(server: Server) -> None:
    """One sentence, and status 1."""
    if not os.path.exists("/dev/full"):  # noqa: PTH110
        pytest.skip("this system has no /dev/full")
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        told(alice, f"PRIVMSG #{room} :hello")
        whole = " ".join(f"'{word}'" for word in command(server, "tail", "--room", room, "-n", "1"))
        done = finish(["bash", "-c", f"{whole} > /dev/full"])
    expected = "chatroom-client: Cannot write to standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, expected)


def test_ctrl_c(server: Server) -> None:
    """130, quietly."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        child = Running(server, "tail", "--room", room)
        alice.wait("JOIN", f"#{room}")
        assert child.end(signal.SIGINT) == (130, "", "")


def test_a_server_without_a_history(tmp_path: Path) -> None:
    """It can be followed, but not from the past."""
    config = "[limits]\nflood_rate = 0\n[history]\nenabled = false\n"
    with Server(tmp_path, config=config) as server, server.join("alice", "#ops") as alice:
        done = run(server, "tail", "--room", "ops", "--since", "1h")
        expected = "chatroom-client: This server does not show its history.\n"
        assert (done.returncode, done.stderr) == (1, expected)
        alice.wait("QUIT")
        child = Running(server, "tail", "--room", "ops")
        alice.wait("JOIN", "#ops")
        told(alice, "PRIVMSG #ops :hello")
        assert words(child) == "<alice> hello"
        child.end(signal.SIGTERM)
