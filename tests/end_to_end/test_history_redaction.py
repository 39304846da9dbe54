"""Messages that are taken back (IRCv3 draft/message-redaction)."""

import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from harness import Client, Server

PLAIN = "batch server-time message-tags echo-message draft/chathistory"
CAPS = f"{PLAIN} draft/message-redaction"

_numbers = count(1)


@pytest.fixture
def room() -> str:
    """One without a past."""
    return f"#room{next(_numbers)}"


def entering(server: Server, nick: str, room: str, caps: str) -> Iterator[Client]:
    with server.join(nick, room, caps=caps) as client:
        client.ask()
        yield client
        client.send("QUIT").end()


@pytest.fixture
def op(server: Server, room: str) -> Iterator[Client]:
    """The room's operator."""
    yield from entering(server, "op", room, CAPS)


@pytest.fixture
def ann(server: Server, room: str, op: Client) -> Iterator[Client]:
    """A member."""
    yield from entering(server, "ann", room, CAPS)


@pytest.fixture
def old(server: Server, room: str, op: Client) -> Iterator[Client]:
    """A member whose client knows no redaction."""
    yield from entering(server, "old", room, PLAIN)


def say(client: Client, room: str, text: str) -> str:
    """Say it; its msgid."""
    (echo,) = [m for m in client.ask(f"PRIVMSG {room} :{text}") if m.params[-1] == text]
    return echo.tags["msgid"]


def said(messages: list[Message]) -> list[str]:
    return [m.params[1] for m in messages if m.command == "PRIVMSG"]


def history(client: Client, room: str) -> list[Message]:
    """All of it, without the batch."""
    client.ask()
    return client.ask(f"CHATHISTORY LATEST {room} * 100")[1:-1]


def searched(client: Client, attributes: str) -> list[str]:
    """What a search finds."""
    client.ask()
    lines = client.send(f"SEARCH {attributes}").read_until(" BATCH -")
    return said([m for line in lines if (m := decode(line.encode(), MAX_SERVER_TAGS))])


def test_by_its_author(room: str, op: Client, ann: Client, old: Client) -> None:
    """message-redaction, "Command": forwarded to those who negotiated it, and to nobody else."""
    msgid = say(ann, room, "oops")
    for client in (op, old):
        client.ask()
    (mine,) = ann.ask(f"REDACT {room} {msgid} :wrong room")
    assert (mine.nick, mine.command, *mine.params) == ("ann", "REDACT", room, msgid, "wrong room")
    assert mine.source == "ann!~ann@127.0.0.1"
    assert op.ask() == [mine]
    assert old.ask() == []
    assert mine.tags["msgid"] != msgid
    assert [one.tags["msgid"] for one in history(ann, room)] == [mine.tags["msgid"]]


def test_no_echo_for_who_did_not_ask(server: Server, room: str, op: Client) -> None:
    """message-redaction, "Command": forwarded in the same way as PRIVMSG."""
    caps = CAPS.replace("echo-message", "")
    with server.join("mute", room, caps=caps) as mute:
        mute.ask(f"PRIVMSG {room} :oops")
        (by_mute,) = [m for m in op.ask() if m.command == "PRIVMSG"]
        assert mute.ask(f"REDACT {room} {by_mute.tags['msgid']}") == []
        assert [m.command for m in op.ask()] == ["REDACT"]
        mute.send("QUIT").end()


def test_redactions_do_not_count(room: str, op: Client, ann: Client) -> None:
    """message-redaction, "Chat history": not towards limits; and each is a reference."""
    msgids = [say(op, room, str(number)) for number in range(50)]
    for number in (*range(5, 45), 48):
        op.ask(f"REDACT {room} {msgids[number]}")
    ann.ask()

    def asked(request: str) -> list[Message]:
        return [m for m in ann.ask(f"CHATHISTORY {request}") if m.command != "BATCH"]

    latest = asked(f"LATEST {room} * 5")
    assert said(latest) == ["4", "45", "46", "47", "49"]
    assert [m.command for m in latest].count("REDACT") == 41
    redaction = latest[-2]
    assert redaction.command == "REDACT"
    assert said(asked(f"BEFORE {room} msgid={redaction.tags['msgid']} 2")) == ["46", "47"]
    assert said(asked(f"AFTER {room} msgid={redaction.tags['msgid']} 9")) == ["49"]
    assert said(asked(f"AFTER {room} msgid={msgids[3]} 2")) == ["4", "45"]
    assert said(asked(f"AROUND {room} msgid={msgids[45]} 4")) == ["3", "4", "45", "46"]


