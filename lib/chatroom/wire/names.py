"""Names of people and rooms: which are valid, and which are the same.

The server compares names by RFC 8265 (PRECIS UsernameCaseMapped): any script is allowed, and names
that differ only in case or width are the same. The other mappings are for the client, which
connects to other servers.
"""

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import IPv6Address

from chatroom.wire.lookalikes import RESERVED, resembles
from chatroom.wire.masks import matches as matches
from chatroom.wire.precis import MOST_EXPANSION, Disallowed, case_mapped, case_preserved, enforce

ROOM_PREFIX = "#"

_NICKNAME_SYMBOLS = frozenset("[]{}\\|-_^`")  # RFC 2812 section 2.3.1 "special", and "-"
_ROOM_EXCLUDED = frozenset(" ,\a*?!@/")  # Modern IRC "Channels"; masks; `/` leads a command
_SYMBOL_START = frozenset("-")


NICKNAME_BYTES, USERNAME_BYTES, ROOM_BYTES = 90, 52, 150
"""Bytes of the longest names: about three for each character of the usual limits. With more, lines
that name two people and a room would be cut (KICK, RENAME, and NAMES with hosts, which has the
least room), and would name somebody else."""


class InvalidName(Exception):
    """The nickname or room name is invalid. `str()` gives the reason, for the person who chose
    it."""


def fold(name: str) -> str:
    """The form of a name for comparison (ISUPPORT UTF8MAPPING=rfc8265).

    A name that nobody can have, such as a mask, is folded as far as possible.
    """
    if name.isascii():
        return name.lower()
    return (_remembered if len(name) <= _LONGEST_REMEMBERED else _just_asked)(name)


_LONGEST_REMEMBERED = 64
_remembered = lru_cache(maxsize=1024)(case_mapped)
"""For the rooms with most messages. Strangers can fill it with 0.8 MB."""
_just_asked = lru_cache(maxsize=4)(case_mapped)
"""One command folds the same name several times; it may be a whole line of combining marks: 0.3
MB at most."""


def _rfc1459_table(upper: str, lower: str) -> dict[int, int]:
    ascii_upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return str.maketrans(ascii_upper + upper, ascii_upper.lower() + lower)


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
"""The values of ISUPPORT CASEMAPPING (Modern IRC, "CASEMAPPING Parameter") and their functions.

Some servers use rfc8265 there; ours, like Ergo, uses it in UTF8MAPPING, which overrides
CASEMAPPING.
"""


def folding(tokens: Mapping[str, str]) -> Callable[[str], str]:
    """The function with which a server with these ISUPPORT tokens compares names; RFC 1459's if the
    tokens name none that we know."""
    for token in NAME_MAPPINGS:
        mapping = CASEMAPPINGS.get(tokens.get(token, ""))
        if mapping is not None:
            return mapping
    return CASEMAPPINGS["rfc1459"]


NAME_MAPPINGS = ("UTF8MAPPING", "CASEMAPPING")
"""The tokens that determine how names are compared; the first one has priority."""


def nickname(text: str, longest: int) -> str:
    """The nickname as it will be shown: composed and of normal width.

    `longest` counts characters. Raises InvalidName.
    """
    if not text:
        raise InvalidName("a nickname cannot be empty")
    name = _enforced(text, longest, longest, "a nickname")
    _check_bytes(name, NICKNAME_BYTES, "a nickname")
    for character in name:
        if character.isascii() and not character.isalnum() and character not in _NICKNAME_SYMBOLS:
            raise InvalidName(f"a nickname cannot contain {_shown(character)}")
    if name[0] in _SYMBOL_START:
        raise InvalidName(f"a nickname cannot begin with {_shown(name[0])}")
    if resembles(name, RESERVED):
        raise InvalidName("this nickname is reserved")
    return name


def room_name(text: str, longest: int) -> str:
    """The room's name, `#` included, as it will be shown.

    `longest` counts characters with the `#`. Raises InvalidName.
    """
    if not text.startswith(ROOM_PREFIX) or len(text) == len(ROOM_PREFIX):
        raise InvalidName(f"a room's name is {ROOM_PREFIX} followed by at least one character")
    rest = text.removeprefix(ROOM_PREFIX)
    name = ROOM_PREFIX + _enforced(rest, longest - len(ROOM_PREFIX), longest, "a room's name")
    _check_bytes(name, ROOM_BYTES, "a room's name")
    for character in name:
        if character in _ROOM_EXCLUDED or (character.isascii() and not character.isprintable()):
            raise InvalidName(f"a room's name cannot contain {_shown(character)}")
    return name


