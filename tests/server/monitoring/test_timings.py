"""Durations: a histogram of all, and percentiles of the latest."""

import pytest

from chatroom.server.monitoring.timings import BOUNDS, FOLD, Timings, percentile


def test_each_is_in_the_bucket_whose_bound_it_does_not_exceed() -> None:
    """As `le` means in Prometheus: less or equal."""
    timings = Timings()
    for bound in BOUNDS:
        timings.note(bound)
    timings.note(BOUNDS[-1] + 1)
    assert timings.counts == (1,) * (len(BOUNDS) + 1)
    assert timings.total == pytest.approx(sum(BOUNDS) + BOUNDS[-1] + 1)
    timings.note(0.0)
    assert timings.counts[0] == 2


def test_all_are_counted_and_the_latest_are_kept() -> None:
    """However many: the memory is bounded."""
    timings = Timings()
    for number in range(3 * FOLD + 7):
        timings.note(number / 1e6)
        assert len(timings.fresh) < FOLD
    assert sum(timings.counts) == 3 * FOLD + 7
    latest = timings.latest
    assert latest == sorted(latest)
    assert (len(latest), latest[-1]) == (FOLD, (3 * FOLD + 6) / 1e6)
    assert timings.latest == latest


def test_percentiles() -> None:
    hundred = [float(number) for number in range(1, 101)]
    assert percentile(hundred, 0.5) == 50
    assert percentile(hundred, 0.99) == 99
    assert percentile([3.0], 0.5) == percentile([3.0], 0.99) == 3.0
    assert percentile([], 0.5) is None
