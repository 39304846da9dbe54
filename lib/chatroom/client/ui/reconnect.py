"""Losing the server and coming back: with nickname, rooms, keys and being away as they were.

What is typed meanwhile is kept, and sent after asking. So is what had been sent when the connection
went, where the server turns out not to have it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from chatroom.client import events
from chatroom.client.events import Event
from chatroom.client.limits import LIMITS
from chatroom.client.protocol.gate import is_name
from chatroom.client.protocol.session import Disconnected
from chatroom.client.ui.commands.base import CommandError
from chatroom.client.ui.entries import escaped
from chatroom.client.ui.offers import Offer
from chatroom.client.view import Line, error_line, info_line
from chatroom.client.view.rich import plain
from chatroom.wire.message import NO_TAGS, LineTooLong
from chatroom.wire.names import bare
from chatroom.wire.prose import action, explain, visible

if TYPE_CHECKING:
    from chatroom.client.ui.chat import Chat

PROMISE = (
    "Reconnecting. What you type is kept until the connection is back. /reconnect tries at once."
)
BACK = "The connection is back."
UNKNOWN = "This server cannot show what was said meanwhile."
KEPT_SHOWN = 10
"""Of the lines that are offered, so many are shown."""

LINE_BREAK = " ⏎ "
"""Between the lines of one message where it is shown in one."""

_BANNED = "465"
_FINAL_WORDS = re.compile(r"\b([gkz]-?line[ds]?|banned)\b", re.IGNORECASE)
"""How servers tell the same in their last words (ERROR), for which there is no rule."""

_IN_USE = "433"
_SHORT = 7
"""Characters of a nickname that leave room for two digits on a server that takes nine."""


class OutboxLine(NamedTuple):
    """Something that is to be said, as what it is: a text of one or more lines, an action, or tags
    alone, such as a reaction, which `text` tells then.

    `meant`: its marks have been read, as when it was sent and did not arrive.
    """

    target: str
    text: str
    action: bool = False
    tags: Mapping[str, str] = NO_TAGS
    alone: bool = False
    meant: bool = False


class Reconnection:
    """How we stand with the server, and what it has not heard yet."""

    def __init__(self, chat: "Chat") -> None:
        self.away = False
        """Whether there is no connection, or we are not yet back where we were."""
        self.wanted = ""
        """Our nickname, while somebody else has it: mostly ourselves, whom the server has not
        missed yet."""
        self._chat = chat
        self._nick = ""
        self._nicks: Iterator[str] = iter(())
        self._absence: tuple[str, ...] = ()
        self._keys: dict[str, str] = {}
        self._rooms: list[str] = []
        self._kept: list[OutboxLine] = []
        self._doubtful = False
        self._final = False

    # While all is well

    def sent(self, command: str, params: Sequence[str]) -> None:
        """Note of what is sent that which would have to be said again."""
        self._chat.display.sent(command, params)
        match command.upper(), params:
            case "AWAY", _:
                self._absence = tuple(filter(None, params))
            case "JOIN", (rooms, keys, *_):
                fold = self._chat.session.state.fold
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
        state = self._chat.session.state
        if state.room(room) and len(self._keys) < LIMITS.rooms:
            self._keys[state.fold(room)] = key

    def _is_wanted(self, nick: str) -> bool:
        fold = self._chat.session.state.fold
        return bool(self.wanted) and fold(nick) == fold(self.wanted)

    def reclaim(self) -> None:
        """Try to have the old nickname back."""
        if self.wanted and not self.away:
            self._chat.session.send("NICK", self.wanted)

    # Away

    @property
    def possible(self) -> bool:
        """Whether the server, if it is lost, will have us back."""
        return not self._final and (self.away or self._chat.session.state.ready)

    def begin(self) -> None:
        """The connection is gone: remember how we stood. Not so if we were not yet back."""
        session = self._chat.session
        if not self.away:
            self._nick = self.wanted or session.state.nick
            self._rooms = [room.name for room in session.state.rooms.values() if room.entered]
        self.away = True
        self._chat.offers.withdraw(_OFFER)
        self._chat.presence.lost()
        session.detach()

    def call(self) -> None:
        """There is another connection, and a new session on it."""
        self._nicks = _alternatives(self._nick)
        self.wanted = ""
        self._chat.session.open()
        self._chat.session.register(self._nick)

    def hides(self, event: Event) -> bool:
        """Whether an event is no news for one who has been there before."""
        if isinstance(event, events.Refusal):
            return self.wanted != "" and event.message.command == _IN_USE
        return self.away and isinstance(event, _NO_NEWS)

    def next_nick(self) -> None:
        """The nickname is taken, by our own old connection probably."""
        nick = next(self._nicks, None)
        if nick is None:
            self._chat.give_up(f"No nickname like {visible(self._nick)} is free")
            return
        self.wanted = self._nick
        self._chat.session.register(nick)

    def welcomed(self) -> None:
        """Go where we were."""
        chat, session = self._chat, self._chat.session
        chat.screen.show(info_line(BACK))
        if self.wanted:
            old, new = visible(self._nick), visible(session.state.nick)
            chat.screen.show(
                info_line(f"{old} is still in use; you are called {new} until it is free.")
            )
        if self._absence:
            session.send("AWAY", *self._absence)
        chat.scrollback.missed(self._rooms)
        for room in self._rooms:
            key = self._keys.get(session.state.fold(room), "")
            session.send("JOIN", room, *filter(None, [key]))
        if self._rooms and not session.agreed("draft/chathistory"):
            chat.screen.show(info_line(UNKNOWN))
        session.barrier()

    def arrived(self) -> None:
        """All that was missed is shown."""
        self.away = False
        self.reclaim()
        unsent = self._chat.scrollback.markers.unsent()
        told = self._chat.session.agreed("draft/chathistory")
        self._doubtful |= any(not (told and line.room) for line in unsent)
        self._kept[:0] = (
            OutboxLine(line.with_whom, *_deed(line.text), _client_tags(line.tags), meant=True)
            for line in unsent
        )
        for room in self._rooms:
            if not self._chat.session.state.room(room):
                self._chat.display.shut_out(room)

    # What is to be said

    def keep(self, kept: OutboxLine) -> None:
        """Something was typed that cannot be said now."""
        self._kept.append(kept)
        self._chat.screen.show(info_line(f"not sent yet: {_described(kept)}"))

    def offer(self) -> None:
        """Show what was not sent, and offer to send it."""
        number = len(self._kept)
        if number:
            lines, were = ("line", "was") if number == 1 else (f"{number} lines", "were")
            fate = "may not have arrived" if self._doubtful else f"{were} not sent"
            more = number - KEPT_SHOWN
            rest = [Line(f"  ... and {more} more")] if more > 0 else []
            self._chat.screen.show(*map(self._line, self._kept[:KEPT_SHOWN]), *rest)
            question = f"Send the {lines} that {fate}?"
            self._chat.offers.make(Offer(_OFFER, question, self._send, self._drop))

    def _line(self, kept: OutboxLine) -> Line:
        here = kept.target == self._chat.display.here
        to = "" if here else f" (to {visible(bare(kept.target))})"
        return Line(f"  {_described(kept)}{to}")

    def _send(self) -> None:
        """Each as what it was; what cannot be sent does not keep back the others."""
        kept, self._kept, self._doubtful = self._kept, [], False
        for each in kept:
            try:
                self._chat.composer.send(each)
            except (CommandError, Disconnected, LineTooLong) as error:
                self._chat.screen.show(self._line(each))
                self._chat.complain(str(error))

    def _drop(self) -> None:
        kept, self._kept, self._doubtful = self._kept, [], False
        for line in (line for each in kept for line in _as_typed(each)):
            self._chat.screen.remember(line)
        self._chat.screen.show(info_line("Dropped."))

    def give_up(self) -> None:
        """The person leaves: say what was never sent."""
        number, self._kept = len(self._kept), []
        if number:
            lines = "one line was" if number == 1 else f"{number} lines were"
            self._chat.screen.show(error_line(f"{lines} not sent"))


_OFFER = "unsent"

_NO_NEWS = (
    events.Registered,
    events.MotdLine,
    events.RoomEntered,
    events.NickRefused,
    events.OwnModes,
    events.Answer,
)


def _described(kept: OutboxLine) -> str:
    """As it was typed, more or less."""
    lines = (visible(plain(line)) for line in kept.text.split("\n"))
    return f"{'/me ' if kept.action else ''}{LINE_BREAK.join(lines)}"


def _as_typed(kept: OutboxLine) -> Iterator[str]:
    """The lines that would have to be typed to say it again; none for a reaction."""
    if not kept.alone:
        for line in filter(None, map(plain, kept.text.split("\n"))):
            yield f"/me {line}" if kept.action else escaped(line)


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
