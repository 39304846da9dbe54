"""What a person has entered: lines and pastes, and how they become text or commands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chatroom.client.ui.buffers import Buffer

LEAVING_WORD = "exit"
"""The only command without a slash, in any case. An indented one is text."""

_WAYS_OUT = frozenset({LEAVING_WORD, "/quit", "/exit", "/q", "/bye"})

_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
"""Line ends in texts from anywhere (Unicode Standard, section 5.8)."""


@dataclass(eq=False)
class Entry:
    """A typed line or a pasted text on its way to the chat.

    A typed line may be a command. It goes to the conversation that is current when its turn comes,
    unless `where` names the one that was visible. A `pasted` entry is always text, and may have
    several lines, of which `sent` counts those already sent. A `secret` entry was typed hidden, and
    only answers a question for a secret.
    """

    lines: Sequence[str]
    pasted: bool = False
    secret: bool = False
    where: Buffer | None = None
    sent: int = 0


class Weighed(NamedTuple):
    """The number of messages that a text will become, and the question whether to send it."""

    messages: int
    question: str


def lines_of(text: str) -> list[str]:
    """The lines of a pasted text, at least one; blank lines at its beginning and end are left
    out."""
    lines = _LINE_END.split(text.replace("\0", " "))
    full = [number for number, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else [""]


def is_command(line: str) -> bool:
    """Whether a typed line is a command."""
    return begins_command(line) or is_leaving_word(line)


def is_leaving_word(line: str) -> bool:
    """Whether a typed line is the word that leaves."""
    return line.rstrip().lower() == LEAVING_WORD


def leaves(answer: str) -> bool:
    """Whether a typed answer to a question is a word that leaves instead."""
    return answer.strip().lower() in _WAYS_OUT


def begins_command(line: str) -> bool:
    """Whether a line with this beginning is a command, whatever follows."""
    return line.startswith("/") and not line.startswith("//")


def unescaped(line: str) -> str:
    """The text that a typed line means: two slashes at its beginning are one."""
    return line.removeprefix("/") if line.startswith("//") else line


def escaped(line: str) -> str:
    """A text as it has to be typed."""
    return f"/{line}" if line.startswith("/") else line
