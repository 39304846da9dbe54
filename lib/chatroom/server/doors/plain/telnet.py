"""Removes telnet's commands from a person's bytes, and answers them (RFC 854).

The server offers nothing and wants nothing, so it refuses every offer and request; that also
answers the timing mark that a telnet client waits for after Ctrl-C. 0xFF never occurs in UTF-8.

The keys that erase a character or the line become the corresponding control characters, and
`editing.py` applies them. The synch signal (IAC DM, sent as urgent data) asks for all earlier data
to be discarded; nothing is, because that data are lines that somebody has typed.

Little is kept between two feeds: the two bytes of an incomplete command, whether there was an
interrupt, and the length of a subnegotiation so far. The content of a subnegotiation is ignored,
because the server never asks for one.
"""

import re
from collections.abc import Mapping
from typing import Any

IAC = b"\xff"
_SB, _SE = 0xFA, 0xF0  # RFC 855: a subnegotiation lies between them
_WILL, _WONT, _DO, _DONT = 0xFB, 0xFC, 0xFD, 0xFE
_REFUSALS = {_WILL: _DONT, _DO: _WONT}
_ECHO = 1
_DO_ECHO = bytes((0xFF, _DO, _ECHO))
_DO_TIMING_MARK = bytes((0xFF, _DO, 6))  # RFC 860
_ERASES = {0xF7: b"\x7f", 0xF8: b"\x15"}
"""Erase character, erase line -> the key that does it."""

HOW_TO_LEAVE = b"[Type exit to leave.]\r\n"

_WORDS = {
    0xEC: HOW_TO_LEAVE,  # end of file: Ctrl-D (RFC 1184)
    0xED: HOW_TO_LEAVE,  # suspend process: Ctrl-Z
    0xEE: HOW_TO_LEAVE,  # abort process
    0xF3: HOW_TO_LEAVE,  # break
    0xF4: HOW_TO_LEAVE,  # interrupt process: Ctrl-C
    0xF6: b"[Yes]\r\n",  # are you there?
}
"""Commands that expect an answer. Nothing here can be interrupted or suspended."""

MAX_COMMAND = 256
"""Bytes in a subnegotiation; a longer one was noise, and text follows again.

Text also follows after a line end: nobody may begin a subnegotiation with the server, and no line
must be lost.
"""

_LINE_END = re.compile(rb"[\r\n]")

MOST_COMMANDS = 64
"""This many commands in one piece of data are handled one by one. No program sends more; further
ones are removed all at once and not answered. But a key that is held down erases as often as it was
sent."""

_COMMAND = re.compile(rb"\xff(?:[\xfb-\xfe].|[^\xfb-\xfe])", re.DOTALL)
_OTHERS = re.compile(rb"(?:\xff(?:[\xfb-\xfe].|[^\xf7\xf8\xfb-\xfe]))+", re.DOTALL)
"""Consecutive commands that erase nothing. Commands that erase stay in the data. A match never
begins inside a command."""


class TelnetFilter:
    """Separates received bytes into the person's text and the answers to telnet's commands."""

    __slots__ = ("_inside", "_interrupted", "_unfinished", "hiding", "negotiates")

    def __init__(self) -> None:
        self._unfinished = b""
        self.negotiates = False  # there is a telnet at the other end: it has sent commands
        self.hiding = False
        self._interrupted = False  # and no timing mark was requested since
        self._inside: int | None = None  # bytes that may still be in this subnegotiation

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """(the text in `data`, the answer to the commands in it)."""
        if IAC not in data and not self._unfinished and self._inside is None:
            return data, b""
        data = self._unfinished + data
        if data.count(IAC) > MOST_COMMANDS:
            data, self._inside = _OTHERS.sub(b"", data), None
            for code, key in _ERASES.items():
                data = data.replace(bytes((IAC[0], code)), key)
        texts, answers = [], []
        end = 0
        for command in _COMMAND.finditer(data):
            texts.append(self._outside(data[end : command.start()]))
            text, answer = self._obey(command[0])
            texts.append(text)
            answers.append(answer)
            end = command.end()
        cut = data.find(IAC, end)
        rest, self._unfinished = (data[end:cut], data[cut:]) if cut >= 0 else (data[end:], b"")
        texts.append(self._outside(rest))
        return b"".join(texts), b"".join(answers)

    def snapshot(self) -> dict[str, Any]:
        """What the filter remembers, as plain values."""
        values = {
            "unfinished": str(self._unfinished, "latin-1"),
            "negotiates": self.negotiates,
            "hiding": self.hiding,
            "interrupted": self._interrupted,
            "inside": self._inside,
        }
        return {name: value for name, value in values.items() if value not in ("", False, None)}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Go on as a filter of which `snapshot` has returned these values."""
        self._unfinished = values.get("unfinished", "").encode("latin-1")
        self.negotiates = values.get("negotiates", False)
        self.hiding = values.get("hiding", False)
        self._interrupted = values.get("interrupted", False)
        self._inside = values.get("inside")

    def hide(self) -> bytes:
        """Ask the terminal not to show what is typed, by the promise to do it (RFC 857). Returns
        the bytes for that, none for a program that is no telnet."""
        self.hiding = self.negotiates
        return bytes((IAC[0], _WILL, _ECHO)) if self.hiding else b""

    def show(self) -> bytes:
        """The opposite, where `hide` was called; with the line end that nobody has seen."""
        if not self.hiding:
            return b""
        self.hiding = False
        return bytes((IAC[0], _WONT, _ECHO)) + b"\r\n"

    def _outside(self, data: bytes) -> bytes:
        """The part of `data`, which has no commands, that is outside of a subnegotiation."""
        if self._inside is None:
            return data
        end = _LINE_END.search(data, 0, self._inside)
        outside = data[end.start() if end else self._inside :]
        self._inside = None if outside else self._inside - len(data)
        return outside

    def _obey(self, command: bytes) -> tuple[bytes, bytes]:
        """Returns (text for the line, the answer).

        In a subnegotiation only its end counts (IAC IAC is the byte 255 there).
        """
        if self._inside is not None:
            if command[1] == _SE:
                self._inside = None
            return b"", b""
        if command[1] == _SB:
            self._inside = MAX_COMMAND
        return _ERASES.get(command[1], b""), self._answer(command)

    def _answer(self, command: bytes) -> bytes:
        """The answer to a command. After Ctrl-C, telnet shows nothing until its timing mark is
        answered, so the hint is repeated then."""
        verb = command[1]
        self.negotiates = True
        if self.hiding and command == _DO_ECHO:
            return b""  # as we have offered
        if verb in _REFUSALS:
            refusal = bytes((IAC[0], _REFUSALS[verb], command[2]))
            again = self._interrupted and command == _DO_TIMING_MARK
            self._interrupted = self._interrupted and not again
            return refusal + HOW_TO_LEAVE if again else refusal
        words = _WORDS.get(verb, b"")
        self._interrupted = self._interrupted or words is HOW_TO_LEAVE
        return words
