"""What uploaded files are taken for, their names in headers, and the parts that are asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.server.web.content_types import OTHER, TEXT, as_header, is_inline, type_of
from chatroom.server.web.disposition import disposition, file_name
from chatroom.server.web.ranges import Unsatisfiable, has, part_of
from chatroom.text.file_names import safe_name

TYPES = {
    b"\x89PNG\r\n\x1a\n0": "image/png",
    b"\xff\xd8\xff\xe0": "image/jpeg",
    b"GIF89a": "image/gif",
    b"RIFF1234WEBPVP8 ": "image/webp",
    b"RIFF1234WAVEfmt ": "audio/wav",
    b"JUNK1234WEBP": TEXT,
    b"\0\0\0\x20ftypavif": "image/avif",
    b"\0\0\0\x20ftypM4A ": "audio/mp4",
    b"\0\0\0\x20ftypisom": "video/mp4",
    b"\x1aE\xdf\xa3": "video/webm",
    b"OggS\0": "audio/ogg",
    b"ID3\4": "audio/mpeg",
    b"fLaC": "audio/flac",
    b"%PDF-1.7": "application/pdf",
    b"PK\3\4": "application/zip",
    b"": TEXT,
    b"hello\r\n": TEXT,
    "größer".encode(): TEXT,
    "größer".encode()[:3]: TEXT,  # cut in a character
    b"gr\xf6\xdfer": OTHER,
    b"\xff\xfeh\0": OTHER,
    b"\x7fELF": TEXT,  # four bytes say little; a real one has zeros
    b"\x7fELF\2\1\1\0": OTHER,
    b" <!DOCTYPE html>": OTHER,
    b"<HTML>": OTHER,
    b"<svg xmlns='x'>": OTHER,
    b"<?xml version='1.0'?><svg/>": OTHER,
    b"\xef\xbb\xbf<script>": OTHER,
}


@pytest.mark.parametrize(("head", "kind"), TYPES.items())
def test_the_first_bytes_decide(head: bytes, kind: str) -> None:
    assert type_of(head) == kind


@given(st.binary(max_size=600))
def test_only_what_cannot_act_is_shown(head: bytes) -> None:
    kind = type_of(head)
    if is_inline(kind):
        assert kind.partition("/")[0] in ("image", "audio", "video") or kind == TEXT
        assert "svg" not in kind


def test_a_text_has_a_charset() -> None:
    assert as_header(TEXT) == "text/plain; charset=utf-8"
    assert as_header("image/png") == "image/png"


NAMES = {
    'attachment; filename="picture.jpeg"': "picture.jpeg",
    "attachment; filename=report.pdf": "report.pdf",  # senpai
    "attachment; filename=\"cafe.txt\"; filename*=UTF-8''caf%C3%A9%2Etxt": "café.txt",  # Halloy
    "attachment; filename*=utf-8'en'%e2%82%ac.txt; filename=x": "€.txt",
    "attachment; filename*=ISO-8859-1''%A3.txt": "£.txt",
    "attachment; filename*=KOI8-R''%A3.txt; filename=x.txt": "x.txt",
    "inline;filename = y.txt": "y.txt",
    'attachment; filename="../../etc/passwd"': "passwd",
    'attachment; filename="C:\\\\temp\\\\x.txt"': "x.txt",
    "attachment; filename*=UTF-8''..%2F..%2Fx%00y": "xy",
    'attachment; filename="say \\"hi\\".txt"': "say _hi_.txt",
    'attachment; filename="caf\xc3\xa9.txt"': "café.txt",  # plain UTF-8, as curl sends it
    "attachment; filename*=UTF-8''%FF.txt": "\ufffd.txt",
    "attachment": "",
    "": "",
    'attachment; filename=""': "",
    "form-data; name=file; filename=a.txt": "a.txt",
}


@pytest.mark.parametrize(("header", "name"), NAMES.items())
def test_names_in_headers(header: str, name: str) -> None:
    assert file_name(header) == name


@given(st.text(max_size=100))
def test_our_header_gives_the_name_back(text: str) -> None:
    name = safe_name(text)
    header = disposition("attachment", name)
    assert header.isascii()
    assert not set(header) & set("\r\n\0")
    assert file_name(header) == name


def test_a_long_header_costs_little() -> None:
    assert file_name("attachment; " + 'filename="' * 100_000) == "filename="
    assert file_name("attachment" + "; a=b" * 100_000) == ""


PARTS = {
    "": (0, 100, False),
    "bytes=0-": (0, 100, True),
    "bytes=10-19": (10, 10, True),
    "bytes=90-1000": (90, 10, True),
    "bytes=-5": (95, 5, True),
    "bytes=-1000": (0, 100, True),
    "Bytes=99-99": (99, 1, True),
    "bytes=19-10": (0, 100, False),
    "bytes=0-1,5-6": (0, 100, False),
    "bytes=-": (0, 100, False),
    "lines=1-2": (0, 100, False),
    "bytes=a-b": (0, 100, False),
    "bytes=" + "9" * 30 + "-": (0, 100, False),
}


@pytest.mark.parametrize(("asked", "part"), PARTS.items())
def test_parts(asked: str, part: tuple[int, int, bool]) -> None:
    assert part_of(100, '"e"', asked, "") == part


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=1000-2000", "bytes=-0"])
def test_parts_that_there_are_not(asked: str) -> None:
    with pytest.raises(Unsatisfiable):
        part_of(100, '"e"', asked, "")
    with pytest.raises(Unsatisfiable):
        part_of(0, '"e"', "bytes=0-", "")


def test_a_changed_file_is_sent_whole() -> None:
    assert part_of(100, '"e"', "bytes=1-", '"e"').partial
    assert not part_of(100, '"e"', "bytes=1-", '"f"').partial
    assert not part_of(100, '"e"', "bytes=1-", "Sun, 06 Nov 1994 08:49:37 GMT").partial


def test_what_a_client_has() -> None:
    assert has('"e"', '"e"')
    assert has('"e"', '"d", W/"e"')
    assert has('"e"', "*")
    assert not has('"e"', '"d"')
    assert not has('"e"', "")
