"""Whether a text calls somebody by name."""

import re
from functools import lru_cache

_WITHOUT_SPACES = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Myanmar, Khmer
    "\u2e80-\ua4cf\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"  # Chinese, Japanese, Yi
    "\uac00-\ud7af"  # Korean: particles follow a name without a space
)
"""Scripts in which words are not, or not all, separated by spaces."""

_GOES_ON = f"[^\\W{_WITHOUT_SPACES}]"
_ENDS_A_WORD = re.compile(_GOES_ON)
_ACCENTS = "\u0300-\u036f"


def mentions(text: str, name: str) -> bool:
    """Whether `name` occurs in `text` as a word, in whatever case.

    `bobby` does not call bob; `太郎さん` does call 太郎, for in such scripts no space ends a word.
    """
    return bool(name) and _pattern(name.casefold()).search(text.casefold()) is not None


@lru_cache(maxsize=256)
def _pattern(name: str) -> re.Pattern[str]:
    before = f"(?<!{_GOES_ON})" if _ENDS_A_WORD.match(name[0]) else ""
    after = f"(?!{_GOES_ON})" if _ENDS_A_WORD.match(name[-1]) else ""
    return re.compile(f"{before}{re.escape(name)}{after}(?![{_ACCENTS}])")
