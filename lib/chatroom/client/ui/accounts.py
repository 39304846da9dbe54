"""The person's account: registering one, logging in and out, another password.

Passwords are asked for by hidden questions, so that they are in no command, on no screen and in no
line history. Nothing is asked where others could read the answer on the way. A correct password is
kept for this run, so that the next connection logs in by itself.
"""

from collections.abc import Callable
from functools import partial

from chatroom.client.credentials import Credentials
from chatroom.client.errors import CommandError
from chatroom.client.protocol import events
from chatroom.client.protocol.capabilities import REGISTRATION
from chatroom.client.protocol.events import Event
from chatroom.client.protocol.handlers import SASL_REFUSALS
from chatroom.client.protocol.login import CAPABILITY, PLAIN, has_mechanism, is_possible, login_with
from chatroom.client.ui.context import Context
from chatroom.client.ui.service_answers import ServiceAnswers
from chatroom.client.ui.stage import Stage
from chatroom.client.view.lines import error_line, info_line
from chatroom.client.view.said import HIDDEN
from chatroom.text.display import visible
from chatroom.wire.message import Message
from chatroom.wire.sasl import SHORTEST_PASSWORD, UnfitPassword

SERVICE = "NickServ"
"""Changes passwords and logs out, for which IRCv3 has no commands."""

IN_CLEAR = "This connection is in clear text, so others could read your password. Use TLS: --tls."
NO_LOGIN = "This server has no accounts that this client could log in to."
NO_REGISTER = f"Accounts are registered in another way here; /msg {SERVICE} HELP may say how."
NOT_LOGGED_IN = "You are not logged in. /login logs in, /register makes an account."
NOBODY = "A password can only be typed at a terminal; a profile can have one for scripts."
OPER = "Type /oper NAME, or /login to an account that is an operator's."
UNCHANGED = "Nothing was changed."

_NICKNAME_USED = "433"
_WRONG = "904"
_OWNED = "account"
"""The word by which servers tell that a nickname is refused because it is registered."""


