"""What the plain door does with accounts: the functions that IRC's commands use, too."""

from collections.abc import Callable

from chatroom.chat.accounts_port import Answer
from chatroom.chat.commands import account_registration, accounts, ownership
from chatroom.chat.nicknames import is_for_others
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.world import World

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

    def log_in(self, session: Session, name: str) -> None:
        """Log in to an account whose password was right."""
        accounts.log_in(self._world, session, name)

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
        ownership.register_room(self._world, session, name)

    def accept_room(self, session: Session, name: str) -> None:
        """Accept a room from another owner. Raises Refused."""
        ownership.accept_room(self._world, session, name)

    def drop_room(self, session: Session, name: str) -> None:
        """Make a room nobody's. Raises Refused."""
        ownership.drop_room(self._world, session, name)

    def set_password(
        self, session: Session, password: str, answered: Callable[[Answer], None]
    ) -> None:
        """Give the user's account another password; `answered` is called later."""
        accounts.set_password(self._world, session, password, answered)
