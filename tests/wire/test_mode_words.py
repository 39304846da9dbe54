"""Mode changes in words."""

import pytest

from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.wire.mode_words import MODE_WORDS, mode_words

LETTERS = "".join(
    (ROOM_MODES.lists, ROOM_MODES.always, ROOM_MODES.when_set, ROOM_MODES.flags,
     ROOM_MODES.prefix_letters)
)  # fmt: skip


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("sign", "+-")
def test_each_mode_of_a_room_has_words(sign: str, letter: str) -> None:
    """And they say of whom or what, where there is a parameter that means something."""
    words = MODE_WORDS[sign + letter]
    takes = ROOM_MODES.takes_param(sign == "+", letter)
    assert ("{}" in words) is (takes and sign + letter != "-k")


def test_no_words_are_of_a_mode_that_is_gone() -> None:
    assert {name[1] for name in MODE_WORDS} == set(LETTERS)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (("+m",), "made the room moderated: only people with a voice or a higher rank may speak"),
        (("+b", "*!*@x"), "banned *!*@x"),
        (("+ov-l", "bob", "carol"),
         "made bob an operator, gave carol a voice, removed the limit on the number of people"),
        (("-k", "*"), "removed the room's key"),
        (("+X",), "set mode +X"),
        (("+o",), "made ? an operator"),
        ((), ""),
    ],
)  # fmt: skip
def test_changes_in_words(params: tuple[str, ...], words: str) -> None:
    assert mode_words(params, ROOM_MODES) == words
