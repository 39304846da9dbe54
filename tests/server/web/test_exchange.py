"""Requests as bytes: which are read, and how, and which are refused with which status. Each comes
whole, in two parts, and byte by byte."""

from collections.abc import Iterator

import pytest

from chatroom.server.web.exchange import END, BadRequest, Exchange, Head
from chatroom.server.web.request import read_arguments, read_headers, read_target

HOST = b"Host: x\r\n"
GET = b"GET / HTTP/1.1\r\n"
POST = b"POST /a HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def read(parts: Iterator[bytes]) -> list[str]:
    """What is read: a word for each request and its body; or the status of the refusal."""
    exchange, found = Exchange(), []
    for part in parts:
        exchange.feed(part)
        try:
            while (event := exchange.read()) is not None:
                if isinstance(event, Head):
                    target = read_target(event.method, event.target)
                    read_headers(event)
                    found.append(f"{event.method} {'/'.join(target.segments)} ")
                elif isinstance(event, bytes):
                    found[-1] += event.decode()
                elif event is END:
                    found[-1] += "."
                    exchange.begin(204, ())
                    exchange.end()
                    if not exchange.may_go_on:
                        return found
                    exchange.next()
        except BadRequest as bad:
            return [*found, str(bad.status)]
    return found


READ = [
    (GET + HOST + b"\r\n", ["GET  ."]),
    (5 * b"\r\n" + GET + HOST + b"\r\n", ["GET  ."]),
    (2 * (GET + HOST + b"\r\n"), ["GET  .", "GET  ."]),
    (b"GET / HTTP/1.0\r\n\r\n", ["GET  ."]),
    (b"GET http://x/a?b HTTP/1.1\r\n" + HOST + b"\r\n", ["GET a ."]),
    (b"GET http://x HTTP/1.1\r\n" + HOST + b"\r\n", ["GET  ."]),
    (b"GET /%23a%2Fb/%C3%A4 HTTP/1.1\r\n" + HOST + b"\r\n", ["GET #a/b/ä ."]),
    (b"GET /a?b=/../%00 HTTP/1.1\r\n" + HOST + b"\r\n", ["GET a ."]),
    (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", ["OPTIONS  ."]),
    (POST + b"Content-Length: 5\r\n\r\nhello", ["POST a hello."]),
    (POST + b"Content-Length:  0 \r\n\r\n" + GET + HOST + b"\r\n", ["POST a .", "GET  ."]),
    (POST + b"Content-Length: 2\r\n\r\nhi" + GET + HOST + b"\r\n", ["POST a hi.", "GET  ."]),
    (CHUNKED + b"3\r\nabc\r\n0a;x=y\r\n0123456789\r\n0\r\n\r\n", ["POST a abc0123456789."]),
    (CHUNKED + b"1\r\na\r\n0\r\nX: y\r\n\r\n" + GET + HOST + b"\r\n", ["POST a a.", "GET  ."]),
    (CHUNKED.replace(b"chunked", b"Chunked") + b"0\r\n\r\n", ["POST a ."]),
    (POST + b"Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi", ["POST a hi."]),
    (GET + HOST + b"Cookie: a=b\r\nCookie: c=d\r\nAccept: a\r\nAccept: b\r\n\r\n", ["GET  ."]),
    # Not complete
    (GET + HOST, []),
    (POST + b"Content-Length: 5\r\n\r\nhell", ["POST a hell"]),
    (CHUNKED + b"5\r\nhell", ["POST a hell"]),
]

REFUSED = [
    # Two lengths, or a length and chunks: request smuggling (RFC 9112 section 11.2)
    (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
    (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "400"),
    (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "400"),
    (POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "400"),
    (POST + b"Content-Length: 5, 5\r\n\r\nhello", "400"),
    (POST + b"Content-Length: +5\r\n\r\nhello", "400"),
    (POST + b"Content-Length: -1\r\n\r\n", "400"),
    (POST + b"Content-Length: 0x5\r\n\r\nhello", "400"),
    (POST + b"Content-Length: 5 5\r\n\r\nhello", "400"),
    (POST + b"Content-Length:\r\n\r\nhello", "400"),
    (POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", "400"),
    (POST + b"Content-Length : 5\r\n\r\nhello", "400"),
    (POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400"),
    (POST + b"Transfer-Encoding: xchunked\r\n\r\n", "501"),
    (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "501"),
    (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n", "501"),
    (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "501"),
    (POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n", "400"),
    (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
    # Line ends
    (b"GET / HTTP/1.1\nHost: x\n\n", "400"),
    (GET + b"Host: x\n\r\n", "400"),
    (GET + HOST + b"A: b\rc\r\n\r\n", "400"),
    (GET + HOST + b"A: b\r\r\n\r\n", "400"),
    (GET + HOST + b"A: b\r\n folded\r\n\r\n", "400"),
    (GET + HOST + b"A: b\r\n\tfolded\r\n\r\n", "400"),
    (GET + b" " + HOST + b"\r\n", "400"),
    (b"\n" + GET + HOST + b"\r\n", "400"),
    # Characters
    (GET + HOST + b"A: \x00\r\n\r\n", "400"),
    (GET + HOST + b"A: \x7f\r\n\r\n", "400"),
    (GET + HOST + b": b\r\n\r\n", "400"),
    (GET + HOST + b"A b: c\r\n\r\n", "400"),
    (GET + HOST + b"no colon\r\n\r\n", "400"),
    (GET + HOST + "Ä: c\r\n\r\n".encode(), "400"),
    # The request line
    (b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n", "505"),
    (b"GET /\r\n\r\n", "505"),
    (b"GET / HTTP/0.9\r\n\r\n", "505"),
    (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", "505"),
    (b"GET / HTTP/1.10\r\n" + HOST + b"\r\n", "505"),
    (b"GET / http/1.1\r\n" + HOST + b"\r\n", "505"),
    (b"G(T / HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"G" * 30 + b" / HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    # Host
    (GET + b"\r\n", "400"),
    (GET + HOST + HOST + b"\r\n", "400"),
    (GET + HOST + b"Host: y\r\n\r\n", "400"),
    # Paths
    (b"GET /../a HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a/%2e%2E/b HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a/. HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET //a HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a//b HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a%00 HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a%0d%0ab HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a%ff HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a%zz HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a% HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a\\b HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET \\ HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET a HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET ftp://x/ HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET http:///a HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"CONNECT x:80 HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    (b"GET /?a=<b> HTTP/1.1\r\n" + HOST + b"\r\n", "400"),
    # Sizes
    (b"GET /" + b"a" * 8000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", "414"),
    (b"GET " + b"/a" * 20 + b" HTTP/1.1\r\n" + HOST + b"\r\n", "414"),
    (GET + HOST + b"A: b\r\n" * 48 + b"\r\n", "431"),
    (GET + HOST + (b"A: " + b"b" * 990 + b"\r\n") * 17, "431"),
    # Expectations
    (POST + b"Expect: a miracle\r\nContent-Length: 2\r\n\r\nhi", "417"),
    # Two of what may be there once
    (GET + HOST + b"Origin: http://x\r\nOrigin: http://y\r\n\r\n", "400"),
    (GET + HOST + b"Authorization: a\r\nAuthorization: a\r\n\r\n", "400"),
    # Chunks
    (CHUNKED + b"x\r\n", "400"),
    (CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", "400"),
    (CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", "400"),
    (CHUNKED + b" 5\r\nhello\r\n0\r\n\r\n", "400"),
    (CHUNKED + b"5\nhello\r\n0\r\n\r\n", "400"),
    (CHUNKED + b"5;a\nb\r\nhello\r\n0\r\n\r\n", "400"),
    (CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n", "400"),
    (CHUNKED + b"1" * 30 + b"\r\n", "400"),
    (CHUNKED + b"5;" + b"x" * 2000, "431"),
    (CHUNKED + b"0\r\n" + b"A: b\r\n" * 400 + b"\r\n", "431"),
    (CHUNKED + b"0\r\nno colon\r\n\r\n", "400"),
]


def status(found: list[str]) -> str:
    return found[-1] if found else ""


@pytest.mark.parametrize(("raw", "wanted"), READ)
def test_what_is_read(raw: bytes, wanted: list[str]) -> None:
    middle = len(raw) // 2
    assert read(iter([raw])) == wanted
    assert read(iter([raw[:middle], raw[middle:]])) == wanted
    assert read(bytes([byte]) for byte in raw) == wanted


@pytest.mark.parametrize(("raw", "wanted"), REFUSED)
def test_what_is_refused(raw: bytes, wanted: str) -> None:
    middle = len(raw) // 2
    assert status(read(iter([raw]))) == wanted
    assert status(read(iter([raw[:middle], raw[middle:]]))) == wanted
    assert status(read(bytes([byte]) for byte in raw)) == wanted


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"1\r\naX\r\n0\r\n\r\n",
        b"0\r\n\n",
        b"0\r\nA: b\n\n",
    ],
)
def test_chunks_with_wrong_ends(body: bytes) -> None:
    """What stands in front of the fault may be read, but no end of the request."""
    for parts in ([CHUNKED + body], [CHUNKED + body[:1], body[1:]]):
        found = read(iter(parts))
        assert status(found) == "400" and "." not in "".join(found)


def test_arguments() -> None:
    assert read_arguments("a=1&b=%C3%A4+c&a=2&empty=") == {"a": "2", "b": "ä c", "empty": ""}
    for wrong in ("a=%ff", "&".join("a=1" for _ in range(51))):
        with pytest.raises(BadRequest):
            read_arguments(wrong)
