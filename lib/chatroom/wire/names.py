"""Names of people and rooms: which are valid, and which are one and the same.

The server's casemapping is RFC 8265 (PRECIS UsernameCaseMapped): any script, and names that differ
only in case or width are one. The others are here for the client, which meets other servers.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from precis_i18n import get_profile  # type: ignore[import-untyped, unused-ignore]

ROOM_PREFIX = "#"

_NICKNAME_SYMBOLS = frozenset("[]{}\\|-_^`")  # RFC 2812 section 2.3.1 "special", and "-"
_ROOM_EXCLUDED = frozenset(" ,\a*?!@/")  # Modern IRC "Channels"; masks; `/` leads a command
_RESERVED = re.compile(
    "[y\u0443\u04af\u03b3\u03c5\u028f][o\u043e\u03bf\u0585\u1d0f][u\u03c5\u057d\u1d1c]"
)
"""One's own lines begin with <You>; nobody else's may, nor with what looks like it, folded, in
Latin, Cyrillic, Greek or Armenian letters."""
_SYMBOL_START = frozenset("-")
_WHOLE_NAME_RULES = frozenset({"bidi_rule", "not_idempotent"})  # no one character is to blame

_case_mapped = get_profile("UsernameCaseMapped")
_case_preserved = get_profile("UsernameCasePreserved")


class InvalidName(Exception):
    """A nickname or room name that cannot be. `str()` says why, for the person who chose it."""


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """The form of a name under which it is compared (casemapping `rfc8265`).

    A name that nobody can hold, such as a mask with symbols, is folded as well as can be.
    """
    if name.isascii():
        return name.lower()
    try:
        return str(_case_mapped.enforce(name))
    except UnicodeError:
        lowered = unicodedata.normalize("NFKC", name).lower()
        return unicodedata.normalize("NFKC", lowered)  # small letters may compose further


def _rfc1459_table(upper: str, lower: str) -> dict[int, str]:
    ascii_upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return str.maketrans(ascii_upper + upper, ascii_upper.lower() + lower)  # type: ignore[return-value]


_ASCII = _rfc1459_table("", "")
_RFC1459 = _rfc1459_table("[]\\~", "{}|^")
_RFC1459_STRICT = _rfc1459_table("[]\\", "{}|")

CASEMAPPINGS: dict[str, Callable[[str], str]] = {
    "ascii": lambda name: name.translate(_ASCII),
    "rfc1459": lambda name: name.translate(_RFC1459),
    "rfc1459-strict": lambda name: name.translate(_RFC1459_STRICT),
    "rfc7613": fold,
    "rfc8265": fold,
}
"""ISUPPORT CASEMAPPING's values (Modern IRC, "CASEMAPPING Parameter") and their functions."""


def nickname(text: str, longest: int) -> str:
    """The nickname as it will be shown: composed and of normal width.

    `longest` counts characters. Raises InvalidName.
    """
    if not text:
        raise InvalidName("a nickname cannot be empty")
    name = text if text.isascii() else _enforced(text, "a nickname")
    if len(name) > longest:
        raise InvalidName(f"a nickname has at most {longest} characters")
    for character in name:
        if character.isascii() and not character.isalnum() and character not in _NICKNAME_SYMBOLS:
            raise InvalidName(f"a nickname cannot contain {_shown(character)}")
    if name[0] in _SYMBOL_START:
        raise InvalidName(f"a nickname cannot begin with {_shown(name[0])}")
    if _RESERVED.fullmatch(fold(name)):
        raise InvalidName("this nickname is reserved")
    return name


def room_name(text: str, longest: int) -> str:
    """The room's name, `#` included, as it will be shown.

    `longest` counts characters with the `#`. Raises InvalidName.
    """
    if not text.startswith(ROOM_PREFIX) or len(text) == len(ROOM_PREFIX):
        raise InvalidName(f"a room's name begins with {ROOM_PREFIX}, and something follows it")
    name = text if text.isascii() else ROOM_PREFIX + _enforced(text[1:], "a room's name")
    if len(name) > longest:  # composed, it may have become longer
        raise InvalidName(f"a room's name has at most {longest} characters")
    for character in name:
        if character in _ROOM_EXCLUDED or (character.isascii() and not character.isprintable()):
            raise InvalidName(f"a room's name cannot contain {_shown(character)}")
    return name


