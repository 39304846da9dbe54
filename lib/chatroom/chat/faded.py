"""Rooms that nobody is in any more, whose past is not for everybody.

A room ends with its last member, and whoever enters one of that name next is its operator. So the
bans of the old one are kept beside its past: those whom they fit read nothing of it, whether the
room has faded or is opened anew, by themselves perhaps. New bans join the old ones when it fades
again. The gaps of the old one, which is what was said there behind closed doors, are kept as well,
so that the rest stays readable. What is kept is bounded; a past for which there is no place is
sealed instead, up to its last gap or, if somebody is barred from it, as a whole.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from chatroom.wire.gaps import NO_GAPS, Gaps
from chatroom.wire.names import matches

MOST_CHARACTERS = 250_000
"""Of what is kept of all faded rooms together: some ten thousand masks, or eight thousand gaps."""

GAP_CHARACTERS = 30
"""A gap counts as so many: its two times and what separates them, as they are saved."""


class Bans(NamedTuple):
    """Folded masks of those who were banned, and of those who were not for all that."""

    masks: tuple[str, ...]
    exceptions: tuple[str, ...]


Barred = tuple[Bans, ...]
"""The bans of one room after the other. An exception holds for the bans of its own room only:
otherwise, who was banned could open the next one, and except themselves there."""


def with_bans(barred: Barred, masks: Collection[str], exceptions: Collection[str]) -> Barred:
    """These bans besides those that are there already; lists with the same exceptions are one."""
    if not masks:
        return barred
    merged = {bans.exceptions: bans.masks for bans in barred}
    key = tuple(sorted(exceptions))
    merged[key] = tuple(dict.fromkeys((*merged.get(key, ()), *masks)))
    return tuple(Bans(masks, exceptions) for exceptions, masks in merged.items())


def restored(state: Iterable[Any]) -> Barred:
    """What was kept as plain values."""
    return tuple(Bans(tuple(masks), tuple(exceptions)) for masks, exceptions in state)


def size(barred: Barred) -> int:
    """How many masks there are."""
    return sum(len(bans.masks) + len(bans.exceptions) for bans in barred)


def bars(barred: Barred, name: str) -> bool:
    """Whether the visitor with that folded `nick!user@host` was banned from one of these rooms."""
    return any(_fits(bans.masks, name) and not _fits(bans.exceptions, name) for bans in barred)


def _fits(masks: Iterable[str], name: str) -> bool:
    return any(matches(mask, name) for mask in masks)


class Past(NamedTuple):
    """Who reads nothing of what was said in a room, and which parts of it nobody reads."""

    barred: Barred = ()
    gaps: Gaps = NO_GAPS

    @property
    def characters(self) -> int:
        """What keeping it takes."""
        masks = sum(len(mask) for bans in self.barred for masks in bans for mask in masks)
        return masks + GAP_CHARACTERS * len(self.gaps)


_FOR_ALL = Past()


class FadedRooms:
    """The pasts of faded rooms that are not for everybody, by the rooms' folded names."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._characters = 0
        self._pasts: OrderedDict[str, Past] = OrderedDict()

    def keep(self, room: str, past: Past) -> list[tuple[str, Past]]:
        """Take in a room that has faded; those that have to make place for it, the oldest first."""
        if past == _FOR_ALL:
            return []
        self.take(room)
        self._pasts[room] = past
        self._characters += past.characters
        pushed_out = []
        while self._characters > self._most:
            name = next(iter(self._pasts))
            pushed_out.append((name, self.take(name)))
        return pushed_out

    def take(self, room: str) -> Past:
        """Forget the room, which is opened anew; what is to be known of its past."""
        past = self._pasts.pop(room, _FOR_ALL)
        self._characters -= past.characters
        return past

    def gaps(self, room: str) -> Gaps:
        """What was said behind the room's doors."""
        return self._pasts.get(room, _FOR_ALL).gaps

    def bars(self, room: str, name: str) -> bool:
        """Whether the visitor with that folded `nick!user@host` may not read the room's past."""
        return bars(self._pasts.get(room, _FOR_ALL).barred, name)

    def barring(self, name: str) -> list[str]:
        """All the rooms of which that holds."""
        return [room for room, past in self._pasts.items() if bars(past.barred, name)]
