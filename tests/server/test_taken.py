"""What proves that a client has read, on real sockets, and how that outlives the server."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.dispatch import dispatch
from chatroom.chat.state.taken import Entry
from chatroom.net.connection import Connection
from chatroom.server.doors.door import PROOF_PAUSE, PROOFS
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.server import Server
from chatroom.store.taken_file import TakenFile
from chatroom.wire.message import parse
from harness import Client

from .conftest import House
from .test_hot_path import Interrupted

ROOM = "#den"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With a history."""
    house = House(tmp_path)
    house.server.open_history()
    yield house
    house.server.end()


def taken(server: Server, nick: str) -> int:
    return server.world.read_marks.taken.number((nick, "127.0.0.1"), ROOM, server.world.now)


def replayed(house: House, client: Client) -> list[str]:
    """The texts that a client is shown that enters."""
    client.seen.clear()
    client.send(f"JOIN {ROOM}")
    house.settle(client)
    return [line.partition("> ")[2] for line in client.seen if "] <" in line]


def talk(house: House, *texts: str) -> Client:
    """Somebody says this, and stays."""
    op = house.join("op", ROOM)
    op.send(*(f"PRIVMSG {ROOM} :{text}" for text in texts))
    return house.settle(op)


def hang_up(house: House, client: Client) -> None:
    """Without a word."""
    doors = len(house.server.doors)
    client.close()
    house.until(lambda: len(house.server.doors) < doors)


def door_of(house: House, nick: str) -> IrcDoor:
    return next(
        door
        for door in house.server.doors.values()
        if door.session.user.nick == nick and isinstance(door, IrcDoor)
    )


def by_ping(house: House, bob: Client) -> None:
    """As most clients do by themselves, once a minute or so."""
    house.settle(bob)


def by_talking(house: House, bob: Client) -> None:
    """A few times in a row that is a proof at once."""
    read(bob)
    before = taken(house.server, "bob")
    bob.send(f"PRIVMSG {ROOM} :mine")
    house.until(lambda: taken(house.server, "bob") > before)


def test_many_lines_in_a_row_are_proofs(house: House) -> None:
    """The first ones at once; from then on it is a proof that the last one of a while has come."""
    op, bob = talk(house, "0", "1"), house.join("bob", ROOM)
    door = door_of(house, "bob")
    for count in range(PROOFS + 5):
        begun = house.server.world.clock
        by_talking(house, bob)
        late = house.server.world.clock > begun + PROOF_PAUSE / 2
        assert late or count < 2 * PROOFS
    assert door.proof_due > house.server.world.clock - PROOF_PAUSE
    op.close()
    bob.close()


def test_a_line_that_has_to_wait_is_a_proof_when_the_connection_ends(house: House) -> None:
    op, bob = talk(house, "0", "1"), house.join("bob", ROOM)
    door = door_of(house, "bob")
    read(bob)
    door.proof_due = house.server.world.clock + 1000
    before = taken(house.server, "bob")
    bob.send(f"PRIVMSG {ROOM} :mine")
    house.until(lambda: door.proof_awaited)
    assert taken(house.server, "bob") == before
    hang_up(house, bob)
    assert replayed(house, house.join("bob")) == []
    op.close()


def read(client: Client) -> None:
    """All that has come."""
    client.sock.setblocking(False)
    try:
        while client.sock.recv(1 << 20):
            pass
    except BlockingIOError:
        client.sock.setblocking(True)


@pytest.mark.parametrize("prove", [by_ping, by_talking])
def test_a_line_proves_what_was_acknowledged(
    house: House, prove: Callable[[House, Client], None]
) -> None:
    op = talk(house, "0", "1")
    bob = house.join("bob", ROOM)
    op.send(f"PRIVMSG {ROOM} :2")
    house.settle(op)
    prove(house, bob)
    op.send(f"PRIVMSG {ROOM} :3")
    house.settle(op)
    hang_up(house, bob)
    shown = replayed(house, house.join("bob"))
    assert shown == ["3"]


def test_nothing_is_proven_by_lines_sent_before(house: House) -> None:
    """All in one go, and then nothing more: it may have read nothing of the replay."""
    op = talk(house, "0", "1")
    bob = house.connect()
    bob.send("NICK bob", "USER bob 0 * :bob", f"JOIN {ROOM}", "PING :x")
    house.until(lambda: (found := house.server.world.find("bob")) and found.rooms)
    hang_up(house, bob)
    again = house.join("bob")
    assert replayed(house, again) == ["0", "1"]
    op.close()


