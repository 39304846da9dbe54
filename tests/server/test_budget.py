"""A tick is short: each session has a slice of it, pays for its time, and waits for its reader."""

import socket
from contextlib import suppress
from pathlib import Path

import pytest

from chatroom.chat import flood
from chatroom.chat.commands.people import PEOPLE_PER_STEP
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.output.answers import Steps
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Identified, NickChanged, Registered
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.net.addresses import Address, bind
from chatroom.server.doors.door import ANSWERING, AUDIENCES, BRAKE, MESSAGES, SLICE, STEPS, Door
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.server import LONG_TICK, TICK
from chatroom.wire.message import Message

from .conftest import House, session_of


class Stopwatch:
    """Shows so many seconds more each time that it is looked at."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.shows = 0.0

    def __call__(self) -> float:
        self.shows += self.step
        return self.shows


def door_of(house: House, nick: str) -> Door:
    return next(door for door in house.server.doors.values() if door.session.user.nick == nick)


def feed(house: House, nick: str, *lines: str) -> None:
    """Lines that the door has received, without the kernel's chances in between."""
    door_of(house, nick).received("".join(f"{line}\r\n" for line in lines).encode())


def test_a_door_stops_after_its_slice(house: House) -> None:
    """But carries out at least one line in a turn."""
    client = house.join("alice")
    house.server.stopwatch = Stopwatch(SLICE * 0.6)
    feed(house, "alice", *(f"PING {number}" for number in range(9)))
    turns = 1
    while door_of(house, "alice").work():
        turns += 1
    assert turns == 5  # two lines in each
    house.tick()
    assert client.read_until("8$")[-9:] == [
        f":chatroom.local PONG chatroom.local :{number}" for number in range(9)
    ]


def test_one_turn_in_a_tick(house: House) -> None:
    """Also where the tick looks for more input, because much was said in this turn."""
    house.server.stopwatch = Stopwatch(SLICE * 0.6)
    client = house.join("alice", "#a")
    client.send(*(f"PRIVMSG #a :{number}" for number in range(9)))
    house.server.loop.select(1.0)  # until it is there
    before = house.server.fanout.added
    house.tick()
    assert house.server.fanout.added - before == 2


class SlowTurns:
    """Notes who has had a turn; each takes `seconds` of the stopwatch."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        stopwatch = house.server.stopwatch = Stopwatch(0)
        house.server.world.limits = Limits()  # with flood control
        self.nicks: list[str] = []
        work = IrcDoor.work

        def working(door: IrcDoor) -> bool:
            self.nicks.append(door.session.user.nick)
            stopwatch.shows += seconds
            return work(door)

        monkeypatch.setattr(IrcDoor, "work", working)


def test_after_the_budget_others_come_first(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick ends when its time is over; the next begins with whoever has used the least."""
    _here = [house.join(nick) for nick in ("flooder", "second", "third")]
    turns, burst = SlowTurns(house, monkeypatch, TICK), Limits().flood_burst
    for nick, used in (("flooder", 0.9), ("second", 0.8), ("third", 0.6)):
        flood.spend(house.server.world, session_of(house, nick), used * burst)
        feed(house, nick, "PING x")
    house.tick()
    assert turns.nicks == ["flooder"]  # which took all of the time
    house.tick(2)
    assert turns.nicks == ["flooder", "third", "second"]


