"""Which reactions to which lines are ours: what we did, and what pages of the history tell.

Sans I/O.
"""

from chatroom.client.protocol.events import Reacted
from chatroom.wire.reference import format_time

REMEMBERED = 2_000
"""Reactions, in all rooms; the oldest of more are forgotten."""

_AS_PICTURE = "\ufe0f"

LONGEST_KEY = 200
"""Characters of a msgid and a reaction that are remembered; longer ones are no emoji."""


class OwnReactions:
    """Of one visit. Pages come in any order, so each of them tells only what is later.

    `complete`: nothing was forgotten, so what is unknown was not on the pages either.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, bool]] = {}
        self.complete = True

    def happened(self, reaction: Reacted, now: float) -> None:
        """Ours, just now (`now`: UTC seconds)."""
        self._note(reaction, format_time(round(now * 1000)))

    def told(self, reaction: Reacted) -> None:
        """Ours, on a page of the history."""
        when = reaction.tags.get("time", "")
        known, _ = self._known.get(_key(reaction.msgid, reaction.reaction), ("", False))
        if when >= known:
            self._note(reaction, when)

    def stands(self, msgid: str, reaction: str) -> bool | None:
        """Whether we have reacted so to that line; None where nothing is known of it."""
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
    """The same emoji may have a variation selector or not."""
    return msgid, reaction.replace(_AS_PICTURE, "")
