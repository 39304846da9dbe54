"""Converts what a person types into what is sent: *bold*, _under_ and `code`, and emoji by their
names.

People also type globs, paths, masks, code and faces, in which the same characters have no special
meaning. So marks only count in pairs around words: the first at the beginning of a word, the second
at the end of one. Everything else is sent unchanged.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from itertools import islice

from chatroom.text.splitting import clusters

_STOPS = "、。，！？：；"
"""Punctuation of scripts without spaces between words: it ends a word."""

_BEGINS = rf"(?:^|(?<=[\s{_STOPS}]))[(（「『【“‘«„¿¡]*"
_ENDS = rf"(?=[.,:;!?…)）」』】”’»]*(?:\s|$)|[{_STOPS}（）「」『』【】])"
"""The beginning and the end of a word. Straight quotes do not count, because they may contain a
pattern, as in `find -name '*test*'`."""

_PAIR = re.compile(
    rf"{_BEGINS}(?P<kept>\\?)(?:"
    rf"`(?P<code>[^`\n]+)`"
    rf"|\*(?P<bold>[^*\n]+)\*"
    rf"|_(?P<under>[^\s_{_STOPS}][^\s{_STOPS}]*?|[^_\n]+)_"
    rf"){_ENDS}"
)
"""A pair of marks. Text that does not match is only scanned once: the search for the end of a word
with underscores stops where the next may begin, and any other search at the next mark of its
kind."""

_NEWER = frozenset(map(chr, range(0x1F300, 0x1FB00)))
"""The range in which Unicode places emoji, including those that our tables do not know yet."""

_CODES = {"bold": "\x02", "under": "\x1f", "code": "\x11"}
_MARKS = {"bold": "*", "under": "_", "code": "`"}

_NAMED = re.compile(
    rf"{_BEGINS}(?P<code>`[^`\n]+`){_ENDS}"
    rf"|(?:{_BEGINS}[*_]*|(?<=[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]))(?P<kept>\\?):(?P<name>[\w+-]+):"
    rf"(?=[*_]*[.,;!?…)）」』】”’»]*(?:\s|$)|[{_STOPS}\u2190-\u2bff\U0001f000-\U0001faff])"
)
"""The name of an emoji, also next to another emoji, unless a backslash is in front of it; or code,
in which there are no emoji."""


MOST_NESTED = 3
"""The most marks around each other; there are no more kinds."""


def with_codes(text: str, nested: int = 0) -> str:
    """Convert Markdown-like marks into IRC's formatting codes. A backslash in front of a pair keeps
    it.

    `nested` is the number of marks around the text.
    """
    if nested == MOST_NESTED:
        return text
    parts: list[str] = []
    at = searched = 0
    while pair := _PAIR.search(text, searched):
        coded = _coded(pair, nested)
        kind = pair.lastgroup or ""
        if coded is None:
            searched = pair.start(kind)
            continue
        start = pair.start("kept")
        parts += text[at:start], coded
        at = searched = pair.end()
    return "".join((*parts, text[at:]))


def _coded(pair: re.Match[str], nested: int) -> str | None:
    """The replacement of a pair; None if it contains no words, but something else."""
    kind = pair.lastgroup or ""
    inside = pair[kind].removesuffix("\\") if pair["kept"] else pair[kind]
    if kind == "code":
        fine, coded = inside == inside.strip() != "", inside
    else:
        coded = with_codes(inside, nested + 1)
        pattern = " " in inside and "*" in coded  # as in `_test* *test_`
        fine = coded != "" and _is_words(coded) and not (pattern or _ends_in_address(inside))
    if not fine:
        return None
    mark = _MARKS[kind] if pair["kept"] else _CODES[kind]
    return f"{mark}{coded}{mark}"


def _is_words(text: str) -> bool:
    """Whether the text begins and ends like words. A single word is not followed by a full stop:
    `*foo.*` is a pattern, *It works.* is a sentence."""
    looks = "".join(_CODES.values())
    first, last = text[0], text[-1]
    ends = "!?…)%”’»" + (".,:;" if " " in text else "") + looks
    return (
        any(each.isalnum() or _is_picture(each) for each in text)
        and (first.isalnum() or _is_picture(first) or first in "“‘«„¿¡" + looks)
        and (last.isalnum() or _is_picture(last) or last in ends)
    )


def _is_picture(character: str) -> bool:
    """Whether it is part of an emoji, or a mark that belongs to the letter before it."""
    known = unicodedata.category(character) in ("So", "Sk", "Mn", "Mc", "Cf")
    return character > "\x7f" and (known or character in _NEWER)


def _ends_in_address(text: str) -> bool:
    """Whether the second mark belongs to an address or a path that begins after the first."""
    last = text.split()[-1]
    return last != text and ("://" in last or "\\" in last or last[0] in "/~.")


@cache
def emoji_codes() -> Mapping[str, str]:
    """All names with their emoji. The library is loaded when it is first needed."""
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
    """Replace :smile: by the emoji if it stands alone like a word; other names stay unchanged. A
    backslash in front keeps the name, and is not sent."""
    if ":" not in text:
        return text
    return _NAMED.sub(_with_emoji, text)


def _with_emoji(named: re.Match[str]) -> str:
    name = named["name"]
    if name is None:
        return named[0]
    emoji = emoji_codes().get(name.lower())
    if emoji is None:
        return named[0]
    around = named[0].removesuffix(f"{named['kept']}:{name}:")
    return f"{around}:{name}:" if named["kept"] else around + emoji


def one_emoji(text: str) -> str:
    """A reaction: `:+1:`, `+1` or the emoji itself; "" for anything else."""
    text = text.strip()
    named = emoji_codes().get(text.strip(":").lower())
    return named or (text if _is_emoji(text) else "")


def _is_emoji(text: str) -> bool:
    """Whether it is an emoji of the library, or a newer one."""
    from emoji import is_emoji

    return is_emoji(text) or (text[:1] in _NEWER and len(list(islice(clusters(text), 2))) == 1)
