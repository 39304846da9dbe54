"""Other people's clients and servers, as they come: no configuration but what is written here.

irssi and WeeChat, telnet and netcat meet our terminal client and a raw socket in one room of our
server; and our client meets people on ngIRCd and InspIRCd, as scripts do in test_foreign_scripts.
What is not installed is skipped.
"""

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pexpect
import pytest

import warm
from end_to_end.foreign import MODULES, SERVERS, Foreign, if_installed, installed, start
from end_to_end.terminal import Terminal
from harness import CLIENT, PATIENCE, Client, Server

pytestmark = pytest.mark.foreign

# Clients


class Foreigner:
    """Another program as a client of our server."""

    program = ""
    leaves = "/quit"

    def __init__(self, name: str, directory: Path, port: int) -> None:
        self.name = name
        self.child = start(directory, self.program, *self.arguments(directory, port))

    def arguments(self, directory: Path, port: int) -> list[str]:
        """What the program is started with."""
        return ["127.0.0.1", str(port)]

    def enter(self) -> None:
        """Go into the room, if it does not do that by itself."""
        for question, answer in (("Choose a nickname", self.name), ("Choose a room", "tea")):
            self.see(question)
            self.say(answer)

    def say(self, text: str) -> None:
        """Type it, with Enter."""
        self.child.send(f"{text}\r")

    def see(self, pattern: str) -> None:
        """Wait for it on the terminal."""
        try:
            self.child.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF):
            message = f"no {pattern!r} in what {self.name} shows:\n{self.child.before}"
            raise AssertionError(message) from None

    def hear(self, who: str, word: str) -> None:
        """Between the two are only colours, and what the program decorates a line with."""
        self.see(rf"{who}(?:\x1b\[[\d;?]*[a-zA-Z]|\x1b\(B|\W)*{word}")

    def leave(self) -> None:
        """Ask it to end."""
        self.say(self.leaves)

    def see_end(self) -> None:
        """Wait until it has ended."""
        self.child.expect(pexpect.EOF)


class Irssi(Foreigner):
    program = "irssi"

    def arguments(self, directory: Path, port: int) -> list[str]:
        home = str(directory / "irssi")
        return ["--home", home, "-c", "127.0.0.1", "-p", str(port), "-n", self.name]

    def enter(self) -> None:
        self.see("Welcome to Chatroom")
        self.say("/join #tea")


class WeeChat(Foreigner):
    program = "weechat"

    def arguments(self, directory: Path, port: int) -> list[str]:
        address = f"irc://{self.name}@127.0.0.1:{port}/#tea"
        return ["--dir", str(directory / "weechat"), address]

    def enter(self) -> None:
        """The address says it."""


class Telnet(Foreigner):
    program = "telnet"
    leaves = "exit"


class Netcat(Foreigner):
    program = "nc"
    leaves = "exit"

    def see_end(self) -> None:
        """Some netcats wait for the end of their own input, too."""
        self.see("Goodbye!")
        self.child.sendeof()
        super().see_end()


class Ours:
    """Our terminal client, and what all can do who take part."""

    def __init__(self, name: str, terminal: Terminal) -> None:
        self.name = name
        self.terminal = terminal

    def say(self, text: str) -> None:
        self.terminal.say(text)

    def hear(self, who: str, word: str) -> None:
        self.terminal.see(rf"\[\d\d:\d\d:\d\d\] <{who}> {word}")

    def leave(self) -> None:
        self.terminal.say("/quit")

    def see_end(self) -> None:
        assert self.terminal.status() == 0


class Raw:
    """Lines over a socket."""

    def __init__(self, name: str, client: Client) -> None:
        self.name = name
        self.client = client

    def say(self, text: str) -> None:
        self.client.send(f"PRIVMSG #tea :{text}")

    def hear(self, who: str, word: str) -> None:
        message = self.client.wait("PRIVMSG", "#tea")
        assert (message.nick, message.params[1]) == (who, word)

    def leave(self) -> None:
        self.client.send("QUIT")

    def see_end(self) -> None:
        self.client.end()


Visitor = Foreigner | Ours | Raw

FOREIGN = {"irssi": Irssi, "weechat": WeeChat, "telnet": Telnet, "netcat": Netcat}

# No two have letters in common places: a program may leave what stands on its screen already.
WORDS = {
    "irssi": "walrus",
    "weechat": "ocelot",
    "telnet": "badger",
    "netcat": "quokka",
    "alice": "ferret",
    "bob": "marmoset",
}

EVERYONE = [
    *(if_installed(name, kind.program) for name, kind in FOREIGN.items()),
    *("alice", "bob"),
]


@pytest.fixture(scope="module")
def party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Visitor]]:
    """Everyone who is installed, by nickname, in one room."""
    directory = tmp_path_factory.mktemp("party")
    with ExitStack() as stack:
        server = stack.enter_context(Server(directory / "server"))
        here = [(name, kind) for name, kind in FOREIGN.items() if installed(kind.program)]
        foreigners = [kind(name, directory, server.port) for name, kind in here]
        for one in foreigners:
            stack.callback(one.child.close, force=True)
        bob = stack.enter_context(server.join("bob", "#tea"))
        arguments = ("127.0.0.1", str(server.port), "--nick", "alice", "--room", "tea")
        alice = stack.enter_context(Terminal(*arguments, directory=directory))
        for one in foreigners:
            one.enter()
        everyone: list[Visitor] = [*foreigners, Ours("alice", alice), Raw("bob", bob)]
        for guest in everyone:
            server.wait_for(f"{guest.name} joined tea")
        yield {guest.name: guest for guest in everyone}
        server.end_well()


