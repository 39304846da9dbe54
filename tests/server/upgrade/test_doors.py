"""Whatever a connection is in the middle of, another process goes on with it: each scenario is
played twice, with and without a move after each of its steps, and everybody gets the same."""

import re
import socket
from pathlib import Path
from typing import NamedTuple

import pytest

from chatroom.server.doors.greeter import Greeter
from chatroom.server.upgrade.moving import KINDS
from harness import PATIENCE, Client
from web_client import request as asking
from websocket_client import request as opening
from websocket_frames import CONT, PING, TEXT, sent

from .conftest import MovingHouse


class Scenario(NamedTuple):
    """Each step is bytes of one of the connections; the others are there from the beginning."""

    name: str
    steps: list[tuple[int, bytes]]
    limits: str = "flood_rate = 0"


def irc(nick: str) -> bytes:
    return f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN #den\r\n".encode()


def of(who: int, *pieces: bytes) -> list[tuple[int, bytes]]:
    return [(who, piece) for piece in pieces]


OPENED = [
    *of(1, opening()),
    *of(1, sent("NICK web"), sent("USER w 0 * :w") + sent("JOIN #den")),
]
LISTED = "flood_rate = 0\n[proxies]\nproxy_protocol = ['127.0.0.0/8']"

SCENARIOS = [
    Scenario("a client registers", [
        *of(0, b"CA", b"P LS 302\r", b"\nNICK al\r\nPASS x\r\n", b"USER al 0 * :Al\r\n"),
        *of(0, b"CAP REQ :echo-message batch draft/multiline labeled-response\r\nCAP E"),
        *of(0, b"ND\r\n", b"JOIN #den\r\n", b"@label=1 BATCH +1 draft/multiline #den\r\n"),
        *of(0, b"@batch=1 PRIVMSG #den :one\r\n@batch=1 PRIVMSG #", b"den :two\r\nBATCH -1\r\n"),
        *of(0, b"AWAY :tea\r\n", b"MONITOR + bob\r\n"), *of(1, irc("bob")),
        *of(0, b"MONITOR L\r\n"),
        *of(0, b"METADATA * SUB url\r\n", b"METADATA * SUBS\r\n", b"QUIT :bye\r\n"),
    ]),
    Scenario("lines that are too long", [
        *of(0, irc("al"), b"PRIVMSG #den :" + b"x" * 5000, b"x" * 9000, b"x\r\nPING a\r\n"),
        *of(0, b"PRIVMSG #den :\xff\xfe", b"\r\n\r\n\r\nPING b\r", b"\0PING c\n"),
    ]),
    Scenario("a person with netcat", [
        *of(1, irc("bob")),
        *of(0, b"al", b"ice\r\n", b"den\n", b"hello\xc3", b"\xa4\r\n", b"/ignore bob\r\n"),
        *of(1, b"PRIVMSG #den :hidden\r\n"), *of(0, b"/unignore bob\r\n/set bell on\r\n"),
        *of(1, b"PRIVMSG #den :alice: rings\r\n"), *of(0, b"/reply bob yes\r\n"),
        *of(0, b"/oper root\r\n", b"wrong\r\n", b"/who\r\n/nick eve\r\n", b"exit\r\n"),
    ]),
    Scenario("a person with telnet", [
        *of(0, b"\xff", b"\xfd", b"\x03al\xff\xfa\x18", b"\x01noise\xff\xf0ice\r\0", b"den\r\n"),
        *of(0, b"/oper root\r\n", b"\xff\xfd\x01secret\r\n", b"\xff\xf4\xff\xfd\x06hi\r\n"),
    ]),
    Scenario("a web page", [
        *of(0, irc("al")), *OPENED,
        *of(1, sent("PRIVMSG #den :in one")[:9], sent("PRIVMSG #den :in one")[9:]),
        *of(1, sent("PRIVMSG #den :in ", TEXT, fin=False), sent("three ", CONT, fin=False)),
        *of(1, sent("x", PING), sent("parts", CONT) + sent("PING a")[:1], sent("PING a")[1:]),
        *of(1, sent("y" * 300, TEXT, fin=False)[:200], sent("y" * 300, TEXT, fin=False)[200:]),
        *of(1, sent("z", CONT), sent(b"\xff")),
    ]),
    Scenario("a browser", [
        *of(0, asking("GET", "/healthz"), asking("GET", "/nothing")[:20]),
        *of(0, asking("GET", "/nothing")[20:], b"\r\n\r\n", asking("HEAD", "/")),
    ]),
    Scenario("a proxy", [
        *of(0, b"PROXY TC", b"P4 192.0.2.7 127.0.0.1 50000 8080\r\nNI"),
        *of(0, b"CK al\r\nUSER al 0 * :al\r\n"),
        *of(1, b"PROXY UNKNOWN\r\n", b"NICK x\r\n"), *of(0, b"WHOIS al\r\n"),
    ], LISTED),
]  # fmt: skip


def connect(house: MovingHouse) -> socket.socket:
    """Somebody new, by a pair of sockets: what is sent has come at once, as it has not by TCP."""
    ours, theirs = socket.socketpair()
    house.server._accepted(theirs, "127.0.0.1")
    return ours


def rest(house: MovingHouse) -> None:
    """Turn until there is nothing to do."""
    server = house.server
    while server.loop.select_some(0.0, lambda _call: True) or server.busy or server.is_writing:
        house.tick()


