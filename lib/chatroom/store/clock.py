"""What the system knows about the machine's clock."""

_SAME = 2.0
"""Seconds between two readings of one clock, at most."""

_UNSYNCHRONISED = 5  # TIME_ERROR


def confirmed(now: float) -> bool:
    """Whether the system says that this is the time (UTC, in seconds), thanks to a time service.

    After a start of the machine the system denies it until the time service (NTP) has set the
    clock. It also does so where it cannot tell (in some containers), and where there is no service.
    Source: ntp_gettime(3), which returns -1 or TIME_ERROR for a clock that nothing synchronises.
    """
    import ctypes  # slow to import, and only the retention's worker needs it

    answer = (ctypes.c_long * 16)()  # struct ntptimeval: seconds, microseconds, and more
    try:
        state: int = ctypes.CDLL(None).ntp_gettime(answer)
    except (OSError, AttributeError):  # not glibc
        return False
    return 0 <= state < _UNSYNCHRONISED and abs(answer[0] + answer[1] / 1e6 - now) < _SAME
