"""Fills the caches of its core for each line of its input, and says when it is done.

It runs through more memory than the caches of one core hold, and through much of Python.
"""

import json
import re
import sys

SWEPT_BYTES = 3 << 20


def main() -> None:
    """Do so until the input ends."""
    memory = bytearray(SWEPT_BYTES)
    facts = {str(number): [number, str(number), {"a": number}] for number in range(600)}
    for _ in sys.stdin:
        memory[::64] = bytes(len(memory) // 64)
        text = json.dumps(facts, indent=1)
        sorted(json.loads(text), key=lambda key: f"{key}{facts[key]}")
        re.findall(r"\w+", text)
        print(flush=True)


if __name__ == "__main__":
    main()
