"""What the plain door does with accounts: the functions that IRC's commands use, too."""

from collections.abc import Callable

from chatroom.chat.accounts_port import Answer
from chatroom.chat.commands import account_registration, accounts, ownership, tokens
from chatroom.chat.nicknames import is_for_others
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Refused
from chatroom.chat.scopes import is_limited
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.numerics import ERR_NOPRIVILEGES

NO_ACCOUNTS = "There are no accounts on this server"


class AccountHost:
    """The functions for plain doors, bound to the world. `log_in` and `register` raise Refused."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def exist(self) -> bool:
        """Whether there are accounts on this server."""
        return self._world.has_accounts

    def why_no_password(self, session: Session) -> str:
        """Why nobody is asked for the password of an account here, as a sentence without its full
        stop; "" if they are."""
        return why_no_secret(self._world, session) if self._world.has_accounts else NO_ACCOUNTS

    def is_for_others(self, session: Session, nick: str) -> bool:
        """Whether a nickname belongs to an account that the user is not logged in to."""
        return is_for_others(self._world, nick, session.user)

    def check_password(
        self, session: Session, name: str, password: str, answered: Callable[[Answer], None]
    ) -> None:
        """Have a password checked; `answered` is called later."""
        accounts.check_password(self._world, session, name, password, answered)

    def log_in(self, session: Session, name: str, answer: Answer) -> None:
        """Log in to an account whose password was right, or by the token in the answer."""
        accounts.log_in(self._world, session, name, answer.token)

    def tokens(
        self, session: Session, words: list[str], say: Callable[[str], None]
    ) -> Steps | None:
        """Make, list and revoke tokens, as NickServ's TOKEN does. Raises Refused."""
        self._require_owner(session)
        return tokens.tokens(self._world, session, words, say)

    def _require_owner(self, session: Session) -> None:
        """Raises Refused for somebody who has logged in by a token: it is not good for that."""
        if is_limited(session):
            why = "You have logged in by a token, which is not good for that: use your password"
            raise Refused(ERR_NOPRIVILEGES, fill=(why,))

    def log_out(self, session: Session) -> None:
        """Log out."""
        accounts.log_out(self._world, session)

    def register(
        self, session: Session, name: str, password: str, registered: Callable[[str], None]
    ) -> None:
        """Register an account, and log in to it; `registered` is called later."""
        account_registration.register_account(self._world, session, name, password, registered)

    def register_room(self, session: Session, name: str) -> None:
        """Make a room the account's. Raises Refused."""
        self._require_owner(session)
        ownership.register_room(self._world, session, name)

    def accept_room(self, session: Session, name: str) -> None:
        """Accept a room from another owner. Raises Refused."""
        self._require_owner(session)
        ownership.accept_room(self._world, session, name)

    def drop_room(self, session: Session, name: str) -> None:
        """Make a room nobody's. Raises Refused."""
        self._require_owner(session)
        ownership.drop_room(self._world, session, name)

    def set_password(
        self, session: Session, password: str, answered: Callable[[Answer], None]
    ) -> None:
        """Give the user's account another password; `answered` is called later."""
        self._require_owner(session)
        accounts.set_password(self._world, session, password, answered)