def _enforced(text: str, longest: int, told: int, what: str) -> str:
    """`text` after PRECIS, with at most `longest` characters; ASCII stays unchanged.

    The length is checked first, because the rest may be slow. It counts composed characters, so the
    text may be longer: but text that composes to n characters decomposes to at most 4n, and
    decomposing never makes text shorter, so more than 4n characters cannot compose to n. A
    combining mark at the beginning would change the character before the name (RFC 5891 section
    4.2.3.2).
    """
    too_long = len(text) > longest * (1 if text.isascii() else MOST_EXPANSION)
    if too_long or len(case_preserved(text)) > longest:
        raise InvalidName(f"{what} has at most {told} characters")
    if text.isascii():
        return text
    try:
        name = enforce(text)
    except Disallowed as fault:
        if fault.character:
            raise InvalidName(f"{what} cannot contain {_shown(fault.character)}") from None
        raise InvalidName(f"{what} cannot mix these characters") from None
    if unicodedata.category(name[0]).startswith("M"):
        raise InvalidName(f"{what} cannot begin with a combining mark")
    return name


def _check_bytes(name: str, most: int, what: str) -> None:
    if len(name.encode()) > most:
        raise InvalidName(f"{what} has at most {most} bytes")


def _shown(character: str) -> str:
    if character == " ":
        return "a space"
    return f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"


def bare(room: str) -> str:
    """A room's name for people: `#general` is general. `##x` keeps its prefix."""
    name = room.removeprefix(ROOM_PREFIX)
    return room if name.startswith(ROOM_PREFIX) or not name else name


def prefixed(name: str) -> str:
    """The wire name for a bare name: general is `#general`."""
    return name if name.startswith(ROOM_PREFIX) else ROOM_PREFIX + name


MUTE = "m:"
"""In front of a mask on the list of bans: people whom it matches may enter, but not speak (ISUPPORT
EXTBAN)."""


def split_mask(mask: str) -> tuple[str, str]:
    """`m:bob` -> ("m:", "bob"): MUTE, if it is in front, and the mask itself."""
    return (MUTE, mask[len(MUTE) :]) if mask.startswith(MUTE) else ("", mask)


ACCOUNT = "a:"
"""In front of the name of an account on a room's list: it matches people who are logged in to it
(IRCv3 account-extban). No nickname contains a colon."""


def masks_of_account(account: str) -> tuple[str, str]:
    """The masks of an account, and of no other: `a:account`, and `m:a:account`."""
    return ACCOUNT + account, MUTE + ACCOUNT + account


def full_mask(mask: str) -> str:
    """`nick`, `user@host` or `nick!user` completed to `nick!user@host` with stars; `a:account` as
    it is."""
    if mask.startswith(ACCOUNT):
        return mask if mask != ACCOUNT else f"{ACCOUNT}*"
    nick, bang, rest = mask.partition("!")
    if not bang and "@" in nick:
        nick, rest = "", nick
    user, _, host = rest.partition("@")
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def why_fits_nobody(mask: str) -> str:
    """Why a full mask could never fit anybody, for the person who sets it; "" if it could: hosts
    are addresses, and no nickname has a colon."""
    if mask.startswith(ACCOUNT):
        return ""
    nick, _, rest = mask.partition("!")
    if "/" in rest.partition("@")[2]:
        return "A mask has no networks; put stars there, as in 192.0.2.*"
    if ":" in nick:
        return f"No nickname has a colon; the account bob is {ACCOUNT}bob"
    return ""


@lru_cache(maxsize=16)
def fold_mask(mask: str) -> str:
    """A full mask, folded for comparison with folded names.

    A command that puts masks on a list asks for each several times.
    """
    if mask.startswith(ACCOUNT):
        return ACCOUNT + fold(mask.removeprefix(ACCOUNT))
    nick, _, rest = mask.partition("!")
    user, _, host = rest.partition("@")
    return f"{fold(nick)}!{fold(user)}@{_folded_host(host)}"


def list_key(mask: str) -> str:
    """The key by which a list finds the entry of a full mask; MUTE may be in front of it."""
    kind, rest = split_mask(mask)
    return kind + fold_mask(rest)


def _folded_host(host: str) -> str:
    """An IPv6 address in the one form in which hosts are shown, however written; all else folded.

    There, nothing begins with a colon: `::1` is `0::1` (`net.addresses.peer_host`).
    """
    if ":" not in host:
        return fold(host)
    try:
        address = IPv6Address(host.strip("[]").partition("%")[0])
    except ValueError:  # it has stars, or is none
        folded = fold(host)
    else:
        folded = str(address.ipv4_mapped or address)
    return f"0{folded}" if folded.startswith(":") else folded
