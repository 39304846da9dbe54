"""Settings of the C library's memory allocator, so that a server which runs for months stays small.

By default glibc raises the size from which on it asks the system for memory of its own up to 32 MB.
From then on, large buffers (a burst for a slow reader, a page of the history) are cut out of the
same heap as what lives long, and the heap cannot shrink any more. During a million fuzzed lines the
process grew by 7 MB, although it did not use more memory, and it went on growing.
"""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h

OWN_PAGES = 128 * 1024
"""Bytes from which on a block gets pages of its own, which return to the system with it."""

KEPT = 1024 * 1024
"""Bytes of free memory at the heap's end that the process keeps."""


def keep_heap_small() -> bool:
    """Fix both sizes, which glibc otherwise changes. Returns False with another C library."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, OWN_PAGES) and mallopt(_TRIM_THRESHOLD, KEPT))
