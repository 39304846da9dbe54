#!/usr/bin/env python3
"""Feed the code with whatever a stranger could send it.

scripts/fuzz.py                                each target of tests/fuzz for a minute
scripts/fuzz.py --seconds 300 sasl scram       these, for five minutes each
scripts/fuzz.py sasl --seed 7/123              one example again
scripts/fuzz.py server --lines 2000000         one server, of which the memory is watched
scripts/fuzz.py client --lines 1000000         one process of clients, likewise

The seed decides what is sent. A failure prints it and what was sent; the status is 1 then.
"""

import argparse
import importlib
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "tests")]

from fuzzing import targets  # noqa: E402  the paths come first

LONG = {"server": 1_000_000, "client": 100_000}
"""What is told lines instead of seconds, and how many by default."""

SECONDS = 60.0
HIGHEST_SEED = 2**32


def main() -> int:
    """Fuzz what was asked for; 1 when it failed."""
    options = parser().parse_args()
    failed = [name for name in options.targets or targets.names() if _run(name, options)]
    return 1 if failed else 0


def _run(name: str, options: argparse.Namespace) -> bool:
    if name not in LONG:
        return targets.run(name, options.seed, options.seconds)
    lines = options.lines or LONG[name]
    print(f"{name}: {lines:,} lines, --seed {options.seed}", flush=True)
    return bool(importlib.import_module(f"fuzzing.{name}").run(lines, int(options.seed)))


def parser() -> argparse.ArgumentParser:
    """What its arguments mean."""
    known = [*targets.names(), *LONG]
    parser = argparse.ArgumentParser(description="Feed the code with anything.")
    parser.add_argument("targets", nargs="*", choices=[*known, []], metavar="TARGET",
                        help=f"out of {', '.join(known)}; all but the last two by default"
                        )  # fmt: skip
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="N",
                        help=f"for each target; default: {SECONDS:.0f}")  # fmt: skip
    parser.add_argument("--lines", type=int, metavar="N", help="for server and client")
    parser.add_argument("--seed", default=str(random.randrange(HIGHEST_SEED)), metavar="N",
                        help="what decides the input; by default another each time")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
