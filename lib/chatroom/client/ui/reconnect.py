"""Restores nickname, rooms, keys and being away after a lost connection.

Lines that were sent just before, and that the server turns out not to have, go to the outbox, which
also has what was typed meanwhile.
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
    """The steps of a reconnection: called, welcomed, arrived."""

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
        """Note the sent commands that have to be repeated after a reconnection."""
        self._display.sent(command, params)
        self.standing.sent(command, params)

    # Away

    @property
    def possible(self) -> bool:
        """Whether the server would let us in again."""
        return not self.standing.final and (self._context.away or self._context.session.state.ready)

    def begin(self) -> None:
        """The connection is lost: note our state on the server."""
        session = self._context.session
        self.standing.lost()
        self._context.away = True
        self._outbox.withdraw()
        self._presence.lost()
        session.detach()

    def call(self) -> None:
        """There is another connection, with a new session."""
        self._nicks = stand_ins(self.standing.nick)
        self._context.session.open()
        self._context.session.register(self.standing.nick)

    def hides(self, event: Event) -> bool:
        """Whether a person who was there before already knows about the event."""
        if isinstance(event, events.Refusal):
            return self.standing.is_own_doing(event)
        return self._context.away and isinstance(event, _NO_NEWS)

    def next_nick(self) -> bool:
        """The nickname is taken, probably by our old connection: try another. Returns False if none
        is left."""
        nick = next(self._nicks, None)
        if nick is None:
            return False
        self.standing.wanted = self.standing.nick
        self._context.session.register(nick)
        return True

    def welcomed(self) -> None:
        """Enter the rooms in which we were."""
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
        """Everything that was missed is shown."""
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
    """The text as it was typed, and whether it is an action."""
    doing = action(text)
    return (text, False) if doing is None else (doing, True)


def _client_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that we sent with a line, such as which line it replies to (IRCv3 message-tags)."""
    return {key: value for key, value in tags.items() if key.startswith("+")}
