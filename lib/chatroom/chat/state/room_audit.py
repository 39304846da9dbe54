"""The audit of a room: what those in charge of it did, the latest entries.

It is part of the room's state, so it is kept as long as the room: over a restart if the room lasts.
"""

from typing import NamedTuple

from chatroom.chat.state.events import RoomModeChange
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.text.times import span_words
from chatroom.wire.mode_words import mode_words
from chatroom.wire.modes import ModeChange, format_changes
from chatroom.wire.names import fold

MOST_DEEDS = 100
"""The most entries of a room; they are saved with each change of its state: 10 KB."""

MOST_CHARACTERS = 200
"""Characters of an entry: masks, reasons and names may be long."""


ERASED = "erased"
"""Instead of the name of somebody whose account was erased."""


class Deed(NamedTuple):
    """An entry: when (UTC seconds), whose `nick!user@host`, logged in to which account, what."""

    at: float
    who: str
    account: str
    what: str


Deeds = tuple[Deed, ...]


def with_deed(deeds: Deeds, deed: Deed) -> Deeds:
    """The entries with one more."""
    what = deed.what
    if len(what) > MOST_CHARACTERS:
        what = f"{what[: MOST_CHARACTERS - 1]}…"
    return (*deeds, deed._replace(what=what))[-MOST_DEEDS:]


def without(deeds: Deeds, account: str) -> Deeds:
    """The entries, without the name of that account's owner."""
    folded = fold(account)
    return tuple(
        one._replace(who=ERASED, account="") if fold(one.account) == folded else one
        for one in deeds
    )


def because(what: str, reason: str) -> str:
    """`kicked bob (spam)`"""
    return f"{what} ({reason})" if reason else what


def modes_deed(changes: tuple[RoomModeChange, ...], at: float) -> str:
    """Changes of modes in words, without the key: it may be a password that somebody uses
    elsewhere, too."""
    shown = [
        ModeChange(True, "k", "*") if one.shown.letter == "k" and one.shown.adding else one.shown
        for one in changes
    ]
    words = mode_words(format_changes(shown), ROOM_MODES).replace("key to *", "key")
    timed = {(one.until, one.reason): one for one in changes if one.until or one.reason}
    if len(timed) == 1:
        (one,) = timed.values()
        span = f" for {span_words(one.until - at)}" if one.until else ""
        words = because(f"{words}{span}", one.reason)
    return words
