"""Requests of HTTP, spoilt: read alike however they are cut, or refused alike."""

from random import Random

from chatroom.server.web.exchange import END, BadRequest, Exchange, Head
from chatroom.server.web.request import read_arguments, read_headers, read_target
from fuzzing.inputs import showing, spoilt

METHODS = (b"GET", b"POST", b"HEAD", b"OPTIONS")
TARGETS = (b"/", b"/rooms/a%2Fb?x=1&y=%C3%A4", b"http://x/a", b"*", b"/a/../b", b"/%00")
BODIES = (
    b"\r\n",
    b"Content-Length: 5\r\n\r\nhello",
    b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
    b"Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
)
WORDS = (b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b":", b"%", b"//", b"\\", b"0\r\n\r\n",
         b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: x\r\n",
         b"Connection: close\r\n", b"GET / HTTP/1.1\r\n", b"HTTP/1.0", b"\xff")  # fmt: skip


def once(random: Random) -> None:
    """Up to three requests behind each other, good or spoilt."""
    data = b"".join(_request(random) for _ in range(random.randint(1, 3)))
    data = spoilt(random, data, WORDS) if random.random() < 0.8 else data
    with showing(data):
        whole = _read([data])
        middle = random.randrange(len(data) + 1)
        pieces = [data[at : at + 1] for at in range(len(data))]
        for found in (_read([data[:middle], data[middle:]]), _read(pieces)):
            # A chunk's line of 513 to 1,024 bytes is too long only if its end is late.
            assert found == whole or 431 in (found[-1], whole[-1])


def _request(random: Random) -> bytes:
    line = random.choice(METHODS) + b" " + random.choice(TARGETS) + b" HTTP/1.1\r\n"
    return line + b"Host: x\r\n" + random.choice(BODIES)


def _read(parts: list[bytes]) -> list[object]:
    """The heads, bodies and ends that were read, and the status of a refusal."""
    exchange = Exchange()
    found: list[object] = []
    for part in parts:
        exchange.feed(part)
        try:
            while (event := exchange.read()) is not None:
                _note(exchange, event, found)
                if found[-1] == "last":
                    return found
        except BadRequest as bad:
            assert str(bad).endswith(".") and str(bad).isascii()
            return [*found, bad.status]
    return found


def _note(exchange: Exchange, event: object, found: list[object]) -> None:
    if isinstance(event, Head):
        target = read_target(event.method, event.target)
        headers = read_headers(event)
        assert not {"..", "."} & set(target.segments)
        read_arguments(target.query)
        found += [event.method, target, dict(headers), b""]
    elif isinstance(event, bytes):
        assert isinstance(found[-1], bytes)
        found[-1] += event
    else:
        assert event is END
        exchange.begin(204, ())
        exchange.end()
        found.append("end" if exchange.may_go_on else "last")
        exchange.next()
