"""Bytes that a terminal sends, into keys. Sans I/O.

A key is called as in `blessed`, so that its line editor knows it. What terminals send beyond the
table (ECMA-48 section 5.4) is taken whole and means nothing: it never ends up as text in the line.
"""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

ESCAPE_SECONDS = 0.05
"""How long a lone ESC may be the beginning of something."""

PASTE_SECONDS = 2.0
"""A paste that stops for so long is over: its end was lost."""

TEXT = "TEXT"
PASTE = "PASTE"
CURSOR_AT = "CURSOR_AT"
"""The answer to `ESC [ 6 n` (ECMA-48 section 8.3.14); its text is `row;column`, from 1."""

_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"

_PIECE = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<csi>\[?[0-?]*[ -/]*[@-Z\\-~])"
    r"|\x1bO(?P<ss3>[0-9;]*[@-~])"
    r"|\x1b(?P<alt>[^\x1b\[O])"
    r"|(?P<control>[^\x1b])",
    re.DOTALL,
)

_CONTROLS = {
    "\r": "KEY_ENTER",
    "\n": "KEY_ENTER",
    "\t": "KEY_TAB",
    "\b": "KEY_BACKSPACE",
    "\x7f": "KEY_BACKSPACE",
}

_FINALS = {
    "A": "UP",
    "B": "DOWN",
    "C": "RIGHT",
    "D": "LEFT",
    "F": "END",
    "H": "HOME",
    "M": "ENTER",
    "Z": "BTAB",
}
_NUMBERS = {
    "1": "HOME",
    "2": "INSERT",
    "3": "DELETE",
    "4": "END",
    "5": "PGUP",
    "6": "PGDOWN",
    "7": "HOME",
    "8": "END",
}
_RXVT_CTRL = {"a": "CTRL_UP", "b": "CTRL_DOWN", "c": "CTRL_RIGHT", "d": "CTRL_LEFT"}
_MODIFIERS = {"2": "SHIFT_", "3": "ALT_", "4": "ALT_SHIFT_", "5": "CTRL_", "6": "CTRL_SHIFT_"}
"""xterm's: one more than the sum of 1 for shift, 2 for alt and 4 for ctrl."""


class Key(NamedTuple):
    """A key by its name. `text` is what a TEXT or PASTE has, and a CURSOR_AT's position."""

    name: str
    text: str = ""


class KeyReader:
    """Bytes in, keys out, however the bytes are cut."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._pasting = False

    def feed(self, data: bytes) -> list[Key]:
        """The keys that are whole now."""
        self._rest += self._decoder.decode(data)
        return list(self._keys())

    @property
    def patience(self) -> float | None:
        """Seconds after which to call `give_up`, if nothing else comes; None where none need be."""
        if self._pasting:
            return PASTE_SECONDS
        return ESCAPE_SECONDS if self._rest == "\x1b" else None

    def give_up(self) -> list[Key]:
        """Nothing came for `patience` seconds: the ESC was a key, the paste is over."""
        rest, self._rest = self._rest, ""
        if self._pasting:
            self._pasting = False
            return [Key(PASTE, rest)]
        return [Key("KEY_ESCAPE")] if rest else []

    def _keys(self) -> Iterator[Key]:
        while self._rest:
            key = self._paste() if self._pasting else self._one()
            if key is None:
                return
            if key.name:
                yield key

    def _paste(self) -> Key | None:
        text, end, rest = self._rest.partition(_PASTE_ENDS)
        if not end:
            return None
        self._pasting, self._rest = False, rest
        return Key(PASTE, text)

    def _one(self) -> Key | None:
        """The next key, nameless if it means nothing; None while it is not whole."""
        if self._rest.startswith(_PASTE_BEGINS):
            self._rest = self._rest.removeprefix(_PASTE_BEGINS)
            self._pasting = True
            return Key("")
        match = _PIECE.match(self._rest)
        if match is None:
            return self._broken()
        self._rest = self._rest[match.end() :]
        kind = match.lastgroup or ""
        return _READERS[kind](match[kind])

    def _broken(self) -> Key | None:
        """An ESC that begins nothing: either more will come, or it was a key by itself."""
        if self._rest.startswith("\x1b\x1b"):
            self._rest = self._rest[1:]
            return Key("KEY_ESCAPE")
        strange = re.match(r"\x1b[\[O][ -~]*([^ -~])", self._rest)
        if strange is None:
            return None
        self._rest = self._rest[strange.start(1) :]
        return Key("")


def _control(character: str) -> Key:
    if character in _CONTROLS:
        return Key(_CONTROLS[character])
    return Key(f"KEY_CTRL_{chr(ord(character) + 0x40)}") if character < " " else Key("")


def _alt(character: str) -> Key:
    if character.isprintable():
        return Key(f"KEY_ALT_{character}")
    name = _control(character).name
    return Key(name.replace("KEY_", "KEY_ALT_", 1))


def _csi(sequence: str) -> Key:
    params, final = sequence[:-1], sequence[-1]
    first, _, modifier = params.partition(";")
    if final == "R" and modifier:
        return Key(CURSOR_AT, params)
    if final == "~":
        return _named(_NUMBERS.get(first, ""), modifier)
    if final == "^" and first in _NUMBERS:  # rxvt
        return _named(_NUMBERS[first], "5")
    return _named(_FINALS.get(final, "") if first in ("", "1") else "", modifier)


def _ss3(sequence: str) -> Key:
    """Cursor keys in application mode, and the keypad's."""
    final = sequence[-1]
    if final in _RXVT_CTRL:
        return _named(_RXVT_CTRL[final], "")
    return _named(_FINALS.get(final, ""), sequence[:-1].rpartition(";")[2])


def _named(name: str, modifier: str) -> Key:
    return Key(f"KEY_{_MODIFIERS.get(modifier, '')}{name}") if name else Key("")


_READERS = {
    "text": lambda text: Key(TEXT, text),
    "csi": _csi,
    "ss3": _ss3,
    "alt": _alt,
    "control": _control,
}
