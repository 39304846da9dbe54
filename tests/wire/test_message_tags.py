"""Message tags (IRCv3 message-tags, "Format" and "Escaping values")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire.message import escape_value, format_tags, parse_tags, unescape_value

KEYS = st.from_regex(r"\+?([a-z0-9.-]+/)?[A-Za-z0-9-]+", fullmatch=True)


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [(";", "\\:"), (" ", "\\s"), ("\\", "\\\\"), ("\r", "\\r"), ("\n", "\\n"), ("a:é", "a:é")],
)
def test_the_table_of_escapes(plain: str, escaped: str) -> None:
    """message-tags, "Escaping values": the table, both ways."""
    assert escape_value(plain) == escaped
    assert unescape_value(escaped) == plain


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [("test\\", "test"), ("\\b", "b"), ("\\", ""), ("\\\\\\", "\\"), ("\\\\s", "\\s")],
)
def test_escapes_that_mean_nothing(escaped: str, plain: str) -> None:
    """message-tags, "Escaping values": a lone or invalid backslash is dropped."""
    assert unescape_value(escaped) == plain


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("id=123AB;rose", {"id": "123AB", "rose": ""}),
        ("url=;netsplit=tur,ty", {"url": "", "netsplit": "tur,ty"}),
        ("aaa=bbb;ccc;example.com/ddd=eee", {"aaa": "bbb", "ccc": "", "example.com/ddd": "eee"}),
        ("+example.com/foo=bar", {"+example.com/foo": "bar"}),
        ("a=b=c", {"a": "b=c"}),
    ],
)
def test_the_specifications_examples(text: str, tags: dict[str, str]) -> None:
    """Modern IRC, "Tags"; message-tags, "Examples": an empty value is a missing one."""
    assert parse_tags(text) == tags


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    """message-tags, "Format": disregard all but the final occurrence."""
    assert parse_tags("a=1;b=2;a=3") == {"a": "3", "b": "2"}
    assert parse_tags("a=1;a") == {"a": ""}


def test_keys_are_opaque_and_case_sensitive() -> None:
    """message-tags, "Format": no validation that would reject the message."""
    assert parse_tags("A=1;a=2;É_!=3;;=4") == {"A": "1", "a": "2", "É_!": "3"}


def test_an_empty_value_is_written_as_a_missing_one() -> None:
    """message-tags, "Format": never the other way round, for the size limit's sake."""
    assert format_tags({"a": "", "b": "1"}) == "a;b=1"


@given(st.dictionaries(KEYS, st.text()))
def test_round_trip(tags: dict[str, str]) -> None:
    """What is formatted is parsed as the same tags, in the same order."""
    text = format_tags(tags)
    assert not set(text) & set(" \r\n")
    assert list(parse_tags(text).items()) == list(tags.items())


@given(st.text())
def test_any_text(text: str) -> None:
    """Nothing raises, and what was understood is understood again."""
    tags = parse_tags(text)
    assert parse_tags(format_tags(tags)) == tags


@given(st.text(st.sampled_from("\\\\\\:srnx é"), max_size=12))
def test_escapes_are_read_from_left_to_right(escaped: str) -> None:
    """As a reader of one character after the other would."""
    plain, rest = "", iter(escaped)
    for character in rest:
        if character == "\\":
            character = next(rest, "")
            character = {":": ";", "s": " ", "r": "\r", "n": "\n"}.get(character, character)
        plain += character
    assert unescape_value(escaped) == plain
