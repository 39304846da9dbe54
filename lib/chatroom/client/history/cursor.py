"""How far a history has been read. A cursor is a place in it for CHATHISTORY (IRCv3 chathistory,
"MSGREFTYPES"). For each room there is the cursor of the last delivered line, with the latest lines,
which are recognised when they arrive a second time. Sans I/O."""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self, TypeVar

from chatroom.client.limits import LIMITS
from chatroom.client.protocol.events import Gone, Reacted, Said
from chatroom.client.protocol.session import Session
from chatroom.wire.isupport import number
from chatroom.wire.reference import format_time, parse_time

PAGE_LINES = 100
"""The lines of one request, if the server announces no limit."""

THE_BEGINNING = format_time(0)


class HistoryCursor(NamedTuple):
    """A message by its msgid and its time, as the server wrote them; "" if it did not.

    Without both it is the beginning. The server does not know the msgid of a deleted or forgotten
    message any more, but its time still works.
    """

    msgid: str = ""
    time: str = ""

    @classmethod
    def line(cls, line: Said | Gone) -> Self:
        """The place of that message."""
        msgid = line.tags.get("msgid", "") if isinstance(line, Said) else ""
        return cls(msgid, line.tags.get("time", ""))

    @classmethod
    def moment(cls, at: int) -> Self:
        """The first message at that time, in UTC milliseconds."""
        return cls(time=format_time(at))

    @property
    def after(self) -> str:
        """The reference for AFTER. A time also returns the messages of the same millisecond
        again."""
        return f"msgid={self.msgid}" if self.msgid else f"timestamp={self._shifted(-1)}"

    @property
    def before(self) -> str:
        """The reference for BEFORE, likewise."""
        return f"msgid={self.msgid}" if self.msgid else f"timestamp={self._shifted(1)}"

    def reference(self, kinds: Sequence[str], shift: int = 0) -> str:
        """The place in the first of these kinds for which it has a value (ISUPPORT MSGREFTYPES); ""
        for none.

        A timestamp is shifted by that many milliseconds, because several messages may have the same
        one. An unreadable timestamp does not count.
        """
        time = self._shifted(shift) if _is_time(self.time) else ""
        values = {"msgid": self.msgid, "timestamp": time}
        return next((f"{kind}={values[kind]}" for kind in kinds if values.get(kind)), "")

    def _shifted(self, milliseconds: int) -> str:
        try:
            return format_time(max(0, parse_time(self.time) + milliseconds))
        except (ValueError, OverflowError):
            return format_time(0)


NOWHERE = HistoryCursor()


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except (ValueError, OverflowError):
        return False
    return True


def reference_kinds(session: Session) -> list[str]:
    """The kinds of references that the server understands, the best first (ISUPPORT
    MSGREFTYPES)."""
    return (session.state.isupport.get("MSGREFTYPES") or "msgid,timestamp").split(",")


def is_before(line: Said | Gone, at: int) -> bool:
    """Whether a line's time is before this one (UTC milliseconds).

    A page that begins at a time may contain such lines, if the server's clock was set back.
    """
    try:
        return parse_time(line.tags.get("time", "")) < at
    except (ValueError, OverflowError):
        return False


def page_limit(session: Session) -> int:
    """The most messages of one CHATHISTORY (ISUPPORT CHATHISTORY; 0 means any number)."""
    return number(session.state.isupport.get("CHATHISTORY", "")) or PAGE_LINES


# For each room

_REMEMBERED = 200
"""The lines of a room that are recognised: more than a server gives the same timestamp."""

_Entry = TypeVar("_Entry", bound=Said | Gone | Reacted)


def identity(entry: Said | Gone | Reacted) -> Hashable:
    """What identifies an entry: its msgid, or else everything that is known of it.

    It is a number, because many are kept and texts may be long (`hash` has 64 bits and a key).
    """
    content: tuple[object, ...] = ()
    if isinstance(entry, Said):
        content = entry.sender, entry.text
    elif isinstance(entry, Reacted):
        content = entry.sender, entry.msgid, entry.reaction, entry.removed
    return hash(entry.tags.get("msgid") or (entry.tags.get("time"), *content))


