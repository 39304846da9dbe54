"""Each target of this directory, for a moment; `make fuzz` runs them for minutes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from examples import examples
from fuzzing import targets
from harness import ROOT

USUAL = {
    "config": 80,
    "doors": 6,
    "foreign_history": 150,
    "history_import": 10,
    "hostile_scripts": 12,
    "hostile_server": 25,
    "http_requests": 60,
    "hosts_file": 100,
    "mdns_packets": 60,
    "proxy_header": 60,
    "sasl": 150,
    "scram": 100,
    "tags": 150,
    "tls_records": 40,
    "web_visitors": 120,
    "websocket": 40,
    "wire_parser": 30,
}
"""Examples of each in the usual run: a tenth to half a second."""


def test_every_target_is_run() -> None:
    assert targets.names() == sorted(USUAL)


@pytest.fixture(autouse=True)
def _nobodys_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield


@pytest.mark.parametrize("name", USUAL)
def test_nothing_is_found(name: str) -> None:
    once = targets.load(name)
    for number in range(examples(USUAL[name])):
        targets.example(once, f"1/{number}")


def test_a_fault_is_shown_with_its_seed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And that seed makes the same example again, alone."""

    def broken(random: Random) -> None:
        assert random.randrange(20) != 7, "seven"

    monkeypatch.setattr(targets, "load", lambda _name: broken)
    assert targets.run("broken", "5", 60)
    out, errors = capsys.readouterr()
    assert "seven" in errors
    seed = out.split("--seed ")[1].strip()
    with pytest.raises(AssertionError, match="seven"):
        targets.example(broken, seed)
    assert targets.run("broken", seed, 60)
    assert seed in capsys.readouterr().out


def test_the_command_runs_some_for_a_while() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "fuzz.py"), "tags", "sasl"]
    done = subprocess.run(
        [*command, "--seconds", "0.05", "--seed", "3"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    tags, sasl = done.stdout.splitlines()
    assert tags.startswith("tags: ")
    assert sasl.startswith("sasl: ")
    assert sasl.endswith("no fault (seed 3)")
