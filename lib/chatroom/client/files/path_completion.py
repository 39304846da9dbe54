"""Completes the paths of files."""

import os
from itertools import islice
from pathlib import Path

MOST_ENTRIES = 10_000
"""The most entries of a directory that are examined."""


def paths_beginning(text: str) -> list[str]:
    """The files and directories whose paths begin with the text; directories end with a slash.

    `~/` is the home directory. Hidden files are only included if their dot was typed. An unreadable
    directory counts as empty.
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
