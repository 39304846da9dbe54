"""The stretches of a room's past that somebody may not read.

Every time a door is closed and opened again, there is one more of them. They are in the order of
time and do not overlap, and there are few, so that asking about a message takes a few comparisons.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from chatroom.wire.reference import LAST_ID

MOST_GAPS = 8
"""Of one room. Where there would be more, the two that are closest to each other become one."""


class Gap(NamedTuple):
    """A stretch of a room's past: from `start` up to and without `end`, in UTC milliseconds."""

    start: int
    end: int


Gaps = tuple[Gap, ...]
"""At most MOST_GAPS, in the order of time; there is something between any two of them."""

NO_GAPS: Gaps = ()
"""Nothing is hidden."""

ALL_OF_IT: Gaps = (Gap(0, LAST_ID),)
"""The past, and whatever is said in future."""


def hide(gaps: Gaps, at: int) -> bool:
    """Whether something said at that time (UTC milliseconds) falls into one of them."""
    return any(start <= at < end for start, end in gaps)


def with_gap(gaps: Gaps, more: Gap) -> Gaps:
    """These gaps and one more, joined where they touch; an empty one adds nothing.

    What was said between the two that are joined to keep the number down is hidden as well: that
    is the safe side.
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
    """Those in a room's saved state. A state of an earlier version has a single one, `gap`."""
    gaps = NO_GAPS
    former: Iterable[Any] = [state["gap"]] if "gap" in state else []
    for gap in (*state.get("gaps", ()), *former):
        gaps = with_gap(gaps, Gap(*gap))
    return gaps
