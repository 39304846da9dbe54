"""What operators of the server type, as parameters of IRC commands."""

import pytest

from chatroom.text.operator_words import OPERATOR_WORDS

SPLIT = {word.name: word.split for word in OPERATOR_WORDS}


@pytest.mark.parametrize(
    ("typed", "params"),
    [
        ("kill bob", ["bob"]),
        ("kill bob too loud", ["bob", "too loud"]),
        ("kline bob", ["bob"]),
        ("kline bob 2h so much spam", ["2h", "bob", "so much spam"]),
        ("kline 2h bob so much spam", ["2h", "bob", "so much spam"]),
        ("kline bob 1d", ["1d", "bob"]),
        ("kline bob so much spam", ["bob", "so much spam"]),
        ("kline 2h", ["2h"]),
        ("dline 192.0.2.0/24 1d spam", ["1d", "192.0.2.0/24", "spam"]),
        ("samode den +ov bob carol", ["den", "+ov", "bob", "carol"]),
        ("sajoin bob den", ["bob", "den"]),
        ("global hello  all", ["hello  all"]),
        ("server-audit", []),
        ("server-audit 5", ["5"]),
    ],
)
def test_the_parameters(typed: str, params: list[str]) -> None:
    """A time may stand in front of the name or behind it."""
    name, _, rest = typed.partition(" ")
    assert SPLIT[name](rest) == params


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("kline 2h", True),
        ("kline bob 2h", False),
        ("dline 1d", True),
        ("dline 192.0.2.7", False),
        ("stats", True),
        ("stats x", True),
        ("stats k", False),
        ("server-audit", False),
        ("server-audit all", True),
        ("server-audit 5", False),
        ("rehash", False),
    ],
)
def test_wrong_words(typed: str, wrong: bool) -> None:
    """They are answered with the usage; the server would name IRC's command, or say nothing."""
    name, _, rest = typed.partition(" ")
    (word,) = [each for each in OPERATOR_WORDS if each.name == name]
    assert word.usage_if_wrong(rest) == (f"Usage: /{name} {word.usage}" if wrong else "")
