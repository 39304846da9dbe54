"""Exports in memory, and what is read from them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chatroom.store.foreign.entries import Entries
from chatroom.store.foreign.formats import FORMATS
from chatroom.store.foreign.reading import Reading
from chatroom.store.foreign.tree import LARGEST_FILE, LONGEST_LINE, TooLarge
from chatroom.store.jsonl import Entry, entry_line, read_entry


@dataclass(frozen=True)
class Memory:
    """The files of an export, by their names."""

    files: Mapping[str, bytes | str]

    def names(self) -> list[str]:
        return list(self.files)

    def lines(self, name: str) -> Iterator[bytes]:
        for line in self._data(name).splitlines(keepends=True):
            for begin in range(0, len(line), LONGEST_LINE):
                yield line[begin : begin + LONGEST_LINE]

    def read(self, name: str) -> bytes:
        if len(self._data(name)) > LARGEST_FILE:
            raise TooLarge
        return self._data(name)

    def _data(self, name: str) -> bytes:
        data = self.files[name]
        return data if isinstance(data, bytes) else data.encode()


def read(
    format: str, files: Mapping[str, bytes | str], **options: Any
) -> tuple[list[Entry], Reading]:
    """The entries of an export, as the history would take them, and what the reader has noted."""
    reading, made = Reading(**options), Entries(format)
    entries = [
        read_entry(entry_line(entry).encode())
        for happened in FORMATS[format](Memory(files), reading)
        for entry in made.of(happened)
    ]
    return entries, reading


def shown(entries: list[Entry]) -> list[str]:
    """`15:00:15 #room bob PRIVMSG hello`, each entry in a line."""
    return [
        " ".join(
            (
                entry.message.tags["time"][11:19],
                entry.room,
                entry.message.source.partition("!")[0],
                entry.message.command,
                *(word for word in entry.message.params if word != entry.room),
            )
        ).rstrip()
        for entry in entries
    ]


def faults(reading: Reading) -> list[str]:
    """All faults in words."""
    return list(map(str, reading.faults))
