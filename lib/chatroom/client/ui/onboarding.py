"""The questions at the beginning, besides nickname and room: the server's password, and whether to
save the answers for the next time.

Sans I/O: the services access files and connections.
"""

from collections.abc import Callable
from functools import partial

from chatroom.client.errors import ServiceError
from chatroom.client.protocol.events import Event, Refusal
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.offers import Offer, Offers
from chatroom.client.view.lines import error_line, info_line
from chatroom.client.view.numerics import PASSWORD_REFUSED, PASSWORD_WANTED
from chatroom.wire.message import Message

ASK_PASSWORD = "The server's password: "
ASK_SAVING = "Save the server, nickname and room for next time?"


class Onboarding:
    """Asks the questions; the chat knows which one is open."""

    def __init__(self, context: Context, display: Display, offers: Offers) -> None:
        self._context = context
        self._display = display
        self._offers = offers

    def explains(self, event: Event) -> bool:
        """Whether the refusal means that a password is missing, although the server calls it wrong;
        if so, the person is told."""
        session = self._context.session
        if session.gives_password or session.state.registered:
            return False
        missing = isinstance(event, Refusal) and event.message.command == PASSWORD_REFUSED
        if missing:
            self._context.screen.show(error_line(PASSWORD_WANTED))
        return missing

    def wants_password(self, message: Message) -> bool:
        """Whether the refusal means that a password is needed; if so, the person is asked."""
        registered = self._context.session.state.registered
        wanted = message.command == PASSWORD_REFUSED and not registered and self._context.person
        if wanted:
            self._context.screen.ask_secret(ASK_PASSWORD)
        return wanted

    def sign_in(self, password: str) -> bool:
        """Connect again with this password. Returns whether there was one."""
        if password:
            self._context.services.sign_in(password)
        else:
            self._context.screen.ask_secret(ASK_PASSWORD)
        return bool(password)

    def offer(self) -> None:
        """Offer once to save server, nickname and room, if there is something to save."""
        room, remember = self._display.room, self._context.services.remember
        if remember is not None and room:
            keep = partial(self._keep, remember, room)
            self._offers.make(
                Offer("saving", ASK_SAVING, lambda: keep(saved=True), lambda: keep(saved=False))
            )

    def _keep(self, remember: Callable[[str, str], str], room: str, saved: bool) -> None:
        self._context.services.remember = None
        nick = self._context.session.state.nick if saved else ""
        try:
            self._context.screen.show(info_line(remember(nick, room)))
        except ServiceError as error:
            self._context.complain(str(error))
