#!/usr/bin/env python3
"""Benchmarks: figures with their targets. docs/performance.md has what was measured, and why.

scripts/bench.py talk                    this server and others side by side; forty minutes
scripts/bench.py talk --items fan-out --shapes 100x1x1 --server DIR
                                         one thing only, and another checkout of this project
scripts/bench.py talk --smoke            everything as small as can be: does it work?
scripts/bench.py talk --record           keep the figures in docs/benchmarks.jsonl
scripts/bench.py compare                 the newest run with the last that was recorded
scripts/bench.py current                 is the newest run one of what is checked out?
scripts/bench.py render                  the newest run's tables as Markdown
scripts/bench.py plot                    the newest run's growth as docs/growth.png and .svg
scripts/bench.py worst                   the worst line of each command: what it costs the loop
scripts/bench.py worst --crowd           twenty attack, fifty chat: how long their messages take
scripts/bench.py worst --rows WHO MODE   some rows only; --smoke: everything as small as can be
scripts/bench.py tls                     what TLS costs: handshakes, idle connections, deliveries
scripts/bench.py siege                   2,000 slow connections; 100,000 that come and go; 1,000
                                         that come back after a restart
scripts/bench.py files                   twenty downloads of a GB beside a room that chats
scripts/bench.py publish                 what scripts say over HTTP
scripts/bench.py history                 a million messages; some minutes
scripts/bench.py history --messages 10000 --data DIR    DIR keeps the history for the next time
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from benchmarks import (
    compare,
    files,
    growth,
    history,
    items,
    publish,
    siege,
    tables,
    tls,
    tokenizers,
)
from benchmarks.crowd import Shape
from benchmarks.machine import Account, describe, open_many_files, take_core
from benchmarks.report import Report
from benchmarks.results import Results
from benchmarks.servers import PEERS, ROOT, installed
from benchmarks.talk import SHAPES, Plan
from benchmarks.targets import judge
from benchmarks.worst import crowd, measure
from benchmarks.worst import run as worst
from benchmarks.worst.attacks import ATTACKS

DESCRIPTORS = 12_000
"""For ten thousand idle visitors, and for 900 of each server at the same time."""

NEWEST = ROOT / "build" / "talk.json"
"""The figures of the newest run of `talk`."""


TERMINATED = 128 + signal.SIGTERM


def main() -> int:
    """Run one benchmark; 1 when a target was missed."""
    options = parser().parse_args()
    signal.signal(signal.SIGTERM, _end)
    run: Callable[[argparse.Namespace], int] = options.run
    return run(options)


def _end(_number: int, _frame: object) -> None:
    """Clean up as after Ctrl-C. Who is just being started is in nobody's hands yet."""
    for pid in Account(os.getpid()).family()[1:]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    sys.exit(TERMINATED)


def parser() -> argparse.ArgumentParser:
    """What its arguments mean."""
    parser = argparse.ArgumentParser(description="Measure, and compare with the targets.")
    benchmarks = parser.add_subparsers(dest="benchmark", required=True)
    _add_history(benchmarks.add_parser("history", help="a long history: read, search and write it"))
    _add_talk(benchmarks.add_parser("talk", help="talking, side by side with other servers"))
    _add_worst(benchmarks.add_parser("worst", help="the worst line of each command"))
    _add_tls(benchmarks.add_parser("tls", help="what TLS costs the server"))
    _add_siege(benchmarks.add_parser("siege", help="slow connections, and those that come and go"))
    _add_web(benchmarks.add_parser("files", help="downloads beside a room that chats"), files.run)
    _add_web(benchmarks.add_parser("publish", help="what scripts say over HTTP"), publish.run)
    for name, (run, purpose) in AFTERWARDS.items():
        one = benchmarks.add_parser(name, help=purpose)
        one.add_argument("file", type=Path, nargs="?", default=NEWEST, metavar="FILE",
                         help="what `talk` wrote; by default the newest")  # fmt: skip
        one.set_defaults(run=run)
    one.add_argument("--recorded", type=Path, default=compare.HISTORY, metavar="FILE",
                     help="where `talk --record` kept the others")  # fmt: skip
    return parser


def _add_history(one: argparse.ArgumentParser) -> None:
    one.add_argument("--messages", type=int, default=1_000_000, metavar="N")
    one.add_argument("--repetitions", type=int, default=500, metavar="N", help="of each question")
    one.add_argument("--data", type=Path, metavar="DIR", help="keep what was made here")
    one.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    one.add_argument("--tokenizers", action="store_true", help="compare tokenizers, and only that")
    one.set_defaults(run=_history)


