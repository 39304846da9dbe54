"""Losing the server and coming back: with nickname, rooms, keys and being away as they were.

What had been sent when the connection went, and the server turns out not to have, goes to the
outbox, where what is typed meanwhile waits too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from chatroom.client import events
from chatroom.client.events import Event
from chatroom.client.limits import LIMITS
from chatroom.client.protocol.gate import is_name
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.outbox import Outbox, OutboxLine
from chatroom.client.ui.presence import Presence
from chatroom.client.ui.scrollback import Scrollback
from chatroom.client.view import info_line
from chatroom.wire.prose import action, explain, visible

PROMISE = (
    "Reconnecting. What you type is kept until the connection is back. /reconnect tries at once."
)
BACK = "The connection is back."
UNKNOWN = "This server cannot show what was said meanwhile."
_BANNED = "465"
_FINAL_WORDS = re.compile(r"\b([gkz]-?line[ds]?|banned)\b", re.IGNORECASE)
"""How servers tell the same in their last words (ERROR), for which there is no rule."""

_IN_USE = "433"
_SHORT = 7
"""Characters of a nickname that leave room for two digits on a server that takes nine."""


class Reconnection:
    """How we stand with the server, and what it has not heard yet."""

    def __init__(
        self,
        context: Context,
        display: Display,
        scrollback: Scrollback,
        presence: Presence,
        outbox: Outbox,
    ) -> None:
        self.wanted = ""
        """Our nickname, while somebody else has it: mostly ourselves, whom the server has not
        missed yet."""
        self.nick = ""
        self._context = context
        self._display = display
        self._scrollback = scrollback
        self._presence = presence
        self._outbox = outbox
        self._nicks: Iterator[str] = iter(())
        self._absence: tuple[str, ...] = ()
        self._keys: dict[str, str] = {}
        self._rooms: list[str] = []
        self._final = False

    # While all is well

    def sent(self, command: str, params: Sequence[str]) -> None:
        """Note of what is sent that which would have to be said again."""
        self._display.sent(command, params)
        match command.upper(), params:
            case "AWAY", _:
                self._absence = tuple(filter(None, params))
            case "JOIN", (rooms, keys, *_):
                fold = self._context.session.state.fold
                self._keys |= zip(map(fold, rooms.split(",")), keys.split(","), strict=False)
            case "NICK", (nick, *_) if nick != self.wanted:
                self.wanted = ""

    def heard(self, event: Event) -> None:
        """Note what matters for coming back, and take the nickname when it is free."""
        match event:
            case events.ModesChanged():
                for change in event.changes:
                    if change.letter == "k" and change.adding and is_name(change.param or ""):
                        self._learn_key(event.room, change.param or "")
            case events.Refusal(message) if message.command == _BANNED:
                self._final = True
            case events.Closed(message) if _FINAL_WORDS.search(explain(message)):
                self._final = True
            case events.Left(room="", nick=nick) | events.Renamed(old=nick, own=False):
                if self._is_wanted(nick):
                    self.reclaim()
            case events.Renamed(new=nick, own=True) if self._is_wanted(nick):
                self.wanted = ""

    def _learn_key(self, room: str, key: str) -> None:
        state = self._context.session.state
        if state.room(room) and len(self._keys) < LIMITS.rooms:
            self._keys[state.fold(room)] = key

    def _is_wanted(self, nick: str) -> bool:
        fold = self._context.session.state.fold
        return bool(self.wanted) and fold(nick) == fold(self.wanted)

    def reclaim(self) -> None:
        """Try to have the old nickname back."""
        if self.wanted and not self._context.away:
            self._context.session.send("NICK", self.wanted)

    # Away

    @property
    def possible(self) -> bool:
        """Whether the server, if it is lost, will have us back."""
        return not self._final and (self._context.away or self._context.session.state.ready)

    def begin(self) -> None:
        """The connection is gone: remember how we stood. Not so if we were not yet back."""
        session = self._context.session
        if not self._context.away:
            self.nick = self.wanted or session.state.nick
            self._rooms = [room.name for room in session.state.rooms.values() if room.entered]
        self._context.away = True
        self._outbox.withdraw()
        self._presence.lost()
        session.detach()

    def call(self) -> None:
        """There is another connection, and a new session on it."""
        self._nicks = _alternatives(self.nick)
        self.wanted = ""
        self._context.session.open()
        self._context.session.register(self.nick)

    def hides(self, event: Event) -> bool:
        """Whether an event is no news for one who has been there before."""
        if isinstance(event, events.Refusal):
            return self.wanted != "" and event.message.command == _IN_USE
        return self._context.away and isinstance(event, _NO_NEWS)

    def next_nick(self) -> bool:
        """The nickname is taken, by our own old connection probably; False where no other is left
        to try."""
        nick = next(self._nicks, None)
        if nick is None:
            return False
        self.wanted = self.nick
        self._context.session.register(nick)
        return True

    def welcomed(self) -> None:
        """Go where we were."""
        context, session = self._context, self._context.session
        context.screen.show(info_line(BACK))
        if self.wanted:
            old, new = visible(self.nick), visible(session.state.nick)
            context.screen.show(
                info_line(f"{old} is still in use; you are called {new} until it is free.")
            )
        if self._absence:
            session.send("AWAY", *self._absence)
        self._scrollback.missed(self._rooms)
        for room in self._rooms:
            key = self._keys.get(session.state.fold(room), "")
            session.send("JOIN", room, *filter(None, [key]))
        if self._rooms and not session.agreed("draft/chathistory"):
            context.screen.show(info_line(UNKNOWN))
        session.barrier()

    def arrived(self) -> None:
        """All that was missed is shown."""
        self._context.away = False
        self.reclaim()
        unsent = self._scrollback.markers.unsent()
        told = self._context.session.agreed("draft/chathistory")
        self._outbox.put_first(
            [
                OutboxLine(line.with_whom, *_deed(line.text), _client_tags(line.tags), meant=True)
                for line in unsent
            ],
            doubtful=any(not (told and line.room) for line in unsent),
        )
        for room in self._rooms:
            if not self._context.session.state.room(room):
                self._display.shut_out(room)


_NO_NEWS = (
    events.Registered,
    events.MotdLine,
    events.RoomEntered,
    events.NickRefused,
    events.OwnModes,
    events.Answer,
)


def _deed(text: str) -> tuple[str, bool]:
    """What was said, or done, as it was typed."""
    doing = action(text)
    return (text, False) if doing is None else (doing, True)


def _client_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Those that we sent with a line, such as whose reply it is (IRCv3 message-tags)."""
    return {key: value for key, value in tags.items() if key.startswith("+")}


def _alternatives(nick: str) -> Iterator[str]:
    """What to be called while the nickname is taken; short ones where others are too long."""
    yield f"{nick}_"
    yield f"{nick}__"
    for number in range(1, 100):
        yield f"{nick[:_SHORT]}{number}"
