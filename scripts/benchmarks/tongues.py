"""How a visitor talks: what to write, and the sign by which one knows that it was carried out."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace

TEXT_BYTES = 60
ROOM = "bench"

Signs = tuple[bytes, ...]
"""What to look for in the answer, exactly one of which comes exactly once."""


def text(number: int) -> str:
    """A message's text."""
    return f"message number {number} ".ljust(TEXT_BYTES, "x")


@dataclass(frozen=True, slots=True)
class Tongue:
    """What a door wants to hear. Where there are no signs there is nothing to wait for."""

    greet: Callable[[str, str], str]
    """(nickname, capabilities) -> who comes in."""
    greeted: Signs
    enter: Callable[[str], str]
    """room -> who enters it."""
    entered: Signs
    say: Callable[[str, str], str]
    """(room, text) -> what the others hear."""
    said: bytes
    """What is in each line of what they hear."""
    barrier: str
    """Something whose answer comes after all that was sent before."""
    passed: Signs
    encode: Callable[[str], bytes] = str.encode
    """Lines as they travel."""
    mark: bytes = b"\n"
    """A byte that is in each line once, as it travels."""
    opening: bytes = b""
    """What a connection begins with."""


_REQUESTED = 400
"""Bytes of the names in one CAP REQ."""


def _greet_irc(nick: str, capabilities: str) -> str:
    # in several lines: all capabilities together do not fit into one
    lines = [
        f"CAP REQ :{some}\r\n"
        for some in textwrap.wrap(capabilities, _REQUESTED, break_on_hyphens=False)
    ]
    asking = "".join([*lines, "CAP END\r\n"]) if lines else ""
    return f"{asking}NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n"


IRC = Tongue(
    greet=_greet_irc,
    greeted=(b" 376 ", b" 422 "),
    enter=lambda room: f"JOIN #{room}\r\n",
    entered=(b" 366 ",),
    say=lambda room, text: f"PRIVMSG #{room} :{text}\r\n",
    said=b" PRIVMSG #",
    barrier="PING :barrier\r\n",
    passed=(b" PONG ",),
)

_UPGRADE = (
    b"GET /irc HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    b"Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n"
)


def _framed(lines: str) -> bytes:
    """Each line in a frame of a client. A mask of zeros changes nothing."""
    return b"".join(
        bytes((0x81, 0x80 | len(line), 0, 0, 0, 0)) + line.encode() for line in lines.splitlines()
    )


WEB = replace(IRC, encode=_framed, mark=b"\x81", opening=_UPGRADE)
"""Text messages of a WebSocket. 0x81 is each frame's first byte, and no other one of frames with
less than 126 bytes of ASCII."""

PLAIN = Tongue(
    greet=lambda nick, _: f"{nick}\n",
    greeted=(b"Choose a room",),
    enter=lambda room: f"{room}\n",
    entered=(b"Welcome to room",),
    say=lambda _, text: f"{text}\n",
    said=b"> message number ",
    barrier="/barrier\n",
    passed=(b"There is no command /barrier",),
)

BARE = Tongue(
    greet=lambda *_: "",
    greeted=(),
    enter=lambda _: "",
    entered=(),
    say=IRC.say,
    said=b"",
    barrier="?\n",
    passed=(b"!",),
)
"""Of bare.py's fan-out, which hears the bytes that an IRC server hears."""

RELAYED = replace(BARE, barrier="", passed=())
"""Of bare.py's relay, which hands everything on."""


def relayed_bytes(nick: str) -> int:
    """Length of a message as an IRC server hands it on."""
    return len(f":{nick}!{nick}@127.0.0.1 {IRC.say(ROOM, text(0))}")
