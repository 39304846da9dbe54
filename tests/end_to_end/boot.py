"""A systemd of one's own, in namespaces, with the units of deploy/: `boot_systemd.sh` boots it, and
`systemd_probe.py` runs beside it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from harness import ROOT, wait_until

HERE = Path(__file__).parent
NAMESPACES = ("--pid", "--mount", "--net", "--uts", "--ipc", "--cgroup")
MADE = ("init.scope", "system.slice")
"""The control groups that a systemd makes below its own."""


def skip_unless_it_boots() -> None:
    """Skip the test where a second systemd cannot run, or might disturb the first."""
    if os.geteuid() != 0:
        pytest.skip("only root can boot a systemd")
    if Path("/run/systemd/system").exists():
        pytest.skip("systemd runs here already, and both would use the same control groups")
    if not (shutil.which("unshare") and os.access("/lib/systemd/systemd", os.X_OK)):
        pytest.skip("systemd, or unshare, is not installed")
    if not os.access("/usr/bin/python3", os.X_OK):
        pytest.skip("there is no /usr/bin/python3, which the unit runs")


@contextmanager
def _control_groups() -> Iterator[None]:
    """Remove what it leaves behind."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    tops = [Path(words[1]) for words in mounts if words[2] == "cgroup2"]
    own = Path("/proc/self/cgroup").read_text().rpartition("0::/")[2].split("\n")[0]
    new = [top / own / name for top in tops for name in MADE if not (top / own / name).exists()]
    try:
        yield
    finally:
        wait_until(lambda: all(map(_remove, new)))


def _remove(group: Path) -> bool:
    """Remove a control group and those below it. Returns False while a process is in one."""
    for directory in sorted(group.glob("**/"), reverse=True):
        with suppress(OSError):
            directory.rmdir()
    return not group.exists()


def what_systemd_does(archive: Path, place: Path) -> dict[str, Any]:
    """What the probe finds out; skips the test if it cannot boot."""
    skip_unless_it_boots()
    for name in ("box", "out"):
        (place / name).mkdir()
    script: list[str | Path] = ["sh", HERE / "boot_systemd.sh", place, archive, ROOT / "deploy"]
    command = ["unshare", "--fork", "--kill-child", *NAMESPACES, *script]
    found, log = place / "out" / "found", place / "log"
    with (
        _control_groups(),
        log.open("wb") as file,
        subprocess.Popen(
            [*command, HERE / "systemd_probe.py"], stdin=subprocess.DEVNULL, stderr=file
        ) as systemd,
    ):
        try:
            wait_until(lambda: found.exists() or systemd.poll() is not None)
        finally:
            systemd.kill()
    if not found.exists():
        pytest.skip(f"a systemd does not boot here: {log.read_text()}")
    result: dict[str, Any] = json.loads(found.read_text())
    return result
