"""PRECIS usernames at a linear cost (RFC 8264, RFC 8265 section 3), compared with precis-i18n."""

import unicodedata
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from precis_i18n import get_profile
from precis_i18n.unicode import UnicodeData

from characters import characters
from chatroom.wire import names, precis
from chatroom.wire.names import InvalidName, fold, nickname, room_name

MAPPED = get_profile("UsernameCaseMapped")
PRESERVED = get_profile("UsernameCasePreserved")


LONGEST = 64


def by_the_library(text: str) -> str | None:
    """What precis-i18n makes of a name; None where it refuses."""
    try:
        MAPPED.enforce(text)
        return str(PRESERVED.enforce(text))
    except UnicodeEncodeError:
        return None


def by_ours(text: str) -> str | None:
    try:
        return precis.enforce(text)
    except precis.Disallowed:
        return None


@pytest.mark.slow
def test_single_characters() -> None:
    """Each is accepted, refused and folded as by precis-i18n."""
    accepted = 0
    for character in characters():
        shown = by_the_library(character)
        assert by_ours(character) == shown, f"{character!a}"
        if shown is not None:
            accepted += 1
            assert fold(character) == MAPPED.enforce(character)
    assert accepted > 12_000


SPECIAL = "a·lΑ͵αא׳״ا٠١۰۱ب\u200c\u200dक\u094dカー・漢ｶﾞＡ1\u0301\u0345\u064bİςΣßẞ ☺"
MIXED = st.text(SPECIAL, max_size=8) | st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from(SPECIAL), max_size=8
)


@given(MIXED)
def test_mixed_names(text: str) -> None:
    """Neighbours, directions and compositions: the context rules, the bidi rule, idempotence."""
    shown = by_the_library(text)
    assert by_ours(text) == shown
    if shown is not None:
        assert fold(text) == MAPPED.enforce(text)
        assert fold(shown) == fold(text)


@given(MIXED)
def test_the_same_character_is_to_blame(text: str) -> None:
    """The refusal names it."""
    try:
        precis.enforce(text)
    except precis.Disallowed as fault:
        with pytest.raises(UnicodeEncodeError) as theirs:
            MAPPED.enforce(text)
            PRESERVED.enforce(text)
        error = theirs.value
        whole = error.end - error.start != 1 or "/bidi" in error.reason or "/not_" in error.reason
        assert fault.character == ("" if whole else error.object[error.start])


@given(st.text(SPECIAL) | st.text(), st.integers(1, 100))
def test_folding_twice_changes_nothing(text: str, times: int) -> None:
    """Also for texts that are too long to be composed."""
    folded = fold(text * times)
    assert fold(folded) == folded


def test_no_character_decomposes_further() -> None:
    """Why text of more than four times the limit cannot compose to a name within the limit."""
    most = max(len(unicodedata.normalize("NFD", character)) for character in characters())
    assert most == precis.MOST_EXPANSION
    widths = [len(precis.case_preserved(character)) for character in precis._NARROWED.values()]
    assert set(widths) == {1}


class Asked(Exception):
    """Somebody looked at the text."""


@pytest.fixture
def nothing_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(*_: Any) -> Any:
        raise Asked

    for name in ("enforce", "case_preserved", "case_mapped", "resembles"):
        monkeypatch.setattr(names, name, looked)


HOSTILE = ["・" * 1490 + "カ", "۰" * 2250, "a" + "\u0301\u0323" * 1000, "ａ" * 5000, "a" * 65]


@pytest.mark.usefixtures("nothing_looks")
@pytest.mark.parametrize("text", HOSTILE)
def test_the_length_comes_first(text: str) -> None:
    """Nothing looks at a name of which it is clear that it is too long."""
    with pytest.raises(InvalidName, match="at most 64 characters"):
        nickname(text, LONGEST)
    with pytest.raises(InvalidName, match="at most 64 characters"):
        room_name(f"#{text}", LONGEST)


def test_the_composed_length_comes_before_precis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text that may compose to a short name is composed, and PRECIS sees what stays short."""

    def looked(_: str) -> str:
        raise Asked

    monkeypatch.setattr(names, "enforce", looked)
    with pytest.raises(InvalidName, match="at most 64 characters"):
        nickname("・" * 65, LONGEST)
    with pytest.raises(Asked):
        nickname("\u1f82" * 64, LONGEST)


def test_a_name_that_shrinks_fourfold_is_not_too_long() -> None:
    """The bound is exact: four characters for each that is shown."""
    text = unicodedata.normalize("NFD", "\u1f82") * 30
    assert len(text) == 4 * 30
    assert nickname(text, 30) == "\u1f82" * 30


class CountingUnicode(UnicodeData):
    """Counts how often anything is asked about a character."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def __getattribute__(self, name: str) -> Any:
        if name not in ("asked", "_ucd", "_version"):
            object.__setattr__(self, "asked", object.__getattribute__(self, "asked") + 1)
        return object.__getattribute__(self, name)


@pytest.mark.parametrize(
    "name",
    [
        "・" * 63 + "カ",
        "۰" * 64,
        "א" + "۰" * 63,
        "ا" + "٠" * 63,
        "α" + "͵α" * 31,
        "l·l" * 21,
        "ب" + "\u200c\u064b" * 31 + "ب",
        "漢" * 64,
    ],
)
def test_the_work_is_linear(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Questions about characters: some for each character of the longest name, not its square."""
    counting = CountingUnicode()
    monkeypatch.setattr(precis, "_UNICODE", counting)
    precis._property.cache_clear()
    by_ours(name)
    assert counting.asked < 24 * len(name)


def test_what_is_remembered_is_bounded_in_bytes() -> None:
    """Short names only, and so many of them: 0.8 MB of strings at the most."""
    names._remembered.cache_clear()
    for number in range(2000):
        fold("é" * 64 + str(number))
        fold(chr(0x4E00 + number) * 64)
    found = names._remembered.cache_info()
    assert found.misses == 2000
    assert found.currsize == 1024


def test_long_text_is_not_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Composing is quadratic in a run of marks, so that no text of strangers' length goes there."""
    sizes: list[int] = []

    class Watched:
        @staticmethod
        def normalize(form: Literal["NFC", "NFKC"], text: str) -> str:
            sizes.append(len(text))
            return unicodedata.normalize(form, text)

    monkeypatch.setattr(precis, "unicodedata", Watched)
    for text in (*HOSTILE, "\u0130" * 256, "é" * 256, "é" * 257):
        fold(text)
    assert max(sizes) <= 2 * 256
