"""What is no line costs its sender, too: wrong passwords, telnet commands, bytes that are dropped.

The limits are the default ones, and the house's stopwatch stands still, so that all that is charged
here is what came in.
"""

import logging
import re
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chatroom.chat import flood
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.limits import Limits
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn
from chatroom.server.doors.door import Door
from chatroom.server.doors.plain.commands import PLAIN_COMMANDS
from harness import Client

from .conftest import House, session_of

DEFAULT = f"flood_rate = {Limits().flood_rate}"
WRONG = ("PASS guess", "NICK guesser", "USER guesser 0 * :guesser")
GUESSES = 6
MEGABYTE = 1 << 20
IAC, NOP, DO, ECHO = 255, 241, 253, 1


@pytest.fixture
def charging(tmp_path: Path) -> Iterator[House]:
    """A house with flood control."""
    house = House(tmp_path, limits=DEFAULT)
    yield house
    house.server.end()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[House]:
    """With a password, too."""
    house = House(tmp_path, limits=f"{DEFAULT}\n[server]\npassword = 'sesame'")
    yield house
    house.server.end()


def newest(house: House) -> Door:
    """The door of whoever came last."""
    return list(house.server.doors.values())[-1]


def left(door: Door) -> float:
    """What this visitor may still spend."""
    return flood.left(door.host.facts, door.session)


def irc(house: House) -> tuple[Client, Door]:
    client = house.join("alice")
    return client, newest(house)


def plain(house: House) -> tuple[Client, Door]:
    client = house.connect().send("alice", "")
    house.until(lambda: house.server.world.find("alice"))
    return client, newest(house)


# Wrong passwords


