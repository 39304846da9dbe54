"""What a door may ask for: the interface between the doors and the rest of the server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from chatroom.chat.dispatch import Command
from chatroom.chat.output.answers import Steps
from chatroom.chat.ports import Transport
from chatroom.chat.session import Session
from chatroom.chat.state.read_marks import ReadMarks
from chatroom.net.connection import Connection
from chatroom.net.timers import Timer
from chatroom.server.doors.plain.host import PlainHost
from chatroom.server.gateway_keeper import GatewayKeeper
from chatroom.server.handshakes import Handshakes
from chatroom.server.web.host import WebFacts, WebHost
from chatroom.wire.message import Message

AnyDoor = TypeVar("AnyDoor")


class Facts(WebFacts, Protocol):
    """The part of the chat that doors may read: what HTTP's handlers may read, and whether there is
    a history."""

    @property
    def keeps_history(self) -> bool: ...


class Load(Protocol):
    """The work that the messages of this tick will cause: `deliveries` to others, ever, and how
    many audiences are `waiting`. `added` counts the messages that people said in rooms."""

    @property
    def added(self) -> int: ...
    @property
    def deliveries(self) -> int: ...
    @property
    def waiting(self) -> int: ...


class Lines(Protocol):
    """Turns received bytes into lines, in bounded memory and time: `LineBuffer` and its like.

    `take` returns None if there is no whole line, and raises LineDropped in place of one that is
    too long. `dropped` counts bytes that no line contains, until somebody charges for them.
    """

    dropped: int

    def feed(self, data: bytes) -> None: ...
    def take(self) -> bytes | None: ...
    @property
    def waiting(self) -> bool: ...
    def snapshot(self) -> dict[str, Any]: ...
    def restore(self, values: Mapping[str, Any]) -> None: ...


@dataclass(slots=True)
class DoorHost(Generic[AnyDoor]):
    """The functions that a door may call. It sees neither the server nor the world
    (`doors/host.py`).

    Of the server: `stopwatch` returns seconds, for charging. `at` sets a timer. `attach` gives a
    connection to a door. `ready` gives the door a turn in this tick, because it has lines or an
    unfinished answer. `left`: the door has sent its last words, so close the connection when they
    are written. `charge_address` charges the address of a session for what the session spends,
    `charge_bytes` for what it sends.
    `relocate` gives a session another host and transport, and returns why that one may not come in,
    or ""; `put_at` does that without distrust of loopback addresses. `count_as_web` counts a
    connection among those of HTTP, or no longer, and returns the same. `why_not_directly` says why
    somebody at a gateway's address may not come in without WEBIRC. `gateways` checks what gateways
    say.

    Of the chat: `carry_out`, `dispatch` and `answering` are those of `chat/dispatch.py`, `depart`
    that of `chat/connections.py`. `position` is the number of the log's last message, and `marks`
    note what a client has read. `handshakes` are for the door of TLS, `plain` for the plain door,
    `web` for the handlers of the HTTP door. `paced` counts how often a session was slowed down.
    """

    facts: Facts
    load: Load
    marks: ReadMarks
    stopwatch: Callable[[], float]
    at: Callable[[float, Callable[[], None]], Timer]
    attach: Callable[[Connection, AnyDoor], None]
    ready: Callable[[AnyDoor], None]
    left: Callable[[AnyDoor, str], None]
    charge_address: Callable[[Session, float], None]
    charge_bytes: Callable[[Session, int], None]
    relocate: Callable[[Session, str, Transport], str]
    put_at: Callable[[Session, str, Transport], str]
    count_as_web: Callable[[Session, bool], str]
    why_not_directly: Callable[[Session], str]
    gateways: GatewayKeeper
    carry_out: Callable[[Command | None, Session, Message], None]
    dispatch: Callable[[Command | None, Session, Message], None]
    answering: Callable[[Command | None, Session, Message], Steps | None]
    depart: Callable[[Session, str], None]
    position: Callable[[], int]
    handshakes: Handshakes
    plain: PlainHost
    web: WebHost
    paced: int = 0
