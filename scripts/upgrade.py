#!/usr/bin/env python3
"""Upgrade a server again and again while people talk, and see whether anybody could notice.

    scripts/upgrade.py                                 500 people of all doors, 20 upgrades
    scripts/upgrade.py --people 12 --upgrades 3        some seconds
    scripts/upgrade.py --people 1000 --pause 100       fail if the p99 of a message is above 100 ms

The people come in by IRC, plain text, WebSocket and an HTTP stream, in the clear and in TLS, and
talk in rooms of fifty. Each of them notes what they hear, in its order. In the end everybody must
have heard all that was said in their room: once, and in the order in which everybody else did. And
nobody was disconnected.

How long a message takes is measured from the moment before it was written to the moment after it
was read, by a program that needs processor time too, so it is more than the server's part of it.
"""

import argparse
import os
import random
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from chatroom.net.listener import raise_descriptor_limit
from chatroom.net.tls_context import client_context
from upgrading.people import PATIENCE, Person, connect, doors, now

SERVER = Path(__file__).resolve().parent.parent / "chatroom_server.py"

IN_A_ROOM = 50

STREAMS, STREAMS_EACH = 160, 20
"""The server has at most 200 streams of HTTP, and each account 20."""

CONFIG = """\
[limits]
flood_rate = 0
per_address = 0
connections_per_account = 0
[accounts]
rounds = 1
"""

PASSWORD = "a good secret"

_SERVES = re.compile(r"Process (\d+) with .* serves now: (\d+) connections, a pause of (\d+) ms")
_FAILED = re.compile(r"The upgrade has failed: .*|.*Traceback.*")


class Upgrade(NamedTuple):
    """The newest process, the connections that it got, and milliseconds of pause."""

    pid: int
    connections: int
    pause: int


