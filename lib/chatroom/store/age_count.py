"""Continues the count of time (`ages.py`) from run to run, over restarts of the process and of the
machine."""

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from chatroom.store.ages import Ages
from chatroom.store.clock import confirmed
from chatroom.store.database import transaction

_BOOT = Path("/proc/sys/kernel/random/boot_id")

_AGES = "SELECT value FROM meta WHERE key = ?"
"""JSON: the machine's boot, its monotonic clock in seconds at the last run, and `Ages.as_json`."""

_SET_AGES = "INSERT OR REPLACE INTO meta VALUES (?, ?)"


def since_boot() -> float:
    """Seconds since the machine was started, including those in which it was suspended."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class AgeCount:
    """The count that the table `meta` has under one key; for one worker at a time.

    `monotonic` gives the seconds since the machine's start that `boot` names; None asks the system
    for the name, "" means that no earlier process had the same start. `confirmed` tells whether a
    time in UTC seconds is the right one for certain.
    """

    def __init__(
        self,
        key: str,
        monotonic: Callable[[], float] = since_boot,
        boot: str | None = None,
        confirmed: Callable[[float], bool] = confirmed,
    ) -> None:
        self._key = key
        self._monotonic = monotonic
        self._boot = _this_boot() if boot is None else boot
        self._confirmed = confirmed
        self._began = monotonic()
        self._last_run: float | None = None

    def run(
        self,
        connection: sqlite3.Connection,
        now: int,
        keep: int,
        highest: int,
        first_reached: Callable[[], int],
    ) -> Ages:
        """Continue the count and store it. `now` is the machine's clock, in UTC milliseconds, and
        `keep` how long something is kept, in milliseconds; `highest` is the highest number so far.
        The first run ever begins the count at `first_reached`. SQLite's errors pass through."""
        row = connection.execute(_AGES, (self._key,)).fetchone()
        boot, earlier, counted = json.loads(row[0]) if row else ("", 0.0, "")
        passed, continued = self._passed(boot, earlier)
        synchronised = self._confirmed(now / 1000)
        if counted:
            ages = Ages.from_json(counted).advanced(now, passed, continued, synchronised)
        else:
            ages = Ages.begun(first_reached(), now, passed, synchronised)
        ages = ages.noted(highest, keep)
        with transaction(connection):
            row = json.dumps([self._boot, self._last_run, ages.as_json()])
            connection.execute(_SET_AGES, (self._key, row))
        return ages

    def _passed(self, boot: str, earlier: float) -> tuple[int, bool]:
        """Milliseconds since the last run, of this process or of an earlier one since the same
        boot, and whether there was one; if not, since this process was started."""
        before, self._last_run = self._last_run, self._monotonic()
        if before is None and boot and boot == self._boot:
            before = earlier
        passed = self._last_run - (self._began if before is None else before)
        return max(0, round(passed * 1000)), before is not None


def _this_boot() -> str:
    """Linux's name for the time since the machine was started; "" on other systems."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