def unknown(entries: Iterable[_Entry], known: Iterable[Hashable]) -> list[_Entry]:
    """The entries whose identities are not among the known ones.

    A msgid identifies one message, however often it arrives. Without msgids two messages may look
    the same, such as "yes" twice in a second; then each known one accounts for one entry only.
    """
    left = Counter(known)
    new: list[_Entry] = []
    for entry in entries:
        key, named = identity(entry), bool(entry.tags.get("msgid"))
        if not left[key]:
            new.append(entry)
            left[key] += named
        elif not named:
            left[key] -= 1
    return new


def _identities(reaction: Reacted) -> list[int]:
    """The identities of a reaction: its msgid, which our own does not have when it is sent, and its
    content."""
    msgid = reaction.tags.get("msgid")
    content = reaction.sender, reaction.msgid, reaction.reaction, reaction.removed
    return [*([hash(msgid)] if msgid else []), hash(content)]


@dataclass
class _Marker:
    """`begun`: we know the last line before we entered, or a later one. Until then the cursor is
    the time of entering."""

    cursor: HistoryCursor
    begun: bool = False
    recent: deque[Hashable] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    reactions: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


class ReadMarkers:
    """How far each room has been read. There is a marker for each room that we entered."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._markers: dict[str, _Marker] = {}

    def enter(self, room: str, cursor: HistoryCursor, begun: bool = False) -> None:
        """We entered the room. Lines after the cursor are new, unless a later place is known."""
        if len(self._markers) < LIMITS.rooms:
            self._markers.setdefault(self._fold(room), _Marker(cursor, begun))

    def begin(self, room: str, lines: Sequence[Said | Gone]) -> None:
        """These are the last lines from before we entered. If there are none, every line is new."""
        if marker := self._markers.get(self._fold(room)):
            marker.begun = True
            marker.cursor = HistoryCursor(time=THE_BEGINNING)
        for line in lines:
            self.advance(line)

    def advance(self, line: Said | Gone) -> None:
        """The room has been read up to this line."""
        if marker := self._markers.get(self._fold(line.room)):
            reached = HistoryCursor.line(line)
            marker.cursor = reached._replace(time=reached.time or marker.cursor.time)
            marker.begun = True
            marker.recent.append(identity(line))

    def note(self, line: Said | Gone) -> None:
        """Recognise this line from now on, although lines before it have not been read."""
        if marker := self._markers.get(self._fold(line.room)):
            marker.recent.append(identity(line))

    def is_read(self, line: Said) -> bool:
        """Whether this line was delivered. Without a msgid that is not known, because another line
        may look the same."""
        marker = self._markers.get(self._fold(line.room))
        named = bool(line.tags.get("msgid"))
        return marker is not None and named and identity(line) in marker.recent

    def unread(self, room: str, lines: Sequence[Said | Gone]) -> list[Said | Gone]:
        """The lines of a page that were not delivered."""
        marker = self._markers.get(self._fold(room))
        return unknown(lines, marker.recent if marker else ())

    def reacted(self, reaction: Reacted) -> bool:
        """Note that a reaction is delivered. Returns whether it is the first time, as far as is
        known; nothing is known about rooms that we did not enter."""
        marker = self._markers.get(self._fold(reaction.room))
        if marker is None:
            return True
        identities = _identities(reaction)
        known = [each for each in identities if each in marker.reactions]
        if not known or not reaction.tags:
            marker.reactions.append(identities[0])
        elif identities[0] not in known:  # our own, which the server tells us of
            marker.reactions.remove(known[0])
            marker.reactions.append(identities[0])
        return not known

    def cursor(self, room: str) -> HistoryCursor | None:
        """How far the room has been read; None for a room that we did not enter."""
        marker = self._markers.get(self._fold(room))
        return marker.cursor if marker else None

    def begun(self, room: str) -> bool:
        """Whether we know the last line before we entered, or a later one."""
        marker = self._markers.get(self._fold(room))
        return marker is not None and marker.begun

    def rename(self, old: str, new: str) -> None:
        """A room has another name."""
        if marker := self._markers.pop(self._fold(old), None):
            self._markers[self._fold(new)] = marker

    def forget(self, room: str) -> None:
        """Forget a room that we left. Nobody fetches what is said there while we are away."""
        self._markers.pop(self._fold(room), None)
