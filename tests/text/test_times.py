"""Times as people write them on a command line."""

from datetime import UTC, datetime

import pytest

from chatroom.text.times import moment

NOON = 1_795_176_000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-20", NOON - 12 * 3600),
        ("2026-11-20T12:00", NOON),
        ("2026-11-20 12:00:01.5", NOON + 1.5),
        ("2026-11-20T12:00:00Z", NOON),
        ("2026-11-20T12:00+02:00", NOON - 7200),
        ("90s", NOON - 90),
        ("30m", NOON - 1800),
        ("24h", NOON - 86_400),
        ("7d", NOON - 7 * 86_400),
        ("2w", NOON - 14 * 86_400),
        ("999999w", 0),
    ],
)
def test_a_moment(text: str, seconds: float) -> None:
    """As in a search, in UTC unless an offset is named; or so long ago."""
    assert moment(text, NOON, UTC) == seconds * 1000


@pytest.mark.parametrize("text", ["", "7", "d", "7 d", "-7d", "1234567d", "2026-13-01", "now"])
def test_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment(text, NOON, UTC)


def test_this_place() -> None:
    """Without a zone a time is that of the clock here; an offset still counts."""
    here = datetime(2026, 11, 20, 12).astimezone()
    assert moment("2026-11-20T12:00", NOON, None) == here.timestamp() * 1000
    assert moment("2026-11-20T12:00Z", NOON, None) == NOON * 1000
