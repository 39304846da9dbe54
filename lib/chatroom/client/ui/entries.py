"""What a person has entered, and what is only half typed yet. Values, and how a paste is cut."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chatroom.client.ui.buffers import Buffer

LEAVING_WORD = "exit"
"""The only command without a slash. An indented one is text."""

_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
"""What ends a line in a text from anywhere (Unicode Standard, section 5.8)."""


@dataclass(eq=False)
class Entry:
    """A line that was typed, or a text that was pasted, on its way to the chat.

    A typed line may be a command, and goes to the conversation that is the current one when its
    turn comes, unless `where` says which one was in sight. A `pasted` entry is text, whatever it
    looks like, and may have several lines, of which so many are `sent`. A `secret` one was typed
    where it could not be seen, and answers nothing but such a question.
    """

    lines: Sequence[str]
    pasted: bool = False
    secret: bool = False
    where: Buffer | None = None
    sent: int = 0


class Weighed(NamedTuple):
    """How many messages a text will be, and the question whether to send it so."""

    messages: int
    question: str


def lines_of(text: str) -> list[str]:
    """The lines of a pasted text: blank ones too, but for those before the first and behind the
    last one that is none. There is one at least."""
    lines = _LINE_END.split(text.replace("\0", " "))
    full = [number for number, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else [""]


def is_command(line: str) -> bool:
    """Whether a typed line is a command, and no text."""
    return begins_command(line) or line.rstrip() == LEAVING_WORD


def begins_command(line: str) -> bool:
    """Whether a line that begins like this is one, however it goes on."""
    return line.startswith("/") and not line.startswith("//")


def unescaped(line: str) -> str:
    """A typed line that is text, as it is meant: two slashes at its beginning are one."""
    return line.removeprefix("/") if line.startswith("//") else line


def escaped(line: str) -> str:
    """A text as it would have to be typed."""
    return f"/{line}" if line.startswith("/") else line
