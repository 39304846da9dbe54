"""Fifty people chat, twenty strangers attack: how long the people's messages take.

The server is a process of its own with the default configuration, on its own core. The attackers
are another process on ours, and give way to whoever measures. Each message carries the time at
which it was sent, and each arrival at each of the others counts.
"""

import os
import random
import selectors
import signal
import socket
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks.report import percentile
from benchmarks.servers import Chatroom
from benchmarks.tables import Rows, number
from benchmarks.worst.attack import Attack
from benchmarks.worst.attacks import ATTACKS, BANNED, PAST, TAGGED
from benchmarks.worst.words import nickname, one_mask

MOST_MS = 20.0
"""p99 of the people's messages, with each attack."""

ROOMS, PEOPLE_EACH = 5, 10
PACE = 1.0
"""Seconds between two messages of one person."""

CALM = 0.005
"""Seconds of a PING's round trip by which the server is thought to be at rest."""

CALM_WITHIN = 60.0
ARRIVE_WITHIN = 60.0
"""Seconds after an attack within which what was said must have come."""

_MARK = b":t="
_RECEIVE = 1 << 18


@dataclass(frozen=True, slots=True)
class Siege:
    """How much. The server has `others` more people and `rooms` more rooms, a hundred with bans."""

    seconds: float = 4.0
    attackers: int = 20
    others: int = 900
    rooms: int = 10_000
    banning: int = 1000
    bans: int = 100
    messages: int = 20_000
    tagged: int = 500


