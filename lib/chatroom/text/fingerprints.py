"""Fingerprints of certificates, as people write them."""

import re

_DIGITS = 64
_PREFIX = re.compile(r"sha-?256( fingerprint)?[:= ]", re.IGNORECASE)


class BadFingerprint(ValueError):
    """The text is no SHA-256 fingerprint; `str()` says what one looks like."""


def parse_fingerprint(text: str) -> str:
    """`A4:30:...`, with or without colons, in upper or lower case, with or without `sha256:` in
    front (or what `openssl x509 -fingerprint` has there). Returns 64 hexadecimal digits in lower
    case. Raises BadFingerprint."""
    digits = re.sub(r"[:\s]", "", _PREFIX.sub("", text.strip(), count=1)).lower()
    if not re.fullmatch(r"[0-9a-f]+", digits):
        raise BadFingerprint(f"expected a SHA-256 fingerprint such as A4:30:..., found {text!r}")
    if len(digits) != _DIGITS:
        raise BadFingerprint(
            f"a SHA-256 fingerprint has {_DIGITS} hexadecimal digits, this one has {len(digits)}"
        )
    return digits
