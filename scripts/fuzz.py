#!/usr/bin/env python3
"""Feed the server, or the client, with whatever a stranger could send it.

scripts/fuzz.py server --lines 2000000 --seed 1     a server in this process, at its doors
scripts/fuzz.py client --lines 200000               a client, against a server that makes it up

The seed decides what is sent. A failure prints it and the lines before it; the status is 1 then.
"""

import argparse
import importlib
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

LINES = {"server": 1_000_000, "client": 100_000}
HIGHEST_SEED = 2**32


def main() -> int:
    """Fuzz one of them; 1 when it failed."""
    options = _parser().parse_args()
    print(f"{options.target}: {options.lines:,} lines, --seed {options.seed}", flush=True)
    target = importlib.import_module(f"fuzzing.{options.target}")  # each needs much of its own
    return 1 if target.run(options.lines, options.seed) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Feed the server or the client with anything.")
    targets = parser.add_subparsers(dest="target", required=True)
    for target, lines in LINES.items():
        one = targets.add_parser(target, help=f"fuzz the {target}")
        one.add_argument("--lines", type=int, default=lines, metavar="N", help=f"default: {lines}")
        one.add_argument("--seed", type=int, default=random.randrange(HIGHEST_SEED), metavar="N",
                         help="what decides the lines; by default another each time")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
