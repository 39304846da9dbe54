"""How old messages are, although the machine's clock is wrong, or was when they were said.

The problem: nothing may be deleted because of a wrong clock, whether it is wrong now (2038) or was
wrong when a message was said (1970). But a clock that jumps ahead looks like one that is right
again, and like a machine that was off for long.

The idea: count the time that passes instead of believing a clock, and note now and then which
messages are there (`Note`). A message of a lower number than a note was said before it, and one of
a higher number after it, whatever its own time says. So a message is old when

- a note that is so old has its number, or
- its own time is so old and does not contradict the note before it, and the next note has it.

The second rule is only more exact than the first, by the distance of two notes; it does not hold
where the clock was set back (`told`, see history.py). It is the only one for messages that were
there before the first note, and for imported ones, whose numbers are new. These must not be dated
before the program existed, or they count from the first note on; unless a message of a higher
number is old, which was said after them.

How time is counted (`Ages.advanced`):

- As long as the machine is on, its monotonic clock tells how much time has passed. If the other
  clock jumps ahead meanwhile, then no time has passed: all notes move along, so they stay as old as
  they are, and times from before the jump contradict them. If it comes back, they move back.
- If it is behind for another reason, it says nothing; time is counted without it.
- While the machine is off, only its clock can tell how long. That time is `owed`. It counts as soon
  as the system says that the clock is synchronised, because then the clock is right. If it has not
  said so after an hour of running, the time off never counts: all notes move along, as if the clock
  had jumped ahead. What the clock takes back before that is forgotten.

Why this is right: the count never exceeds the time that has really passed. It falls short of it by
what is owed, and by the time for which a machine was off whose clock nothing synchronises. A note
is made only when nothing is owed, so it is never older than its own moment. A time that contradicts
no note is wrong by no more than the distance of two notes. So no message is deleted too early
because of a wrong clock. None stays for ever either, since the next note has it, and its age is
counted.
"""

import json
from dataclasses import dataclass, replace
from typing import NamedTuple

from chatroom.wire.reference import LAST_ID

DAY_MS = 24 * 60 * 60 * 1000

RELEASED = 1_793_491_200_000
"""2026-11-01 in UTC milliseconds, before the program's first release. Earlier times are not
believed. Where they are right nevertheless, messages that were there before the first note are kept
for too long, and so is everything by the time that the machine is off; nothing else happens."""

_STEADY_MS = 60 * 60 * 1000
"""Smaller differences between the clocks are corrections, not jumps."""

_WAIT_MS = 60 * 60 * 1000
"""For so long the count waits for a synchronised clock; time services need some seconds."""

_NOTES = 32
"""Notes in the time for which messages are kept."""


class Note(NamedTuple):
    """At that time (UTC milliseconds, as counted) the highest number of a message was this one."""

    at: int
    number: int


class Old(NamedTuple):
    """Which messages are old. Times are UTC milliseconds; all of it is from `Ages.old`."""

    seen: int
    """Messages up to this number were there so long ago."""
    upto: int
    """Up to this one their own times count,"""
    since: int
    """unless they are earlier than this: then the clock was behind."""
    before: int
    """Messages from before this time are old."""
    released: int
    """No imported message is from before this time."""

    def has(self, number: int, at: int | None, imported: bool) -> bool:
        """Whether that message is old. `at` is its own time, None if that is doubtful."""
        if number <= self.seen:
            return True
        return (
            at is not None
            and at < self.before
            and ((number <= self.upto and at >= self.since) or (imported and at >= self.released))
        )