def test_by_an_operator_without_a_reason(room: str, op: Client, ann: Client) -> None:
    """message-redaction, "Server implementation considerations": operators may, and by default no
    reason is given."""
    msgid = say(ann, room, "spam")
    op.ask()
    (event,) = op.ask(f"REDACT {room.upper()} {msgid}")
    assert (event.nick, *event.params) == ("op", room, msgid)
    assert ann.ask() == [event]
    assert said(history(ann, room)) == []


@pytest.mark.parametrize("command", ["NOTICE {} :x", "@+draft/react=x TAGMSG {}"])
def test_other_kinds_of_messages(room: str, op: Client, ann: Client, command: str) -> None:
    """message-redaction, "Command": PRIVMSG, NOTICE or TAGMSG."""
    (echo,) = ann.ask(command.format(room))
    (event,) = ann.ask(f"REDACT {room} {echo.tags['msgid']}")
    assert event.command == "REDACT"


def test_refusals(server: Server, room: str, op: Client, ann: Client) -> None:
    """message-redaction, "Errors"; of what is not a message, or not here, nothing is said."""
    other = server.join("other", f"{room}-b", caps=CAPS)
    elsewhere = say(other, f"{room}-b", "elsewhere")
    private = say(op, "ann", "private")
    status = say(op, f"@{room}", "among operators")
    seen = [decode(line.encode(), 8191) for line in op.seen]
    joined = next(m for m in seen if m and m.command == "JOIN")
    fine = say(op, room, "fine")
    ann.ask()
    forbidden = (
        "You can only delete messages that you sent on this connection, or while you were logged"
        " in to your account, unless you are a half-operator of the room or above"
    )
    unknown = "This message does not exist or is too old"
    target = "You cannot delete messages there"
    for client, line, expected in (
        (ann, f"{room} {fine}", ("REDACT_FORBIDDEN", room, fine, forbidden)),
        (ann, f"{room} nonsense :why", ("UNKNOWN_MSGID", room, "nonsense", unknown)),
        (ann, f"{room} {elsewhere}", ("UNKNOWN_MSGID", room, elsewhere, unknown)),
        (op, f"{room} {private}", ("UNKNOWN_MSGID", room, private, unknown)),
        (op, f"{room} {status}", ("UNKNOWN_MSGID", room, status, unknown)),
        (op, f"{room} {joined.tags['msgid']}",
         ("UNKNOWN_MSGID", room, joined.tags["msgid"], unknown)),
        (other, f"{room} {fine}", ("INVALID_TARGET", room, target)),
        (op, "ann 5", ("INVALID_TARGET", "ann", target)),
        (op, f"#void {fine}", ("INVALID_TARGET", "#void", target)),
    ):  # fmt: skip
        (reply,) = client.ask(f"REDACT {line}")
        assert (reply.command, reply.params) == ("FAIL", ("REDACT", *expected))
    assert [m.command for m in ann.ask(f"REDACT {room}")] == ["461"]
    assert said(history(ann, room)) == ["fine"]
    other.send("QUIT").end()


def test_only_once(room: str, op: Client, ann: Client) -> None:
    """message-redaction, "Errors": what is gone does not exist."""
    msgid = say(ann, room, "oops")
    ann.ask(f"REDACT {room} {msgid}")
    assert ann.ask(f"REDACT {room} {msgid}")[0].params[1] == "UNKNOWN_MSGID"
    assert op.ask(f"REDACT {room} {msgid}")[-1].params[1] == "UNKNOWN_MSGID"


def test_a_member_without_the_capability(room: str, op: Client, old: Client) -> None:
    """message-redaction, "Command": REDACT is not sent to who did not negotiate it."""
    msgid = say(old, room, "oops")
    assert old.ask(f"REDACT {room} {msgid}") == []
    assert op.ask()[-1].params == (room, msgid)


