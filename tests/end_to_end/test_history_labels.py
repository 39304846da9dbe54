"""Which reply belongs to which command (IRCv3 labeled-response, batch, echo-message)."""

from collections.abc import Iterator
from itertools import count

import pytest

from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from harness import Client, Server

CAPS = "labeled-response batch"

_numbers = count(1)


def visitor(server: Server, caps: str) -> Iterator[Client]:
    """Alice, alone in a room that is new."""
    with server.join("alice", f"#room{next(_numbers)}", caps=caps) as client:
        yield client
        client.send("QUIT").end()


@pytest.fixture
def alice(server: Server) -> Iterator[Client]:
    yield from visitor(server, CAPS)


@pytest.fixture
def echoed(server: Server) -> Iterator[Client]:
    """Alice, whose own messages come back to her."""
    yield from visitor(server, f"{CAPS} echo-message message-tags")


def room(client: Client) -> str:
    """Where she is."""
    return next(line.split()[3] for line in client.seen if " 366 " in line)


def one_batch(replies: list[Message], label: str, kind: str) -> list[Message]:
    """The inside of a labelled batch, which these replies are."""
    start, *inside, end = replies
    reference = start.params[0].removeprefix("+")
    assert (start.command, start.params[:2]) == ("BATCH", (f"+{reference}", kind))
    assert start.tags == {"label": label}
    assert (end.command, end.params, end.tags) == ("BATCH", (f"-{reference}",), {})
    assert not [m for m in inside if "label" in m.tags]
    assert {m.tags["batch"] for m in inside if m.tags.get("batch") == reference} <= {reference}
    return inside


@pytest.mark.parametrize(
    "line", ["PONG :x", "PRIVMSG {room} :hi", "NOTICE {room} :hi",
             "NOTICE nobody :hi", "PRIVMSG alice,alice :hi", "JOIN {room}", "MODE {room} +nt"],
)  # fmt: skip
def test_ack(alice: Client, line: str) -> None:
    """labeled-response, "The ACK response": for what normally produces no response."""
    replies = alice.ask(f"@label=x1 {line.format(room=room(alice))}")
    ack = Message("ACK", (), "chatroom.local", {"label": "x1"})
    assert [m for m in replies if m.command != "PRIVMSG"] == [ack]
    assert not [m for m in replies if m.command == "PRIVMSG" and m.tags]


