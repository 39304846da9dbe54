"""What an address has left: nobody gets a fresh allowance by coming again."""

from dataclasses import replace
from pathlib import Path

import pytest

from chatroom.chat.limits import Limits
from chatroom.server.admission import CONNECTING, REMEMBERED, SHARE, Admission

from .conftest import House
from .test_charges import newest

LIMITS = replace(Limits(), flood_burst=40, flood_rate=4)
WHOLE = SHARE * LIMITS.flood_burst


def test_whoever_comes_again_starts_with_the_remainder() -> None:
    """Also when nobody of the address was there meanwhile, and next to somebody who stayed."""
    for stays in (False, True):
        admission = Admission()
        assert admission.connect("a", LIMITS, 0.0) == LIMITS.flood_burst
        if stays:
            admission.connect("a", LIMITS, 0.0)
        admission.spend("a", WHOLE - 10, LIMITS, 0.0)
        admission.disconnect("a")
        assert admission.connect("a", LIMITS, 0.0) == 10 - (2 + stays) * CONNECTING
        assert admission.connect("b", LIMITS, 0.0) == LIMITS.flood_burst


def test_time_pays_back_as_much_as_to_ten_sessions() -> None:
    """And no more than a whole allowance."""
    admission = Admission()
    admission.connect("a", LIMITS, 0.0)
    admission.spend("a", 10 * WHOLE, LIMITS, 0.0)
    admission.disconnect("a")
    assert admission.connect("a", LIMITS, 0.5) == 0.5 * LIMITS.flood_rate * SHARE - CONNECTING
    assert admission.connect("a", LIMITS, 1000.0) == LIMITS.flood_burst


def test_the_addresses_that_went_first_are_forgotten() -> None:
    """Memory is bounded however many come."""
    admission = Admission()
    for number in range(REMEMBERED + 10):
        admission.connect(str(number), LIMITS, 0.0)
        admission.spend(str(number), WHOLE, LIMITS, 0.0)
        admission.disconnect(str(number))
    assert len(admission) == REMEMBERED
    assert admission.connect("0", LIMITS, 0.0) == LIMITS.flood_burst
    assert admission.connect(str(REMEMBERED), LIMITS, 0.0) == 0


@pytest.mark.parametrize("free", [0, 2, 4])
def test_wrong_passwords_of_an_address(free: int) -> None:
    admission, limits = Admission(), replace(LIMITS, tries_per_address=free)
    admission.connect("a", limits, 0.0)
    waits = [admission.fail("a", limits, 0.0)[1] for _ in range(free + 3)]
    assert waits == [*[0.0] * free, 1, 3, 7]  # each adds to those that are not over


def test_a_client_that_reconnects_has_no_fresh_allowance(tmp_path: Path) -> None:
    """On real sockets: what one connection spent, the next one lacks."""
    house = House(tmp_path, limits="flood_rate = 1")
    first = house.join("first")
    door = newest(house)
    door.host.charge_address(door.session, WHOLE * 100)
    first.close()
    house.until(lambda: not house.server.doors)
    clock = house.server.world.clock
    house.connect()
    earned = (house.server.world.clock - clock + 1) * SHARE
    assert newest(house).session.allowance <= min(earned, 40)
    house.server.end()
