"""Knows our own reactions, from what we did and from pages of the history.

Sans I/O.
"""

from chatroom.client.protocol.events import Reacted
from chatroom.wire.reference import format_time

REMEMBERED = 2_000
"""The most reactions that are remembered, in all rooms; the oldest are forgotten."""

_AS_PICTURE = "\ufe0f"

LONGEST_KEY = 200
"""The most characters of a msgid and a reaction that are remembered; a longer one is not an
emoji."""


class OwnReactions:
    """Our reactions in this run. Pages arrive in any order, so they do not override what is known
    to be later.

    `complete`: nothing was forgotten, so an unknown reaction was not on the pages either.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, bool]] = {}
        self.complete = True

    def happened(self, reaction: Reacted, now: float) -> None:
        """We have just reacted (`now`: UTC seconds)."""
        self._note(reaction, format_time(round(now * 1000)))

    def told(self, reaction: Reacted) -> None:
        """A page of the history contains a reaction of ours."""
        when = reaction.tags.get("time", "")
        known, _ = self._known.get(_key(reaction.msgid, reaction.reaction), ("", False))
        if when >= known:
            self._note(reaction, when)

    def stands(self, msgid: str, reaction: str) -> bool | None:
        """Whether we have reacted to that line like that; None if it is not known."""
        known = self._known.get(_key(msgid, reaction))
        return known[1] if known else None

    def _note(self, reaction: Reacted, when: str) -> None:
        key = _key(reaction.msgid, reaction.reaction)
        if len(key[0]) + len(key[1]) > LONGEST_KEY:
            self.complete = False
            return
        self._known.pop(key, None)
        self._known[key] = (when[:LONGEST_KEY], not reaction.removed)
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
            self.complete = False


def _key(msgid: str, reaction: str) -> tuple[str, str]:
    """The key of a reaction; the same emoji may have a variation selector or not."""
    return msgid, reaction.replace(_AS_PICTURE, "")
