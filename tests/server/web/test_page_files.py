"""The page's files as browsers get them: small, compressed, and kept until they change."""

import gzip
import re
from importlib.resources import files

import pytest

from chatroom.server.web.page_files import page_files, the_page
from web_client import WebClient

LARGEST = 100 * 1024
"""Bytes of the whole page as it is sent: 100 KB."""


def test_the_page_is_small() -> None:
    once = {path: each for path, each in page_files().items() if path}  # () is index.html again
    assert sum(len(each.compressed.body) for each in once.values()) < LARGEST


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [("gzip, deflate, br", True), ("br;q=1.0, GZIP;q=0.5", True), ("gzip;q=0", False),
     ("gzip; q=0.0", False), ("br", False), ("", False)],
)  # fmt: skip
def test_a_file_is_compressed_for_who_can_read_it(
    web: WebClient, accepted: str, is_compressed: bool
) -> None:
    reply = web.ask("GET", "/main.js", accept_encoding=accepted)
    assert reply.headers["vary"] == "Accept-Encoding"
    assert (reply.headers.get("content-encoding") == "gzip") is is_compressed
    body = gzip.decompress(reply.body) if is_compressed else reply.body
    assert body == page_files()["main.js",].plain.body
    again = web.ask(
        "GET", "/main.js", accept_encoding=accepted, if_none_match=reply.headers["etag"]
    )
    assert (again.status, again.body) == (304, b"")


def test_the_two_forms_of_a_file_have_their_own_tags(web: WebClient) -> None:
    tags = {
        web.ask("GET", "/css/base.css", accept_encoding=accepted).headers["etag"]
        for accepted in ("gzip", "identity")
    }
    assert len(tags) == 2


def test_comments_stay_at_home_and_lines_keep_their_numbers(web: WebClient) -> None:
    source = files("chatroom").joinpath("page", "http.js").read_text()
    sent = web.ask("GET", "/http.js").text.split("\n")
    lines = source.removesuffix("\n").split("\n")
    assert len(sent) == len(lines)
    kept = [(one, other) for one, other in zip(sent, lines, strict=True) if one or not other]
    assert all(other in (one, f"{one} //{other.rpartition(' //')[2]}") for one, other in kept)
    assert not any("/**" in line for line in sent) and any("export" in line for line in sent)


def test_only_comments_are_left_out() -> None:
    """A line of a text keeps what looks like a comment, because a quote ends it."""
    for path, each in page_files().items():
        if path and path[-1].endswith(".js"):
            source = files("chatroom").joinpath("page", *path).read_text().split("\n")
            for line, sent in zip(source, each.plain.body.decode().split("\n"), strict=True):
                assert line.startswith(sent)
                assert sent == line or re.fullmatch(r" *(//.*|/?\*.*)|", line[len(sent) :]), line
                assert sent == line or all(sent.count(quote) % 2 == 0 for quote in "\"'`"), line


def test_that_files_with_a_version_are_kept_for_ever(web: WebClient) -> None:
    """A reload asks for index.html alone (RFC 8246)."""
    place = f"/v/{the_page().version}"
    kept = web.ask("GET", f"{place}/main.js")
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.body == web.ask("GET", "/main.js").body
    for address in ("/", "/index.html", "/main.js", "/v/formerly/main.js"):
        assert web.ask("GET", address).headers["cache-control"] == "no-cache"
    for address in ("/v", "/v/", place, f"{place}/", f"{place}/none.js", f"/v{place}/main.js"):
        assert web.ask("GET", address).status == 404


def test_that_the_index_names_all_modules_with_their_version(web: WebClient) -> None:
    """So that a browser fetches them at once, and not one after the other."""
    index = web.ask("GET", "/").text
    named = re.findall(r'(?:href|src)="([^"]+)"', index)
    assert {web.ask("GET", f"/{address}").status for address in named} == {200}
    assert all(address.startswith(f"v/{the_page().version}/") for address in named)
    modules = {address.split("/", 2)[2] for address in named if address.endswith(".js")}
    assert modules == {"/".join(path) for path in page_files() if path and path[-1][-3:] == ".js"}
