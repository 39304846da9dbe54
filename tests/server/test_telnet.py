"""Telnet's commands among a person's bytes (RFC 854, RFC 855)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.server.doors.plain.telnet import HOW_TO_LEAVE, MAX_COMMAND, TelnetFilter

IAC, SB, SE = b"\xff", b"\xfa", b"\xf0"
WILL, WONT, DO, DONT = b"\xfb", b"\xfc", b"\xfd", b"\xfe"


def fed(*pieces: bytes) -> tuple[bytes, bytes]:
    """All text and all answers for these pieces."""
    telnet = TelnetFilter()
    pairs = [telnet.feed(piece) for piece in pieces]
    return b"".join(text for text, _ in pairs), b"".join(answer for _, answer in pairs)


def bytewise(data: bytes) -> tuple[bytes, bytes]:
    """The same with each byte for itself."""
    return fed(*(data[at : at + 1] for at in range(len(data))))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (IAC + WILL + b"\x1f", IAC + DONT + b"\x1f"),
        (IAC + DO + b"\x06", IAC + WONT + b"\x06"),  # the timing mark after Ctrl-C
        (IAC + DO + IAC, IAC + WONT + IAC),
        (IAC + WONT + b"\x01", b""),
        (IAC + DONT + b"\x01", b""),
        (IAC + b"\xf6", b"[Yes]\r\n"),  # are you there?
        (IAC + b"\xf1", b""),  # no operation
        (IAC + b"\xf2", b""),  # data mark
        (IAC + b"\xf5", b""),  # abort output
        (IAC + b"\xf4", HOW_TO_LEAVE),  # interrupt process: Ctrl-C
        (IAC + b"\xf3", HOW_TO_LEAVE),  # break
        (IAC + b"\xec", HOW_TO_LEAVE),  # end of file: Ctrl-D
        (IAC + b"\xed", HOW_TO_LEAVE),  # suspend process: Ctrl-Z
        (IAC + b"\xee", HOW_TO_LEAVE),  # abort process
        (IAC + SB + b"\x1f\x00\x50\x00\x18" + IAC + SE, b""),
    ],
)
def test_commands_are_taken_out_and_answered(asked: bytes, answer: bytes) -> None:
    """RFC 854: offers and requests are refused, refusals not answered."""
    data = b"hel" + asked + b"lo\r\n"
    assert fed(data) == (b"hello\r\n", answer)
    assert bytewise(data) == (b"hello\r\n", answer)


def test_an_interrupt_is_answered_once_more_after_the_timing_mark() -> None:
    """RFC 860: until then telnet throws away what it receives."""
    data = IAC + b"\xf4" + IAC + b"\xf2" + IAC + DO + b"\x06"
    refusal = IAC + WONT + b"\x06"
    assert fed(data, data[-3:]) == (b"", HOW_TO_LEAVE + refusal + HOW_TO_LEAVE + refusal)
    assert bytewise(data) == fed(data)


@pytest.mark.parametrize(("command", "key"), [(b"\xf7", b"\x7f"), (b"\xf8", b"\x15")])
def test_erasing_becomes_a_key(command: bytes, key: bytes) -> None:
    """RFC 854, "Erase Character" and "Erase Line"; `wire.editing` obeys the key."""
    data = b"hellp" + IAC + command + b"o\r\n"
    assert fed(data) == (b"hellp" + key + b"o\r\n", b"")
    assert bytewise(data) == fed(data)
    assert fed(IAC + SB + b"\x18" + IAC + command + IAC + SE + b"a") == (b"a", b"")


@pytest.mark.parametrize("more", [b"", (IAC + b"\xf1") * 64, (IAC + DO + b"\xf7") * 64])
def test_erasing_counts_however_many_commands_come(more: bytes) -> None:
    """A key that is held down, over a slow line; EC is 0xF7, which is an option's number too."""
    erase, erase_line = IAC + b"\xf7", IAC + b"\xf8"
    text, _ = fed(b"hello" + more + erase * 70 + b"x" + erase_line + erase + b"y")
    assert text == b"hello" + b"\x7f" * 70 + b"x\x15\x7fy"


def test_plain_text_passes_untouched() -> None:
    """UTF-8 has no byte 255: nothing is copied."""
    text = "grüß dich 😀\r\n".encode()
    telnet = TelnetFilter()
    assert telnet.feed(text)[0] is text


def test_byte_255_is_no_text() -> None:
    """RFC 854: IAC IAC is the byte 255, which is in no UTF-8."""
    assert fed(b"a" + IAC + IAC + b"b") == (b"ab", b"")


def test_two_that_refuse_each_other_fall_silent() -> None:
    """RFC 854: no loops."""
    _, refusal = fed(IAC + WILL + b"\x01" + IAC + DO + b"\x01")
    assert fed(refusal) == (b"", b"")


def test_iac_iac_does_not_end_a_subnegotiation() -> None:
    """RFC 855: 255 is doubled within; the SE after it is data."""
    data = b"a" + IAC + SB + b"\x18" + IAC + IAC + SE + b"still" + IAC + SE + b"b"
    assert fed(data) == (b"ab", b"")


def test_commands_in_a_subnegotiation_are_not_answered() -> None:
    """RFC 855: what stands between SB and SE is the option's business."""
    assert fed(IAC + SB + IAC + DO + b"\x01" + IAC + b"\xf6" + IAC + SE + b"a") == (b"a", b"")


def test_a_subnegotiation_of_a_megabyte() -> None:
    """It costs no memory; after MAX_COMMAND bytes it was noise, and the rest is text again."""
    telnet = TelnetFilter()
    assert telnet.feed(b"a" + IAC + SB + b"x" * MAX_COMMAND) == (b"a", b"")
    assert telnet.feed(b"y" * 2**20) == (b"y" * 2**20, b"")
    assert telnet._unfinished == b""
    assert telnet.feed(IAC + SE + b"z") == (b"z", b"")


def test_a_megabyte_of_openings() -> None:
    """Each might begin a subnegotiation, and none is looked through more than once."""
    assert fed((IAC + SB) * 2**17 + IAC + SE + b"a") == (b"a", b"")


def test_what_is_kept_is_never_more_than_a_command_cut_short() -> None:
    """IAC and a verb wait for the third byte."""
    telnet = TelnetFilter()
    assert telnet.feed(b"a" + IAC) == (b"a", b"")
    assert telnet.feed(DO) == (b"", b"")
    assert telnet._unfinished == IAC + DO
    assert telnet.feed(b"\x03b") == (b"b", IAC + WONT + b"\x03")


PIECES = st.sampled_from(
    [IAC, SB, SE, WILL, DO, DONT, b"\xf6", b"\xf7", b"a", b"\xc3\xa9", b"x" * 200]
)


@given(st.lists(PIECES).map(b"".join), st.data())
def test_however_it_is_cut(data: bytes, draw: st.DataObject) -> None:
    """Whole, in two and byte by byte: the same text and answers."""
    whole = fed(data)
    cut = draw.draw(st.integers(0, len(data)))
    assert fed(data[:cut], data[cut:]) == whole
    assert bytewise(data) == whole


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    """Nothing raises, and no IAC is left in the text."""
    assert IAC not in fed(data)[0]
