"""Losing the server and coming back: real clients at terminals, and servers that are killed."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.relay import Relay
from end_to_end.terminal import Terminal
from harness import Client, Server

LOST = "The connection is lost: "
BACK = "The connection is back"


def client_with(directory: Path, *settings: str) -> Path:
    """The client, with other numbers in its `link`."""
    program = directory / "client.py"
    lines = ("import sys", "from chatroom.client import main",
             "from chatroom.client.connection import server_connection as link",
             *(f"link.{setting}" for setting in settings), "sys.exit(main.main())")  # fmt: skip
    program.write_text("\n".join(lines))
    return program


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """The client with short pauses, and little patience with a silent server."""
    return client_with(tmp_path, "SILENCE_SECONDS = 0.5", "FIRST_PAUSE = link.LONGEST_PAUSE = 0.1")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "server") as running:
        yield running


def anew(server: Server, config: str = "[limits]\nflood_rate = 0\n") -> Server:
    """The same server, started again on its port and its data."""
    again = Server(
        server.directory, "--listen", f"127.0.0.1:{server.port}", listen=False, config=config
    )
    again.port = server.port
    return again


def enter(program: Path, port: int, nick: str, *rooms: str) -> Terminal:
    options = [word for room in rooms for word in ("--room", room)]
    terminal = Terminal("127.0.0.1", str(port), "--nick", nick, *options, program=program)
    return terminal.see(*(f"Welcome to room {room}!" for room in rooms), "here yet|Here: ")


def stands(terminal: Terminal, pattern: str) -> list[str]:
    """What matches on the terminal, in the order in which it stands there."""
    return re.findall(pattern, terminal.glass.everything())


def say(client: Client, room: str, *texts: str) -> None:
    client.ask(*(f"PRIVMSG {room} :{text}" for text in texts))


def test_a_server_is_killed_and_started_again(server: Server, impatient: Path) -> None:
    """What others said meanwhile comes once each, in order, before what they say then.

    The client is stopped meanwhile, as by Ctrl-Z, so that they can speak first.
    """
    with enter(impatient, server.port, "alice", "side", "main") as alice:
        with server.join("bob", "#main", "#side") as bob:
            say(bob, "#main", "word 1", "word 2")
            alice.see("word 2").say("my own").see("<You> my own")
            bob.wait("PRIVMSG", "#main", "my own")
            os.kill(alice.child.pid, signal.SIGSTOP)
            server.stop(signal.SIGKILL)
        with anew(server) as again, again.join("bob", "#main", "#side") as bob:
            say(bob, "#main", *(f"word {number}" for number in range(3, 150)))
            say(bob, "#side", "aside")
            os.kill(alice.child.pid, signal.SIGCONT)
            alice.see(LOST + ".*Reconnecting", BACK, "word 149")
            say(bob, "#main", "word 150")
            alice.see("word 150").say("/who").see("In main: ").say("here again")
            bob.wait("PRIVMSG", "#main", "here again")
            alice.see("<You> here again")
            assert stands(alice, r"<bob> word (\d+)") == [str(each) for each in range(1, 151)]
            assert stands(alice, r"\] (side <bob> aside|<\w+> my own|<\w+> here again)") in (
                ["<You> my own", "side <bob> aside", "<You> here again"],
            )
            assert len(stands(alice, "Welcome to room|is lost|The connection is back")) == 4
            assert alice.say("/quit").status() == 0


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_what_is_typed_meanwhile(server: Server, impatient: Path, answer: str) -> None:
    """It is kept, shown and asked about; commands that need the server are refused. A line that was
    begun before the question is said where it was begun, and nothing of it is the answer."""
    with enter(impatient, server.port, "alice", "main") as alice:
        server.stop(signal.SIGKILL)
        alice.see(LOST).say("first", "/topic nothing", "/help quit", "/me waves", "/msg bob psst")
        alice.see("not sent yet: first", "There is no connection", "leaves the chat")
        alice.see("not sent yet: /me waves", "not sent yet: psst").keys("half a li")
        with anew(server) as again, again.join("bob", "#main") as bob:
            alice.see(BACK, "  first", "  /me waves", r"  psst \(to bob\)")
            alice.see(r"Send the 3 lines that were not sent\? /yes or /no")
            alice.stands("main | /yes or /no?> half a li|")
            alice.keys("ne, y/n\r").see("<You> half a line, y/n").say("/msg bob y")
            alice.see("<You -> bob> y").say(f"/{answer}").see(f"/{answer}\r").say("after it")
            alice.see("<You> after it").stands("main> |")
            heard = [bob.wait("PRIVMSG").params for _ in range(6 if answer == "yes" else 3)]
            said = [("#main", "first"), ("#main", "\x01ACTION waves\x01"), ("bob", "psst")]
            said = said if answer == "yes" else []
            before = [("#main", "half a line, y/n"), ("bob", "y")]
            assert heard == [*before, *said, ("#main", "after it")]


def test_our_own_ghost(server: Server, impatient: Path) -> None:
    """A half-open connection: the server still has us, so we come under another nickname, and take
    the old one back as soon as it is free. Away, and a room's key, are brought along."""
    with Relay(server.port) as relay, server.join("bob", "#main") as bob:
        alice = enter(impatient, relay.port, "alice", "main")
        with alice:
            alice.say("/join safe key").see("Welcome to room safe!")
            alice.say("/raw MODE #safe +k key").see("safe").say("/away lunch").see("marked as away")
            alice.say("/join main").see("You are in main now").say("done").see("<You> done")
            bob.wait("PRIVMSG", "#main", "done")
            relay.swallow()
            say(bob, "#main", "into the void")
            alice.see(LOST + "connection timed out")
            relay.heal()
            alice.see(BACK, "alice is still in use. You are alice_ until it is free")
            alice.see("<bob> into the void").say("/who safe").see("In safe: .*alice_")
            relay.cut_off(0)
            alice.see("You are now called alice")
            bob.wait("NICK", "alice")
            assert "lunch" in {message.params[-1] for message in bob.ask("WHOIS alice")}
            assert len(stands(alice, "into the void")) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_a_line_under_way_when_the_connection_goes(
    server: Server, impatient: Path, arrived: bool
) -> None:
    """The server has it: then it is not shown again. It has not: then it is offered."""
    with (
        Relay(server.port) as relay,
        server.join("bob", "#main") as bob,
        enter(impatient, relay.port, "alice", "main") as alice,
    ):
        say(bob, "#main", "before")
        alice.see("before")
        relay.swallow(up=not arrived)
        alice.say("on the way").see("<You> on the way")
        if arrived:
            bob.wait("PRIVMSG", "#main", "on the way")
        alice.see(LOST)
        relay.heal()
        alice.see(BACK)
        if not arrived:
            alice.see(r"  on the way", r"Send the line that was not sent\? ").say("/yes")
            bob.wait("PRIVMSG", "#main", "on the way")
        alice.say("next").see("<You> next")
        bob.wait("PRIVMSG", "#main", "next")
        assert len(stands(alice, r"> on the way")) == (1 if arrived else 2)


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """The client with pauses that no test waits for."""
    return client_with(tmp_path, "FIRST_PAUSE = link.LONGEST_PAUSE = 3600.0")


