"""The load generator: many visitors of one server, on one thread that costs little.

In a *step* each sender writes its messages with one `send`, and the step is over when every member
has all of the others' messages. Lines are counted, not looked at, so that it is the server that is
measured. A crowd reads as fast as it can; so do those whom the floor sends to.
"""

import gc
import itertools
import select
import socket
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Self

from benchmarks.tongues import Signs, Tongue, text

PATIENCE = 120.0
"""Seconds of silence after which a server is thought to hang."""

RECEIVE_BYTES = 1 << 18

AT_ONCE = 1000
"""Connections made before the first is answered."""

ECHO = "echo-message"

SIGN_OF_LIFE = b"PONG :here\r\n"

_numbers = itertools.count()
_rooms = itertools.count()


class Hangs(Exception):
    """A server said nothing for PATIENCE seconds, or hung up."""


class Strange(Exception):
    """A server said something else than what is counted."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How many talk in a step, and how much. Members and senders are those of each room."""

    members: int
    senders: int
    burst: int
    rooms: int = 1

    def __str__(self) -> str:
        rooms = f" in {self.rooms} rooms" if self.rooms > 1 else ""
        return f"{self.members} x {self.senders} x {self.burst}{rooms}"

    @property
    def messages(self) -> int:
        """Said in a step."""
        return self.rooms * self.senders * self.burst

    @property
    def deliveries(self) -> int:
        """Of a step: each message goes to all members but its author."""
        return self.messages * (self.members - 1)


@dataclass(slots=True)
class Talk:
    """What was seen of some steps. Times are seconds.

    `trips` are from a step's first byte to its last delivery. `delays` are from there to each
    reading of a socket, which brought as many lines as `weights` says.
    """

    deliveries: int = 0
    seconds: float = 0.0
    trips: "array[float]" = field(default_factory=lambda: array("d"))
    delays: "array[float]" = field(default_factory=lambda: array("d"))
    weights: "array[int]" = field(default_factory=lambda: array("L"))

    @classmethod
    def joined(cls, talks: Iterable["Talk"]) -> Self:
        """All of them, one after the other."""
        whole = cls()
        for talk in talks:
            whole.deliveries += talk.deliveries
            whole.seconds += talk.seconds
            whole.trips += talk.trips
            whole.delays += talk.delays
            whole.weights += talk.weights
        return whole

    def delay(self, percent: float) -> float:
        """A percentile of the time that a message took to a member."""
        readings = sorted(zip(self.delays, self.weights, strict=True))
        lines = list(itertools.accumulate(weight for _, weight in readings))
        return readings[bisect_left(lines, lines[-1] * percent / 100)][0]


