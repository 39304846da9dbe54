"""How a visitor talks: what to write, and the sign by which one knows that it was carried out."""

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


def _greet_irc(nick: str, capabilities: str) -> str:
    asking = f"CAP REQ :{capabilities}\r\nCAP END\r\n" if capabilities else ""
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
