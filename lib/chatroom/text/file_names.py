"""Names of files that other people chose: what is left of them is safe to show, to put into a URL,
and to save under in a folder of one's own, on every system."""

import re
import unicodedata

LONGEST_NAME = 120
"""Bytes of a name in UTF-8. File systems allow 255, and a line of IRC has 512, in which a URL may
need three characters for each byte."""

_LONGEST_ENDING = 16

NAMELESS = "file"
"""The name of a file of whose name nothing is left."""

_UNSAFE = re.compile(r'[<>:"|?*]')

_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\.|$)", re.IGNORECASE
)
"""Names that are devices on Windows, with whatever ending, also behind spaces; for which it takes
superscripts for digits."""


def safe_name(text: str) -> str:
    """The last part of a path, without what could mislead a system or a person.

    Left out are: folders, leading dots (hidden files), trailing dots and spaces, control and format
    characters (which could reverse a name's ending), and characters that Windows refuses.
    """
    text = unicodedata.normalize("NFC", re.split(r"[/\\]", text.rstrip("/\\"))[-1])
    text = "".join(each for each in text if _is_visible(each))
    text = _UNSAFE.sub("_", " ".join(text.split())).lstrip(". ").rstrip(". ")
    if _RESERVED.match(text):
        text = f"_{text}"
    return _shortened(text) or NAMELESS


def _is_visible(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] not in "CZ" or character.isspace()


def _shortened(name: str) -> str:
    """At most LONGEST_NAME bytes; the ending stays, because it says what a file is."""
    if len(name.encode()) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = LONGEST_NAME - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + ending


def size_in_words(size: int) -> str:
    """`1.2 MB`. `size` is in bytes; the units are powers of 1000, as disks have them."""
    if size < 1000:
        return f"{size} bytes" if size != 1 else "1 byte"
    number = float(size)
    for unit in ("KB", "MB", "GB", "TB"):
        number /= 1000
        if number < 999.5 or unit == "TB":
            break
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:.0f} {unit}"
