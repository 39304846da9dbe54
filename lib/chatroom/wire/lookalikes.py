"""Names that the eye takes for one another (Unicode UTS #39 section 4), and the reserved ones.

`fold` says which names are one and the same; this says which names a reader cannot tell apart. Two
names look alike when their skeletons are equal.
"""

import re
import unicodedata
from functools import cache, lru_cache

from chatroom.wire.confusables import LETTERS, LOOKALIKES, SEVERAL

RESERVED = (
    "You",
    # the people who run the machine
    *("root", "superuser", "system", "daemon", "console", "localhost"),
    # the people who run the server
    *("admin", "admins", "administrator", "administrators", "sysadmin", "netadmin", "sysop"),
    *("sysops", "oper", "opers", "operator", "operators", "ircop", "ircops", "ops"),
    *("mod", "mods", "moderator", "moderators", "staff"),
    # the people who are asked for help
    *("help", "helpdesk", "info", "support", "security", "abuse", "service"),
    *("postmaster", "hostmaster", "webmaster"),
    # whatever speaks for the server, or takes passwords
    *("server", "servers", "services", "global", "NickServ", "ChanServ", "MemoServ", "OperServ"),
    *("HostServ", "BotServ", "SaslServ", "AuthServ", "UserServ", "GroupServ", "StatServ"),
    *("HelpServ", "InfoServ", "RootServ", "AdminServ"),
)
"""`You` is reserved because the client shows the user's own lines as <You>. People trust the other
names, or send passwords to them, so a stranger with such a name could ask for anything."""

UNSEEN = [
    *map(ord, "\u200c\u200d"),  # all that is invisible and that PRECIS lets in (CONTEXTJ)
    # Primes, commas and tone marks beside a letter; but ˆ, ˋ and ˍ are seen as ^, ` and _
    *(code for code in range(0x02B9, 0x0300) if code not in (0x02C6, 0x02CB, 0x02CD)),
    *range(0xA717, 0xA720),
    0xA788,
    0xA78C,
]
"""Code points that a skeleton leaves out."""
_EUROPEAN = re.compile("[\0-\u058f\u1c80-\u1c8f\u1d00-\u2dff\ua640-\ua7ff\uab30-\uabbf]")


def without_accents(text: str) -> str:
    """Decomposed `text` without the marks that the eye misses.

    Those are the marks over, under and through letters and the points of Hebrew, Arabic and Syriac,
    by their combining class (UAX #44), and whatever mark is on a Latin letter or its neighbours.
    Vowels, viramas and nuktas of Indian scripts and the voicing of kana are marks as well, but
    there names differ in nothing else.
    """
    kept = []
    european = False
    for one in text:
        is_mark = unicodedata.category(one) == "Mn"
        if not is_mark:
            european = _EUROPEAN.match(one) is not None
        if not is_mark or not (european or _is_accent(unicodedata.combining(one))):
            kept.append(one)
    return "".join(kept)


def _is_accent(combining_class: int) -> bool:
    return combining_class == 1 or 10 <= combining_class <= 36 or combining_class >= 202


@cache
def _letters() -> dict[int, str | None]:
    """For str.translate. It is made when the first nickname is compared, because clients never
    compare any."""
    table: dict[int, str | None] = dict(zip(map(ord, LOOKALIKES), LETTERS, strict=True))
    for row in SEVERAL.split(" "):
        table[ord(row[0])] = row[1:]
    return table | dict.fromkeys(UNSEEN)


def skeleton(name: str) -> str:
    """The shape of a name, without regard to case: names that look alike have the same skeleton.

    This is UTS #39's skeleton of the displayed name, in lower case and without accents. Digits
    count as the letters that they look like: 0 is o, 1 is l. So `b0b` is bob, and `BiII` is Bill.

    These ASCII names count as different: `bill` and `biii`, `al1ce` and `alice` (only `I` looks
    like l, `i` does not: Mila and Miia are two people), `Tom` and `Torn`, `clara` and `dara` (they
    differ in most typefaces), `bob` and `bob_` (clients add a `_` when a nickname is taken, and
    people see it).
    """
    return _read(name if name.isascii() else without_accents(unicodedata.normalize("NFD", name)))