def _history(options: argparse.Namespace) -> int:
    report = Report()
    if options.data:
        options.data.mkdir(parents=True, exist_ok=True)
        _history_in(options.data, options, report)
    else:
        with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as directory:
            _history_in(Path(directory), options, report)
    if options.json:
        report.write(options.json, messages=options.messages)
    return _conclude([figure.name for figure in report.figures if figure.verdict == "FAIL"])


def _history_in(directory: Path, options: argparse.Namespace, report: Report) -> None:
    measure = tokenizers.run if options.tokenizers else history.run
    measure(directory, options.messages, options.repetitions, report)


def _conclude(missed: list[str]) -> int:
    print(f"\n{len(missed)} targets missed" + (": " + "; ".join(missed) if missed else ""))
    return 1 if missed else 0


def _add_talk(one: argparse.ArgumentParser) -> None:
    one.add_argument("--items", nargs="+", choices=items.ITEMS, default=tuple(items.ITEMS))
    one.add_argument(
        "--rounds",
        type=_some,
        default=5,
        metavar="N",
        help="in which all are started anew",
    )
    one.add_argument("--turns", type=_some, default=10, metavar="N", help="of each, in each round")
    one.add_argument("--seconds", type=_span, default=0.1, metavar="S", help="of each turn")
    one.add_argument("--shapes", type=_shape, nargs="+", default=SHAPES, metavar="MxSxB",
                     help="of the fan-out: members x senders x burst")  # fmt: skip
    one.add_argument("--peers", nargs="*", choices=PEERS, default=tuple(PEERS))
    one.add_argument("--server", type=Path, action="append", default=[], metavar="DIR",
                     help="another checkout of this project; may be repeated")  # fmt: skip
    one.add_argument("--smoke", action="store_true", help="everything as small as can be")
    one.add_argument("--json", type=Path, default=NEWEST, metavar="FILE", help="for the figures")
    one.add_argument("--record", type=Path, nargs="?", const=compare.HISTORY, metavar="FILE",
                     help="append the figures to those of releases")  # fmt: skip
    one.set_defaults(run=_talk)


def _some(word: str) -> int:
    if int(word) < 1:
        raise ValueError
    return int(word)


def _span(word: str) -> float:
    if not 0 < float(word) < float("inf"):
        raise ValueError
    return float(word)


def _shape(words: str) -> Shape:
    members, senders, burst = map(_some, words.split("x"))
    if not senders <= members > 1:
        raise ValueError
    return Shape(members, senders, burst)


def _talk(options: argparse.Namespace) -> int:
    results = Results(about=compare.about(describe()))
    take_core()
    _open_files()
    with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as directory:
        plan = _plan(options, Path(directory))
        items.run(plan, options.items, results, lambda text: print(text, flush=True))
    for case in results.cases():
        _show(tables.case_rows(results, case))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    results.write(options.json)
    if options.record:
        compare.record(results, options.record)
    _show(tables.ratio_rows(results))
    _show(tables.verdict_rows(results))
    return _conclude([one.target.case for one in judge(results) if not one.passed])


def _add_tls(one: argparse.ArgumentParser) -> None:
    one.add_argument("--smoke", action="store_true", help="everything as small as can be")
    one.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    one.set_defaults(run=_tls)


def _tls(options: argparse.Namespace) -> int:
    return _measured(options, lambda directory, report: tls.run(directory, report, options.smoke))


def _add_siege(one: argparse.ArgumentParser) -> None:
    one.add_argument("--smoke", action="store_true", help="everything as small as can be")
    one.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    whole = siege.Size()
    one.add_argument("--holding", type=int, default=whole.holding, metavar="N",
                     help="slow connections; 0, with --connects 0: leave both out")  # fmt: skip
    one.add_argument("--connects", type=int, default=whole.connects, metavar="N",
                     help="connections that come and go")  # fmt: skip
    one.add_argument("--returning", type=int, default=whole.returning, metavar="N",
                     help="people who come back after a restart, with SCRAM")  # fmt: skip
    one.set_defaults(run=_siege)


def _siege(options: argparse.Namespace) -> int:
    size = siege.Size(
        holding=options.holding, connects=options.connects, returning=options.returning
    )
    size = siege.SMOKE if options.smoke else size
    return _measured(options, lambda directory, report: siege.run(directory, report, size))


def _add_web(one: argparse.ArgumentParser, run: Callable[[Path, Report, bool], None]) -> None:
    one.add_argument("--smoke", action="store_true", help="everything as small as can be")
    one.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")

    def measure(options: argparse.Namespace) -> int:
        return _measured(options, lambda place, report: run(place, report, options.smoke))

    one.set_defaults(run=measure)


