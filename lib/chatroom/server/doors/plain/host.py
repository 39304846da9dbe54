"""What the plain door shows people of the chat by itself: rooms, and what was said in them."""

from collections.abc import Collection

from chatroom.chat import conversations, flood
from chatroom.chat.buckets import SEARCHES, refusal
from chatroom.chat.history_port import Found
from chatroom.chat.output import playback
from chatroom.chat.reading import Reading, asker, may_read, read, readable
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.server.doors.plain.account_host import AccountHost
from chatroom.server.doors.plain.words import Prose
from chatroom.text.search_query import Query
from chatroom.wire.message import Message


class PlainHost:
    """The functions for plain doors, those for `accounts`, and the `prose` that all of them share.

    Methods that read a history raise HistoryError.
    """

    def __init__(self, world: World, prose: Prose) -> None:
        self._world = world
        self.prose = prose
        self.accounts = AccountHost(world)

    def rooms(self) -> list[Room]:
        """All rooms, also those that a person may not know of."""
        return list(self._world.rooms.values())

    def find_room(self, name: str) -> Room | None:
        """The room of that name, as it is on the wire, or the one that had it before."""
        return self._world.find_room(name) or self._world.formerly(name)

    def find_user(self, nick: str) -> User | None:
        """The user of that nickname."""
        return self._world.find(nick)

    def relays(self, tag: str) -> bool:
        """Whether others get this client-only tag (ISUPPORT CLIENTTAGDENY)."""
        return bool(self._world.client_tags.relayed({tag: ""}))

    def settle_nicknames(self) -> None:
        """Let the changes of nicknames in this tick take effect in every person's choices."""
        self._world.fanout.encode()

    def refuse_password(self, session: Session) -> None:
        """A password was wrong: slow down the guessing."""
        seconds = self._world.on_wrong_password(session.host)
        flood.wait_at_least(self._world, session, seconds)

    # The past

    @property
    def replay(self) -> int:
        """How many of its last lines a room shows to those who enter."""
        return self._world.read_marks.replay

    def unseen(self, session: Session, room: Room, commands: Collection[str]) -> Reading:
        """The steps of reading the last lines of a room without those that the session has read."""
        return playback.unseen(self._world, session, room, commands)

    def read(
        self, session: Session, room: str, limit: int, commands: Collection[str], before: str = ""
    ) -> Reading:
        """The steps of reading a room's last lines, or those before the message of that msgid:
        none, if neither it nor anything older is kept."""
        point = self._world.log.point(room, before) if before else None
        if before and point is None:
            return []
        return (yield from read(self._world, session, room, limit, commands, before=point))

    def may_read(self, session: Session, room: str) -> bool:
        """Whether the user may read the history of the room."""
        return may_read(self._world, session, room)

    def searched(self, session: Session, query: Query) -> Query:
        """The query, in the conversation if it names a person."""
        return conversations.searched(self._world, session, query)

    def as_shown(self, session: Session, message: Message) -> Message:
        """A found message as this person sees it, with a nickname as its target if it is
        private."""
        return conversations.as_shown(self._world, session, message)

    def is_gone(self, message: Message) -> bool:
        """Whether the message was redacted since it was read."""
        return self._world.was_redacted(message)

    def is_readable(self, session: Session, message: Message) -> bool:
        """Whether the message may still be shown: its room may have been closed meanwhile."""
        return bool(readable(self._world, session, [message])) and not self.is_gone(message)

    def why_no_search(self, session: Session) -> str:
        """Why the session may not search now, without the full stop; "" if it may."""
        return refusal(self._world, session, SEARCHES)

    def find(self, session: Session, query: Query, limit: int, below: str, found: Found) -> None:
        """Search; `found` gets the newest `limit` results that are older than the msgid `below`."""
        self._world.log.find(query, limit, asker(self._world, session), below, found)
