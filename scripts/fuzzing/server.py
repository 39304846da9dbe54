"""A server in this process, with a dozen visitors who send whatever they like.

The limits are small, so that each of them is met. From time to time it is checked that the world's
indexes agree, that all who are still there are answered, and that memory is flat; always, that no
exception was logged, and that each line which the server says is one.
"""

import re
import socket
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

from benchmarks.house import House, receive
from chatroom.server.doors.door import Door
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.doors.plain.door import PlainDoor
from chatroom.server.memory import keep_heap_small
from chatroom.wire.capabilities import CAPABILITIES
from chatroom.wire.message import MAX_BODY, MAX_SERVER_TAGS
from chatroom.wire.names import fold
from fuzzing.lines import LineMaker

VISITORS = 14
LINES_AT_ONCE = 24
"""At the most, from one visitor; what they are cut into arrives in several ticks."""

CHECK_EVERY = 20_000
"""Lines between two looks at all that must hold."""

WARM_UP = 100_000
"""Lines after which memory is looked at for the first time: caches are full then."""

GROWTH = 48 << 20
"""Bytes that the process may have grown by since then, however many lines follow."""

REMEMBERED = 40
"""The last lines that were served, for the report."""

MOST_REPORTS = 20

ANSWER_WITHIN = 60.0
"""Seconds within which all are answered; on a busy machine, too."""

CONFIG = """\
[server]
password = "a password"
motd = "Hello"
[limits]
flood_rate = 0
per_address = 0
list_entries = 4
rooms_per_user = 5
rooms_at_once = 4
targets = 3
whowas = 20
chathistory = 8
mode_changes = 3
lines_per_tick = 32
[history]
replay = 5
keep_messages = 100
[rooms]
permanent = ["general", "ёлка"]
"""

_MSGID = re.compile(rb"msgid=([^; ]+)")
_TELNET = re.compile(rb"\xff[\xfb-\xfe].", re.DOTALL)
_BAD_IN_IRC = re.compile(rb"[\r\0]")
_BAD_FOR_PEOPLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u202e]")

Say = Callable[[str], None]


class Wrong(Exception):
    """Something that must always hold does not. `str()` says what."""


class Visitor:
    """One connection, and what is still to be sent over it."""

    def __init__(self, sock: socket.socket, kind: str, first: bytes) -> None:
        self.sock = sock
        self.kind = kind
        self.pending = first
        self.rest = b""
        self.gone = False
        self.is_plain = kind == "plain"
        self.seen: deque[bytes] = deque(maxlen=3)

    def send(self, size: int) -> None:
        """At most so many of the bytes that wait."""
        try:
            sent = self.sock.send(self.pending[:size])
        except BlockingIOError:
            return
        except ConnectionError:
            self.gone = True
            return
        self.pending = self.pending[sent:]

    def lines(self) -> list[bytes]:
        """The whole lines that have come since."""
        data = receive(self.sock)
        if data is None:
            self.gone = True
            return []
        data = self.rest + data
        if self.is_plain:  # an option's number may be that of a line feed
            data = _TELNET.sub(b"", data)
        *lines, self.rest = data.split(b"\n")
        return lines


