"""The table of numerics (Modern IRC, "Numerics")."""

import re
from string import Formatter

import pytest

from chatroom.wire.numerics import NUMERICS as TABLE
from chatroom.wire.numerics import Kind


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("RPL_WELCOME", "001"),
        ("RPL_ISUPPORT", "005"),
        ("RPL_UMODEIS", "221"),
        ("RPL_NAMREPLY", "353"),
        ("RPL_ENDOFNAMES", "366"),
        ("RPL_WHOREPLY", "352"),
        ("RPL_ENDOFWHO", "315"),
        ("RPL_MOTD", "372"),
        ("ERR_NOSUCHNICK", "401"),
        ("ERR_INPUTTOOLONG", "417"),
        ("ERR_UNKNOWNCOMMAND", "421"),
        ("ERR_NICKNAMEINUSE", "433"),
        ("ERR_NOTREGISTERED", "451"),
        ("ERR_NEEDMOREPARAMS", "461"),
        ("ERR_CHANOPRIVSNEEDED", "482"),
    ],
)
def test_codes(name: str, code: str) -> None:
    """Modern IRC, "Numerics": by the specification's names."""
    assert TABLE[name].code == code


def test_each_has_a_code_of_its_own() -> None:
    """Three digits; replies are below 400 (or HELP's and 671), refusals from 400 on."""
    codes = [row.code for row in TABLE.values()]
    assert len(set(codes)) == len(codes)
    for name, row in TABLE.items():
        assert len(row.code) == 3
        assert row.code.isdecimal()
        later = row.code in ("712", "713", "714", "734", "902", "904", "905", "906", "907")
        refusal = (400 <= int(row.code) < 700 and row.code != "671") or later
        assert name.startswith("ERR_" if refusal else "RPL_")
        assert (row.kind is Kind.REFUSAL) is refusal


def test_each_has_a_source() -> None:
    """The specification and, where it has several, the section."""
    for row in TABLE.values():
        sources = (
            "Modern IRC, ",
            "RFC 1459, ",
            "RFC 2812, ",
            "IRCv3 ",
            "InspIRCd, ",
            "Charybdis, ",
        )
        assert row.source.startswith(sources)


def test_parameters_are_named() -> None:
    """In words, optional ones at the end, and several of one kind last."""
    for row in TABLE.values():
        words = row.params.split()
        assert all(
            re.fullmatch(r"\*|[a-zA-Z-]+(\.\.\.)?|\[[a-z]+(\.\.\.)?\]", one) for one in words
        ), row
        assert [word[0] == "[" for word in words] == sorted(word[0] == "[" for word in words)
        assert not any("..." in word for word in words[:-1])
        assert row.text or words, "it would say nothing"


def test_texts_are_templates_that_are_filled_in_order() -> None:
    """Only `{}`, so that `fill` says all; no line breaks."""
    for row in TABLE.values():
        assert row.text.isprintable()
        for _, field, _, conversion in Formatter().parse(row.text):
            assert field in (None, "")
            assert conversion is None


def test_what_says_nothing_by_itself() -> None:
    """The first and last lines of lists, by the names that they have in the specifications."""
    for name, row in TABLE.items():
        frame = re.fullmatch(r"RPL_(END\w+|\w+END|(LIST|MOTD)START)", name)
        assert (row.kind is Kind.FRAME) is bool(frame)
