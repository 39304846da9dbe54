"""Remembers recent messages of rooms with plain doors, so that a reply can quote the message that
it answers.

The door shows one rendering of a message to all plain members of a room. So a message is remembered
only while all of them may read it (`chat.reading`). It is forgotten

- when its room fades: the next room of that name may belong to anybody (`World.on_fading`);
- when somebody enters a room whose past is not for everybody (`PlainDoor.enter`);
- when it is deleted, even if nobody at this door sees the deletion (`World.on_redaction`);
- when the history deletes old messages (`HistoryService.on_deletion`): this module does not know
  which, so it forgets all. When somebody is shown a page of the history, its messages are
  remembered again.

Messages to a rank only (`@#room`) are never remembered: no history shows them to anybody.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from chatroom.text.display import action, visible
from chatroom.wire.formatting import with_marks
from chatroom.wire.message import Message
from chatroom.wire.names import ROOM_PREFIX, fold

MOST = 1000
"""Remembered messages of all rooms together: 0.4 MB, at most 1.4 MB."""

MOST_TAKEN_BACK = 100
"""Deleted messages whose text is kept until the deletion has been shown to everybody."""

QUOTED_CHARACTERS = 40
"""Characters of a message that are quoted in front of a reply. Two lines of a terminal have room
for both."""

_KEPT = 4 * QUOTED_CHARACTERS
"""Characters that are kept to quote from; some of them may be formatting codes and spaces."""


class Quote(NamedTuple):
    """The sender and the beginning of a message, ready to be shown."""

    nick: str
    text: str


def quote(nick: str, text: str) -> Quote:
    """The beginning of a message, as one line that is safe to show on a terminal."""
    deed = action(text)
    shown = " ".join(with_marks((text if deed is None else deed)[:_KEPT]).split())
    if len(shown) > QUOTED_CHARACTERS:
        shown = f"{shown[: QUOTED_CHARACTERS - 1].rstrip()}…"
    return Quote(visible(nick), visible(shown))


def answered(message: Message) -> str:
    """The msgid of the message that this one answers or reacts to; "" if there is none."""
    tags = message.tags
    return tags.get("+draft/reply") or tags.get("+reply") or ""


_Said = tuple[str, str]  # nickname and text
_Place = tuple[str, str]  # folded room and msgid


class Memory:
    """The latest messages, by room and msgid.

    `era` counts the deletions: code that noted the `era` before it read from the history knows from
    a changed one that its messages may not be quoted any more.
    """

    __slots__ = ("_said", "_taken_back", "era")

    def __init__(self) -> None:
        self.era = 0
        self._said: OrderedDict[_Place, _Said] = OrderedDict()
        self._taken_back: OrderedDict[_Place, _Said] = OrderedDict()

    def snapshot(self) -> dict[str, Any]:
        """All messages as plain values."""
        said, gone = (
            [[*place, *words] for place, words in known.items()]
            for known in (self._said, self._taken_back)
        )
        return {"era": self.era, "said": said, "taken_back": gone}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over the messages of a snapshot."""
        self.era = values["era"]
        self._said, self._taken_back = (
            OrderedDict(((room, msgid), (nick, text)) for room, msgid, nick, text in values[known])
            for known in ("said", "taken_back")
        )

    def note(self, message: Message) -> None:
        """Remember a message of a room, if it has a msgid."""
        msgid = message.tags.get("msgid")
        if msgid and message.params[0].startswith(ROOM_PREFIX):
            room, text = message.params
            self._said[fold(room), msgid] = (message.nick, text[:_KEPT])
            if len(self._said) > MOST:
                self._said.popitem(last=False)

    def find(self, room: str, msgid: str) -> Quote | None:
        """The quote of that message; None if it is unknown or deleted."""
        said = self._said.get((fold(room), msgid))
        return None if said is None else quote(*said)

    def author(self, room: str, msgid: str) -> str:
        """The nickname in that quote, as it came; "" if the message is unknown or deleted. Cheaper
        than `find`, because it does not make the quote."""
        said = self._said.get((fold(room), msgid))
        return "" if said is None else said[0]

    def take_back(self, room: str, msgid: str) -> Quote | None:
        """The quote of that message; from now on only this method returns it."""
        place = (fold(room), msgid)
        said = self._said.pop(place, None)
        if said is not None:
            self._taken_back[place] = said
            if len(self._taken_back) > MOST_TAKEN_BACK:
                self._taken_back.popitem(last=False)
        known = self._taken_back.get(place)
        return None if known is None else quote(*known)

    def forget(self, room: str) -> None:
        """Forget all messages of that room."""
        self.era += 1
        folded = fold(room)
        for known in (self._said, self._taken_back):
            for place in [place for place in known if place[0] == folded]:
                del known[place]

    def forget_all(self) -> None:
        """Forget all messages of all rooms."""
        self.era += 1
        self._said.clear()
        self._taken_back.clear()
