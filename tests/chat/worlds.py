"""Worlds one after the other over a history that stays, as a server is started again and again."""

from pathlib import Path

from chat.people import Peer, a_world, heard
from chat.people import say as carry_out
from chat.stored_history import StoredHistory
from chatroom.chat.connections import attach, depart
from chatroom.chat.history_port import Asker, Found
from chatroom.chat.limits import Limits
from chatroom.chat.named_operators import name_operators
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.session import Session
from chatroom.text.search_query import Query
from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode
from rights_table import CAPABILITIES, HALL
from store.talk import Searched


class SearchedHistory(StoredHistory):
    """A store that searches at once."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.index = Searched(directory)

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        self.index.forget(*self.redact_row(room, msgid, redaction))

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        self.commit()
        number = self.number_of(below) if below else None
        candidates = self.index.find(
            query, 10_000, forbidden=self.sealing, below=number, account=asker.account
        )
        steps = found([message for message in candidates if asker.may_read(message)][:limit])
        for _ in steps or ():
            pass

    def close(self) -> None:
        self.index.close()
        super().close()


class Worlds:
    """A world after the other, over the same history. Time does not pass: order is all there is.

    Everybody has the same username and host, so that only nicknames tell them apart.
    """

    def __init__(self, directory: Path, limits: Limits | None = None) -> None:
        self.room = "#den"
        self._directory = directory
        self._limits = limits or Limits()
        self._begin()

    def _begin(self) -> None:
        self.people: dict[str, Session] = {}
        self.log = SearchedHistory(self._directory)
        self.world = a_world(self._limits, self.log, 3)
        open_rooms(self.world, [HALL], self.log.saved_rooms())
        name_operators(self.world, {HALL: ["op!*@*"]})

    def person(self, nick: str) -> Session:
        if nick not in self.people:
            session = self.people[nick] = attach(self.world, Peer(), "192.0.2.1")
            session.agree_on(frozenset(CAPABILITIES.split()))
            carry_out(session, f"NICK {nick}", "USER user 0 * :user")
            heard(session)
        return self.people[nick]

    def ask(self, nick: str, line: str) -> list[Message]:
        session = self.person(nick)
        heard(session)
        carry_out(session, line)
        if session.closing:
            depart(self.world, self.people.pop(nick), "gone")
            return []
        lines = heard(session)
        return [m for one in lines if (m := decode(one.encode(), MAX_SERVER_TAGS))]

    def search(self, nick: str, attributes: str) -> list[Message]:
        return self.ask(nick, f"SEARCH {attributes}")

    def restart(self) -> None:
        self.log.commit()
        self.log.close()
        self._begin()

    def close(self) -> None:
        self.log.close()