SMOKE = Siege(
    seconds=0.1, attackers=3, others=5, rooms=20, banning=4, bans=3, messages=20, tagged=3
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The delays of all arrivals, in ms; how many messages came to nobody; the server's CPU."""

    name: str
    delays: Sequence[float]
    lost: int
    busy: float

    @property
    def p99(self) -> float:
        """What is judged; infinite where something was lost."""
        return float("inf") if self.lost or not self.delays else percentile(self.delays, 99)

    @property
    def passed(self) -> bool:
        """Whether the people noticed little of it."""
        return self.p99 <= MOST_MS


class Defended(Chatroom):
    """Ours, by default but for what `configure` says."""

    text = "[limits]\nflood_rate = 0\n"

    def command(self) -> Sequence[str]:
        """As `Chatroom`, with this configuration."""
        command = super().command()
        self.configure(self.text)
        return command

    def configure(self, text: str) -> None:
        """Write the file that a HUP reads."""
        (self.directory / "chatroom.toml").write_text(text)

    def take_defaults(self) -> None:
        """From now on the limits are the default ones; guests may upload files."""
        self.configure("[files]\nguests = true\n")
        os.kill(self.account.pid, signal.SIGHUP)
        while "was read again" not in self.output():
            time.sleep(0.01)


class Talkers:
    """Everyone who is not an attacker, on one selector. All that they are sent is read at once."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.delays: array[float] = array("d")
        self.arrived = 0
        self._selector = selectors.DefaultSelector()
        self._rests: dict[socket.socket, bytes] = {}
        self._pongs = 0
        self.people = [self._person(at) for at in range(ROOMS * PEOPLE_EACH)]

    def connect(self, text: str) -> socket.socket:
        """Somebody who says this, and is answered before anything else is done."""
        sock = socket.create_connection(("127.0.0.1", self.port), ARRIVE_WITHIN)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rests[sock] = b""
        self._selector.register(sock, selectors.EVENT_READ)
        self.ask(sock, text)
        return sock

    def ask(self, sock: socket.socket, text: str) -> float:
        """Say something, and wait until it was carried out. The seconds that took."""
        wanted = self._pongs + 1
        begin = time.monotonic()
        sock.sendall(f"{text}PING :barrier\r\n".encode())
        while self._pongs < wanted:
            if time.monotonic() - begin > ARRIVE_WITHIN:
                raise SystemExit("The server does not answer any more.")
            self.read(0.1)
        return time.monotonic() - begin

    def _person(self, at: int) -> socket.socket:
        room = f"#chat{at % ROOMS}"
        return self.connect(f"NICK m{at}\r\nUSER m{at} 0 * :m\r\nJOIN {room}\r\n")

    def read(self, seconds: float) -> None:
        """What comes within so many seconds."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            data = sock.recv(_RECEIVE)
            now = time.perf_counter()
            if not data:
                raise SystemExit("The server closed the connection of somebody who did nothing.")
            *lines, self._rests[sock] = (self._rests[sock] + data).split(b"\r\n")
            for line in lines:
                if _MARK in line:
                    self.delays.append((now - float(line.rpartition(_MARK)[2])) * 1000)
                elif line.startswith(b"PING "):
                    sock.send(line.replace(b"PING", b"PONG", 1) + b"\r\n")
                elif b" PONG " in line:
                    self._pongs += 1

    def chat(self, seconds: float) -> int:
        """Each says something each PACE seconds. How many arrivals that must be."""
        begin = time.perf_counter()
        random_ = random.Random(1)
        due = sorted((random_.random() * PACE, at) for at in range(len(self.people)))
        said = 0
        while due[0][0] < seconds:
            when, at = due.pop(0)
            while (left := begin + when - time.perf_counter()) > 0:
                self.read(left)
            now = time.perf_counter()
            text = f"PRIVMSG #chat{at % ROOMS} :t={now!r}\r\n"
            self.people[at].sendall(text.encode())
            said += 1
            due.append((when + PACE, at))
        return said * (PEOPLE_EACH - 1)

    def await_(self, arrivals: int) -> None:
        """Until so many have come, or it has been too long."""
        deadline = time.monotonic() + ARRIVE_WITHIN
        while len(self.delays) < arrivals and time.monotonic() < deadline:
            self.read(0.1)

    def calm(self) -> None:
        """Until the server is at rest again."""
        deadline = time.monotonic() + CALM_WITHIN
        quick = 0
        while quick < 3 and time.monotonic() < deadline:
            quick = quick + 1 if self.ask(self.people[0], "") < CALM else 0
            time.sleep(0.05)

    def close(self) -> None:
        """Hang up."""
        for sock in self._rests:
            sock.close()
        self._selector.close()


def run(
    directory: Path, siege: Siege, names: Sequence[str] | None, say: Callable[[str], None]
) -> list[Outcome]:
    """Each attack (None: all of them), after a time without one."""
    attacks = [attack for attack in ATTACKS if not names or attack.name in names]
    with Defended(directory) as server:
        talkers = Talkers(server.port)
        say(f"filling the server: {siege.others} people, {siege.rooms} rooms")
        _fill(talkers, siege)
        server.take_defaults()
        outcomes = []
        for attack in (None, *attacks):
            talkers.calm()
            outcomes.append(_measured(server, talkers, siege, attack))
            say(_said(outcomes[-1]))
        talkers.close()
    return outcomes


def _said(one: Outcome) -> str:
    mark = "" if one.passed else "  FAIL"
    middle = percentile(one.delays, 50) if one.delays else 0
    longest = max(one.delays, default=0)
    lost = f"  {one.lost} lost" if one.lost else ""
    return (
        f"{one.name:<32} p50 {middle:>8.2f}  p99 {one.p99:>9.2f}  longest {longest:>9.2f} ms"
        f"  {one.busy:>4.0%} of the core{lost}{mark}"
    )


def _measured(server: Chatroom, talkers: Talkers, siege: Siege, attack: Attack | None) -> Outcome:
    talkers.delays = array("d")
    process = None
    if attack is not None:
        context = get_context("fork")
        arguments = (server.port, attack, siege.attackers, siege.seconds + 0.5)
        process = context.Process(target=_assail, args=arguments, daemon=True)
        process.start()
        talkers.read(0.2)
    used, begin = _cpu(server.account.pid), time.monotonic()
    wanted = talkers.chat(siege.seconds)
    busy = (_cpu(server.account.pid) - used) / (time.monotonic() - begin)
    talkers.await_(wanted)  # first, or the last messages would seem to take until the attackers end
    if process is not None:
        _end(process.pid, process.join)
    name = "no attack" if attack is None else attack.name
    return Outcome(name, talkers.delays, wanted - len(talkers.delays), busy)


def _end(pid: int | None, join: Callable[[float], None]) -> None:
    join(2.0)
    if pid is not None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        join(2.0)


def _cpu(pid: int) -> float:
    """Seconds that all threads of a process have used."""
    used = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        used += int((task / "schedstat").read_text().split()[0])
    return used * 1e-9


def _fill(talkers: Talkers, siege: Siege) -> None:
    """Others, their rooms with bans, and a past."""
    for at in range(siege.others):
        talkers.connect(f"NICK {nickname(at)}\r\nUSER {'a' * 17} 0 * :{'a' * 150}\r\n")
    rooms = [f"#room{at:05}" for at in range(siege.rooms)]
    for begin in range(0, len(rooms), 50):
        lines = [f"JOIN {room}\r\n" for room in rooms[begin : begin + 50]]
        if begin < siege.banning:
            for room in rooms[begin : begin + 50]:
                lines += _bans(room, siege.bans)
        talkers.connect(f"NICK keeper{begin}\r\nUSER k 0 * :k\r\n" + "".join(lines))
    owner = f"NICK owner\r\nUSER o 0 * :o\r\nJOIN {BANNED}\r\n" + "".join(_bans(BANNED, siege.bans))
    sock = talkers.connect(f"CAP REQ :message-tags\r\nCAP END\r\n{owner}")
    talkers.ask(sock, f"JOIN {PAST}\r\nJOIN {TAGGED}\r\n")
    for begin in range(0, siege.messages, 500):
        several = range(begin, min(siege.messages, begin + 500))
        talkers.ask(sock, "".join(f"PRIVMSG {PAST} :{'x y z ' * 20}{at}\r\n" for at in several))
    for _ in range(siege.tagged):  # one at a time, or the reader would be thought to be slow
        talkers.ask(sock, f"@+a={'b' * 4000} PRIVMSG {TAGGED} :a\r\n")


def _bans(room: str, count: int) -> list[str]:
    several = [one_mask(85, at) for at in range(count)]
    return [
        f"MODE {room} +{'b' * len(some)} {' '.join(some)}\r\n"
        for some in (several[at : at + 3] for at in range(0, count, 3))
    ]


# The attackers, in a process of their own


class _Attacker:
    """One connection after the other."""

    def __init__(self, port: int, attack: Attack, one: int) -> None:
        self.port = port
        self.attack = attack
        self.one = one
        self.number = 0
        self.connect()

    def connect(self) -> None:
        """Another connection, which says what comes first."""
        self.sock = socket.create_connection(("127.0.0.1", self.port), 10)
        self.sock.setblocking(False)
        self.pending = self.attack.before(self.one) if self.attack.before else b""
        self.said = 0

    def act(self) -> bool:
        """Write and read what is possible; whether that was anything."""
        attack = self.attack
        acted = False
        try:
            if attack.reads:
                data = self.sock.recv(_RECEIVE)
                acted = True
                if not data:
                    raise ConnectionResetError
        except BlockingIOError:
            pass
        if not self.pending:
            if attack.lines_each and self.said >= attack.lines_each:
                self.sock.close()
                self.connect()
                return True
            self.pending = attack.payload(self.one, self.number)
            self.number += 1
            self.said += 1
        try:
            self.pending = self.pending[self.sock.send(self.pending) :]
            return True
        except BlockingIOError:
            return acted


def _assail(port: int, attack: Attack, attackers: int, seconds: float) -> None:
    """For so many seconds."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(10)
    until = time.monotonic() + seconds
    base = (time.monotonic_ns() // 1_000_000) % 100_000 * 100  # no name is had twice
    them = [_Attacker(port, attack, base + at) for at in range(attackers)]
    while time.monotonic() < until:
        acted = False
        for attacker in them:
            try:
                acted = attacker.act() or acted
            except OSError:
                attacker.sock.close()
                attacker.connect()
        if not acted:
            time.sleep(0.001)
    for attacker in them:
        attacker.sock.close()


def rows(outcomes: Sequence[Outcome]) -> Rows:
    """A table."""
    table = [["twenty connections", "p50 ms", "p99 ms", "longest ms", "of the core", ""]]
    for one in outcomes:
        middle = number(percentile(one.delays, 50)) if one.delays else ""
        verdict = "pass" if one.passed else "FAIL"
        table.append([one.name, middle, number(one.p99), number(max(one.delays, default=0)),
                      f"{one.busy:.0%}", verdict])  # fmt: skip
    return table