class Fuzz:
    """One run. `failures` has a text for each thing that was found."""

    def __init__(self, directory: Path, seed: int, say: Say) -> None:
        keep_heap_small()
        self.house = House(directory, CONFIG, repeat("127.0.0.1"))
        self.house.server.stopwatch = lambda: 0.0  # the same turns for the same seed
        self.server = self.house.server
        self.random = Random(seed)
        self.maker = LineMaker(self.random)
        self.say = say
        self.failures: dict[str, str] = {}
        self.served: deque[tuple[str, bytes]] = deque(maxlen=REMEMBERED)
        self.count = 0
        self._arrivals = 0
        self._handlers = ExitStack()
        self.visitors = [self._arrive() for _ in range(VISITORS)]

    def __enter__(self) -> Self:
        """From now on each door notes the lines that it serves."""
        for kind in (IrcDoor, PlainDoor):
            noting = patch.object(kind, "handle", self._noting(kind.handle))
            self._handlers.enter_context(noting)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._handlers.close()
        for visitor in self.visitors:
            visitor.sock.close()
        self.house.end()

    def _noting(self, handle: Callable[[Any, bytes], None]) -> Callable[[Any, bytes], None]:
        served = self.served

        def noted(door: Door, line: bytes) -> None:
            served.append((door.session.user.nick or door.protocol, line))
            handle(door, line)

        return noted

    # What is sent

    def run(self, lines: int) -> None:
        """Send so many lines, and look whether all is well."""
        begin = time.monotonic()
        next_check = CHECK_EVERY
        first_memory = 0
        while self.count < lines and len(self.failures) < MOST_REPORTS:
            self._round()
            if self.count >= next_check or self.count >= lines:
                next_check = self.count + CHECK_EVERY
                self._check()
                memory = _resident()
                if not first_memory and self.count >= min(WARM_UP, lines // 2):
                    first_memory = memory
                if first_memory and memory - first_memory > GROWTH:
                    self._fail("memory", f"grew from {first_memory:,} to {memory:,} bytes")
                    first_memory = memory
                rate = self.count / (time.monotonic() - begin)
                self.say(
                    f"{self.count:,} lines, {rate:,.0f} a second, {memory >> 20} MB,"
                    f" {len(self.failures)} failures"
                )

    def _round(self) -> None:
        """Each says something, the server has a tick or two, and all that it said is looked at."""
        random = self.random
        for visitor in self.visitors:
            if not visitor.pending:
                self._fill(visitor)
            size = random.randrange(1, 4000) if random.random() < 0.3 else len(visitor.pending)
            visitor.send(size)
        self.house.step()
        self._look_for_bugs()
        for visitor in self.visitors:
            if random.random() < 0.95:  # else they read later
                self._look_at(visitor)
        for at, visitor in enumerate(self.visitors):
            if visitor.gone or random.random() < 0.001:
                self._leave(visitor)
                self.visitors[at] = self._arrive()

    def _fill(self, visitor: Visitor) -> None:
        random, maker = self.random, self.maker
        make = {"irc": maker.irc, "plain": maker.plain}.get(visitor.kind, maker.any)
        parts: list[bytes] = []
        number = random.randrange(1, LINES_AT_ONCE)
        for _ in range(number):
            parts += (make(), maker.end())
        self.count += number
        visitor.pending = b"".join(parts)

    def _arrive(self) -> Visitor:
        (sock,) = self.house.connect()
        self._arrivals += 1
        kind = self.random.choices(("irc", "plain", "any"), (9, 4, 2))[0]
        nick = f"v{self._arrivals}"
        firsts = {
            "irc": f"CAP LS 302\r\nCAP REQ :{self._some_capabilities()}\r\nPASS :a password\r\n"
            f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nCAP END\r\nJOIN #a,#b\r\n",
            "plain": f"hello\r\na password\r\n{nick}\r\na\r\n",
        }
        return Visitor(sock, kind, firsts.get(kind, "").encode())

    def _some_capabilities(self) -> str:
        return " ".join(name for name in CAPABILITIES if self.random.random() < 0.5) or "batch"

    def _leave(self, visitor: Visitor) -> None:
        """In one way or another."""
        if not visitor.gone and self.random.random() < 0.5:
            try:
                visitor.sock.shutdown(socket.SHUT_WR)
                self.house.step()
            except OSError:
                pass  # it was gone already
        visitor.sock.close()

    # What must hold

    def _look_for_bugs(self) -> None:
        for record in self.house.bugs.found:
            assert record.exc_info
            _, error, trace = record.exc_info
            frames = traceback.extract_tb(trace)
            place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
            self._fail(
                f"{type(error).__name__} at {place}",
                f"{record.getMessage()}\n" + "".join(traceback.format_exception(error)),
            )
        self.house.bugs.found.clear()

    def _look_at(self, visitor: Visitor) -> None:
        """Is all that was said to this visitor lines?"""
        for line in visitor.lines():
            visitor.seen.append(line)
            if visitor.is_plain:
                self._look_at_words(line)
            else:
                self._look_at_message(line, visitor.kind)

    def _look_at_message(self, line: bytes, kind: str) -> None:
        if kind != "irc":
            return  # which door answered is not known
        if line[-1:] != b"\r" or _BAD_IN_IRC.search(line, 0, len(line) - 1):
            self._fail("line end", f"CR, LF or NUL in {line!r}")
        tags = line.find(b" ") + 1 if line[:1] == b"@" else 0
        if tags > MAX_SERVER_TAGS or len(line) + 1 - tags > MAX_BODY:
            self._fail("length", f"{tags} bytes of tags, {len(line) + 1 - tags} besides: {line!r}")
        try:
            line.decode()
        except UnicodeDecodeError:
            self._fail("UTF-8", f"no UTF-8: {line!r}")
        if tags and self.random.random() < 0.02 and (found := _MSGID.search(line)):
            self.maker.msgids.append(found[1].decode())
            del self.maker.msgids[:-50]

    def _look_at_words(self, line: bytes) -> None:
        try:
            words = line.decode().removesuffix("\r")
        except UnicodeDecodeError:
            self._fail("UTF-8 for people", f"no UTF-8: {line!r}")
            return
        if _BAD_FOR_PEOPLE.search(words):
            self._fail("controls for people", f"control characters in {line!r}")

    def _check(self) -> None:
        for what, check in (("indexes", self._check_indexes), ("answers", self._check_answers)):
            try:
                check()
            except Wrong as wrong:
                self._fail(f"{what}: {str(wrong)[:40]}", str(wrong))

    def _check_indexes(self) -> None:
        """Members and rooms, nicknames and visitors, doors and connections know each other."""
        world = self.server.world
        here = {door.session.user for door in self.server.doors.values()}
        people = list(world.people())
        _hold(len(people) == world.registered, f"{world.registered} registered, {len(people)} here")
        invisible = sum(person.invisible for person in people)
        _hold(invisible == world.invisible, f"{world.invisible} invisible, {invisible} are")
        for person in people:
            _hold(person in here, f"{person.nick} is here without a door")
            _hold(world.find(person.nick) is person, f"{person.nick} is not found by their name")
            _hold(person.folded == fold(person.nick), f"{person.nick} is folded {person.folded}")
            _hold(len(person.rooms) <= 5, f"{person.nick} is in {len(person.rooms)} rooms")
            for room in person.rooms:
                _hold(person in room.members, f"{person.nick} is no member of {room.name}")
                _hold(world.find_room(room.name) is room, f"{room.name} is not found by its name")
        for key, room in world.rooms.items():
            _hold(key == room.folded == fold(room.name), f"{room.name} is found as {key}")
            _hold(bool(room.members) or room.permanent, f"{room.name} is empty, and there")
            for member in room.members:
                _hold(room in member.rooms, f"{member.nick} does not know of {room.name}")
                _hold(member in here, f"{member.nick} has gone, but not from {room.name}")
            for letter, entries in room.lists.items():
                _hold(len(entries) <= 4, f"{room.name} has {len(entries)} entries in {letter}")

    def _check_answers(self) -> None:
        """Who is still served gets a PONG, behind all that they said before."""
        for visitor in self.visitors:
            if visitor.kind == "irc" and not visitor.gone:
                visitor.pending += b"\r\nPING :are you there\r\n"
        begin = time.monotonic()
        waiting = [one for one in self.visitors if one.kind == "irc"]
        while waiting:
            if time.monotonic() - begin > ANSWER_WITHIN:
                said = [(one.pending[:80], list(one.seen)) for one in waiting]
                raise Wrong(f"no answer to PING for {len(waiting)} visitors: {said}")
            for visitor in waiting:
                if visitor.pending and not visitor.gone:
                    visitor.send(1 << 16)
            self.house.step()
            self._look_for_bugs()
            waiting = [one for one in waiting if not self._is_answered(one)]

    def _is_answered(self, visitor: Visitor) -> bool:
        before = visitor.gone
        lines = [] if before else visitor.lines()
        for line in lines:
            self._look_at_message(line, visitor.kind)
        return visitor.gone or any(line.endswith(b":are you there\r") for line in lines)

    def _fail(self, key: str, text: str) -> None:
        """Each kind is reported once, with the last lines."""
        if key in self.failures:
            return
        served = "\n".join(f"    {who}: {line[:300]!r}" for who, line in self.served)
        self.failures[key] = text
        self.say(f"FAILED: {key}\n{text}\nafter the lines\n{served}")


def _hold(condition: bool, text: str) -> None:
    if not condition:
        raise Wrong(text)


def _resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _print(text: str) -> None:
    print(text, flush=True)


def fuzz(lines: int, seed: int, say: Say = _print) -> dict[str, str]:
    """What was found: what must hold and did not, and how that showed."""
    with (
        tempfile.TemporaryDirectory(prefix="chatroom-fuzz-") as directory,
        Fuzz(Path(directory), seed, say) as run,
    ):
        run.run(lines)
    return run.failures


def run(lines: int, seed: int) -> bool:
    """Whether it failed, which is printed with the seed."""
    failures = fuzz(lines, seed)
    if failures:
        print(f"{len(failures)} failures with --seed {seed}: " + "; ".join(failures))
    return bool(failures)
