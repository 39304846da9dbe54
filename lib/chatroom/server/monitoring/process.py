"""Figures of this process, from the system."""

import os
import resource
from pathlib import Path

_STATM = Path("/proc/self/statm")
_DESCRIPTORS = Path("/proc/self/fd")


def cpu_seconds() -> float:
    """Seconds of processor time that the process has used, of its own and in the system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_bytes() -> int | None:
    """Bytes of memory in use now; None if the system does not say."""
    return _pages(1)


def virtual_bytes() -> int | None:
    """Bytes of its address space; None if the system does not say."""
    return _pages(0)


def _pages(field: int) -> int | None:
    try:
        words = _STATM.read_text().split()
    except OSError:
        return None
    return int(words[field]) * resource.getpagesize()


def open_descriptors() -> int | None:
    """The number of open descriptors; None if the system does not say.

    Linux tells it as the directory's size since 6.2. Before, the directory would have to be read,
    which takes milliseconds with thousands of connections.
    """
    try:
        size = _DESCRIPTORS.stat().st_size
        return size or len(os.listdir(_DESCRIPTORS))  # noqa: PTH208  paths would take longer
    except OSError:
        return None


def most_descriptors() -> int | None:
    """The number that it may have; None if there is no limit."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit
