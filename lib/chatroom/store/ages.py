"""How old messages are, even if the machine's clock is wrong, or was wrong when they were said.

The problem: nothing may be deleted because of a wrong clock, whether it is wrong now (2038) or was
wrong when a message was said (1970). But a clock that jumps ahead looks like a clock that has been
corrected, and like the clock of a machine that was off for a long time.

The idea: count the time that passes instead of believing a clock, and from time to time note the
highest message number (`Note`). A message whose number is not above that of a note was said before
the note, and a message with a higher number after it, whatever its own time says. A message is
older than a given age if

- a note of at least that age includes its number, or
- its own time gives at least that age and is not earlier than the note before it, and the next note
  includes its number.

The second rule is only more exact than the first, by the distance of two notes. It is not used for
messages whose clock was set back (`told`, see recording.py). It is the only rule for messages from
before the first note, and for imported messages, whose numbers are new. If the time of such a
message is before the program existed, its age is counted from the first note on, unless a message
with a higher number, which was said later, is old.

How time is counted (`Ages.advanced`):

- While the machine is on, its monotonic clock measures the time that passes. If the wall clock
  jumps ahead meanwhile, no time has passed: all notes are moved ahead with it, so that their age
  stays the same, and times from before the jump contradict them. If the wall clock comes back, the
  notes are moved back.
- If the wall clock is behind for another reason, it is ignored, and the count goes on without it.
- If the machine was off, only its wall clock can tell for how long. That time is `owed`. It is
  counted as soon as the system says that the clock is synchronised, because then the clock is
  right. If the system has not said so after an hour of running, the time is never counted: all
  notes are moved ahead, as if the clock had jumped. If the clock is set back before that, the owed
  time shrinks accordingly.

Why this is right: the count never exceeds the time that has really passed. It falls short by the
time that is owed, and by the time for which the machine was off while nothing synchronised its
clock. A note is made only when nothing is owed, so its time is never too early. A message time that
contradicts no note is wrong by at most the distance of two notes. So a wrong clock causes no
message to be deleted too early. No message stays for ever either, because the next note includes
it, and the note's age is counted.
"""

import json
from dataclasses import dataclass, replace
from typing import NamedTuple

from chatroom.wire.reference import LAST_ID

DAY_MS = 24 * 60 * 60 * 1000

RELEASED = 1_793_491_200_000
"""2026-11-01 in UTC milliseconds, before the program's first release. Earlier times are not
believed. If such a clock is right after all, messages from before the first note are kept for too
long, and all messages are kept longer by the time for which the machine is off."""

_STEADY_MS = 60 * 60 * 1000
"""Smaller differences between the clocks are corrections, not jumps."""

_WAIT_MS = 60 * 60 * 1000
"""How long the count waits for a synchronised clock; time services need some seconds."""

_NOTES = 32
"""The number of notes in the time for which messages are kept."""


class Note(NamedTuple):
    """The highest message number at a time (UTC milliseconds, as counted)."""

    at: int
    number: int


class Old(NamedTuple):
    """Which messages are old. Times are UTC milliseconds; all of it is from `Ages.old`."""

    seen: int
    """A note shows that messages up to this number are old."""
    upto: int
    """For messages up to this number their own times count,"""
    since: int
    """unless those times are earlier than this: then the clock was behind."""
    before: int
    """Messages with times before this one are old."""
    released: int
    """Imported messages with times before this one are not believed."""

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
    """The current time (UTC): a time that was believed, plus the time counted since then."""
    owed: int = 0
    """The time for which the machine was off, if its clock is right: not in `reached` yet."""
    waited: int = 0
    """For how long the count has waited for the clock to be synchronised."""
    moved: int = 0
    """How far the count was moved ahead with a clock that jumped; it is moved back by no more."""
    sure: bool = True
    """Whether the clock has been compared since the machine was started."""
    earliest: int = RELEASED
    """Earlier times of messages from before the first note are not believed."""
    notes: tuple[Note, ...] = ()
    """The last note that is old, and all later ones."""

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
        # Messages from before the first note contradict it too.
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

        Notes that nobody needs any more are left out. Time that is owed would make the note too
        old.
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