class Crowd:
    """Connections to one server. `capabilities` are dealt out in turn.

    A listener's backlog that overflows costs a connection a second, so after each `backlog`
    connections `catch_up` is called, which waits until the server has taken them in.
    """

    def __init__(
        self,
        port: int,
        tongue: Tongue,
        capabilities: Sequence[str],
        backlog: int,
        catch_up: Callable[[], None],
    ) -> None:
        self.port = port
        self.tongue = tongue
        self.capabilities = capabilities
        self._backlog = backlog
        self._catch_up = catch_up
        self.socks: list[socket.socket] = []
        self.rooms: dict[str, list[socket.socket]] = {}
        self._echoes: set[socket.socket] = set()
        self._looked = False
        self._buffer = bytearray(RECEIVE_BYTES)

    # Coming

    def gather(self, count: int) -> Self:
        """Connect and greet, some at once."""
        while count:
            several = min(count, AT_ONCE)
            self.greet(self.connect(several))
            count -= several
        return self

    def connect(self, count: int) -> list[socket.socket]:
        """Connections that have said nothing."""
        begin = len(self.socks)
        for number in range(begin, begin + count):
            sock = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.sendall(self.tongue.opening)
            if ECHO in self.capabilities[number % len(self.capabilities)]:
                self._echoes.add(sock)
            self.socks.append(sock)
            if not len(self.socks) % self._backlog:
                self._catch_up()
        return self.socks[begin:]

    def greet(self, socks: Sequence[socket.socket]) -> None:
        """Register them, and wait for the welcome."""
        capabilities = itertools.cycle(self.capabilities)
        parcels = [self.tongue.greet(f"m{next(_numbers):05}", next(capabilities)) for _ in socks]
        self._tell(socks, parcels, self.tongue.greeted)

    def enter(self, members: int, rooms: int = 1) -> Self:
        """The first of them go into fresh rooms, so many into each."""
        socks = iter(self.socks)
        self._looked = False
        for _ in range(rooms):
            room, inside = f"b{next(_rooms):05}", list(itertools.islice(socks, members))
            self.rooms[room] = inside
            self._tell(inside, itertools.repeat(self.tongue.enter(room)), self.tongue.entered)
        self.barrier(self.members)
        return self

    def come(self, room: str) -> None:
        """All enter this room, one after the other. IRC only."""
        for sock in self.socks:
            self._tell([sock], [self.tongue.enter(room)], self.tongue.entered)

    def ask(self, parcels: Iterable[str]) -> None:
        """Each says one of these, and reads what comes of it."""
        asked = (f"{parcel}{self.tongue.barrier}" for parcel in parcels)
        self._tell(self.socks, asked, self.tongue.passed)

    @property
    def members(self) -> list[socket.socket]:
        """All who are in a room."""
        return [sock for inside in self.rooms.values() for sock in inside]

    def barrier(self, socks: Sequence[socket.socket]) -> None:
        """Read all that was sent to them before this."""
        self._tell(socks, itertools.repeat(self.tongue.barrier), self.tongue.passed)

    def rush(self, members: int) -> float:
        """All enter one room at once: seconds until everyone has seen everyone come. IRC only."""
        socks, room = self.socks[:members], f"b{next(_rooms):05}"
        seen = members * (members + 1) // 2  # each sees itself, and who comes later
        begin = time.perf_counter()
        self._send(socks, itertools.repeat(self.tongue.enter(room)))
        self._await(socks, (b" JOIN ", *self.tongue.entered), seen + members)
        return time.perf_counter() - begin

    # Talking

    def look(self, shape: Shape) -> None:
        """One step, the first in these rooms, of which each line is looked at. Raises Strange."""
        if self._looked:
            return
        self._looked = True
        members, tongue = self.members, self.tongue
        self.barrier(members)
        for speak in self._speeches(shape):
            speak()
        self._hear(members, self._expected(shape), (tongue.said,))
        if tongue.passed:  # what is too much comes before the barrier
            self._send(members, itertools.repeat(tongue.barrier))
            self._hear(members, len(members), tongue.passed)

    def _hear(self, socks: Sequence[socket.socket], count: int, signs: Signs) -> None:
        """Read so many lines, no more, in each of which is one of the signs."""
        by_descriptor = {sock.fileno(): sock for sock in socks}
        heard = dict.fromkeys(by_descriptor, b"")
        with _watching(socks) as poll:
            while count > 0:
                for descriptor, data in _readings(poll, by_descriptor):
                    heard[descriptor] += data
                    count -= data.count(self.tongue.mark)
        lines = [line for data in heard.values() for line in data.split(self.tongue.mark) if line]
        strange = [line for line in lines if not any(sign in line for sign in signs)]
        if count or strange:
            raise Strange(f"{-count} lines too many; not what was waited for: {strange[:3]}")

    def _expected(self, shape: Shape) -> int:
        """Lines of a step."""
        return shape.deliveries + shape.burst * self._echoing(shape)

    def talk(self, shape: Shape, seconds: float, pace: float = 0.0) -> Talk:
        """Steps for so long, one after the other, or with a `pace` one each so many seconds.

        Then a step that has to wait for the one before it is late, and its time begins when it
        should have begun: a server that stalls keeps all those waiting who come meanwhile. Nothing
        else may be on its way to them: see `barrier`.
        """
        talk = Talk()
        expected = self._expected(shape)
        with _watching(self.members) as poll, _no_garbage_collection():
            step = self._stepper(poll, talk, list(self._speeches(shape)), expected)
            begin = time.perf_counter()
            for at in self._times(begin, seconds, pace):
                step(at)
            talk.seconds = time.perf_counter() - begin
        talk.deliveries = len(talk.trips) * expected
        return talk

    def _times(self, begin: float, seconds: float, pace: float) -> Iterable[float]:
        now = time.perf_counter
        at = begin
        while at - begin < seconds:
            while now() < at:
                pass  # a sleep would end some 60 us late
            yield at
            at = at + pace if pace else now()

    def _speakers(self, shape: Shape) -> Iterable[tuple[str, socket.socket]]:
        for room, inside in self.rooms.items():
            for sock in inside[: shape.senders]:
                yield room, sock

    def _echoing(self, shape: Shape) -> int:
        return sum(sock in self._echoes for _, sock in self._speakers(shape))

    def _speeches(self, shape: Shape) -> Iterable[Callable[[], int]]:
        for room, sock in self._speakers(shape):
            lines = (self.tongue.say(room, text(number)) for number in range(shape.burst))
            yield partial(sock.send, self.tongue.encode("".join(lines)))

    def _stepper(
        self, poll: select.epoll, talk: Talk, sends: Sequence[Callable[[], int]], expected: int
    ) -> Callable[[float], None]:
        """The hot path of whoever measures: everything it needs is at hand."""
        receives = {sock.fileno(): sock.recv_into for sock in self.members}
        buffer, count, wait, now = self._buffer, self._buffer.count, poll.poll, time.perf_counter
        mark = self.tongue.mark
        delayed, weigh, tripped = talk.delays.append, talk.weights.append, talk.trips.append

        def step(begin: float) -> None:
            for send in sends:
                send()
            missing = expected
            while missing > 0:
                ready = wait(PATIENCE)
                if not ready:
                    raise Hangs(f"{missing} lines are missing")
                for descriptor, _ in ready:
                    size = receives[descriptor](buffer)
                    if not size:
                        raise Hangs("the server closed a connection")
                    lines = count(mark, 0, size)
                    missing -= lines
                    delayed(now() - begin)
                    weigh(lines)
            tripped(now() - begin)

        return step

    # Signs of life (IRC only)

    def spread(self, seconds: float) -> None:
        """Each says something that needs no answer, evenly over that time."""
        begin = time.perf_counter()
        for number, sock in enumerate(self.socks):
            due = begin + seconds * number / len(self.socks)
            time.sleep(max(0.0, due - time.perf_counter()))
            sock.sendall(SIGN_OF_LIFE)

    def answer(self, seconds: float) -> int:
        """Answer PINGs for so long; how many came."""
        by_descriptor = {sock.fileno(): sock for sock in self.socks}
        answered = 0
        end = time.perf_counter() + seconds
        with _watching(self.socks) as poll:
            while (left := end - time.perf_counter()) > 0:
                for descriptor, _ in poll.poll(left):
                    answered += by_descriptor[descriptor].recv(RECEIVE_BYTES).count(b"PING ")
                    by_descriptor[descriptor].sendall(SIGN_OF_LIFE)
        return answered

    # One line each

    def _tell(self, socks: Sequence[socket.socket], parcels: Iterable[str], signs: Signs) -> None:
        if signs:
            self._send(socks, parcels)
            self._await(socks, signs, len(socks))

    def _send(self, socks: Sequence[socket.socket], parcels: Iterable[str]) -> None:
        for sock, parcel in zip(socks, parcels, strict=False):
            sock.sendall(self.tongue.encode(parcel))

    def _await(self, socks: Sequence[socket.socket], signs: Signs, count: int) -> None:
        """Read until so many of the signs have come."""
        by_descriptor = {sock.fileno(): sock for sock in socks}
        rests = dict.fromkeys(by_descriptor, b"")
        longest = max(map(len, signs))
        with _watching(socks) as poll:
            while count > 0:
                for descriptor, data in _readings(poll, by_descriptor):
                    rest = rests[descriptor]
                    heard = rest + data
                    for sign in signs:  # what was in the rest already is not counted again
                        count -= heard.count(sign, max(0, len(rest) - len(sign) + 1))
                    rests[descriptor] = heard[-longest:]

    def close(self) -> None:
        """Hang up, all of them, and wait until the server has seen them off.

        A thousand members of a room take some a second, on the core where another is measured next.
        """
        for sock in self.socks:
            sock.close()
        self._catch_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()


