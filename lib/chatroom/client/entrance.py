"""What a person is asked on the way in, besides nickname and room: the server's password, and
whether to keep the answers for the next time.

Sans I/O: files and connections are the services'.
"""

from typing import TYPE_CHECKING

from chatroom.client.comeback import ANSWER_KEYS, NO, YES
from chatroom.client.events import Event, Refusal
from chatroom.client.replies import PASSWORD_REFUSED, PASSWORD_WANTED
from chatroom.client.services import ServiceError
from chatroom.client.view import news, refused
from chatroom.wire.message import Message

if TYPE_CHECKING:
    from chatroom.client.chat import Chat

ASK_PASSWORD = "The server's password: "
YES_OR_NO = "Type y or n."
ASK_SAVING = "Save server, nickname and room for next time? [y/n] "


class Entrance:
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
            self._chat.screen.show(refused(PASSWORD_WANTED))
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

    def offers(self) -> bool:
        """Whether there is something to keep; asks, once."""
        offered = self._chat.services.remember is not None and bool(self._chat.room)
        if offered:
            self._chat.screen.ask(ASK_SAVING, ANSWER_KEYS)
        return offered

    def answered(self, text: str) -> bool:
        """Keep the answers, or never ask again; whether that was an answer. Else it is asked again,
        for nobody shall say aloud what was meant for us."""
        word, remember = text.strip().lower(), self._chat.services.remember
        if word not in YES | NO or remember is None:
            self._chat.screen.show(refused(YES_OR_NO))
            return not self.offers()
        self._chat.services.remember = None
        nick = self._chat.session.state.nick if word in YES else ""
        try:
            self._chat.screen.show(news(remember(nick, self._chat.room)))
        except ServiceError as error:
            self._chat.complain(str(error))
        return True
