"""IRC's formatting codes (modern.ircdocs.horse/formatting): how a text is to look."""

import re

CODE = re.compile(
    r"\x03(?P<fore>\d{1,2})?(?:(?<=\d),(?P<back>\d{1,2}))?"
    r"|\x04(?P<hex>[0-9A-Fa-f]{6})?(?:(?<=[0-9A-Fa-f]),(?P<hexback>[0-9A-Fa-f]{6}))?"
    r"|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
"""One code: a colour, a hex colour, or a character that switches bold, italics and so on."""


def unformatted(text: str) -> str:
    """The text without its looks, for who sees characters only."""
    return text if text.isprintable() else CODE.sub("", text)
