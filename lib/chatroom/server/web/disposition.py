"""The header Content-Disposition: the name of a file, as browsers, curl and IRC clients write it
(RFC 6266, RFC 5987), and as we write it."""

import re
from urllib.parse import quote, unquote_to_bytes

from chatroom.text.file_names import safe_name

_PARAMETER = re.compile(
    r';[ \t]*([!#$%&\'*+.^_`|~0-9A-Za-z-]{1,40})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^ \t;"]*))'
)

_EXTENDED = re.compile(r"([A-Za-z0-9-]{1,20})'[A-Za-z0-9-]*'([A-Za-z0-9!#$&+.^_`|~%-]*)")

_CHARSETS = {"utf-8": "utf-8", "iso-8859-1": "latin-1"}

LONGEST = 2000


def file_name(header: str) -> str:
    """The name in a Content-Disposition, made safe; "" if it has none.

    `header` is decoded as Latin-1, as headers are; plain UTF-8, which some clients send, is
    recognised. `filename*` comes before `filename`.
    """
    parameters: dict[str, str] = {}
    for match in _PARAMETER.finditer(header[:LONGEST]):
        name, quoted, word = match.groups()
        value = word if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        parameters.setdefault(name.lower(), value)
    extended = _EXTENDED.fullmatch(parameters.get("filename*", ""))
    if extended and extended[1].lower() in _CHARSETS:
        data, charset = unquote_to_bytes(extended[2]), _CHARSETS[extended[1].lower()]
        return safe_name(data.decode(charset, errors="replace"))
    plain = parameters.get("filename", "")
    return safe_name(as_utf8(plain)) if plain else ""


def as_utf8(text: str) -> str:
    """A header's text, if its bytes are UTF-8; otherwise as it is."""
    try:
        return text.encode("latin-1").decode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def disposition(kind: str, name: str) -> str:
    """The header: `kind` is inline or attachment; the name is in ASCII for old clients, and as it
    is for the others."""
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
