"""The files of deploy/ for operators, checked by the programs that they are for."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import ROOT

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
