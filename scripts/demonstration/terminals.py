"""Programs in terminals of their own, and what each of them shows."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pexpect

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 15
"""Seconds to wait for what must come."""

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]|\x1b\].*?(?:\a|\x1b\\)|[\r\a]")
ERASED = "\x1b[J"
"""What a client writes before a line: its input line stood there until now."""


class Missing(Exception):
    """Something did not come; `str()` says what, and where it should have stood."""


class Watcher(Protocol):
    """Is told what a terminal shows; pexpect writes into it."""

    def write(self, text: str) -> None:
        """Take in what came."""

    def flush(self) -> None:
        """Nothing more comes for now."""


class Printer:
    """Prints what one terminal shows, line by line."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._unfinished = ""

    def write(self, text: str) -> None:
        """Print the lines that are whole now, as they stand after all erasing."""
        *lines, self._unfinished = (self._unfinished + text).split("\n")
        for line in lines:
            shown = CONTROL.sub("", line.rpartition(ERASED)[2])
            if shown:
                print(f"{self._name:>7} | {shown}")

    def flush(self) -> None:
        """Everything whole has been printed; a line that is not stays."""
        sys.stdout.flush()


_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;]*)?\Z")


class Watchers:
    """Several, as one."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    def write(self, text: str) -> None:
        """Each of them takes it in."""
        for watcher in self._watchers:
            watcher.write(text)

    def flush(self) -> None:
        """Each of them."""
        for watcher in self._watchers:
            watcher.flush()


class Unstyled(pexpect.spawn):  # type: ignore[misc]
    """A program whose words are waited for, be they bold or not; watchers see it all."""

    _held = ""

    def read_nonblocking(self, size: int = 1, timeout: float | None = -1) -> str:
        """What has come, without SGR sequences; one that is not whole yet waits."""
        data = self._held + super().read_nonblocking(size, timeout)
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished else len(data)
        self._held = data[end:]
        return _STYLE.sub("", data[:end])


class Terminal:
    """A program in a terminal of its own, that keeps what it keeps in the directory `state`.

    `size` is (rows, columns).
    """

    def __init__(
        self,
        name: str,
        state: Path,
        *command: str,
        size: tuple[int, int] = (24, 120),
        environment: dict[str, str] | None = None,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        self.name = name
        styled = (environment or {}).get("NO_COLOR") == ""
        self._child = (pexpect.spawn if styled else Unstyled)(
            sys.executable,
            [str(ROOT / command[0]), *command[1:]],
            env={
                **os.environ,
                "TERM": "xterm",
                "NO_COLOR": "1",
                "XDG_STATE_HOME": str(state),
                "XDG_CONFIG_HOME": str(state),
                **(environment or {}),
            },
            dimensions=size,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self._child.delaybeforesend = None
        self._child.logfile_read = Watchers((Printer(name), *watchers))

    def types(self, line: str) -> None:
        """A line and Enter."""
        self._child.sendline(line)

    def presses(self, keys: str) -> None:
        """Keys, without Enter."""
        self._child.send(keys)

    def sees(self, pattern: str) -> str:
        """Wait for it; its first group, or all of it. Raises Missing."""
        try:
            self._child.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise Missing(f"{self.name} never saw: {pattern}") from None
        match = self._child.match
        return str(match[1] if match.re.groups else match[0])

    def looks(self, seconds: float = 0) -> None:
        """Show what there is by now, and what comes for so long."""
        self._child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=seconds)

    def stops(self) -> None:
        """Ctrl-C, and what is still to be shown."""
        self._child.sendcontrol("c")
        self.ends()

    def ends(self) -> None:
        """The program ends by itself, without a complaint. Raises Missing."""
        try:
            self._child.expect(pexpect.EOF)
        except pexpect.TIMEOUT:
            raise Missing(f"{self.name} never came to an end") from None
        self._child.close()
        if self._child.exitstatus:
            raise Missing(f"{self.name} ended with status {self._child.exitstatus}, not 0")

    def close(self) -> None:
        """However it stands."""
        self._child.close(force=True)
