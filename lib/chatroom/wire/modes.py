"""Parses MODE strings into single changes, by the types of the letters (Modern IRC, "Mode
message").

Type A is a list, B always has a parameter, C has one only when set, D never (ISUPPORT CHANMODES);
prefix modes (ISUPPORT PREFIX) have a member as their parameter.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

RANK_SYMBOLS = "~&@%+"
"""The prefixes of owners, admins, operators, half-operators and voices. In front of a room, they
address those of a rank (ISUPPORT STATUSMSG)."""


class ModeTypes(NamedTuple):
    """A server's room modes: ISUPPORT CHANMODES' four groups, and PREFIX's letters and symbols."""

    lists: str = "b"
    always: str = "k"
    when_set: str = "l"
    flags: str = "imnpst"
    prefix_letters: str = "ov"
    prefix_symbols: str = "@+"

    def takes_param(self, adding: bool, letter: str) -> bool:
        """Whether a change of `letter` has a parameter. A list without a parameter is a query."""
        if letter in self.when_set:
            return adding
        return letter in self.lists or letter in self.always or letter in self.prefix_letters

    @property
    def chanmodes(self) -> str:
        """The value of ISUPPORT CHANMODES."""
        return ",".join((self.lists, self.always, self.when_set, self.flags))

    @property
    def prefix(self) -> str:
        """The value of ISUPPORT PREFIX."""
        return f"({self.prefix_letters}){self.prefix_symbols}"


class ModeChange(NamedTuple):
    """One change: `+o alice` is (True, "o", "alice"). `param` is None without a parameter."""

    adding: bool
    letter: str
    param: str | None = None


def parse_changes(
    modes: str, params: Sequence[str], types: ModeTypes | None = None
) -> Iterator[ModeChange]:
    """`+ov-l`, ("alice", "bob") -> the changes one by one, each with its parameter.

    Without `types` (a user's modes) nothing has a parameter. A parameter that is missing is None.
    """
    waiting = iter(params)
    adding = True
    for letter in modes:
        if letter in "+-":
            adding = letter == "+"
        elif types is not None and types.takes_param(adding, letter):
            yield ModeChange(adding, letter, next(waiting, None))
        else:
            yield ModeChange(adding, letter)


def last_of_each(changes: Iterable[ModeChange]) -> list[ModeChange]:
    """The changes without those that a later one of the same letter reverses or repeats.

    So `+m-m+m` is one change. Changes with a parameter, and queries of lists, stay as they are.
    """
    every = list(changes)
    last = {change.letter: at for at, change in enumerate(every) if change.param is None}
    return [
        change
        for at, change in enumerate(every)
        if change.param is not None or last[change.letter] == at
    ]


def format_changes(changes: Sequence[ModeChange]) -> tuple[str, ...]:
    """The changes as MODE's parameters: ("+ov-l", "alice", "bob"). No changes: ()."""
    if not changes:
        return ()
    text, sign = "", ""
    for change in changes:
        wanted = "+" if change.adding else "-"
        if wanted != sign:
            text += wanted
            sign = wanted
        text += change.letter
    return (text, *(change.param for change in changes if change.param is not None))
