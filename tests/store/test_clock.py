"""What the system says about the clock; what it is here is not known."""

import time

from chatroom.store.clock import confirmed


def test_another_time_is_never_confirmed() -> None:
    """Nor is a clock that only this process has, as under faketime(1)."""
    assert not confirmed(time.time() + 60)
    assert not confirmed(5.0)


def test_the_system_is_asked() -> None:
    assert confirmed(time.time()) in (True, False)