def test_nothing_is_proven_while_something_is_not_acknowledged(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its kernel has not got it, so that the line that came was sent before."""
    op = talk(house, "0")
    bob = house.settle(house.join("bob", ROOM))
    monkeypatch.setattr(Connection, "is_acknowledged", lambda _: False)
    op.send(f"PRIVMSG {ROOM} :1")
    house.settle(op)
    house.settle(bob)
    hang_up(house, bob)
    assert replayed(house, house.join("bob")) == ["1"]


def test_nothing_is_proven_of_what_was_not_written_yet(tmp_path: Path) -> None:
    """A line that comes while a tick takes in more: what was said in it is flushed afterwards."""
    house = House(tmp_path, Interrupted)
    server = house.server
    assert isinstance(server, Interrupted)
    server.open_history()
    op, bob = house.join("op", ROOM), house.join("bob", ROOM)
    house.settle(bob)
    before = taken(server, "bob")
    op.send(*[f"PRIVMSG {ROOM} :burst"] * 3)
    server.meanwhile = [lambda: bob.send("PING :x")]
    house.until(lambda: not server.meanwhile)
    house.until(lambda: door_of(house, "bob").heard_at == server.world.clock or server.busy)
    assert server.world.log.position > taken(server, "bob") == before
    op.close()
    bob.close()
    server.end()


def test_a_pong_proves_what_came_before_the_ping(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the system does not tell what is acknowledged."""
    monkeypatch.setattr(Connection, "is_acknowledged", lambda _: False)
    op = talk(house, "0")
    bob = house.join("bob", ROOM)
    op.send(f"PRIVMSG {ROOM} :1")
    house.settle(op)
    door = door_of(house, "bob")
    door.heard_at -= 1000
    door.check_idle()
    op.send(f"PRIVMSG {ROOM} :2")
    house.settle(op)
    bob.send("PONG :chatroom.local")
    house.settle(bob)
    hang_up(house, bob)
    assert replayed(house, house.join("bob")) == ["2"]


def test_what_is_said_in_the_same_tick_comes_before_the_ping(house: House) -> None:
    """Or the PONG would prove that it was read."""
    op, bob = talk(house, "0"), house.join("bob", ROOM)
    house.settle(bob)
    message = parse(f"PRIVMSG {ROOM} :1")
    assert message is not None
    dispatch(house.server.world, COMMANDS["PRIVMSG"], door_of(house, "op").session, message)
    door = door_of(house, "bob")
    door.heard_at -= 1000
    door.check_idle()
    house.settle(bob)
    commands = [line.split()[-2 if "PING" in line else 1] for line in bob.seen[-3:-1]]
    assert commands == ["PRIVMSG", "PING"]
    op.close()


def test_who_says_goodbye_and_comes_back_is_shown_all(house: House) -> None:
    """Whoever starts their client anew sees no empty room."""
    op = talk(house, "0")
    bob = house.join("bob", ROOM)
    op.send(f"PRIVMSG {ROOM} :1")
    house.settle(op)
    bob.send("QUIT")
    house.until(lambda: house.server.world.find("bob") is None)
    op.send(f"PRIVMSG {ROOM} :2")
    house.settle(op)
    assert replayed(house, house.join("bob")) == ["0", "1", "2"]


def test_without_a_system_that_tells(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox may refuse to."""
    ours, theirs = socket.socketpair()
    connection = Connection(house.server.loop, ours, lambda _: None, [])
    assert connection.is_acknowledged()
    ours.send(b"x")
    assert not connection.is_acknowledged()  # a unix socket: until it is read
    assert theirs.recv(1)
    assert connection.is_acknowledged()
    connection.release()
    assert not connection.is_acknowledged()
    theirs.close()


def test_it_is_written_when_it_is_known(house: House) -> None:
    """In the same tick, and before the PONG that answers the PING is sent."""
    readers = talk(house, "0"), house.settle(house.join("bob", ROOM))
    service = house.server.history
    assert service is not None
    lines = TakenFile(house.server.config.data, service._history.suffix).read()
    assert (lines[-1].reader, lines[-1].rooms) == (("bob", "127.0.0.1"), (ROOM,))
    assert lines[-1].number == taken(house.server, "bob")
    for reader in readers:
        reader.close()


def test_what_is_noted_while_the_file_is_written_anew_is_kept(house: House) -> None:
    op, bob = talk(house, "0"), house.join("bob", ROOM)
    service, world = house.server.history, house.server.world
    assert service is not None
    keeper = service.taken_keeper
    keeper.tidy_soon()
    keeper.tidy(world.now)
    assert keeper._busy
    late = Entry(int(world.now), world.log.position, ("late", "127.0.0.1"), (ROOM,))
    keeper.append([late])
    house.until(lambda: not keeper._busy)
    readers = [
        line.reader for line in TakenFile(house.server.config.data, service._history.suffix).read()
    ]
    assert readers[-1] == late.reader
    op.close()
    bob.close()


def test_it_goes_with_the_room(house: House) -> None:
    """What the history has forgotten, and what is noted meanwhile stays."""
    readers = talk(house, "0"), house.settle(house.join("bob", ROOM))
    service, world = house.server.history, house.server.world
    assert service is not None
    service._history.commit()
    service._history._connection.execute("DELETE FROM sender WHERE source LIKE 'bob!%'")
    service._history._connection.execute("UPDATE message SET id = id + 1000000 WHERE sender = 1")
    keeper = service.taken_keeper
    keeper.tidy_soon()
    keeper.tidy(world.now)
    house.until(lambda: not keeper._busy)
    assert taken(house.server, "bob") == 0
    assert taken(house.server, "op") > 0
    content = (house.server.config.data / "history.taken").read_text()
    assert "bob" not in content
    assert '"op"' in content
    for reader in readers:
        reader.close()
