"""What those are sent who agreed on it (IRCv3 message-tags, server-time, echo-message).

multi-prefix and userhost-in-names are tested where names are: test_irc_rooms.py.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, combinations

import pytest

from chatroom.wire.message import Message
from harness import Client, Server, fresh

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


NO_MSGIDS = "[limits]\nflood_rate = 0\n[history]\nenabled = false\n"
"""So that the tags of a message are those that this file is about."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server"), config=NO_MSGIDS) as server:
        yield server
        server.end_well()


def pair(server: Server, room: str, one: str, two: str) -> tuple[Client, Client]:
    """Two members with these capabilities, who have heard all there is."""
    alice = server.join(fresh("alice"), room, caps=one)
    bob = server.join(fresh("bob"), room, caps=two)
    alice.ask()
    return alice, bob


# message-tags


def relayed(message: Message) -> dict[str, str]:
    """Its tags, but for the msgid, which every message has that goes with tags at all."""
    assert message.tags.get("msgid", "")
    return {key: value for key, value in message.tags.items() if key != "msgid"}


@pytest.mark.parametrize("command", ["PRIVMSG {} :hi", "NOTICE {} :hi", "TAGMSG {}"])
@pytest.mark.parametrize("to_room", [True, False])
def test_client_only_tags_are_relayed(
    server: Server, room: str, command: str, to_room: bool
) -> None:
    """ "Client-only tags" as they are, others dropped."""
    alice, bob = pair(server, room, "message-tags", "message-tags")
    line = command.format(room if to_room else bob.nick)
    said = r"@+a=1;b=2;+example.org/c=\:\s\\;time=x;msgid=y;+e;+a=3 "
    assert alice.ask(said + line) == []
    (heard,) = bob.ask()
    assert relayed(heard) == {"+a": "3", "+example.org/c": "; \\", "+e": ""}
    assert heard.command == line.split()[0]


def test_tags_go_to_those_who_agreed(server: Server, room: str) -> None:
    """Others get the message without tags, and TAGMSG not at all."""
    alice, bob = pair(server, room, "message-tags", "")
    alice.ask(f"@+a=1 PRIVMSG {room} :hi", f"@+a=1 TAGMSG {room}", f"@+a=1 TAGMSG {bob.nick}")
    (heard,) = bob.ask()
    assert (heard.command, heard.tags) == ("PRIVMSG", {})
    assert bob.seen[-2].startswith(f":{alice.nick}!")


def test_tags_of_those_who_did_not_agree(server: Server, room: str) -> None:
    """ "The message-tags capability" enables the use of client-only tags and TAGMSG."""
    alice, bob = pair(server, room, "", "message-tags")
    assert [
        one[:2] for one in alice.replies(f"@+a=1 PRIVMSG {room} :hi", f"@+a=1 TAGMSG {room}")
    ] == [("421", "TAGMSG")]
    (heard,) = bob.ask()
    assert relayed(heard) == {}


def test_a_tagmsg_obeys_the_room(server: Server, room: str) -> None:
    """ "The TAGMSG tag-only message": delivered in the same way as PRIVMSG."""
    alice, bob = pair(server, room, "message-tags", "message-tags")
    alice.ask(f"MODE {room} +m")
    bob.ask()
    lines = [f"@+a TAGMSG {target}" for target in (room, "#nowhere", "nobody", ",")]
    assert [one[0] for one in bob.replies(*lines, "TAGMSG")] == ["404", "403", "401", "411", "461"]
    assert bob.ask(f"@+a TAGMSG {alice.nick}") == []
    assert [one.params for one in alice.ask()] == [(alice.nick,)]
    assert alice.ask(f"@+a TAGMSG @{room}") == []
    assert bob.ask() == []


def test_a_tagmsg_to_the_away(server: Server, room: str) -> None:
    """It has no text that one could miss: no RPL_AWAY."""
    alice, bob = pair(server, room, "message-tags", "message-tags")
    bob.ask("AWAY :gone")
    assert alice.ask(f"@+a TAGMSG {bob.nick}") == []


def test_the_size_of_tags(server: Server, room: str) -> None:
    """ "Size limit": 4094 bytes of tag data pass whole, one more is 417."""
    alice, bob = pair(server, room, "message-tags", "message-tags server-time")
    value = "x" * (4094 - len("+a="))
    assert alice.ask(f"@+a={value} TAGMSG {room}") == []
    (heard,) = bob.ask()
    assert heard.tags["+a"] == value
    why = "Input line was too long: the tags of your TAGMSG are 1 byte too long"
    assert alice.replies(f"@+a={value}x TAGMSG {room}") == [("417", why)]
    assert bob.ask() == []


def test_server_tags_come_first(server: Server, room: str) -> None:
    """ "Client-only tags": never pushed outside of the limit by them."""
    alice, bob = pair(server, room, "message-tags", "message-tags server-time")
    alice.ask(f"@+a;+b PRIVMSG {room} :hi")
    bob.ask()
    assert re.match(r"@time=[^;]+;msgid=[^;]+;\+a;\+b :", bob.seen[-2])


