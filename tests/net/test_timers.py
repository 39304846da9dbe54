"""Things to be done later, in the order of their time."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from chatroom.net.timers import SWEPT, Timer, Timers


def test_in_the_order_of_time_and_then_of_asking() -> None:
    """Two at the same time are done in the order in which they were asked for."""
    timers, done = Timers(), list[str]()
    for when, name in ((3, "late"), (1, "first"), (2, "second"), (1, "first too")):
        timers.at(when, partial(done.append, name))
    timers.run(2)
    assert done == ["first", "first too", "second"]
    timers.run(2)
    assert len(done) == 3
    timers.run(10)
    assert done[3:] == ["late"]


def test_how_long_to_wait() -> None:
    """Seconds until the next, never less than none, and None where there is nothing."""
    timers = Timers()
    assert timers.wait(0) is None
    timers.at(5, lambda: None)
    assert timers.wait(2) == 3
    assert timers.wait(7) == 0
    timers.run(7)
    assert timers.wait(7) is None


def test_when_the_next_one_is_due() -> None:
    timers = Timers()
    assert timers.next_at == inf
    timers.at(3.0, lambda: None)
    timers.at(1.0, lambda: None)
    assert timers.next_at == 1.0
    timers.run(2.0)
    assert timers.next_at == 3.0
    timers.run(3.0)
    assert timers.next_at == inf


def test_a_cancelled_timer() -> None:
    """It is not done, and not waited for; cancelling twice or after the fact is fine."""
    timers, done = Timers(), list[str]()
    early = timers.at(1, lambda: done.append("early"))
    late = timers.at(2, lambda: done.append("late"))
    early.cancel()
    early.cancel()
    assert timers.wait(0) == 2
    timers.run(5)
    assert done == ["late"]
    late.cancel()


def test_thousands_that_are_cancelled_at_once() -> None:
    """No call has to remove all of them; the loop wakes too early meanwhile, and goes on."""
    timers = Timers()
    for timer in [timers.at(when, lambda: None) for when in range(1, 3 * SWEPT)]:
        timer.cancel()
    timers.at(1000, lambda: None)
    assert [timers.wait(0) for _ in range(3)] == [SWEPT + 1, 2 * SWEPT + 1, 1000]


def test_one_due_action_cancels_another() -> None:
    """A connection that is dropped takes its timers along, also those that are due."""
    timers, done = Timers(), list[str]()
    second: list[Timer] = []
    timers.at(1, lambda: second[0].cancel())
    second.append(timers.at(1, lambda: done.append("second")))
    timers.run(1)
    assert done == []


def test_what_an_action_schedules_for_now_waits_for_the_next_run() -> None:
    """Or a timer that renews itself would keep the loop."""
    timers, done = Timers(), list[int]()

    def again() -> None:
        done.append(len(done))
        timers.at(1, again)

    timers.at(1, again)
    timers.run(1)
    assert done == [0]
    assert timers.wait(1) == 0
    timers.run(1)
    assert done == [0, 1]


def test_whoever_calls_an_action_may_catch_what_it_raises() -> None:
    """What is due besides is done all the same."""
    timers, done = Timers(), list[str]()

    def broken() -> None:
        raise RuntimeError

    def careful(action: Callable[[], None]) -> None:
        with suppress(RuntimeError):
            action()

    timers.at(1, broken)
    timers.at(1, lambda: done.append("second"))
    timers.run(1, careful)
    assert done == ["second"]


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans())), st.integers(0, 9))
def test_against_a_sorted_list(plan: list[tuple[int, bool]], now: int) -> None:
    """Everything that is due and not cancelled is done, in order; the rest is waited for."""
    timers, done = Timers(), list[int]()
    for number, (when, cancelled) in enumerate(plan):
        timer = timers.at(when, partial(done.append, number))
        if cancelled:
            timer.cancel()
    timers.run(now)
    kept = [(when, number) for number, (when, cancelled) in enumerate(plan) if not cancelled]
    assert done == [number for when, number in sorted(kept) if when <= now]
    later = [when - now for when, _ in kept if when > now]
    assert timers.wait(now) == (min(later) if later else None)
