"""What has to be restored after a reconnect: nickname, rooms with their keys, and being away.

Sans I/O. It is recorded while the connection works, and restored on the next one. The terminal
client and the library both use it.
"""

import re
from collections.abc import Iterable, Sequence

from chatroom.client.limits import LIMITS
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event
from chatroom.client.protocol.gate import is_name
from chatroom.client.protocol.session import Session
from chatroom.text.display import explain

RECLAIM_SECONDS = 30.0
"""Seconds between requests for our nickname while somebody else has it; the server does not tell us
when it becomes free."""

_IN_USE = "433"
_BANNED = "465"
_FINAL_WORDS = re.compile(r"\b([gkz]-?line[ds]?|banned)\b", re.IGNORECASE)
"""The words for this in a server's last ERROR, for which there is no standard."""


class Standing:
    """Call `attach` for each new session, `sent` and `heard` with what passes, and `lost` at its
    end.

    On the next session, `enter` the `rooms`. `wanted` is our nickname while somebody else has it,
    mostly our own old connection. `final`: the server refuses to let us back. `back`: everything is
    restored, or was never lost.
    """

    def __init__(self, session: Session) -> None:
        self.nick = ""
        self.wanted = ""
        self.rooms: list[str] = []
        self.final = False
        self.back = True
        self._session = session
        self._absence: tuple[str, ...] = ()
        self._keys: dict[str, str] = {}
        self._led: set[str] = set()  # the old names of rooms that we were led away from

    # While the connection works

    def sent(self, command: str, params: Sequence[str]) -> None:
        """Record a command that has to be repeated after a reconnect."""
        match command.upper(), params:
            case "AWAY", _:
                self._absence = tuple(filter(None, params))
            case "JOIN", (rooms, keys, *_):
                fold = self._session.state.fold
                self._keys |= zip(map(fold, rooms.split(",")), keys.split(","), strict=False)
            case "NICK", (nick, *_) if nick != self.wanted:
                self.wanted = ""

    def heard(self, event: Event) -> None:
        """Record what matters for a reconnect, and take the nickname when it becomes free."""
        match event:
            case events.ModesChanged() if self._session.state.room(event.room):
                for change in event.changes:
                    if change.letter == "k" and change.adding and is_name(change.param or ""):
                        self.learn_key(event.room, change.param or "")
            case events.Refusal(message) if message.command == _BANNED:
                self.final = True
            case events.Closed(message) if _FINAL_WORDS.search(explain(message)):
                self.final = True
            case events.RoomRenamed():
                self._renamed(event)
            case events.Left(room="", nick=nick) | events.Renamed(old=nick, own=False):
                if self._is_wanted(nick):
                    self.reclaim()
            case events.Renamed(new=nick, own=True) if self._is_wanted(nick):
                self.wanted = ""

    def _renamed(self, event: events.RoomRenamed) -> None:
        """A room has another name. If we are not in it because we came under the old one, enter it,
        once: two names could lead to each other."""
        fold = self._session.state.fold
        if key := self._keys.pop(fold(event.old), ""):
            self.learn_key(event.room, key)
        if not event.by and len(self._led) < LIMITS.rooms and fold(event.old) not in self._led:
            self._led.add(fold(event.old))
            self.enter([event.room])

    def is_own_doing(self, event: Event) -> bool:
        """Whether the event only says that the nickname that we `reclaim` is not free yet."""
        taken = isinstance(event, events.Refusal) and event.message.command == _IN_USE
        return taken and self.wanted != ""

    def learn_key(self, room: str, key: str) -> None:
        """Remember a room's key."""
        if len(self._keys) < LIMITS.rooms:
            self._keys[self._session.state.fold(room)] = key

    def _is_wanted(self, nick: str) -> bool:
        fold = self._session.state.fold
        return bool(self.wanted) and fold(nick) == fold(self.wanted)

    # Reconnecting

    def lost(self) -> None:
        """Keep what has to be restored, because the connection is lost. If we were not back yet,
        the earlier record stays."""
        if not self.back:
            return
        self.back = False
        state = self._session.state
        self.nick = self.wanted or state.nick
        self.rooms = [room.name for room in state.rooms.values() if room.entered]

    def attach(self, session: Session) -> None:
        """Use a new session, on which nothing is restored yet."""
        self._session = session
        self.wanted = ""
        self._led.clear()

    def reclaim(self) -> None:
        """Request the old nickname."""
        if self.wanted and self.back:
            self._session.send("NICK", self.wanted)

    def arrived(self) -> None:
        """Note that we are in all rooms that let us in again."""
        self.back = True
        self.reclaim()

    def be_away_again(self) -> None:
        """Set the away message again, if there was one."""
        if self._absence:
            self._session.send("AWAY", *self._absence)

    def enter(self, rooms: Iterable[str]) -> None:
        """Enter these rooms, with their keys if they are known. Raises LineTooLong."""
        for room in rooms:
            key = self._keys.get(self._session.state.fold(room), "")
            self._session.send("JOIN", room, *filter(None, [key]))
