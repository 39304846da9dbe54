"""The pauses between two calls to a server that is not there."""

import pytest

from chatroom.client.link import LEAST_PART, LONGEST_PAUSE, pause


@pytest.mark.parametrize(
    ("failures", "longest"),
    [(1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (100_000, 60.0)],
)
def test_pauses_grow_up_to_a_minute(failures: int, longest: float) -> None:
    """They double; chance shortens them to the half at most."""
    assert pause(failures, 1.0) == longest
    assert pause(failures, 0.0) == longest * LEAST_PART
    assert pause(failures, 0.0) < pause(failures, 0.5) < pause(failures, 1.0) <= LONGEST_PAUSE
