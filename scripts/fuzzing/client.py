"""The client against a hostile server, without sockets: the terminal client, the one for pipes, and
the library with what scripts print.

A visit is one connection to a server that says `LINES_OF_A_VISIT` lines: some make sense, for then
the client goes further; most do not. Whatever it is, nothing may be raised, no control character
may reach the terminal, what is sent must be lines, and the memory must not grow.
"""

import io
import os
import re
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Protocol

from chatroom.client.history.follower import Start
from chatroom.client.library.driver import ConnectOptions, Driver
from chatroom.client.protocol.events import Said
from chatroom.client.protocol.session import Session
from chatroom.client.scripts import tail
from chatroom.client.scripts.printing import said_json, said_text
from chatroom.client.terminal.input_line import InputLine
from chatroom.client.terminal.plain_screen import PlainScreen
from chatroom.client.terminal.screen import TerminalScreen
from chatroom.client.ui.chat import Chat
from chatroom.client.ui.completion import ChatCompleter
from chatroom.client.ui.entries import Entry
from chatroom.client.ui.ports import Screen
from chatroom.client.ui.stage import StartOptions
from chatroom.client.ui.status_line import Shorter, status, title
from chatroom.client.view.rich import Looks
from chatroom.net.addresses import parse_address
from fuzzing.hostile import CAPABILITIES, NICKS, ROOMS, Hostile

LINES_OF_A_VISIT = 400
KNOWN_SEQUENCES = re.compile(
    r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]|\x1b\]2;[^\x00-\x1f\x7f-\x9f]*\x07|\x1b\]8;;[!-~]*\x1b\\"
)
"""What our own screens write: SGR and cursor movements, the window's title, links."""

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
"""What must reach no terminal otherwise; of the screens' own, CR and BEL are left out before."""

TYPED = (
    "hello", "*bold* :smile:", "//x", "/who", "/rooms", "/rooms x", "/switch",
    "/switch 2", "/close",
    "/history 5", "/history more", "/search tea", "/search more", "/context 1",
    "/topic", "/topic x",
    "/reply well", "/reply 2 well", "/react +1", "/redact", "/redact 2 oops",
    "/me waves", "/join b",
    "/leave", "/query bob", "/msg carol hi", "/nick al", "/away x", "/away",
    "/whois bob", "/kick bob",
    "/invite bob", "/ignore bob", "/ignore *!*@h", "/unignore bob", "/set others count",
    "/set others show", "/set log on", "/raw PING x", "/highlight tea", "y", "n", "",
    "alice", "2",
    "x" * 600,
)  # fmt: skip


class Found(Exception):
    """A property does not hold; `str()` says which."""


class Target(Protocol):
    """A frontend of the client, from the server's point of view."""

    def hear(self, data: bytes) -> None:
        """The server says this."""

    def sent(self) -> bytes:
        """What the client answers."""

    def act(self, random: Random) -> None:
        """The person or program does something, or time passes."""

    def shown(self) -> str:
        """What was shown since the last call."""


class ChatTarget:
    """The client that people use, at a terminal or behind a pipe."""

    def __init__(self, terminal: bool, random: Random) -> None:
        self.out = io.StringIO()
        self._line = InputLine()
        size = os.terminal_size((random.choice((20, 80)), 24))
        self.screen: Screen = PlainScreen(self.out, random.choice(list(Looks)))
        if terminal:
            self.screen = TerminalScreen(
                self.out, self._line, lambda: size, random.choice(list(Looks))
            )
        nicks = () if terminal and random.random() < 0.5 else ("alice", "alice_")
        rooms = ("general",) if random.random() < 0.7 else ()
        self.chat = Chat(self._session(), self.screen, StartOptions(nicks, rooms, person=terminal))
        self.chat.context.now = 1_800_000_000.0
        self._completer = ChatCompleter(self.chat.context, self.chat.display)
        self._line.completer = self._completer
        self.chat.start()

    def _session(self) -> Session:
        return Session("al", "Al")

    def hear(self, data: bytes) -> None:
        """As the loop does."""
        session = self.chat.context.session
        session.feed(data)
        for event in session.events():
            self.chat.event(event)
        while self.chat.behind:
            self.chat.show_more()
        if session.broken:
            self.lose(session.broken)

    def lose(self, reason: str) -> None:
        """The connection is gone; another one is made for a person."""
        self.chat.lost(reason)
        if self.chat.away:
            self.chat.start_again(self._session())

    def sent(self) -> bytes:
        """What the session wants to be sent."""
        return self.chat.context.session.take_output()

    def act(self, random: Random) -> None:
        """Type something; look at what the loop looks at."""
        chat = self.chat
        chat.context.now += random.random() * 10
        if random.random() < 0.02:
            self.lose("cut")
        if chat.listening and chat.exit_status is None and not chat.leaving:
            text = random.choice(TYPED)
            if random.random() < 0.1:
                chat.composer.weigh([text, "", "third"])
                chat.pasted(Entry([text, "", "third"], pasted=True))
            else:
                chat.typed(text)
        chat.presence.edited(random.choice(("", "hello")))
        chat.presence.tick()
        if chat.display.here:
            now = chat.presence.standing
            self.screen.status(f"{status(now)}> ", Shorter(now))
            self.screen.title(title(now))
        for text in ("", "a", "/who ", "#", "/switch "):
            for candidate in self._completer.complete(text, len(text)).candidates:
                if RAW.search(candidate):
                    raise Found(f"completion offers {candidate!r}")
        if random.random() < 0.1:
            chat.display.next_unread()

    def shown(self) -> str:
        """All that a terminal would get."""
        self.screen.flush()
        text = self.out.getvalue()
        self.out.seek(0)
        self.out.truncate()
        return KNOWN_SEQUENCES.sub("", text).replace("\r", "").replace("\a", "")


