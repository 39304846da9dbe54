"""What scripts and programs do on other people's servers, where labels, echoes and a history may be
missing: what cannot be done is said. Losing such a server, too."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from chatroom.client.protocol.session import WINDOW_LINES
from end_to_end.foreign import Foreign
from end_to_end.scripts import Running, run
from end_to_end.terminal import Terminal
from harness import PATIENCE, ROOT, Client


def visitor(server: Foreign, nick: str = "bob") -> Client:
    """Someone in the room tea."""
    client = Client(socket.create_connection(("127.0.0.1", server.port), PATIENCE))
    client.register(nick).ask("JOIN #tea")
    return client


def at_once(server: Foreign, *commands: Sequence[str]) -> list[CompletedProcess[str]]:
    """Run these side by side, each with a nickname of its own: InspIRCd lets people in once a
    second."""

    def one(number: int) -> CompletedProcess[str]:
        return run(server, *commands[number], nick=f"script{number}")

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(one, range(len(commands))))


class Kind:
    """A kind of server. Each has a file of its own, so that they run side by side."""

    program = ""
    settings = ""

    @classmethod
    def begin(cls, directory: Path, slow: bool = False) -> Foreign:
        """A server of that kind."""
        return Foreign(directory, cls.program, cls.settings, slow=slow)

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
        """One that all tests of the class talk to."""
        with cls.begin(tmp_path_factory.mktemp("server")) as running:
            yield running

    @pytest.fixture
    def mortal(self, tmp_path: Path) -> Iterator[Foreign]:
        """One that is to be killed."""
        with self.begin(tmp_path) as running:
            yield running

    @pytest.fixture
    def bob(self, server: Foreign) -> Iterator[Client]:
        """Someone who is there first, and so may change the room's modes."""
        with visitor(server) as client:
            yield client
            client.send("QUIT").end()

    @pytest.fixture
    def prompt(self, tmp_path: Path) -> Path:
        """The client with short pauses, which asks at once whether a line has arrived."""
        program = tmp_path / "prompt.py"
        program.write_text(
            "import sys\n"
            "from chatroom.client import main\n"
            "from chatroom.client.connection import server_connection as link\n"
            "from chatroom.client.ui import presence\n"
            "presence.SPOKEN_SECONDS = 0.0\n"
            "link.FIRST_PAUSE = link.LONGEST_PAUSE = 0.1\n"
            "sys.exit(main.main())\n"
        )
        return program


class Pace(Kind):
    """What depends on whether messages are confirmed by labels or by a PONG, not on the server."""

    def test_the_pace(self, tmp_path: Path) -> None:
        """As they come, they take about a line a second, and throw out who does not wait."""
        lines = [f"line {number}" for number in range(WINDOW_LINES + 1)]
        with (
            self.begin(tmp_path, slow=True) as server,
            visitor(server) as bob,
            Running(server, "send", "--room", "tea") as child,
        ):
            child.say(*lines)
            assert [bob.wait("PRIVMSG").params[1] for _ in lines] == lines
            assert child.end() == (0, "", "")


class Loss(Kind):
    """What depends on the server, not on labels."""

    def test_tail_over_a_loss(self, mortal: Foreign) -> None:
        """What is said meanwhile is missing, and that is said."""
        with Running(mortal, "tail", "--room", "tea") as child:
            with visitor(mortal) as bob:
                while "script" not in bob.ask("NAMES #tea")[0].params[-1]:
                    pass
                bob.ask("PRIVMSG #tea :one")
                assert child.line().endswith("<bob> one")
            mortal.kill()
            assert child.complaint().startswith("chatroom-client: The connection is lost: ")
            with mortal.anew() as again, visitor(again, "carol") as carol:
                sentence = "Connected again. Messages sent meanwhile are missing."
                assert child.complaint() == f"chatroom-client: {sentence}"
                carol.ask("PRIVMSG #tea :two")
                assert child.line().endswith("<carol> two")