def capabilities(port: int) -> list[str]:
    """What the server lists (IRCv3 capability negotiation, CAP LS), without values."""
    names: list[str] = []
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as sock:
        sock.sendall(b"CAP LS 302\r\n")
        with sock.makefile(encoding="utf-8") as lines:
            for line in lines:
                before, _, listed = line.rstrip().partition(" :")
                names += [word.partition("=")[0] for word in listed.split()]
                if not before.endswith(" *"):  # the last line
                    return names[:]
    raise Hangs("the server ended its list of capabilities early")


def _readings(
    poll: select.epoll, by_descriptor: Mapping[int, socket.socket]
) -> Iterator[tuple[int, bytes]]:
    """What has come to whom. Raises Hangs."""
    ready = poll.poll(PATIENCE)
    if not ready:
        raise Hangs("the answers end early")
    for descriptor, _ in ready:
        data = by_descriptor[descriptor].recv(RECEIVE_BYTES)
        if not data:
            raise Hangs("the server closed a connection")
        yield descriptor, data


@contextmanager
def _watching(socks: Iterable[socket.socket]) -> Iterator[select.epoll]:
    with select.epoll() as poll:
        for sock in socks:
            poll.register(sock, select.EPOLLIN)
        yield poll


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """What is measured are the server's pauses, not ours."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
