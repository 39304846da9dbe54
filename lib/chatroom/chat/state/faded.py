"""Faded rooms whose past is not for everybody.

A room ends with its last member, and the next person to enter a room of that name is its operator.
So the old room's bans are kept with its past: people who match them read nothing of it, whether the
room has faded or is opened again, perhaps by themselves. When it fades again, new bans are added to
the old ones. The gaps of the old room are kept as well, so that the rest stays readable. The amount
of data is bounded; a past that does not fit is sealed instead, up to its last gap or, if somebody
is barred from it, as a whole.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from chatroom.wire.gaps import NO_GAPS, Gap, Gaps
from chatroom.wire.names import ACCOUNT, fold, matches

MOST_CHARACTERS = 250_000
"""The limit for all faded rooms together: some ten thousand masks, or eight thousand gaps; at
most 6 MB."""

GAP_CHARACTERS = 30
"""The size of a gap in characters: its two saved times and what separates them."""


class Bans(NamedTuple):
    """Folded masks of bans, and of their exceptions."""

    masks: tuple[str, ...]
    exceptions: tuple[str, ...]


Barred = tuple[Bans, ...]
"""The bans of successive rooms. An exception applies only to the bans of its own room: otherwise a
banned person could open the next room and add an exception for themselves."""


def with_bans(barred: Barred, masks: Collection[str], exceptions: Collection[str]) -> Barred:
    """Add these bans; lists with the same exceptions are merged."""
    if not masks:
        return barred
    merged = {bans.exceptions: bans.masks for bans in barred}
    key = tuple(sorted(exceptions))
    merged[key] = tuple(dict.fromkeys((*merged.get(key, ()), *masks)))
    return tuple(Bans(masks, exceptions) for exceptions, masks in merged.items())


def following(barred: Barred, before: str, after: str) -> Barred:
    """These bans once the account `before` is called `after`; "" if it is gone. The same object if
    they do not mention it."""
    mask, new = ACCOUNT + fold(before), ACCOUNT + fold(after) if after else ""
    if not any(mask in masks for bans in barred for masks in bans):
        return barred

    def changed(masks: Iterable[str]) -> tuple[str, ...]:
        return tuple(each for one in masks if (each := new if one == mask else one))

    both = (Bans(changed(bans.masks), changed(bans.exceptions)) for bans in barred)
    return tuple(bans for bans in both if bans.masks)


def restored(state: Iterable[Any]) -> Barred:
    """Restore bans from plain values."""
    return tuple(Bans(tuple(masks), tuple(exceptions)) for masks, exceptions in state)


def size(barred: Barred) -> int:
    """The number of masks."""
    return sum(len(bans.masks) + len(bans.exceptions) for bans in barred)


def bars(barred: Barred, names: Collection[str]) -> bool:
    """Whether the user with these names (`User.names`) was banned from one of these rooms."""
    return any(_fits(bans.masks, names) and not _fits(bans.exceptions, names) for bans in barred)


def _fits(masks: Iterable[str], names: Collection[str]) -> bool:
    return any(matches(mask, name) for mask in masks for name in names)


class FadedPast(NamedTuple):
    """The people who may read nothing of a room's past, and the parts of it that nobody may
    read."""

    barred: Barred = ()
    gaps: Gaps = NO_GAPS

    @property
    def characters(self) -> int:
        """Its size in characters."""
        masks = sum(len(mask) for bans in self.barred for masks in bans for mask in masks)
        return masks + GAP_CHARACTERS * len(self.gaps)


_FOR_ALL = FadedPast()


class FadedRooms:
    """The pasts of faded rooms that are not for everybody, by the rooms' folded names."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._characters = 0
        self._pasts: OrderedDict[str, FadedPast] = OrderedDict()

    def snapshot(self) -> list[Any]:
        """All of it as plain values, the oldest first."""
        return [
            [
                room,
                [[list(bans.masks), list(bans.exceptions)] for bans in past.barred],
                [list(gap) for gap in past.gaps],
            ]
            for room, past in self._pasts.items()
        ]

    def restore(self, values: Iterable[Any]) -> None:
        """Take over what a snapshot has."""
        for room, barred, gaps in values:
            self.add(room, FadedPast(restored(barred), tuple(Gap(*gap) for gap in gaps)))

    def add(self, room: str, past: FadedPast) -> list[tuple[str, FadedPast]]:
        """Add a faded room. Returns the rooms that had to make place for it, the oldest first."""
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

    def take(self, room: str) -> FadedPast:
        """Remove a room that is opened again. Returns its past."""
        past = self._pasts.pop(room, _FOR_ALL)
        self._characters -= past.characters
        return past

    def follow_account(self, before: str, after: str) -> None:
        """The account `before` is called `after` now; "" if it is gone."""
        for room, past in list(self._pasts.items()):
            changed = past._replace(barred=following(past.barred, before, after))
            if changed == _FOR_ALL:
                self.take(room)
            elif changed.barred is not past.barred:
                self._pasts[room] = changed
                self._characters += changed.characters - past.characters

    def gaps(self, room: str) -> Gaps:
        """The gaps in the room's past."""
        return self._pasts.get(room, _FOR_ALL).gaps

    def bars(self, room: str, names: Collection[str]) -> bool:
        """Whether the user with these names may not read the room's past."""
        return bars(self._pasts.get(room, _FOR_ALL).barred, names)

    def barring(self, name: str) -> list[str]:
        """All rooms from which that user is barred."""
        return [room for room, past in self._pasts.items() if bars(past.barred, (name,))]