class LibraryTarget:
    """The library, and what `tail` and the other subcommands print of its events."""

    def __init__(self, random: Random) -> None:
        start = random.choice((Start(), Start(lines=5), Start(since=0)))
        reconnect = random.random() < 0.7
        wishes = ConnectOptions(
            parse_address("127.0.0.1:1"), "alice", "al", ("general",), "", reconnect, start
        )
        self.visit = Driver(wishes)
        self.visit.connected()
        self._printed: list[str] = []

    def hear(self, data: bytes) -> None:
        """As the link does; a lost one is made again."""
        self.visit.received(data)
        if self.visit.session.broken:
            self.lose()

    def lose(self) -> None:
        """The connection is gone."""
        self.visit.lost("cut")
        self.visit.connected()

    def sent(self) -> bytes:
        """What the session wants to be sent."""
        return self.visit.session.take_output()

    def act(self, random: Random) -> None:
        """Take the events, as `tail` does, or leave them for a while."""
        if random.random() < 0.02:
            self.lose()
        session = self.visit.session
        if self.visit.arrived and not session.window_full and random.random() < 0.3:
            self.visit.receipts.said(session.say("#general", "hello"))
        if random.random() < 0.5:
            return
        told = self.visit.told
        while told:
            event = told.popleft()
            for as_json in (False, True):
                self._printed.append(tail.line(event, as_json, True))
            self._printed.append(tail.trouble(event, False))
            if isinstance(event, Said):
                self._printed += (said_json(event), said_text(event, True))

    def shown(self) -> str:
        """All lines that were printed."""
        text = "\n".join(self._printed)
        self._printed.clear()
        return text

    def close(self) -> None:
        """Give back the loop's descriptors."""
        self.visit.hang_up()


