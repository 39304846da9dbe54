#!/usr/bin/env python3
"""Make lib/chatroom/wire/confusables.py out of Unicode's confusables.txt (UTS #39 section 4).

    scripts/confusables.py [--check] FILE

FILE is https://www.unicode.org/Public/VERSION/security/confusables.txt. With `--check` nothing is
written: the exit status is 1 if that would change anything.

The table is as small as nicknames allow: it leaves out what no nickname can hold (RFC 8264's
IdentifierClass) and what `skeleton` takes away by itself (accents). To Unicode's rows it adds those
that Unicode leaves out on purpose, since its skeleton keeps cases and typefaces apart:

- small capitals and Latin letters with a hook, tail or stroke look like the bare letter,
- small letters of Cherokee and Osage, and odd ones of Latin, are their capitals made smaller,
- insular letters and a j without its dot are those letters in another hand,
- Greek beta and chi are B and X where they are capitals, and so b and x where they are small,
- the modifier letters grave, circumflex and low line are the symbols ` ^ _ of ASCII,
- a zero is a circle in nearly every script,
- `m` stays `m`; Unicode has `rn` for it, which would take Torn for Tom.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from precis_i18n.derived import CONTEXTJ, CONTEXTO, PVALID, UNASSIGNED, derived_property
from precis_i18n.unicode import UnicodeData

from chatroom.wire.lookalikes import UNSEEN, without_accents

MODULE = Path(__file__).resolve().parent.parent / "lib" / "chatroom" / "wire" / "confusables.py"

_ROW = re.compile(r"([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA\t#(\*?)")
_VERSION = re.compile(r"# Version: (\S+)")
_MARKED_LETTER = re.compile(
    r"LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL) "
    r"(?:BARRED |SCRIPT |INSULAR |DOTLESS )?([A-Z])(?: WITH .*| BAR| ROTUNDA)?"
)
_ASCII_SOURCES = frozenset("01I|")
_SHRUNK = ("LATIN SMALL", "CHEROKEE SMALL", "OSAGE SMALL")
_SMALL_CAPITALS = {"\u0138": "k", "\u028d": "m"}
"""What Unicode takes Cyrillic and Greek small capitals for, where it is not named so itself."""

_GREEK = {"\u03b2": "b", "\ua7b5": "b", "\u03c7": "x"}
"""Small beta, its Latin twin and chi. Unicode takes beta for a sharp s, which stays one."""
_SYMBOLS = {"\u02c6": "^", "\u02cb": "`", "\u02cd": "_"}

_NOTHING = dict.fromkeys(UNSEEN)
_UNICODE_DATA = UnicodeData()

_HEAD = '''"""Letters that look like others; made by scripts/confusables.py, not by hand.

Unicode {version}, https://www.unicode.org/Public/{version}/security/confusables.txt,
copyright 1991-2025 Unicode, Inc., under https://www.unicode.org/license.txt; with a few rows of our
own, for which the script has the reasons.
"""

VERSION = "{version}"
"""Of Unicode's table."""
'''


def main(arguments: list[str]) -> int:
    """Write the module, or with `--check` compare it. 0: it is as it should be."""
    check = "--check" in arguments
    files = [each for each in arguments if each != "--check"]
    if len(files) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    module = _module(Path(files[0]).read_text(encoding="utf-8-sig"))
    if check:
        return int(module != MODULE.read_text())
    MODULE.write_text(module)
    return 0


def _module(text: str) -> str:
    version = _VERSION.search(text)
    assert version is not None
    table = dict(_unicode(text))
    table |= _ours(table)
    table = {source: _resolved(target, table) for source, target in table.items()}
    table = {source: target for source, target in table.items() if target not in ("", source)}
    single = {source: target for source, target in sorted(table.items()) if len(target) == 1}
    several = [source + target for source, target in sorted(table.items()) if len(target) > 1]
    return "\n".join(
        [
            _HEAD.format(version=version[1]),
            *_string(
                "LOOKALIKES",
                "".join(single),
                "Characters; `LETTERS` has what each of them looks like, in the same order.",
            ),
            *_string("LETTERS", "".join(single.values()), ""),
            *_string("SEVERAL", " ".join(several), "A character, then the letters that it is."),
        ]
    )


def _unicode(text: str) -> Iterator[tuple[str, str]]:
    """Unicode's rows for what `skeleton` meets: holdable, decomposed, and not only accents."""
    for line in text.splitlines():
        row = _ROW.match(line)
        if row is None:
            continue
        source = chr(int(row[1], 16))
        target = "".join(chr(int(code, 16)) for code in row[2].split())
        holdable = source in _ASCII_SOURCES if source.isascii() else _holdable(source, not row[3])
        if holdable and ord(source) not in UNSEEN and _is_decomposed(source):
            bare = without_accents(unicodedata.normalize("NFD", target)).translate(_NOTHING)
            if bare:
                yield source, bare.replace("rn", "m")


def _holdable(character: str, identifier: bool) -> bool:
    """Whether a nickname can hold it, or may under a Python that knows a newer Unicode."""
    kind, _ = derived_property(ord(character), _UNICODE_DATA)
    return kind in (PVALID, CONTEXTO, CONTEXTJ) or (kind == UNASSIGNED and identifier)


def _is_decomposed(character: str) -> bool:
    return unicodedata.normalize("NFD", character) == character


def _ours(unicode: dict[str, str]) -> dict[str, str]:
    """The rows that we add; where Unicode already has a Latin letter, that stays."""
    ours = _SMALL_CAPITALS | _GREEK | _SYMBOLS
    for character in map(chr, range(0x80, 0x20000)):
        latin = unicode.get(character, "").isascii() and character in unicode
        if latin or not _holdable(character, False):
            continue
        name = unicodedata.name(character, "")
        letter = _MARKED_LETTER.fullmatch(name)
        if not _is_decomposed(character):
            continue
        if letter:
            ours[character] = letter[1].lower()
        elif name.startswith(_SHRUNK):
            capital = unicode.get(character.upper(), "")
            if capital.isascii() and capital:
                ours[character] = capital
        elif name.endswith("DIGIT ZERO"):
            ours[character] = "o"
    return ours


def _resolved(target: str, table: dict[str, str]) -> str:
    """What `target` is in the end: in small letters, and with all rows applied."""
    for _ in range(4):
        target = "".join(table.get(one, one) for one in target).lower()
    return target


def _string(name: str, text: str, about: str) -> Iterator[str]:
    """An assignment in ASCII: what turns text around would turn the source around."""
    yield f"{name} = ("
    line = ""
    for character in text:
        escaped = character.encode("unicode_escape").decode().replace('"', '\\"')
        if len(line) + len(escaped) > 92:
            yield f'    "{line}"'
            line = ""
        line += escaped
    yield f'    "{line}"'
    yield ")"
    if about:
        yield f'"""{about}"""'
    yield ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
