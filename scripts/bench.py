#!/usr/bin/env python3
"""Benchmarks: figures with their targets. docs/performance.md has what was measured, and why.

scripts/bench.py history                 a million messages; some minutes
scripts/bench.py history --messages 10000 --data DIR    DIR keeps the history for the next time
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from benchmarks import history, tokenizers
from benchmarks.report import Report


def main() -> int:
    """Run one benchmark; 1 when a target was missed."""
    options = _parser().parse_args()
    report = Report()
    if options.data:
        options.data.mkdir(parents=True, exist_ok=True)
        _history(options.data, options, report)
    else:
        with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as directory:
            _history(Path(directory), options, report)
    if options.json:
        report.write(options.json, messages=options.messages)
    missed = [figure.name for figure in report.figures if figure.verdict == "FAIL"]
    print(f"\n{len(missed)} targets missed" + (": " + "; ".join(missed) if missed else ""))
    return 1 if missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure, and compare with the targets.")
    benchmarks = parser.add_subparsers(dest="benchmark", required=True)
    one = benchmarks.add_parser("history", help="reading, searching and writing a long history")
    one.add_argument("--messages", type=int, default=1_000_000, metavar="N")
    one.add_argument("--repetitions", type=int, default=500, metavar="N", help="of each question")
    one.add_argument("--data", type=Path, metavar="DIR", help="keep what was made here")
    one.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    one.add_argument("--tokenizers", action="store_true", help="compare tokenizers, and only that")
    return parser


def _history(directory: Path, options: argparse.Namespace, report: Report) -> None:
    measure = tokenizers.run if options.tokenizers else history.run
    measure(directory, options.messages, options.repetitions, report)


if __name__ == "__main__":
    sys.exit(main())
