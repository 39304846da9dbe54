"""The two adapters of the engine of the history, for a person and for a program, as one type."""

from typing import Protocol

from chatroom.client.history.follower import Start
from chatroom.client.history.receipts import Receipts
from chatroom.client.library.driver import ConnectOptions, Driver
from chatroom.client.protocol.events import Event, Reacted, Said, TakenBack
from chatroom.client.protocol.session import Session
from chatroom.net.addresses import parse_address
from client.visitor import ALL, ENTERING, ISUPPORT, NOON, Visit, batch

ENTERED = ENTERING.replace(":alice!a@h JOIN", f"@time={NOON.format(0)} :alice!a@h JOIN", 1)


class End(Protocol):
    """Somebody in #general, with one connection after the other."""

    @property
    def session(self) -> Session:
        """That of the current connection."""
        ...

    @property
    def receipts(self) -> Receipts:
        """What is known of its own lines."""
        ...

    def connect(self, capabilities: str) -> None:
        """The first connection, or another one, as far as the welcome."""

    def lose(self) -> None:
        """It is gone."""

    def hear(self, text: str) -> None:
        """The server says this."""

    def say(self, text: str) -> None:
        """Say something in #general."""

    def texts(self) -> list[str]:
        """What was told since the last call: texts, `+reaction`, `-msgid` for what was taken
        back."""
        ...

    def unsure(self) -> int:
        """Once all has settled: how many lines are not known to have arrived."""
        ...


def welcome(capabilities: str) -> str:
    return (
        f":s CAP * LS :{capabilities}\n:s CAP * ACK :{capabilities}\n"
        f":s 001 alice :Hi\n:s 005 alice {ISUPPORT} :are\n:s 422 alice :none\n"
    )


class Screen:
    """The terminal client without a terminal."""

    def __init__(self) -> None:
        self._visit: Visit | None = None
        self._told: list[str] = []

    @property
    def visit(self) -> Visit:
        assert self._visit is not None
        return self._visit

    @property
    def session(self) -> Session:
        return self.visit.chat.context.session

    @property
    def receipts(self) -> Receipts:
        return self.visit.chat.catch_up.receipts

    def connect(self, capabilities: str) -> None:
        if self._visit is None:
            self._visit = Visit(capabilities, joined=False)
            show = self.visit.chat.display.show

            def noted(event: Event) -> None:
                self._told.extend(described(event))
                show(event)

            self.visit.chat.display.show = noted  # type: ignore[method-assign]
            return
        self.visit.chat.start_again(Session("al", "Al"))
        self.hear(welcome(capabilities))

    def lose(self) -> None:
        self.visit.chat.lost("gone")

    def hear(self, text: str) -> None:
        self.visit.hear(text)

    def say(self, text: str) -> None:
        self.visit.chat.typed(text)

    def texts(self) -> list[str]:
        told, self._told[:] = list(self._told), []
        return told

    def unsure(self) -> int:
        settle(self)
        return len(self.visit.chat.outbox._kept)


class Program:
    """The library without a socket."""

    def __init__(self, start: Start = Start()) -> None:  # noqa: B008  an immutable value
        where = parse_address("127.0.0.1:1")
        wishes = ConnectOptions(where, "alice", "al", ("#general",), "", True, start)
        self.driver = Driver(wishes)

    @property
    def session(self) -> Session:
        return self.driver.session

    @property
    def receipts(self) -> Receipts:
        return self.driver.receipts

    def connect(self, capabilities: str) -> None:
        self.driver.connected()
        self.hear(welcome(capabilities))

    def lose(self) -> None:
        self.driver.lost("gone")

    def hear(self, text: str) -> None:
        self.driver.received(text.encode())

    def say(self, text: str) -> None:
        self.driver.receipts.said(self.session.say("#general", text))

    def texts(self) -> list[str]:
        told = [word for event in self.driver.told for word in described(event)]
        self.driver.told.clear()
        return told

    def unsure(self) -> int:
        settle(self)
        return self.driver.receipts.unconfirmed()


def described(event: object) -> list[str]:
    match event:
        case Said() if not (event.own and "time" not in event.tags):
            return [event.text]
        case Reacted():
            return [f"{'-' * event.removed}+{event.reaction}"]
        case TakenBack():
            return [f"-{event.msgid}"]
    return []


def sent(end: End) -> list[str]:
    """What was sent since, but for PINGs, which are answered, and capabilities."""
    lines: list[str] = []
    while output := end.session.take_output().decode().splitlines():
        for each in output:
            if each.startswith("PING"):
                end.hear(f":s PONG s {each.split()[1]}\n")
            else:
                lines.append(each)
    return [each for each in lines if not each.startswith(("CAP", "USER"))]


def asked(end: End) -> str:
    """The last question for a page, which nobody answers yet; and its PING is lost."""
    lines = end.session.take_output().decode().splitlines()
    return [each for each in lines if each.startswith("CHATHISTORY")][-1]


def settle(end: End) -> None:
    """The server answers every PING."""
    sent(end)


def enter(end: End, capabilities: str = ALL, past: list[str] | None = None) -> None:
    """Into the room, and its past is told, or a place to go on from."""
    end.connect(capabilities)
    end.hear(ENTERED.format("#general"))
    if "chathistory" in capabilities:
        end.hear(batch(past or []))
    settle(end)
    end.texts()


def come_back(end: End, capabilities: str = ALL) -> None:
    """As far as the room."""
    end.connect(capabilities)
    end.hear(ENTERED.format("#general"))


def texts(*numbers: int) -> list[str]:
    return [f"message {number}" for number in numbers]
