"""What visitors of the web door send besides the form of a request: ranges, names of files, forms
with a file, cookies and tokens, texts and JSON, templates of hooks, ids of events. Each is read or
refused with a sentence, alike however it is cut, in bounds that do not depend on it."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any, cast

from chatroom.server.web.authorization import _read_basic, cookie_name
from chatroom.server.web.disposition import disposition, file_name
from chatroom.server.web.exchange import BadRequest
from chatroom.server.web.following import Cursor, read_cursor
from chatroom.server.web.hooks import LONGEST_VALUE, MOST_VALUES, _words, filled
from chatroom.server.web.ranges import Unsatisfiable, has, part_of
from chatroom.server.web.request import Request, read_arguments
from chatroom.server.web.response import Pending, Refused, Response
from chatroom.server.web.texts import MOST_LINES, ROW_BYTES, read_text
from chatroom.server.web.uploads import Form, Receiving, _boundary
from chatroom.wire.multiline import pieces_in
from chatroom.wire.reference import Point
from chatroom.wire.tokens import HOOK, Token, looks_like_token, token_of
from fuzzing.inputs import pieces, showing, spoilt, text

TAG = '"0123456789abcdef"'
RANGES = (b"bytes=0-4", b"bytes=5-", b"bytes=-3", b"bytes=0-0,2-3", b"lines=1-2", b"bytes = 1 - 2")
NAMES = (
    b'attachment; filename="a.txt"',
    b"inline; filename*=UTF-8''%e2%82%ac.txt; filename=x",
    b'form-data; name="file"; filename="..\\\\..\\"a"',
)
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--x\r\n'
    b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwhat\r\n--y\r\n'
    b"--x--\r\n"
)
FORM_WORDS = (b"--x", b"--x--", b"\r\n", b"\r\n\r\n", b"--", b'filename="b"', b"\0", b"x" * 5000)
JSONS = (
    b'{"text": "hi\\nthere", "notice": true, "format": "action", "key": "k", "reply_to": "a-1"}',
    b'{"alert": {"title": "down", "tags": [1, {"a": null}]}, "message": "m", "text": ""}',
    b"[[[[{}]]]]",
    b'{"attachments": [{"title": "t", "fallback": "f"}]}',
)
JSON_WORDS = (b"{", b"[" * 50, b"\\ud800", b"\\u0000", b"1e999", b"NaN", b'"', b"\n" * 60, b"\xff")
TEMPLATES = (b"{{.alert.title}} {{ .alert.tags.1.a }}", b"{{.}}{{..}}{{.text", b"{{.message}}" * 30)


def once(random: Random) -> None:
    """One of these, good or spoilt."""
    random.choice(_KINDS)(random)


def _some(
    random: Random, good: tuple[bytes, ...], words: tuple[bytes, ...] = (b"\0", b"\xff")
) -> bytes:
    data = random.choice(good)
    return spoilt(random, data, words) if random.random() < 0.8 else data


def _request(body: bytes = b"", kind: str = "", query: str = "", **headers: str) -> Request:
    return Request(
        "POST", "/", {}, query, {"content-type": kind, **headers}, "localhost:8080", "", "unix",
        False, len(body), "", cast(Any, None), body,
    )  # fmt: skip


def _ranges(random: Random) -> None:
    asked = _some(random, RANGES).decode("latin-1")
    size = random.choice((0, 1, 5, 10**12))
    with showing((asked, size)):
        try:
            part = part_of(size, TAG, asked, random.choice(("", TAG, '"other"', asked)))
        except Unsatisfiable:
            return
        assert 0 <= part.begin <= part.begin + part.size <= size
        assert part.partial or part == (0, size, False)
        has(TAG, asked)


def _names(random: Random) -> None:
    header = _some(random, NAMES, (b'"', b"\\", b"%", b"''", b";", b"../", b"\xc3")).decode(
        "latin-1"
    )
    with showing(header):
        name = file_name(header)
        assert "/" not in name and name.isprintable() and len(name.encode()) <= 255
        assert disposition("inline", name).isascii()


class _Kept:
    """Receives a file."""

    refusal: Response | None = None

    def __init__(self) -> None:
        self.data, self.name = b"", ""

    def start(self, _wake: Callable[[], None]) -> None:
        pass

    def write(self, piece: bytes) -> bool:
        self.data += piece
        return True

    def end(self, name: str) -> Pending:
        self.name = name
        return Pending()

    def abandon(self) -> None:
        self.data = b""


def _forms(random: Random) -> None:
    data = _some(random, (FORM,), FORM_WORDS)
    with showing(data):
        whole, cut = _form([data]), _form(list(pieces(random, data)))
        # Of what is wrong, the parser refuses more if it does not see all of it at once.
        assert cut == whole or (None in (cut, whole) and data != FORM)
    kind = _some(
        random, (b"multipart/form-data; boundary=x", b'multipart/form-data; boundary="a b"')
    )
    assert len(_boundary(kind.decode("latin-1"))) <= 70


def _form(parts: list[bytes]) -> object:
    kept = _Kept()
    form = Form(cast(Receiving, kept), "x")
    try:
        for part in parts:
            form.write(part)
        form.end()
    except Refused as refused:
        assert refused.response.status == 400
        return None
    return kept.name, kept.data


def _secrets(random: Random) -> None:
    good = token_of(bytes(32)).encode()
    token = _some(random, (good,)).decode("latin-1")
    basic = base64.b64encode(_some(random, (b"alice:" + good, b":", b"a:b:c"))).decode()
    basic = basic if random.random() < 0.5 else text(random)
    with showing((token, basic)):
        assert not looks_like_token(token) or (len(token) == len(good) and token.isascii())
        name, password = _read_basic(basic)
        assert ":" not in name and isinstance(password, str)
        assert cookie_name(_request()).isascii()


def _texts(random: Random) -> None:
    body = _some(random, (*JSONS, b"plain\r\ntext\n\n", b"x" * 9000), JSON_WORDS)
    kind = random.choice(("application/json", "text/plain", "", "multipart/form-data; boundary=x"))
    lines, size = random.choice((2, 100)), random.choice((512, 8192))
    with showing((body, kind)):
        try:
            said = read_text(_request(body, kind))
        except Refused as refused:
            assert refused.response.status in (400, 413, 415)
            return
        messages = said.messages(lines, size)
        assert messages == said.messages(lines, size) and messages
        assert len(said.lines) <= MOST_LINES
        for words, rows in messages:
            assert "\0" not in words and "\r" not in words
            assert said.lines[0].startswith("\x01") or len(words.encode()) <= size
            assert rows <= max(lines, 1 + (1 + size) // ROW_BYTES)
            assert all("\n" not in piece.text for piece in pieces_in(words))


def _hooks(random: Random) -> None:
    body = _some(random, JSONS, JSON_WORDS)
    template = _some(random, TEMPLATES, (b"{{.", b"}}", b".0", b".a")).decode("latin-1")
    token = Token(1, 1, HOOK, "hook", ("#ops",), agent=random.choice(("", template)))
    kind = random.choice(("application/json", "text/plain", "application/x-www-form-urlencoded"))
    with showing((body, template)):
        try:
            words = _words(_request(body, kind, f"text={template}" * random.randrange(2)), token)
        except BadRequest as bad:
            assert bad.status == 400
        except Refused as refused:
            assert refused.response.status == 400
        else:
            assert isinstance(words, str)
        try:
            values = json.loads(body)
        except (ValueError, RecursionError):
            return
        found = filled(template, values)
        assert len(found) <= len(template) + MOST_VALUES * LONGEST_VALUE


def _ids(random: Random) -> None:
    cursor = Cursor(
        Point(random.randrange(1 << 48), random.randrange(1 << 40)), random.randrange(99)
    )
    words = spoilt(random, str(cursor).encode()).decode("latin-1")
    with showing(words):
        assert read_cursor(str(cursor)) == cursor
        assert (found := read_cursor(words)) is None or str(found.after.at).isdigit()
        with suppress(BadRequest):
            read_arguments(words)


_KINDS = (_ranges, _names, _forms, _secrets, _texts, _hooks, _ids)
