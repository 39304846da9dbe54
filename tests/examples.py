"""How many examples hypothesis tries: a few in the usual run, THOROUGH times as many at night."""

import os

_TIMES = int(os.environ.get("THOROUGH") or 1)


def examples(usual: int) -> int:
    """For `max_examples`."""
    return usual * _TIMES


def is_thorough() -> bool:
    """Whether this is the run at night, which may take its time."""
    return _TIMES > 1
