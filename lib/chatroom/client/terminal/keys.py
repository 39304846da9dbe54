"""Turns the bytes of a terminal into keys. Sans I/O.

Keys have the names that `blessed` uses, because its line editor is used. Sequences that are not in
the tables are skipped as a whole: answers to other programs, reports of a mouse that was left on,
focus events, strings (ECMA-48 sections 5.4 and 5.6). None of that becomes text in the line, not
even if its end is missing.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from chatroom.client.ui.entries import is_command

ESCAPE_SECONDS = 0.05
"""Seconds for which a lone ESC may be the beginning of a sequence."""

SEQUENCE_SECONDS = 0.5
"""Seconds for the rest of a sequence; after that its end is missing."""

PASTE_SECONDS = 2.0
"""Seconds after which a paste without new text is over, because its end is missing."""

BURST_SECONDS = 0.1
"""PASTE_SECONDS for a paste that the terminal does not mark, which has no other end."""

BURST_LINES = 3
"""Lines that make one piece a paste. Two lines may also be typed over a slow connection, so they
are only a paste if one of them is a command: as a paste it is text, but a command that was carried
out cannot be taken back."""

TYPED_AHEAD = 4
"""The most commands that may be typed ahead over a slow connection, arrive in one piece, and are
carried out, if nobody else notices them. If they were pasted after all, that does no harm."""

LONGEST_PASTE = 1_000_000
"""Characters. Of a longer paste, one more character is kept, so that it can be refused."""

LONGEST_SEQUENCE = 256
"""Characters of an incomplete sequence that are kept; a longer one is skipped."""

TEXT = "TEXT"
PASTE = "PASTE"
CURSOR_AT = "CURSOR_AT"
"""The answer to `ESC [ 6 n` (ECMA-48 section 8.3.14); its text is `row;column`, from 1.

xterm sends the same for Shift-F3, so it only counts if the position was requested.
"""

_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"

_PIECE = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f\udc80-\udc9f]+)"
    r"|\x1b\[(?P<csi>\[?[ -?]*[@-Z\\-~])"
    r"|\x1bO(?P<ss3>[0-9;]*[@-~])"
    r"|\x1b(?P<string>[]PX^_])(?=.)"
    r"|\x1b(?P<alt>[^\x1b\[O\]PX^_\x80-\x9f\udc80-\udc9f])"
    r"|(?P<control>[^\x1b])",
    re.DOTALL,
)

_C1 = {
    chr(code + byte): "\x1b" + chr(byte - 0x40)
    for byte in (0x8F, 0x90, 0x98, 0x9B, 0x9D, 0x9E, 0x9F)
    for code in (0, 0xDC00)
}
"""SS3, DCS, SOS, CSI, OSC, PM and APC in one byte, in UTF-8 or not, and their two characters
(ECMA-48 section 5.3)."""

_STRING_ENDS = re.compile(
    r"\x1b\\|[\x07\x18\x1a\x9c\udc9c]|(?=[\x00-\x06\x08-\x17\x19\x1c-\x1f\x7f]|\x1b[^\\])|\x1b\Z"
)
"""ST, xterm's BEL, CAN and SUB; a key that cannot be in a string shows that the end was lost."""

_CSI_ENDS = re.compile(r"[@-~]|(?=[^ -~])")

_LATE = re.compile(r"\[(?:200~.*|[0-9;<>?]*[A-Za-z~]\Z)|\]\d+;", re.DOTALL)
"""Text after a lone ESC in one piece: the rest of a sequence that the network delayed."""

_BURST = re.compile(r"[^\x00-\x08\n-\x0c\x0e-\x1f\x7f-\x9f\udc80-\udc9f]+")
"""Text, tabs, and the CR that Enter is, and that terminals paste for each line's end."""

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
    "Z": "BTAB",
}
_KEYPAD = {**_FINALS, "M": "ENTER"}
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

_PARAMS = re.compile(r"(?P<number>\d*)(?:;(?P<modifier>\d*)(?::(?P<event>\d))?)?")
_RELEASED = "3"
"""The kitty keyboard protocol also reports that a key was released."""

