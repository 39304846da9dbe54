"""Bytes of a terminal into keys (ECMA-48 section 5.4; xterm's control sequences)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.terminal.input_line import InputLine
from chatroom.client.terminal.keys import (
    BURST_SECONDS,
    CURSOR_AT,
    ESCAPE_SECONDS,
    LONGEST_PASTE,
    LONGEST_SEQUENCE,
    PASTE,
    PASTE_SECONDS,
    SEQUENCE_SECONDS,
    TEXT,
    Key,
    KeyReader,
)
from chatroom.client.ui.commands.table import goes_unnoticed

_START = b"\x1b[200~"

NAMED = {
    "\r": "KEY_ENTER",
    "\n": "KEY_ENTER",
    "\t": "KEY_TAB",
    "\x7f": "KEY_BACKSPACE",
    "\b": "KEY_BACKSPACE",
    "\x01": "KEY_CTRL_A",
    "\x1f": "KEY_CTRL__",
    "\x1b[A": "KEY_UP",
    "\x1bOB": "KEY_DOWN",
    "\x1b[3~": "KEY_DELETE",
    "\x1b[H": "KEY_HOME",
    "\x1b[4~": "KEY_END",
    "\x1bOF": "KEY_END",
    "\x1bOM": "KEY_ENTER",
    "\x1b[Z": "KEY_BTAB",
    "\x1b[1;5C": "KEY_CTRL_RIGHT",
    "\x1b[1;3D": "KEY_ALT_LEFT",
    "\x1b[3;5~": "KEY_CTRL_DELETE",
    "\x1bOd": "KEY_CTRL_LEFT",
    "\x1bb": "KEY_ALT_b",
    "\x1b1": "KEY_ALT_1",
    "\x1b\x7f": "KEY_ALT_BACKSPACE",
    "\x1b\r": "KEY_ALT_ENTER",
    "\x1bé": "KEY_ALT_é",
}

MEANINGLESS = [
    "\x1b[[A",
    "\x1b[15~",
    "\x1b[I",  # focus
    "\x1b[O",
    "\x1b[<0;3;4M",  # mouse: SGR, urxvt, and as it was at first, with any three bytes
    "\x1b[32;3;4M",
    "\x1b[1;5;6M",
    "\x1b[M !!",
    "\x1b[M\ufffd",
    "\x1b[?62;4c",  # device attributes, the first, second and third
    "\x1b[>41;354;0c",
    "\x1bP!|00000000\x1b\\",
    "\x1b[?1;2R",  # positions that are none
    "\x1b[1;2;3R",
    "\x1b[;R",
    "\x1b[999999;1R",
    "\x1b[0n",
    "\x1b[?2004;2$y",  # modes
    "\x1b]11;rgb:0000/2b2b/3636\x1b\\",  # colours
    "\x1b]4;1;rgb:dcdc/3232/2f2f\a",
    "\x1b]52;c;aGVsbG8=\a",
    "\x1bP1$r0m\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b^private\x1b\\",
    "\x1bXstring\x1b\\",
    "\x1b[97;5u",  # kitty's keyboard, and a key that was let go
    "\x1b[1;1:3A",
    "\x1b[27;5;97~",  # xterm's modifyOtherKeys
    "\x1b[8;24;80t",
    "\x1b[1;9X",
    "\x1b[! 5p",
    "\x1b[" + "1;" * 1000 + "m",
    "\x1bOR",
    "\x9b?62;4c",  # eight bits
    "\x9d11;rgb:0/0/0\x9c",
    "\x90x\x9c",
    "\x8fR",
    "\x85",
]

EIGHT_BITS = [b"\x9b?62;4c", b"\x9d11;rgb:0/0/0\x9c", b"\x90x\x1b\\", b"\x8fR", b"\x85", b"\x9c"]
"""The same where the terminal sends no UTF-8 for them."""


@pytest.mark.parametrize(("sent", "name"), NAMED.items())
def test_keys_have_names(sent: str, name: str) -> None:
    """Those of blessed, so that its line editor knows them."""
    assert KeyReader().feed(sent.encode()) == [Key(name)]


@pytest.mark.parametrize("sent", [*(each.encode() for each in MEANINGLESS), *EIGHT_BITS])
def test_what_means_nothing_is_no_text(sent: bytes) -> None:
    """Function keys, mouse, answers and focus: in one piece, in two, and byte by byte."""
    for first in range(len(sent)):
        reader = KeyReader()
        keys = reader.feed(sent[:first]) + reader.feed(sent[first:] + b"x")
        assert keys == [Key(TEXT, "x")]
    reader = KeyReader()
    keys = [key for byte in sent for key in reader.feed(bytes([byte]))]
    assert (keys + reader.feed(b"x"), reader.patience) == ([Key(TEXT, "x")], None)


@pytest.mark.parametrize("sent", [*(each.encode() for each in MEANINGLESS), *EIGHT_BITS])
def test_what_is_cut_short_is_no_text(sent: bytes) -> None:
    """Its end never comes: after a moment keys are keys again; Enter is one at once."""
    for length in range(2, len(sent)):
        reader = KeyReader()
        reader.feed(sent[:length])
        assert [key for key in reader.give_up() if key.name == TEXT] == []
        assert (reader.patience, reader.feed(b"x")) == (None, [Key(TEXT, "x")])
        reader.feed(sent[:length])
        if not sent[:length].endswith(b"\x1b"):  # which makes Alt-Enter of it
            assert reader.feed(b"\rx")[-2:] == [Key("KEY_ENTER"), Key(TEXT, "x")]


def test_the_rest_of_what_the_network_held_up() -> None:
    """An ESC was taken for a key; what belongs to it is no text all the same. What is typed is."""
    for rest in (b"[A", b"[1;5C", b"[<0;3;4M", b"]11;rgb:0/0/0\x1b\\"):
        reader = KeyReader()
        reader.feed(b"\x1b")
        assert reader.give_up() == [Key("KEY_ESCAPE")]
        assert [key for key in reader.feed(rest) if key.name == TEXT] == []
        assert reader.feed(b"[A") == [Key(TEXT, "[A")]
    for typed in (b"x", b"[", b"[x](y)", b"OK"):
        reader = KeyReader()
        reader.feed(b"\x1b")
        reader.give_up()
        assert reader.feed(typed) == [Key(TEXT, typed.decode())]


PIECES = st.one_of(
    st.sampled_from([*NAMED, *MEANINGLESS, "\x1b[200~a\x1b[Ab\nc\x1b[201~", "\x1b[12;40R"]),
    st.text("abé日👨‍👩‍👧", min_size=1),
)


@given(st.lists(PIECES), st.integers(1, 7))
def test_bytes_in_pieces(pieces: list[str], size: int) -> None:
    """However they are cut, the keys are the same, and their text."""
    data = "".join(pieces).encode()
    reader = KeyReader()
    cut = [key for at in range(0, len(data), size) for key in reader.feed(data[at : at + size])]
    assert _joined(cut) == _joined(KeyReader().feed(data))


def _joined(keys: list[Key]) -> list[Key]:
    """Neighbouring texts as one."""
    found: list[Key] = []
    for key in keys:
        if key.name == TEXT and found and found[-1].name == TEXT:
            found[-1] = Key(TEXT, found[-1].text + key.text)
        else:
            found.append(key)
    return found


REPORTS = st.sampled_from([each.encode() for each in MEANINGLESS] + EIGHT_BITS)
ODD = st.sampled_from(b"\x1b [ ] P M O _ \x9b \x9d ; ? 200~ 201~ \r \xc3 \xe2\x82".split(b" "))
NOISE = st.lists(REPORTS | ODD | st.binary(max_size=5), max_size=12)


@pytest.mark.slow
@given(NOISE, st.integers(1, 9), st.booleans())
def test_any_bytes(pieces: list[bytes], size: int, bursts: bool) -> None:
    """Nothing that a terminal sends, cut anywhere and waited for anywhere, raises or comes through
    as a control character; the input line takes all of it, and the next key is a key."""
    reader, line, data = KeyReader(), InputLine(), b"".join(pieces)
    reader.bursts = bursts
    for at in range(0, len(data), size):
        keys = reader.feed(data[at : at + size])
        keys += reader.give_up() if reader.patience is not None and at % 4 == 0 else []
        for key in keys:
            assert key.name == PASTE or not any(c < " " or "\x7f" <= c < "\xa0" for c in key.text)
            line.press(key)
    while reader.patience is not None:
        for key in reader.give_up():
            line.press(key)
    assert reader.feed(b" x")[-1].text.endswith(" x")


@given(st.lists(REPORTS, max_size=8), st.integers(1, 9))
def test_reports_alone_are_no_text(reports: list[bytes], size: int) -> None:
    """However they are cut."""
    reader, data = KeyReader(), b"".join(reports)
    keys = [key for at in range(0, len(data), size) for key in reader.feed(data[at : at + size])]
    assert keys == []


def test_what_never_ends_is_not_kept() -> None:
    """A string, a sequence and a paste without an end take bounded memory."""
    for begin in (b"\x1b]52;c;", b"\x1b[", b"\x1bP"):
        reader = KeyReader()
        reader.feed(begin)
        for _ in range(100):
            assert reader.feed(b"1" * 1000) == []
        assert len(reader._rest) <= LONGEST_SEQUENCE + 1000
    reader = KeyReader()
    reader.feed(_START)
    for _ in range(30):
        reader.feed(b"x" * 50_000)
    assert len(reader.feed(b"\x1b[201~")[0].text) == LONGEST_PASTE + 1


def test_a_lone_escape_waits_a_moment() -> None:
    """It may be the beginning of a key; what has begun may take longer."""
    reader = KeyReader()
    assert reader.feed(b"a") == [Key(TEXT, "a")]
    assert reader.patience is None
    assert reader.feed(b"\x1b") == []
    assert reader.patience == ESCAPE_SECONDS
    assert reader.give_up() == [Key("KEY_ESCAPE")]
    assert reader.feed(b"\x1b\x1b[A") == [Key("KEY_ESCAPE"), Key("KEY_UP")]
    assert reader.feed(b"\x1b[1;") == []
    assert reader.patience == SEQUENCE_SECONDS
    assert reader.feed(b"5C") == [Key("KEY_CTRL_RIGHT")]
    assert reader.feed(b"\x1b[\r") == [Key("KEY_ENTER")]


def test_a_paste_is_one_key() -> None:
    """Whatever is in it (xterm, bracketed paste mode); one whose end is lost ends by itself."""
    reader = KeyReader()
    assert reader.feed(b"\x1b[200~one\rtwo\x1b[") == []
    assert reader.patience == PASTE_SECONDS
    assert reader.feed(b"201~x") == [Key(PASTE, "one\rtwo"), Key(TEXT, "x")]
    assert reader.feed(b"\x1b[200~lost") == []
    assert reader.give_up() == [Key(PASTE, "lost")]
    assert reader.feed(b"x") == [Key(TEXT, "x")]


def test_a_paste_that_is_not_marked() -> None:
    """Several lines in one piece, and what comes with them; where that is looked for at all."""
    reader = KeyReader()
    assert reader.feed(b"one\rtwo\rx\r")[1] == Key("KEY_ENTER")
    reader.bursts = True
    assert reader.feed(b"one\rtwo\r\rx\r") == []
    assert reader.patience == BURST_SECONDS
    assert reader.feed(b"three \x1b[A") == []
    assert reader.give_up() == [Key(PASTE, "one\rtwo\r\rx\rthree \x1b[A")]
    for typed in (
        b"one\r",
        b"one",
        b"\r\r\r",
        b"one\ntwo\nx\n",
        b"one\r\rtwo\r",
        b"one\r\x1b[Atwo\rx\r",
        b"a\r\x03b\rc\r",
    ):
        assert PASTE not in [key.name for key in reader.feed(typed)]
        assert reader.patience is None


@pytest.mark.parametrize(
    "pasted",
    [
        b"exit\rtwo\r",
        b"exit \rtwo",
        b"two\r/quit now\r",
        b"/etc/hosts is wrong\r\rtwo\r",
        b"two\rexit\r",
    ],
)
def test_two_lines_that_are_not_marked(pasted: bytes) -> None:
    """With a command among them they are a paste: nothing of it is carried out."""
    reader = KeyReader()
    reader.bursts = True
    assert reader.feed(pasted) == []
    assert reader.give_up() == [Key(PASTE, pasted.decode())]


@pytest.mark.parametrize(
    "typed",
    [
        b"one\rtwo\r",
        b"one\r//two\r",
        b"one\r /quit\r",
        b"one\rexit it\r",
        b"one\r/qu",
        b"/quit\r",
        b"/quit\r\r",
        b"one\n/quit\n",
    ],
)
def test_two_lines_that_may_be_typed(typed: bytes) -> None:
    """Over a slow line they come in one piece."""
    reader = KeyReader()
    reader.bursts = True
    assert PASTE not in [key.name for key in reader.feed(typed)]
    assert reader.patience is None


@pytest.mark.parametrize(
    ("data", "paste"),
    [
        (b"/query nina\r/who\r", False),
        (b"/query nina\r\r/names general\r/SEARCH from:bob tea\r/help\r", False),
        (b"/who\r" * 5, True),
        (b"/query nina\r/who", True),  # not entered yet, so perhaps not all of it
        (b"/query nina hello\r/who\r", True),
        (b"/query\r/who\r", True),
        (b"/query nina\rhello\r", True),
        (b"/who\r//who\r", True),
        (b"/who\rwho\r", True),
        (b"/who\rexit\r", True),
        (b"/who\r/nonsense\r", True),
        *((b"/who\r/%s a\r" % word, True) for word in (b"quit", b"kick", b"join", b"msg", b"raw")),
    ],
)
def test_commands_that_are_typed_ahead(data: bytes, paste: bool) -> None:
    """Two of which nobody else notices anything are carried out; all else is asked about."""
    reader = KeyReader(goes_unnoticed)
    reader.bursts = True
    keys = reader.feed(data)
    assert (keys == []) is paste
    if paste:
        assert reader.give_up() == [Key(PASTE, data.decode())]
    else:
        assert keys.count(Key("KEY_ENTER")) == data.count(b"\r")


def test_where_the_cursor_is() -> None:
    """CPR (ECMA-48 section 8.3.14), an answer to DSR."""
    assert KeyReader().feed(b"\x1b[12;40R") == [Key(CURSOR_AT, "12;40")]
