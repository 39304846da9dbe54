"""A time as people write it on a command line."""

import re
from datetime import datetime, tzinfo

_AGO = re.compile(r"([0-9]{1,6})([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def moment(text: str, now: float, zone: tzinfo | None) -> int:
    """UTC milliseconds of a date, a time, or of so long before `now` (UTC seconds): 24h, 7d.

    `zone` is what a time is in that names no offset; None: this place's. Raises ValueError, and
    OverflowError for a year that no clock reaches.
    """
    if ago := _AGO.fullmatch(text):
        return max(0, round((now - int(ago[1]) * _UNITS[ago[2]]) * 1000))
    found = datetime.fromisoformat(text)
    if not found.tzinfo:
        found = found.replace(tzinfo=zone) if zone else found.astimezone()
    return round(found.timestamp() * 1000)
