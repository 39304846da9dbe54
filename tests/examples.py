"""How many examples hypothesis tries: a few in the usual run, THOROUGH times as many at night."""

import os

_TIMES = int(os.environ.get("THOROUGH") or 1)


def examples(usual: int) -> int:
    """For `max_examples`."""
    return usual * _TIMES
