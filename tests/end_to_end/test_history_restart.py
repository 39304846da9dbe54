"""What outlives the last visitor and the server: history, msgids, and permanent rooms."""

import signal
from pathlib import Path

import pytest

from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from harness import Client, Server, wait_until

CAPS = "batch server-time message-tags echo-message draft/chathistory draft/event-playback"
CONFIG = '[limits]\nflood_rate = 0\n[rooms]\npermanent = ["general", "Café"]\n'
CONFIG += "operators = { 'CAFÉ' = ['ann!*@*'], general = ['ann!*@*'] }\n"

ENDS = pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["TERM", "KILL"])


def start(directory: Path) -> Server:
    return Server(directory, config=CONFIG)


def history(client: Client, room: str) -> list[Message]:
    """All of it, without the batch."""
    client.ask()
    replies = client.ask(f"CHATHISTORY LATEST {room} * 400")[1:-1]
    return [m._replace(tags={k: v for k, v in m.tags.items() if k != "batch"}) for m in replies]


def searched(client: Client, text: str) -> list[str]:
    """What a search finds."""
    client.ask()
    lines = client.send(f"SEARCH text={text}").read_until(" BATCH -| FAIL SEARCH")
    replies = [m for line in lines if (m := decode(line.encode(), MAX_SERVER_TAGS))]
    return [m.params[1] for m in replies if m.command == "PRIVMSG"]


def reply(client: Client, line: str, numeric: str) -> list[str]:
    """A numeric's parameters after the client's nickname; [] where there is none."""
    return next((list(m.params[1:]) for m in client.ask(line) if m.command == numeric), [])


@ENDS
def test_history(tmp_path: Path, end: signal.Signals) -> None:
    """What anyone has been shown is there after the server's end, however sudden: once, in order,
    as it was; and new msgids are new."""
    lines = [f"PRIVMSG #talk :line {n}" for n in range(150)]
    with start(tmp_path) as server:
        ann = server.join("ann", "#talk", caps=CAPS)
        shown = ann.ask(*lines, "TOPIC #talk :x", "@+a/b=c NOTICE #talk :end")
        before = [m for m in shown if m.params[0] == "#talk"]
        private = ann.ask("PRIVMSG ann :private", "TAGMSG #talk")
        server.stop(end)
    with start(tmp_path) as server:
        ann = server.join("ann", "#talk", caps=CAPS)
        *kept, _join = [m for m in history(ann, "#talk") if m.command != "QUIT"][1:]
        assert kept == before
        again = ann.ask(*lines, "PRIVMSG ann :private", "TAGMSG #talk")
        used = {m.tags["msgid"] for m in (*before, *private)}
        assert len(used) == len(before) + 2  # a private message came as delivered and as echo
        assert not used & {m.tags["msgid"] for m in again}
        assert min(m.tags["time"] for m in again) >= max(m.tags["time"] for m in before)
        page = ann.ask(f"CHATHISTORY AFTER #talk msgid={before[0].tags['msgid']} 2")[1:-1]
        assert [m.params[1] for m in page] == ["line 1", "line 2"]
        server.end_well()


@ENDS
def test_permanent_rooms(tmp_path: Path, end: signal.Signals) -> None:
    """rooms.permanent: topic, modes, key, bans and creation time stay over the last visitor and
    over a restart; the room is listed with nobody in it."""
    bans = ("bad!*@*", "worse!*@*")
    questions = (("MODE #café", "324"), ("TOPIC #café", "332"), ("TOPIC #café", "333"),
                 ("MODE #café", "329"), ("LIST #café", "322"))  # fmt: skip

    def state(client: Client) -> list[list[str]]:
        return [reply(client, *question) for question in questions]

    def lists(operator: Client) -> list[tuple[str, ...]]:
        return [m.params[2:] for letter in "beI" for m in operator.ask(f"MODE #café {letter}")]

    with start(tmp_path) as server:
        out = server.join("out")
        assert reply(out, "LIST", "322") == ["#general", "0", ""]
        ann = server.join("ann", "#café")
        ann.ask("MODE #café +mlk-t 5 sesame", "MODE #café +bb bad!*@* worse!*@*")
        ann.ask("MODE #café +eI good!*@* guest!*@*", "TOPIC #café :Tea and cake")
        listed = lists(ann)
        ann.ask("PART #café")
        before = state(out)
        assert before[0] == ["#Café", "+mnkl", "*", "5"]
        assert before[1] == ["#Café", "Tea and cake"]
        assert before[2][1] == "ann!~ann@127.0.0.1"
        assert before[4] == ["#Café", "0", "Tea and cake"]
        assert {row[0] for row in listed} > {*bans, "good!*@*", "guest!*@*"}
        assert out.ask("JOIN #café")[0].command == "475"
        server.stop(end)
    with start(tmp_path) as server:
        out = server.join("out")
        assert state(out) == before
        assert out.ask("JOIN #café")[0].command == "475"
        assert server.join("bad").ask("JOIN #café sesame")[0].command == "474"
        ann = server.join("ann")
        assert [m.command for m in ann.ask("JOIN #CAFÉ sesame")][:3] == ["JOIN", "MODE", "332"]
        assert reply(ann, "MODE #café", "324") == ["#Café", "+mnkl", "sesame", "5"]
        assert lists(ann) == listed
        ann.ask("MODE #café -k+s *", "TOPIC #café :")
        server.stop(end)
    with start(tmp_path) as server:
        out = server.join("out", "#café")
        assert reply(out, "MODE #café", "324") == ["#Café", "+mnsl", "5"]
        assert reply(out, "TOPIC #café", "331")
        server.end_well()


