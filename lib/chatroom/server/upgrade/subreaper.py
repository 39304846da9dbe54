"""Lets a process wait for the children of its children, after those have ended."""

import ctypes

_SET_CHILD_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER (linux/prctl.h)."""


def adopt_orphans() -> bool:
    """Become the parent of all descendants that lose theirs (prctl(2)). Returns False where the
    system has no such thing; then they become children of process 1."""
    try:
        return not ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (AttributeError, OSError):
        return False
