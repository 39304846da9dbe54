"""Who is calling?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.server.doors.sniff import UNDECIDED_BYTES, Caller, sniff

COMMANDS = frozenset({"CAP", "NICK", "USER", "PASS", "PING", "QUIT", "WEBIRC"})


@pytest.mark.parametrize(
    ("head", "caller"),
    [
        (b"CAP LS 302\r\n", Caller.IRC),
        (b"nick alice\n", Caller.IRC),
        (b"webirc word kiwi host 192.0.2.7\n", Caller.GATEWAY),
        (b":a WEBIRC ", Caller.GATEWAY),
        (b"PASS ", None),
        (b"QUIT\r\n", Caller.IRC),
        (b":alice NICK alice\r\n", Caller.IRC),
        (b"@a=b;c :src NICK alice\r\n", Caller.IRC),
        (b"\r\n\r\nNICK alice\r\n", Caller.IRC),
        (b"alice\n", Caller.PERSON),
        (b"alice in wonderland", Caller.PERSON),
        (b"   \r\n", Caller.PERSON),
        (b"NICKname\n", Caller.PERSON),
        ("Пётр\r\n".encode(), Caller.PERSON),
        (b"\xff\xfd\x06", Caller.PERSON),
        (b"\xff", Caller.PERSON),
        (b"\x00\x01\x02\n", Caller.PERSON),
        (b"\x16\x03\x01\x02\x00\x01", Caller.TLS),
        (b"\x16", Caller.TLS),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", Caller.HTTP),
        (b"foo / HTTP/1.1\r\n", Caller.HTTP),  # a page chooses the method, too
        (b"NICK / HTTP/1.1\r\nNICK a\r\n", Caller.HTTP),
        (b"PRIVMSG http://a/ HTTP/1.1\r\n", Caller.HTTP),
        (b"x!# /a", None),
        (b"NICK /a HTT", None),
        (b"NICK /\r\n", Caller.IRC),
        (b"look /usr/bin\r\n", Caller.PERSON),
        (b"POST /say HTTP/1.1", Caller.HTTP),
        (b"OPTIONS * HTTP/1.0\r\n", Caller.HTTP),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Caller.HTTP),
        (b"\r\nGET http://a/b HTTP/1.1\r\n", Caller.HTTP),
        (b"get / http/1.1\r\n", Caller.PERSON),  # RFC 9110 section 9.1: methods have a case
        (b"GET lost\r\n", Caller.PERSON),
        (b"POST\r\n", Caller.PERSON),
        (b"x" * UNDECIDED_BYTES, Caller.HTTP),  # a method may be as long
        (b"x, " * UNDECIDED_BYTES, Caller.PERSON),
        ("alice\r\n".encode("utf-16"), Caller.UTF16),
        ("alice\r\n".encode("utf-16-le"), Caller.UTF16),
        ("alice\r\n".encode("utf-16-be"), Caller.UTF16),
        ("\ufeffalice\r\n".encode("utf-16-be"), Caller.UTF16),
        ("日本\r\n".encode("utf-16"), Caller.UTF16),
        ("NICK alice\r\n".encode("utf-16"), Caller.UTF16),
        (b"\xff\xfe\x01", Caller.PERSON),  # IAC DONT ECHO
        (b"\xff\xfe\x01\xff\xfe\x03", Caller.PERSON),
        (b"\xff\xfe\x01alice\r\n", Caller.PERSON),
        (b"a\r\0b\r\0", Caller.PERSON),  # telnet's line ends
        (b"\xfealice\n", Caller.PERSON),
    ],
)
def test_first_bytes(head: bytes, caller: Caller) -> None:
    """An IRC client, a person, TLS (RFC 8446 section 5.1) or HTTP (RFC 9112 section 3)."""
    assert sniff(head, COMMANDS) is caller


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xfe",
        b"N",
        b"NICK",
        b"GET",
        b"GET /index",
        b"@a=b",
        b"@a=b :src",
        b":src",
        b":src NICK",
    ],
)
def test_still_undecided(head: bytes) -> None:
    """A beginning that could become several."""
    assert sniff(head, COMMANDS) is None


@pytest.mark.parametrize(
    ("line", "caller"),
    [
        (b"CAP LS", Caller.IRC),
        (b"CAP LS 302", Caller.IRC),
        (b"cap req :sasl echo-message", Caller.IRC),
        (b"CAP END", Caller.IRC),
        (b"PASS sesame", Caller.IRC),
        (b"PASS :open sesame", Caller.IRC),
        (b"nick alice", Caller.IRC),
        (b"NICK :alice", Caller.IRC),
        (b"@a=b :src NICK alice", Caller.IRC),
        (b"USER alice 0 * :Alice of Wonderland", Caller.IRC),
        (b"USER alice 8 * Alice", Caller.IRC),
        (b"who are you", Caller.PERSON),
        (b"help me", Caller.PERSON),
        (b"time flies", Caller.PERSON),
        (b"quit now", Caller.PERSON),
        (b"cap of wool", Caller.PERSON),
        (b"pass me the salt", Caller.PERSON),
        (b"nick of time", Caller.PERSON),
        (b"user of the month", Caller.PERSON),
        (b"nick", Caller.PERSON),
        (b"NICK ", Caller.PERSON),
        (b"QUIT", Caller.PERSON),
        (b"GET / HTTP/1.1", Caller.HTTP),
    ],
)
def test_who_was_greeted_is_a_person_unless_they_begin_as_a_client_does(
    line: bytes, caller: Caller
) -> None:
    """No other command is the first of a client, and there is no way from IRC back to words."""
    commands = {"CAP", "NICK", "USER", "PASS", "WHO", "HELP", "TIME", "QUIT"}
    assert sniff(line + b"\r\n", commands, greeted=True) is caller
    callers = {sniff(line[:size], commands, greeted=True) for size in range(len(line))}
    assert callers <= {None, caller}


@pytest.mark.parametrize("lines", [b"\n", b"\r", b"\r\n\r\n", b"\r\0"])
def test_empty_lines_decide_nothing(lines: bytes) -> None:
    """Clients may begin with some; and people are greeted when they wait."""
    assert sniff(lines, COMMANDS) is None
    assert sniff(lines + b"NI", COMMANDS) is None
    assert sniff(lines + b"NICK alice\r\n", COMMANDS) is Caller.IRC
    assert sniff(lines + b"alice\r\n", COMMANDS) is Caller.PERSON


def test_half_a_character_decides_nothing() -> None:
    """The other half of it may be on its way."""
    name = "é\r\n".encode()
    assert sniff(name[:1], COMMANDS) is None
    assert sniff(name, COMMANDS) is Caller.PERSON


def test_a_command_is_ascii() -> None:
    """Capital letters of ı and ß do not make a command of a name."""
    assert sniff("pıng\n".encode(), COMMANDS) is Caller.PERSON
    assert sniff("paß\n".encode(), COMMANDS) is Caller.PERSON


@pytest.mark.parametrize("method", [b"GET", b"NICK", b"x-y"])
def test_a_long_path_in_pieces_is_still_http(method: bytes) -> None:
    """A web page must not get its POST's body taken for lines."""
    request = method + b" /" + b"a" * (4 * UNDECIDED_BYTES) + b" HTTP/1.1\r\n"
    callers = {sniff(request[:size], COMMANDS) for size in range(1, len(request))}
    assert callers == {None, Caller.HTTP}


@given(st.binary(max_size=40))
def test_any_bytes(head: bytes) -> None:
    """Nothing raises, and a whole line is always decided, unless it is empty."""
    for greeted in (False, True):
        sniff(head, COMMANDS, greeted)
        decided = sniff(head + b"\r\n", COMMANDS, greeted) is not None
        assert decided is bool(head.strip(b"\r\n\0"))


@pytest.mark.parametrize(
    "line", [b"@a :b NICK c\r\n", b"GET /x HTTP/1.1\r\n", b"\x16\x03", b"alice\r\n", b"\xff\xf6"]
)
def test_byte_by_byte(line: bytes) -> None:
    """Undecided at first, then decided as for the whole, and never otherwise."""
    callers = {sniff(line[:size], COMMANDS) for size in range(1, len(line) + 1)}
    assert callers <= {None, sniff(line, COMMANDS)}