def _read(letters: str) -> str:
    """Replace each letter by the one that it looks like. Lower case may make further letters look
    like others, so they are replaced again."""
    table = _letters()
    small = letters.translate(table).lower()
    return small if small.isascii() else small.translate(table)


def resembles(name: str, others: tuple[str, ...]) -> bool:
    """Whether a sloppy reader may take `name` for one of these few names: `adm1n`, `adrnin`.

    A capital Greek upsilon looks like Y and a small one like u, so the name is tried in several
    cases. Symbols do not make a name different: `You_`, `Nick-Serv`.
    """
    bare = without_accents(unicodedata.normalize("NFD", name))
    shapes = _shapes(others)
    for letters in {bare, _SYMBOLS.sub("", bare)}:
        forms = {letters, letters.lower(), letters.upper(), letters.capitalize()}
        if not shapes.isdisjoint(map(_shape, forms)):
            return True
        if not letters.isascii() and any(_is_disguise(letters, shape) for shape in shapes):
            return True
    return False


_SYMBOLS = re.compile(r"[][\\^_`{|}\u02c6\u02cb\u02cd-]")
"""All symbols that nicknames may contain, and the modifier letters that look like three of them."""

_SHORTEST_DISGUISED = 3


def _is_disguise(letters: str, shape: str) -> bool:
    """Whether the name is `shape` except for a few letters that are rare or of another script.

    No table contains all letters that somebody may take for an o. But honest names rarely mix
    another script with ASCII letters, so up to a third of the letters may be any foreign ones.
    Names without ASCII letters, such as Λου, are never disguises.
    """
    if len(letters) != len(shape) or len(shape) < _SHORTEST_DISGUISED:
        return False
    if not any(one.isascii() and one.isalpha() for one in letters):
        return False
    odd = [one for one, wanted in zip(letters, shape, strict=True) if _shape(one) != wanted]
    return len(odd) <= len(shape) // 3 and all(map(_is_foreign, odd))


def _is_foreign(letter: str) -> bool:
    """Whether a reader who knows the Latin alphabet may mistake a letter for another one; that is
    not so for `ł`."""
    if letter.isascii():
        return False
    return not unicodedata.name(letter, "").startswith("LATIN") or not _read(letter).isascii()


_SPELT_WITH = {
    "a": "4",
    "e": "3\u044d\u01dd\u0258",
    "g": "9",
    "l": "1i",
    "k": "\u049b\u049d\u049f\u04a1\u04c4",
    "n": "\u0438\u1d0e",
    "o": "\u047b\u0ec6\u19b2\u3007\u53e3\ua669\U000104a3\U000104cb",
    "r": "\u044f\u1d19",
    "s": "5",
    "t": "7",
    "u": "\u0265\u028a\u03bc\u0446\u0574\u0e19\u0e1a\u0e1b\u0e29\u0e99\u1794\u1959\u2d0e",
    "y": "\u028e\u0447\u2d24\u4e2b\ua6a4",
}
"""A letter -> the characters by which people imitate it: digits, Greek mu, Cyrillic (reversed N and
R, K with tails), turned e and h, Latin upsilon, and look-alikes of o, u and Y in Armenian, Thai,
Lao, Khmer, Tai Le, New Tai Lue, Georgian, Chinese, Bamum and Osage. `_is_disguise` accepts a few
other characters per name; any number of these may occur in one name."""
_MISREAD = str.maketrans("\u025b\u0190\u0454\u0404\u2d55", "eeeeo")
"""Open e and Ukrainian ye, which the skeleton reads as c, and a Tifinagh letter, which it reads as
q. That is right for some typefaces, but in `sɛrver` they imitate an e, and a ring imitates an o."""
_SLOPPY = {ord(one): letter for letter, others in _SPELT_WITH.items() for one in others}
_SLOPPY_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def _shape(letters: str) -> str:
    """Coarser than the skeleton: nobody honest minds that `s3rver` is refused too."""
    shape = _read(letters.translate(_MISREAD)).translate(_SLOPPY)
    for two, one in _SLOPPY_PAIRS:
        shape = shape.replace(two, one)
    return shape


@lru_cache(maxsize=4)  # the reserved names and the server's own, which no stranger chooses
def _shapes(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_shape(form) for name in names for form in (name, _SYMBOLS.sub("", name)))