class FakeServer:
    """Answers what a client asks, mostly; so that the hostile lines meet it in every state."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._number = 0

    def answer(self, sent: bytes) -> Iterator[bytes]:
        """The lines that a server would answer."""
        for line in sent.decode().splitlines():
            if self._random.random() < 0.9:
                yield from (f"{each}\r\n".encode() for each in self._answers(line))

    def _answers(self, line: str) -> Iterator[str]:
        tags, line = line[1:].split(" ", 1) if line.startswith("@") else ("", line)
        label = next((tag for tag in tags.split(";") if tag.startswith("label=")), "")
        command, *words = line.split(" ")
        last = words[-1].removeprefix(":") if words else ""
        known = ":" + line.split(" :", 1)[1] if " :" in line else ""
        match command:
            case "PING":
                yield f":s PONG s {last}"
            case "CAP" if words[0] == "LS":
                yield f":s CAP * LS :{' '.join(CAPABILITIES)}"
            case "CAP" if words[0] == "REQ":
                yield f":s CAP * ACK {known}"
            case "USER":
                yield ":s 001 alice :Welcome"
                yield ":s 005 alice CHANTYPES=#& CHATHISTORY=50 PREFIX=(ov)@+ :are supported"
                yield ":s 422 alice :no MOTD"
            case "JOIN":
                yield f":alice!a@h JOIN {words[0]}"
                yield f":s 353 alice = {words[0]} :alice @bob +carol"
                yield f":s 366 alice {words[0]} :End"
            case "CHATHISTORY" | "SEARCH":
                yield from self._page(
                    "chathistory" if command == "CHATHISTORY" else "search", words
                )
            case "PRIVMSG" | "TAGMSG":
                yield f"@{label};msgid=o{self._number} :alice!a@h {line}"
            case "NAMES" | "WHO" | "LIST" | "WHOIS":
                end = {"NAMES": "366", "WHO": "315", "LIST": "323", "WHOIS": "318"}[command]
                yield f":s {end} alice {last} :End"

    def _page(self, kind: str, words: list[str]) -> Iterator[str]:
        self._number += 1
        room = words[1] if len(words) > 1 else "#general"
        yield f":s BATCH +p{self._number} {kind} {room}"
        for number in range(self._random.randrange(4)):
            tags = f"batch=p{self._number};{self._named(number)}"
            yield f"@{tags} :bob!b@h PRIVMSG {room} :said before"
        yield f":s BATCH -p{self._number}"

    def _named(self, number: int) -> str:
        """The msgid and the time of a line, which the client refers to when it asks for more."""
        if self._random.random() < 0.1:
            return self._random.choice(_ODD_NAMES)
        return f"msgid=h{self._number}-{number};time=2026-11-20T12:00:00.000Z"


_ODD_NAMES = (
    f"msgid={'m' * 600}",
    "msgid=a\\nb;time=2026-11-20T12:00:00.000Z",
    "msgid=a\\sb",
    "time=9999-12-31T23:59:59.999Z",
    "time=a\\nb",
    f"time={'9' * 5000}",
    "time=0001-01-01T00:00:00.000Z",
    "",
)


def targets(random: Random) -> Target:
    """One of the frontends."""
    make: Callable[[], Target] = random.choice(
        (
            lambda: ChatTarget(True, random),
            lambda: ChatTarget(False, random),
            lambda: LibraryTarget(random),
        )
    )
    return make()


class Visitor:
    """One visit: a target and the server that it meets. `last` are that server's last lines."""

    def __init__(self, seed: str, lines: int = LINES_OF_A_VISIT) -> None:
        self.random = Random(seed)
        self.lines = lines
        self.last: deque[bytes] = deque(maxlen=30)
        self._hostile = Hostile(self.random)
        self._server = FakeServer(self.random)
        self._sensible = self.random.choice((0.0, 0.3, 0.7))

    def run(self) -> int:
        """How many lines were said. Raises whatever goes wrong."""
        target = targets(self.random)
        said = 0
        try:
            while said < self.lines:
                answers = [*self._server.answer(self._checked(target.sent()))]
                use = self.random.random() < 0.97
                said += self._say(target, answers if use else [])
                wild = [self._line() for _ in range(self.random.randrange(20))]
                said += self._say(target, wild)
                target.act(self.random)
                self._look(target.shown())
        finally:
            if isinstance(target, LibraryTarget):
                target.close()
        return said

    def _line(self) -> bytes:
        if self.random.random() >= self._sensible:
            return self._hostile.line()
        number, room = self.random.randrange(1000), self.random.choice(ROOMS)
        return (
            f"@msgid=m{number} :{self.random.choice(NICKS)}!u@h PRIVMSG {room} :hello\r\n".encode()
        )

    def _say(self, target: Target, lines: list[bytes]) -> int:
        self.last += lines
        target.hear(b"".join(lines))
        return len(lines)

    @staticmethod
    def _checked(sent: bytes) -> bytes:
        """Whole lines, each of which a server takes."""
        *lines, rest = sent.split(b"\r\n")
        for line in lines:
            if rest or re.search(rb"[\r\n\0]", line) or len(line) > 4096 + 512:
                raise Found(f"the client sends {line[:200]!r}")
        return sent

    @staticmethod
    def _look(shown: str) -> None:
        if raw := RAW.search(shown):
            around = shown[max(0, raw.start() - 60) : raw.end() + 60]
            raise Found(f"{raw[0]!r} reaches the terminal in {around!r}")


def memory() -> int:
    """Bytes that this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def run(lines: int, seed: int) -> int:
    """Have the client hear so many lines; the exit status. A fault is printed with its seed."""
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = "/nonexistent"
    try:
        return _visits(lines, seed)
    finally:
        if before is None:
            del os.environ["XDG_STATE_HOME"]
        else:
            os.environ["XDG_STATE_HOME"] = before


def _visits(lines: int, seed: int) -> int:
    said, visit, began, first = 0, 0, time.monotonic(), 0
    while said < lines:
        visitor = Visitor(f"{seed}/{visit}")
        try:
            said += visitor.run()
        except Exception:  # noqa: BLE001  whatever it is, it is what we are looking for
            print(f"seed {seed}, visit {visit}: fuzzing.client.Visitor('{seed}/{visit}').run()")
            print("the server's last lines:", *visitor.last, sep="\n  ")
            traceback.print_exc(file=sys.stdout)
            return 1
        visit += 1
        if visit == 200:  # by then everything is loaded and every cache is full
            first = memory()
    seconds = time.monotonic() - began
    print(f"client: {said:,} lines in {visit:,} visits, {seconds:.0f} s, no fault (seed {seed})")
    if first:
        print(f"memory: {first >> 20} MB after 200 visits, {memory() >> 20} MB at the end")
    return 0
