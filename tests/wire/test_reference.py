"""Places in a history: points, timestamps (IRCv3 server-time), and the numbers in msgids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire.reference import (
    LAST_ID,
    Point,
    base36,
    format_time,
    from_base36,
    just_after,
    just_before,
    parse_time,
)

AT = 1_795_186_815_000  # 2026-11-20T15:00:15Z
TIMES = st.integers(-62_135_596_800_000, 253_402_300_799_999)  # the years 1 to 9999


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (AT, "2026-11-20T15:00:15.000Z"),
        (AT + 7, "2026-11-20T15:00:15.007Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_read_as_they_are_written(at: int, text: str) -> None:
    assert format_time(at) == text
    assert parse_time(text) == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20T15:00:15Z", AT),
        ("2026-11-20T15:00Z", AT - 15_000),
        ("2026-11-20T15:00:15.1234Z", AT + 123),
        ("2026-11-20T15:00:15.999999Z", AT + 1000),
        ("2026-11-20T15:00:60.500Z", AT + 44_500),  # a leap second is the one before it
        ("2026-11-20T15:00:60Z", AT + 44_000),
    ],
)
def test_times_as_others_write_them(text: str, at: int) -> None:
    assert parse_time(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "", "Z", "now", "2026-11-20T15:00:15.000", "2026-11-20T15:00:15+01:00", "1795186815",
        "2026-11-20T15:00:15.000+01:00Z", "2026-02-30T00:00:00.000Z", "2026-11-20T25:00:00.000Z",
        "2026-11-20T15:60:00.000Z", "2026-11-20T15:00:61.000Z", "20261-11-20T15:00:00.000Z",
        "2026-11-20T15:00:15.000z", "２０２６-11-20T15:00:15.000Z", "2026-11-20T15:00:15.000Z\0",
    ],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)


@given(TIMES)
def test_times_come_back(at: int) -> None:
    assert parse_time(format_time(at)) == at


@given(TIMES, TIMES)
def test_times_sort_as_text(one: int, other: int) -> None:
    assert (one < other) == (format_time(one) < format_time(other))


@given(TIMES, st.integers(-1, LAST_ID - 1))
def test_points_bound_a_milliseconds_messages(at: int, number: int) -> None:
    """A millisecond's messages are between its ends, and SQLite holds all of these numbers."""
    assert just_after(at - 1) < just_before(at) < Point(at, number) < just_after(at)
    assert just_before(at).number - 1 >= -(2**63)
    assert just_after(at).number < 2**63


@pytest.mark.parametrize(
    ("number", "digits"),
    [(1, "1"), (35, "z"), (36, "10"), (1295, "zz"), (1296, "100"), (10_000_000, "5yc1s")],
)
def test_numbers_in_base_36(number: int, digits: str) -> None:
    assert base36(number) == digits
    assert from_base36(digits) == number


@given(st.integers(1, 36**12 - 1))
def test_numbers_come_back(number: int) -> None:
    assert from_base36(base36(number)) == number


@given(st.text("0123456789abcxyzABZ-+_ ０é", max_size=15))
def test_one_number_is_written_in_one_way(digits: str) -> None:
    """So a message has one msgid; and none is more than SQLite can be asked for."""
    number = from_base36(digits)
    assert 0 <= number < 2**63
    assert number == 0 or base36(number) == digits
