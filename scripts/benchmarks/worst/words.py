"""Names, masks and texts as expensive as the limits allow.

The functions take a number, so that no cache has met what they return.
"""

from itertools import count

BODY = 505
"""Bytes that a line of IRC may have, less some for what is put in front of them."""

_KATAKANA = [chr(0x30A1 + at) for at in range(80)]


def dots(size: int, number: int = 0) -> str:
    """Katakana middle dots in front of one letter: each looks for it (RFC 5892, CONTEXTO)."""
    return _cut("・" * size, size - 3) + _KATAKANA[number % 80]


def digits(size: int, number: int = 0) -> str:
    """Extended Arabic-Indic digits: each looks whether another kind is there (RFC 5892)."""
    return _cut(chr(0x06F0 + number % 10) + "۰" * size, size)


def marks(size: int, number: int = 0) -> str:
    """A letter with combining marks that normalisation has to sort: all are in the wrong order."""
    pairs = "\u0315\u0300" * (size // 8) + "\u0316" * (size // 4)
    return _cut(chr(0x0430 + number % 32) + pairs, size)


def nickname(number: int) -> str:
    """A valid one of 30 characters, which is as expensive as those get."""
    return f"カ{'・' * 21}{number:08x}"


CRAFTED = {"dots": dots, "digits": digits, "marks": marks}


def short_names(size: int, number: int, prefix: str = "", between: str = " ") -> str:
    """As many different names as fit into so many bytes; no two lines have one in common."""
    names: list[str] = []
    left = size
    for at in count(number * 127):
        name = f"{prefix}{chr(0x4E00 + at % 20_000)}"
        left -= len(name.encode()) + 1
        if left < 0:
            return between.join(names)
        names.append(name)
    raise AssertionError


def masks(size: int) -> dict[str, str]:
    """Masks of so many bytes that are hard to tell from a fit, for names of many `a`."""
    return {
        "pieces": _cut("*a?a" * size, size - 3) + "*zz",
        "any": _cut("*?" * size, size - 2) + "zz",
        "absent": "*" + _cut("a?b*" * size, size - 2) + "*",
        "long": "*" + _cut("a?" * size, size - 3) + "b*",
        "halves": "*"
        + _cut("?a" * (size // 4), size // 2 - 3)
        + "?b*"
        + _cut("a?" * size, size // 2),
    }


def one_mask(size: int, number: int) -> str:
    """One of these, which no other number has."""
    several = list(masks(size - 5).values())
    return f"{several[number % len(several)]}{number:05}"


def _cut(text: str, size: int) -> str:
    """The longest beginning that has at most so many bytes of UTF-8."""
    return text.encode()[:size].decode(errors="ignore")
