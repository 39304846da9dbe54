"""The page's static files: read once, served from memory.

They are small, under 100 KB in all as browsers get them (gzip), so that the source can be served as
it was written; only its comments, a tenth of it, become empty lines.

index.html names the other files by addresses with a version, `/v/VERSION/main.js`. Browsers keep
those for ever, since another version has other addresses, and ask each time only whether index.html
has changed (ETag). So an update of the server is an update of the page at once, and yet a reload on
a slow line takes one round trip, and not one for each of seventy files. index.html also lists all
modules (`modulepreload`), because otherwise a browser learns of a module only from its importers.
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


VERSIONED = "v"
"""The first segment of an address with a version."""

Path = tuple[str, ...]
"""The segments of a file's path in the page's folder."""

_FOR_EVER = ("Cache-Control", "public, max-age=31536000, immutable")
_INDEX = ("index.html",)


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


@dataclass(frozen=True, slots=True)
class Page:
    """All files by their paths; index.html is () as well. `version` changes with any of them."""

    version: str
    files: Mapping[Path, Encodings]


@cache
def the_page() -> Page:
    """The page, read now if it has not been before."""
    bodies = dict(_read(files("chatroom").joinpath("page"), ()))
    digest = hashlib.sha256(repr(sorted(bodies.items())).encode())
    version = digest.hexdigest()[:12]
    if _INDEX in bodies:
        bodies[_INDEX] = bodies[()] = _with_version(bodies[_INDEX], version, bodies)
    return Page(version, {path: _encodings(path, body) for path, body in bodies.items()})


def page_files() -> Mapping[Path, Encodings]:
    """The files by the segments of their path; index.html is () as well."""
    return the_page().files


def _read(folder: Traversable, path: Path) -> Iterator[tuple[Path, bytes]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _read(each, (*path, each.name))
        elif _kind(each.name) is not None:
            yield (*path, each.name), _COMMENTS.sub(_only_its_line_ends, each.read_bytes())


def _kind(name: str) -> str | None:
    return TYPES.get(name[name.rfind(".") :])


def _with_version(index: bytes, version: str, bodies: Mapping[Path, bytes]) -> bytes:
    """index.html with the version in its addresses, and with all modules."""
    place = f"{VERSIONED}/{version}/"
    modules = sorted("/".join(path) for path in bodies if path[-1].endswith(".js"))
    lines = [f'    <link rel="modulepreload" href="{place}{name}">\n' for name in modules]
    text = _ADDRESS.sub(rf'\1="{place}', index.decode())
    return text.replace("  </head>", f"{''.join(lines)}  </head>").encode()


_ADDRESS = re.compile('(href|src)="(?=[a-z])')


def _encodings(path: Path, body: bytes) -> Encodings:
    kind = _kind(path[-1] if path else _INDEX[0]) or ""
    small = gzip.compress(body, mtime=0)
    return Encodings(_file(body, kind), _file(small, kind, ("Content-Encoding", "gzip")))


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


def file_path(segments: Path) -> Path | None:
    """The file that an address means, with or without a version; None if there is no such file.

    A page that was loaded before an update asks by its former version. It gets what there is now.
    """
    path = segments[2:] if segments[:1] == (VERSIONED,) and len(segments) > 2 else segments
    return path if path in page_files() else None


def page(request: Request, _web: WebHost) -> Response:
    """A file of the page. `file_path` has found it."""
    segments = tuple(request.path[1:].split("/")) if request.path != "/" else ()
    encodings = page_files()[file_path(segments) or ()]
    found = encodings.compressed if _takes_gzip(request) else encodings.plain
    headers = found.headers
    if segments[:2] == (VERSIONED, the_page().version):
        headers = tuple(
            _FOR_EVER if name == "Cache-Control" else (name, value) for name, value in headers
        )
    if is_unchanged(request, found.etag):
        return Response(304, headers[1:])
    return Response(200, headers, found.body)


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
