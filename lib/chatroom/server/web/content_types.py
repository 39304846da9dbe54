"""What an uploaded file is, by its first bytes alone: neither its name nor its uploader decide.

Only types of this table are shown in a browser; everything else is saved. What can contain a script
(HTML, SVG, PDF, XML) is not in it, and becomes an attachment without a type of its own.
"""

from codecs import BOM_UTF8
from typing import NamedTuple

OTHER = "application/octet-stream"

TEXT = "text/plain"

_PDF = "application/pdf"

INLINE = ("image/", "audio/", "video/", TEXT)
"""What a browser may show."""


class Signature(NamedTuple):
    """Bytes at a place in a file, and the type that they show."""

    at: int
    bytes: bytes
    type: str


SIGNATURES = (
    Signature(0, b"\x89PNG\r\n\x1a\n", "image/png"),
    Signature(0, b"\xff\xd8\xff", "image/jpeg"),
    Signature(0, b"GIF87a", "image/gif"),
    Signature(0, b"GIF89a", "image/gif"),
    Signature(8, b"WEBP", "image/webp"),  # after RIFF and a length
    Signature(4, b"ftypavif", "image/avif"),
    Signature(4, b"ftypM4A ", "audio/mp4"),
    Signature(4, b"ftyp", "video/mp4"),
    Signature(0, b"\x1aE\xdf\xa3", "video/webm"),
    Signature(0, b"OggS", "audio/ogg"),
    Signature(0, b"ID3", "audio/mpeg"),
    Signature(0, b"\xff\xfb", "audio/mpeg"),
    Signature(0, b"fLaC", "audio/flac"),
    Signature(8, b"WAVE", "audio/wav"),
    Signature(0, b"%PDF-", _PDF),
    Signature(0, b"PK\x03\x04", "application/zip"),
    Signature(0, b"\x1f\x8b", "application/gzip"),
)

_RIFF = frozenset({"image/webp", "audio/wav"})

_MARKUP = (b"<?xml", b"<!doctype", b"<html", b"<svg", b"<script", b"<!--")

_BINARY = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\b\x1b")


def type_of(head: bytes) -> str:
    """The content type of a file that begins with `head`: all of it, or at least 512 bytes."""
    for at, signature, kind in SIGNATURES:
        if head[at : at + len(signature)] == signature:
            if kind in _RIFF and not head.startswith(b"RIFF"):
                continue
            return kind
    return TEXT if _is_text(head) else OTHER


def _is_text(head: bytes) -> bool:
    """Whether it is UTF-8, perhaps cut in a character, and neither binary nor markup."""
    if head.removeprefix(BOM_UTF8).lstrip().lower().startswith(_MARKUP) or not _BINARY.isdisjoint(
        head
    ):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.end == len(head) and len(head) - error.start < 4
    return True


def is_inline(kind: str) -> bool:
    """Whether a browser may show a file of that type."""
    return kind.startswith(INLINE)


def as_header(kind: str) -> str:
    """The value of Content-Type."""
    return f"{kind}; charset=utf-8" if kind == TEXT else kind
