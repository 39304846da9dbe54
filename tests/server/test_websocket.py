"""The WebSocket door (IRCv3 websocket): IRC in frames, and all that holds at the IRC door."""

import gc
import re
from collections import Counter
from pathlib import Path

import pytest
from websockets.server import ServerProtocol

from chatroom.chat.connections import put_out
from chatroom.chat.session import Session
from chatroom.chat.state.server_bans import ServerBan
from chatroom.net.connection import Connection
from chatroom.server.doors.door import LINE_BYTES, Door
from chatroom.wire.capabilities import CAPABILITIES
from chatroom.wire.websocket import MESSAGE_BYTES, FramedVariant
from harness import Client
from websocket_client import BINARIES, TEXTS, WebSocket, request
from websocket_frames import BINARY, CONT, PING, PONG, closing, generators_end, head, sent

from .conftest import House, session_of
from .test_hot_path import counted

ROOM = "#den"


def connect(house: House, protocols: str = TEXTS) -> WebSocket:
    """A WebSocket that has shaken hands."""
    web = WebSocket(house.connect().sock, protocols)
    web.sock.sendall(request(protocols=protocols))
    while web.status is None:
        house.tick()
        web.look()
    assert web.status == 101
    return web


def settle(house: House, web: WebSocket) -> list[str]:
    """Turn until all that it sent is answered; what came."""
    web.seen.clear()
    web.send("PING :settled")
    while not (web.seen and web.seen[-1].endswith(":settled")):
        house.tick()
        while web.look():
            assert not web.ended, web.seen
    return web.seen[:-1]


def enter(house: House, nick: str, protocols: str = TEXTS, caps: str = "") -> WebSocket:
    """A web client that has registered, and is in the room."""
    web = connect(house, protocols)
    if caps:
        web.send("CAP LS 302", f"CAP REQ :{caps}")
    web.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", *["CAP END"][: bool(caps)], f"JOIN {ROOM}")
    settle(house, web)
    return web


def end(house: House, web: WebSocket) -> tuple[int, str]:
    """Turn until the server has ended it; the code and the reason."""
    while not web.ended:
        if not web.look():
            house.tick()
    assert web.closed is not None, "no Close frame"
    web.close()
    return web.closed


def said(house: House, client: Client) -> list[str]:
    client.seen.clear()
    return [line for line in house.settle(client).seen if not line.endswith(":settled")]


def test_all_doors_lead_into_the_same_room(house: House) -> None:
    """One line a message, in the kind that was agreed on: text where nothing was."""
    members = {kind: enter(house, kind, TEXTS) for kind in ("text",)}
    members["binary"] = enter(house, "binary", BINARIES)
    members["neither"] = enter(house, "neither", "")
    bob = house.join("bob", ROOM)
    for web in members.values():
        settle(house, web)
    bob.send(f"PRIVMSG {ROOM} :hellö")
    house.settle(bob)
    for nick, web in members.items():
        assert settle(house, web) == [f":bob!~bob@127.0.0.1 PRIVMSG {ROOM} :hellö"]
        web.send(f"PRIVMSG bob :from {nick}")
        settle(house, web)
    texts = [line.partition(":from ")[2] for line in said(house, bob)]
    assert texts == list(members)


CONVERSATION = [
    "CAP LS 302",
    "CAP REQ :{caps}",
    "NICK al",
    "USER al 0 * :Al",
    "CAP END",
    f"JOIN {ROOM}",
    f"@label=1 PRIVMSG {ROOM} :one",
    f"@label=2;+typing=active TAGMSG {ROOM}",
    f"@label=3 WHO {ROOM}",
    f"TOPIC {ROOM} :tea",
    f"MODE {ROOM} +nt",
    "@label=4 PING :x",
    "WHOIS al",
    "LIST",
    "HELP",
    "MOTD",
    f"CHATHISTORY LATEST {ROOM} * 20",
    f"PRIVMSG nobody :{'x' * 5}",
    "NOSUCHCOMMAND",
    f"PRIVMSG {ROOM} :{'long words ' * 60}",
    "SEARCH text=tea",
    "NICK alan",
    f"PART {ROOM} :bye",
    f"JOIN {ROOM}",
    "INVITE x",
    "AWAY :tea",
    "VERSION",
]
_VARIABLE = re.compile(r"(time|msgid|batch)=[^; ]*|BATCH [+-]\S+|\S+ :?\d{10}\b|\d\d:\d\d:\d\d.*|"
                       r"\[\d[^]]*\]|timestamp=\S+|msgid=\S+|127\.0\.0\.1:\d+")  # fmt: skip


