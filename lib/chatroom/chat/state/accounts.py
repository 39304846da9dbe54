"""The accounts that there are: to whom names belong. Passwords are the keeper's (`accounts_port`).

A registered name is a nickname that only its account may use. Names that look like it belong to
nobody (`wire.lookalikes`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chatroom.wire.lookalikes import skeleton
from chatroom.wire.names import fold


@dataclass(frozen=True, slots=True)
class Account:
    """An account; nobody can use one that is `suspended`.

    `number` stays the same when it is renamed, and no other account ever has it. Private
    conversations belong to numbers; an account without one (0) has none. `always_on`: whether its
    user stays without a connection; None: as the configuration says.
    """

    name: str
    suspended: bool = False
    number: int = 0
    always_on: bool | None = None


class Accounts:
    """All accounts, by name in whatever case or width."""

    __slots__ = ("_always_on", "_by_name", "_by_number", "_by_skeleton")

    def __init__(self) -> None:
        self._by_name: dict[str, Account] = {}
        self._by_number: dict[int, str] = {}
        self._by_skeleton: dict[str, str] = {}
        self._always_on: set[str] = set()  # those that say so themselves

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_name.values())

    def find(self, name: str) -> Account | None:
        """The account of that name, which owns the nickname too."""
        return self._by_name.get(fold(name))

    @property
    def any_always_on(self) -> bool:
        """Whether any account says that its user stays without a connection."""
        return bool(self._always_on)

    def numbered(self, number: int) -> Account | None:
        """The account of that number."""
        return self._by_name.get(self._by_number.get(number, ""))

    def number_of(self, name: str) -> int:
        """The number of the account of that name; 0 if it has none, or if there is none."""
        account = self._by_name.get(fold(name)) if name else None
        return account.number if account else 0

    def imitated_by(self, name: str) -> Account | None:
        """An account of another name that looks like this one."""
        folded = self._by_skeleton.get(skeleton(name)) if self._by_skeleton else None
        return None if folded in (None, fold(name)) else self._by_name.get(folded or "")

    def snapshot(self) -> list[list[Any]]:
        """Everything as plain values."""
        return [[one.name, one.suspended, one.number, one.always_on] for one in self]

    # Changes

    def restore(self, values: Iterable[tuple[str, bool, int, bool | None]]) -> None:
        """Take over the values of a snapshot."""
        for name, suspended, number, always_on in values:
            self.add_account(Account(name, suspended, number, always_on))

    def add_account(self, account: Account) -> None:
        """Add an account, or replace it."""
        folded = fold(account.name)
        self._by_name[folded] = account
        (self._always_on.add if account.always_on else self._always_on.discard)(folded)
        if account.number:
            self._by_number[account.number] = folded
        self._by_skeleton.setdefault(skeleton(account.name), folded)

    def remove_account(self, name: str) -> None:
        """Remove an account."""
        folded = fold(name)
        account = self._by_name.pop(folded, None)
        self._always_on.discard(folded)
        if account is not None:
            self._by_number.pop(account.number, None)
        if account is not None and self._by_skeleton.get(skeleton(account.name)) == folded:
            del self._by_skeleton[skeleton(account.name)]
