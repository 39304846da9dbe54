"""Bytes of a terminal into keys (ECMA-48 section 5.4; xterm's control sequences)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.terminal.keys import (
    CURSOR_AT,
    ESCAPE_SECONDS,
    PASTE,
    PASTE_SECONDS,
    TEXT,
    Key,
    KeyReader,
)

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
    "\x1b[<0;3;4M",
    "\x1b[?62;4c",
    "\x1b[1;9X",
    "\x1bOR",
    "\x1b[I",
]


@pytest.mark.parametrize(("sent", "name"), NAMED.items())
def test_keys_have_names(sent: str, name: str) -> None:
    """Those of blessed, so that its line editor knows them."""
    assert KeyReader().feed(sent.encode()) == [Key(name)]


@pytest.mark.parametrize("sent", MEANINGLESS)
def test_what_means_nothing_is_no_text(sent: str) -> None:
    """Function keys, mouse, answers and focus."""
    assert KeyReader().feed(sent.encode() + b"x") == [Key(TEXT, "x")]


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


@given(st.binary(max_size=40))
def test_any_bytes(data: bytes) -> None:
    """Nothing that a terminal sends raises, or comes through as a control character."""
    reader = KeyReader()
    for key in [*reader.feed(data), *reader.give_up()]:
        assert key.name == PASTE or not any(c < " " or "\x7f" <= c < "\xa0" for c in key.text)


def test_a_lone_escape_waits_a_moment() -> None:
    """It may be the beginning of a key; nothing else needs waiting for."""
    reader = KeyReader()
    assert reader.feed(b"a") == [Key(TEXT, "a")]
    assert reader.patience is None
    assert reader.feed(b"\x1b") == []
    assert reader.patience == ESCAPE_SECONDS
    assert reader.give_up() == [Key("KEY_ESCAPE")]
    assert reader.feed(b"\x1b\x1b[A") == [Key("KEY_ESCAPE"), Key("KEY_UP")]
    assert reader.feed(b"\x1b[1;") == []
    assert reader.patience is None
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


def test_where_the_cursor_is() -> None:
    """CPR (ECMA-48 section 8.3.14), an answer to DSR."""
    assert KeyReader().feed(b"\x1b[12;40R") == [Key(CURSOR_AT, "12;40")]
