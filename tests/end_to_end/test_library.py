"""`from chatroom.client import connect`: the library, and its bot as a process."""

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from chatroom.client import (
    ConnectError,
    ConnectionLost,
    Disconnected,
    NotOffered,
    Reconnected,
    Refused,
    connect,
)
from chatroom.client.protocol.events import Joined, Renamed, Said
from end_to_end.relay import Relay
from harness import PATIENCE, ROOT, Server, fresh

BOT = ROOT / "examples" / "echo_bot.py"


def address(server: Server) -> str:
    return f"127.0.0.1:{server.port}"


def test_the_bot(server: Server) -> None:
    """It answers in the room and in private, and leaves when it is told to."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        command = [sys.executable, str(BOT), address(server), room]
        bot = subprocess.Popen(command, env={"PYTHONPATH": str(ROOT / "lib")})
        try:
            alice.wait("JOIN", f"#{room}")
            alice.send(f"PRIVMSG #{room} :echo: hello", f"PRIVMSG #{room} :nobody is meant")
            assert alice.wait("PRIVMSG").params == (f"#{room}", "hello")
            alice.send("PRIVMSG echo :echo: psst")
            assert alice.wait("PRIVMSG").params == ("alice", "psst")
            alice.send(f"PRIVMSG #{room} :echo: goodbye")
            assert alice.wait("QUIT").nick == "echo"
            assert bot.wait(PATIENCE) == 0
        finally:
            bot.kill()
            bot.wait()


def test_the_bot_in_the_documentation() -> None:
    """What is printed there is what is tested here."""
    _, _, code = BOT.read_text().partition('"""\n\n')
    page = (ROOT / "docs" / "library.md").read_text()
    assert "\n".join(f"    {line}".rstrip() for line in code.splitlines()) in page
    assert len(BOT.read_text().splitlines()) <= 16


def test_events_and_timeouts(server: Server) -> None:
    """What happens meanwhile is kept; None when there is nothing in time."""
    room = fresh("ops")
    with connect(address(server), nick="bot", rooms=[room]) as chat:
        with server.join("alice", f"#{room}") as alice:
            alice.ask(f"PRIVMSG #{room} :hello")
            assert [member.nick for member in chat.people(room)] == ["bot", "alice"]
            happened = list(iter(partial(chat.wait, 0), None))
        assert any(isinstance(event, Joined) and event.nick == "alice" for event in happened)
        assert [event.text for event in happened if isinstance(event, Said)] == ["hello"]
        assert (chat.nick, chat.rooms) == ("bot", [f"#{room}"])


def test_talking(server: Server) -> None:
    """A text of several lines is one message (draft/multiline), which alice, who does not know such
    messages, gets line by line; all are known to have arrived."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        with connect(address(server), nick="bot", rooms=[room]) as chat:
            chat.say(room, "one\ntwo\r\n\nthree")
            chat.tell("alice", "psst")
            chat.wait_taken()
            assert (chat.said, chat.taken) == (2, 2)
        said = [alice.wait("PRIVMSG").params for _ in range(4)]
    assert said[:3] == [(f"#{room}", "one"), (f"#{room}", "two"), (f"#{room}", "three")]
    assert said[3] == ("alice", "psst")


def test_leaving_says_everything_first(server: Server) -> None:
    """Also without `wait_taken`."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        with connect(address(server), nick="bot", rooms=[room]) as chat:
            chat.say(room, "\n".join(map(str, range(100))))
        said = [alice.wait("PRIVMSG").params[1] for _ in range(100)]
    assert said == list(map(str, range(100)))


def test_a_room_with_a_key(server: Server) -> None:
    """On connecting, and later; without it the server says no."""
    one, two = fresh("one"), fresh("two")
    with server.join("alice", f"#{one}") as alice:
        alice.ask(f"JOIN #{two}")
        alice.ask(f"MODE #{one} +k sesame")
        alice.ask(f"MODE #{two} +k poppy")
        with pytest.raises(ConnectError, match="key"):
            connect(address(server), nick="bot", rooms=[one])
        with connect(address(server), nick="bot", rooms=[one], keys={one: "sesame"}) as chat:
            with pytest.raises(Refused, match="key"):
                chat.join(two)
            chat.join(two, "poppy")
            assert chat.rooms == [f"#{one}", f"#{two}"]


def test_another_room(server: Server) -> None:
    """Once is enough; the reason why not is the server's."""
    one, two, three = fresh("one"), fresh("two"), fresh("three")
    with server.join("alice", f"#{three}") as alice:
        alice.ask(f"MODE #{three} +i")
        with connect(address(server), nick="bot", rooms=[one]) as chat:
            chat.join(two)
            chat.join(two)
            assert chat.rooms == [f"#{one}", f"#{two}"]
            with pytest.raises(Refused, match="by invitation only"):
                chat.join(three)


def test_a_loss(tmp_path: Path) -> None:
    """Without `reconnect` it is an error; with it, an event, and what was missed is told once."""
    with Server(tmp_path) as first:
        once = connect(address(first), nick="once", rooms=["ops"])
        again = connect(address(first), nick="again", rooms=["ops"], reconnect=True)
        first.send_signal(signal.SIGKILL)
        first.stop()
    with once, pytest.raises(ConnectionLost, match="The connection is lost"):
        list(once)
    assert next(event for event in again if isinstance(event, Disconnected)).reason
    with (
        Server(tmp_path, "--listen", address(first), listen=False) as second,
        again,
    ):
        assert next(event for event in again if isinstance(event, Reconnected)).nick == "again"
        second.port = first.port
        with second.join("alice", "#ops") as alice:
            alice.ask("PRIVMSG #ops :welcome back")
        said = next(event for event in again if isinstance(event, Said))
    assert said.text == "welcome back"


