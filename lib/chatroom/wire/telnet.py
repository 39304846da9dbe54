"""Telnet's commands taken out of a person's bytes, and answered (RFC 854).

We offer nothing and want nothing, so every offer and request is refused; that also answers the
timing mark that a telnet client waits for after Ctrl-C. 0xFF never occurs in UTF-8.

Between two feeds there is nothing to keep but the two bytes of a command cut short, and how much of
a subnegotiation went by: what is in one we never asked for is of no interest.
"""

import re

IAC = b"\xff"
_SB, _SE = 0xFA, 0xF0  # RFC 855: a subnegotiation lies between them
_WILL, _WONT, _DO, _DONT = 0xFB, 0xFC, 0xFD, 0xFE
_REFUSALS = {_WILL: _DONT, _DO: _WONT}
_ARE_YOU_THERE = 0xF6

MAX_COMMAND = 256
"""Bytes a subnegotiation may hold; one that has more was noise, and what follows is text again.

So it is after a line end: nobody may begin a subnegotiation with us, and no line is to be lost."""

_LINE_END = re.compile(rb"[\r\n]")

MOST_COMMANDS = 64
"""Commands in one piece of data that are looked at. No program sends more: they are taken out, all
in one go, and not answered."""

_COMMAND = re.compile(rb"\xff(?:[\xfb-\xfe].|[^\xfb-\xfe])", re.DOTALL)
_COMMANDS = re.compile(rb"(?:\xff(?:[\xfb-\xfe].|[^\xfb-\xfe]))+", re.DOTALL)


class TelnetFilter:
    """Feed it received bytes; it returns what the person typed, and what to answer."""

    __slots__ = ("_inside", "_unfinished")

    def __init__(self) -> None:
        self._unfinished = b""
        self._inside: int | None = None  # bytes that may still be in this subnegotiation

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """(the text in `data`, the answer to the commands in it)."""
        if IAC not in data and not self._unfinished and self._inside is None:
            return data, b""
        data = self._unfinished + data
        if data.count(IAC) > MOST_COMMANDS:
            data, self._inside = _COMMANDS.sub(b"", data), None
        texts, answers = [], []
        end = 0
        for command in _COMMAND.finditer(data):
            texts.append(self._outside(data[end : command.start()]))
            answers.append(self._obey(command[0]))
            end = command.end()
        cut = data.find(IAC, end)
        rest, self._unfinished = (data[end:cut], data[cut:]) if cut >= 0 else (data[end:], b"")
        texts.append(self._outside(rest))
        return b"".join(texts), b"".join(answers)

    def _outside(self, data: bytes) -> bytes:
        """What of `data`, which holds no command, is in no subnegotiation."""
        if self._inside is None:
            return data
        end = _LINE_END.search(data, 0, self._inside)
        outside = data[end.start() if end else self._inside :]
        self._inside = None if outside else self._inside - len(data)
        return outside

    def _obey(self, command: bytes) -> bytes:
        """The answer. In a subnegotiation only its end counts (IAC IAC is the byte 255 there)."""
        if self._inside is not None:
            if command[1] == _SE:
                self._inside = None
            return b""
        if command[1] == _SB:
            self._inside = MAX_COMMAND
        return _answer(command)


def _answer(command: bytes) -> bytes:
    verb = command[1]
    if verb in _REFUSALS:
        return bytes((IAC[0], _REFUSALS[verb], command[2]))
    return b"[Yes]\r\n" if verb == _ARE_YOU_THERE else b""
