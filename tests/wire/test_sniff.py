"""Who is calling? (DESIGN, "Doors")"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire.sniff import UNDECIDED_BYTES, Caller, sniff

COMMANDS = frozenset({"CAP", "NICK", "USER", "PASS", "PING", "QUIT"})


@pytest.mark.parametrize(
    ("head", "caller"),
    [
        (b"CAP LS 302\r\n", Caller.IRC),
        (b"nick alice\n", Caller.IRC),
        (b"PASS ", Caller.IRC),
        (b"QUIT\r\n", Caller.IRC),
        (b":alice NICK alice\r\n", Caller.IRC),
        (b"@a=b;c :src NICK alice\r\n", Caller.IRC),
        (b"\r\n\r\nNICK alice\r\n", Caller.IRC),
        (b"alice\n", Caller.PERSON),
        (b"alice in wonderland", Caller.PERSON),
        (b"\n", Caller.PERSON),
        (b"\r", Caller.PERSON),
        (b"   \r\n", Caller.PERSON),
        (b"NICKname\n", Caller.PERSON),
        ("Пётр\r\n".encode(), Caller.PERSON),
        (b"\xff\xfd\x06", Caller.PERSON),
        (b"\xff", Caller.PERSON),
        (b"\x00\x01\x02\n", Caller.PERSON),
        (b"\x16\x03\x01\x02\x00\x01", Caller.TLS),
        (b"\x16", Caller.TLS),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", Caller.HTTP),
        (b"POST /say HTTP/1.1", Caller.HTTP),
        (b"OPTIONS * HTTP/1.0\r\n", Caller.HTTP),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Caller.HTTP),
        (b"\r\nGET http://a/b HTTP/1.1\r\n", Caller.HTTP),
        (b"get / http/1.1\r\n", Caller.PERSON),  # RFC 9110 section 9.1: methods have a case
        (b"GET lost\r\n", Caller.PERSON),
        (b"POST\r\n", Caller.PERSON),
        (b"x" * UNDECIDED_BYTES, Caller.PERSON),
    ],
)
def test_first_bytes(head: bytes, caller: Caller) -> None:
    """An IRC client, a person, TLS (RFC 8446 section 5.1) or HTTP (RFC 9112 section 3)."""
    assert sniff(head, COMMANDS) is caller


@pytest.mark.parametrize(
    "head",
    [b"", b"N", b"NICK", b"GET", b"GET /index", b"@a=b", b"@a=b :src", b":src", b":src NICK"],
)
def test_still_undecided(head: bytes) -> None:
    """A beginning that could become several."""
    assert sniff(head, COMMANDS) is None


def test_half_a_character_decides_nothing() -> None:
    """The other half of it may be on its way."""
    name = "é\r\n".encode()
    assert sniff(name[:1], COMMANDS) is None
    assert sniff(name, COMMANDS) is Caller.PERSON


def test_a_command_is_ascii() -> None:
    """Capital letters of ı and ß do not make a command of a name."""
    assert sniff("pıng\n".encode(), COMMANDS) is Caller.PERSON
    assert sniff("paß\n".encode(), COMMANDS) is Caller.PERSON


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_a_long_path_in_pieces_is_still_http(method: bytes) -> None:
    """FACTS, "Security traps": a web page must not get its POST's body taken for lines."""
    request = method + b" /" + b"a" * (4 * UNDECIDED_BYTES) + b" HTTP/1.1\r\n"
    callers = {sniff(request[:size], COMMANDS) for size in range(1, len(request))}
    assert callers == {None, Caller.HTTP}


@given(st.binary(max_size=40))
def test_any_bytes(head: bytes) -> None:
    """Nothing raises, and a whole line is always decided."""
    sniff(head, COMMANDS)
    assert sniff(head + b"\r\n", COMMANDS) is not None


@pytest.mark.parametrize(
    "line", [b"@a :b NICK c\r\n", b"GET /x HTTP/1.1\r\n", b"\x16\x03", b"alice\r\n", b"\xff\xf6"]
)
def test_byte_by_byte(line: bytes) -> None:
    """Undecided at first, then decided as for the whole, and never otherwise."""
    callers = {sniff(line[:size], COMMANDS) for size in range(1, len(line) + 1)}
    assert callers <= {None, sniff(line, COMMANDS)}
