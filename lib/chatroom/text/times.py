"""Parses times on a command line."""

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
