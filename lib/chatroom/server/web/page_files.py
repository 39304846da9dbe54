"""The page's static files: read once, served from memory.

They are small, under 100 KB in all as browsers get them (gzip), so that the source can be served as
it was written; only its comments, a tenth of it, become empty lines. Browsers keep them, and ask
each time whether they have changed (ETag), which costs them 200 bytes: so an update of the server
is an update of the page at once.
"""

import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from chatroom.server.web.headers import PAGE_POLICY
from chatroom.server.web.host import WebHost
from chatroom.server.web.request import Request
from chatroom.server.web.response import Headers, Response

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
"""The kinds of files that the page may have; others in its folder are not served."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file in memory."""

    body: bytes
    etag: str
    headers: Headers


@dataclass(frozen=True, slots=True)
class Encodings:
    """A file as it is, and compressed."""

    plain: PageFile
    compressed: PageFile


@cache
def page_files() -> Mapping[tuple[str, ...], Encodings]:
    """The files by the segments of their path; index.html is () as well."""
    found = dict(_read(files("chatroom").joinpath("page"), ()))
    if index := found.get(("index.html",)):
        found[()] = index
    return found


def _read(
    folder: Traversable, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Encodings]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _read(each, (*path, each.name))
            continue
        kind = TYPES.get(each.name[each.name.rfind(".") :])
        if kind is not None:
            body = _COMMENTS.sub(_only_its_line_ends, each.read_bytes())
            small = gzip.compress(body, mtime=0)
            encoding = ("Content-Encoding", "gzip")
            yield (*path, each.name), Encodings(_file(body, kind), _file(small, kind, encoding))


_COMMENTS = re.compile(
    rb"^ *(?://[^\n]*|/\*(?:(?!\*/).)*\*/)$| // [^\n\"'`/]*$", re.MULTILINE | re.DOTALL
)
"""Whole lines of comment in JavaScript and CSS, and comments at the end of a line. The latter stay
if they contain a quote, because they might be the rest of a string."""


def _only_its_line_ends(comment: re.Match[bytes]) -> bytes:
    """So that errors have the line numbers of the source."""
    return b"\n" * comment[0].count(b"\n")


def _file(body: bytes, kind: str, *headers: tuple[str, str]) -> PageFile:
    etag = f'"{hashlib.sha256(body).hexdigest()[:22]}"'
    common = (
        ("Content-Type", kind),
        ("Content-Security-Policy", PAGE_POLICY),
        ("Cache-Control", "no-cache"),
        ("Vary", "Accept-Encoding"),
        ("ETag", etag),
    )
    return PageFile(body, etag, (*common, *headers))


def page(request: Request, _web: WebHost) -> Response:
    """A file of the page. The path is one of `page_files`."""
    path = tuple(request.path[1:].split("/")) if request.path != "/" else ()
    encodings = page_files()[path]
    found = encodings.compressed if _takes_gzip(request) else encodings.plain
    if is_unchanged(request, found.etag):
        return Response(304, found.headers[1:])
    return Response(200, found.headers, found.body)


def _takes_gzip(request: Request) -> bool:
    """Accept-Encoding (RFC 9110 section 12.5.3); all browsers send it."""
    for word in request.header("accept-encoding").lower().split(","):
        name, _, quality = word.replace(" ", "").partition(";q=")
        if name == "gzip":
            return quality.strip("0.") != "" or not quality
    return False


def is_unchanged(request: Request, etag: str) -> bool:
    """Whether the client has this version already (If-None-Match, RFC 9110 section 13.1.2)."""
    known = request.header("if-none-match")
    tags = (one.strip().removeprefix("W/") for one in known.split(","))
    return known == "*" or etag in tags
