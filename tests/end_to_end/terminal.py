"""A client, or any program, in a terminal of its own, for tests that look at it like a person."""

import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect

import warm
from end_to_end.glass import Glass
from harness import CLIENT, PATIENCE, ROOT, wait_until

READ_CHARACTERS = 65536

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;]*)?\Z")


class _Unstyled(warm.Spawn):
    """A program whose words are looked at, be they bold or not; its log has it all."""

    _held = ""

    def read_nonblocking(self, size: int = 1, timeout: float | None = -1) -> str:
        data = self._held + super().read_nonblocking(size, timeout)
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished else len(data)
        self._held = data[end:]
        return _STYLE.sub("", data[:end])


class Terminal:
    """`chatroom_client.py`, or another program, in a terminal; `glass` is what a person sees.

    `state` is the directory of what it keeps between runs, else one that nobody else uses.
    """

    def __init__(
        self,
        *arguments: str,
        directory: Path | None = None,
        environment: dict[str, str] | None = None,
        state: Path | None = None,
        columns: int = 80,
        program: Path = CLIENT,
        command: Sequence[str] = (),
    ) -> None:
        self._state = tempfile.TemporaryDirectory()  # not what another test keeps
        config = Path(self._state.name, "chatroom", "client.toml")
        config.parent.mkdir()
        config.write_text("offer = false\n")
        self.glass = Glass(columns, answer=lambda data: self.child.send(data))
        styled = (environment or {}).get("NO_COLOR") == ""
        self.child = (warm.Spawn if styled else _Unstyled)(
            command[0] if command else sys.executable,
            [*command[1:], *arguments] if command else [str(program), *arguments],
            cwd=str(directory) if directory else None,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT / "lib"),
                "TERM": "xterm",
                "XDG_STATE_HOME": str(state or self._state.name),
                "XDG_CONFIG_HOME": self._state.name,
                "NO_COLOR": "1",
                **(environment or {}),
            },
            dimensions=(24, columns),
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = 0.01
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

    def stands(self, *rows: str) -> Self:
        """Wait until these rows are the last on the screen, with a bar for the cursor."""
        wanted = "\n".join(rows)
        while not f"\n{self.glass.picture()}".endswith(f"\n{wanted}"):
            try:
                self.child.read_nonblocking(READ_CHARACTERS, PATIENCE)
            except (pexpect.TIMEOUT, pexpect.EOF):
                message = f"not as it should be:\n{wanted}\nbut:\n{self.glass.picture()}"
                raise AssertionError(message) from None
        return self

    def keys(self, text: str) -> Self:
        """Type this, without Enter."""
        self.child.send(text)
        return self

    def paste(self, text: str) -> Self:
        """Paste it, as terminals do in bracketed paste mode."""
        return self.keys(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, height: int = 24) -> Self:
        """Have a window of another size."""
        self.glass.resize(columns, height)
        self.child.setwinsize(height, columns)
        return self

    def press(self, key: str) -> Self:
        """Ctrl and this key."""
        self.child.sendcontrol(key)
        return self

    def status(self) -> int:
        """The exit status, once the program has ended."""
        self.see_end()
        wait_until(lambda: not self.child.isalive())
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
