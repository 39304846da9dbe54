"""What a person types, as it is sent."""

import re
import signal
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.terminal.keys import LONGEST_PASTE
from chatroom.client.ui.markup import emoji_codes, one_emoji, with_codes, with_emoji

MARKED = [
    ("*bold*", "\x02bold\x02"),
    ("so *very bold*!", "so \x02very bold\x02!"),
    ("_under_ and `code`", "\x1funder\x1f and \x11code\x11"),
    ("*bold _and under_*", "\x02bold \x1fand under\x1f\x02"),
    ("(*yes*)", "(\x02yes\x02)"),
    ("`*as it is*`", "\x11*as it is*\x11"),
    (r"\*plain\* \_x\_ \`y\`", "*plain* _x_ `y`"),
    ("snake_case_name and _private_name", "snake_case_name and _private_name"),
    ("a*b*c 2 * 3 * 4 **", "a*b*c 2 * 3 * 4 **"),
    ("https://a.example/_x_/*y*", "https://a.example/_x_/*y*"),
    ("a*b* and x_y_ and f`x`", "a*b* and x_y_ and f`x`"),
    ("__init__ and * item", "__init__ and * item"),
    ("_under*", "_under*"),
    ("C:\\temp\\new", "C:\\temp\\new"),
    ("path/_x_/y", "path/_x_/y"),
    ("_snake_case_", "\x1fsnake_case\x1f"),
    # A glob around a whole word is such a pair; docs/client.md has the ways out.
    ("rm *foo* now", "rm \x02foo\x02 now"),
    ("_GNU_ *ptr*", "\x1fGNU\x1f \x02ptr\x02"),
    (r"rm \*foo* now", "rm *foo* now"),
    ("`rm *foo* now`", "\x11rm *foo* now\x11"),
]


@pytest.mark.parametrize(("typed", "sent"), MARKED)
def test_marks_stand_around_words(typed: str, sent: str) -> None:
    """Around words, never inside of them, of addresses and of code; a backslash keeps them."""
    assert with_codes(typed) == sent


AS_TYPED = [
    "ban *!*@an.example and *!*@other.example",
    "find -name '*.c' -o -name '*.h'",
    "find -name '*test*' -o -name \"*spec*\"",
    "ls *foo.* *.bar* [*a*]",
    r"C:\_foo_ and C:\*foo*\_bar_",
    r"\\server\_share_\x",
    r"a \* b, a \_ b, snake\_case",
    r"\*\* and \_\_",
    "/users/:id: and /users/*id*/_x_",
    "2*3*4 = 24, x**2 and y**2",
    "def f(*args, **kwargs): __init__ _private",
    "rename _old_name and new_ to x",
    "_see https://a.example/a_ now",
    "https://a.example/_x_/*y* x@_an_.example",
    r"¯\_(ツ)_/¯ (*^_^*) *_* ^_^ (>_<) o_O \_(ツ)_/",
    "5* and 6* (* no *) ***",
    "` a ` and `b ` and ` `",
    "it is 12:30:45 now",
    'C::a::b :id:.json {":id:": 1} {:id:} a:id:b',
    "*foo_* *_test* _test* *test_",
]


@pytest.mark.parametrize("typed", AS_TYPED)
def test_what_is_no_pair_around_words_stays(typed: str) -> None:
    """Globs, masks, paths, code, addresses, arithmetic and faces."""
    assert with_codes(with_emoji(typed)) == typed


def test_a_word_with_underscores_ends_at_a_stop() -> None:
    """As at a space: so nobody looks for its end in all of a text."""
    assert with_codes("_a_b_、_c_d_") == "\x1fa_b\x1f、\x1fc_d\x1f"
    assert with_codes("_a_b、c_d_") == "_a_b、c_d_"
    assert with_codes("_a、b_") == "\x1fa、b\x1f"


@pytest.fixture
def half_a_minute() -> Iterator[None]:
    """Of this process's own processor time, which is a hundred times what is needed: a search that
    is quadratic takes hours."""

    def over(_number: int, _frame: object) -> None:
        pytest.fail("the work grows faster than the text")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, 30)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.usefixtures("half_a_minute")
@pytest.mark.parametrize(
    "unit",
    [
        "、_a",
        "、_a_b",
        "、\\_a",
        " _a",
        "、*a",
        "、`a",
        " * a *b",
        "、:a",
        "(_",
        "_a_.",
        "、(((",
        ":a☺",
        "、\\:a",
    ],
)
def test_the_work_grows_with_the_text(unit: str) -> None:
    """A paste of 100 KB, in which every word might begin something that does not end."""
    text = unit * (LONGEST_PASTE // 10 // len(unit))
    assert len(with_emoji(with_codes(text))) <= len(text)


_TYPED = st.text("ab1 *_`:.,/'\"(!@~-\n日ツ☺é", max_size=60)
_MARKS = str.maketrans("\x02\x1f\x11", "*_`")


@given(_TYPED)
def test_nothing_is_missing(typed: str) -> None:
    """Each code stands in the place of one mark, and codes come in pairs."""
    sent = with_codes(typed)
    assert sent.translate(_MARKS) == typed
    assert all(sent.count(code) % 2 == 0 for code in "\x02\x1f\x11")


@given(st.text("ab \\*_`(", max_size=40))
def test_of_backslashes_only_those_of_a_pair_are_missing(typed: str) -> None:
    """A pair of marks that it keeps."""
    sent = with_codes(typed).translate(_MARKS)
    assert sent.replace("\\", "") == typed.replace("\\", "")
    if re.search(r"(^|[\s(])\\[*_`]", typed) is None:
        assert sent == typed


def test_marks_around_marks_have_an_end() -> None:
    """However many there are."""
    deep = "_(" * 5000 + "a" + ")_" * 5000
    assert with_codes(deep) == deep


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("good :smile:", "good 😄"),
        (":+1::tada:", ":+1::tada:"),
        (":+1: :tada:", "👍 🎉"),
        ("at 10:30:22", "at 10:30:22"),
        (":no_such_thing:", ":no_such_thing:"),
        ("`:smile:`", "`:smile:`"),
        ("https://a.example/:smile:", "https://a.example/:smile:"),
        ("std::vector::size", "std::vector::size"),
        ("(:smile:) *:smile:*, 👍:tada:!", "(😄) *😄*, 👍🎉!"),
        ("`see :smile: here` :smile:", "`see :smile: here` 😄"),
        (r"\:tada: (\:Smile:), 👍\:tada:", ":tada: (:Smile:), 👍:tada:"),
        (r"\:nosuch: \: \\:tada: c:\:tada:", r"\:nosuch: \: \\:tada: c:\:tada:"),
        (r"`\:tada:`", r"`\:tada:`"),
    ],
)
def test_emoji_by_their_names(typed: str, sent: str) -> None:
    """By their names, between spaces or signs."""
    assert with_emoji(typed) == sent


def test_one_emoji() -> None:
    """As a reaction it may come with colons, without, or as itself; anything else is none."""
    for text in (":+1:", "+1", " 👍 "):
        assert one_emoji(text) == "👍"
    for emoji in ("❤️", "❤", "👨‍👩‍👧", "🇩🇪", "👍🏽", "\U0001fae8", "\U0001fabf"):
        assert one_emoji(emoji) == emoji
    for text in ("hello", "lol", "::", "", ":nosuch:", "👍👍", "a👍", "1", "ツ"):
        assert one_emoji(text) == ""
    assert len(emoji_codes()) > 1000
