"""The attacks of `attacks.py` that come by HTTP and WebSocket. Guests may upload files."""

from base64 import b64encode

from benchmarks.worst.attack import Attack, Payload

_HOST = b"Host: localhost\r\n"
_GET = b"GET / HTTP/1.1\r\n" + _HOST
_UPLOAD = b"POST /files HTTP/1.1\r\n" + _HOST
_OPEN = (
    b"GET /irc HTTP/1.1\r\n" + _HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_TEXT, _BINARY, _PING = 0x1, 0x2, 0x9
_FIN = 0x80


def _frame(first: int, text: bytes = b"") -> bytes:
    """A client's frame with a mask of zeros, at most 125 bytes."""
    return bytes((first, 0x80 | len(text))) + bytes(4) + text


def _always(data: bytes) -> Payload:
    return lambda _one, _number: data


def _opens(_one: int) -> bytes:
    return _OPEN


def _registers(one: int) -> bytes:
    return _OPEN + b"".join(
        _frame(_FIN | _TEXT, line)
        for line in (f"NICK w{one}".encode(), b"USER w 0 * :w", b"JOIN #web")
    )


def _password(one: int, number: int) -> bytes:
    said = b64encode(f"m{one}:x{number}".encode())
    return _UPLOAD + b"Content-Length: 1\r\nAuthorization: Basic " + said + b"\r\n\r\nx"


def _unknown_file(one: int, number: int) -> bytes:
    return f"GET /files/{one:011}{number:011}/a HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


WEB_ATTACKS = (
    Attack("GET /", _always(_GET + b"\r\n")),
    Attack("GET /, compressed", _always(_GET + b"Accept-Encoding: gzip\r\n\r\n")),
    Attack("GET /, 100 at once, unread", _always((_GET + b"\r\n") * 100), reads=False),
    Attack("GET / that is known", _always(_GET + b"If-None-Match: *\r\n\r\n")),
    Attack("GET of nothing", lambda one, n: b"GET /%d/%d HTTP/1.1\r\n%s\r\n" % (one, n, _HOST)),
    Attack("GET of unknown files", _unknown_file),
    Attack("GET with 45 headers", _always(_GET + b"".join(b"X-%d: a\r\n" % n for n in range(45))
                                          + b"\r\n")),
    Attack("GET without an end", _always(b"X: y\r\n"), lambda _one: _GET),
    Attack("GET with 50 arguments", _always(b"GET /?" + b"a=%41&" * 50 + b" HTTP/1.1\r\n" + _HOST
                                           + b"\r\n")),
    Attack("HTTP that is none", _always(b"GET / HTTP/1.1\r\n\n\n"), lines_each=1),
    Attack("HTTP connections that come and go", _always(_GET + b"\r\n"), lines_each=1),
    Attack("empty lines behind a request", _always(b"\r\n" * 8000), lambda _one: _GET + b"\r\n"),
    Attack("uploads of a byte", _always(_UPLOAD + b"Content-Length: 1\r\n\r\nx")),
    Attack("uploads that stop", _always(_UPLOAD + b"Content-Length: 1000000\r\n\r\n" + b"x" * 9000),
           lines_each=1),
    Attack("uploads in chunks of a byte", _always(b"1\r\nx\r\n" * 1000),
           lambda _one: _UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    Attack("forms of many parts", _always(_UPLOAD + b"Content-Length: 10000000\r\nContent-Type:"
           b" multipart/form-data; boundary=x\r\n\r\n" + b"--x\r\nA: b\r\n\r\nx\r\n" * 400)),
    Attack("uploads with wrong passwords", _password),
    Attack("WebSockets that come and go", _always(_OPEN), lines_each=1),
    Attack("WebSocket pings", _always(_frame(_FIN | _PING, b"p" * 125) * 100), _opens),
    Attack("WebSocket frames without end", _always(_frame(0) * 2000),
           lambda _one: _OPEN + _frame(_TEXT)),
    Attack("WebSocket parts of a byte", _always(_frame(_TEXT, b"x") + _frame(0, b"x") * 1000
                                                + _frame(_FIN)), _opens),
    Attack("WebSocket, empty messages", _always(_frame(_FIN | _BINARY) * 2000), _registers),
    Attack("WebSocket, JOIN and PART", _always(_frame(_FIN | _TEXT, b"PART #web")
                                               + _frame(_FIN | _TEXT, b"JOIN #web")), _registers),
    Attack("WebSocket, invalid frames", _always(_OPEN + b"\xff" * 8000), lines_each=1),
)  # fmt: skip