def test_one_who_does_not_wait(server: Server, patient: Path) -> None:
    """/reconnect calls at once; where there is a connection, it is made anew."""
    with enter(patient, server.port, "alice", "main") as alice:
        server.stop(signal.SIGKILL)
        alice.see(LOST + r".*/reconnect\s+tries\s+at\s+once", r"reconnecting in \d+ s")
        with anew(server) as again:
            alice.say("/reconnect").see(BACK).say("here again").see("<You> here again")
            with again.join("bob", "#main") as bob:
                alice.see("bob joined").say("/reconnect").see(LOST + "you hung up", BACK)
                assert bob.wait("QUIT").nick == "alice"
                bob.wait("JOIN", "#main")
                alice.say("and again").see("<You> and again")


def test_who_leaves_meanwhile(server: Server, impatient: Path) -> None:
    """Leaving needs no server, and says what was never sent."""
    with enter(impatient, server.port, "alice", "main") as alice:
        server.stop(signal.SIGKILL)
        alice.see(LOST).say("never", "exit").see("one line was not sent")
        assert alice.status() == 0


def test_one_who_was_about_to_choose_a_room(server: Server, impatient: Path) -> None:
    """The question comes again."""
    with Terminal("127.0.0.1", str(server.port), "--nick", "al", program=impatient) as al:
        al.see(r"Choose a room \[general\]: ")
        server.stop(signal.SIGKILL)
        al.see(LOST)
        with anew(server):
            al.see(BACK, r"Choose a room \[general\]: ").say("here").see("Welcome to room here!")


@pytest.mark.parametrize("meanwhile", [True, False])
def test_a_password_that_is_asked_for(impatient: Path, tmp_path: Path, meanwhile: bool) -> None:
    """At first, and when it was changed while the server was away: hidden, and never kept."""
    config = '[server]\npassword = "{0}"\n'
    (tmp_path / "secret").write_text("first one\n")
    options = ["--nick", "al", "--room", "x", "--password-file", str(tmp_path / "secret")]
    state = {"XDG_STATE_HOME": str(tmp_path)}
    with Server(tmp_path / "server", config=config.format("first one")) as server:
        where = ["127.0.0.1", str(server.port)]
        if meanwhile:
            al = Terminal(*where, *options, program=impatient, environment=state)
            al.see("up to date|here yet")
            server.stop(signal.SIGKILL)
            al.see(LOST)
            server = anew(server, config.format("exit"))
        else:
            al = Terminal(*where, *options[:4], program=impatient, environment=state)
        with server, al:
            why = "The password is wrong" if meanwhile else "This server wants a password"
            al.see(why, "The server's password: ").say("no no")
            al.see("The password is wrong", "The server's password: ").say("")
            al.see("The server's password: ").say("exit" if meanwhile else "first one")
            al.see(BACK if meanwhile else "here yet").say("in").see("<You> in")
            assert al.say("/quit").status() == 0
            kept = [path.read_text() for path in tmp_path.glob("chatroom/*")]
            assert not [text for text in [al.glass.everything(), *kept] if "no no" in text]
            assert any("/quit" in text for text in kept)


def test_one_who_is_banned(impatient: Path) -> None:
    """Refused for good: there is no coming back."""
    with socket.create_server(("127.0.0.1", 0)) as banning:
        port = banning.getsockname()[1]
        with Terminal("127.0.0.1", str(port), "--nick", "al", program=impatient) as al:
            peer, _ = banning.accept()
            with peer:
                peer.sendall(b":s 001 al :Hi\r\n:s 422 al :None\r\n")
                peer.sendall(b"ERROR :Closing link: you are banned from this server\r\n")
            al.see(LOST + ".*you are banned")
            assert al.status() == 1