_POSITION = re.compile(r"\d{1,5};\d{1,5}")

_MOUSE_BYTES = {"M": 3, "t": 2, "T": 6}
"""Bytes that follow such a sequence without parameters (xterm's mouse, as it was at first)."""


class Key(NamedTuple):
    """A key by its name. `text` is the text of a TEXT or PASTE, or the position of a CURSOR_AT.

    Bytes that are not UTF-8 stay in it, decoded with `surrogateescape`, so that the line can be
    refused (files/encoding.py).
    """

    name: str
    text: str = ""


class KeyReader:
    """Turns bytes into keys, however the bytes are split.

    While `bursts` is set, several lines of text in one piece are a paste, even if the terminal does
    not mark it. `goes_unnoticed` says whether a line is a command that does no harm if it was
    pasted after all.
    """

    def __init__(self, goes_unnoticed: Callable[[str], bool] = lambda _line: False) -> None:
        self.bursts = False
        self._goes_unnoticed = goes_unnoticed
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._rest = ""
        self._paste: list[str] | None = None
        self._pasted = 0
        self._marked = False
        self._swallowing: re.Pattern[str] | None = None
        self._skipping = 0
        self._escaped = False

    def feed(self, data: bytes) -> list[Key]:
        """The keys that are complete now."""
        text = self._decoder.decode(data)
        if self._escaped and text:
            self._escaped = False
            text = f"\x1b{text}" if _LATE.match(text) else text
        if self.bursts and not self._begun and self._is_burst(text):
            self._begin_paste(marked=False)
        self._rest += text
        return list(self._keys())

    @property
    def _begun(self) -> bool:
        """Whether something is incomplete."""
        return bool(self._rest or self._swallowing or self._skipping) or self._paste is not None

    @property
    def patience(self) -> float | None:
        """Seconds after which to call `give_up`, if nothing else comes; None where none need be."""
        if self._paste is not None:
            return PASTE_SECONDS if self._marked else BURST_SECONDS
        if self._rest == "\x1b" and not self._swallowing:
            return ESCAPE_SECONDS
        return SEQUENCE_SECONDS if self._begun else None

    def give_up(self) -> list[Key]:
        """Nothing came for `patience` seconds: the ESC was a key, the paste is over, and what else
        has begun means nothing."""
        rest, self._rest = self._rest, ""
        if self._paste is not None:
            return [self._end_paste(rest)]
        self._escaped = rest == "\x1b" and not self._swallowing
        self._swallowing, self._skipping = None, 0
        self._decoder.reset()  # half of a character belonged to it
        return [Key("KEY_ESCAPE")] if self._escaped else []

    def _keys(self) -> Iterator[Key]:
        while self._rest:
            key = self._next()
            if key is None:
                return
            if key.name:
                yield key

    def _next(self) -> Key | None:
        if self._paste is not None:
            return self._go_on_pasting()
        if self._swallowing:
            return self._swallow(self._swallowing)
        return self._skip() if self._skipping else self._one()

    # Pastes

    def _is_burst(self, text: str) -> bool:
        """Whether that is several lines, which nobody types in one piece. A command that is not
        entered yet can still be looked at."""
        *entered, last = text.split("\r")
        full = [line for line in (*entered, last) if line.strip()]
        if len(full) < BURST_LINES and not (len(full) > 1 and any(map(is_command, entered))):
            return False
        if len(full) <= TYPED_AHEAD and not last and all(map(self._goes_unnoticed, full)):
            return False
        return bool(_BURST.fullmatch(text))

    def _begin_paste(self, marked: bool) -> None:
        self._paste, self._pasted, self._marked = [], 0, marked

    def _go_on_pasting(self) -> Key | None:
        """Look for the end only in what is new: a paste may come in many pieces."""
        if not self._marked:
            self._add_to_paste(len(self._rest))
            return None
        end = self._rest.find(_PASTE_ENDS)
        if end < 0:
            self._add_to_paste(len(self._rest) - len(_PASTE_ENDS) + 1)
            return None
        text, self._rest = self._rest[:end], self._rest[end + len(_PASTE_ENDS) :]
        return self._end_paste(text)

    def _add_to_paste(self, length: int) -> None:
        """Move this many characters from the input to the paste, as far as it has room."""
        if self._paste is not None and length > 0:
            self._paste.append(self._rest[:length][: max(0, LONGEST_PASTE + 1 - self._pasted)])
            self._pasted += len(self._paste[-1])
            self._rest = self._rest[length:]

    def _end_paste(self, text: str) -> Key:
        paste, self._paste = [*(self._paste or []), text], None
        return Key(PASTE, "".join(paste)[: LONGEST_PASTE + 1])

    # Everything else

    def _one(self) -> Key | None:
        """The next key, nameless if it means nothing; None while it is not whole."""
        if self._rest[0] in _C1:
            self._rest = _C1[self._rest[0]] + self._rest[1:]
        if self._rest.startswith(_PASTE_BEGINS):
            self._rest = self._rest.removeprefix(_PASTE_BEGINS)
            self._begin_paste(marked=True)
            return Key("")
        match = _PIECE.match(self._rest)
        if match is None:
            return self._broken()
        self._rest = self._rest[match.end() :]
        kind = match.lastgroup or ""
        if kind == "string":
            self._swallowing = _STRING_ENDS
            return Key("")
        if kind == "csi":
            self._skipping = _MOUSE_BYTES.get(match[kind], 0)
        return _READERS[kind](match[kind])

    def _swallow(self, ends: re.Pattern[str]) -> Key | None:
        """Drop what comes until the end of a string, or of an endless sequence."""
        match = ends.search(self._rest)
        if match is None:
            self._rest = ""
            return None
        if match[0] == "\x1b":  # perhaps half of its end
            self._rest = "\x1b"
            return None
        self._swallowing, self._rest = None, self._rest[match.end() :]
        return Key("")

    def _skip(self) -> Key | None:
        """Drop one character of a mouse report; a key ends it."""
        character = self._rest[0]
        if character < " ":
            self._skipping = 0
            return Key("")
        self._skipping = max(0, self._skipping - len(character.encode(errors="surrogateescape")))
        self._rest = self._rest[1:]
        return Key("")

    def _broken(self) -> Key | None:
        """An ESC that begins nothing: either more will come, or it was a key by itself."""
        if self._rest.startswith("\x1b\x1b"):
            self._rest = self._rest[1:]
            return Key("KEY_ESCAPE")
        strange = re.match(r"\x1b[\[O]?[ -~]*([^ -~])", self._rest)
        if strange:
            self._rest = self._rest[strange.start(1) :]
            return Key("")
        if len(self._rest) > LONGEST_SEQUENCE:
            self._swallowing = _CSI_ENDS
            self._rest = self._rest[LONGEST_SEQUENCE:]
            return Key("")
        return None


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
    if final == "R" and _POSITION.fullmatch(params):
        return Key(CURSOR_AT, params)
    match = _PARAMS.fullmatch(params)
    if match is None or match["event"] == _RELEASED:
        return Key("")
    number, modifier = match["number"], match["modifier"] or ""
    if final == "~":
        return _named(_NUMBERS.get(number, ""), modifier)
    if final == "^" and number in _NUMBERS:  # rxvt
        return _named(_NUMBERS[number], "5")
    return _named(_FINALS.get(final, "") if number in ("", "1") else "", modifier)


def _ss3(sequence: str) -> Key:
    """Cursor keys in application mode, and the keypad's."""
    final = sequence[-1]
    if final in _RXVT_CTRL:
        return _named(_RXVT_CTRL[final], "")
    return _named(_KEYPAD.get(final, ""), sequence[:-1].rpartition(";")[2])


def _named(name: str, modifier: str) -> Key:
    return Key(f"KEY_{_MODIFIERS.get(modifier, '')}{name}") if name else Key("")


_READERS = {
    "text": lambda text: Key(TEXT, text),
    "csi": _csi,
    "ss3": _ss3,
    "alt": _alt,
    "control": _control,
}