def test_the_author_is_a_connection(server: Server, room: str, op: Client, ann: Client) -> None:
    """Without accounts, the same nickname, username and address prove nothing."""
    first, second = say(ann, room, "one"), say(ann, room, "two")
    ann.ask("NICK annette")
    with server.join("ann", room, caps=CAPS) as stranger:
        assert stranger.ask(f"REDACT {room} {first}")[-1].params[1] == "REDACT_FORBIDDEN"
        theirs = say(stranger, room, "three")
        ann.ask()
        assert ann.ask(f"REDACT {room} {theirs}")[0].params[1] == "REDACT_FORBIDDEN"
        assert ann.ask(f"REDACT {room} {first}")[0].command == "REDACT"
        stranger.ask("NICK ann2")
        ann.ask("NICK ann")
        assert ann.ask(f"REDACT {room} {theirs}")[0].params[1] == "REDACT_FORBIDDEN"
        assert ann.ask(f"REDACT {room} {second}")[0].command == "REDACT"


def test_a_long_reason_is_cut(room: str, op: Client) -> None:
    """ISUPPORT KICKLEN: as that of a KICK."""
    (event,) = op.ask(f"REDACT {room} {say(op, room, 'oops')} :{'x' * 400}")
    assert event.params[2] == "x" * 300


def test_what_is_left(server: Server, room: str, op: Client, ann: Client, old: Client) -> None:
    """message-redaction, "Chat history": gone from history, search and replay. Who negotiated it
    sees that something was there, at its time; event-playback is not required."""
    say(ann, room, f"before {room}")
    (echo,) = [m for m in ann.ask(f"PRIVMSG {room} :secret {room}") if m.command == "PRIVMSG"]
    say(ann, room, f"after {room}")
    wanted = f"text={room[1:]};in={room}"
    assert len(searched(op, wanted)) == 3
    ann.ask(f"REDACT {room} {echo.tags['msgid']} :oops")
    left = [f"before {room}", f"after {room}"]
    for client in (op, ann, old):
        assert said(history(client, room)) == left
        assert searched(client, wanted) == left
        assert searched(client, f"text=secret;in={room}") == []
    assert [m.command for m in history(old, room)] == ["PRIVMSG", "PRIVMSG"]
    before, place, _after = history(ann, room)
    assert (place.nick, place.command) == ("ann", "REDACT")
    assert place.params == (room, echo.tags["msgid"], "oops")
    assert place.tags["time"] == echo.tags["time"]
    pages = old.ask(f"CHATHISTORY AFTER {room} msgid={echo.tags['msgid']} 5")
    assert said(pages) == left[1:]  # it still is a reference
    assert said(old.ask(f"CHATHISTORY AFTER {room} msgid={before.tags['msgid']} 1")) == left[1:]
    with server.join("late", caps="batch server-time") as late:
        assert said(late.ask(f"JOIN {room}")) == left
        late.send("QUIT").end()


def test_it_stays_gone(tmp_path: Path) -> None:
    """Over a restart too, and after a sudden end."""
    with Server(tmp_path) as server:
        op = server.join("op", "#room", caps=CAPS)
        msgid = say(op, "#room", "secret")
        op.ask(f"REDACT #room {msgid}")
        server.stop(signal.SIGKILL)
    with Server(tmp_path) as server:
        op = server.join("op", "#room", caps=CAPS)
        op.ask()
        assert [m.command for m in history(op, "#room")] == ["REDACT"]
        assert searched(op, "text=secret") == []
        server.end_well()


def test_the_past_is_its_authors(tmp_path: Path) -> None:
    """Who enters an empty room is its operator, which is no right over what was said before."""
    caps = "message-tags batch draft/chathistory draft/message-redaction echo-message"
    with Server(tmp_path) as server:
        alice = server.join("alice", "#den", caps=caps)
        (old,) = alice.ask("PRIVMSG #den :from another day")
        alice.send("QUIT").end()
        with server.join("mallory", "#den", caps=caps) as mallory:
            (fail,) = mallory.ask(f"REDACT #den {old.tags['msgid']}")
            assert fail.params[:2] == ("REDACT", "REDACT_FORBIDDEN")
            with server.join("bob", "#den", caps=caps) as bob:
                (new,) = bob.ask("PRIVMSG #den :spam")
                mallory.ask()
                (done,) = mallory.ask(f"REDACT #den {new.tags['msgid']}")
                assert done.command == "REDACT"
