"""The modes of rooms, and the ranks of their members."""

from collections.abc import Mapping
from itertools import combinations

from chatroom.wire.modes import RANK_SYMBOLS, ModeTypes

ROOM_MODES = ModeTypes(
    lists="beI",
    always="k",
    when_set="Wfl",
    flags="CMPRSUcimnstuz",
    prefix_letters="qaohv",
    prefix_symbols=RANK_SYMBOLS,
)
"""ISUPPORT CHANMODES and PREFIX; the highest rank first."""

INITIAL_FLAGS = "nt"
"""No messages from outside, and the topic is for half-operators and above."""

CLOSING_FLAGS = frozenset("Risz")
"""The modes that keep people out of the room, or keep its past from them."""

_SYMBOLS = {
    "".join(letters): "".join(symbols)
    for count in range(len(ROOM_MODES.prefix_letters) + 1)
    for letters, symbols in zip(
        combinations(ROOM_MODES.prefix_letters, count),
        combinations(ROOM_MODES.prefix_symbols, count),
        strict=True,
    )
}
"""All combinations of ranks, the highest rank first -> the symbols of their prefixes."""

_HIGHEST_SYMBOL = {ranks: symbols[:1] for ranks, symbols in _SYMBOLS.items()}


def with_rank(ranks: str, letter: str, given: bool) -> str:
    """The ranks with, or without, one of them."""
    letters = {*ranks, letter} if given else {*ranks} - {letter}
    return "".join(one for one in ROOM_MODES.prefix_letters if one in letters)


def prefixes(every: bool) -> Mapping[str, str]:
    """Each combination of ranks -> its symbols: `every` one, or the highest."""
    return _SYMBOLS if every else _HIGHEST_SYMBOL
