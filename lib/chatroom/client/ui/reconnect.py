"""Losing the server and coming back: with nickname, rooms, keys and being away as they were.

What had been sent when the connection went, and the server turns out not to have, goes to the
outbox, where what is typed meanwhile waits too.
"""

from collections.abc import Iterator, Mapping, Sequence

from chatroom.client.connection.nicknames import stand_ins
from chatroom.client.connection.standing import Standing
from chatroom.client.history.receipts import Receipts
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.outbox import Outbox, OutboxLine
from chatroom.client.ui.presence import Presence
from chatroom.client.view.lines import info_line
from chatroom.text.display import action, visible

PROMISE = (
    "Reconnecting. Your lines are kept until the connection is back. /reconnect tries at once."
)
BACK = "The connection is back."
UNKNOWN = "This server cannot show what you missed."


class Reconnection:
    """The way back, step by step: called, welcomed, arrived."""

    def __init__(
        self,
        context: Context,
        display: Display,
        presence: Presence,
        receipts: Receipts,
        outbox: Outbox,
    ) -> None:
        self.standing = Standing(context.session)
        self._context = context
        self._display = display
        self._presence = presence
        self._receipts = receipts
        self._outbox = outbox
        self._nicks: Iterator[str] = iter(())

    def sent(self, command: str, params: Sequence[str]) -> None:
        """Note of what is sent that which would have to be said again."""
        self._display.sent(command, params)
        self.standing.sent(command, params)

    # Away

    @property
    def possible(self) -> bool:
        """Whether the server, if it is lost, will have us back."""
        return not self.standing.final and (self._context.away or self._context.session.state.ready)

    def begin(self) -> None:
        """The connection is gone: remember how we stood."""
        session = self._context.session
        self.standing.lost()
        self._context.away = True
        self._outbox.withdraw()
        self._presence.lost()
        session.detach()

    def call(self) -> None:
        """There is another connection, and a new session on it."""
        self._nicks = stand_ins(self.standing.nick)
        self._context.session.open()
        self._context.session.register(self.standing.nick)

    def hides(self, event: Event) -> bool:
        """Whether an event is no news for one who has been there before."""
        if isinstance(event, events.Refusal):
            return self.standing.is_own_doing(event)
        return self._context.away and isinstance(event, _NO_NEWS)

    def next_nick(self) -> bool:
        """The nickname is taken, by our own old connection probably; False where no other is left
        to try."""
        nick = next(self._nicks, None)
        if nick is None:
            return False
        self.standing.wanted = self.standing.nick
        self._context.session.register(nick)
        return True

    def welcomed(self) -> None:
        """Go where we were."""
        context, session = self._context, self._context.session
        context.screen.show(info_line(BACK))
        if self.standing.wanted:
            old, new = visible(self.standing.nick), visible(session.state.nick)
            context.screen.show(
                info_line(f"{old} is still in use. You are {new} until it is free.")
            )
        self.standing.be_away_again()
        self.standing.enter(self.standing.rooms)
        if self.standing.rooms and not session.agreed("draft/chathistory"):
            context.screen.show(info_line(UNKNOWN))
        session.barrier()

    def arrived(self) -> None:
        """All that was missed is shown."""
        self._context.away = False
        self.standing.arrived()
        unsent = self._receipts.unsent()
        told = self._context.session.agreed("draft/chathistory")
        self._outbox.put_first(
            [
                OutboxLine(line.with_whom, *_deed(line.text), _client_tags(line.tags), meant=True)
                for line in unsent
            ],
            doubtful=any(not (told and line.room) for line in unsent),
        )
        for room in self.standing.rooms:
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
