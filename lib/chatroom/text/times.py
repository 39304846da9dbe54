"""Parses times on a command line, and puts spans of time into words."""

import math
import re
from datetime import datetime, tzinfo

_AGO = re.compile(r"([0-9]{1,6})([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def moment(text: str, now: float, zone: tzinfo | None) -> int:
    """UTC milliseconds of a date, a time, or an age before `now` (UTC seconds) such as 24h or 7d.

    `zone` applies to times without an offset; None means the local zone. Raises ValueError, and
    OverflowError for a year that no clock reaches.
    """
    if ago := _AGO.fullmatch(text):
        return max(0, round((now - int(ago[1]) * _UNITS[ago[2]]) * 1000))
    found = datetime.fromisoformat(text)
    if not found.tzinfo:
        found = found.replace(tzinfo=zone) if zone else found.astimezone()
    return round(found.timestamp() * 1000)


_SPAN = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
_PART = re.compile(r"([0-9]+)([smhdw])")

LONGEST_SPAN = 10 * 365 * 86_400
"""Seconds: ten years."""


def span(text: str) -> int:
    """Seconds of a span such as 90s, 2h or 1d12h. Raises ValueError, also for more than
    LONGEST_SPAN."""
    if len(text) > 40 or not _SPAN.fullmatch(text):
        raise ValueError(text)
    seconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text))
    if not 0 < seconds <= LONGEST_SPAN:
        raise ValueError(text)
    return seconds


_NAMES = {604_800: "week", 86_400: "day", 3600: "hour", 60: "minute", 1: "second"}


def span_words(seconds: float) -> str:
    """`2 hours`, `1 day 6 hours`: its two largest units, rounded up to the smaller one of them."""
    left = max(1, math.ceil(seconds))
    units = list(_NAMES)
    largest = next(at for at, unit in enumerate(units) if left >= unit)
    least = units[min(largest + 1, len(units) - 1)]
    left = -(-left // least) * least
    words = []
    for unit in units:  # also a larger one, which the rounding may have reached
        count, left = divmod(left, unit)
        if count:
            words.append(f"{count} {_NAMES[unit]}{'s' * (count > 1)}")
    return " ".join(words)
