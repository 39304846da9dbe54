"""Recognises input that is not UTF-8. It is refused, because guessing its encoding could change
what was written.

Bytes are decoded with `surrogateescape`, so that a line still shows which of them were invalid.
"""

import codecs
import re
import unicodedata

from chatroom.wire.formatting import unformatted

ESCAPING = "surrogateescape"

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""The beginnings of a UTF-16 text."""

_ESCAPED = re.compile("[\udc80-\udcff]")

_TERMINAL = "Set the terminal's encoding to UTF-8."


def trouble(line: str, typed: bool = False) -> str:
    """Says what is wrong with a line that was decoded like that, as half a sentence, and the
    remedy; "" if nothing is. `typed`: at a terminal."""
    found = _ESCAPED.search(line)
    if "\0" in line:
        return f"not UTF-8 text: it contains the byte 0x00. {_remedy('UTF-16')}"
    if found is None:
        return ""
    byte = ord(found[0]) - 0xDC00
    if typed:
        return f"not UTF-8: it contains the byte 0x{byte:02X}. {_TERMINAL}"
    utf_16 = line.encode("utf-8", ESCAPING).startswith(UTF_16)
    return (
        f"not UTF-8: it contains the byte 0x{byte:02X}. {_remedy('UTF-16' if utf_16 else 'LATIN1')}"
    )


def _remedy(encoding: str) -> str:
    return f"Convert it first, for example with iconv -f {encoding} -t UTF-8."


def is_blank(text: str) -> bool:
    """Whether nothing of the text is visible: only white space, control characters and
    formatting."""
    return all(
        each.isspace() or unicodedata.category(each) in ("Cc", "Cf") for each in unformatted(text)
    )
