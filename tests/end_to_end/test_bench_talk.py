"""`scripts/bench.py talk` runs to its end, and measures what it should. How fast, no test asks."""

import json
import os
import select
import subprocess
import sys
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest

import bench as bench_program
from benchmarks.crowd import Shape
from benchmarks.servers import Floor
from benchmarks.turns import Contender, orders
from end_to_end import inside
from harness import PATIENCE, ROOT

Figures = dict[tuple[str, str, str], list[float]]


BENCH = [sys.executable, str(ROOT / "scripts" / "bench.py")]


def bench(*arguments: str) -> str:
    """What it prints."""
    status, out, errors = inside.run(bench_program.main, *arguments)
    assert status in (0, 1), errors  # 1: some target was missed
    return out


def figures(file: Path) -> Figures:
    """What it measured."""
    content: dict[str, Any] = json.loads(file.read_text())
    return {
        (one["case"], one["server"], one["metric"]): one["values"] for one in content["figures"]
    }


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the figures and the record of everything, as small as can be."""
    directory = tmp_path_factory.mktemp("smoke")
    kept = ("--json", str(directory / "talk.json"), "--record", str(directory / "kept.jsonl"))
    # InspIRCd lets people in once a second, which everything would wait for.
    bench("talk", "--smoke", "--peers", "ngircd", *kept)
    return directory


def test_fan_out_side_by_side(tmp_path: Path) -> None:
    """Our server, another checkout, the peers that are installed, and the floor."""
    file = tmp_path / "figures.json"
    checkout = ("--server", str(ROOT))
    said = bench("talk", "--smoke", "--items", "fan-out", *checkout, "--json", str(file))
    servers = {server for _, server, _ in figures(file)}
    assert servers >= {"chatroom", f"chatroom in {ROOT.name}", "floor"}
    for peer in ("inspircd", "ngircd"):
        assert (peer in servers) != (f"{peer} is not installed, and left out" in said)


def test_everything_is_measured(smoke: Path) -> None:
    """Each item of the benchmark, of our server."""
    found = figures(smoke / "talk.json")
    for case, metric in (
        ("fan-out 5 x 2 x 3", "CPU us/delivery"),
        ("two people", "step p99 ms"),
        ("5 x 2 x 3, a third each", "CPU us/delivery"),
        ("5 x 2 x 3, the plain door", "CPU us/delivery"),
        ("10 enter a room", "s"),
        ("a registration", "us"),
        ("a registration beside 200 MONITOR entries", "us"),
        ("into a room of 10 with metadata", "us"),
        ("growth, members of a room: 10", "CPU us/delivery"),
        ("growth, rooms of 10 talking: 1", "CPU us/delivery"),
        ("growth, idle connections beside 100: 100", "CPU us/delivery"),
        ("5 x 2 x 3 paced", "delay p99.9 ms"),
        ("20 idle connections", "bytes each"),
        ("20 answer one PING each 1 s", "PINGs each"),
        ("fan-out 5 x 2 x 3 among 20", "CPU us/delivery"),
        ("5 x 2 x 3, one each 0.01 s", "CPU us/message"),
        ("5 x 2 x 3, cold caches", "main thread us/message"),
    ):
        assert found[case, "chatroom", metric][0] > 0, case


def test_what_workers_do_later_is_counted(tmp_path: Path) -> None:
    """All turns share it: each costs as much more than its main thread. Others do all at once."""
    file = tmp_path / "figures.json"
    shape = ("--items", "fan-out", "--shapes", "5x2x100", "--peers")
    bench("talk", *shape, "--rounds", "1", "--turns", "3", "--json", str(file))
    found = figures(file)
    later = {}
    for server in ("chatroom", "floor"):
        cpu = found["fan-out 5 x 2 x 100", server, "CPU us/delivery"]
        main = found["fan-out 5 x 2 x 100", server, "of it main thread"]
        later[server] = {round(all_ - its, 6) for all_, its in zip(cpu, main, strict=True)}
        assert len(cpu) == 3
    assert later["floor"] == {0.0}
    (share,) = later["chatroom"]
    assert share > 0


def test_everyone_takes_turns_behind_everyone_else(tmp_path: Path) -> None:
    """And as often as all others."""
    shape = Shape(1, 1, 1)
    with Floor(tmp_path, shape) as floor, floor.visitors() as nobody:
        contenders = [Contender(name, floor, nobody, shape) for name in "abc"]
        turns = [[each.case for each in order] for order in orders(contenders, 20)]
    assert {tuple(sorted(turn)) for turn in turns} == {("a", "b", "c")}
    neighbours = set(pairwise(chain.from_iterable(turns)))
    assert {("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("c", "a"), ("c", "b")} <= neighbours


@pytest.mark.parametrize(
    "wrong",
    [("--turns", "0"), ("--seconds", "0"), ("--rounds", "-1"), ("--shapes", "1x1x1")],
)
def test_nothing_to_measure(
    wrong: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is refused before anything is started."""
    monkeypatch.setattr(sys, "argv", ["bench.py", "talk", *wrong])
    with pytest.raises(SystemExit) as end:
        bench_program.main()
    assert end.value.code == 2
    assert f"argument {wrong[0]}: invalid" in capsys.readouterr().err


def test_servers_end_with_a_benchmark_that_is_stopped(tmp_path: Path) -> None:
    """By TERM, as by Ctrl-C."""
    what = ("--items", "fan-out", "--shapes", "5x1x1", "--peers", "--json", str(tmp_path / "f"))
    with subprocess.Popen([*BENCH, "talk", *what], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        assert run.stdout.readline() == "round 1 of 5: fan-out\n"  # our server is there
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        assert children
        ends = [os.pidfd_open(int(pid)) for pid in children]
        run.terminate()
        assert run.wait(PATIENCE) == 143
    for end in ends:
        assert select.select([end], [], [], PATIENCE)[0], "it still runs"
        os.close(end)


def test_a_run_as_markdown(smoke: Path) -> None:
    """For docs/performance.md."""
    assert "| fan-out 5 x 2 x 3 | " in bench("render", str(smoke / "talk.json"))


def test_a_run_is_recorded(smoke: Path) -> None:
    """One line each, with all medians."""
    (line,) = (smoke / "kept.jsonl").read_text().splitlines()
    kept = json.loads(line)
    assert {"date", "version", "commit", "machine"} < kept.keys()
    assert kept["figures"]["two people | chatroom | step p50 ms"] > 0


def test_a_run_is_compared_with_the_last_that_was_recorded(smoke: Path) -> None:
    """Here with itself: each figure as it was, as it is, and the change."""
    said = bench("compare", str(smoke / "talk.json"), "--recorded", str(smoke / "kept.jsonl"))
    (line,) = [line for line in said.splitlines() if line.startswith("two people, step p50 ms")]
    _, then, now, change = line.rsplit(maxsplit=3)
    assert (then, change) == (now, "1")


def test_a_run_of_another_commit_is_not_taken_for_this_one(smoke: Path) -> None:
    """`make bench-compare` measures anew, and `compare` says which commits it holds together."""
    run = json.loads((smoke / "talk.json").read_text())
    run["about"]["commit"] = "0123456"
    older = smoke / "older.json"
    older.write_text(json.dumps(run))
    doubts = f"{older} was measured at 0123456, but checked out is "
    assert bench("current", str(older)).startswith(doubts)
    said = bench("compare", str(older), "--recorded", str(smoke / "kept.jsonl"))
    assert said.startswith(f"ATTENTION: {doubts}")