def _measured(options: argparse.Namespace, run: Callable[[Path, Report], None]) -> int:
    report = Report()
    take_core()
    _open_files()
    with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as directory:
        run(Path(directory), report)
    if options.json:
        report.write(options.json)
    return _conclude([figure.name for figure in report.figures if figure.verdict == "FAIL"])


def _add_worst(one: argparse.ArgumentParser) -> None:
    one.add_argument("--rows", nargs="+", choices=worst.ROWS, metavar="ROW",
                     help="commands, /commands and questions of the plain door")  # fmt: skip
    one.add_argument("--crowd", action="store_true", help="fifty chat while twenty attack")
    one.add_argument("--attacks", nargs="+", choices=[one.name for one in ATTACKS],
                     metavar="ATTACK", help="of --crowd: only these")  # fmt: skip
    one.add_argument("--smoke", action="store_true", help="everything as small as can be")
    one.add_argument("--markdown", action="store_true", help="the table for docs/performance.md")
    one.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    one.set_defaults(run=_worst)


def _worst(options: argparse.Namespace) -> int:
    open_many_files()
    if options.crowd:
        return _crowd(options)
    with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as directory:
        costs = worst.measure_all(Path(directory), options.rows, options.smoke)
    if options.json:
        worst.write(costs, options.json, **compare.about(describe()))
    table = measure.rows(costs)
    print(tables.markdown(table) if options.markdown else f"\n{tables.plain(table)}")
    return _conclude(list(dict.fromkeys(one.case.row for one in costs if not one.passed)))


def _crowd(options: argparse.Namespace) -> int:
    take_core()
    size = crowd.SMOKE if options.smoke else crowd.Siege()
    with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as directory:
        outcomes = crowd.run(Path(directory), size, options.attacks, worst.say)
    table = crowd.rows(outcomes)
    print(tables.markdown(table) if options.markdown else f"\n{tables.plain(table)}")
    return _conclude([one.name for one in outcomes if not one.passed])


def _open_files() -> None:
    most = open_many_files()
    if most < DESCRIPTORS:
        sys.exit(f"{most} descriptors are too few; allow {DESCRIPTORS}: ulimit -n {DESCRIPTORS}")


def _plan(options: argparse.Namespace, directory: Path) -> Plan:
    absent = [name for name in options.peers if not installed(name)]
    for name in absent:
        print(f"{name} is not installed, and left out")
    peers = [name for name in options.peers if name not in absent]
    if options.smoke:
        return items.smoke(directory, peers, options.server)
    return Plan(
        directory,
        peers,
        options.server,
        rounds=options.rounds,
        turns=options.turns,
        seconds=options.seconds,
        shapes=options.shapes,
    )


def _show(rows: tables.Rows) -> None:
    if len(rows) > 1:
        print(f"\n{tables.plain(rows)}", flush=True)


def _render(options: argparse.Namespace) -> int:
    print(tables.render(Results.read(options.file)))
    return 0


def _current(options: argparse.Namespace) -> int:
    doubts = "is not there"
    if options.file.exists():
        doubts = compare.doubts(Results.read(options.file).about)
    if doubts:
        print(f"{options.file} {doubts}.")
    return 1 if doubts else 0


def _plot(options: argparse.Namespace) -> int:
    if not growth.can_plot():
        print("This needs matplotlib: .venv/bin/pip install -e '.[bench]'", file=sys.stderr)
        return 1
    for file in growth.plot(Results.read(options.file), ROOT / "docs"):
        print(file.relative_to(ROOT))
    return 0


def _compare(options: argparse.Namespace) -> int:
    then = compare.last_recorded(options.recorded)
    if then is None:
        print("No run is recorded yet: scripts/bench.py talk --record")
        return 0
    now = Results.read(options.file)
    if doubts := compare.doubts(now.about):
        print(f"ATTENTION: {options.file} {doubts}.\n")
    for name, run in (("then", then), ("now", now.about)):
        print(f"{name:<5}", run["date"], run["version"], run["commit"], run["machine"])
    _show(compare.comparison(then, now))
    return 0


AFTERWARDS = {  # `compare` is the last, and has one option more
    "render": (_render, "the tables of a run as Markdown"),
    "current": (_current, "whether a run measured what is checked out; 1 if not"),
    "plot": (_plot, "how a run's costs grow, into docs/"),
    "compare": (_compare, "a run with the last that was recorded"),
}


if __name__ == "__main__":
    sys.exit(main())
