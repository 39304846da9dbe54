"""Somebody who says something in a room without being there: by HTTP, with an account.

A visitor exists for one request only. Nobody sees them come or go, so they have no part in the
world's users; what they say names them by a number below zero, which follows from the account.
"""

from collections.abc import Mapping

from chatroom.chat.state.accounts import Account
from chatroom.chat.state.model import Room, User

USERNAME = "~http"


class Visitor(User):
    """`visits` are the rooms that they may speak in as if they were members, each with the ranks
    that their account has there."""

    __slots__ = ("_secure", "visits")

    def __init__(
        self,
        account: Account,
        nick: str,
        host: str,
        now: float,
        visits: Mapping[Room, str],
        secure: bool = True,
        bot: bool = False,
    ) -> None:
        super().__init__(-account.number, host, now)
        self.account, self.account_number = account.name, str(account.number)
        self.bot = bot
        self.rename(nick, 0)
        self.identify(USERNAME, USERNAME)
        self.registered = True
        self.visits = visits
        self._secure = secure

    @property
    def secure(self) -> bool:
        """Whether their connection is."""
        return self._secure
