"""The files of deploy/ for operators, checked by the programs that they are for."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness import PATIENCE, ROOT

DEPLOY = ROOT / "deploy"
UNITS = [DEPLOY / "chatroom.service", DEPLOY / "chatroom.socket"]

MOST_EXPOSED = 20
"""Tenths of systemd's figure for what a service could do if somebody took it over."""


def program(name: str) -> str:
    """The path of a program; skips the test where it is not installed."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def check(*command: object) -> str:
    """Run a check, which has to succeed. Returns what it says."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.foreign
def test_systemd_understands_the_units() -> None:
    assert check(program("systemd-analyze"), "verify", *UNITS) == ""


@pytest.mark.foreign
def test_the_service_is_confined() -> None:
    words = ("security", "--offline=true", f"--threshold={MOST_EXPOSED}", UNITS[0])
    check(program("systemd-analyze"), *words)


def test_the_service_comes_back_by_itself() -> None:
    """After a crash, but not after a stop (exit status 0) or wrong usage (2)."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNITS[0])
    service = unit["Service"]
    assert (service["Type"], service["Restart"]) == ("notify", "on-failure")
    assert service["RestartPreventExitStatus"] == "2"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert Path(service["ExecStart"].split()[1]).name == "chatroom.pyz"


# Containers


EARLY = """
import os, signal, sys
from chatroom import __main__ as program

def begin(_name):
    os.kill(os.getpid(), signal.SIGTERM)
    sys.exit("the signal was ignored")

program.import_module = begin
sys.argv = ["chatroom.pyz", "server"]
sys.exit(program.main())
"""


def test_a_container_that_is_stopped_while_it_starts() -> None:
    """The kernel drops signals for process 1 of a container that it does not handle."""
    prefix = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"]).returncode:
        pytest.skip("namespaces cannot be made")
    command = [*prefix, sys.executable, "-c", EARLY]
    environment = {"PYTHONPATH": str(ROOT / "lib")}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (143, b"")


def test_the_container_file_copies_what_exists() -> None:
    """Each COPY and each path in it is of this checkout."""
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--" not in line]
    assert copied
    assert not [name for names in copied for name in names if not (ROOT / name).exists()]


# Proxies: test_proxies.py runs them


@pytest.mark.foreign
def test_caddy_understands_its_example() -> None:
    words = ("validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile")
    assert "Valid configuration" in check(program("caddy"), *words)
