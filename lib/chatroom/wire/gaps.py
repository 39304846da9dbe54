"""The parts of a room's past that a person may not read.

A part is added each time that the room is closed and opened again. They are ordered by time, do not
overlap, and are few, so that checking a message takes a few comparisons.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from chatroom.wire.reference import LAST_ID

MOST_GAPS = 8
"""The maximum for a room. When there are more, the two closest gaps are merged."""


class Gap(NamedTuple):
    """A part of a room's past: from `start` up to, but not including, `end`, in UTC
    milliseconds."""

    start: int
    end: int


Gaps = tuple[Gap, ...]
"""At most MOST_GAPS, ordered by time; no two of them touch."""

NO_GAPS: Gaps = ()
"""Nothing is hidden."""

ALL_OF_IT: Gaps = (Gap(0, LAST_ID),)
"""The whole past and future."""


def hide(gaps: Gaps, at: int) -> bool:
    """Whether a message of that time (UTC milliseconds) is in one of the gaps."""
    return any(start <= at < end for start, end in gaps)


def with_gap(gaps: Gaps, more: Gap) -> Gaps:
    """These gaps and one more, merged where they touch; an empty one adds nothing.

    If two gaps are merged to limit their number, the messages between them are hidden as well,
    which errs on the safe side.
    """
    joined: list[Gap] = []
    for gap in sorted((*gaps, more)):
        if gap.start >= gap.end:
            continue
        if joined and gap.start <= joined[-1].end:
            joined[-1] = Gap(joined[-1].start, max(joined[-1].end, gap.end))
        else:
            joined.append(gap)
    if len(joined) > MOST_GAPS:
        distances = [later.start - earlier.end for earlier, later in pairwise(joined)]
        closest = distances.index(min(distances))
        joined[closest : closest + 2] = [Gap(joined[closest].start, joined[closest + 1].end)]
    return tuple(joined)


def saved_gaps(state: Mapping[str, Any]) -> Gaps:
    """The gaps of a room's saved state. A state of an earlier version has a single one, `gap`."""
    gaps = NO_GAPS
    former: Iterable[Any] = [state["gap"]] if "gap" in state else []
    for gap in (*state.get("gaps", ()), *former):
        gaps = with_gap(gaps, Gap(*gap))
    return gaps