class Accounts:
    """Asks for passwords, and knows which question is open.

    `this_nick` requests a nickname again, and `other_nick` lets the person choose another one; both
    are for a nickname that turns out to be registered at the start.
    """

    def __init__(
        self,
        context: Context,
        services: ServiceAnswers,
        this_nick: Callable[[str], None],
        other_nick: Callable[[], None],
    ) -> None:
        self._context = context
        self._services = services
        self._this_nick, self._other_nick = this_nick, other_nick
        self._then: Callable[[str], None] | None = None
        self._trying: Credentials | None = None  # until the server says whether they are right
        self._nick = ""  # the nickname for which the login is needed
        self._login = ""  # the account of /login that is being tried

    # For the chat

    def answered(self, text: str) -> None:
        """Use a hidden answer. Raises CommandError, NotConnected and LineTooLong."""
        then = self._then
        self._forget()
        self._context.screen.answered("")
        if then:
            then(text)

    def lost(self) -> None:
        """Forget the open question, because the connection is lost."""
        self._forget()
        self._trying, self._nick, self._login = None, "", ""

    def _forget(self) -> None:
        self._then, self._context.asks_password = None, False

    def wants_password(self, message: Message) -> bool:
        """Whether a nickname was refused because it is registered; if so, the person is asked for
        its password."""
        if self._is_claiming:
            return True
        used = message.command == _NICKNAME_USED
        owned = used and any(_OWNED in text.lower() for text in message.params[-1:])
        if not (owned and self._context.person and self._can_log_in) or self._context.away:
            return False
        self._nick = message.param(1)
        self._ask_owner()
        return True

    def hides(self, event: Event) -> bool:
        """Whether the server only repeats that the nickname is registered, while its password is
        being asked for.

        Servers do so after a failed login, when the capabilities are negotiated.
        """
        return self._is_claiming and isinstance(event, events.NickRefused)

    @property
    def _is_claiming(self) -> bool:
        return bool(self._nick and (self._then or self._trying))

    def _ask_owner(self) -> None:
        self._context.stage = Stage.NAMING
        prompt = f"The password of {visible(self._nick)} (empty: another nickname): "
        self._ask(prompt, partial(self._claim, self._nick))

    def _claim(self, nick: str, password: str) -> None:
        if not password:
            self._nick = ""
            self._other_nick()
            return
        self._context.stage = Stage.REGISTERING
        try:
            self._log_in(nick, password)
        except CommandError as error:
            self._context.screen.show(error_line(str(error)))
            self._ask_owner()

    def heard(self, event: Event) -> None:
        """Something came from the server."""
        match event:
            case events.AccountChanged(""):
                self._context.services.keep_login(None)
            case events.AccountChanged(account) if self._trying:
                self._context.services.keep_login(self._trying._replace(account=account))
                self._trying = None
                self._login, nick, self._nick = "", self._nick, ""
                if nick:
                    self._this_nick(nick)
            case events.Refusal(message) if self._trying and _refuses(message):
                self._trying = None
                if self._nick:
                    self._ask_owner()
                elif self._login and message.command == _WRONG:
                    self._ask_login(self._login, " (Enter alone: stop)")

    # Commands

    def log_in(self, name: str) -> None:
        """/login. Raises CommandError."""
        self._require_person()
        mechanisms = self._context.session.offered(CAPABILITY)
        if not self._can_log_in:
            in_clear = mechanisms is not None and has_mechanism(PLAIN, mechanisms)
            raise CommandError(IN_CLEAR if in_clear else NO_LOGIN)
        self._ask_login(name or self._context.session.state.nick)

    def _ask_login(self, name: str, more: str = "") -> None:
        """Ask for a password; after a wrong one again, because people type it again at once, and it
        must not be sent to the room."""
        self._login = ""
        prompt = f"The password of {visible(name)}{more}: "
        self._ask(prompt, partial(self._try_login, name))

    def _try_login(self, name: str, password: str) -> None:
        if password:
            self._log_in(name, password)
            self._login = name
        else:
            self._context.screen.show(info_line(UNCHANGED))

    def become_operator(self, name: str) -> None:
        """/oper. Without a name, the account has to be an operator's. Raises CommandError."""
        session = self._context.session
        if not name and session.state.account:
            session.send("OPER", session.state.account)
        elif not name:
            raise CommandError(OPER)
        else:
            self._require_person()
            self._require_privacy()
            prompt = f"The password of the operator {visible(name)}: "
            self._ask(prompt, partial(self._oper, name))

    def _oper(self, name: str, password: str) -> None:
        if password:
            self._context.session.send("OPER", name, password)
        else:
            self._context.screen.show(info_line(UNCHANGED))

    def register(self, name: str, email: str) -> None:
        """/register. Raises CommandError."""
        session, state = self._context.session, self._context.session.state
        self._require_person()
        offered = session.offered(REGISTRATION)
        if offered is None:
            raise CommandError(NO_REGISTER)
        self._require_privacy()
        if state.account:
            raise CommandError(f"You are logged in as {visible(state.account)} already.")
        options = offered.split(",")
        if name and not state.is_own(name) and "custom-account-name" not in options:
            raise CommandError(f"Here your account has to be called {visible(state.nick)}.")
        if "email-required" in options and not email:
            raise CommandError("This server wants your e-mail address: /register EMAIL")
        account = name or state.nick

        def send(password: str) -> None:
            session.send("REGISTER", name or "*", email or "*", password)
            self._trying = Credentials(account, password)

        self._ask_new(send)

    def change_password(self) -> None:
        """/password. Raises CommandError."""
        self._require_person()
        account = self._context.session.state.account
        if not account:
            raise CommandError(NOT_LOGGED_IN)
        self._require_privacy()

        def send(password: str) -> None:
            new = Credentials(account, password)
            self._services.ask(SERVICE, f"SET PASSWORD {password}", partial(self._changed, new))

        self._ask_new(send)

    def log_out(self) -> None:
        """/logout. Raises CommandError."""
        if not self._context.session.state.account:
            raise CommandError(NOT_LOGGED_IN)
        self._services.ask(SERVICE, "LOGOUT", self._left)

    def certificates(self, request: str) -> None:
        """/certificate. Raises CommandError."""
        if not self._context.session.state.account:
            raise CommandError(NOT_LOGGED_IN)
        self._services.ask(SERVICE, f"CERT {request}")

    def tokens(self, request: str) -> None:
        """/token. Raises CommandError."""
        if not self._context.session.state.account:
            raise CommandError(NOT_LOGGED_IN)
        self._require_privacy()
        self._services.ask(SERVICE, f"TOKEN {request}")

    def _changed(self, new: Credentials, answer: str) -> str:
        """The service's answer to a new password, without the password."""
        if "changed" in answer and " not " not in answer:
            self._context.services.keep_login(new)
        return answer.replace(new.password, HIDDEN)

    def _left(self, answer: str) -> str:
        return answer if self._context.session.state.account else ""  # else 901 has said it

    # Parts

    @property
    def _can_log_in(self) -> bool:
        """Whether there is a login that shows the password to nobody on the way."""
        mechanisms = self._context.session.offered(CAPABILITY)
        return mechanisms is not None and is_possible(mechanisms, self._context.secure)

    def _log_in(self, account: str, password: str) -> None:
        session, credentials = self._context.session, Credentials(account, password)
        mechanisms = session.offered(CAPABILITY) or ""
        try:
            login = login_with(credentials, mechanisms, self._context.secure)
        except UnfitPassword as error:
            raise CommandError(f"That cannot be a password: {error}.") from None
        if login is None:
            raise CommandError(NO_LOGIN)
        session.log_in(login)
        self._trying = credentials

    def _require_person(self) -> None:
        if not self._context.person:
            raise CommandError(NOBODY)

    def _require_privacy(self) -> None:
        if not self._context.secure:
            raise CommandError(IN_CLEAR)

    def _ask(self, prompt: str, then: Callable[[str], None]) -> None:
        self._then, self._context.asks_password = then, True
        self._context.screen.ask_secret(prompt)

    def _ask_new(self, send: Callable[[str], None]) -> None:
        """Ask for a new password twice, because nobody sees what is typed."""

        def first(word: str) -> None:
            if not word:
                self._context.screen.show(info_line(UNCHANGED))
            elif word != word.strip():
                raise CommandError(f"A password cannot begin or end with a space. {UNCHANGED}")
            else:
                self._ask("Repeat it: ", lambda again: second(word, again))

        def second(word: str, again: str) -> None:
            if again == word:
                send(word)
                return
            self._context.screen.show(error_line("The two passwords are different."))
            ask(" (Enter alone: stop)")

        def ask(more: str = "") -> None:
            self._ask(f"A new password, {SHORTEST_PASSWORD} characters or more{more}: ", first)

        ask()


def _refuses(message: Message) -> bool:
    failed = message.command == "FAIL" and message.param(0) == "REGISTER"
    return failed or message.command in SASL_REFUSALS
