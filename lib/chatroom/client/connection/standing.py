"""How we stand with a server, so that another connection can stand so again. Sans I/O.

Nickname, rooms with their keys, and being away: noted while all is well, and asked for after each
return. The terminal client and the library both come back with it.
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
"""How often to `reclaim` our nickname while somebody else has it: it may become free without our
being told."""

_IN_USE = "433"
_BANNED = "465"
_FINAL_WORDS = re.compile(r"\b([gkz]-?line[ds]?|banned)\b", re.IGNORECASE)
"""How servers tell the same in their last words (ERROR), for which there is no rule."""


class Standing:
    """`attach` each new session, tell `sent` and `heard` what passes, and `lost` at its end.

    On the next one `enter` what is in `rooms`. `wanted` is our nickname while somebody else has it:
    mostly ourselves, whom the server has not missed yet. `final`: the server will not have us back.
    `back`: we are where we were, or have never been away.
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

    # While all is well

    def sent(self, command: str, params: Sequence[str]) -> None:
        """Note of what is sent that which would have to be said again."""
        match command.upper(), params:
            case "AWAY", _:
                self._absence = tuple(filter(None, params))
            case "JOIN", (rooms, keys, *_):
                fold = self._session.state.fold
                self._keys |= zip(map(fold, rooms.split(",")), keys.split(","), strict=False)
            case "NICK", (nick, *_) if nick != self.wanted:
                self.wanted = ""

    def heard(self, event: Event) -> None:
        """Note what matters for coming back, and take the nickname when it is free."""
        match event:
            case events.ModesChanged() if self._session.state.room(event.room):
                for change in event.changes:
                    if change.letter == "k" and change.adding and is_name(change.param or ""):
                        self.learn_key(event.room, change.param or "")
            case events.Refusal(message) if message.command == _BANNED:
                self.final = True
            case events.Closed(message) if _FINAL_WORDS.search(explain(message)):
                self.final = True
            case events.Left(room="", nick=nick) | events.Renamed(old=nick, own=False):
                if self._is_wanted(nick):
                    self.reclaim()
            case events.Renamed(new=nick, own=True) if self._is_wanted(nick):
                self.wanted = ""

    def is_own_doing(self, event: Event) -> bool:
        """Whether it only says that the nickname that we `reclaim` is not free yet."""
        taken = isinstance(event, events.Refusal) and event.message.command == _IN_USE
        return taken and self.wanted != ""

    def learn_key(self, room: str, key: str) -> None:
        """Note the key that a room needs."""
        if len(self._keys) < LIMITS.rooms:
            self._keys[self._session.state.fold(room)] = key

    def _is_wanted(self, nick: str) -> bool:
        fold = self._session.state.fold
        return bool(self.wanted) and fold(nick) == fold(self.wanted)

    # Coming back

    def lost(self) -> None:
        """The connection is gone: remember how we stood. Not so if we were not yet back."""
        if not self.back:
            return
        self.back = False
        state = self._session.state
        self.nick = self.wanted or state.nick
        self.rooms = [room.name for room in state.rooms.values() if room.entered]

    def attach(self, session: Session) -> None:
        """There is another session, on which we are nobody yet."""
        self._session = session
        self.wanted = ""

    def reclaim(self) -> None:
        """Try to have the old nickname back."""
        if self.wanted and self.back:
            self._session.send("NICK", self.wanted)

    def arrived(self) -> None:
        """We are in all rooms again that would have us."""
        self.back = True
        self.reclaim()

    def be_away_again(self) -> None:
        """Say so, where we had."""
        if self._absence:
            self._session.send("AWAY", *self._absence)

    def enter(self, rooms: Iterable[str]) -> None:
        """Into these rooms, with their keys as far as they are known. Raises LineTooLong."""
        for room in rooms:
            key = self._keys.get(self._session.state.fold(room), "")
            self._session.send("JOIN", room, *filter(None, [key]))
