"""A client, or any program, in a terminal of its own, for tests that look at it like a person."""

import os
import re
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect

from end_to_end.glass import Glass
from harness import CLIENT, PATIENCE, ROOT


class Terminal:
    """`chatroom_client.py` in a terminal; `glass` is what a person sees."""

    def __init__(
        self,
        *arguments: str,
        directory: Path | None = None,
        environment: dict[str, str] | None = None,
        columns: int = 80,
        program: Path = CLIENT,
    ) -> None:
        self._state = tempfile.TemporaryDirectory()  # nobody's own line history
        self.glass = Glass(columns, answer=lambda data: self.child.send(data))
        self.child = pexpect.spawn(
            sys.executable,
            [str(program), *arguments],
            cwd=str(directory) if directory else None,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT / "lib"),
                "TERM": "xterm",
                "XDG_STATE_HOME": self._state.name,
                "NO_COLOR": "1",
                **(environment or {}),
            },
            dimensions=(24, columns),
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self.child.delaybeforesend = None
        self.child.logfile_read = self.glass

    def say(self, *lines: str) -> Self:
        """Type these lines, each with Enter."""
        for line in lines:
            self.child.sendline(line)
        return self

    def see(self, *patterns: str) -> Self:
        """Wait until each of these has come, in this order."""
        for pattern in patterns:
            try:
                self.child.expect(pattern)
            except (pexpect.TIMEOUT, pexpect.EOF):
                message = f"no {pattern!r} on the screen:\n{self.glass.everything()}"
                raise AssertionError(message) from None
        return self

    def found(self, pattern: str) -> str:
        """Wait for this, and return its first group."""
        self.see(pattern)
        assert isinstance(self.child.match, re.Match)
        return str(self.child.match[1])

    def press(self, key: str) -> Self:
        """Ctrl and this key."""
        self.child.sendcontrol(key)
        return self

    def status(self) -> int:
        """The exit status, once the program has ended."""
        self.see_end()
        self.child.close()
        assert self.child.exitstatus is not None, f"killed by signal {self.child.signalstatus}"
        return int(self.child.exitstatus)

    def see_end(self) -> None:
        """Wait for the end of the program's output."""
        try:
            self.child.expect(pexpect.EOF)
        except pexpect.TIMEOUT:
            message = f"it does not end:\n{self.glass.everything()}"
            raise AssertionError(message) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.child.close(force=True)
        self._state.cleanup()
