"""The objects that all parts of the ui share. It knows none of the parts, so each can have it."""

from chatroom.client.config.settings import Settings
from chatroom.client.protocol.session import Session
from chatroom.client.ui.ports import Screen, Services
from chatroom.client.ui.stage import QUESTIONS, Stage
from chatroom.client.view.lines import error_line
from chatroom.text.display import visible


class Context:
    """The current session, the screen and services, and how far the run has got.

    `person`: input comes from a person, not from a pipe. `now` is the loop's time in UTC seconds.
    `away`: there is no connection, or we are not back in our rooms yet. `failed`: something was
    refused. `link`: how the connection is secured, in words. `secure`: nobody on the way can read
    it. `asks_password`: the password of an account is being asked for.
    """

    def __init__(
        self, session: Session, screen: Screen, person: bool, settings: Settings, services: Services
    ) -> None:
        self.session = session
        self.screen = screen
        self.person = person
        self.settings = settings
        self.services = services
        self.now = 0.0
        self.stage = Stage.NAMING
        self.away = False
        self.failed = False
        self.link = ""
        self.secure = True
        self.asks_password = False

    def fold(self, name: str) -> str:
        """The name as the server compares it."""
        return self.session.state.fold(name)

    @property
    def connected(self) -> bool:
        """Whether messages can be sent."""
        return self.stage is Stage.CHATTING

    @property
    def asking(self) -> bool:
        """Whether a question is waiting for an answer."""
        return self.asks_password or self.stage in QUESTIONS

    def complain(self, text: str) -> None:
        """Tell the person that something could not be done."""
        self.failed = True
        self.screen.show(error_line(visible(text)))