def played(directory: Path, scenario: Scenario, moves: bool) -> list[list[str]]:
    """What each connection was sent, without what depends on the time of day."""
    directory.mkdir()
    house = MovingHouse(directory, limits=scenario.limits)
    count = 1 + max(who for who, _ in scenario.steps)
    socks = [connect(house) for _ in range(count)]
    got = [b""] * count
    rest(house)
    for who, data in scenario.steps:
        socks[who].sendall(data)
        rest(house)
        if moves:
            house.move()
            rest(house)
        got = [before + _received(sock) for before, sock in zip(got, socks, strict=True)]
    got = [before + _received(sock) for before, sock in zip(got, socks, strict=True)]
    for sock in socks:
        sock.close()
    house.server.end()
    return [_timeless(data.decode("latin-1")) for data in got]


def _received(sock: socket.socket) -> bytes:
    sock.setblocking(False)
    data = b""
    try:
        while piece := sock.recv(1 << 20):
            data += piece
    except (BlockingIOError, ConnectionResetError):
        pass
    sock.settimeout(PATIENCE)
    return data


def _timeless(text: str) -> list[str]:
    text = re.sub(r"\d\d:\d\d:\d\d( GMT| UTC)?", "TIME", text)
    text = re.sub(r"(317 \S+ \S+) \d+ \d+", r"\1 IDLE", text)
    text = re.sub(r"lines-\d+-\w+", "REFERENCE", text)
    return text.split("\r\n")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_nobody_notices(tmp_path: Path, scenario: Scenario) -> None:
    stayed = played(tmp_path / "stays", scenario, moves=False)
    assert all(map(any, stayed)), "everybody gets something"
    assert played(tmp_path / "moves", scenario, moves=True) == stayed


def test_a_silent_caller_is_still_greeted(moving: MovingHouse) -> None:
    """Once, after the same time; and whoever was greeted before is still asked."""
    client = moving.connect()
    moving.move()
    (door,) = moving.server.doors.values()
    assert isinstance(door, Greeter)
    moving.until(lambda: door.greeted)
    moving.move()
    client.send("alice", "den")
    moving.until(lambda: moving.server.world.find_room("#den"))
    assert client.read_until("Welcome to room")[0].endswith("Choose a nickname:")
    assert not any("Choose a nickname" in line for line in client.seen[1:])


def test_all_kinds_of_doors_are_played() -> None:
    """A new one needs a scenario; a gateway's line is like the header of a proxy."""
    assert set(KINDS) == {"gateway", "greeter", "http", "irc", "plain", "proxied", "websocket"}


def test_lines_beyond_the_allowance_wait_as_before(tmp_path: Path) -> None:
    """And none of them is lost or carried out twice."""
    house = MovingHouse(tmp_path, limits="flood_burst = 4\nflood_rate = 50\nper_address = 0")
    client = Client(connect(house)).send(*(f"PING {number}" for number in range(20)))
    rest(house)
    (door,) = house.server.doors.values()
    assert door.throttled
    assert door.lines.waiting
    house.move()
    (door,) = house.server.doors.values()
    assert door.throttled
    house.until(lambda: not door.lines.waiting)
    pongs = client.read_until("PONG .* :?19$")
    assert [line.rpartition(" ")[2].lstrip(":") for line in pongs] == list(map(str, range(20)))
    house.server.end()


def test_lines_that_had_no_turn_yet(tmp_path: Path) -> None:
    """They have it in the other process."""
    house = MovingHouse(tmp_path, limits="flood_rate = 0\nlines_per_tick = 2")
    client = Client(connect(house)).send(*(f"PING {number}" for number in range(9)))
    house.tick(2)
    house.move()
    rest(house)
    pongs = client.read_until("PONG .* :?8$")
    assert [line.rpartition(" ")[2].lstrip(":") for line in pongs] == list(map(str, range(9)))
    house.server.end()


def test_what_a_reader_has_not_read(moving: MovingHouse) -> None:
    """Goes along, in its order, and before what follows."""
    alice, bob = connect(moving), connect(moving)
    (sock, *_) = [one.sock for one in list(moving.server.doors)[1:]]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    alice.sendall(irc("alice"))
    bob.sendall(irc("bob"))
    rest(moving)
    for number in range(100):
        alice.sendall(f"PRIVMSG #den :{number} {'x' * 400}\r\n".encode())
        rest(moving)
    (backlog,) = [one.backlog for one in moving.server.doors if one.backlog]
    moving.move()
    assert [one.backlog for one in moving.server.doors if one.backlog] == [backlog]
    alice.sendall(b"PRIVMSG #den :100 x\r\n")
    data = b""
    while b":100 x\r\n" not in data:
        rest(moving)
        data += _received(bob)
    said = [line.split(b" ")[-2] for line in data.splitlines() if b" PRIVMSG #den " in line]
    assert said == [b":%d" % number for number in range(101)]


def test_the_end_of_the_input(tmp_path: Path) -> None:
    """A peer that sends no more still has its lines carried out, also after a move."""
    house = MovingHouse(tmp_path, limits="flood_burst = 3\nflood_rate = 50\nper_address = 0")
    client = Client(connect(house)).send(*(f"PING {number}" for number in range(9)))
    client.sock.shutdown(socket.SHUT_WR)
    rest(house)
    house.move()
    house.until(lambda: not house.server.doors)
    said = client.end()
    assert sum(" PONG " in line for line in said) == 9
    assert said[-1].startswith("ERROR :")
    house.server.end()