def _enforced(text: str, what: str) -> str:
    """`text` after PRECIS UsernameCasePreserved, and valid under UsernameCaseMapped as well.

    A combining mark in front would change what is shown before the name (RFC 5891 section 4.2.3.2).
    """
    try:
        _case_mapped.enforce(text)
        name = str(_case_preserved.enforce(text))
    except UnicodeEncodeError as error:
        if error.reason.rpartition("/")[2] in _WHOLE_NAME_RULES:
            raise InvalidName(f"{what} cannot mix these characters") from None
        offending = error.object[error.start : error.start + 1]
        raise InvalidName(f"{what} cannot contain {_shown(offending)}") from None
    if unicodedata.category(name[0]).startswith("M"):
        raise InvalidName(f"{what} cannot begin with a combining mark")
    return name


def _shown(character: str) -> str:
    if character == " ":
        return "a space"
    return f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"


def bare(room: str) -> str:
    """A room's name in front of people: `#general` is general. `##x` keeps its prefix."""
    name = room.removeprefix(ROOM_PREFIX)
    return room if name.startswith(ROOM_PREFIX) or not name else name


def prefixed(name: str) -> str:
    """The room that a person means by a bare name: general is `#general`."""
    return name if name.startswith(ROOM_PREFIX) else ROOM_PREFIX + name


def matches(mask: str, name: str) -> bool:
    """Whether a folded `name` fits a folded `mask` of `*` and `?` (Modern IRC, "Wildcards").

    Costs time linear in both, whatever the mask, and keeps nothing: strangers write masks. `\\`
    stands for itself: names may hold it, but never the `*` and `?` that it would escape.
    """
    head, *pieces = mask.split("*")
    if not pieces:
        return len(mask) == len(name) and _stands_at(0, mask, name)
    tail = pieces.pop()
    at, end = len(head), len(name) - len(tail)
    if at > end or not _stands_at(0, head, name) or not _stands_at(end, tail, name):
        return False
    for piece in pieces:  # the first place of each is as good as any
        at = _end_of(piece, name, at, end)
        if at < 0:
            return False
    return True


def _stands_at(index: int, piece: str, name: str) -> bool:
    """Whether `piece`, which the name has room for, stands there."""
    if "?" not in piece:
        return name.startswith(piece, index)
    return all(one in ("?", name[at]) for at, one in enumerate(piece, index))


def _end_of(piece: str, name: str, start: int, end: int) -> int:
    """Where the first `piece` between these ends; -1 where there is none."""
    if len(piece) > end - start:
        return -1
    if "?" not in piece:
        found = name.find(piece, start, end)
        return found + len(piece) if found >= 0 else -1
    rest = piece.lstrip("?")
    core = rest.rstrip("?")
    before, after = len(piece) - len(rest), len(rest) - len(core)
    search = _end_of_core if "?" in core else _end_of
    found = search(core, name, start + before, end - after)
    return found + after if found >= 0 else -1


def _end_of_core(piece: str, name: str, start: int, end: int) -> int:
    """The same, by shift-and (Baeza-Yates and Gonnet): a bit for each beginning that stands."""
    anything = sum(1 << at for at, one in enumerate(piece) if one == "?")
    places = dict.fromkeys(piece, anything)
    for at, one in enumerate(piece):
        places[one] |= 1 << at
    begun, whole = 0, 1 << (len(piece) - 1)
    for at in range(start, end):
        begun = (begun << 1 | 1) & places.get(name[at], anything)
        if begun & whole:
            return at + 1
    return -1


def full_mask(mask: str) -> str:
    """`nick`, `user@host` or `nick!user` completed to `nick!user@host` with stars."""
    nick, bang, rest = mask.partition("!")
    if not bang and "@" in nick:
        nick, rest = "", nick
    user, _, host = rest.partition("@")
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def fold_mask(mask: str) -> str:
    """A full mask in the form in which folded names are compared with it."""
    nick, _, rest = mask.partition("!")
    user, _, host = rest.partition("@")
    return f"{fold(nick)}!{fold(user)}@{fold(host)}"
