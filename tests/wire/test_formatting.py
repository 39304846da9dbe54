"""IRC's formatting codes (modern.ircdocs.horse/formatting)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.wire import formatting
from chatroom.wire.formatting import CODE, unformatted, with_marks
from examples import examples


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("plain 日本 👋", "plain 日本 👋"),
        ("\x02bold\x02 \x1ditalics\x0f \x11code\x11", "bold italics code"),
        ("\x0304red\x03 \x034,12blue\x03,1", "red blue,1"),
        ("\x04FF0000red\x04 \x0400ff00,0000FFx", "red x"),
        ("\x1b[31mno code of IRC", "\x1b[31mno code of IRC"),
    ],
)
def test_unformatted(text: str, plain: str) -> None:
    """Looks go, everything else stays, for `visible` to write out."""
    assert unformatted(text) == plain


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("plain 日本 👋", "plain 日本 👋"),
        ("\x02bold\x02 \x1ditalics\x1d \x1funder\x1f \x11code\x11 \x1estruck\x1e",
         "*bold* _italics_ _under_ `code` ~struck~"),
        ("\x02to the end", "*to the end*"),
        ("\x02all \x1doff\x0f again", "*all _off_* again"),
        ("\x02one \x1dtwo\x02 three\x1d", "*one _two* three_"),
        ("\x0304red\x03 \x16inverse\x16 \x04FF0000hex\x04", "red inverse hex"),
        ("\x02\x02a\x1d\x0fb\x02", "ab"),  # codes around nothing
        ("\x02\x1d\x02\x1d", ""),
        ("\x1b[31mno code of IRC", "\x1b[31mno code of IRC"),
        ("x*y \x02 \x02 \x02bold", "x*y   *bold*"),
        ("\x02 in \x02 and \x1d\u3000out\u3000\x1d", " *in*  and \u3000_out_\u3000"),
        ("\x02a \x1db \x0f c\x02 ", "*a _b_*  c "),
        (" \x02 \x1d \x0f ", "    "),
    ],
)  # fmt: skip
def test_with_marks(text: str, marked: str) -> None:
    """Emphasis stays readable for who sees characters only; colours say nothing there."""
    assert with_marks(text) == marked


CODES = {"\x02": "*", "\x1d": "_", "\x1f": "_", "\x1e": "~", "\x11": "`"}
TEXTS = st.text(st.sampled_from([*CODES, "\x0f", "\x03", "\x04", "\x16", *"1,fx*\x1b\u0301"]))


def slowly(text: str) -> str:
    """`with_marks` for texts without white space: character by character."""
    pieces: list[str] = []
    open_: dict[str, int] = {}

    def close(code: str) -> None:
        start = open_.pop(code)
        if any(piece not in ("", *CODES.values()) for piece in pieces[start:]):
            pieces.append(CODES[code])
        else:
            pieces[start] = ""

    at = 0
    while at < len(text):
        code = CODE.match(text, at)
        one = code[0] if code else text[at]
        at += len(one)
        if code is None:
            pieces.append(f"{one}\0")  # a star that somebody wrote is no mark
        elif one in open_:
            close(one)
        elif one in CODES:
            open_[one] = len(pieces)
            pieces.append(CODES[one])
        elif one == "\x0f":
            for each in [*reversed(open_)]:
                close(each)
    for each in [*reversed(open_)]:
        close(each)
    return "".join(pieces).replace("\0", "")


@settings(max_examples=examples(120))
@given(st.builds(lambda text, times: text * times, TEXTS, st.integers(1, 9)))
def test_with_marks_is_as_if_done_for_each_code(text: str) -> None:
    """Long runs of codes are shortened first; the result is the same."""
    assert with_marks(text) == slowly(text)
    assert unformatted(text) == CODE.sub("", text)


def simply(text: str) -> str:
    """`with_marks` for texts with white space and without colours: between two words first the
    marks that close, then the white space, then the marks that open."""
    marked, white = "", ""
    open_: list[str] = []
    opening: list[str] = []
    between: list[str] = []  # the marks that close and the codes that open, in order

    def closing() -> list[str]:
        return [one for one in between if one not in CODES]

    def switch_off() -> list[str]:
        return [*closing(), *(CODES[code] for code in reversed(open_))]

    for one in text:
        if one in open_:
            open_.remove(one)
            between.append(CODES[one])
        elif one in opening:
            opening.remove(one)
            between.remove(one)
        elif one in CODES:
            opening.append(one)
            between.append(one)
        elif one == "\x0f":
            between[:] = switch_off()
            opening.clear()
            open_.clear()
        elif one.isspace():
            white += one
        else:
            order = [*closing(), white, *opening] if white else between
            marked += "".join(CODES.get(code, code) for code in order) + one
            open_ += opening
            white = ""
            opening.clear()
            between.clear()
    return f"{marked}{''.join(switch_off())}{white}"


@settings(max_examples=examples(120))
@given(st.text(st.sampled_from([*CODES, "\x0f", *"xy \u3000"])))
def test_marks_never_have_white_space_inside(text: str) -> None:
    """Each pair surrounds words; all else of the text stays, in order."""
    marked = with_marks(text)
    assert marked == simply(text)
    plain = unformatted(text)
    assert marked.translate(dict.fromkeys(map(ord, "*_~`"))) == plain
    open_: list[str] = []
    for at, mark in enumerate(marked):
        if mark in "*~`":  # _ stands for two codes
            rest = marked[:at][::-1] if mark in open_ else marked[at + 1 :]
            assert not rest.lstrip("*_~`")[:1].isspace()
            if mark in open_:
                open_.remove(mark)
            else:
                open_.append(mark)
    assert open_ == []


def test_a_run_of_codes_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it is, at most 31 of its codes are looked at one by one."""
    looked_at: list[str] = []
    shorten = formatting._that_matter

    def noting(codes: str) -> str:
        looked_at.append(shorten(codes))
        return looked_at[-1]

    monkeypatch.setattr(formatting, "_that_matter", noting)
    with_marks("\x02\x1d\x1f\x1e\x11" * 90 + "\x0f" + "\x11\x02\x0f" * 9 + "x")
    assert len(looked_at) == 1
    assert len(looked_at[0]) <= 31
