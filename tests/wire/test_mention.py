"""Whether a text names somebody."""

import pytest

from chatroom.wire.mention import mentions, names

RINGS = [
    ("太郎", "太郎さん、おはよう"),
    ("太郎", "ねえ太郎"),
    ("太郎", "ねえ太郎、いる？"),
    ("太郎", "やっと太郎君が来た"),
    ("太郎", "@太郎"),
    ("小明", "你好小明今天来吗"),
    ("タロウ", "ねえタロウさん"),
    ("林", "林さんは？"),
    ("สมชาย", "สวัสดีสมชายครับ"),
    ("철수", "철수야"),
    ("철수", "철수님이 왔다"),
    ("철수", "어제 철수한테서 들었다"),
    ("철수", "안녕, 철수!"),
    ("bob", "bobさん、どう思う？"),
    ("bob", "これはbobの本"),
    ("bob", "bob님"),
    ("bob", "bob은 어디?"),
    ("bob", "bob's tea, bob’s cake"),
    ("bob", "ask bob: now"),
    ("bob", "(bob)"),
    ("bob", "«bob»"),
    ("bob", "bob👍"),
    ("bob", "❤️bob"),
    ("bob", "1️⃣bob"),
    ("bob", "👍🏽bob🎉"),
    ("bob", "bobsled, bob"),
    ("борис", "привет,борис!"),
    ("émile", "salut émile…"),
]
SILENT = [
    ("bob", "bobsled"),
    ("bob", "a bobsled and kabob"),
    ("bob", "bob_2 or bob2"),
    ("bob", "bobby"),
    ("bob", "bob\u0301"),
    ("e\u0301m", "le\u0301m"),
    ("철수", "철수세미"),
    ("철수", "한철수"),
    ("太郎", "太郎2"),
    ("林", "森林公園"),
    ("борис", "борисом"),
    ("bob", ""),
]


@pytest.mark.parametrize(("word", "text"), RINGS)
def test_a_name_by_itself(word: str, text: str) -> None:
    """In scripts without spaces, before particles, beside punctuation and emoji."""
    assert names(word, text)


@pytest.mark.parametrize(("word", "text"), SILENT)
def test_a_part_of_another_word(word: str, text: str) -> None:
    """It names nobody."""
    assert not names(word, text)


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
