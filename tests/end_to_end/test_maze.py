"""One message passes no more calls and files than DEVELOPING.md says: a hub would be seen here."""

import re
import subprocess
import sys

from harness import PATIENCE, ROOT

ROW = re.compile(r"^ *(\w+, \w+ to \w+) +(\d+) calls +(\d+) files", re.MULTILINE)
SLACK = 10
"""Calls: Python's versions count some comprehensions, and others do not."""


def test_the_way_of_one_message() -> None:
    page = (ROOT / "DEVELOPING.md").read_text()
    told = {which: (int(calls), int(files)) for which, calls, files in ROW.findall(page)}
    command = [sys.executable, str(ROOT / "scripts" / "maze.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    found = {which: (int(calls), int(files)) for which, calls, files in ROW.findall(done.stdout)}
    assert len(told) == 3
    assert found.keys() == told.keys()
    for which, (calls, files) in found.items():
        assert calls <= told[which][0] + SLACK, which
        assert files <= told[which][1], which
