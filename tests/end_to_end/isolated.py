"""Runs programs on a machine that has next to nothing: no network, no home, nothing to write to."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_NOTHING = """
mount --bind "$1" "$1" &&
for place in / /tmp /var/tmp /dev/shm; do
    ! mountpoint -q "$place" || mount -o remount,bind,ro "$place" || exit
done &&
shift && cd / && exec "$@"
"""
"""In a mount namespace: everything but one directory can only be read."""

_TRIED = 'touch "$0/x" && ! touch /x /tmp/x /var/tmp/x /dev/shm/x "$0/../x" 2>/dev/null'


def isolated(directory: Path) -> list[str]:
    """The words before a command that may write to this directory only, reach no network, and has
    no environment but PATH. Skips the test where such a process cannot be made."""
    prefix = ["unshare", "--user", "--map-root-user", "--mount", "--net"]
    prefix += ["sh", "-c", _NOTHING, "sh", str(directory)]
    prefix += ["env", "-i", f"PATH={os.environ['PATH']}"]
    tried = shutil.which("unshare") and subprocess.run(
        [*prefix, "sh", "-c", _TRIED, str(directory)], stderr=subprocess.PIPE
    )
    if not tried or tried.returncode:
        pytest.skip(f"namespaces cannot be made: {tried and tried.stderr.decode()}")
    return prefix
