"""Whose name a text calls."""

import pytest

from chatroom.wire.mentions import mentions


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("alice: hello", "alice"),
        ("hello Alice!", "aLiCe"),
        ("@alice", "alice"),
        ("bobby and bob", "bob"),
        ("Straße", "strasse"),
        ("太郎さん、こんにちは", "太郎"),
        ("ねえ太郎", "太郎"),
        ("bobさん", "bob"),
        ("철수야 안녕", "철수"),
        ("Привет, Ёжик", "ёжик"),
        ("[bob]: hi", "[bob]"),
    ],
)
def test_who_is_called(text: str, name: str) -> None:
    assert mentions(text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [("", "bob"), ("bobby", "bob"), ("abob", "bob"), ("bob_2", "bob"), ("bob2", "bob"),
     ("bo\u0301b", "bo"), ("nobody", "bob"), ("anything", ""), ("bobbob " * 200, "bob")],
)  # fmt: skip
def test_who_is_not(text: str, name: str) -> None:
    assert not mentions(text, name)
