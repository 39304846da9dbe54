"""Somebody in a room whose past the server knows, without a terminal and without a socket."""

import io
from collections.abc import Sequence

from chatroom.client.protocol.capabilities import WANTED
from chatroom.client.protocol.session import Session
from chatroom.client.terminal.plain_screen import PlainScreen
from chatroom.client.ui.chat import Chat
from chatroom.client.ui.stage import StartOptions
from chatroom.text.display import day_marker, local_moment, local_time

ALL = " ".join(WANTED)
ISUPPORT = "CASEMAPPING=ascii CHANTYPES=# CHATHISTORY=50 MSGREFTYPES=msgid,timestamp"
ENTERING = ":alice!a@h JOIN {0}\n:s 353 alice = {0} :alice bob\n:s 366 alice {0} :End\n"
NOON = "2026-11-20T12:00:{0:02}.000Z"
NEXT = "2026-11-21T12:00:{0:02}.000Z"


def time_of(when: str) -> str:
    """As people read it, wherever the test runs."""
    return local_time({"time": when}, 0.0)


def day_of(when: str) -> str:
    return day_marker(local_moment({"time": when}, 0.0).date())


def line(number: int, when: str = NOON, room: str = "#general", more: str = "") -> str:
    """`message 7` by bob, with its msgid and time."""
    tags = f"msgid=m{number};time={when.format(number)}{more}"
    return f"@{tags} :bob!b@h PRIVMSG {room} :message {number}\n"


def batch(lines: list[str], kind: str = "chathistory #general", ref: str = "r") -> str:
    inside = "".join(f"@batch={ref};{each.removeprefix('@')}" for each in lines)
    return f":s BATCH +{ref} {kind}\n{inside}:s BATCH -{ref}\n"


class _Screen(PlainScreen):
    """One that tells what a terminal would be made to do."""

    def __init__(self, visit: "Visit") -> None:
        super().__init__(visit.out)
        self._visit = visit

    def ring(self) -> None:
        self._visit.rung += 1

    def notify(self, text: str) -> None:
        self._visit.notified.append(text)

    def put_back(self, lines: Sequence[str], text: bool) -> None:
        self._visit.put_back.append((*lines, text))

    def remember(self, text: str) -> None:
        self._visit.remembered.append(text)


class Visit:
    """A chat with a server that offers `capabilities`; what it shows and what it sends."""

    def __init__(
        self,
        capabilities: str = ALL,
        person: bool = True,
        joined: bool = True,
        rooms: tuple[str, ...] = ("general",),
    ) -> None:
        self.out = io.StringIO()
        self.pings: list[str] = []
        self.rung = 0
        self.notified: list[str] = []
        self.put_back: list[tuple[str | bool, ...]] = []
        self.remembered: list[str] = []
        self.chat = Chat(
            Session("al", "Al"), _Screen(self), StartOptions(("alice",), rooms, person)
        )
        self.chat.start()
        self.chat.context.now = local_moment({"time": NOON.format(0)}, 0.0).timestamp()
        self.hear(f":s CAP * LS :{capabilities}\n:s CAP * ACK :{capabilities}\n")
        self.hear(f":s 001 alice :Hi\n:s 005 alice {ISUPPORT} :are\n:s 422 alice :none\n")
        if joined:
            self.hear(ENTERING.format("#general"))

    def hear(self, text: str) -> None:
        for event in self.chat.context.session.receive(text.encode()):
            self.chat.event(event)
        while self.chat.behind:
            self.chat.show_more()

    def sent(self) -> list[str]:
        """What was sent since, without the PINGs, which are answered."""
        lines: list[str] = []
        while output := self.chat.context.session.take_output().decode():
            lines += [each for each in output.splitlines() if not each.startswith("PING")]
            pings = [each for each in output.splitlines() if each.startswith("PING")]
            self.hear("".join(f":s PONG s {ping.split()[1]}\n" for ping in pings))
        return lines

    def types(self, text: str) -> str:
        """The last line that is sent for it, before any answer."""
        self.sent()
        self.chat.typed(text)
        output = self.chat.context.session.take_output().decode()
        return "".join(each for each in output.splitlines() if not each.startswith("PING"))

    def shown(self) -> list[str]:
        """The lines that were shown since."""
        text = self.out.getvalue()
        self.out.seek(0)
        self.out.truncate()
        return text.splitlines()


def entered(past: list[str] | None = None, capabilities: str = ALL) -> Visit:
    """In the room, with what was said there before; all of it seen."""
    visit = Visit(capabilities)
    visit.hear(batch(past or []))
    visit.sent()
    visit.shown()
    return visit
