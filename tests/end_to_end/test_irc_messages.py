"""PRIVMSG, NOTICE, AWAY (Modern IRC, "Sending Messages", "AWAY message")."""

import pytest

from harness import Client, Server, fresh


def crowd(server: Server, room: str, *names: str) -> list[Client]:
    """Members of a room, the first its operator, who have heard all there is."""
    clients = [server.join(fresh(name), room) for name in names]
    for client in clients:
        client.ask()
    return clients


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_to_a_room(server: Server, room: str, command: str) -> None:
    """ "PRIVMSG message": to the others, with the source; the sender hears nothing."""
    alice, bob, carol = crowd(server, room, "alice", "bob", "carol")
    outsider = server.join(fresh("dave"))
    assert alice.ask(f"{command} {room.upper()} :hello  there ") == []
    for client in (bob, carol):
        (heard,) = client.ask()
        assert (heard.command, heard.params) == (command, (room, "hello  there "))
        assert heard.source == f"{alice.nick}!~{alice.nick}@127.0.0.1"
        assert not heard.tags
    assert outsider.ask() == []


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_to_a_person(server: Server, command: str) -> None:
    alice, bob = server.join(fresh("alice")), server.join(fresh("bob"))
    assert alice.ask(f"{command} {bob.nick.upper()} :psst") == []
    assert bob.replies() == [(command, bob.nick, "psst")]
    assert alice.replies(f"{command} {alice.nick} :note") == [(command, alice.nick, "note")]


def test_several_targets(server: Server, room: str) -> None:
    """Each once, each refused by itself."""
    alice, bob = crowd(server, room, "alice", "bob")
    carol = server.join(fresh("carol"))
    line = f"PRIVMSG {carol.nick},{room},nobody,,{room},{carol.nick.upper()} :hi"
    assert alice.replies(line) == [("401", "nobody", "No such nick or room")]
    assert bob.replies() == [("PRIVMSG", room, "hi")]
    assert ("PRIVMSG", carol.nick, "hi") in carol.replies()


@pytest.mark.parametrize(
    ("prefix", "shown", "hearers"),
    [("@", "@", ["op"]), ("+", "+", ["op", "voiced"]), ("@+", "+", ["op", "voiced"])],
)
def test_to_those_of_a_rank(
    server: Server, room: str, prefix: str, shown: str, hearers: list[str]
) -> None:
    """ISUPPORT STATUSMSG: given or higher status; one or more prefixes."""
    op, voiced, plain, sender = crowd(server, room, "op", "voiced", "plain", "sender")
    op.ask(f"MODE {room} +v {voiced.nick}")
    everyone = {"op": op, "voiced": voiced, "plain": plain}
    for client in (*everyone.values(), sender):
        client.ask()
    assert sender.ask(f"PRIVMSG {prefix}{room} :hush", f"NOTICE {prefix}{room} :hush") == []
    heard = {name: client.replies() for name, client in everyone.items()}
    both = [("PRIVMSG", shown + room, "hush"), ("NOTICE", shown + room, "hush")]
    assert heard == {name: both if name in hearers else [] for name in everyone}


@pytest.mark.parametrize(
    "text",
    [
        "\x01VERSION\x01",
        "\x01ACTION waves\x01",
        "\x01PING 1 2\x01",
        "\x02bold\x0f\x0304red",
        ":)",
        " ",
    ],
)
@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_texts_pass_untouched(server: Server, command: str, text: str) -> None:
    """CTCP and formatting are between clients (Modern IRC, "CTCP")."""
    alice, bob = server.join(fresh("alice")), server.join(fresh("bob"))
    alice.ask(f"{command} {bob.nick} :{text}")
    assert bob.replies() == [(command, bob.nick, text)]


def test_the_longest_line(server: Server, room: str) -> None:
    """ "Message Format": 512 bytes with the source; a byte more is split, not cut."""
    alice, bob = crowd(server, room, "alice", "bob")
    head = f":{alice.nick}!~{alice.nick}@127.0.0.1 PRIVMSG {room} :".encode()
    text = "a space, " + "ü" * 180
    text += "x" * (510 - len(head) - len(text.encode()))
    assert alice.ask(f"PRIVMSG {room} :{text}") == []
    assert bob.replies() == [("PRIVMSG", room, text)]
    assert alice.ask(f"PRIVMSG {room} :{text}x", f"NOTICE {room} :{text}xx") == []
    said = bob.replies()
    assert [one[0] for one in said] == ["PRIVMSG"] * (len(said) // 2) + ["NOTICE"] * (
        len(said) // 2
    )
    assert "".join(one[2] for one in said) == f"{text}x{text}xx"
    assert len(said) == 4


def test_a_text_of_several_lines_worth(server: Server, room: str) -> None:
    """Clients that do not split send it in one line: it comes whole, in order, split at words.

    With labels the client can know what becomes of it, and it is refused with where and how much.
    """
    alice, bob = crowd(server, room, "alice", "bob")
    text = " ".join(f"word{number}" for number in range(700))[:4500]
    for command, target in (("PRIVMSG", room), ("NOTICE", room), ("PRIVMSG", bob.nick)):
        assert alice.ask(f"{command} {target} :{text}") == []
        replies = bob.replies()
        assert {one[:2] for one in replies} == {(command, target)}
        said = [one[2] for one in replies]
        assert len(said) > 8
        assert "".join(said) == text
        assert all(one.endswith(" ") for one in said[:-1])
    carol = server.join(fresh("carol"), room, caps="batch labeled-response")
    carol.ask()
    (refused,) = carol.ask(f"@label=x PRIVMSG {room} :{text}")
    excess = len(f":{carol.nick}!~{carol.nick}@127.0.0.1 PRIVMSG {room} :{text}\r\n") - 512
    assert refused.command == "417"
    assert refused.tags["label"] == "x"
    sentence = f"your message to {room} is {excess} bytes too long and was not sent"
    assert refused.params == (carol.nick, f"Input line was too long: {sentence}")
    assert "PRIVMSG" not in [message.command for message in bob.ask()]


def test_messages_keep_their_order(server: Server, room: str) -> None:
    alice, bob = crowd(server, room, "alice", "bob")
    lines = [f"PRIVMSG {room} :{number}" for number in range(300)]
    assert alice.ask(*lines) == []
    assert [one[2] for one in bob.replies()] == [str(number) for number in range(300)]


def test_away(server: Server, room: str) -> None:
    """ "AWAY message": 306, 305; 301 for those who write, but not for a NOTICE or in rooms."""
    alice, bob = crowd(server, room, "alice", "bob")
    assert bob.replies("AWAY :Gone to lunch") == [("306", "You have been marked as being away")]
    assert alice.replies(f"PRIVMSG {bob.nick} :hi") == [("301", bob.nick, "Gone to lunch")]
    assert alice.replies(f"NOTICE {bob.nick} :hi", f"PRIVMSG {room} :hi") == []
    assert ("301", bob.nick, "Gone to lunch") in alice.replies(f"WHOIS {bob.nick}")
    assert alice.replies(f"USERHOST {bob.nick}")[0][1].startswith(f"{bob.nick}=-")
    assert alice.replies(f"WHO {bob.nick}")[0][6] == "G"
    bob.ask()
    for line in ("AWAY", "AWAY :"):
        assert bob.replies(line) == [("305", "You are no longer marked as being away")]
    assert alice.replies(f"PRIVMSG {bob.nick} :hi") == []
    assert alice.replies(f"WHO {bob.nick}")[0][6] == "H"
