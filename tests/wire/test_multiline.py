"""Messages of several lines on the wire (IRCv3 draft/multiline)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire.capabilities import variant_of
from chatroom.wire.message import MAX_BODY, MAX_SERVER_TAGS, Message, decode
from chatroom.wire.multiline import (
    LINES,
    MULTILINE,
    Piece,
    composed,
    lines_in,
    pieces_in,
    pieces_of,
    text_of,
)
from chatroom.wire.websocket import TEXT, frame, text_encoders

SOURCE = "bob!b@h"
PIECES = [Piece("hello"), Piece(""), Piece("how is "), Piece("everyone?", continues=True)]
TAGS = {"time": "2026-01-02T03:04:05.678Z", "msgid": "7-a_b", "account": "bob", "+reply": "x"}
ABLE = frozenset({MULTILINE, "batch", "message-tags", "account-tag"})


def message(*pieces: Piece, target: str = "#a", **tags: str) -> Message:
    text, cuts = text_of(pieces)
    return Message("PRIVMSG", (target, text), SOURCE, {**TAGS, **tags, LINES: cuts})


pieces = st.lists(st.builds(Piece, st.text("aé \x02", max_size=5), st.booleans()), min_size=2).map(
    lambda some: [
        Piece(one.text, one.continues and bool(one.text) and at > 0) for at, one in enumerate(some)
    ]
)


@given(pieces)
def test_the_composition_is_kept(given: list[Piece]) -> None:
    """draft/multiline, "Fallback": through the handlers, and through the history."""
    assert pieces_in(composed(given)) == given
    assert list(pieces_of(message(*given))) == given
    assert "\n".join(lines_in(given)) == message(*given).params[1]


@given(st.text("a\n", max_size=9), st.text("0123456789,-x", max_size=20))
def test_wrong_offsets_lose_no_text(text: str, cuts: str) -> None:
    """As a damaged import may have them."""
    found = list(pieces_of(Message("PRIVMSG", ("#a", text), SOURCE, {LINES: cuts})))
    assert text_of(found)[0] == text


def test_a_batch_for_those_who_know_it() -> None:
    """draft/multiline, "Examples": all tags on the opening, only two kinds inside."""
    assert variant_of(ABLE).encode(message(*PIECES)).decode().split("\r\n") == [
        "@msgid=7-a_b;account=bob;+reply=x :bob!b@h BATCH +lines-7-ab draft/multiline #a",
        "@batch=lines-7-ab :bob!b@h PRIVMSG #a :hello",
        "@batch=lines-7-ab :bob!b@h PRIVMSG #a :",
        "@batch=lines-7-ab :bob!b@h PRIVMSG #a :how is ",
        "@batch=lines-7-ab;draft/multiline-concat :bob!b@h PRIVMSG #a :everyone?",
        ":bob!b@h BATCH -lines-7-ab",
        "",
    ]


@pytest.mark.parametrize("missing", ["batch", MULTILINE])
def test_lines_of_their_own_for_the_others(missing: str) -> None:
    """draft/multiline, "Fallback": no blank ones; the msgid on the first only."""
    assert variant_of(ABLE - {missing}).encode(message(*PIECES)).decode().split("\r\n") == [
        "@msgid=7-a_b;account=bob;+reply=x :bob!b@h PRIVMSG #a :hello",
        "@account=bob :bob!b@h PRIVMSG #a :how is ",
        "@account=bob :bob!b@h PRIVMSG #a :everyone?",
        "",
    ]


def test_inside_a_page_and_with_a_label() -> None:
    """batch, "Nested": the opening is in the page's batch; so is each line without a batch."""
    inside = message(Piece(""), Piece("x"), batch="b1", label="l")
    opening, *_ = variant_of(ABLE).encode(inside).decode().split("\r\n")
    assert {"batch=b1", "label=l"} <= set(opening.split()[0].removeprefix("@").split(";"))
    assert variant_of(frozenset({"batch"})).encode(inside) == (
        b"@batch=b1;label=l :bob!b@h PRIVMSG #a :x\r\n"
    )


def test_no_line_is_too_long() -> None:
    """Also when the name of the target has grown since."""
    long = message(Piece("é" * 400), Piece("x"), target="#" + "a" * 49)
    for variant in (variant_of(ABLE), variant_of(frozenset())):
        lines = variant.encode(long).split(b"\r\n")[:-1]
        parsed = [decode(line, MAX_SERVER_TAGS) for line in lines]
        assert all(len(line.rpartition(b"@batch")[2]) <= MAX_BODY + 100 for line in lines)
        said = "".join(one.params[1] for one in parsed if one and one.command == "PRIVMSG")
        assert said == "é" * 400 + "x"


def test_a_frame_for_each_line() -> None:
    """IRCv3 websocket: one line in each message."""
    _, encoder = text_encoders(ABLE)
    lines = variant_of(ABLE).encode(message(*PIECES)).split(b"\r\n")[:-1]
    assert encoder.encode(message(*PIECES)) == b"".join(frame(TEXT, line) for line in lines)
