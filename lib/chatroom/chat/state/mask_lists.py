"""The masks on a room's lists: bans (b), exceptions to them (e) and invitations (I)."""

from collections.abc import Iterable, Mapping, Sized
from typing import Any, NamedTuple, Protocol

from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.text.times import span_words
from chatroom.wire.masks import Mask
from chatroom.wire.names import MUTE, fold, fold_mask, masks_of_account, split_mask

OUTSIDERS = 64
"""The most people outside of a room for whom it caches whether the masks on its lists fit them."""


class Matched(Protocol):
    """A person whom masks may fit: a `User`."""

    @property
    def folded_mask(self) -> str:
        """The folded `nick!user@host`."""

    @property
    def account_mask(self) -> str:
        """The folded `a:account`, or ""."""

    def matches(self, mask: Mask) -> bool:
        """Whether the mask fits their name, or their account."""


class ListEntry(NamedTuple):
    """A mask on one of a room's lists, who put it there, and when (UTC seconds).

    `ready` is the folded mask without MUTE, to match with; it is not kept with the room's state.
    `order` is the room's `bans_set` when the entry was made: an older invitation yields to it. A
    timed entry lasts until `until` (UTC seconds; 0: for ever). `reason` is for people.
    """

    mask: str
    setter: str
    at: float
    ready: Mask
    order: int = 0
    until: float = 0.0
    reason: str = ""

    @property
    def mutes(self) -> bool:
        """Whether the entry only keeps people from speaking."""
        return self.mask.startswith(MUTE)

    @property
    def key(self) -> str:
        """Its key in the list."""
        return MUTE + self.ready.text if self.mutes else self.ready.text

    def fits(self, user: Matched) -> bool:
        """Whether the mask fits the user, or their account."""
        return user.matches(self.ready)

    def words(self, now: float) -> str:
        """`for another 2 hours (spam)`: the end and the reason, where it has them."""
        left = f"for another {span_words(self.until - now)}" if self.until else ""
        return " ".join(filter(None, (left, f"({self.reason})" if self.reason else "")))


def list_entry(
    mask: str, setter: str, at: float, order: int = 0, until: float = 0.0, reason: str = ""
) -> ListEntry:
    """The entry of a full mask."""
    ready = Mask(fold_mask(split_mask(mask)[1]))
    return ListEntry(mask, setter, at, ready, order, until, reason)


