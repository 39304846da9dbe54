"""Names of files, for Tab."""

import os
from itertools import islice
from pathlib import Path

MOST_ENTRIES = 10_000
"""Entries of a directory that are looked at."""


def paths_beginning(text: str) -> list[str]:
    """The files and directories whose paths begin so; directories with a slash at their end.

    `~/` is one's home directory. Hidden ones are told only where their dot has been typed. A
    directory that cannot be read has nothing in it.
    """
    head, slash, typed = text.rpartition("/")
    try:
        with os.scandir(Path(head + slash).expanduser()) as entries:
            found = [_named(entry) for entry in islice(entries, MOST_ENTRIES)]
    except (OSError, RuntimeError):
        return []  # not to be read, or no home: there is nothing to offer
    return [head + slash + name for name in sorted(found) if _fits(name, typed)]


def _named(entry: os.DirEntry[str]) -> str:
    return f"{entry.name}/" if entry.is_dir() else entry.name


def _fits(name: str, typed: str) -> bool:
    hidden = name.startswith(".") and not typed.startswith(".")
    return name.startswith(typed) and not hidden and name.isprintable()
