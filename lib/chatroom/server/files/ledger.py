"""Who may still upload how much: what is stored, and what uploads under way have reserved.

Reservations make parallel uploads add up before any of them is complete.
"""

from collections import Counter

from chatroom.chat.settings import FileSettings
from chatroom.text.file_names import size_in_words

MB = 1_000_000

UPLOADS = 64
UPLOADS_OF_ONE = 8
"""Uploads at the same time, in all and of one account or address. Each has some 100 KB in memory,
and a file that grows."""


class NotAccepted(Exception):
    """The file is not accepted; `str()` says why, in a sentence without a full stop."""


class TooLarge(NotAccepted):
    """The file is larger than any may be. `most` is in bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The file is too large: files may have {size_in_words(most)} here")
        self.most = most


class QuotaUsed(NotAccepted):
    """There is no room for this file. `str()` says whose quota is used up."""


class TooManyUploads(NotAccepted):
    """Too many of one account or address at the same time."""

    def __init__(self) -> None:
        super().__init__("You are uploading too many files at the same time")


class Overloaded(NotAccepted):
    """Too many of all people at the same time."""

    def __init__(self) -> None:
        super().__init__("Too many files are being uploaded at the same time")


class Ledger:
    """`usage` is account -> bytes stored; 0 stands for all guests."""

    def __init__(self, usage: dict[int, int]) -> None:
        self._used = Counter(usage)
        self._reserved = Counter[int]()
        self._total = sum(usage.values())  # both, of all accounts
        self._running = Counter[str]()

    def used(self, account: int) -> int:
        """The bytes that are stored of an account."""
        return self._used[account]

    @property
    def stored_bytes(self) -> int:
        """The bytes that are stored of all accounts."""
        return self._used.total()

    def begin(self, who: str) -> None:
        """An upload begins; `who` is an account or an address. Raises TooManyUploads and
        Overloaded."""
        if self._running[who] >= UPLOADS_OF_ONE:
            raise TooManyUploads
        if self._running.total() >= UPLOADS:
            raise Overloaded
        self._running[who] += 1

    def end(self, who: str) -> None:
        """It has ended."""
        self._running[who] -= 1
        if not self._running[who]:
            del self._running[who]

    def reserve(self, account: int, announced: int, settings: FileSettings) -> "Reservation":
        """Reserve bytes for an upload that is announced as so large, 0 if it is not known. Raises
        QuotaUsed if there is no room for it now."""
        self._check(account, announced, announced, settings)
        return Reservation(self, account, announced if account else 0, settings)

    def add(self, account: int, own: int, total: int, settings: FileSettings) -> None:
        """Reserve bytes of the account's quota and of the server's limit. Raises QuotaUsed; then
        nothing has changed."""
        self._check(account, own, total, settings)
        self._reserved[account] += own
        self._total += total

    def _check(self, account: int, own: int, total: int, settings: FileSettings) -> None:
        theirs = self._used[account] + self._reserved[account] + own
        if settings.quota and theirs > settings.quota * MB:
            whose = "Your files" if account else "The files of guests"
            raise QuotaUsed(
                f"{whose} would take more than the {size_in_words(settings.quota * MB)} that they"
                " may; delete some of them first"
            )
        if settings.total and self._total + total > settings.total * MB:
            raise QuotaUsed("This server has no room for more files; its operator has set a limit")

    def release(self, account: int, own: int, total: int) -> None:
        """Give a reservation back."""
        self._reserved[account] -= own
        self._total -= total
        if not self._reserved[account]:
            del self._reserved[account]

    def stored(self, account: int, size: int) -> None:
        """A file was stored."""
        self._used[account] += size
        self._total += size

    def removed(self, account: int, size: int) -> None:
        """A file was removed."""
        size = min(size, self._used[account])
        self._used[account] -= size
        self._total -= size
        if not self._used[account]:
            del self._used[account]


class Reservation:
    """What one upload has reserved, until `release`.

    An account's quota is reserved as announced: of several uploads at once, those succeed that
    began first, instead of all of them failing near their ends. The server's limit, and the quota
    that guests share, count only what has come. Otherwise a sender who announces much and sends
    little would keep others from what is free.
    """

    def __init__(
        self, ledger: Ledger, account: int, announced: int, settings: FileSettings
    ) -> None:
        self._ledger = ledger
        self._account = account
        self._settings = settings
        self._own = self._total = 0
        self._add(announced, 0)

    def cover(self, size: int) -> None:
        """So many bytes have come. Raises QuotaUsed."""
        self._add(max(0, size - self._own), max(0, size - self._total))

    def _add(self, own: int, total: int) -> None:
        if own or total:
            self._ledger.add(self._account, own, total, self._settings)
            self._own += own
            self._total += total

    def release(self) -> None:
        """The upload is over."""
        self._ledger.release(self._account, self._own, self._total)
        self._own = self._total = 0
