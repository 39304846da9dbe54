"""Which part of a file is asked for (RFC 9110 section 14), and whether it is asked for at all
(section 13)."""

import re
from typing import NamedTuple

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


class Range(NamedTuple):
    """Bytes of a file, from `begin` on; `partial`: that was asked for."""

    begin: int
    size: int
    partial: bool


class Unsatisfiable(Exception):
    """The file has no such part: 416."""


def part_of(size: int, etag: str, asked: str, if_range: str) -> Range:
    """The part of a file of that size that the headers Range and If-Range ask for.

    Several parts, other units and what is not understood give the whole file, as the RFC allows;
    so does a file that has changed since. Raises Unsatisfiable.
    """
    match = _RANGE.fullmatch(asked.strip())
    if not match or match.groups() == ("", "") or (if_range and if_range.strip() != etag):
        return Range(0, size, False)
    first, last = match.groups()
    if not first:
        count = min(int(last), size)
        if not count:
            raise Unsatisfiable
        return Range(size - count, count, True)
    begin = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < begin:
        return Range(0, size, False)  # not a valid range, so it is as if there were none
    if begin >= size:
        raise Unsatisfiable
    return Range(begin, end - begin + 1, True)


def has(etag: str, if_none_match: str) -> bool:
    """Whether the client has the file already, as its If-None-Match says."""
    if if_none_match.strip() == "*":
        return True
    return etag in (each.strip().removeprefix("W/") for each in if_none_match.split(","))
