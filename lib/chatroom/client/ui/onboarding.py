"""What a person is asked on the way in, besides nickname and room: the server's password, and
whether to keep the answers for the next time.

Sans I/O: files and connections are the services'.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from chatroom.client.events import Event, Refusal
from chatroom.client.ui.offers import Offer
from chatroom.client.ui.ports import ServiceError
from chatroom.client.view import error_line, info_line
from chatroom.client.view.numerics import PASSWORD_REFUSED, PASSWORD_WANTED
from chatroom.wire.message import Message

if TYPE_CHECKING:
    from chatroom.client.ui.chat import Chat

ASK_PASSWORD = "The server's password: "
ASK_SAVING = "Save server, nickname and room for next time?"


class Onboarding:
    """The questions; the chat knows which of them stands."""

    def __init__(self, chat: "Chat") -> None:
        self._chat = chat

    def explains(self, event: Event) -> bool:
        """Whether it is told here that a password is missing, which the server calls wrong."""
        session = self._chat.session
        if session.gives_password or session.state.registered:
            return False
        missing = isinstance(event, Refusal) and event.message.command == PASSWORD_REFUSED
        if missing:
            self._chat.screen.show(error_line(PASSWORD_WANTED))
        return missing

    def wants_password(self, message: Message) -> bool:
        """Whether a refusal means that the person has to be asked; asks."""
        registered = self._chat.session.state.registered
        wanted = message.command == PASSWORD_REFUSED and not registered and self._chat.person
        if wanted:
            self._chat.screen.ask_secret(ASK_PASSWORD)
        return wanted

    def sign_in(self, password: str) -> bool:
        """Try again with this; whether there was a password. Places for accounts are here too."""
        if password:
            self._chat.services.sign_in(password)
        else:
            self._chat.screen.ask_secret(ASK_PASSWORD)
        return bool(password)

    def offer(self) -> None:
        """Offer to keep server, nickname and room, if there is something to keep: once."""
        room, remember = self._chat.room, self._chat.services.remember
        if remember is not None and room:
            keep = partial(self._keep, remember, room)
            self._chat.offers.make(
                Offer("saving", ASK_SAVING, lambda: keep(saved=True), lambda: keep(saved=False))
            )

    def _keep(self, remember: Callable[[str, str], str], room: str, saved: bool) -> None:
        self._chat.services.remember = None
        nick = self._chat.session.state.nick if saved else ""
        try:
            self._chat.screen.show(info_line(remember(nick, room)))
        except ServiceError as error:
            self._chat.complain(str(error))