@pytest.mark.parametrize("name", EVERYONE)
def test_all_the_others_hear(party: dict[str, Visitor], name: str) -> None:
    """Whatever they and their programs speak."""
    party[name].say(WORDS[name])
    for other in party.values():
        if other.name != name:
            other.hear(name, WORDS[name])


@pytest.mark.parametrize("name", [name for name in EVERYONE if name != "bob"])
def test_leaving(party: dict[str, Visitor], name: str) -> None:
    """As each program does it."""
    party[name].leave()
    bob = party["bob"]
    assert isinstance(bob, Raw)
    assert bob.client.wait("QUIT").nick == name
    party.pop(name).see_end()


# Servers


@pytest.fixture(scope="module", params=[if_installed(name, name) for name in SERVERS])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of each server in turn."""
    with Foreign(tmp_path_factory.mktemp("server"), request.param) as server:
        yield server.port


@pytest.fixture(scope="module")
def bob(port: int) -> Iterator[Client]:
    """Someone who is in a room there."""
    with Client(socket.create_connection(("127.0.0.1", port), PATIENCE)) as client:
        client.register("bob").ask("JOIN #tea")
        yield client
        client.send("QUIT").end()


def test_our_client_on_another_server(port: int, bob: Client, tmp_path: Path) -> None:
    """Other capabilities, another casemapping: they talk, and what cannot be is told."""
    arguments = ("127.0.0.1", str(port), "--nick", "alice", "--room", "tea")
    with Terminal(*arguments, directory=tmp_path) as alice:
        alice.see("Welcome to room tea!", "bob")
        bob.wait("JOIN")
        alice.say("hello bob")
        message = bob.wait("PRIVMSG")
        assert (message.nick, message.params) == ("alice", ("#tea", "hello bob"))
        bob.send("PRIVMSG #tea :hello alice", "PRIVMSG alice :psst")
        alice.see("<bob> hello alice", "<bob -> You> psst")
        alice.say("/nick bob").see("already in use")
        alice.say("/history").see("This server does not show its history")
        alice.say("/search tea").see("This server does not search its history")
        alice.say("/redact").see("This server cannot delete messages")
        alice.say("/reply no").see("This server does not support replies")
        alice.say("/react :+1:").see("This server does not support reactions")
        alice.say("/quit")
        assert bob.wait("QUIT").nick == "alice"
        assert alice.status() == 0


def test_conversations_on_another_server(port: int, bob: Client, tmp_path: Path) -> None:
    """Several at once, who is there, marks and a nickname's mention: none of that needs IRCv3."""
    arguments = ("127.0.0.1", str(port), "--nick", "alice", "--room", "cake")
    bob.ask("JOIN #cake", "AWAY :lunch")
    with Terminal(*arguments, directory=tmp_path) as alice:
        alice.see("Welcome to room cake!").say("/join tea").see("Welcome to room tea!")
        alice.say("/set others count").see("others +count")
        bob.send("PRIVMSG #cake :\x02Alice\x02: one", "PRIVMSG alice :psst")
        alice.see(r"tea \| cake:1! bob:1!> ").say("/switch cake")
        alice.see("--- 1 unread ---", "<bob> Alice: one", "up to date")
        alice.say("/who").see("In cake: 2 people", "bob +operator +away +~?bob@")
        alice.say("/whois bob").see("-- bob is ~?bob@", "bob is away: lunch")
        alice.say("/rooms cak").see("-- Rooms: 1", "cake +2")
        alice.say("/query bob *hi* :tada:").see("<You -> bob> hi 🎉")
        assert bob.wait("PRIVMSG", "bob").params[1] == "\x02hi\x02 🎉"
        bob.ask("AWAY", "PART #cake")
        alice.say("/quit")
        assert alice.status() == 0


@pytest.mark.skipif(not installed("inspircd"), reason="inspircd is not installed")
def test_a_server_with_tags_and_labels(tmp_path: Path) -> None:
    """Echoes are known by their labels: own lines stand once; replies, reactions and typing."""
    with Foreign(tmp_path, "inspircd", MODULES) as server, ExitStack() as stack:
        arguments = ("127.0.0.1", str(server.port), "--room", "tea", "--nick")
        alice = stack.enter_context(Terminal(*arguments, "alice", directory=tmp_path))
        alice.see("/help lists")
        bob = stack.enter_context(Terminal(*arguments, "bob", directory=tmp_path))
        alice.see("bob joined").say("deploy finished").see("<You> deploy finished")
        bob.see("<alice> deploy finished").say("/reply well done")
        bob.see(r'<You> \(to alice: "deploy finished"\) well done')
        alice.see(r'<bob> \(to you: "deploy finished"\) well done').say("/react :+1:")
        bob.see('alice reacted 👍 to "well done"')
        alice.see('You reacted 👍 to "well done"')
        bob.child.send("hm")
        alice.see(r"tea \| bob is typing> ").say("/redact").see("This server cannot delete")
        shown = alice.glass.everything()
        assert shown.count("<You> deploy finished") == shown.count("You reacted") == 1


def test_a_pipe_into_another_server(port: int, bob: Client) -> None:
    """Everything is said before our client leaves."""
    command = [sys.executable, str(CLIENT), "127.0.0.1", str(port), "--nick", "carol"]
    done = warm.run(
        [*command, "--room", "tea"], input=b"one\ntwo\n", capture_output=True, timeout=PATIENCE
    )
    assert [bob.wait("PRIVMSG").params for _ in range(2)] == [("#tea", "one"), ("#tea", "two")]
    assert re.search("Here: .*bob", done.stdout.decode())
    assert (done.returncode, done.stderr) == (0, b"")