@dataclass(frozen=True)
class Ages:
    """The count and the notes after a run. All times are in milliseconds."""

    reached: int
    """The time, UTC: what is counted, since a time that was believed."""
    owed: int = 0
    """How much later it is if the machine's clock is right about the time that it was off."""
    waited: int = 0
    """For how long time has been owed: the count waits for the clock to be synchronised."""
    moved: int = 0
    """How far the count was moved ahead with a clock that jumped; at most so far it moves back."""
    sure: bool = True
    """Whether the clock has been compared since the machine was started."""
    earliest: int = RELEASED
    """Messages from before the first note are not believed to be earlier."""
    notes: tuple[Note, ...] = ()
    """From the last one that is old on."""

    @classmethod
    def begun(cls, reached: int, now: int, passed: int, synchronised: bool) -> "Ages":
        """The first count: at `reached`, to which the rest until `now` is owed."""
        return cls(reached, now - reached)._settled(passed, synchronised)

    def advanced(self, now: int, passed: int, continued: bool, synchronised: bool) -> "Ages":
        """The count at the next run.

        `now` is what the machine's clock says (UTC), `passed` what has passed since the last run if
        the machine was on (`continued`), or since this process was started. `synchronised`: the
        system says that the clock is right.
        """
        sure = self.sure and continued
        ages = replace(self, reached=self.reached + passed, sure=sure)
        difference = now - ages.reached - ages.owed
        if difference > 0 and not sure and self.reached >= RELEASED:
            ages = replace(ages, owed=ages.owed + difference, sure=True)
        else:
            ages = ages._ahead(difference) if difference > 0 else ages._behind(-difference)
        return ages._settled(passed, synchronised)

    def _ahead(self, by: int) -> "Ages":
        if by <= _STEADY_MS:
            return replace(self, reached=self.reached + by, sure=True)
        return replace(self._jumped(by), sure=True)

    def _jumped(self, by: int) -> "Ages":
        ages = self._shifted(by)
        # What was there before the first note contradicts it too.
        return replace(ages, earliest=max(ages.earliest, self.reached + 1))

    def _behind(self, by: int) -> "Ages":
        forgotten = min(self.owed, by)
        ages, by = replace(self, owed=self.owed - forgotten), by - forgotten
        back = min(self.moved, by)
        if by - back > _STEADY_MS:
            return ages
        ages = ages._shifted(-back)
        return replace(ages, reached=ages.reached - (by - back), sure=True)

    def _shifted(self, by: int) -> "Ages":
        if not by:
            return self
        return replace(
            self,
            reached=self.reached + by,
            moved=self.moved + by,
            earliest=self.earliest + by,
            notes=tuple(Note(at + by, number) for at, number in self.notes),
        )

    def _settled(self, passed: int, synchronised: bool) -> "Ages":
        """With the time that is owed, if it counts by now, or has turned out never to count."""
        waited = self.waited + passed if self.owed else 0
        if synchronised:
            return replace(self, reached=self.reached + self.owed, owed=0, waited=0)
        if waited < _WAIT_MS:
            return replace(self, waited=waited)
        return replace(self._jumped(self.owed), owed=0, waited=0)

    def noted(self, highest: int, keep: int) -> "Ages":
        """With a note of the highest number, if one is due. `keep` is how long messages are kept.

        What nobody needs any more is left out. Time that is owed would make the note too old.
        """
        due = not self.notes or self.reached >= self.notes[-1].at + keep // _NOTES
        if self.owed or not due:
            return self
        notes = (*self.notes, Note(self.reached, highest))
        needless = max(0, sum(at < self.reached - keep for at, _ in notes) - 1)
        earliest = notes[needless - 1].at if needless else self.earliest
        return replace(self, earliest=earliest, notes=notes[needless:])

    def old(self, keep: int) -> Old:
        """Which messages are older than `keep`."""
        before = self.reached - keep
        old = [note for note in self.notes if note.at < before]
        later = [note for note in self.notes if note.at >= before]
        since, seen = old[-1] if old else Note(self.earliest, 0)
        upto = later[0].number if later else LAST_ID
        return Old(seen, upto, since, before, RELEASED + self.moved)

    def as_json(self) -> str:
        """For `from_json`."""
        return json.dumps(vars(self))

    @classmethod
    def from_json(cls, text: str) -> "Ages":
        """What `as_json` returned."""
        fields = json.loads(text)
        return cls(**fields | {"notes": tuple(Note(*note) for note in fields["notes"])})