def test_who_guesses_passwords_has_to_wait(
    guarded: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A new connection from the same address does not help: its try waits, while another's lines
    are carried out. Each try is logged, with how many there were."""
    caplog.set_level(logging.INFO, "chatroom")
    other = guarded.connect().send("PASS sesame", "NICK other", "USER other 0 * :other")
    guarded.settle(other)
    guessers = [guarded.connect() for _ in range(GUESSES)]

    def have_left(number: int) -> Callable[[], bool]:
        return lambda: caplog.text.count("has left") == number

    for number, client in enumerate(guessers, 1):
        client.send(*WRONG)
        guarded.until(have_left(number))
    for client in guessers:
        assert client.read_until(" 464 ")
        client.close()
    guarded.until(lambda: len(guarded.server.doors) == 1)
    counted = re.findall(r"Wrong password from 127\.0\.0\.1 \((\d+)", caplog.text)
    assert counted == [str(number) for number in range(1, GUESSES + 1)]

    late = guarded.connect().send(*WRONG)
    session = newest(guarded).session
    assert left(newest(guarded)) < 0
    for _ in range(3):
        guarded.settle(other)
    assert not session.user.nick
    assert not session.closing
    assert caplog.text.count("Wrong password") == GUESSES
    late.close()


def test_the_right_password_is_free(guarded: House) -> None:
    for number in range(GUESSES):
        client = guarded.connect()
        nick = f"friend{number}"
        client.send("PASS sesame", f"NICK {nick}", f"USER {nick} 0 * :r")
        guarded.settle(client)
    guarded.connect()
    assert left(newest(guarded)) > 0


# Telnet


@pytest.mark.parametrize("command", [(IAC, NOP), (IAC, DO, ECHO)])
def test_telnet_commands_are_charged(charging: House, command: tuple[int, ...]) -> None:
    """RFC 854: two or three bytes that are no text, but that somebody has to look at."""
    client, door = plain(charging)
    before = left(door)
    client.sock.sendall(bytes(command) * 10_000)
    charging.tick()  # which reads 16 KiB at the most
    assert before > 0 > left(door)


def test_few_telnet_commands_are_cheap(charging: House) -> None:
    """A telnet program's first words, and its answer to Ctrl-C."""
    client, door = plain(charging)
    before = left(door)
    client.sock.sendall(bytes((IAC, DO, ECHO)) * 8 + b"hello\r\n")
    charging.until(lambda: left(door) < before - 0.5)
    assert before - left(door) <= 2


# The commands of the plain door


def test_each_command_costs_what_its_row_says(charging: House) -> None:
    """A line of talk costs 1, and an unknown command too."""
    _client, door = plain(charging)
    charging.until(lambda: door.session.answer is None and door.session.user.rooms)
    for name, cost in [("/nope", 1), *((f"/{n}", row.cost) for n, row in PLAIN_COMMANDS.items())]:
        door.session.allowance = before = 20.0
        door.handle(f"{name} bob +1".encode())  # the clock stands still meanwhile
        door.session.answer = None
        assert before - left(door) == cost, name


# What is longer than a line


@pytest.mark.parametrize("enter", [irc, plain])
def test_bytes_beyond_a_line_are_charged(
    charging: House, enter: Callable[[House], tuple[Client, Door]]
) -> None:
    """Also at the plain door; a line that never ends would cost nothing otherwise."""
    _client, door = enter(charging)
    before = left(door)
    for _ in range(80):
        door.received(b"x" * MEGABYTE)  # the clock stands still meanwhile
    assert before > 0 > left(door)


# Long lines


def messages_for(client: Client) -> int:
    """How many messages have come since the last time."""
    client.sock.setblocking(False)
    data = b""
    with suppress(BlockingIOError):
        while more := client.sock.recv(1 << 20):
            data += more
    return data.count(b" PRIVMSG ")


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_long_line_to_many_rooms_is_paid_for(charging: House, is_lost: bool) -> None:
    """No more messages come of it than of many short lines. The rest waits, and is not lost: also
    where the connection is."""
    burst = Limits().flood_burst
    rooms = [f"#{letter * 40}" for letter in "abcdefgh"]
    hearer, sender = charging.join("hearer", *rooms), charging.join("sender", *rooms)
    door = newest(charging)
    session, door.session.allowance = door.session, burst
    messages_for(hearer)
    begun = charging.server.world.clock
    sender.send(f"PRIVMSG {','.join(rooms)} :{('x' * 200 + ' ') * 20}")
    charging.until(lambda: door.throttled)
    if is_lost:
        sender.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sender.close()
    charging.tick()
    sent = messages_for(hearer)
    earned = (charging.server.world.clock - begun) * Limits().flood_rate
    assert burst - 10 < sent <= burst + earned
    while session.answer is not None:  # as time goes by
        session.allowance, session.allowance_at = 4, charging.server.world.clock
        door._wake()
        charging.until(lambda: session.answer is None or door.throttled)
        charging.tick()
        some = messages_for(hearer)
        assert some <= 8
        sent += some
    assert sent == 8 * 10  # two words fit into a line
    charging.until(lambda: session.closing)


@pytest.mark.parametrize("in_one_line", [True, False])
def test_a_join_of_many_rooms_is_as_quick_as_many_joins(charging: House, in_one_line: bool) -> None:
    """As far as the allowance goes at once; then each room waits for its own cost alone."""
    names = [f"#{number}" for number in range(25)]
    client, door = irc(charging)
    door.session.allowance = Limits().flood_burst
    door.session.allowance_at = charging.server.world.clock
    client.send(*([f"JOIN {','.join(names)}"] if in_one_line else map("JOIN {}".format, names)))
    charging.until(lambda: door.throttled)
    assert len(door.session.user.rooms) >= Limits().flood_burst / COMMANDS["JOIN"].cost


def test_an_address_without_allowance_is_accepted_slowly(tmp_path: Path) -> None:
    """One connection a moment, so that others find the loop free; nobody is turned away."""
    house = House(tmp_path, limits="flood_rate = 4")
    first = house.join("first")
    newest(house).charge(10 * 40 + 1)  # all that the address has
    before = len(house.server.doors)
    comers = [socket.create_connection(house.address) for _ in range(4)]
    house.until(lambda: len(house.server.doors) > before)
    assert len(house.server.doors) == before + 1
    house.until(lambda: len(house.server.doors) == before + len(comers))
    for comer in comers:
        comer.close()
    first.close()
    house.server.end()


def test_lines_count_for_the_account(tmp_path: Path) -> None:
    """Though the connection's own allowance would be enough."""
    house = House(tmp_path, limits=f"{DEFAULT}\nlines = 20")
    al = house.join("al")
    session = session_of(house, "al")
    apply(house.server.world, AccountAdded("al"))
    apply(house.server.world, LoggedIn(session.user.id, "al", house.server.world.now))
    al.send(*["PRIVMSG al :hello"] * 25)
    house.until(lambda: flood.wait(house.server.world, session))
    assert house.server.world.levels.used("lines", "al", 20, house.server.world.clock) > 15
    house.server.end()


def test_bytes_count_for_the_account(tmp_path: Path) -> None:
    """Few lines with much in them. People's lines are short, and are not counted one by one."""
    house = House(tmp_path, limits=f"{DEFAULT}\nbytes = 10_000")
    al = house.join("al")
    session, world = session_of(house, "al"), house.server.world
    apply(world, AccountAdded("al"))
    apply(world, LoggedIn(session.user.id, "al", world.now))
    al.send("PRIVMSG al :hello")
    house.settle(al)
    assert not world.levels.used("bytes", "al", 10_000, world.clock)
    al.send(*[f"@+x={'x' * 3000} PRIVMSG al :hello"] * 6)
    house.until(lambda: flood.wait(world, session) > 5)
    assert world.levels.used("bytes", "al", 10_000, world.clock) > 10_000
    house.server.end()


def test_a_new_connection_starts_with_what_is_left(charging: House) -> None:
    """Of the address's allowance: connecting anew gains nothing."""
    limits = charging.server.config.limits
    first = charging.connect()
    (door,) = charging.server.doors.values()
    charging.server.arrivals.charge(door.session, 10 * limits.flood_burst - 8)
    second = charging.connect()
    allowance = [each.session.allowance for each in charging.server.doors.values()]
    assert allowance[0] == limits.flood_burst
    assert 0 < allowance[1] < limits.flood_burst
    first.close()
    second.close()