def test_back_with_key_and_nickname(tmp_path: Path) -> None:
    """A room with a key is entered again; a nickname that somebody took meanwhile is taken back
    when it is free."""
    key = {"ops": "sesame"}
    with Server(tmp_path) as first:
        with first.join("alice", "#ops") as alice:
            alice.ask("MODE #ops +k sesame")
            chat = connect(address(first), nick="bot", rooms=["ops"], keys=key, reconnect=True)
        first.send_signal(signal.SIGKILL)
        first.stop()
    with Server(tmp_path, "--listen", address(first), listen=False) as second, chat:
        second.port = first.port
        with second.join("alice", "#ops sesame") as alice, second.join("bot", "#ops sesame") as bot:
            alice.ask("MODE #ops +k sesame")
            assert next(event for event in chat if isinstance(event, Reconnected)).nick == "bot1"
            assert chat.rooms == ["#ops"]
            bot.send("QUIT")
            renamed = next(event for event in chat if isinstance(event, Renamed))
            assert (renamed.new, chat.nick) == ("bot", "bot")
        chat.check()


def test_what_was_said_before_a_loss(tmp_path: Path) -> None:
    """`wait_taken` does not forget it with the connection; after that all is well again."""
    with Server(tmp_path) as first:
        chat = connect(address(first), nick="bot", rooms=["ops"], reconnect=True)
        first.send_signal(signal.SIGKILL)
        first.stop()
        chat.say("ops", "is anybody there?")
    with Server(tmp_path, "--listen", address(first), listen=False), chat:
        assert next(event for event in chat if isinstance(event, Reconnected))
        with pytest.raises(ConnectionLost, match="before the server confirmed everything"):
            chat.wait_taken()
        chat.say("ops", "ah")
        chat.wait_taken()


def test_what_the_history_shows_has_arrived(server: Server) -> None:
    """The network loses the confirmation, but not the message: `wait_taken` finds it in the past,
    and nobody is told it as somebody's. What it lost on the way there is not confirmed."""
    room = fresh("ops")
    with (
        Relay(server.port) as relay,
        server.join("alice", f"#{room}") as alice,
        connect(f"127.0.0.1:{relay.port}", nick="bot", rooms=[room], reconnect=True) as chat,
    ):
        relay.swallow(up=False)
        chat.say(room, "arrived")
        assert alice.wait("PRIVMSG").params[1] == "arrived"
        relay.heal()
        relay.cut()
        chat.wait_taken()
        relay.swallow()
        chat.say(room, "lost")
        relay.heal()
        relay.cut()
        with pytest.raises(ConnectionLost, match="before the server confirmed everything"):
            chat.wait_taken()
        alice.ask(f"PRIVMSG #{room} :hello")
        said = next(event for event in chat if isinstance(event, Said))
        assert (said.sender, said.text) == ("alice", "hello")


def test_leaving_while_the_server_is_gone(tmp_path: Path) -> None:
    """Nobody waits for it to come back."""
    with (
        Server(tmp_path) as server,
        connect(address(server), nick="bot", rooms=["ops"], reconnect=True) as chat,
    ):
        chat.say("ops", "hello")
        server.send_signal(signal.SIGKILL)
        server.stop()
    assert list(chat) == []


def test_errors(server: Server, tmp_path: Path) -> None:
    """Each in a sentence."""
    with pytest.raises(ConnectError, match="Is the server running"):
        connect(f"unix:{tmp_path / 'nothing'}")
    with pytest.raises(ConnectError, match="is not a port"):
        connect("localhost:99999")
    with server.join("alice", "#closed") as alice:
        alice.ask("MODE #closed +k secret")
        with pytest.raises(ConnectError, match="the key is missing or wrong"):
            connect(address(server), nick="bot", rooms=["closed"])
    config = "[history]\nenabled = false\n"
    with (
        Server(tmp_path, config=config) as bare,
        connect(address(bare), nick="bot") as chat,
        pytest.raises(NotOffered, match="does not search"),
    ):
        chat.search("tea")


def test_a_start_that_imports_little() -> None:
    """A subcommand needs nothing of what draws a terminal."""
    code = "import chatroom.client, sys; print('chatroom.client.protocol.session' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "lib")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stdout == "False\n", done.stderr


def test_a_text_of_several_lines_is_one_message(server: Server) -> None:
    """draft/multiline: one event there, one row in the history, several lines for others."""
    room, text = fresh("ops"), "one\n\n" + "word " * 120 + "\ntwo"
    with server.join("alice", f"#{room}") as alice:
        with connect(address(server), nick="bot", rooms=[room]) as chat:
            with connect(address(server), nick="ear", rooms=[room]) as ear:
                chat.say(room, text)
                chat.wait_taken()
                assert chat.said == 1
                heard = next(event for event in ear if isinstance(event, Said))
                assert heard.text == "\n".join(line.rstrip() for line in text.split("\n"))
            assert [line.text for line in chat.history(room, 5)] == [heard.text]
        said = [alice.wait("PRIVMSG").params[1] for _ in range(4)]
        assert (said[0], said[-1]) == ("one", "two")
