"""The first door of every connection: recognises the protocol by the first bytes, or by silence."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chatroom.chat.commands.services import ALIASES
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.secrecy import why_no_secret, why_no_talk
from chatroom.net.timers import Timer
from chatroom.server.doors.door import Door
from chatroom.server.doors.gateway import GatewayDoor
from chatroom.server.doors.handshake import HandshakeDoor
from chatroom.server.doors.http import HttpDoor
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.doors.plain.door import PlainDoor
from chatroom.server.doors.sniff import EMPTY_LINES, UTF8_MARK, Caller, sniff
from chatroom.wire.message import Message, encode

SILENCE = 0.3
"""Seconds after which a silent caller is greeted as a person: a person with netcat waits for a
banner.

The greeting decides nothing: a slow IRC client is still recognised.
"""

SILENCE_OF_BROWSERS = 2.0
"""SILENCE for an address from which a browser came (`web/browsers.py`). By then, a browser has used
or closed most of the connections that it opened in advance."""

EMPTY_BYTES = 1024
"""Bytes of empty lines that cost as much as a line."""

_IN_THE_CLEAR = "Not over TLS"
_NO_WORD = "You have not given a nickname"
_TLS_IN_TLS = "This connection is encrypted already."
_NO_UTF16 = "Your text is in UTF-16, but this server reads UTF-8. The text was ignored."


OPENINGS = COMMANDS.keys() - ALIASES
"""The words that mark an IRC client. Nicknames may be as short as NS and CS."""


class Greeter(Door):
    """Keeps the first bytes until the protocol is clear, then hands over to the right door."""

    __slots__ = ("greeted", "head", "is_hurried", "silence")

    silence: Timer | None

    def begin(self) -> None:
        """Start waiting for the first bytes, or for silence."""
        self.head = b""
        self.greeted = False
        self.is_hurried = not self.host.web.browsers.were_at(
            self.session.host, self.host.facts.clock
        )
        self._listen_to_silence()

    def _listen_to_silence(self) -> None:
        when = self.host.facts.clock + (SILENCE if self.is_hurried else SILENCE_OF_BROWSERS)
        self.silence = self.host.at(when, self._greet)

    def snapshot(self) -> dict[str, Any]:
        """Also the bytes so far, and when a silent caller will be greeted."""
        silence = self.silence.when if self.silence is not None else None
        own = {"greeted": self.greeted, "is_hurried": self.is_hurried, "silence": silence}
        return {**super().snapshot(), "head": str(self.head, "latin-1"), **own}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Go on waiting."""
        self.head = values["head"].encode("latin-1")
        self.greeted, self.is_hurried = values["greeted"], values["is_hurried"]
        silence = values["silence"]
        self.silence = None if silence is None else self.host.at(silence, self._greet)

    def _greet(self) -> None:
        self.silence = None
        if self.head or self.session.closing:
            return
        if why := self._why_not_in_the_clear():
            self.refuse(f"{why}.\r\n", _IN_THE_CLEAR)
            return
        self.greeted = True
        self.announce()
        self.session.put(PlainDoor.greeting(self.host.facts.settings))

    def _why_not_in_the_clear(self) -> str:
        """Why a person cannot come in at the plain door without TLS; "" for those who can."""
        facts, session = self.host.facts, self.session
        why = why_no_talk(facts, session)
        return why or (why_no_secret(facts, session) if facts.settings.password else "")

    def received(self, data: bytes) -> None:
        """Collect bytes until the protocol is clear."""
        self.heard_at = self.host.facts.clock
        if not data:
            self.ended_early()
            return
        head = self.head + data
        self.head = head.lstrip(EMPTY_LINES).removeprefix(UTF8_MARK).lstrip(EMPTY_LINES)
        if len(self.head) < len(head):
            self.charge((len(head) - len(self.head)) / EMPTY_BYTES)
        if not self.head:
            self._hear_enter()
        caller = sniff(self.head, OPENINGS, self.greeted)
        if caller is not None:
            _CALLERS[caller].answer(self)

    def _hear_enter(self) -> None:
        """Somebody only pressed Enter, which no browser does: they are asked soon."""
        if self.silence is not None:
            if self.is_hurried:
                return
            self.silence.cancel()
        self.is_hurried = True
        self._listen_to_silence()

    def switch_to(self, door: Door) -> Door:
        """Hand over, and stop this door's timer."""
        if self.silence is not None:
            self.silence.cancel()
        return super().switch_to(door)

    def to_irc(self) -> None:
        """Hand over to the IRC door, which itself refuses a password in the clear."""
        if why := why_no_talk(self.host.facts, self.session):
            self.refuse(f"ERROR :{why}\r\n", _IN_THE_CLEAR)
            return
        if why := self.host.why_not_directly(self.session):
            self.refuse(f"ERROR :{why}\r\n", why)
            return
        self.switch_to(IrcDoor(self.host, self.arrived_at)).received(self.head)

    def to_gateway(self) -> None:
        """Hand over to the door that hears whose connection a gateway passes on."""
        door = GatewayDoor(self.host, self.arrived_at, IrcDoor)
        self.switch_to(door).received(self.head)

    def to_person(self) -> None:
        """Hand over to the plain door."""
        if why := self._why_not_in_the_clear():
            self.refuse(f"{why}.\r\n", _IN_THE_CLEAR)
            return
        if why := self.host.why_not_directly(self.session):
            self.refuse(f"{why}.\r\n", why)
            return
        if not self.greeted:
            self.session.put(PlainDoor.greeting(self.host.facts.settings))
        self.switch_to(PlainDoor(self.host, self.arrived_at)).received(self.head)

    def to_tls(self) -> None:
        """Hand over to the handshake. Inside TLS there is no second one."""
        if self.session.transport.tls:
            self.refuse(f"ERROR :{_TLS_IN_TLS}\r\n", "TLS inside TLS")
            return
        door = HandshakeDoor(self.host, self.arrived_at, Greeter)
        self.switch_to(door).received(self.head)

    def refuse_utf16(self) -> None:
        """Refuse UTF-16 with one line: the sender may be a script on Windows, whose author reads
        it."""
        self.refuse(f"{_NO_UTF16}\r\n", "UTF-16 text")

    def to_http(self) -> None:
        """Hand over to the HTTP door, which checks by itself who may ask for what."""
        self.switch_to(HttpDoor(self.host, self.arrived_at)).received(self.head)

    def refuse(self, words: str, reason: str) -> None:
        """Send the reason and close."""
        self.greeted, self.head = False, b""  # these were the last words
        self.session.put(words.encode())
        self.leave(reason)

    def farewell(self, reason: str) -> bytes:
        """An ERROR for a caller who has sent part of a line (people can read it too); nothing for a
        silent caller."""
        if self.greeted:
            return PlainDoor.goodbye(reason)
        return encode(Message("ERROR", (f"{_NO_WORD} ({reason})",))) if self.head else b""


class _Row(NamedTuple):
    """How to answer a kind of caller, and the door that speaks their protocol, if there is one."""

    answer: Callable[[Greeter], None]
    door: type[Door] | None = None


_CALLERS = {
    Caller.IRC: _Row(Greeter.to_irc, IrcDoor),
    Caller.GATEWAY: _Row(Greeter.to_gateway),
    Caller.PERSON: _Row(Greeter.to_person, PlainDoor),
    Caller.TLS: _Row(Greeter.to_tls),
    Caller.HTTP: _Row(Greeter.to_http, HttpDoor),
    Caller.UTF16: _Row(Greeter.refuse_utf16),
}

SPOKEN = ", ".join(row.door.protocol for row in _CALLERS.values() if row.door)
"""The protocols that the server speaks, for people."""
