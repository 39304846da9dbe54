"""The promises of the tick's order: durable before seen, only the flush writes, closing is a state,
and nothing of a visitor is left behind."""

import contextlib
import gc
import select
import socket
import struct
from pathlib import Path

import pytest

from chatroom.chat.session import Session
from chatroom.chat.state.model import User
from chatroom.net.connection import RECEIVE_BYTES, Connection
from chatroom.net.timers import Timer
from chatroom.server import tick_commit
from chatroom.server.doors.door import Door
from chatroom.server.doors.greeter import Greeter
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.doors.plain.door import PlainDoor
from chatroom.server.server import Server
from chatroom.wire.lines import LineBuffer
from harness import PATIENCE, Client
from store.talk import ask

from .conftest import House
from .test_history_service import writing


def nothing_came(client: Client) -> bool:
    return not select.select([client.sock], [], [], 0)[0]


class Watched(Server):
    """Notes the order of a tick's last steps, and whether `observer` had received anything yet."""

    observer: Client | None = None

    def __init__(self, *arguments: object) -> None:
        self.noted: list[tuple[str, bool]] = []
        super().__init__(*arguments)  # type: ignore[arg-type]

    def _note(self, step: str) -> None:
        self.noted.append((step, self.observer is not None and not nothing_came(self.observer)))

    def dispatch(self) -> None:
        super().dispatch()
        self._note("dispatched")

    def commit(self) -> bool:
        durable = super().commit()
        self._note("committed")
        return durable

    def flush(self) -> None:
        super().flush()
        self._note("flushed")

    def reap(self) -> None:
        super().reap()
        self._note("reaped")


def test_durable_before_seen(tmp_path: Path) -> None:
    """Nobody has a byte of a tick's messages before the commit; with the flush they have them."""
    house = House(tmp_path, Watched)
    server = house.server
    assert isinstance(server, Watched)
    alice, bob = house.join("alice", "#room"), house.join("bob", "#room")
    house.settle(alice)
    server.observer = bob
    server.noted.clear()
    alice.send("PRIVMSG #room :hello", "QUIT")
    house.until(lambda: server.noted[-1:] == [("reaped", True)])
    assert server.noted[-4:] == [
        ("dispatched", False),
        ("committed", False),
        ("flushed", True),
        ("reaped", True),
    ]
    assert bob.wait("PRIVMSG").params == ("#room", "hello")
    server.end()