class House:
    """A server with its log, and the people in it."""

    def __init__(self, data: Path, command: Sequence[str], people: int) -> None:
        config = data / "chatroom.toml"
        config.write_text(CONFIG)
        places = ["-c", str(config), "--data", str(data / "data")]
        streams = min(people, STREAMS)
        accounts = [f"reader{number}" for number in range(-(-streams // STREAMS_EACH))]
        for tool in (["certificate"], *(["account", "add", name] for name in accounts)):
            subprocess.run(
                [*command, *places, *tool], input=f"{PASSWORD}\n", text=True, check=True,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self.process = subprocess.Popen(
            [*command, *places, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE
        )
        assert self.process.stderr is not None
        self._log = self.process.stderr
        os.set_blocking(self._log.fileno(), False)
        self._rest = b""
        self.lines: list[str] = []
        self.people: list[Person] = []
        self.selector = selectors.DefaultSelector()
        self.selector.register(self._log, selectors.EVENT_READ)
        self.port = int(self.wait_for(re.compile(r"listening on \S+:(\d+)"))[1])

    def wait_for(self, pattern: re.Pattern[str], after: int = 0) -> re.Match[str]:
        """The first such line of the log, from line `after` on. People listen meanwhile."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for line in self.lines[after:]:
                if match := pattern.search(line):
                    return match
            self.listen(0.1)
        raise SystemExit("\n".join(["The server's log:", *self.lines[-20:], "waited in vain"]))

    def listen(self, seconds: float) -> None:
        """Receive what has come, or comes within so many seconds."""
        for key, _ in self.selector.select(seconds):
            if isinstance(key.fileobj, Person):
                key.fileobj.receive()
                if key.fileobj.ended:
                    self.selector.unregister(key.fileobj)
                    key.fileobj.sock.close()
            else:
                self._read_log()

    def _read_log(self) -> None:
        data = self._log.read() or b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.lines += [line.decode() for line in lines]

    def let_in(self, count: int, names: Sequence[str]) -> None:
        """So many people, of all doors in turn, or of these; the first of each room only
        listens."""
        context, streams = client_context(verify=False), 0
        for number in range(count):
            ways = doors(f"reader{streams // STREAMS_EACH}", PASSWORD)
            ways = [door for door in ways if not names or door.name in names]
            if streams == STREAMS:
                ways = [door for door in ways if door.say]
            door = ways[number % len(ways)]
            streams += not door.say
            room = f"room{number // IN_A_ROOM}"
            person = connect(number, door, room, self.port, context)
            person.sock.setblocking(False)
            self.people.append(person)
            self.selector.register(person, selectors.EVENT_READ)
            self.listen(0)

    def end(self) -> int:
        """Stop the server; its exit status."""
        self.process.send_signal(signal.SIGINT)
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            self.listen(0.05)
        return self.process.wait(PATIENCE)


class Talk:
    """People say things at a steady rate."""

    def __init__(self, house: House, rate: float, seed: int) -> None:
        self._house = house
        self._pause = 1 / rate
        self._random = random.Random(seed)
        self._talkers = [each for each in house.people if each.door.say and each.number % IN_A_ROOM]
        self._next = time.monotonic()

    def go_on(self) -> None:
        """Say what is due, and listen."""
        while (at := time.monotonic()) >= self._next:
            self._next = max(self._next + self._pause, at - 1)
            self._random.choice(self._talkers).say()
            self._house.listen(0)
        self._house.listen(self._next - at)

    def go_on_for(self, seconds: float) -> None:
        """Talk so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.go_on()

    def upgrade(self) -> Upgrade:
        """Upgrade the server while they talk."""
        house = self._house
        begin = len(house.lines)
        until = time.monotonic() + PATIENCE
        house.process.send_signal(signal.SIGUSR2)
        while time.monotonic() < until:
            self.go_on()
            for line in house.lines[begin:]:
                if match := _SERVES.search(line):
                    return Upgrade(*map(int, match.groups()))
                if _FAILED.search(line):
                    raise SystemExit(line)
        raise SystemExit("\n".join([*house.lines[-20:], "The upgrade does not end."]))


# What everybody heard


def wait_for_all(house: House) -> None:
    """Listen until everybody has heard everything, or nothing comes any more."""
    said = _said_in(house.people)
    quiet_since = time.monotonic()
    heard = -1
    while time.monotonic() < quiet_since + 3:
        house.listen(0.05)
        if all(len(each.heard) >= len(said[each.room]) - _own(each) for each in house.people):
            return
        if heard != (heard := sum(len(each.heard) for each in house.people)):
            quiet_since = time.monotonic()


def _own(person: Person) -> int:
    """How many messages nobody tells them, because they are their own."""
    return person.said if person.door.say else 0


def _said_in(people: Iterable[Person]) -> dict[str, Counter[tuple[int, int]]]:
    said: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    for person in people:
        said[person.room].update((person.number, each + 1) for each in range(person.said))
    return said


def faults(people: Sequence[Person]) -> Counter[str]:
    """What went wrong, and how often."""
    found: Counter[str] = Counter(missing=0, doubled=0, disordered=0, disconnected=0)
    said = _said_in(people)
    for room in {each.room for each in people}:
        members = [each for each in people if each.room == room]
        order = {what: place for place, what in enumerate(members[0].heard)}
        for person in members:
            expected = said[room].copy()
            for number in range(_own(person)):
                del expected[person.number, number + 1]
            heard = Counter(person.heard)
            found["missing"] += (expected - heard).total()
            found["doubled"] += (heard - expected).total()
            places = [order[what] for what in person.heard if what in order]
            found["disordered"] += places != sorted(places)
            if person.ended:
                found["disconnected"] += 1
                print(f"n{person.number} ({person.door.name}): {person.ended}")
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them is; 0 without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 1 if anybody could notice."""
    options = parser().parse_args(argv)
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="upgrade-") as directory:
        command = [sys.executable, options.server]
        house = House(Path(directory), command, options.people)
        try:
            return _run(house, options)
        finally:
            if house.process.poll() is None:
                house.process.kill()
                house.process.wait()


def _run(house: House, options: argparse.Namespace) -> int:
    house.let_in(options.people, options.doors)
    talk = Talk(house, options.rate, options.seed)
    print(f"{len(house.people)} people, {options.rate:g} messages a second", flush=True)
    talk.go_on_for(options.between)
    upgrades = []
    begin = now()
    for number in range(options.upgrades):
        upgrades.append(talk.upgrade())
        print(f"upgrade {number + 1}: process {upgrades[-1].pid},", end=" ")
        print(f"{upgrades[-1].connections} connections, {upgrades[-1].pause} ms", flush=True)
        talk.go_on_for(options.between)
    end = now()
    wait_for_all(house)
    found = faults(house.people)
    delays = [
        delay / 1000
        for person in house.people
        for at, delay in zip(person.sent_at, person.delays, strict=True)
        if begin <= at < end
    ]
    status = house.end()
    heard = sum(len(each.heard) for each in house.people)
    print(f"said {sum(each.said for each in house.people):,}, heard {heard:,};", end=" ")
    print(", ".join(f"{count} {name}" for name, count in found.items()))
    p99 = percentile(delays, 0.99)
    print(f"a message takes {percentile(delays, 0.5):.1f} ms, p99 {p99:.1f}, at most", end=" ")
    print(f"{max(delays, default=0):.1f}; pauses: {[each.pause for each in upgrades]} ms")
    left = [each.pid for each in upgrades if Path(f"/proc/{each.pid}").exists()]
    if status or left:
        print(f"The first process ended with status {status}; left behind: {left}")
    too_long = options.pause and p99 > options.pause
    bad = found.total() or status or left or too_long
    bad = bad or any("Traceback" in line for line in house.lines)
    if bad:
        print("\n".join(house.lines[-30:]))
    return 1 if bad else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = made.add_argument
    add("--people", type=int, default=500)
    add("--upgrades", type=int, default=20)
    add("--rate", type=float, default=60.0, help="messages a second")
    add("--between", type=float, default=0.7, metavar="SECONDS", help="of talk, at least")
    add("--pause", type=float, default=0.0, metavar="MS", help="fail if the p99 is above this")
    add("--doors", nargs="*", default=(), metavar="DOOR", help="irc, plains, ws, streams, ...")
    add("--seed", type=int, default=1)
    add("--server", default=str(SERVER), help="another start script")
    return made


if __name__ == "__main__":
    sys.exit(main())
