"""Cutting text so that each piece fits into a line, and no character is torn."""

import unicodedata


def split_text(text: str, size: int) -> list[str]:
    """`text` in pieces of at most `size` UTF-8 bytes (1 or more), cut at spaces where it can be.

    Joined with the spaces at which it was cut, the pieces are the text again. A base character and
    its combining marks stay together unless they alone are longer than `size`.
    """
    pieces = []
    size = max(1, size)
    while len(text.encode()) > size:
        longest = len(text.encode()[:size].decode(errors="ignore")) or 1
        space = text.rfind(" ", 1, longest + 1)
        if space > 0:
            pieces.append(text[:space])
            text = text[space + 1 :]
            continue
        cut = _before_marks(text, longest)
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]


def _before_marks(text: str, cut: int) -> int:
    start = cut
    while 0 < start < len(text) and _is_mark(text[start]):
        start -= 1
    return start or cut


def _is_mark(character: str) -> bool:
    return bool(unicodedata.combining(character)) or character in "\u200d\ufe0f"
