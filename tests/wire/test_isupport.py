"""RPL_ISUPPORT tokens, both ways (Modern IRC, "Feature Advertisement", "RPL_ISUPPORT (005)")."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.wire.isupport import (
    BYTES_PER_LINE,
    TOKENS_PER_LINE,
    format_tokens,
    mode_types,
    number,
    parse_tokens,
)
from chatroom.wire.modes import ModeTypes
from examples import examples

NAMES = st.from_regex(r"[A-Z0-9./]{1,20}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
TOKENS = st.dictionaries(NAMES, TEXTS)


def test_tokens_are_read() -> None:
    """Modern IRC, "RPL_ISUPPORT (005)": PARAMETER, PARAMETER=VALUE, and an empty value."""
    tokens = ["NICKLEN=30", "SAFELIST", "CHANLIMIT=#:25,&:", "EXCEPTS=", "PREFIX=(ov)@+"]
    assert parse_tokens(tokens) == {
        "NICKLEN": "30",
        "SAFELIST": "",
        "CHANLIMIT": "#:25,&:",
        "EXCEPTS": "",
        "PREFIX": "(ov)@+",
    }


def test_escapes_in_values() -> None:
    """Modern IRC, "RPL_ISUPPORT (005)": \\x20, \\x5C and \\x3D; "NETWORK Parameter"."""
    assert parse_tokens([r"NETWORK=Example\x20Network"]) == {"NETWORK": "Example Network"}
    assert parse_tokens([r"A=\x5c\x5Cx20\x3D\xZZ"]) == {"A": r"\\x20=\xZZ"}
    assert format_tokens({"A": r"a b=c\d"}) == [(r"A=a\x20b\x3Dc\x5Cd",)]


def test_a_negation_is_left_to_the_caller() -> None:
    """Modern IRC, "RPL_ISUPPORT (005)": -PARAMETER."""
    assert parse_tokens(["-SAFELIST"]) == {"-SAFELIST": ""}


def test_tokens_without_a_value_have_no_sign() -> None:
    """Modern IRC, "RPL_ISUPPORT (005)"."""
    assert format_tokens({"UTF8ONLY": "", "NICKLEN": "30"}) == [("UTF8ONLY", "NICKLEN=30")]
    assert format_tokens({}) == []


def test_thirteen_tokens_in_a_line() -> None:
    """Modern IRC, "RPL_ISUPPORT (005)": the maximum number is 13."""
    groups = format_tokens({f"T{number}": "" for number in range(30)})
    assert [len(group) for group in groups] == [TOKENS_PER_LINE, TOKENS_PER_LINE, 4]
    assert [token for group in groups for token in group] == [f"T{n}" for n in range(30)]


def test_a_line_is_bounded_in_bytes_too() -> None:
    """Modern IRC, "Message Format": 512 bytes; a network may have a long name in any script."""
    groups = format_tokens({"A": "1", "NETWORK": "é" * (BYTES_PER_LINE // 2 - 10), "B": "2" * 20})
    assert [len(group) for group in groups] == [2, 1]


@settings(max_examples=examples(15))
@given(TOKENS)
def test_round_trip(tokens: dict[str, str]) -> None:
    """What is formatted is parsed as the same tokens."""
    groups = format_tokens(tokens)
    parsed = {name: value for group in groups for name, value in parse_tokens(group).items()}
    assert parsed == tokens
    assert not any(" " in token for group in groups for token in group)


def test_a_servers_modes() -> None:
    """Modern IRC, "CHANMODES Parameter" (more groups may follow) and "PREFIX Parameter"."""
    types = mode_types({"CHANMODES": "beI,k,lf,imnst,X,Y", "PREFIX": "(qaohv)~&@%+"})
    assert types == ModeTypes("beI", "k", "lf", "imnst", "qaohv", "~&@%+")
    assert mode_types({"CHANMODES": types.chanmodes, "PREFIX": types.prefix}) == types


def test_a_server_that_tells_little() -> None:
    """Modern IRC, "Feature Advertisement": defaults; an empty PREFIX says that there are none."""
    assert mode_types({}) == ModeTypes()
    assert mode_types({"CHANMODES": "b", "PREFIX": ""}) == ModeTypes("b", "", "", "", "", "")


def test_hostile_tokens() -> None:
    """A value that would break a line, or is absurd, is as if it had not been told."""
    tokens = [r"CHANTYPES=\x0A", r"NETWORK=a\x1b[31m", "CHATHISTORY=" + "9" * 501, "=", "a b=", ""]
    assert parse_tokens(tokens) == {"CHANTYPES": ""}
    assert parse_tokens([r"CHANTYPES=a\x20,:\x1b#&"]) == {"CHANTYPES": "#&"}
    assert parse_tokens(["A=12345", "B=1234"], longest=4) == {"B": "1234"}


def test_absurd_numbers_are_none() -> None:
    """What is no number, or an absurd one, is none; Python refuses 5,000 digits (ValueError)."""
    texts = ["50", "0", "", "-1", "1e9", "٣", "9" * 9, "9" * 10, "9" * 5000]
    found = [50, 0, None, None, None, None, 999_999_999, None, None]
    assert [number(text) for text in texts] == found


@given(st.lists(st.text()))
def test_any_tokens(tokens: list[str]) -> None:
    """A server's bytes raise nothing."""
    mode_types(parse_tokens(tokens))
