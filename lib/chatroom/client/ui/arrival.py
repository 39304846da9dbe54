"""The way in: from the first nickname to the first rooms.

A person is asked what is not known yet; a pipe is not asked, and ends if that is needed.
"""

from collections.abc import Callable, Iterator, Sequence

from chatroom.client.ui.context import Context
from chatroom.client.ui.stage import Stage, StartOptions
from chatroom.client.view.lines import error_line
from chatroom.wire.message import LineTooLong

DEFAULT_ROOM = "general"
ASK_NICK = "Choose a nickname: "
ASK_ROOM = f"Choose a room [{DEFAULT_ROOM}]: "


class Arrival:
    """Requests nicknames and rooms, and asks for them. `leave` ends the run with an exit status."""

    def __init__(
        self, context: Context, wishes: StartOptions, leave: Callable[[int], None]
    ) -> None:
        self._context = context
        self._wishes = wishes
        self._leave = leave
        self._nicks: Iterator[str] = iter(wishes.nicks)
        self._nick = ""

    def next_nick(self) -> None:
        """Request the next nickname of the command line; if none is left, ask for one."""
        nick = next(self._nicks, None)
        if nick is not None:
            self.named(nick)
        elif self._wishes.person:
            self._context.stage = Stage.NAMING
            self._context.screen.ask(ASK_NICK)
        else:
            self._leave(1)

    def named(self, nick: str) -> None:
        """Request this nickname."""
        if not nick:
            self._context.screen.show(error_line("Type a nickname."))
            self.next_nick()
            return
        self._context.stage = Stage.REGISTERING
        self._nick = nick
        self._context.session.register(nick)

    def again(self) -> None:
        """Another connection has replaced the first one: request the same nickname, if there was
        one."""
        if self._nick:
            self.named(self._nick)

    def welcomed(self) -> None:
        """The server has let us in. Enter the rooms, or list them for a person to choose one."""
        if self._wishes.rooms or not self._wishes.person:
            self.join(self._wishes.rooms or [DEFAULT_ROOM])
            return
        self._context.stage = Stage.LISTING
        self._context.session.send("LIST")
        self._context.session.barrier()

    def choose_room(self) -> None:
        """Ask for a room: they are listed, or the server did not let us into any."""
        if not self._wishes.person:
            self._leave(1)
            return
        self._context.stage = Stage.CHOOSING
        self._context.screen.ask(ASK_ROOM)

    def chose(self, text: str) -> None:
        """Enter the room that the person has chosen."""
        self.join([text.strip() or DEFAULT_ROOM])

    def join(self, rooms: Sequence[str]) -> None:
        """Enter these rooms."""
        self._context.stage = Stage.JOINING
        for room in rooms:
            try:
                meant = self._context.session.state.rooms_meant(room)
                self._context.session.send("JOIN", meant or room)
            except LineTooLong as error:
                self._context.complain(str(error))
        self._context.session.barrier()
