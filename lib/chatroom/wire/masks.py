"""Masks of `*` and `?` from strangers (Modern IRC, "Wildcard Expressions").

A ban is matched against everybody who speaks, and WHO's mask against everybody who is online, so a
mask is prepared once (`Mask`) and then matched often. Matching takes time linear in mask and name,
whatever they are. Regular expressions are not used: they take 160 µs to compile, and backtrack.
"""

from functools import lru_cache

_CHEAP_MIDDLE = 32
"""Characters between the first and the last star; each takes 0.15 microseconds."""

_LONGEST_KEPT = 256
"""Characters of the longest name whose places are cached."""


class Mask:
    """A folded mask, ready to be matched with folded names.

    `\\` is an ordinary character: names may contain it, but never the `*` and `?` that it would
    escape.

    The text before the first star has to begin the name and the text after the last star has to end
    it. In the middle, the first match of each piece is as good as any later one. The object keeps
    only parts of the text, because strangers may set 300 masks in each of their rooms.
    """

    __slots__ = ("_head", "_least", "_middle", "_tail", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._head, star, rest = text.partition("*")
        self._middle, _, self._tail = rest.rpartition("*")
        self._least = len(text) - text.count("*") if star else -1

    def __repr__(self) -> str:
        return f"Mask({self.text!r})"

    @property
    def is_cheap(self) -> bool:
        """Whether matching a hundred such masks against one name takes less than half a
        millisecond."""
        return "?" not in self._middle or len(self._middle) <= _CHEAP_MIDDLE

    def matches(self, name: str) -> bool:
        """Whether the folded `name` matches."""
        head = self._head
        if self._least < 0:  # without a star
            return head == name or (
                "?" in head and len(head) == len(name) and _stands_at(0, head, name)
            )
        if len(name) < self._least:
            return False
        if not name.startswith(head) and ("?" not in head or not _stands_at(0, head, name)):
            return False
        tail = self._tail
        end = len(name) - len(tail)
        if not name.endswith(tail) and ("?" not in tail or not _stands_at(end, tail, name)):
            return False
        middle, at = self._middle, len(head)
        if not middle:
            return True
        if "?" in middle:
            return _stands_between(middle, name, at, end)
        for piece in middle.split("*"):
            at = name.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True


def matches(mask: str, name: str) -> bool:
    """Whether a folded `name` matches a folded `mask`, for a mask that is used once."""
    return Mask(mask).matches(name)


def _stands_at(index: int, piece: str, name: str) -> bool:
    """Whether `piece`, with its question marks, matches `name` at `index`. The name must be long
    enough."""
    for literal in piece.split("?"):
        if literal and not name.startswith(literal, index):
            return False
        index += len(literal) + 1
    return True


def _stands_between(pieces: str, name: str, start: int, end: int) -> bool:
    """Whether these pieces, with stars between them, match one after the other between `start` and
    `end`.

    `reached` is a set of indexes, as bits, at which the part of `pieces` read so far may end. A
    character keeps the indexes at which it occurs and advances them by one; a star adds all indexes
    above the lowest.
    """
    places = (_places if len(name) <= _LONGEST_KEPT else _find_places)(name)
    get = places.get
    reached = -1 << start
    for character in pieces:
        if character != "*":
            reached = (reached & get(character, 0)) << 1
        elif reached:
            reached = -(reached & -reached)
        else:
            return False
    return bool(reached & ((2 << end) - 1))


def _find_places(name: str) -> dict[str, int]:
    """Each character of the name -> its indexes, as bits; `?` has all indexes."""
    places: dict[str, int] = {}
    bit = 1
    for character in name:
        places[character] = places.get(character, 0) | bit
        bit <<= 1
    places["?"] = -1
    return places


_places = lru_cache(maxsize=8)(_find_places)
"""The cache serves a room's hundred bans and one name. The places of a name take at most 40 KB."""
