"""The `typing` tag (IRCv3 client-tags/typing) and the lag: what is told when. Seconds by hand."""

from chatroom.client.ui.presence import (
    ACTIVE_SECONDS,
    MEASURE_SECONDS,
    PAUSE_SECONDS,
    PAUSED_SECONDS,
    REPEAT_SECONDS,
    SPOKEN_SECONDS,
    Composing,
    Lag,
    Typists,
)


def test_active_at_most_every_three_seconds() -> None:
    """However fast one types."""
    composing = Composing()
    assert composing.edited("#x", "h", 100.0) == [("#x", "active")]
    assert composing.edited("#x", "he", 100.0 + REPEAT_SECONDS - 0.1) == []
    assert composing.edited("#x", "hel", 100.0 + REPEAT_SECONDS) == [("#x", "active")]


def test_a_pause_is_told_once() -> None:
    """And typing on tells of it at once."""
    composing = Composing()
    composing.edited("#x", "h", 100.0)
    assert composing.due == 100.0 + PAUSE_SECONDS
    assert composing.tick(100.0 + PAUSE_SECONDS - 0.1) == []
    assert composing.tick(100.0 + PAUSE_SECONDS) == [("#x", "paused")]
    assert composing.tick(100.0 + 2 * PAUSE_SECONDS) == []
    assert composing.edited("#x", "hi", 100.0 + 2 * PAUSE_SECONDS) == [("#x", "active")]


def test_done_when_the_line_is_emptied_or_goes_elsewhere() -> None:
    """Not when it is sent, for that tells it all."""
    composing = Composing()
    composing.edited("#x", "h", 100.0)
    assert composing.edited("#x", "", 101.0) == [("#x", "done")]
    composing.edited("#x", "h", 102.0)
    assert composing.edited("#y", "h", 103.0) == [("#x", "done"), ("#y", "active")]
    composing.said()
    assert composing.edited("#y", "", 104.0) == []


def test_commands_are_nobodys_business() -> None:
    """But for those that talk."""
    composing = Composing()
    assert composing.edited("#x", "/msg bob psst", 100.0) == []
    assert composing.edited("#x", "/me waves", 101.0) == [("#x", "active")]
    assert composing.edited("#x", "/join y", 102.0) == [("#x", "done")]


def test_typing_of_others_ends_in_time() -> None:
    """`active` holds six seconds, `paused` thirty, `done` and what is said end it."""
    typists = Typists()
    typists.told("#x", "bob", "active", 100.0)
    typists.told("#x", "carol", "paused", 100.0)
    typists.told("#y", "dave", "active", 100.0)
    assert typists.here("#x", 100.0) == ("bob", "carol")
    assert typists.due == 100.0 + ACTIVE_SECONDS
    assert typists.here("#x", 100.0 + ACTIVE_SECONDS) == ("carol",)
    assert typists.here("#x", 100.0 + PAUSED_SECONDS) == ()
    typists.told("#x", "bob", "active", 200.0)
    typists.told("#x", "bob", "done", 201.0)
    assert typists.here("#x", 201.0) == ()


def test_lag_counts_what_one_waits_for() -> None:
    """Measured now and then; what one waits for already counts."""
    lag = Lag()
    assert lag.wants(100.0)
    assert not lag.wants(101.0)
    assert lag.seconds(104.0) == 4.0
    lag.answered(105.0)
    assert lag.seconds(200.0) == 5.0
    assert not lag.wants(100.0 + MEASURE_SECONDS - 1)
    assert lag.wants(100.0 + MEASURE_SECONDS)


def test_lag_after_something_is_said() -> None:
    """Soon, but once for all that is said meanwhile."""
    lag = Lag()
    lag.wants(100.0)
    lag.answered(100.1)
    for now in (110.0, 110.5):
        lag.spoken(now)
    assert not lag.wants(110.9)
    assert lag.wants(110.0 + SPOKEN_SECONDS)
    lag.answered(111.2)
    assert not lag.wants(112.0)
