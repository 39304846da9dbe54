"""Whether a text names somebody."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters import characters
from chatroom.wire import mention
from chatroom.wire.mention import MOST_PLACES, Heard, mentions, names
from examples import examples

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


def slowly(word: str, text: str) -> bool:
    """`names`, place by place."""
    return any(
        not mention._goes_on_before(word, text, found.start())
        and not mention._goes_on_behind(word, text, found.end())
        for found in re.finditer(re.escape(word), text)
    )


LETTERS = st.text(st.sampled_from("ab_1^-é太郎たタน๑〇철수야\u0301\ufe0f\u20e3 ,"), max_size=25)


@settings(max_examples=examples(150))
@given(LETTERS, LETTERS.filter(bool), LETTERS)
def test_names_is_as_if_each_place_were_tried(before: str, word: str, behind: str) -> None:
    for text in (before + word + behind, before + behind, f"{word[0]}{before}{word}"):
        assert names(word, text) == slowly(word, text)


def test_words_are_split_where_a_name_may_end() -> None:
    """For each character of Unicode: the set of words says what its neighbours would say."""
    nothing = []
    for character in characters():
        kind = unicodedata.category(character)
        if kind in ("Cn", "Co"):
            nothing.append(character)
        elif kind not in ("Mn", "Mc", "Me"):
            goes_on = mention._belongs.__wrapped__(False, "b", character)
            assert (mention._SPACED_WORDS.fullmatch(character) is not None) == goes_on
    assert not mention._SPACED_WORDS.search("".join(nothing))
    assert not any(mention._belongs.__wrapped__(False, "b", each) for each in nothing)


@pytest.mark.parametrize(
    ("text", "name", "most"),
    [("p" * 430, "p", 0), ("å" * 200, "å", 0), ("bob2 " * 90, "bob", 0), ("hello", "太", 0),
     ("太" * 140, "太", MOST_PLACES), ("p\u0301" * 140, "p", MOST_PLACES)],
)  # fmt: skip
def test_few_places_are_tried(
    text: str, name: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    before = mention._goes_on_before

    def noting(word: str, text: str, start: int) -> bool:
        tried.append(start)
        return before(word, text, start)

    monkeypatch.setattr(mention, "_goes_on_before", noting)
    assert not Heard(text).mentions(name)
    assert len(tried) == most