@ENDS
def test_the_creation_time_of_a_room_that_nobody_changed(
    tmp_path: Path, end: signal.Signals
) -> None:
    """Modern IRC, RPL_CREATIONTIME (329): of the room, not of the server."""
    with start(tmp_path) as server:
        ann = server.join("ann")
        created = reply(ann, "MODE #general", "329")[1]
        wait_until(lambda: str(ann.clock()) != created)
        server.stop(end)
    with start(tmp_path) as server:
        assert reply(server.join("ann"), "MODE #general", "329")[1] == created
        server.end_well()


def test_a_closed_permanent_room_keeps_its_history(tmp_path: Path) -> None:
    """It never fades: who may enter later may read what was said before."""
    with start(tmp_path) as server:
        ann = server.join("ann", "#general", caps=CAPS)
        ann.ask("MODE #general +k sesame", "PRIVMSG #general :inside", "PART #general")
        assert ann.ask("CHATHISTORY LATEST #general * 9")[0].params[1] == "INVALID_TARGET"
        server.stop(signal.SIGKILL)
    with start(tmp_path) as server:
        ann = server.join("ann", caps=CAPS)
        assert ann.ask("CHATHISTORY LATEST #general * 9")[0].params[1] == "INVALID_TARGET"
        assert searched(ann, "inside") == []
        ann.ask("JOIN #general sesame")
        assert "inside" in [m.params[-1] for m in history(ann, "#general")]
        assert searched(ann, "inside") == ["inside"]
        server.end_well()


def test_other_rooms_fade_with_the_server(tmp_path: Path) -> None:
    """Their history stays, and is replayed; modes and topic are gone."""
    with start(tmp_path) as server:
        ann = server.join("ann", "#shed")
        ann.ask("TOPIC #shed :Tools", "MODE #shed +m", "PRIVMSG #shed :hammer")
        server.stop(signal.SIGKILL)
    with start(tmp_path) as server:
        bob = server.join("bob", caps="batch server-time")
        replies = bob.ask("JOIN #shed")
        assert [m.command for m in replies] == ["JOIN", "353", "366", "BATCH", "PRIVMSG", "BATCH"]
        assert reply(bob, "MODE #shed", "324") == ["#shed", "+nt"]
        assert searched(bob, "hammer") == ["hammer"]
        server.end_well()


CLOSED = {"#key": "+k sesame", "#invited": "+i", "#secret": "+s"}


def close_rooms(server: Server) -> Client:
    """Ann, who said something in rooms of hers, closed them, and said more."""
    ann = server.join("ann", *CLOSED, caps=CAPS)
    for room, mode in CLOSED.items():
        ann.ask(f"PRIVMSG {room} :gold", f"MODE {room} {mode}", f"PRIVMSG {room} :more gold")
    return ann


def assert_sealed(directory: Path) -> None:
    """Nobody reads it, in any way, after any start."""
    for number in range(2):
        with start(directory) as server:
            bob = server.join(f"bob{number}", caps=CAPS)
            carl = server.join(f"carl{number}")
            assert searched(bob, "gold") == []
            for room in CLOSED:
                assert "gold" not in str(history(bob, room))
                assert "ann" not in str(history(bob, room))
                assert "gold" not in str(carl.ask(f"JOIN {room}"))
            server.stop(signal.SIGKILL)


@ENDS
def test_closed_rooms_that_faded_stay_sealed(tmp_path: Path, end: signal.Signals) -> None:
    """What was said behind a closed door is not for later comers."""
    with start(tmp_path) as server:
        close_rooms(server).ask("JOIN 0")
        server.stop(end)
    assert_sealed(tmp_path)


@ENDS
def test_closed_rooms_are_sealed_by_the_end(tmp_path: Path, end: signal.Signals) -> None:
    """Nor because the server was started again: rooms fade with it too."""
    with start(tmp_path) as server:
        close_rooms(server)
        server.stop(end)
    assert_sealed(tmp_path)


def test_a_room_that_was_opened_again_is_sealed_up_to_then(tmp_path: Path) -> None:
    """What was said since is for all; and a door that faded long ago closes nothing."""
    with start(tmp_path) as server:
        ann = server.join("ann", "#shed,#barn", caps=CAPS)
        ann.ask("MODE #shed +i", "PRIVMSG #shed :a secret hammer", "MODE #shed -i")
        ann.ask("PRIVMSG #shed :hammer")
        ann.ask("MODE #barn +i", "PART #barn", "JOIN #barn", "PRIVMSG #barn :hammer")
        server.stop(signal.SIGKILL)
    with start(tmp_path) as server:
        bob = server.join("bob", caps=CAPS)
        assert searched(bob, "hammer") == ["hammer", "hammer"]
        server.end_well()


def test_a_room_that_becomes_permanent(tmp_path: Path) -> None:
    """It is the same room, whatever the case in which people wrote its name before."""
    with start(tmp_path) as server:
        server.join("ann", "#SHED").ask("PRIVMSG #SHED :hammer")
        server.stop()
    config = "[rooms]\npermanent = ['shed']\noperators = { shed = ['ann!*@*'] }\n"
    with Server(tmp_path, config=config) as server:
        server.join("ann", "#shed").ask("TOPIC #shed :Tools", "MODE #shed +k sesame")
        server.stop()
    with Server(tmp_path, config=config) as server:
        ben = server.join("ben")
        assert ben.ask("JOIN #shed")[0].command == "475"
        assert reply(ben, "TOPIC #shed", "332") == ["#shed", "Tools"]
        server.end_well()
