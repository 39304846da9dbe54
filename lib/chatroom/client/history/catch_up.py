"""How far one has read in each room, so that after a loss exactly the rest is fetched.

A line counts as read when it has been shown. Own lines are shown before the server has them: they
are remembered until it is known what became of them, so that they are neither shown again as
somebody's nor forgotten. Sans I/O: the reader asks for the pages and shows them.
"""

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from chatroom.client.events import Gone, Reacted, Said
from chatroom.client.limits import LIMITS
from chatroom.text.display import action
from chatroom.wire.reference import format_time, parse_time

MISSED_LINES = 500
"""Of one room; where more were missed, these are shown, that there are more, and the last page."""

_REMEMBERED = 200
"""Lines of a room that are known again: more than a server gives the same timestamp."""

_THE_BEGINNING = format_time(0)


def identity(line: Said | Gone | Reacted) -> Hashable:
    """By which a line is known again: its msgid, or else all that there is.

    A number, since many are remembered and the texts may be long (`hash` has 64 bits and a key).
    """
    said: tuple[object, ...] = ()
    if isinstance(line, Said):
        said = line.sender, line.text
    elif isinstance(line, Reacted):
        said = line.sender, line.msgid, line.reaction, line.removed
    return hash(line.tags.get("msgid") or (line.tags.get("time"), *said))


def _identities(reaction: Reacted) -> list[int]:
    """The same for a reaction: its msgid, which is not known of our own, and all that there is."""
    msgid = reaction.tags.get("msgid")
    content = reaction.sender, reaction.msgid, reaction.reaction, reaction.removed
    return [*([hash(msgid)] if msgid else []), hash(content)]


@dataclass
class PendingLine:
    """A line of ours that may not be in the history. `left` is what no page has shown of it.

    `taken` is whether the server has dealt with it, which the answer to a question tells that was
    `asked` after it; `labels` are those that it has yet to answer.
    """

    said: Said
    left: str
    labels: set[str]
    asked: bool = False
    taken: bool = False


@dataclass
class _Read:
    """How far one has read in a room, as the server's msgid and time tell it."""

    msgid: str = ""
    time: str = ""
    recent: deque[Hashable] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    reactions: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


