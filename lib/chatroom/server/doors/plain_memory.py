"""What was said lately in the rooms with plain doors, so that a reply can show what it answers.

The door shows one rendering of a message to all plain members of a room. So a line is in here only
while all of them may read it (`chat.rights`). It is forgotten

- when its room fades: the next room of that name may be anybody's (`World.on_fading`);
- when somebody enters a room whose past is not for everybody (`PlainDoor.enter`);
- when it is taken back, whether or not somebody at this door is told (`World.on_redaction`);
- when the history deletes old messages (`Archive.on_deletion`): which ones is not known here, so
  all is forgotten. A page of the history that somebody is shown is remembered anew.

What is said to a rank only (`@#room`) is never in here: no history shows that to anybody.
"""

from collections import OrderedDict
from typing import NamedTuple

from chatroom.wire.formatting import with_marks
from chatroom.wire.message import Message
from chatroom.wire.names import ROOM_PREFIX, fold
from chatroom.wire.prose import action, visible

MOST = 1000
"""Messages that are remembered, of all rooms together: 0.4 MB."""

MOST_TAKEN_BACK = 100
"""Messages taken back whose words are still known to those who are to be told."""

QUOTED_CHARACTERS = 40
"""Of a message, in front of a reply to it. Two lines of a terminal have room for both."""

_KEPT = 4 * QUOTED_CHARACTERS
"""Characters that are kept to quote from; they may be codes and spaces."""


class Quote(NamedTuple):
    """Who said something, and its beginning: as they are shown."""

    nick: str
    text: str


def quote(nick: str, text: str) -> Quote:
    """The beginning of what was said, as one line that a terminal may be shown."""
    deed = action(text)
    shown = " ".join(with_marks((text if deed is None else deed)[:_KEPT]).split())
    if len(shown) > QUOTED_CHARACTERS:
        shown = f"{shown[: QUOTED_CHARACTERS - 1].rstrip()}…"
    return Quote(visible(nick), visible(shown))


def answered(message: Message) -> str:
    """The msgid of the message that this one is a reply or a reaction to; "" for none."""
    tags = message.tags
    return tags.get("+draft/reply") or tags.get("+reply") or ""


_Said = tuple[str, str]  # nickname and text
_Place = tuple[str, str]  # folded room and msgid


class Memory:
    """Messages by room and msgid, the latest ones.

    `era` counts how often something was forgotten: whoever is about to note what was read from the
    history in an earlier era cannot know whether it still may be quoted.
    """

    __slots__ = ("_said", "_taken_back", "era")

    def __init__(self) -> None:
        self.era = 0
        self._said: OrderedDict[_Place, _Said] = OrderedDict()
        self._taken_back: OrderedDict[_Place, _Said] = OrderedDict()

    def note(self, message: Message) -> None:
        """Remember what somebody said in a room, if it has a msgid."""
        msgid = message.tags.get("msgid")
        if msgid and message.params[0].startswith(ROOM_PREFIX):
            room, text = message.params
            self._said[fold(room), msgid] = (message.nick, text[:_KEPT])
            if len(self._said) > MOST:
                self._said.popitem(last=False)

    def find(self, room: str, msgid: str) -> Quote | None:
        """What that message says; None where it is not known, or was taken back."""
        said = self._said.get((fold(room), msgid))
        return None if said is None else quote(*said)

    def take_back(self, room: str, msgid: str) -> Quote | None:
        """What that message says; from now on only this method knows it."""
        place = (fold(room), msgid)
        said = self._said.pop(place, None)
        if said is not None:
            self._taken_back[place] = said
            if len(self._taken_back) > MOST_TAKEN_BACK:
                self._taken_back.popitem(last=False)
        known = self._taken_back.get(place)
        return None if known is None else quote(*known)

    def forget(self, room: str) -> None:
        """Know nothing any more that was said in that room."""
        self.era += 1
        folded = fold(room)
        for known in (self._said, self._taken_back):
            for place in [place for place in known if place[0] == folded]:
                del known[place]

    def forget_all(self) -> None:
        """The same for all rooms."""
        self.era += 1
        self._said.clear()
        self._taken_back.clear()
