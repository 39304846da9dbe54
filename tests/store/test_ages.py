"""Clock histories: nothing is deleted too early, and nothing stays for ever.

Each is run twice: with a time service, which says so when the clock is right, and without."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest

from chatroom.store.ages import DAY_MS, RELEASED, Ages

KEEP = 30 * DAY_MS
TURN = DAY_MS // 8
"""Between two runs."""
DISTANCE = KEEP // 32 + TURN
"""Of two notes, at most."""

TRUE = RELEASED + 100 * DAY_MS
"""When a history begins in truth."""

Clock = Callable[[int], int]
"""What the machine's clock says at that time."""


def right(now: int) -> int:
    return now


def off_by(days: float) -> Clock:
    return lambda now: now + round(days * DAY_MS)


def in_1970(now: int) -> int:
    """It begins there at each start of the machine; here all the same, at the first."""
    return now - TRUE


class Phase(NamedTuple):
    """A part of a history: how long the machine is on with this clock, after being off."""

    days: float
    clock: Clock = right
    off: float | None = None
    """Days for which the machine was off before; None: it goes on."""


@dataclass
class Said:
    number: int
    at: int | None
    truly: int


@dataclass
class Life:
    """One room, in which a line is said every few hours."""

    service: bool
    now: int = TRUE
    ages: Ages | None = None
    lines: list[Said] = field(default_factory=list)
    number: int = 0
    latest: int = 0
    earliest_end: int = 1 << 62
    """The least age, in truth, at which a line was deleted."""
    oldest: int = 0
    """The greatest age, in truth, of a line that was left by a run."""

    def live(self, phases: list[Phase]) -> None:
        for days, clock, off in phases:
            continued = off is None
            self.now += round((off or 0) * DAY_MS)
            if self.ages:  # over a restart, or as good as
                self.ages = Ages.from_json(self.ages.as_json())
            for turn in range(round(days * DAY_MS / TURN)):
                self.now += TURN
                if turn % 2 == 0:
                    self.say(clock(self.now))
                self.run(clock(self.now), continued)
                continued = True
            assert self.ages and Ages.from_json(self.ages.as_json()) == self.ages

    def say(self, clock: int) -> None:
        """As `History.record` has it: a place never falls."""
        self.number += 1
        self.lines.append(Said(self.number, clock if clock > self.latest else None, self.now))
        self.latest = max(self.latest, clock)

    def run(self, clock: int, continued: bool) -> None:
        synchronised = self.service and clock == self.now
        if self.ages is None:
            self.ages = Ages.begun(clock, clock, 0, synchronised)
        else:
            self.ages = self.ages.advanced(clock, TURN, continued, synchronised)
        self.ages = self.ages.noted(self.number, KEEP)
        old = self.ages.old(KEEP)
        while self.lines and old.has(self.lines[0].number, self.lines[0].at, imported=False):
            self.earliest_end = min(self.earliest_end, self.now - self.lines.pop(0).truly)
        if self.lines:
            self.oldest = max(self.oldest, self.now - self.lines[0].truly)


LIVES = {
    "right all along": ([Phase(100)], 0),
    "restarts of the machine": ([Phase(9, right, 0.001)] * 10, TURN),
    "on by day": ([Phase(3 / 8, right, 5 / 8)] * 100, TURN),
    "on for three hours a day": ([Phase(1 / 8, right, 7 / 8)] * 100, TURN),
    "off for a month": ([Phase(40), Phase(60, right, 30)], TURN),
    "1970, then right": ([Phase(1, in_1970), Phase(99)], DISTANCE),
    "1970, then right after a restart": ([Phase(1, in_1970), Phase(99, right, 0)], DISTANCE),
    "1970 at two starts": (
        [Phase(1, in_1970), Phase(9), Phase(1, in_1970, 0), Phase(80)], DISTANCE,
    ),
    "1970 at two starts, right at none but the third": (
        [Phase(2, in_1970, 0), Phase(2, in_1970, 0), Phase(90, right, 0)], DISTANCE,
    ),
    "1970 for a week": ([Phase(40), Phase(7, in_1970, 0), Phase(80)], DISTANCE),
    "1970 all along": ([Phase(100, in_1970)], DISTANCE),
    "2038, then right": ([Phase(40, off_by(4000)), Phase(60)], DISTANCE),
    "right, 2038 for days, right": (
        [Phase(40), Phase(9, off_by(4000)), Phase(60)], DISTANCE,
    ),
    "2038 after a restart, for hours": (
        [Phase(40), Phase(1 / 8, off_by(4000), 0), Phase(60)], DISTANCE,
    ),
    "2038, and right after a restart": (
        [Phase(10), Phase(1, off_by(4000)), Phase(60, right, 0)], DISTANCE,
    ),
    "set back a year": ([Phase(40), Phase(9, off_by(-365)), Phase(60)], DISTANCE),
    "set back a year over restarts": (
        [Phase(40), Phase(9, off_by(-365), 0), Phase(60, right, 0)], DISTANCE,
    ),
    "set back a year for good": ([Phase(40), Phase(90, off_by(-365))], DISTANCE),
    "a year behind at first": ([Phase(9, off_by(-50)), Phase(90)], DISTANCE),
    "hours ahead and back": (
        [Phase(9), Phase(1, off_by(1 / 8)), Phase(40), Phase(1, off_by(1 / 8)), Phase(50)],
        DISTANCE,
    ),
    "ahead at every other start": (
        [Phase(20), *[Phase(1, off_by(400), 0), Phase(9, right, 0)] * 8], 9 * DAY_MS,
    ),
}  # fmt: skip
"""A history, and how much too late a line may be deleted in it, if there is a time service."""


@pytest.mark.parametrize("service", [True, False], ids=["service", "alone"])
@pytest.mark.parametrize("begin", [TRUE, RELEASED - 60 * DAY_MS], ids=["after", "before"])
@pytest.mark.parametrize("life", LIVES, ids=str)
def test_lines_live_as_long_as_they_shall(life: str, begin: int, service: bool) -> None:
    """Never shorter; and longer by the time that the machine was off, if nothing confirms its clock
    or the truth is a time before the program's release."""
    phases, late = LIVES[life]
    one = Life(service, begin)
    one.live(phases)
    if not service or begin < RELEASED:
        off = round(sum(phase.off or 0 for phase in phases) * DAY_MS)
        late = max(late, off + DISTANCE)
    assert one.earliest_end >= KEEP
    assert one.oldest <= KEEP + late
