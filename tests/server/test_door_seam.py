"""What a door is: one for JSON lines, which lives here alone, leads into the same chat."""

import ast
import json

import pytest

from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.ports import Encoder
from chatroom.server.doors.door import Door
from chatroom.wire.capabilities import Capabilities
from chatroom.wire.message import Message, ProtocolError
from harness import ROOT, Client
from server.conftest import House

DOORS = ROOT / "lib" / "chatroom" / "server" / "doors"
MAKE_HOSTS = {DOORS / "host.py", DOORS / "plain" / "host.py"}


def test_no_door_sees_the_world() -> None:
    """A door has the functions of its host; only the makers of hosts know where they come from."""
    for path in DOORS.rglob("*.py"):
        modules = {
            node.module: {alias.name for alias in node.names}
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        }
        sees = modules.keys() & {"chatroom.chat.state.world", "chatroom.server.server"}
        assert not sees or path in MAKE_HOSTS, path


class _AsJson:
    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """One JSON object a line, without IRC's tags."""
        fields = {"from": message.nick, "command": message.command, "params": message.params}
        return json.dumps(fields).encode() + b"\n"


AS_JSON = _AsJson()


class JsonDoor(Door):
    """Takes `["PRIVMSG", "#room", "text"]`, and checks nothing."""

    protocol = "JSON"

    def begin(self) -> None:
        """All sessions here share one encoder."""
        self.session.encode_by(self._encoders)

    def _encoders(self, _capabilities: Capabilities) -> tuple[Encoder, Encoder]:
        return AS_JSON, AS_JSON

    def handle(self, line: bytes) -> None:
        """One message, or the reason why it is none."""
        command, *params = json.loads(line)
        try:
            message = Message(command, tuple(params))
            self.host.dispatch(COMMANDS.get(command), self.session, message)
        except ProtocolError as error:
            self.session.put(json.dumps({"error": str(error)}).encode() + b"\n")

    def too_long(self, head: bytes, size: int) -> None:
        """No line of these tests is."""
        raise AssertionError

    def farewell(self, reason: str) -> bytes:
        """Nothing."""
        return b""


class Json:
    """Somebody at that door."""

    def __init__(self, house: House, nick: str) -> None:
        self.house = house
        self.client = house.connect()
        self.door = list(house.server.doors.values())[-1]
        self.door = self.door.switch_to(JsonDoor(self.door.host, self.door.arrived_at))
        self.client.sock.setblocking(False)
        self.data = b""
        self.say("NICK", nick)
        self.say("USER", nick, "0", "*", nick)
        self.say("JOIN", "#room")
        self.sees("366")

    def say(self, *words: str) -> None:
        self.client.sock.sendall(json.dumps(words).encode() + b"\n")

    def sees(self, key: str) -> list[dict[str, object]]:
        """Everything up to the first object with that command, or that key."""
        seen: list[dict[str, object]] = []
        while not (seen and (key in seen[-1] or seen[-1].get("command") == key)):
            while b"\n" not in self.data:
                try:
                    self.data += self.client.sock.recv(1 << 16)
                except BlockingIOError:
                    self.house.tick()
            line, _, self.data = self.data.partition(b"\n")
            seen.append(json.loads(line))
        return seen


def said(house: House, client: Client) -> list[str]:
    client.seen.clear()
    return [line for line in house.settle(client).seen if "PRIVMSG" in line]


@pytest.fixture
def alice(house: House) -> Json:
    return Json(house, "alice")


def test_it_leads_into_the_same_chat(house: House, alice: Json) -> None:
    """Both see each other's words, each in the form of the own door."""
    bob = house.join("bob", "#room")
    bob.send("PRIVMSG #room :hello alice", "PRIVMSG alice :just you")
    house.settle(bob)
    assert alice.sees("PRIVMSG")[-1] == {
        "from": "bob",
        "command": "PRIVMSG",
        "params": ["#room", "hello alice"],
    }
    assert alice.sees("PRIVMSG")[-1]["params"] == ["alice", "just you"]
    alice.say("PRIVMSG", "#room", "hello bob")
    alice.say("PING", "x")
    alice.sees("PONG")
    assert said(house, bob) == [":alice!~alice@127.0.0.1 PRIVMSG #room :hello bob"]


def test_the_encoder_is_the_doors(house: House, alice: Json) -> None:
    """What a session asks for in a CAP does not turn its door's form into IRC's."""
    bob = house.join("bob", "#room")
    alice.say("CAP", "REQ", "echo-message server-time")
    alice.sees("CAP")
    bob.send("PRIVMSG #room :still JSON?")
    house.settle(bob)
    assert alice.sees("PRIVMSG")[-1]["params"] == ["#room", "still JSON?"]
    alice.say("PRIVMSG", "#room", "echoed")
    assert alice.sees("PRIVMSG")[-1]["from"] == "alice"


@pytest.mark.parametrize(
    "words",
    [
        ("PRIVMSG", "#room", "one\r\nQUIT :two"),
        ("PRIVMSG", "#room\n", "text"),
        ("PRIVMSG", "#room", "nul\0"),
        ("TOPIC", "#room", "a\rb"),
    ],
)
def test_what_no_line_can_hold_hurts_nobody(
    house: House, alice: Json, words: tuple[str, ...]
) -> None:
    """The door learns why; the room sees nothing."""
    bob = house.join("bob", "#room")
    alice.say(*words)
    assert "error" in alice.sees("error")[-1]
    alice.say("PING", "x")
    alice.sees("PONG")
    bob.seen.clear()
    assert [line for line in house.settle(bob).seen if "alice" in line] == []
