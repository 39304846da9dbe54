"""The flood allowance: a bucket that may be overdrawn by one command, and is paid back in time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.people import NOW, a_world, arrive, world_of
from chatroom.chat import flood
from chatroom.chat.limits import Limits
from chatroom.chat.session import Session
from examples import examples

BURST, RATE = 10, 4


def a_visitor(rate: int = RATE) -> Session:
    """A visitor with a full allowance, at second 0."""
    return arrive(a_world(Limits(flood_burst=BURST, flood_rate=rate)), "alice")


def at(session: Session, clock: float) -> None:
    world_of(session).set_time(NOW + clock, clock)


def wait(session: Session) -> float:
    return flood.wait(world_of(session), session)


def spend(session: Session, cost: int) -> None:
    flood.spend(world_of(session), session, cost)


def test_a_burst_is_free() -> None:
    alice = a_visitor()
    for _ in range(BURST):
        assert wait(alice) == 0
        spend(alice, 1)
    assert wait(alice) == 0  # nothing is owed yet
    spend(alice, 2)
    assert wait(alice) == pytest.approx(2 / RATE)


def test_time_pays_back() -> None:
    alice = a_visitor()
    spend(alice, BURST + 6)
    assert wait(alice) == pytest.approx(6 / RATE)
    at(alice, 1.0)
    assert wait(alice) == pytest.approx(2 / RATE)
    at(alice, 1.5)
    assert wait(alice) == 0


def test_idleness_earns_no_more_than_the_burst() -> None:
    alice = a_visitor()
    at(alice, 1e6)
    spend(alice, BURST)
    spend(alice, 1)
    assert wait(alice) == pytest.approx(1 / RATE)


def test_a_rate_of_0_is_no_limit() -> None:
    alice = a_visitor(rate=0)
    spend(alice, 10_000)
    assert wait(alice) == 0


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(1, 8), st.floats(0, 3)), max_size=60))
def test_what_is_taken_is_bounded(steps: list[tuple[int, float]]) -> None:
    """Over any time: the burst, what that time earns, and one command that overdraws.

    Whoever waits as long as `wait` says may go on at once.
    """
    alice = a_visitor()
    clock, taken = 0.0, 0
    for cost, pause in steps:
        clock += pause
        at(alice, clock)
        delay = wait(alice)
        assert 0 <= delay <= 8 / RATE + 1e-6
        clock += delay
        at(alice, clock)
        assert wait(alice) < 1e-6
        spend(alice, cost)
        taken += cost
        assert taken <= BURST + clock * RATE + 8 + 1e-6