def converse(directory: Path, protocols: str | None, caps: str) -> list[str]:
    """All that one client sees, at the IRC door or at this one, without what is never the same."""
    directory.mkdir()
    house = House(directory)
    house.server.open_history()
    talker = house.join("op", ROOM)
    talker.send(f"PRIVMSG {ROOM} :before")
    house.settle(talker)
    seen: list[str] = []
    client = house.connect() if protocols is None else connect(house, protocols)
    for line in CONVERSATION:
        client.send(line.format(caps=caps))
        seen += settle(house, client) if isinstance(client, WebSocket) else said(house, client)
    client.seen.clear()
    client.send("QUIT :done")
    house.until(lambda: len(house.server.doors) == 1)
    seen += client.end()
    for each in (client, talker):
        each.close()
    house.server.end()
    return [_VARIABLE.sub("", line) for line in seen]


@pytest.mark.parametrize("caps", ["server-time", " ".join(sorted(CAPABILITIES.keys() - {"sasl"}))])
def test_what_is_said_is_the_same_as_at_the_irc_door(tmp_path: Path, caps: str) -> None:
    """Nothing passes by the frames: no playback, reply, batch, welcome or last word."""
    at_irc = converse(tmp_path / "irc", None, caps)
    assert len(at_irc) > 60
    assert any("PRIVMSG" in line and ":before" in line for line in at_irc)
    for protocols in (TEXTS, BINARIES):
        assert converse(tmp_path / protocols, protocols, caps) == at_irc


def test_the_last_words_and_the_code(house: House) -> None:
    """1000 after a QUIT. ERROR comes first, and nothing after the Close frame."""
    bob = house.join("bob", ROOM)
    al = enter(house, "al").send("QUIT :tea")
    assert end(house, al) == (1000, "Quit: tea")
    assert al.seen[-1] == "ERROR :Closing link: 127.0.0.1 (Quit: tea)"
    assert said(house, bob)[-1] == ":al!~al@127.0.0.1 QUIT :Quit: tea"


def test_the_client_ends_it(house: House) -> None:
    """Its code comes back, and no line follows; what it said before counts."""
    bob = house.join("bob", ROOM)
    al = enter(house, "al")
    settle(house, al)
    al.sock.sendall(sent(f"PRIVMSG {ROOM} :last") + closing(1001, "tab closed") + sent("QUIT :no"))
    al.seen.clear()
    assert end(house, al) == (1001, "tab closed")
    assert al.seen == []
    assert [line.partition(" ")[2] for line in said(house, bob)[-2:]] == [
        f"PRIVMSG {ROOM} :last",
        "QUIT :Connection closed",
    ]


def test_a_server_that_stops_goes_away(house: House) -> None:
    """1001, which tells pages to come back later."""
    al = enter(house, "al")
    house.server.stop()
    assert end(house, al) == (1001, "The server is shutting down")
    assert al.seen[-1].startswith("ERROR :")


def test_who_is_put_out_should_not_come_back_by_themselves(house: House) -> None:
    """1008 after KILL and bans, and with the reason. People cannot make others get it."""
    world = house.server.world
    al, bo, eve = enter(house, "al"), enter(house, "bo"), connect(house)
    put_out(world, session_of(house, "al").user, "Killed by boss: too loud")
    assert end(house, al) == (1008, "Killed by boss: too loud")
    bo.send("QUIT :Killed by boss")
    assert end(house, bo) == (1000, "Quit: Killed by boss")
    ban = ServerBan("eve!*@*", False, "boss", world.now, 0.0, "spam")
    world.add_server_ban(ban)
    eve.send("NICK eve", "USER eve 0 * :eve")
    code, why = end(house, eve)
    assert code == 1008
    assert why.startswith("You are banned from this server")
    world.drop_server_ban(ban.key)


FAULTS = {
    1002: sent("NICK x", mask=b""),
    1003: sent("NICK x", BINARY),
    1007: sent(b"NICK \xff"),
    1009: head(1 << 40),
}


def test_faults_end_it_with_their_code(house: House) -> None:
    """The others learn why, and what was said before is not lost."""
    bob = house.join("bob", ROOM)
    for code, fault in FAULTS.items():
        al = enter(house, "al")
        al.sock.sendall(sent(f"PRIVMSG {ROOM} :before") + fault + sent(f"PRIVMSG {ROOM} :after"))
        found, reason = end(house, al)
        assert found == code
        assert al.seen[-1] == f"ERROR :Closing link: 127.0.0.1 (WebSocket: {reason})"
        texts = [line.partition(" ")[2] for line in said(house, bob)[-2:]]
        assert texts == [f"PRIVMSG {ROOM} :before", f"QUIT :WebSocket: {reason}"]


def test_pings_are_answered_between_the_lines(house: House) -> None:
    al = enter(house, "al")
    al.sock.sendall(sent("abc", PING) + sent(f"PRIVMSG {ROOM} :1", fin=False) + sent("d", PING))
    al.sock.sendall(sent("", CONT) + sent("unasked", PONG))
    settle(house, al)
    assert al.control == [(PONG, b"abc"), (PONG, b"d")]


