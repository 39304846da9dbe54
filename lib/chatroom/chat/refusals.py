"""How a handler refuses: it raises one of these, and `dispatch` sends what it says."""

from chatroom.chat.session import Session
from chatroom.wire.numerics import ERR_INPUTTOOLONG, Numeric


class Refused(Exception):
    """A handler's way to refuse: the numeric with its parameters. Caught by `dispatch.attempt`."""

    def __init__(self, numeric: Numeric, *params: str, fill: tuple[object, ...] = ()) -> None:
        super().__init__(numeric.code, *params)
        self.numeric = numeric
        self.params = params
        self.fill = fill

    @property
    def sentence(self) -> str:
        """What it says to a person, without the full stop."""
        return self.numeric.text.format(*self.fill)

    def tell(self, session: Session) -> None:
        """Send it."""
        session.reply(self.numeric, *self.params, fill=self.fill)


class Failed(Refused):
    """A refusal as a standard reply (IRCv3 standard-replies): FAIL, a command, a code, context."""

    def __init__(self, command: str, code: str, *context: str, text: str) -> None:
        super().__init__(Numeric(code), command, code, *context)
        self.text = text

    @property
    def sentence(self) -> str:
        """What it says to a person, without the full stop."""
        return self.text

    def tell(self, session: Session) -> None:
        """Send it."""
        session.tell("FAIL", *self.params, self.text)


class TooLong(Refused):
    """ERR_INPUTTOOLONG (417) that says what was too long, and by how much."""

    def __init__(self, what: str) -> None:
        super().__init__(ERR_INPUTTOOLONG)
        self.text = f"{ERR_INPUTTOOLONG.text}: {what}"

    def tell(self, session: Session) -> None:
        """Send it."""
        session.tell(self.numeric.code, session.user.nick or "*", self.text)


class Cut(Refused):
    """A refusal of the rest of a message: the pieces before it were sent.

    After the `refusal` itself, which a NOTICE never gets, FAIL says where the rest begins.
    """

    def __init__(self, refusal: Refused, command: str, target: str, rest: str) -> None:
        super().__init__(refusal.numeric, *refusal.params, fill=refusal.fill)
        self._refusal = None if command == "NOTICE" else refusal
        text = f'The rest of your message was not sent, from "{rest}"'
        self._rest = Failed(command, "REST_NOT_SENT", target, text=text)

    def tell(self, session: Session) -> None:
        """Send both."""
        if self._refusal is not None:
            self._refusal.tell(session)
        self._rest.tell(session)