# server-time


@pytest.mark.parametrize(
    "line",
    [
        "PRIVMSG {} :hi",
        "NOTICE {} :hi",
        "TOPIC {} :new",
        "MODE {} +m",
        "PART {}",
        "NICK {nick}",
        "QUIT",
    ],
)
def test_events_have_their_time(server: Server, room: str, line: str) -> None:
    """ISO 8601 in UTC, with milliseconds; for those who agreed."""
    alice, bob = pair(server, room, "", "server-time")
    carol = server.join(fresh("carol"), room)
    bob.ask()
    alice.send(line.format(room, nick=fresh("other")))
    event = bob.wait(line.split()[0])
    assert MOMENT.fullmatch(event.tags["time"])
    assert (
        abs((datetime.fromisoformat(event.tags["time"]) - datetime.now(UTC)).total_seconds()) < 60
    )
    assert event.tags.keys() == {"time"}
    assert carol.wait(line.split()[0]).tags == {}


def test_one_message_has_one_time(server: Server, room: str) -> None:
    alice, bob = pair(server, room, "server-time echo-message", "server-time")
    (echo,) = alice.ask(f"PRIVMSG {room} :hi")
    assert bob.ask() == [echo]


# echo-message


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_echo(server: Server, room: str, command: str) -> None:
    """Both commands come back, in their final form; what was refused does not."""
    alice, bob = pair(server, room, "echo-message", "")
    said = f"{command} {room.upper()},{bob.nick.upper()},@{room} :hi"
    assert alice.replies(said) == [
        (command, room, "hi"),
        (command, bob.nick, "hi"),
        (command, f"@{room}", "hi"),
    ]
    assert bob.replies() == [(command, room, "hi"), (command, bob.nick, "hi")]
    alice.ask(f"MODE {room} +m", f"MODE {room} -o {alice.nick}")
    assert [one[0] for one in alice.replies(f"{command} {room} :hi")] == (
        ["404"] if command == "PRIVMSG" else []
    )


def test_echo_of_what_one_says_to_oneself(server: Server, room: str) -> None:
    """Once as sent, once as received."""
    alice, _ = pair(server, room, "echo-message", "")
    assert alice.replies(f"PRIVMSG {alice.nick} :hi") == [("PRIVMSG", alice.nick, "hi")] * 2


def test_echo_of_tags(server: Server, room: str) -> None:
    """ "When the message-tags capability has been enabled, the same rules apply to TAGMSG"."""
    alice, _ = pair(server, room, "echo-message message-tags", "")
    (echo,) = alice.ask(f"@+a=1;b=2 TAGMSG {room}")
    assert (echo.command, echo.params, relayed(echo)) == ("TAGMSG", (room,), {"+a": "1"})


# All together

CAPABILITIES = ("message-tags", "server-time", "echo-message", "multi-prefix", "userhost-in-names")
COMBINATIONS = list(
    chain.from_iterable(combinations(CAPABILITIES, n) for n in range(len(CAPABILITIES) + 1))
)


def test_everyone_gets_what_they_agreed_on(server: Server, room: str) -> None:
    """A room with a member of each combination; each of two speaks once."""
    speakers = [server.join(fresh("speaker"), room, caps=caps) for caps in ("message-tags", "")]
    members = {
        caps: server.join(fresh("member"), room, caps=" ".join(caps)) for caps in COMBINATIONS
    }
    for client in (*speakers, *members.values()):
        client.ask()
    for speaker in speakers:
        speaker.send(f"@+t=1;u=2 PRIVMSG {room} :from {speaker.nick}")
        speaker.ask()
    speakers[0].ask(f"@+t=1 TAGMSG {room}")
    for caps, member in members.items():
        expected = _expected(set(caps))
        heard = [
            {
                key: bool(MOMENT.fullmatch(tag)) if key == "time" else tag
                for key, tag in one.tags.items()
                if key != "msgid"
            }
            for one in member.ask()
        ]
        assert heard == expected, caps


def _expected(caps: set[str]) -> list[dict[str, str | bool]]:
    time: dict[str, str | bool] = {"time": True} if "server-time" in caps else {}
    tag: dict[str, str | bool] = {"+t": "1"} if "message-tags" in caps else {}
    return [time | tag, time, *([time | tag] if tag else [])]


def test_a_change_of_capabilities_counts_at_once(server: Server, room: str) -> None:
    """CAP REQ after registration ("The CAP command": at any time)."""
    alice, bob = pair(server, room, "message-tags", "")
    steps = {
        "": set(),
        "CAP REQ :server-time": {"time"},
        "CAP REQ :message-tags": {"time", "+a"},
        "CAP REQ :-server-time": {"+a"},
        "CAP REQ :-message-tags nonsense": {"+a"},
        "CAP REQ :-message-tags": set(),
    }
    for request, tags in steps.items():
        bob.ask(request)
        alice.ask(f"@+a PRIVMSG {room} :hi")
        (heard,) = bob.ask()
        assert heard.tags.keys() - {"msgid"} == tags, request
