"""Prometheus's text format 0.0.4: what its documentation says of lines, escapes and histograms."""

from chatroom.server.monitoring.exposition import heading, histogram, sample
from chatroom.server.monitoring.timings import BOUNDS


def test_a_heading() -> None:
    """In HELP, backslash and line feed are escaped."""
    assert heading("a_total", "counter", "One\\two\nthree.") == (
        "# HELP a_total One\\\\two\\nthree.\n# TYPE a_total counter\n"
    )


def test_a_sample() -> None:
    """In the value of a label, backslash, quote and line feed are escaped."""
    assert sample("rooms", 3) == "rooms 3\n"
    assert sample("ready", True) == "ready 1\n"
    assert sample("cpu", 0.25) == "cpu 0.25\n"
    assert sample("a", 1, {"door": 'x"\\\n'}) == 'a{door="x\\"\\\\\\n"} 1\n'


def test_a_histogram() -> None:
    """Its buckets are cumulative, the last is +Inf and equals the count."""
    counts = (2, 3, *[0] * (len(BOUNDS) - 2), 1)
    lines = list(histogram("t", counts, 1.5))
    assert lines[0] == 't_bucket{le="0.00005"} 2\n'
    assert lines[1] == 't_bucket{le="0.0001"} 5\n'
    assert lines[-4] == 't_bucket{le="1"} 5\n'
    assert lines[-3:] == ['t_bucket{le="+Inf"} 6\n', "t_sum 1.5\n", "t_count 6\n"]
    assert len(lines) == len(BOUNDS) + 3