class ReadMarkers:
    """What has been read, by folded room, and the own lines of which nothing is known yet."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self.fold = fold
        self._read: dict[str, _Read] = {}
        self._own: list[PendingLine] = []

    def began(self, room: str, lines: Sequence[Said | Gone]) -> None:
        """The last lines before we came; if there are none, all that is ever said there is new."""
        self._read.setdefault(self.fold(room), _Read(time=_THE_BEGINNING))
        for line in lines:
            self.advance(line)

    def read(self, line: Said | Gone) -> None:
        """A line is shown, and so are all before it."""
        if not line.room:
            return
        self._own = [own for own in self._own if not (own.taken and self._is_in(own, line.room))]
        self.advance(line)

    def advance(self, line: Said | Gone) -> None:
        """Note that one has read up to this line of a page."""
        key = self.fold(line.room)
        if key not in self._read and len(self._read) >= LIMITS.rooms:
            return  # we are not in so many
        read = self._read.get(key) or self._read.setdefault(key, _Read())
        read.msgid = line.tags.get("msgid", "")
        read.time = line.tags.get("time") or read.time
        read.recent.append(identity(line))

    def knows(self, line: Said | Gone) -> bool:
        """Whether this line was shown."""
        read = self._read.get(self.fold(line.room))
        return read is not None and identity(line) in read.recent

    def reacted(self, reaction: Reacted) -> bool:
        """A reaction is shown, or to be shown; whether it is the first time, as far as one knows.

        Nothing is remembered of rooms in which nothing was read: nothing is missed there.
        """
        read = self._read.get(self.fold(reaction.room))
        if read is None:
            return True
        identities = _identities(reaction)
        known = [identity for identity in identities if identity in read.reactions]
        if not known or not reaction.tags:
            read.reactions.append(identities[0])
        elif identities[0] not in known:  # our own, which the server tells us of
            read.reactions.remove(known[0])
            read.reactions.append(identities[0])
        return not known

    def reference(self, room: str, types: Sequence[str]) -> str:
        """Up to where one has read, in the first way that the server knows; "" for nowhere.

        A timestamp is that of the millisecond before, for several lines may have been said in one.
        """
        read = self._read.get(self.fold(room), _Read())
        values = {"msgid": read.msgid, "timestamp": read.time and _before(read.time)}
        return next((f"{kind}={values[kind]}" for kind in types if values.get(kind)), "")

    def forget(self, room: str) -> None:
        """We have left the room."""
        self._read.pop(self.fold(room), None)

    # Own lines

    def said(self, line: Said) -> None:
        """A line of ours is on its way, and shown."""
        labels = set(line.tags.get("label", "").split())
        self._own.append(PendingLine(line, _words(line.text), labels))
        del self._own[: -LIMITS.unanswered]

    def delivered(self, label: str, msgid: str) -> None:
        """The server has taken what we sent under that label."""
        own = next((own for own in self._own if label in own.labels), None)
        if own is None:
            return
        if own.said.room and msgid:
            self.advance(own.said._replace(tags={"msgid": msgid}))
        own.labels.discard(label)
        if not own.labels:
            self._own.remove(own)

    def asked(self) -> None:
        """The server was asked something, behind everything that was sent."""
        for own in self._own:
            own.asked = True

    def answered(self) -> None:
        """It has answered that, so it has dealt with everything before the question."""
        for own in self._own:
            own.taken = own.taken or own.asked
        self._own = [own for own in self._own if own.said.room or not own.taken]

    def settled(self) -> None:
        """The server has dealt with everything that was sent."""
        self.asked()
        self.answered()

    def was_shown(self, line: Said) -> bool:
        """Whether a line of a page is one of ours, or a piece of it, that is not known to be in the
        history; now it is."""
        text = _words(line.text)
        for own in self._own:
            same = self.fold(own.said.sender) == self.fold(line.sender)
            if same and self._is_in(own, line.room) and text and own.left.startswith(text):
                own.left = own.left.removeprefix(text).lstrip()
                if not own.left:
                    self._own.remove(own)
                return True
        return False

    def unsent(self) -> list[Said]:
        """The own lines that the server turned out not to have, or not to tell of; they are given
        once."""
        found = [own.said for own in self._own if not own.taken]
        self._own.clear()
        return found

    def _is_in(self, own: PendingLine, room: str) -> bool:
        return bool(room) and self.fold(own.said.room) == self.fold(room)


def _words(text: str) -> str:
    """The text without what makes it an action, so that pieces of it can be recognised."""
    doing = action(text)
    return (text if doing is None else doing).strip()


def _before(time: str) -> str:
    with suppress(ValueError, OverflowError):
        return format_time(max(0, parse_time(time) - 1))
    return ""


class Missed(NamedTuple):
    """What a page brought: the lines to show; whether there is more; whether lines are left out."""

    lines: list[Said]
    more: bool
    gap: bool = False


class CatchUp:
    """The rooms of which something was missed, and what has been found by now."""

    def __init__(self, memory: ReadMarkers) -> None:
        self._memory = memory
        self._found: dict[str, int] = {}
        self._by_time: set[str] = set()

    def begin(self, rooms: Iterable[str]) -> None:
        """In these rooms we have been, and come back."""
        self._found = dict.fromkeys(map(self._memory.fold, rooms), 0)
        self._by_time.clear()

    def wants(self, room: str) -> bool:
        """Whether something may have been missed there."""
        return self._memory.fold(room) in self._found

    def done(self, room: str) -> None:
        """Nothing more is to come."""
        self._found.pop(self._memory.fold(room), None)

    def request(self, room: str, types: Sequence[str]) -> tuple[str, str] | None:
        """The subcommand and the reference to ask for; None where one does not know since when."""
        usable = ["timestamp"] if self._memory.fold(room) in self._by_time else types
        reference = self._memory.reference(room, usable)
        if not reference:
            return None
        return ("LATEST" if self._full(room) else "AFTER"), reference

    def refused(self, room: str) -> bool:
        """The server does not know the msgid any more; whether there is another way to ask."""
        key = self._memory.fold(room)
        again = key in self._found and key not in self._by_time
        self._by_time.add(key)
        return again and bool(self._memory.reference(room, ["timestamp"]))

    def page(
        self, room: str, lines: Sequence[Said | Gone], heard: Collection[Hashable], length: int
    ) -> Missed:
        """Take in a page of at most `length` lines; `heard` are those that have come since."""
        last = self._full(room)
        new = [line for line in lines if not self._memory.knows(line)]
        early = [line for line in new if identity(line) not in heard]
        shown = [
            line for line in early if isinstance(line, Said) and not self._memory.was_shown(line)
        ]
        for line in early:
            self._memory.advance(line)
        self._found[self._memory.fold(room)] = self._number(room) + len(early)
        more = bool(early) and len(early) == len(new) and not last
        return Missed(shown, more, gap=last and len(lines) >= length)

    def _full(self, room: str) -> bool:
        return self._number(room) >= MISSED_LINES

    def _number(self, room: str) -> int:
        """Lines that have been found; 0 too where nothing was missed, and a page came anyway."""
        return self._found.get(self._memory.fold(room), 0)
