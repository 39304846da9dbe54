"""What a person types, as it is sent: *bold*, _under_ and `code`, and emoji by their names."""

import re
from collections.abc import Mapping
from functools import cache

_OPENS = r"(?<![\w\\*`/.:@#=&?-])"
_CLOSES = r"(?![\w*`])"
_MARK = re.compile(
    r"\\(?P<escaped>[*_`])"
    r"|(?P<url>\b[a-z][a-z0-9+.-]*://\S+)"
    rf"|{_OPENS}`(?P<code>[^`\n]+)`{_CLOSES}"
    rf"|{_OPENS}\*(?P<bold>(?![\s*])[^*\n]*?(?<![\s\\]))\*{_CLOSES}"
    rf"|{_OPENS}_(?P<under>(?![\s_])[^\n]*?(?<![\s\\_]))_{_CLOSES}",
    re.IGNORECASE,
)
_CODES = {"bold": "\x02", "under": "\x1f", "code": "\x11"}
_EMOJI = re.compile(
    r"(?P<url>\b[a-z][a-z0-9+.-]*://\S+)|`[^`\n]+`|(?<![\w:]):(?P<name>[\w+-]+):(?![\w:])"
)


def with_codes(text: str) -> str:
    """Markdown-like marks as IRC's formatting codes; never inside of words and addresses.

    A backslash in front leaves a mark as it is.
    """
    return _MARK.sub(_coded, text)


def _coded(mark: re.Match[str]) -> str:
    if mark["escaped"]:
        return mark["escaped"]
    kind = mark.lastgroup or "url"
    if kind == "url":
        return mark[0]
    inside = mark[kind] if kind == "code" else with_codes(mark[kind])
    return f"{_CODES[kind]}{inside}{_CODES[kind]}"


@cache
def emoji_codes() -> Mapping[str, str]:
    """Every name and its emoji. The library is loaded when it is needed for the first time."""
    from emoji import EMOJI_DATA  # its table is large

    names: dict[str, str] = {}
    for character, about in EMOJI_DATA.items():
        if about["status"] <= _RECOMMENDED:
            for name in (about["en"], *about.get("alias", ())):
                names.setdefault(name.strip(":").lower(), character)
    return names


_RECOMMENDED = 2
"""Statuses of the library's table: 1 a component, 2 fully qualified (UTS 51)."""


def with_emoji(text: str) -> str:
    """:smile: as the emoji; a name that is none stays as it is."""
    if ":" not in text:
        return text
    return _EMOJI.sub(lambda code: emoji_codes().get((code["name"] or "").lower(), code[0]), text)


def one_emoji(text: str) -> str:
    """A reaction: `:+1:`, `+1` or the emoji itself."""
    name = text.strip(":").lower()
    return emoji_codes().get(name, text) if name else text
