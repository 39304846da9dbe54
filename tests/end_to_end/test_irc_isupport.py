"""The tokens of RPL_ISUPPORT are true: each is compared with what the server does.

(Modern IRC, "RPL_ISUPPORT Parameters".) The expectations are computed from the tokens, and the same
tests run against two configurations.
"""

from collections.abc import Iterator

import pytest

from chatroom.wire.isupport import parse_tokens
from harness import Client, Server, fresh

DEFAULT = "[limits]\nflood_rate = 0\n"
OTHER = """
[server]
network = "Elsewhere"
[limits]
flood_rate = 0
nickname = 9
username = 5
room_name = 12
topic = 20
key = 4
reason = 10
away = 7
rooms_per_user = 3
list_entries = 4
mode_changes = 3
targets = 2
"""


@pytest.fixture(scope="module", params=[DEFAULT, OTHER], ids=["default", "other"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server"), config=request.param) as server:
        yield server
        server.end_well()


@pytest.fixture
def alice(server: Server) -> Client:
    return server.join(fresh("al"))


@pytest.fixture
def tokens(alice: Client) -> dict[str, str]:
    return parse_tokens(
        token for line in alice.seen if " 005 " in line for token in line.split(" :")[0].split()[3:]
    )


@pytest.fixture
def room(alice: Client) -> str:
    """A room of alice's."""
    name = fresh("#r")
    alice.ask(f"JOIN {name}")
    return name


def test_the_lines(alice: Client) -> None:
    """At most 13 tokens in a line, and no token twice."""
    lines = [line for line in alice.seen if " 005 " in line]
    words = [line.split(" :")[0].split()[3:] for line in lines]
    assert all(1 <= len(line) <= 13 for line in words)
    assert all(line.endswith(" :are supported by this server") for line in lines)
    names = [word.partition("=")[0] for line in words for word in line]
    assert len(set(names)) == len(names)


def test_those_that_are_constant(tokens: dict[str, str]) -> None:
    constant = {
        "ACCOUNTEXTBAN": "a",
        "CASEMAPPING": "ascii",
        "CHANMODES": "beI,k,Wfl,CMPRSUcimnstuz",
        "KNOCK": "",
        "SAFELIST": "",
        "CHANTYPES": "#",
        "ELIST": "CMNTU",
        "EXCEPTS": "e",
        "EXTBAN": ",am",
        "INVEX": "I",
        "PREFIX": "(qaohv)~&@%+",
        "STATUSMSG": "~&@%+",
        "UTF8MAPPING": "rfc8265",
        "UTF8ONLY": "",
    }
    assert {name: tokens[name] for name in constant} == constant
    assert tokens["NETWORK"] in ("Chatroom", "Elsewhere")


def test_nicklen(alice: Client, tokens: dict[str, str]) -> None:
    """Characters, not bytes."""
    longest = int(tokens["NICKLEN"])
    for letter in "nñ名":
        assert alice.replies(f"NICK {letter * longest}") == [("NICK", letter * longest)]
        assert alice.replies(f"NICK {letter * (longest + 1)}")[0][0] == "432"


def test_userlen(server: Server, tokens: dict[str, str]) -> None:
    client = server.connect()
    nick = fresh("u")
    client.send(f"NICK {nick}", f"USER {'u' * 40} 0 * :x").wait("001")
    (reply,) = [one for one in client.replies(f"USERHOST {nick}") if one[0] == "302"]
    assert reply[1] == f"{nick}=+~{'u' * (int(tokens['USERLEN']) - 1)}@127.0.0.1"


def test_channellen(alice: Client, tokens: dict[str, str]) -> None:
    longest = int(tokens["CHANNELLEN"])
    name = "#" + "ß" * (longest - 1)
    assert alice.replies(f"JOIN {name}x")[0][0] == "476"
    assert alice.replies(f"JOIN {name}")[0] == ("JOIN", name)


def test_chanlimit(alice: Client, tokens: dict[str, str]) -> None:
    kind, _, limit = tokens["CHANLIMIT"].partition(":")
    assert kind == tokens["CHANTYPES"]
    rooms = [fresh("#r") for _ in range(int(limit))]
    assert "405" not in [one[0] for one in alice.replies(*(f"JOIN {name}" for name in rooms))]
    more = fresh("#r")
    assert alice.replies(f"JOIN {more}")[0][:2] == ("405", more)
    assert alice.replies(f"PART {rooms[0]}", f"JOIN {more}")[1] == ("JOIN", more)


def test_topiclen(alice: Client, room: str, tokens: dict[str, str]) -> None:
    text = "t" * (int(tokens["TOPICLEN"]) + 5)
    assert alice.replies(f"TOPIC {room} {text}") == [("TOPIC", room, text[:-5])]
    assert alice.replies(f"TOPIC {room}")[0] == ("332", room, text[:-5])


def test_a_topic_that_outgrows_its_line(alice: Client, room: str) -> None:
    """Refused with 417 rather than cut: the bytes are too many, not the characters."""
    alice.ask(f"TOPIC {room} :old")
    text = "名" * 160
    (reply,) = alice.replies(f"TOPIC {room} {text}")
    if reply[0] == "417":
        assert alice.replies(f"TOPIC {room}")[0] == ("332", room, "old")
    else:
        assert reply == ("TOPIC", room, "名" * 20)


def test_kicklen(server: Server, alice: Client, room: str, tokens: dict[str, str]) -> None:
    """Of KICK, and of PART and QUIT as well."""
    reason = "r" * (int(tokens["KICKLEN"]) + 5)
    bob = server.join(fresh("bo"), room)
    alice.ask()
    kicked = ("KICK", room, bob.nick, reason[:-5])
    assert alice.replies(f"KICK {room} {bob.nick} {reason}") == [kicked]
    assert bob.replies(f"JOIN {room}", f"PART {room} {reason}")[-1] == ("PART", room, reason[:-5])
    bob.ask(f"JOIN {room}")
    bob.send(f"QUIT {reason}")
    assert alice.wait("QUIT").params == (f"Quit: {reason[:-5]}",)


def test_awaylen(alice: Client, tokens: dict[str, str]) -> None:
    text = "a" * (int(tokens["AWAYLEN"]) + 5)
    alice.ask(f"AWAY {text}")
    assert ("301", alice.nick, text[:-5]) in alice.replies(f"WHOIS {alice.nick}")


def test_keylen(server: Server, alice: Client, room: str, tokens: dict[str, str]) -> None:
    """One that is longer is refused: cut, it would not open the room to who gives all of it."""
    key = "k" * int(tokens["KEYLEN"])
    assert alice.replies(f"MODE {room} +k {key}x")[0][:3] == ("696", room, "k")
    assert alice.replies(f"MODE {room} +k {key}") == [("MODE", room, "+k", key)]
    assert server.join(fresh("bo")).replies(f"JOIN {room} {key}")[0] == ("JOIN", room)


def test_maxlist(alice: Client, room: str, tokens: dict[str, str]) -> None:
    """Each list has its own number."""
    pairs = dict(pair.split(":") for pair in tokens["MAXLIST"].split(","))
    assert "".join(pairs) == tokens["CHANMODES"].split(",")[0]
    for letter, limit in pairs.items():
        lines = [f"MODE {room} +{letter} m{number}" for number in range(int(limit) + 1)]
        *made, refused = alice.replies(*lines)
        assert {one[0] for one in made} == {"MODE"}
        assert refused[:3] == ("478", room, letter)


def test_modes(alice: Client, room: str, tokens: dict[str, str]) -> None:
    """Changes with a parameter; those without are not counted. Many are made in several lines."""
    most = int(tokens["MODES"])
    masks = [f"m{number}" for number in range(most + 1)]
    refused, *made = alice.replies(f"MODE {room} +ims{'b' * (most + 1)} {' '.join(masks)}")
    assert refused[:4] == ("696", room, "b", masks[-1])
    assert {each[:2] for each in made} == {("MODE", room)}
    assert "".join(each[2].replace("+", "") for each in made) == "ims" + "b" * most
    banned = [mask for each in made for mask in each[3:]]
    assert banned == [f"{mask}!*@*" for mask in masks[:most]]


TARGETED = {
    "PRIVMSG": "PRIVMSG {} :hi",
    "NOTICE": "NOTICE {} :hi",
    "TAGMSG": "TAGMSG {}",
    "WHOIS": "WHOIS {}",
    "KICK": "KICK {room} {}",
    "LIST": "LIST {}",
    "NAMES": "NAMES {}",
    "JOIN": "JOIN {}",
    "PART": "PART {}",
}
REFUSED_ONE_BY_ONE = {"JOIN": "403", "PART": "403", "LIST": "323", "NAMES": "366"}


@pytest.mark.parametrize("command", TARGETED)
def test_targmax(alice: Client, room: str, tokens: dict[str, str], command: str) -> None:
    """Exactly as many targets are tried, one more is 407 (for NOTICE: nothing)."""
    limits = dict(pair.split(":") for pair in tokens["TARGMAX"].split(","))
    alice.ask("CAP REQ message-tags")
    targets = [f"n{number}" for number in range(int(limits[command]) + 1)]
    tried = alice.replies(TARGETED[command].format(",".join(targets[:-1]), room=room))
    refused = alice.replies(TARGETED[command].format(",".join(targets), room=room))
    if command == "NOTICE":
        assert tried == refused == []
        return
    numeric = REFUSED_ONE_BY_ONE.get(command, "401")
    wanted = ["End of /LIST"] if command == "LIST" else targets[:-1]
    assert [one[1] for one in tried if one[0] == numeric] == wanted
    ends = {"WHOIS": [("318", ",".join(targets))], "LIST": [("323", "End of /LIST")]}
    ends["NAMES"] = [("366", ",".join(targets))]
    assert [one[:2] for one in refused] == [("407", targets[-1]), *ends.get(command, [])]


def test_chantypes(alice: Client, tokens: dict[str, str]) -> None:
    """No other first character makes a room."""
    for character in "&!+%~$:":
        assert alice.replies(f"JOIN :{character}room")[0][0] == "403", character
    assert tokens["CHANTYPES"] == "#"


def test_chanmodes(alice: Client, room: str, tokens: dict[str, str]) -> None:
    """Each letter is known, takes a parameter or none as its group says, and no other is."""
    lists, always, when_set, flags = tokens["CHANMODES"].split(",")
    assert alice.replies(f"MODE {room} +P")[0][0] == "482"  # for operators of the server
    for letter in sorted({*flags} - {*"ntP"}):
        assert alice.replies(f"MODE {room} +{letter}") == [("MODE", room, f"+{letter}")]
    other = fresh("#r")
    alice.ask(f"JOIN {other}")
    for letter in lists + always + when_set:
        param = other if letter == "f" else "5"
        (made,) = alice.replies(f"MODE {room} +{letter} {param}")
        assert made[:3] == ("MODE", room, f"+{letter}")
        assert len(made) == 4
    assert alice.replies(f"MODE {room} -{when_set}") == [("MODE", room, f"-{when_set}")]
    known = lists + always + when_set + flags + "qaohv"
    for letter in set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") - set(known):
        assert alice.replies(f"MODE {room} +{letter}")[0][:2] == ("472", letter)


def test_utf8only(server: Server, alice: Client, room: str) -> None:
    """IRCv3 utf8-only: nothing else is relayed, and FAIL says so."""
    bob = server.join(fresh("bo"), room)
    alice.ask()
    assert bob.replies(f"PRIVMSG {room} :".encode() + b"caf\xe9")[0][:3] == (
        "FAIL",
        "PRIVMSG",
        "INVALID_UTF8",
    )
    assert alice.ask() == []
