"""RFC 8265's two username profiles, at a cost linear in the name.

precis-i18n knows the rules, but asks its whole-string rules again for each digit or middle dot, and
derives a character's property from the Unicode tables each time: 64 Arabic digits cost it 6 ms. So
this module asks it once for each kind of rule and caches its answer for each character. Tests check
with every code point, and with mixed names, that both agree.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from precis_i18n import get_profile
from precis_i18n.bidi import bidi_rule, has_rtl
from precis_i18n.context import context_rule_error
from precis_i18n.derived import CONTEXTJ, CONTEXTO, PVALID, derived_property
from precis_i18n.profile import Profile
from precis_i18n.unicode import UnicodeData

_UNICODE = UnicodeData()

_WIDE = re.compile("[\uff01-\uffef]")
"""The range of all full-width and half-width forms except the ideographic space."""

MOST_EXPANSION = 4
"""Characters into which one decomposes at most (NFD of U+1F82 and the like)."""

_LONGEST_COMPOSED = 256
"""Characters of the longest text that `fold` composes: `MOST_EXPANSION` times the 64 of the longest
name. Composing is quadratic in a run of combining marks: 256 cost 0.15 ms, 2,000 cost 10."""

_WHOLE_NAME_RULES = {
    **dict.fromkeys(map(chr, range(0x0660, 0x066A)), "arabic_indic"),
    **dict.fromkeys(map(chr, range(0x06F0, 0x06FA)), "extended_arabic_indic"),
    "\u30fb": "katakana_middle_dot",
}
"""A character -> its rule of RFC 5892 appendix A that looks at all of the name."""


class Disallowed(Exception):
    """A name that PRECIS refuses: `character` is to blame, or "" where no single one is."""

    def __init__(self, character: str = "") -> None:
        super().__init__(character)
        self.character = character


def _narrowed() -> dict[int, str]:
    """Wide and narrow forms as RFC 8264 section 5.2.1 maps them."""
    forms = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF01, 0xFFF0)}
    return {code: form for code, form in forms.items() if len(form) == 1 and form != chr(code)}


_NARROWED = _narrowed()


def case_preserved(text: str) -> str:
    """`text` of normal width, composed: what RFC 8265 section 3.4 does to a name, unchecked."""
    return unicodedata.normalize("NFC", _of_normal_width(text))


def case_mapped(text: str) -> str:
    """`text` of normal width, composed, in small letters (RFC 8265 section 3.3).

    Text longer than any name only gets small letters. Idempotent for all that PRECIS accepts.
    """
    if len(text) > _LONGEST_COMPOSED:
        return text.lower()
    return unicodedata.normalize("NFC", _of_normal_width(text).lower())


def _of_normal_width(text: str) -> str:
    return text.translate(_NARROWED) if _WIDE.search(text) else text


def enforce(text: str) -> str:
    """`text` after UsernameCasePreserved, where UsernameCaseMapped accepts it too.

    The caller has bounded its length. Raises Disallowed.
    """
    mapped = _checked(text, case_mapped)
    if case_preserved(text) == mapped == case_preserved(mapped):  # no capitals: checked already
        return mapped
    return _checked(text, case_preserved)


def _checked(text: str, prepare: Callable[[str], str]) -> str:
    """RFC 8264 section 7: the mappings, which must change nothing twice; then the characters."""
    name = prepare(text)
    if has_rtl(name, _UNICODE) and not bidi_rule(name, _UNICODE):
        raise Disallowed
    if prepare(name) != name or not name:
        raise Disallowed
    followed = set()  # whole-name rules that this name obeys
    for index, character in enumerate(name):
        kind = _property(character)
        if kind == PVALID:
            continue
        rule = _WHOLE_NAME_RULES.get(character, "")
        if rule in followed:
            continue
        if kind not in (CONTEXTJ, CONTEXTO) or context_rule_error(name, index, _UNICODE):
            raise Disallowed(character)
        if rule:
            followed.add(rule)
    return name


@lru_cache(maxsize=4096)  # of single characters: half a megabyte
def _property(character: str) -> str:
    """RFC 8264 section 8's derived property."""
    return str(derived_property(ord(character), _UNICODE)[0])


@lru_cache(maxsize=1)
def _opaque() -> Profile:
    return get_profile("OpaqueString")


def opaque_string(text: str) -> str:
    """`text` after OpaqueString, RFC 8265's profile for passwords. The caller has bounded its
    length. Raises Disallowed, which does not say what was wrong with a secret."""
    try:
        return str(_opaque().enforce(text))
    except UnicodeEncodeError:
        raise Disallowed from None
