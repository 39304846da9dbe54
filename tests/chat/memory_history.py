"""A history in memory, whose msgids follow from the order of messages alone."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chatroom.chat.history_port import Asker, Found
from chatroom.text.search_query import Query
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.once import SaidOnce
from chatroom.wire.private import BY, is_private, partner
from chatroom.wire.reference import (
    Point,
    Redaction,
    format_time,
    just_after,
    just_before,
    msgid_of,
    parse_time,
    with_tags,
)

RUN = "test"


class Kept(NamedTuple):
    """A message, and where it is."""

    number: int
    at: int
    room: str
    message: Message
    account: int = 0


class MemoryHistory:
    """All that the chat asks of a history, by going through a list."""

    def __init__(self) -> None:
        self._kept: list[Kept] = []
        self._stamped = 0
        self._latest = 0
        self._sealed: dict[str, int] = {}
        self.rooms: dict[str, Mapping[str, Any]] = {}
        self.markers: dict[tuple[int, str], int | None] = {}
        self.metadata: dict[int, Mapping[str, str] | None] = {}
        self.users: dict[int, Mapping[str, Any] | None] = {}
        self.server_bans: dict[str, Sequence[Any] | None] = {}

    def record(self, room: str, message: Message, now: float, account: str = "") -> Message:
        self._latest = max(self._latest, round(now * 1000))
        number = self.position + 1
        stamped = with_tags(message, format_time(self._latest), msgid_of(number, RUN))
        self._kept.append(Kept(number, self._latest, fold(room), stamped, int(account or 0)))
        return stamped

    def record_in_each(
        self, rooms: Sequence[str], message: Message, now: float, account: str = ""
    ) -> None:
        for room in rooms:
            self.record(room, message, now, account)

    def stamp(self, message: Message, now: float) -> Message:
        self._stamped += 1
        time = format_time(round(now * 1000))
        return with_tags(message, time, msgid_of(self._stamped, "unkept"))

    @property
    def position(self) -> int:
        return len(self._kept)

    @property
    def last_msgid(self) -> str:
        return self._kept[-1].message.tags["msgid"] if self._kept else "none"

    def boundary(self, now: float) -> int:
        self._latest = max(self._latest, round(now * 1000)) + 1
        return self._latest

    def number_of(self, msgid: str) -> int:
        return next((k.number for k in self._kept if k.message.tags["msgid"] == msgid), 0)

    def room_of(self, msgid: str) -> str:
        return ""

    def point(self, room: str, msgid: str) -> Point | None:
        of_room = (kept for kept in self._of(room) if kept.message.tags["msgid"] == msgid)
        return next((Point(kept.at, kept.number) for kept in of_room), None)

    def span(self, room: str, time: int) -> tuple[Point, Point]:
        return just_before(time), just_after(time)

    def place(self, message: Message) -> int:
        return parse_time(message.tags["time"])

    def _of(self, room: str) -> Iterator[Kept]:
        folded, sealed = fold(room), self._sealed.get(fold(room), 0)
        return (kept for kept in self._kept if kept.room == folded and kept.at >= sealed)

    def select(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        *,
        after: Point | None = None,
        before: Point | None = None,
        newest: bool = True,
    ) -> list[Message]:
        found = [
            kept.message
            for kept in self._of(room)
            if kept.message.command in commands
            and (after is None or (kept.at, kept.number) > after)
            and (before is None or (kept.at, kept.number) < before)
        ]
        return found[-limit:] if newest else found[:limit]

    def pages(
        self,
        room: str,
        limit: int,
        commands: Collection[str],
        *,
        after: Point | None = None,
        before: Point | None = None,
        newest: bool = True,
    ) -> Iterator[list[Message]]:
        yield self.select(room, limit, commands, after=after, before=before, newest=newest)

    def conversations(self, account: int) -> list[str]:
        logs = dict.fromkeys(kept.room for kept in reversed(self._kept) if is_private(kept.room))
        return [log for log in logs if partner(log, account) is not None]

    def author(self, room: str, msgid: str) -> str | None:
        of_room = (kept.message for kept in self._of(room))
        return next((one.source for one in of_room if one.tags["msgid"] == msgid), None)

    def account_behind(self, room: str, msgid: str) -> int:
        of_room = (kept for kept in self._of(room) if kept.message.tags["msgid"] == msgid)
        found = next(of_room, None)
        if found is None:
            return 0
        return found.account or int(found.message.tags.get(BY, 0))

    def redact(self, room: str, msgid: str, redaction: Message) -> None:
        at = self.number_of(msgid) - 1
        self._kept[at] = self._kept[at]._replace(message=redaction)

    @property
    def deletions(self) -> int:
        return 0

    def redactions(self, room: str, after: int, most: int) -> list[Redaction]:
        return []

    def redactions_until(self, room: str, point: Point) -> int:
        return 0

    def said_once(self, key: str, now: float) -> list[SaidOnce]:
        return []

    def seal(self, room: str, at: float) -> None:
        self._sealed[fold(room)] = self.boundary(at)

    def seal_before(self, room: str, boundary: int) -> None:
        self._sealed[fold(room)] = boundary

    def rename_room(self, room: str, name: str, state: Mapping[str, Any]) -> None:
        self._kept = [
            kept._replace(
                room=fold(name),
                message=kept.message._replace(params=(name, *kept.message.params[1:])),
            )
            if kept.room == fold(room)
            else kept
            for kept in self._kept
        ]
        if fold(name) != fold(room):
            self.rooms.pop(fold(room), None)
        self.rooms[fold(name)] = state

    def save_room(self, room: str, state: Mapping[str, Any]) -> None:
        self.rooms[fold(room)] = state

    def save_server_ban(self, key: str, values: Sequence[Any] | None) -> None:
        self.server_bans[key] = values

    def save_metadata(self, account: int, values: Mapping[str, str] | None) -> None:
        self.metadata[account] = values and dict(values)

    def save_marker(self, account: int, conversation: str, at: int | None) -> None:
        self.markers[account, conversation] = at

    def forget_markers(self, account: int) -> None:
        self.markers = {key: at for key, at in self.markers.items() if key[0] != account}

    def save_user(self, account: int, state: Mapping[str, Any] | None) -> None:
        self.users[account] = state

    @property
    def changes(self) -> int:
        return 0

    def has_written(self, change: int) -> bool:
        return True

    def find(self, query: Query, limit: int, asker: Asker, below: str, found: Found) -> None:
        call: Callable[[list[Message]], Iterator[None] | None] = found
        for _ in call([]) or ():
            pass