def test_a_tick_is_longer_for_the_quiet(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions with half of their allowance still have their turns in the same tick, but not
    without end."""
    nicks = ["talker", "second", "flooder", "third"]
    _here = [house.join(nick) for nick in nicks]
    turns = SlowTurns(house, monkeypatch, LONG_TICK / 2)
    flood.spend(house.server.world, session_of(house, "flooder"), Limits().flood_burst * 0.6)
    for nick in nicks:
        feed(house, nick, "PING x")
    house.tick()
    assert turns.nicks == ["talker", "second"]
    house.tick()
    assert turns.nicks == ["talker", "second", "third"]  # and only then the flooder
    house.tick()
    assert turns.nicks[3:] == ["flooder"]


@pytest.mark.parametrize("flood_time", [1, 10])
def test_time_is_charged(tmp_path: Path, flood_time: int) -> None:
    """flood_time: milliseconds that cost as much as a message."""
    house = House(tmp_path, limits=f"flood_time = {flood_time}")
    _alice = house.join("alice")
    house.server.stopwatch = Stopwatch(0.020)  # each look at it, and so the work between two
    session = session_of(house, "alice")
    before = flood.left(house.server.world, session)
    feed(house, "alice", "PING x")
    door_of(house, "alice").work()
    taken = before - flood.left(house.server.world, session)
    assert taken == pytest.approx(1 + 0.040 * 1000 / flood_time)  # looked at once in between
    house.server.end()


def test_deliveries_are_charged(house: House) -> None:
    """What reaches many keeps the loop busy later, in the flush."""
    _here = [house.join(f"m{number}", "#room") for number in range(20)]
    limits = house.server.world.limits = Limits()
    session = session_of(house, "m0")
    costs = []
    for line in ("PING x", "PRIVMSG #room :x"):
        session.allowance, session.allowance_at = 10.0, house.server.world.clock
        feed(house, "m0", line)
        door_of(house, "m0").work()
        costs.append(10.0 - session.allowance)
    assert costs == pytest.approx([1, 1 + flood.time_cost(limits, 0.0, 20)])


# Large answers


def crowd(house: House, count: int) -> None:
    """So many people without connections: who is asked about them does not notice."""
    world = house.server.world
    asker = next(iter(world.people()))
    for number in range(count):
        user = attach(world, asker.sessions[0].peer, "192.0.2.1").user
        apply(world, Identified(user.id, "crowd", "one of many"))
        apply(world, NickChanged(user.id, f"m{number}", 0, world.now))
        apply(world, Registered(user.id, 0))


def test_a_large_answer_is_cut_into_slices(house: House) -> None:
    """Others have their turn in between; the next line waits until the answer is complete."""
    alice, bob = house.join("alice"), house.join("bob")
    crowd(house, 10 * PEOPLE_PER_STEP)
    house.server.stopwatch = Stopwatch(SLICE)  # a step takes all of a slice
    alice.send("WHO m*", "PING :after")
    house.until(lambda: session_of(house, "alice").answer is not None)
    bob.send("PING :between")
    house.tick(2)
    assert bob.read_until("between$")
    assert session_of(house, "alice").answer is not None
    house.until(lambda: session_of(house, "alice").answer is None)
    house.server.stopwatch = Stopwatch(0)
    lines = house.settle(alice).seen
    who = [at for at, line in enumerate(lines) if " 352 " in line]
    assert len(who) == 10 * PEOPLE_PER_STEP
    assert " 315 " in lines[who[-1] + 1]
    assert lines[who[-1] + 2].endswith("after")


def test_a_long_first_step_ends_the_turn(house: House) -> None:
    """Or the tick would have two long steps: here, checking a nickname and announcing it."""
    alice = house.join("alice", "#room")
    house.settle(alice)
    house.server.stopwatch = Stopwatch(ANSWERING)
    feed(house, "alice", "NICK ann")
    door = door_of(house, "alice")
    assert door.work()
    assert door.session.user.nick == "alice"
    door.work()
    assert door.session.user.nick == "ann"


def test_an_answer_that_waits_for_the_tick_ends_its_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its steps take no time. MARKREAD waits for the commit like that."""
    steps: list[None] = []

    def wait(_world: World, _session: Session, _message: Message) -> Steps:
        while len(steps) < 2 * STEPS:
            steps.append(None)
            yield

    monkeypatch.setitem(COMMANDS, "TIME", COMMANDS["TIME"]._replace(handler=wait))
    client = house.join("alice")
    house.server.stopwatch = lambda: 0.0
    feed(house, "alice", "TIME", "PING behind")
    assert door_of(house, "alice").work()
    assert len(steps) <= STEPS + 1  # the first one is that of the line
    while door_of(house, "alice").work():
        pass
    assert len(steps) == 2 * STEPS
    house.tick()
    assert client.read_until("behind$")


def test_a_large_answer_waits_for_its_reader(tmp_path: Path) -> None:
    """Nobody is dropped for an answer: it is produced as fast as it is read."""
    house = House(tmp_path, limits="flood_rate = 0\noutbox = 65536")
    (sock,) = bind(Address("", 0, str(tmp_path / "s")), 8)
    house.server.accepting.listen(sock)
    with socket.socket(socket.AF_UNIX) as reader:  # whose buffers do not grow
        reader.connect(str(tmp_path / "s"))
        reader.sendall(b"NICK reader\r\nUSER r 0 * :r\r\n")
        house.until(lambda: house.server.world.find("reader"))
        world = house.server.world
        for number in range(4000):
            world.rooms[f"#{number}"] = Room(f"#{number}", world.now)
            world.rooms[f"#{number}"].topic = "t" * 390
        reader.sendall(b"LIST\r\nPING :after\r\n")
        door = door_of(house, "reader")
        house.until(lambda: door.connection.backlog > BRAKE)
        assert door.connection.backlog < 3 * BRAKE  # the answer has stopped: nobody reads it
        house.until(lambda: not house.server.busy)  # and the loop sleeps meanwhile
        data = reader.recv(1 << 20)
        reader.setblocking(False)
        while not data.endswith(b"after\r\n"):
            house.tick()
            with suppress(BlockingIOError):
                data += reader.recv(1 << 20)
    assert data.count(b" 322 ") == 4000
    assert data.splitlines()[-2].endswith(b" 323 reader :End of /LIST")
    house.server.end()


def test_an_answer_ends_with_its_connection(house: House) -> None:
    """It is not continued for somebody who has gone."""
    alice = house.join("alice")
    crowd(house, 10 * PEOPLE_PER_STEP)
    house.server.stopwatch = Stopwatch(SLICE)
    alice.send("WHO m*")
    session = session_of(house, "alice")
    house.until(lambda: session.answer is not None)
    alice.close()
    house.until(lambda: not house.server.doors)
    assert session.answer is None


def test_a_labelled_answer_in_steps_is_one_batch(house: House) -> None:
    """labeled-response: everything between the start and the end of one batch."""
    alice = house.join("alice")
    alice.send("CAP REQ :labeled-response batch")
    crowd(house, 3 * PEOPLE_PER_STEP)
    house.settle(alice)
    alice.send("@label=x WHO m*")
    lines = [line for line in house.settle(alice).seen if "label" in line or "batch" in line]
    start = next(at for at, line in enumerate(lines) if line.startswith("@label=x"))
    assert " BATCH +" in lines[start]
    reference = lines[start].split(" ")[3][1:]
    replies = lines[start + 1 :]
    assert len(replies) == 3 * PEOPLE_PER_STEP + 1
    assert all(line.startswith(f"@batch={reference} ") for line in replies)
    assert f":chatroom.local BATCH -{reference}" in alice.seen


def test_several_audiences_end_a_turn(house: House) -> None:
    """Who hears words to eight rooms has to be found in each: so they are said in several ticks."""
    talker = house.join("talker", *(f"#r{number}" for number in range(6)))
    listeners = [house.join(f"l{number}", f"#r{number}", "#r0") for number in range(1, 6)]
    for client in (talker, *listeners):
        house.settle(client)
    feed(house, "talker", "PRIVMSG " + ",".join(f"#r{number}" for number in range(6)) + " :hi")
    waiting = []
    door = door_of(house, "talker")
    while door.work():
        waiting.append(house.server.fanout.waiting)
        house.server.commit()
        house.server.flush()
    assert waiting == [AUDIENCES, AUDIENCES]
    for number, client in enumerate(listeners, 1):
        house.settle(client)
        heard = [line.split()[2] for line in client.seen if line.endswith(" :hi")]
        assert heard == ["#r0", f"#r{number}"]


def test_a_burst_of_messages_is_cut(house: House) -> None:
    """Each message has to be encoded and committed after the turn, which the slice leaves out."""
    alice, bob = house.join("alice", "#room"), house.join("bob", "#room")
    house.settle(alice), house.settle(bob)
    alice.send(*(f"PRIVMSG #room {number}" for number in range(2 * MESSAGES + 1)))
    added = []
    for _ in range(3):
        before = house.server.fanout.added
        house.tick()
        added.append(house.server.fanout.added - before)
    assert added == [MESSAGES, MESSAGES, 1]


def test_a_full_turn_is_the_only_one_in_its_tick(house: House) -> None:
    """Also where nothing was left after it, and more has arrived when the tick looks again."""
    alice, bob = house.join("alice", "#room"), house.join("bob", "#room")
    house.settle(alice), house.settle(bob)
    fanout = house.server.fanout
    before = fanout.added
    feed(house, "alice", *(f"PRIVMSG #room {number}" for number in range(MESSAGES)))
    house.server.poll_and_dispatch(0.0)
    feed(house, "alice", "PRIVMSG #room more")
    house.server.poll_and_dispatch(0.0)
    assert fanout.added - before == MESSAGES
    house.tick(2)
    assert fanout.added - before == MESSAGES + 1


def test_moving_to_another_room_takes_steps(house: House) -> None:
    """At the plain door: thousands may hear of each. Who is put out meanwhile is not welcomed."""
    eve = house.join("eve", "#b")
    person = house.connect()
    person.send("pat", "a")
    house.until(
        lambda: session_of(house, "pat").user.rooms if house.server.world.find("pat") else 0
    )
    session, door = session_of(house, "pat"), door_of(house, "pat")
    house.until(lambda: session.answer is None)
    for put_out in (True, False):
        feed(house, "pat", "/join b")
        door.handle(door.lines.take() or b"")
        assert [room.name for room in session.user.rooms] == ["#a", "#b"]
        assert session.answer is not None
        if put_out:
            eve.send("KICK #b pat")
            house.settle(eve)
        house.until(lambda: session.answer is None)
        rooms = [room.name for room in session.user.rooms]
        assert rooms == ([] if put_out else ["#b"])
        if put_out:
            feed(house, "pat", "/join a")
            house.until(lambda: session.user.rooms and session.answer is None)
    person.read_until("Welcome to room b")
    assert sum("Welcome to room b" in line for line in person.seen) == 1