class MaskLists(dict[str, dict[str, ListEntry]]):
    """The letter of each list mode -> its entries by folded mask.

    The methods after "Changes" are only for `apply`, which calls them through the room.
    """

    __slots__ = ("_fits", "_members")

    def __init__(self, members: Sized) -> None:
        super().__init__((letter, {}) for letter in ROOM_MODES.lists)
        self._members = members
        self._fits: dict[tuple[str, str], bool] = {}  # (letter, who it is) -> answer

    @property
    def ban_keys(self) -> list[str]:
        """The folded masks of the bans, without those that only mute."""
        return [key for key, entry in self["b"].items() if not entry.mutes]

    @property
    def has_bans(self) -> bool:
        """Whether there is a ban that does not only mute."""
        return any(not entry.mutes for entry in self["b"].values())

    @property
    def next_expiry(self) -> float:
        """When the first timed ban ends (UTC seconds); 0: there is none."""
        return min((one.until for one in self["b"].values() if one.until), default=0.0)

    def matches(self, letter: str, user: Matched) -> bool:
        """Whether a mask on the list `letter` (b, e, I; m: the mutes on the list b) fits the user.

        The answer is cached until a list changes: every message asks all lists, and a hundred
        crafted masks take a millisecond. The answers for members and OUTSIDERS are kept: at most
        0.3 MB for a room of few members, where the lists themselves may take as much.
        """
        entries = self["b" if letter == "m" else letter]
        if not entries:
            return False
        key = letter, user.folded_mask + user.account_mask
        fits = self._fits.get(key)
        if fits is None:
            if len(self._fits) > (len(ROOM_MODES.lists) + 1) * (len(self._members) + OUTSIDERS):
                self._fits.clear()
            fits = self._fits[key] = any(
                entry.mutes == (letter == "m") and entry.fits(user) for entry in entries.values()
            )
        return fits

    def bans(self, user: Matched) -> bool:
        """Whether a ban (b) fits the user, and no exception (e) does."""
        return self.matches("b", user) and not self.matches("e", user)

    def mutes(self, user: Matched) -> bool:
        """Whether a mute (m:) fits the user, and no exception (e) does."""
        return self.matches("m", user) and not self.matches("e", user)

    def ban_on(self, user: Matched) -> ListEntry | None:
        """The ban that fits and lasts longest."""
        fitting = (one for one in self["b"].values() if not one.mutes and one.fits(user))
        return max(fitting, key=lambda one: one.until or float("inf"), default=None)

    def bans_the_invited(self, user: Matched, invitation: int) -> bool:
        """Whether somebody banned the user after their invitation, which was given at
        `bans_set`."""
        later = [
            entry for entry in self["b"].values() if entry.order > invitation and not entry.mutes
        ]
        if not later or self.matches("e", user):
            return False
        return any(entry.fits(user) for entry in later)

    def of_account(self, account: str) -> list[tuple[str, str]]:
        """The entries that name this account and no other: each with the letter of its list."""
        if not any(self.values()):
            return []
        keys = masks_of_account(fold(account))
        return [
            (letter, entries[key].mask)
            for letter, entries in self.items()
            for key in keys
            if key in entries
        ]

    def plain(self) -> dict[str, list[list[Any]]]:
        """The part of the lists that is saved with a room's state."""
        return {
            letter: [
                [mask, setter, at, 0, until, reason] if until or reason else [mask, setter, at]
                for mask, setter, at, _, _, until, reason in entries.values()
            ]
            for letter, entries in self.items()
        }

    def snapshot(self) -> dict[str, list[list[Any]]]:
        """The lists as plain values."""
        return {
            letter: [
                [one.mask, one.setter, one.at, one.order, one.until, one.reason]
                for one in entries.values()
            ]
            for letter, entries in self.items()
        }

    # Changes

    def load(self, lists: Mapping[str, Iterable[Iterable[Any]]]) -> None:
        """Take over saved lists; those that are not among them stay unchanged."""
        for letter, entries in lists.items():
            entered = [list_entry(*entry) for entry in entries]
            self[letter] = {entry.key: entry for entry in entered}
        self._fits.clear()

    def add(self, letter: str, entry: ListEntry) -> None:
        """Add a mask to the list `letter` (b, e or I)."""
        self[letter][entry.key] = entry
        self._fits.clear()

    def expire(self, at: float) -> list[ListEntry]:
        """Remove the timed bans that have ended. Returns them."""
        ended = [one for one in self["b"].values() if one.until and one.until <= at]
        for one in ended:
            del self["b"][one.key]
        self._fits.clear()
        return ended

    def remove(self, letter: str, folded: str) -> ListEntry | None:
        """Remove a folded mask from the list. Returns its entry, or None if there was none."""
        self._fits.clear()
        return self[letter].pop(folded, None)

    def follow_account(self, before: str, after: str) -> bool:
        """The account `before` is called `after` now; "" if it is gone. Returns whether a mask
        named it."""
        if not self.of_account(before):
            return False
        masks = masks_of_account(fold(before))
        new = dict(zip(masks, masks_of_account(after) if after else ("", ""), strict=True))
        naming = [each for each in self.values() if not new.keys().isdisjoint(each.keys())]
        for entries in naming:
            renamed = [
                list_entry(mask, one.setter, one.at, one.order, one.until, one.reason)
                for key, one in entries.items()
                if (mask := new.get(key, one.mask))
            ]
            entries.clear()
            entries.update((one.key, one) for one in renamed)
        self._fits.clear()
        return True