@pytest.mark.parametrize(
    "line", ["PRIVMSG #den :a\r\nQUIT :b", "PRIVMSG #den :a\nb", "NICK\r x", "\0"]
)
def test_a_line_with_a_line_break_in_it_is_refused(house: House, line: str) -> None:
    """As a whole: nothing of it reaches anybody."""
    bob = house.join("bob", ROOM)
    al = enter(house, "al")
    said(house, bob)
    settle(house, al.send(line))
    (answer,) = (line for line in al.seen if " FAIL " in line)
    assert answer.endswith("INVALID_MESSAGE :A message cannot contain the bytes NUL, CR or LF")
    assert said(house, bob) == []


def test_lines_that_are_too_long(house: House) -> None:
    """417, as at the IRC door; only beyond MESSAGE_BYTES it is more than a line's fault."""
    al = enter(house, "al")
    broken = f"TOPIC {ROOM} :a\n{'x' * MESSAGE_BYTES}"[:MESSAGE_BYTES]
    for line in ("x" * MESSAGE_BYTES, "x" * (LINE_BYTES + 1), broken):
        assert " 417 " in settle(house, al.send(line))[0]
    al.send("x" * (MESSAGE_BYTES + 126))
    assert end(house, al)[0] == 1009


def test_binary_lines_that_are_not_utf8_are_refused(house: House) -> None:
    """FAIL, and they stay connected: nobody is sent such bytes."""
    bob = house.join("bob", ROOM)
    al = enter(house, "al", BINARIES)
    said(house, bob)
    (answer,) = settle(house, al.send(f"PRIVMSG {ROOM} :".encode() + b"\xe4"))
    assert " FAIL PRIVMSG INVALID_UTF8 " in answer
    assert said(house, bob) == []


def test_the_silent_are_asked_and_put_out(tmp_path: Path) -> None:
    """By IRC's PING, in a frame."""
    house = House(tmp_path, limits="flood_rate = 0\nidle_ping = 10\nping_timeout = 10")
    al = enter(house, "al")
    door = next(iter(house.server.doors.values()))
    for seconds, seen in ((11, "PING"), (22, "ERROR")):
        house.server.world.set_time(house.server.world.now, door.heard_at + seconds)
        door.check_idle()
        house.until(lambda: al.look())
        assert al.seen[-1].startswith(f"{seen} :")
    assert end(house, al)[0] == 1000
    house.server.end()


def test_frames_without_a_line_are_charged(tmp_path: Path) -> None:
    """A flood of pings is slowed down like a flood of lines."""
    house = House(tmp_path, limits="flood_rate = 1\nflood_burst = 50")
    al = enter(house, "al")
    al.sock.sendall(sent("", PING) * 500)
    door = next(iter(house.server.doors.values()))
    house.until(lambda: door.throttled)
    al.look()
    assert 0 < len(al.control) < 100
    house.server.end()


def test_a_message_is_encoded_once_for_all_members(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They share its bytes, whatever the number."""
    members = [enter(house, f"m{number}") for number in range(6)]
    members += [enter(house, f"b{number}", BINARIES) for number in range(3)]
    author = house.join("author", ROOM)
    for member in members:
        settle(house, member)
    counts: Counter[str] = Counter()
    counted(monkeypatch, FramedVariant, "encode", counts)
    author.send(f"PRIVMSG {ROOM} :1", f"PRIVMSG {ROOM} :2")
    house.tick()
    assert counts == {"encode": 2 * 2}
    for member in members:
        assert settle(house, member)[-1].endswith(":2")


def test_the_answer_to_a_ping_proves_that_it_has_read(house: House) -> None:
    """As at the IRC door: so it is not shown the same again."""
    house.server.open_history()
    al = enter(house, "al")
    bob = house.join("bob", ROOM)
    bob.send(f"PRIVMSG {ROOM} :read this")
    house.settle(bob)
    house.until(al.look)
    session, position = session_of(house, "al"), house.server.world.log.position
    assert session.taken < position
    for _ in range(2):  # what it says first, and the answer to that
        settle(house, al)
    assert session.taken == position


@generators_end
def test_who_has_gone_leaves_no_garbage(house: House) -> None:
    """Nor the library's parser, whatever ended it."""
    gc.collect()
    before = set(map(id, alive()))
    gc.disable()
    try:
        for last in (sent("QUIT"), closing(1000), FAULTS[1002], FAULTS[1009]):
            al = enter(house, "al")
            al.sock.sendall(last)
            end(house, al)
            house.until(lambda: not house.server.doors)
        assert [each for each in alive() if id(each) not in before] == []
    finally:
        gc.enable()


def alive() -> list[object]:
    """What visitors bring, of other tests too."""
    kinds = Session | Connection | Door | ServerProtocol
    return [each for each in gc.get_objects() if isinstance(each, kinds)]
