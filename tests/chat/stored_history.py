"""The store as the log of a world, for tests in which nobody searches and nothing is taken back."""

from pathlib import Path

from chatroom.chat.history_port import Asker, Found
from chatroom.store.history import History
from chatroom.text.search_query import Query
from chatroom.wire.message import Message


class StoredHistory(History):
    """A store without the server's workers, which search and erase."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "process")

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        raise NotImplementedError

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        raise NotImplementedError
