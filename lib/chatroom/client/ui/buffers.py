"""The rooms and private conversations of a visit: which one is current, and what is unread."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from chatroom.client.limits import LIMITS
from chatroom.client.protocol.events import Said, event_weight

KEPT_LINES = LIMITS.kept_lines
"""Of each conversation: what can be shown later, answered and taken back."""


class Draft(NamedTuple):
    """A half-typed line, with the cursor between its parts.

    `joined`: it has several lines, with a sign between them; `pasted`: its beginning was not typed.
    """

    before: str = ""
    after: str = ""
    joined: bool = False
    pasted: bool = False


EMPTY = Draft()


@dataclass
class BufferLine:
    """A line of a conversation; an own one of several lines on the wire has several msgids.

    `shown` is whether it has been on the screen, `counted` whether it is among the unread ones.
    """

    said: Said
    msgids: list[str]
    shown: bool = True
    counted: bool = False
    size: int = 0

    def __post_init__(self) -> None:
        self.size = event_weight(self.said)

    @property
    def labels(self) -> list[str]:
        """Under which it was sent."""
        return self.said.tags.get("label", "").split()

    @property
    def named(self) -> bool:
        """Whether the server has told all of its msgids."""
        return len(self.msgids) >= max(1, len(self.labels))


def _msgids(said: Said) -> list[str]:
    msgid = said.tags.get("msgid")
    return [msgid] if msgid else []


@dataclass
class Buffer:
    """A room, or the talk with a person. `unread` may count more lines than are kept.

    `draft` is what is half typed there while one is elsewhere; `renamed` what a person is called
    now with whom one talks under that name already.
    """

    name: str
    unread: int = 0
    highlighted: bool = False
    kept: deque[BufferLine] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    draft: Draft = EMPTY
    renamed: str = ""

    def keep(self, said: Said) -> BufferLine:
        """Remember a line."""
        kept = BufferLine(said, _msgids(said))
        self.kept.append(kept)
        return kept

    def prepend(self, lines: Iterable[Said]) -> None:
        """Remember lines of the past, in front of those that are there; none twice."""
        known = {msgid for line in self.kept for msgid in line.msgids}
        older = [said for said in lines if said.tags.get("msgid", "") not in known]
        both = [*(BufferLine(said, _msgids(said)) for said in older), *self.kept]
        self.kept = deque(both, maxlen=KEPT_LINES)

    def missed(self) -> list[Said]:
        """The lines that were not shown, as far as they are kept."""
        return [line.said for line in self.kept if not line.shown]

    @property
    def size(self) -> int:
        """Bytes of memory that its lines take, about."""
        return sum(line.size for line in self.kept)

    def first_unread(self) -> Said | None:
        """Where reading stopped, as far as lines are kept."""
        return next((line.said for line in self.kept if line.counted), None)

    def read(self) -> None:
        """Everything is read."""
        self.unread = 0
        self.highlighted = False
        for line in self.kept:
            line.shown, line.counted = True, False


class Buffers:
    """In the order in which they began; numbers count from 1."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._all: list[Buffer] = []
        self._until_weighed = 0
        self._parts_gone: deque[str] = deque(maxlen=KEPT_LINES)
        self.current: Buffer | None = None

    @property
    def all(self) -> tuple[Buffer, ...]:
        """Every one."""
        return tuple(self._all)

    def find(self, name: str) -> Buffer | None:
        """The one of that name."""
        key = self._fold(name)
        return next((each for each in self._all if self._fold(each.name) == key), None)

    def numbered(self, number: int) -> Buffer | None:
        """The one of that number."""
        return self._all[number - 1] if 1 <= number <= len(self._all) else None

    def number(self, conversation: Buffer) -> int:
        """Its number."""
        return self._all.index(conversation) + 1

    def open(self, name: str) -> Buffer:
        """The one of that name, new or not."""
        found = self.find(name)
        if found is None:
            found = Buffer(name)
            if len(self._all) < LIMITS.conversations:
                self._all.append(found)
        return found

    def keep(self, conversation: Buffer, said: Said) -> BufferLine:
        """Remember a line, and forget the oldest ones where all take too much memory.

        They are weighed only when they may have become too many.
        """
        kept = conversation.keep(said)
        self._until_weighed -= kept.size
        if self._until_weighed < 0:
            self._weigh()
        return kept

    def prepend(self, conversation: Buffer, lines: Iterable[Said]) -> None:
        """Remember lines of the past, likewise."""
        conversation.prepend(lines)
        self._weigh()

    def _weigh(self) -> None:
        """Halve the largest conversation until there is room for some more lines."""
        enough = LIMITS.kept_bytes * 3 // 4
        sizes = {number: each.size for number, each in enumerate(self._all)}
        while (used := sum(sizes.values())) > enough:
            largest = max(sizes, key=lambda number: sizes[number])
            kept = self._all[largest].kept
            for _ in range((len(kept) + 1) // 2):
                kept.popleft()
            sizes[largest] = self._all[largest].size
        self._until_weighed = LIMITS.kept_bytes - used

    def close(self, conversation: Buffer) -> None:
        """It is over."""
        if conversation in self._all:
            self._all.remove(conversation)
        if self.current is conversation:
            self.current = None

    def switch(self, conversation: Buffer) -> None:
        """What is typed goes there from now on, and all of it is read."""
        self.current = conversation
        conversation.read()

    def rename(self, old: str, new: str) -> None:
        """A person has another nickname now."""
        found, taken = self.find(old), self.find(new)
        if found and taken in (None, found):
            found.name = new
        elif found:
            found.renamed = new
        if taken:
            taken.renamed = ""

    def unread(self) -> list[Buffer]:
        """Those with unread lines, but for the current one."""
        return [each for each in self._all if each.unread and each is not self.current]

    def next_unread(self) -> Buffer | None:
        """The one to read next: where one is called, else the first after the current one."""
        waiting = self.unread()
        calling = [each for each in waiting if each.highlighted]
        if calling or not waiting or self.current not in self._all:
            return next(iter(calling or waiting), None)
        here = self._all.index(self.current) if self.current else 0
        return min(waiting, key=lambda each: (self._all.index(each) - here) % len(self._all))

    def kept(self, msgid: str) -> BufferLine | None:
        """The line that has that msgid, if it is remembered."""
        lines = (line for each in self._all for line in reversed(each.kept))
        return next((line for line in lines if msgid in line.msgids), None) if msgid else None

    def labelled(self, label: str) -> BufferLine | None:
        """The own line that was sent under that label, alone or with others."""
        lines = (line for each in self._all for line in reversed(each.kept))
        return next((line for line in lines if line.said.own and label in line.labels), None)

    def forget(self, msgid: str) -> None:
        """The line of that msgid was taken back."""
        line = self.kept(msgid)
        if line:
            self._parts_gone.extend(part for part in line.msgids if part != msgid)
        for each in self._all:
            each.kept = deque(
                (line for line in each.kept if msgid not in line.msgids), maxlen=KEPT_LINES
            )

    def is_gone(self, msgid: str) -> bool:
        """Whether it is a part of a line of which another part was taken back before."""
        return msgid in self._parts_gone
