"""Which Python the Makefile takes: an optimised one if there is one, and always the one named."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from benchmarks import interpreter, machine
from harness import PATIENCE, ROOT

CHOOSE = ROOT / "scripts" / "choose_python.sh"


def python(directory: Path, name: str, says: str) -> str:
    """A program that passes for a Python: it notes that it was called, and says this."""
    file = directory / name
    file.write_text(f'#!/bin/sh\necho "{name} $*" >>"{directory}/called"\n{says}\n')
    file.chmod(0o755)
    return str(file)


def choose(*candidates: str) -> str:
    run = subprocess.run(
        ["sh", str(CHOOSE), *candidates], capture_output=True, text=True, timeout=PATIENCE
    )
    assert run.returncode == 0
    assert run.stderr == ""
    return run.stdout.strip()


@pytest.mark.parametrize(
    ("says", "chosen"),
    [
        (("echo usable", "echo optimised"), 1),
        (("echo optimised", "echo optimised"), 0),
        (("echo usable", "echo usable"), 0),
        (("exit 0", "echo usable"), 1),
        (("echo a traceback >&2; exit 1", "echo usable"), 1),
        (("exit 127", "echo optimised"), 1),
    ],
)
def test_the_best_that_is_found(tmp_path: Path, says: tuple[str, str], chosen: int) -> None:
    """Of several that are as good, the first. One that cannot be used is passed over silently."""
    both = [python(tmp_path, f"python{at}", words) for at, words in enumerate(says)]
    assert choose(*both) == both[chosen]


def test_where_none_can_be_used_it_is_python3(tmp_path: Path) -> None:
    """The Makefile says what is wrong with it."""
    assert choose(python(tmp_path, "old", "exit 1"), str(tmp_path / "absent")) == "python3"


def test_an_optimised_one_is_asked_first_and_alone(tmp_path: Path) -> None:
    choose(python(tmp_path, "good", "echo optimised"), python(tmp_path, "other", "echo optimised"))
    assert (tmp_path / "called").read_text().split()[0::3] == ["good"]


def test_this_one_can_be_used() -> None:
    """It runs the tests out of such an environment."""
    assert choose(sys.executable) == sys.executable


@pytest.mark.parametrize(
    ("arguments", "use", "optimised"),
    [
        ("'--enable-optimizations' '--with-lto'", "-fprofile-use", True),
        ("'--enable-optimizations'", "-fprofile-use", True),
        ("'--with-lto=full'", "-fprofile-use", True),
        ("'--with-lto=no'", "-fprofile-use", False),
        ("'--enable-shared'", "-fprofile-use -fprofile-correction", False),
        ("'--enable-shared' '--with-dtrace'", "", True),  # Debian's
    ],
)
def test_how_a_python_was_built(
    monkeypatch: pytest.MonkeyPatch, arguments: str, use: str, optimised: bool
) -> None:
    told = {"CONFIG_ARGS": arguments, "PGO_PROF_GEN_FLAG": "-fprofile-generate"}
    told["PGO_PROF_USE_FLAG"] = use
    monkeypatch.setattr(sysconfig, "get_config_var", told.get)
    assert interpreter.is_optimised() is optimised
    assert interpreter.describe().endswith(", optimised" if optimised else ", not optimised")


def test_nothing_is_known_of_how_it_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on systems that build without `configure`."""
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _name: None)
    assert not interpreter.is_optimised()


@pytest.mark.parametrize("module", ["sqlite3", "ssl", "venv", "ensurepip"])
def test_one_that_was_built_without_something(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without SQLite there is no server, without ssl pip fetches nothing."""
    assert interpreter.is_usable()
    monkeypatch.setitem(sys.modules, module, None)
    assert not interpreter.is_usable()


def test_a_benchmark_records_it() -> None:
    assert interpreter.describe() in machine.describe()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile, with a python3 that makes what the rules need."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    scripts = ("choose_python.sh", "choose_environment.sh", "benchmarks/interpreter.py")
    for name in ("Makefile", *(f"scripts/{each}" for each in scripts)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("python3", "mine"):
        python(tmp_path, name, "case $* in *interpreter.py*) echo optimised;; esac; mkdir -p .venv")
    return tmp_path


def made(checkout: Path, *arguments: str) -> list[str]:
    """Which programs `make` called for its environment."""
    run = subprocess.run(
        ["make", ".venv/.made", *arguments],
        cwd=checkout,
        env={"PATH": f"{checkout}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    called = checkout / "called"
    return [line.split()[0] for line in called.read_text().splitlines()] if called.exists() else []


def test_make_takes_the_one_that_was_chosen(checkout: Path) -> None:
    assert set(made(checkout)) == {"python3"}


def test_make_takes_the_one_that_is_named(checkout: Path) -> None:
    """And does not look for others."""
    assert set(made(checkout, "PYTHON=mine")) == {"mine"}


def test_make_keeps_an_environment_that_is_there(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / ".made").touch()
    assert made(checkout) == []


def test_another_python_gets_an_environment_of_its_own(checkout: Path) -> None:
    """Unless .venv has that version. A name that is no Python is left to the rule that says so."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    for place, version in ((checkout / ".venv" / "bin", "3.11"), (checkout, "3.11")):
        python(place, "python", f"echo {version}")
    python(checkout, "mine", "echo 3.13")
    chosen = {
        name: subprocess.run(
            ["sh", "scripts/choose_environment.sh", name],
            cwd=checkout,
            env={"PATH": f"{checkout}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        for name in ("mine", "python", "nosuch")
    }
    assert chosen == {"mine": "build/venv-3.13\n", "python": ".venv\n", "nosuch": ".venv\n"}


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize("stamp", [".runtime", ".dev"])
def test_packages_that_cannot_be_fetched(checkout: Path, stamp: str, shown: bool) -> None:
    """One sentence; what pip says is in a file, or shown when that is asked for."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    python(checkout / ".venv" / "bin", "python", "echo a wall of errors; echo more >&2; exit 1")
    made_before = [".made"] if stamp == ".runtime" else [".made", ".runtime"]
    (checkout / "pyproject.toml").touch()
    for name in made_before:
        (checkout / ".venv" / name).touch()
    run = subprocess.run(
        ["make", f".venv/{stamp}", *(["V=1"] if shown else [])],
        cwd=checkout,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert run.returncode == 2
    sentence, make = run.stderr.splitlines()[-2:]
    assert "cannot be installed: is this machine online?" in sentence
    assert "PIP_NO_INDEX=1 PIP_FIND_LINKS=/that/directory make" in sentence
    assert make.startswith("make: ***")
    assert ("a wall of errors" in run.stdout) is shown
    assert len(run.stderr.splitlines()) == (3 if shown else 2)
    if not shown:
        assert (checkout / "build" / "pip.log").read_text() == "a wall of errors\nmore\n"
    assert not (checkout / ".venv" / stamp).exists()
