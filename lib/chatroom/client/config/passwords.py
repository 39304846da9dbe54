"""Passwords from a file, or from the command of a password manager.

A password is never an argument, which everybody on the machine can see, and never part of an error
message. Errors of the system become PasswordError.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

COMMAND_SECONDS = 60.0
"""Seconds: enough to unlock a password manager by hand."""


class PasswordError(Exception):
    """There is no password; `str()` says why."""


def first_line(text: str) -> str:
    """The first line of a file, or of a command's output: the password."""
    return (text.splitlines() or [""])[0]


def from_file(path: Path) -> str:
    """Read the first line of a file. Raises PasswordError."""
    try:
        return first_line(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise PasswordError(f"{path}: {error.strerror}") from None


def from_command(command: Sequence[str]) -> str:
    """Run a command and read the first line of its output.

    The command may ask the person for something. Raises PasswordError.
    """
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        why = f"it took longer than {COMMAND_SECONDS:.0f} seconds"
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
    else:
        password = first_line(done.stdout.decode("utf-8", "replace"))
        if done.returncode == 0 and password:
            return password
        why = "it printed nothing" if done.returncode == 0 else f"exit status {done.returncode}"
    raise PasswordError(f"password_command {command[0]}: {why}")