class Scripts(Kind):
    """What may differ on all kinds."""

    def test_send(self, server: Foreign, bob: Client) -> None:
        """The status tells whether it was taken: by labels, or by a PONG."""
        to_room, to_bob, to_nobody = at_once(
            server,
            ("send", "--room", "tea", "deploy finished"),
            ("send", "--to", "bob", "psst"),
            ("send", "--to", "nobody", "hi"),
        )
        assert (to_room.returncode, to_bob.returncode) == (0, 0)
        heard = [message.params for message in bob.ask() if message.command == "PRIVMSG"]
        assert sorted(heard) == [("#tea", "deploy finished"), ("bob", "psst")]
        assert (to_nobody.returncode, "nobody" in to_nobody.stderr) == (1, True)
        bob.ask("MODE #tea +m")
        done = run(server, "send", "--room", "tea", "hi")
        assert done.returncode == 1
        assert done.stderr.startswith("chatroom-client: You cannot speak in tea")
        assert done.stderr.endswith("The server has confirmed 0 of 1 message.\n")

    def test_send_without_coming_in(self, server: Foreign, bob: Client) -> None:
        """Where the room takes that."""
        bob.ask("MODE #tea -n")
        assert run(server, "send", "--room", "tea", "from outside").returncode == 0
        commands = [message.command for message in bob.ask("TOPIC #tea")]
        assert "PRIVMSG" in commands
        assert not {"JOIN", "QUIT"} & set(commands)

    def test_questions(self, server: Foreign, bob: Client) -> None:
        """Rooms and people are everywhere; a history is not."""
        rooms, who, nowhere, *lacking = at_once(
            server,
            ("rooms", "--json"),
            ("who", "tea"),
            ("who", "nowhere"),
            ("history", "tea"),
            ("search", "tea"),
            ("tail", "--room", "tea", "-n", "1"),
        )
        rows = map(json.loads, rooms.stdout.splitlines())
        assert "#tea" in [row["room"] for row in rows]
        assert "bob\toperator" in who.stdout.splitlines()
        assert nowhere.returncode == 1
        shows, searches = "does not show its history", "does not search its history"
        assert [(done.returncode, done.stderr) for done in lacking] == [
            (1, f"chatroom-client: This server {sentence}.\n")
            for sentence in (shows, searches, shows)
        ]

    def test_the_bot(self, server: Foreign, bob: Client) -> None:
        """That of the documentation."""
        command = [sys.executable, str(ROOT / "examples" / "echo_bot.py")]
        where = [f"127.0.0.1:{server.port}", "tea"]
        bot = subprocess.Popen([*command, *where], env={"PYTHONPATH": str(ROOT / "lib")})
        try:
            bob.wait("JOIN")
            bob.send("PRIVMSG #tea :echo: hello", "PRIVMSG #tea :echo: goodbye")
            assert bob.wait("PRIVMSG").params == ("#tea", "hello")
            assert bob.wait("QUIT").nick == "echo"
            assert bot.wait(PATIENCE) == 0
        finally:
            bot.kill()
            bot.wait()

    def test_what_was_taken_is_not_offered_again(self, mortal: Foreign, prompt: Path) -> None:
        """Whatever was answered later tells that it was; what is typed meanwhile is offered."""
        arguments = ("127.0.0.1", str(mortal.port), "--nick", "alice", "--room", "tea")
        with Terminal(*arguments, program=prompt) as alice:
            alice.see("Welcome to room tea!").say("unique one").see("<You> unique one")
            alice.say("/who").see("In tea: ").say("/whois alice").see("alice is ")
            mortal.kill()
            alice.see("The connection is lost").say("unique two").see("not sent yet: unique two")
            with mortal.anew() as again:
                alice.see("The connection is back", "  unique two", "/yes").say("/yes")
                alice.see("<You> unique two")
                with visitor(again) as bob:
                    alice.see("bob joined").say("/away lunch").see("marked as away")
                    bob.send("PRIVMSG alice :psst")
                    alice.see("psst").say("unique three")
                    assert bob.wait("PRIVMSG").params == ("#tea", "unique three")
                assert alice.glass.everything().count("unique one") == 1
                assert alice.say("/quit").status() == 0