def test_no_ack_without_a_label(alice: Client) -> None:
    """Nobody asked for one."""
    assert alice.ask("PONG :x", f"PRIVMSG {room(alice)} :hi") == []


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("PING :a", "PONG"),
        ("TOPIC {room} :tea", "TOPIC"),
        ("NICK alice2", "NICK"),
        ("CAP LIST", "CAP"),
        ("AWAY :out", "306"),
        ("PRIVMSG nobody :hi", "401"),
        ("TAGMSG {room}", "421"),  # without message-tags
        ("NOSUCHCOMMAND", "421"),
        ("JOIN", "461"),
        ("PRIVMSG", "411"),
        ("CHATHISTORY LATEST alice * 5", "FAIL"),
        ("SEARCH limit=x", "FAIL"),
        ("REDACT {room} nonsense", "FAIL"),
    ],
)
def test_one_message(alice: Client, line: str, command: str) -> None:
    """labeled-response, "Tags": the same tag and value, errors and standard replies included."""
    (reply,) = alice.ask(f"@label=x\\s2 {line.format(room=room(alice))}")
    assert (reply.command, reply.tags) == (command, {"label": "x 2"})


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"PRIVMSG #a :caf\xe9", "FAIL"),
        (b"PRIVMSG #a :a\0b", "FAIL"),
        (b"PRIVMSG #a :" + b"x" * 5000, "417"),
        (b"PRIVMSG #a :" + b"x" * 100_000, "417"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_line_that_cannot_be(alice: Client, line: bytes, answer: str) -> None:
    """It is refused with its label, too, also behind a tag that is no text; not if the label itself
    is none."""
    for tags in (b"@label=x3 ", b"@+a=\xe9;label=x3 "):
        (reply,) = alice.ask(tags + line)
        assert reply.tags == {"label": "x3"}
        assert reply.command in (answer, "FAIL")
    (reply,) = alice.ask(b"@label=\xe9 " + line)
    assert reply.tags == {}


@pytest.mark.parametrize("line", ["WHOIS alice", "VERSION", "PRIVMSG no1,no2 :hi", "LUSERS"])
def test_several_messages(alice: Client, line: str) -> None:
    """labeled-response, "Tags": grouped by a batch, whose start has the label."""
    inside = one_batch(alice.ask(f"@label=x3 {line}"), "x3", "labeled-response")
    assert len(inside) > 1
    assert all(m.tags.keys() == {"batch"} for m in inside)


@pytest.mark.parametrize(
    "line",
    [
        "CHATHISTORY LATEST {room} * 5",
        "CHATHISTORY BEFORE {room} timestamp=2020-01-01T00:00:00.000Z 5",
    ],
)
def test_a_batch_of_an_existing_type(alice: Client, line: str) -> None:
    """labeled-response, "Tags": "An existing type applicable to the entire response"."""
    alice.ask(f"PRIVMSG {room(alice)} :hi")
    inside = one_batch(alice.ask(f"@label=x4 {line.format(room=room(alice))}"), "x4", "chathistory")
    assert [m.params[1] for m in inside] == ["hi"] * ("LATEST" in line)


def test_nested_batches(server: Server, alice: Client) -> None:
    """batch, "The BATCH verb": start and end of the inner batch both refer to the outer one."""
    alice.ask(f"PRIVMSG {room(alice)} :hi")
    with server.join("bob", caps=f"{CAPS} server-time") as bob:
        inside = one_batch(bob.ask(f"@label=x5 JOIN {room(alice)}"), "x5", "labeled-response")
        outer = inside[0].tags["batch"]
        assert [m.command for m in inside] == ["JOIN", "353", "366", "BATCH", "PRIVMSG", "BATCH"]
        start, said, end = inside[3:]
        assert start.params[1:] == ("chathistory", room(alice))
        inner = start.params[0][1:]
        assert end.params == (f"-{inner}",)
        assert (start.tags["batch"], said.tags["batch"], end.tags["batch"]) == (outer, inner, outer)
        bob.send("QUIT").end()


def test_echo(echoed: Client) -> None:
    """echo-message is the response: labeled-response, "Examples"."""
    (reply,) = echoed.ask(f"@label=e1;+x/y=z PRIVMSG {room(echoed)} :hi")
    assert (reply.command, reply.nick, reply.params[1]) == ("PRIVMSG", "alice", "hi")
    assert reply.tags.keys() == {"label", "+x/y", "msgid"}
    assert reply.tags["label"] == "e1"
    (tagged,) = echoed.ask(f"@label=e2 TAGMSG {room(echoed)}")
    assert (tagged.command, tagged.tags["label"]) == ("TAGMSG", "e2")
    inside = one_batch(
        echoed.ask(f"@label=e3 PRIVMSG {room(echoed)},nobody :hi"), "e3", "labeled-response"
    )
    assert [m.command for m in inside] == ["PRIVMSG", "401"]


def test_the_ack_of_a_tagmsg(server: Server) -> None:
    """labeled-response, "The ACK response": without echo-message nothing comes back."""
    with server.join("carl", "#tags", caps=f"{CAPS} message-tags") as carl:
        (reply,) = carl.ask("@label=e4;+a=b TAGMSG #tags")
        assert (reply.command, reply.tags) == ("ACK", {"label": "e4"})
        carl.send("QUIT").end()


def test_the_label_goes_to_nobody_else(server: Server, echoed: Client) -> None:
    """labeled-response, "Tags": it is between one client and the server."""
    with server.join("bob", room(echoed), caps=f"{CAPS} message-tags") as bob:
        echoed.ask(f"@label=e5;+a=b PRIVMSG {room(echoed)},bob :hi", "@label=e6 NICK alicia")
        heard = bob.ask()
        assert [m.command for m in heard] == ["PRIVMSG", "PRIVMSG", "NICK"]
        assert not [m for m in heard if {"label", "batch"} & m.tags.keys()]
        bob.send("QUIT").end()


def test_a_message_to_oneself(echoed: Client) -> None:
    """labeled-response, "Tags": no label except on the echo."""
    delivered, echo = sorted(
        echoed.ask("@label=e7 PRIVMSG alice :note"), key=lambda m: "label" in m.tags
    )
    assert "label" not in delivered.tags
    assert echo.tags == {"label": "e7", **delivered.tags}
    assert echo.params == delivered.params == ("alice", "note")


def test_a_message_to_oneself_without_echo(alice: Client) -> None:
    """labeled-response, "Tags" and "The ACK response"."""
    replies = alice.ask("@label=x6 PRIVMSG alice :note")
    assert {(m.command, m.tags.get("label")) for m in replies} == {
        ("PRIVMSG", None),
        ("ACK", "x6"),
    }
    assert len(replies) == 2


@pytest.mark.parametrize(
    ("label", "taken"),
    [("a" * 64, True), ("a" * 65, False), ("é" * 32, True), ("é" * 33, False), ("", False)],
)
def test_how_long_a_label_is(alice: Client, label: str, taken: bool) -> None:
    """labeled-response, "Tag value": not over 64 bytes; and "a required value"."""
    (reply,) = alice.ask(f"@label={label} PING :a")
    assert reply.tags == ({"label": label} if taken else {})


@pytest.mark.parametrize("caps", ["", "batch", "labeled-response", "labeled-response message-tags"])
def test_without_one_of_the_capabilities(server: Server, caps: str) -> None:
    """labeled-response, "Dependencies": batch MUST be negotiated."""
    with server.join("dan", caps=caps) as dan:
        assert not [m for m in dan.ask("@label=x7 PING :a", "@label=x8 WHOIS dan") if m.tags]
        assert dan.ask("@label=x9 PONG :a") == []
        dan.send("QUIT").end()


def test_several_labels_in_one_go(alice: Client) -> None:
    """labeled-response, "Tags": each response has its own."""
    replies = alice.ask(
        "@label=1 PING :a", "@label=2 WHOIS alice", "PING :b", "@label=3 PONG :c", "@label=4 NICK"
    )
    labels = [m.tags["label"] for m in replies if "label" in m.tags]
    assert labels == ["1", "2", "3", "4"]
    (bare,) = [m for m in replies if not {"label", "batch"} & m.tags.keys() and m.command == "PONG"]
    assert bare.params[-1] == "b"


def test_the_welcome(server: Server) -> None:
    """labeled-response, "Architecture": the order of negotiation is not significant; a label may
    come as soon as both capabilities are there."""
    with server.connect() as client:
        client.send("CAP LS 302", "CAP REQ :batch", "CAP REQ :labeled-response")
        client.send("NICK early", "USER early 0 * :x")
        client.send("@label=w CAP END")
        client.read_until("@label=w ")
        assert "labeled-response" in client.seen[-1]
        inside = client.read_until(" BATCH -")[:-1]
        assert [line.split()[2] for line in inside][:1] == ["001"]
        assert all(line.startswith("@batch=") for line in inside)
        client.send("QUIT").end()


def test_answers_from_a_worker(server: Server) -> None:
    """soju.im/search with labeled-response: each has its label, also those that come later, and
    what else was asked meanwhile has its own."""
    with server.join("eve", "#deep", caps=f"{CAPS} message-tags soju.im/search") as eve:
        eve.ask("PRIVMSG #deep :one", "PRIVMSG #deep :two")
        eve.send(
            "@label=s1 SEARCH in=#deep;text=one", "@label=s2 SEARCH in=#deep;text=nothing",
            "@label=s3 PING :a", "SEARCH in=#deep;text=two", "@label=s4 SEARCH in=#deep;text=two",
        )  # fmt: skip
        found: list[Message] = []
        while sum(m.command == "BATCH" for m in found) < 8 or "PONG" not in str(found):
            message = decode((eve.line() or "").encode(), MAX_SERVER_TAGS)
            assert message
            found.append(message)
        starts = [m for m in found if m.command == "BATCH" and m.params[0][0] == "+"]
        inside = {
            m.tags.get("label"): [
                one.params[1] for one in found if one.tags.get("batch") == m.params[0][1:]
            ]
            for m in starts
        }
        assert {m.params[1] for m in starts} == {"soju.im/search"}
        assert inside == {"s1": ["one"], "s2": [], None: ["two"], "s4": ["two"]}
        (pong,) = [m for m in found if m.command == "PONG"]
        assert pong.tags == {"label": "s3"}
        assert "ACK" not in [m.command for m in found]
        eve.send("QUIT").end()


def test_who_leaves_before_the_answer(server: Server) -> None:
    """Nobody is there to be answered."""
    with server.join("fay", "#deep", caps=f"{CAPS} soju.im/search") as fay:
        fay.send("@label=s5 SEARCH in=#deep;text=one", "QUIT").end()
        assert "ERROR" in fay.seen[-1]