def test_a_tick_writes_once_to_each(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many messages in one tick are one `send`."""
    alice, bob = house.join("alice", "#room"), house.join("bob", "#room")
    house.settle(alice)
    sent: list[bytes] = []
    send = socket.socket.send

    def noted(sock: socket.socket, data: bytes) -> int:
        sent.append(data)
        return send(sock, data)

    monkeypatch.setattr(socket.socket, "send", noted)
    alice.send(*["PRIVMSG #room :hello"] * 10)
    house.until(lambda: sent)
    assert len(sent) == 1
    assert len(bob.read_until("hello")) == 1
    assert [bob.wait("PRIVMSG").params[1] for _ in range(9)] == ["hello"] * 9


def test_lines_of_one_tick_are_bounded(tmp_path: Path) -> None:
    """lines_per_tick: then the others have a turn."""
    house = House(tmp_path, limits="flood_rate = 0\nlines_per_tick = 3")
    alice, bob = house.join("alice"), house.join("bob")
    alice.send(*[f"PING :{number}" for number in range(10)])
    bob.send("PING :me too")
    house.until(lambda: not nothing_came(bob))
    first = alice.sock.recv(4096).decode().splitlines()
    assert len(first) in (3, 6)  # bob may have been one tick later
    house.until(lambda: house.server.busy == {})
    answered = [*first, *alice.sock.recv(4096).decode().splitlines()]
    tokens = [line.rpartition(" :")[2] for line in answered]
    assert tokens == [str(number) for number in range(10)]
    house.server.end()


@pytest.mark.parametrize("limits", ["lines_per_tick = 3", "flood_burst = 1\nflood_rate = 1"])
def test_what_waits_here_is_bounded(tmp_path: Path, limits: str) -> None:
    """Nobody is read further before what was read is done: the rest waits in the system."""
    house = House(tmp_path, limits=limits)
    client = house.connect()
    client.sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            client.sock.send(b"PING x\r\n" * 1000)
    house.until(lambda: any(isinstance(door, IrcDoor) for door in house.server.doors.values()))
    (door,) = house.server.doors.values()
    for _ in range(5):
        house.server.timers.at(0, lambda: None)  # so that this tick does not wait
        house.tick()
        assert isinstance(door.lines, LineBuffer)
        assert 0 < len(door.lines._lines or ()) <= RECEIVE_BYTES / len(b"PING x\r\n") + 1
    house.server.end()


def test_all_is_over_when_a_visitor_is_reaped(house: House) -> None:
    """No index, timer or list holds on to who has left."""
    comers = [house.connect() for _ in range(3)]
    for client, line in zip(
        comers, ["NICK reaped1\r\nUSER a 0 * :a\r\nJOIN #x", "reaped2\r\nx", ""], strict=True
    ):
        client.send(line)
    comers.append(house.connect())  # who never says a word
    house.until(lambda: {type(d) for d in house.server.doors.values()} >= {IrcDoor, PlainDoor})
    for client in comers:
        client.close()
    house.until(lambda: not house.server.doors)
    world = house.server.world
    assert (world.rooms, world.registered, world.unregistered) == ({}, 0, 0)
    assert list(world.people()) == []
    assert world.users == {}
    assert world.find("reaped1") is None
    assert not house.server.busy
    assert not house.server._closing
    assert not len(house.server.arrivals.addresses)
    house.until(lambda: not any(map(is_for_a_door, house.server.timers._heap)))
    house.until(lambda: not house.server.to_flush)
    gc.collect()
    assert [each for each in gc.get_objects() if belongs_to(each, house.server)] == []


def is_for_a_door(entry: tuple[float, int, Timer]) -> bool:
    return isinstance(getattr(entry[2].action, "__self__", None), Door)


def belongs_to(thing: object, server: Server) -> bool:
    match thing:
        case Door():
            return thing.host is server._host
        case Session():
            return thing.fanout is server.fanout
        case User():
            return thing.nick.startswith("reaped")  # a user knows no server
        case Connection():
            return thing._loop is server.loop
    return False


def test_a_nickname_that_is_chosen_goes_with_who_chose_it(house: House) -> None:
    """Also before the registration is complete."""
    client = house.connect()
    client.send("NICK half")
    house.until(lambda: not house.server.world.is_free("half", None))  # type: ignore[arg-type]
    client.close()
    house.until(lambda: not house.server.doors)
    assert house.server.world.is_free("half", None)  # type: ignore[arg-type]


def test_who_has_gone_is_told_of_once(house: House) -> None:
    """A QUIT behind which the connection is reset is one QUIT."""
    bob = house.join("bob", "#room")
    alice = house.join("alice", "#room")
    alice.send("QUIT :bye", "PRIVMSG #room :ghost")
    alice.close()
    house.until(lambda: len(house.server.doors) == 1)
    house.settle(bob)
    assert sum(" QUIT " in line for line in bob.seen) == 1
    assert "ghost" not in "".join(bob.seen)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"])
def test_a_refused_caller_who_is_gone_leaves_once(
    house: House, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The refusal meets a closed socket, which is no second departure."""
    ours, its = socket.socketpair()
    its.sendall(said)
    its.close()
    with caplog.at_level("INFO", "chatroom"):
        house.server._accepted(ours, "127.0.0.1")
        house.until(lambda: not house.server.doors)
    assert sum("has left the server" in line for line in caplog.messages) == 1


# Byte by byte: one tick for each


def drip(house: House, client: Client, data: bytes) -> None:
    for index in range(len(data)):
        client.sock.sendall(data[index : index + 1])
        house.tick()


@pytest.mark.parametrize("door", [IrcDoor, PlainDoor])
def test_a_caller_is_known_byte_by_byte(house: House, door: type[Door]) -> None:
    client = house.connect()
    drip(house, client, b"NICK ann\r\n" if door is IrcDoor else b"Nickleby\r\n")
    assert [type(each) for each in house.server.doors.values()] == [door]


@pytest.mark.parametrize(
    ("typed", "door"),
    [
        (b"NICK ann\r\n", IrcDoor),
        (b"@a=b :x NICK ann\r\n", IrcDoor),
        (b"nick\r\n", PlainDoor),
        (b"List\n", PlainDoor),
    ],
)
def test_a_greeted_caller_is_known_byte_by_byte(
    house: House, typed: bytes, door: type[Door]
) -> None:
    """Behind the greeting NICK is a nickname, and `NICK ` the start of a command."""
    client = house.connect()
    (undecided,) = house.server.doors.values()
    assert isinstance(undecided, Greeter)
    house.until(lambda: undecided.greeted)
    drip(house, client, typed)
    assert [type(each) for each in house.server.doors.values()] == [door]


def test_a_person_who_was_greeted_asks_something(house: House) -> None:
    """`who are you` is not WHO: they would be in IRC for good."""
    client = house.connect()
    (undecided,) = house.server.doors.values()
    house.until(lambda: undecided.greeted)  # type: ignore[attr-defined]
    client.send("who are you", "ann", "den")
    house.until(lambda: house.server.world.find_room("#den"))
    said = client.read_until("^Welcome to room den")
    assert "a nickname cannot contain a space" in said[1]


def test_an_empty_line_decides_nothing(house: House) -> None:
    """A client may begin with one; the next tick brings the rest."""
    client = house.connect()
    (door,) = house.server.doors.values()
    client.send("")
    house.until(lambda: door.heard_at > door.arrived_at)
    client.send("NICK ann", "USER ann 0 * :ann")
    house.settle(client)
    assert [type(each) for each in house.server.doors.values()] == [IrcDoor]


def test_who_presses_enter_is_asked(house: House) -> None:
    """By the silence behind it, each time, and then led on."""
    client = house.connect()
    (undecided,) = house.server.doors.values()
    assert isinstance(undecided, Greeter)
    for _ in range(2):
        undecided.greeted = False
        client.send("", "")
        house.until(lambda: undecided.greeted)
        assert client.line() == "Welcome to Chatroom. Choose a nickname:"
    client.send("ann", "den")
    house.until(lambda: house.server.world.find_room("#den"))


IAC_DO_TM, IAC_SB_NAWS = b"\xff\xfd\x06", b"\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0"


def test_telnet_and_text_byte_by_byte(house: House) -> None:
    bob = house.join("bob", "#den")
    client = house.connect()
    typed = IAC_SB_NAWS + b"an" + IAC_DO_TM + "né\r\0den\r\n日本".encode() + IAC_SB_NAWS + b"\r\n"
    drip(house, client, typed)
    house.settle(bob)
    assert any(line.startswith(":anné!") and line.endswith("JOIN :#den") for line in bob.seen)
    assert any(line.endswith("PRIVMSG #den :日本") for line in bob.seen)
    assert client.sock.recv(4096).count(b"\xff\xfc\x06") == 1


# Limits that loopback is exempt from


FAR = "192.0.2.7"


def come(house: House, host: str = FAR, *said: str) -> Client:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = Client(socket.create_connection(listener.getsockname(), PATIENCE))
        client.send(*said)
        sock, _ = listener.accept()
    house.server._accepted(sock, host)
    return client


def test_connections_from_one_address_are_limited(tmp_path: Path) -> None:
    house = House(tmp_path, limits="flood_rate = 0\nper_address = 2")
    first, second = come(house), come(house)
    third = come(house)
    house.tick()
    assert third.end() == ["ERROR :Too many connections from your address"]
    first.close()
    house.until(lambda: len(house.server.doors) == 1)
    fourth = come(house)
    fourth.send("NICK far")
    house.settle(fourth)
    second.send("NICK near")
    house.settle(second)
    house.server.end()


def test_who_is_too_many_holds_no_descriptor(tmp_path: Path) -> None:
    """Nor the second or two that others have to notice; the refusal is not overtaken by a reset."""
    house = House(tmp_path, limits="flood_rate = 0\nper_address = 1")
    first = come(house)
    second = come(house, FAR, "NICK far", "USER far 0 * :far")
    house.tick()
    assert len(house.server.doors) == 1
    assert second.sock.recv(4096) == b"ERROR :Too many connections from your address\r\n"
    assert second.sock.recv(4096) == b""
    first.close()
    house.server.end()


def test_ipv6_callers_are_counted_by_their_network(tmp_path: Path) -> None:
    """A /64 has more addresses than there are limits."""
    house = House(tmp_path, limits="flood_rate = 0\nper_address = 1")
    first, other = come(house, "2001:db8::1"), come(house, "2001:db8:0:1::1")
    second = come(house, "2001:db8::ffff:2")
    house.tick()
    assert second.end() == ["ERROR :Too many connections from your address"]
    assert len(house.server.doors) == 2
    first.close()
    house.until(lambda: len(house.server.doors) == 1)
    third = come(house, "2001:db8::3")
    house.tick()
    assert len(house.server.doors) == 2
    for client in (other, third):
        client.close()
    house.server.end()


def test_this_machine_is_not_limited(tmp_path: Path) -> None:
    house = House(tmp_path, limits="flood_rate = 0\nper_address = 1")
    clients = [house.connect() for _ in range(5)]
    for index, client in enumerate(clients):
        client.send(f"NICK n{index}")
        house.settle(client)
    house.server.end()


def test_without_a_journal_nobody_is_sent_what_waits_for_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Durable before seen, with `durability = "power"`: not even an answer comes earlier."""
    monkeypatch.setattr(tick_commit, "HELD", 3600.0)
    house = House(tmp_path, limits='flood_rate = 0\n[history]\ndurability = "power"')
    house.server.open_history()
    service, data = house.server.history, house.server.config.data
    assert service is not None
    alice, bob = house.join("alice", "#room"), house.join("bob", "#room")
    house.settle(alice)
    with writing(service, data):
        alice.send("PRIVMSG #room :tea", "PING :alice", "QUIT :bye")
        bob.send("PING :bob")
        house.tick(10)  # without a pause, as an attempt to write is always due soon
        assert service._history.pending
        assert nothing_came(alice)
        assert nothing_came(bob)
        assert len(house.server.doors) == 2
        assert house.server.to_flush
        with monkeypatch.context() as patch:  # the loop sleeps meanwhile
            patch.setattr(house.server.timers, "wait", lambda now: 42.0)
            assert house.server._patience() == 42.0
        assert ask(data, "SELECT text FROM message WHERE text = 'tea'") == []
    while nothing_came(bob):
        assert ask(data, "SELECT text FROM message WHERE text = 'tea'") in ([], [("tea",)])
        house.tick()
    assert ask(data, "SELECT text FROM message WHERE text = 'tea'") == [("tea",)]
    house.until(lambda: len(house.server.doors) == 1)
    house.settle(bob)
    assert sum("PRIVMSG #room :tea" in line for line in bob.seen) == 1
    alice.sock.settimeout(PATIENCE)
    assert "alice" in alice.read_until("ERROR")[0]
    house.server.end()


def test_a_slow_readers_leave_is_told_after_the_commit(tmp_path: Path) -> None:
    """Durable before seen: who is dropped by a flush is told of by the next one, and once."""
    house = House(tmp_path, limits="flood_rate = 0\noutbox = 65536")
    house.server.open_history()
    history = house.server.history
    assert history is not None
    slow, bob = house.join("slow", "#room"), house.join("bob", "#room")
    talker = house.join("talker", "#room")
    for client in (slow, talker):
        client.send("JOIN #other")
        house.settle(client)
    for connection, door in house.server.doors.items():
        if door.session.user.nick == "slow":
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    seen: list[bytes] = []
    bob.sock.setblocking(False)
    while b"Reads too slowly" not in b"".join(seen):
        with contextlib.suppress(BlockingIOError):
            said = f"PRIVMSG #other :first\r\nPRIVMSG #room :{'x' * 400}\r\n"
            talker.sock.send(said.encode() * 10)
        house.tick()
        with contextlib.suppress(BlockingIOError):
            while True:
                seen.append(bob.sock.recv(1 << 20))
                if b"Reads too slowly" in seen[-1]:
                    assert not history._history.pending
    house.settle(bob)
    assert house.server.world.registered == 2
    house.server.end()


def test_a_ban_holds_for_a_caller_who_is_gone(house: House) -> None:
    """A connection that was reset before it was accepted keeps its address; its lines are read."""
    op = house.join("op", "#den")
    op.send("MODE #den +b *!*@127.0.0.1", "MODE #den -n")
    house.settle(op)
    sock = socket.create_connection(house.address)
    sock.sendall(b"NICK bad\r\nUSER bad 0 * :bad\r\nJOIN #den\r\nPRIVMSG #den :spam\r\n")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    house.settle(op)
    house.settle(op)
    assert not [line for line in op.seen if "bad" in line]
