"""The rooms and private conversations: which one is current, and what is unread."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from chatroom.client.limits import LIMITS
from chatroom.client.protocol.events import Said, event_weight

KEPT_LINES = LIMITS.kept_lines
"""Lines kept of each conversation, which can be shown later, replied to and deleted."""


class Draft(NamedTuple):
    """A half-typed line, with the cursor between its parts.

    `joined`: it stands for several lines, with a sign between them; `pasted`: its beginning was not
    typed.
    """

    before: str = ""
    after: str = ""
    joined: bool = False
    pasted: bool = False


EMPTY = Draft()


@dataclass
class BufferLine:
    """A line of a conversation. One of our own that took several lines on the wire has several
    msgids.

    `shown`: it has been on the screen; `counted`: it is among the unread lines.
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
        """The labels with which it was sent."""
        return self.said.tags.get("label", "").split()

    @property
    def named(self) -> bool:
        """Whether the server has sent all of its msgids."""
        return len(self.msgids) >= max(1, len(self.labels))


def _msgids(said: Said) -> list[str]:
    msgid = said.tags.get("msgid")
    return [msgid] if msgid else []


_PROBE = "[~\u00c4"
"""A name that each of the ways to compare names folds in another way."""


@dataclass
class Buffer:
    """A room, or a conversation with a person. `unread` may count more lines than are kept.

    `draft` is the half-typed line while another conversation is the current one. `renamed` is the
    new nickname of the person, if there is already another conversation with that name.
    """

    name: str
    unread: int = 0
    highlighted: bool = False
    kept: deque[BufferLine] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    draft: Draft = EMPTY
    renamed: str = ""

    def keep(self, said: Said) -> BufferLine:
        """Keep a line."""
        kept = BufferLine(said, _msgids(said))
        self.kept.append(kept)
        return kept

    def prepend(self, lines: Iterable[Said]) -> None:
        """Add lines of the history before the others, without duplicates."""
        known = {msgid for line in self.kept for msgid in line.msgids}
        older = [said for said in lines if said.tags.get("msgid", "") not in known]
        both = [*(BufferLine(said, _msgids(said)) for said in older), *self.kept]
        self.kept = deque(both, maxlen=KEPT_LINES)

    def missed(self) -> list[Said]:
        """The kept lines that have not been shown."""
        return [line.said for line in self.kept if not line.shown]

    @property
    def size(self) -> int:
        """The approximate memory of its lines in bytes."""
        return sum(line.size for line in self.kept)

    def first_unread(self) -> Said | None:
        """The first unread line, if it is still kept."""
        return next((line.said for line in self.kept if line.counted), None)

    def read(self) -> None:
        """Mark all lines as read."""
        self.unread = 0
        self.highlighted = False
        for line in self.kept:
            line.shown, line.counted = True, False


class Buffers:
    """All conversations, in the order in which they began; numbers count from 1."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._all: list[Buffer] = []
        self._index: dict[str, Buffer] = {}  # by folded name; {}: to be made
        self._folded_as = ""  # how names were folded when it was made
        self._until_weighed = 0
        self._parts_gone: deque[str] = deque(maxlen=KEPT_LINES)
        self.current: Buffer | None = None

    @property
    def all(self) -> tuple[Buffer, ...]:
        """All conversations."""
        return tuple(self._all)

    def find(self, name: str) -> Buffer | None:
        """The conversation of that name."""
        as_now = self._fold(_PROBE)
        if not self._index or as_now != self._folded_as:  # a server says how names are compared
            self._folded_as = as_now
            self._index = {self._fold(each.name): each for each in reversed(self._all)}
        return self._index.get(self._fold(name))

    def numbered(self, number: int) -> Buffer | None:
        """The conversation of that number."""
        return self._all[number - 1] if 1 <= number <= len(self._all) else None

    def number(self, conversation: Buffer) -> int:
        """The number of a conversation."""
        return self._all.index(conversation) + 1

    def open(self, name: str) -> Buffer:
        """The conversation of that name; a new one if there is none."""
        found = self.find(name)
        if found is None:
            found = Buffer(name)
            if len(self._all) < LIMITS.conversations:
                self._all.append(found)
                self._index = {}
        return found

    def keep(self, conversation: Buffer, said: Said) -> BufferLine:
        """Keep a line, and drop the oldest ones if all together take too much memory.

        The memory is only computed when it may have become too much.
        """
        kept = conversation.keep(said)
        self._until_weighed -= kept.size
        if self._until_weighed < 0:
            self._weigh()
        return kept

    def prepend(self, conversation: Buffer, lines: Iterable[Said]) -> None:
        """Add lines of the history, likewise."""
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
        """Remove a conversation."""
        if conversation in self._all:
            self._all.remove(conversation)
            self._index = {}
        if self.current is conversation:
            self.current = None

    def switch(self, conversation: Buffer) -> None:
        """Make a conversation the current one, and mark it as read."""
        self.current = conversation
        conversation.read()

    def rename(self, old: str, new: str) -> None:
        """A person has changed their nickname."""
        found, taken = self.find(old), self.find(new)
        if found and taken in (None, found):
            self._name(found, new)
        elif found:
            found.renamed = new
        if taken:
            taken.renamed = ""

    def rename_room(self, old: str, new: str) -> None:
        """A room has another name. A conversation of that name, which we had left, is closed."""
        found, taken = self.find(old), self.find(new)
        if found is None:
            return
        if taken is not None and taken is not found:
            current = found if self.current is taken else self.current
            self.close(taken)
            self.current = current
        self._name(found, new)

    def _name(self, conversation: Buffer, name: str) -> None:
        conversation.name = name
        self._index = {}

    def unread(self) -> list[Buffer]:
        """The conversations with unread lines, except the current one."""
        return [each for each in self._all if each.unread and each is not self.current]

    def next_unread(self) -> Buffer | None:
        """The conversation to read next: one with a highlight, else the first after the current
        one."""
        waiting = self.unread()
        calling = [each for each in waiting if each.highlighted]
        if calling or not waiting or self.current not in self._all:
            return next(iter(calling or waiting), None)
        here = self._all.index(self.current) if self.current else 0
        return min(waiting, key=lambda each: (self._all.index(each) - here) % len(self._all))

    def kept(self, msgid: str) -> BufferLine | None:
        """The kept line with that msgid."""
        lines = (line for each in self._all for line in reversed(each.kept))
        return next((line for line in lines if msgid in line.msgids), None) if msgid else None

    def labelled(self, label: str) -> BufferLine | None:
        """Our own kept line with that label."""
        lines = (line for each in self._all for line in reversed(each.kept))
        return next((line for line in lines if line.said.own and label in line.labels), None)

    def forget(self, msgid: str) -> None:
        """The line with that msgid was deleted."""
        line = self.kept(msgid)
        if line:
            self._parts_gone.extend(part for part in line.msgids if part != msgid)
        for each in self._all:
            each.kept = deque(
                (line for line in each.kept if msgid not in line.msgids), maxlen=KEPT_LINES
            )

    def is_gone(self, msgid: str) -> bool:
        """Whether the message is part of a line, another part of which was deleted before."""
        return msgid in self._parts_gone
