"""Telnet's commands taken out of a person's bytes, and answered (RFC 854).

We offer nothing and want nothing, so every offer and request is refused; that also answers the
timing mark that a telnet client waits for after Ctrl-C. 0xFF never occurs in UTF-8.
"""

import re

IAC = b"\xff"
_SB, _SE = 0xFA, 0xF0
_WILL, _WONT, _DO, _DONT = 0xFB, 0xFC, 0xFD, 0xFE
_REFUSALS = {_WILL: _DONT, _DO: _WONT}
_ARE_YOU_THERE = 0xF6

MAX_COMMAND = 256
"""Bytes an unfinished command may hold before it is taken for noise."""

_COMMAND = re.compile(rb"\xff(?:\xfa.*?\xff\xf0|[\xfb-\xfe].|[^\xfa-\xfe])", re.DOTALL)


class TelnetFilter:
    """Feed it received bytes; it returns what the person typed, and what to answer."""

    __slots__ = ("_unfinished",)

    def __init__(self) -> None:
        self._unfinished = b""

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """(the text in `data`, the answer to the commands in it)."""
        if IAC not in data and not self._unfinished:
            return data, b""
        data = self._unfinished + data
        answers = []

        def take(match: re.Match[bytes]) -> bytes:
            answers.append(_answer(match[0]))
            return b""

        text = _COMMAND.sub(take, data)
        start = text.find(IAC)
        self._unfinished = text[start:] if start >= 0 else b""
        text = text[:start] if start >= 0 else text
        if len(self._unfinished) > MAX_COMMAND:
            self._unfinished = b""
        return text, b"".join(answers)


def _answer(command: bytes) -> bytes:
    verb = command[1]
    if verb in _REFUSALS:
        return bytes((IAC[0], _REFUSALS[verb], command[2]))
    return b"[Yes]\r\n" if verb == _ARE_YOU_THERE else b""
