"""The directories of the client's files (XDG Base Directory Specification).

They are None if neither a variable nor the system knows a home directory, as in containers that run
under any user's number.
"""

import os
from pathlib import Path

NO_HOME = "there is no home directory, and XDG_CONFIG_HOME and XDG_STATE_HOME are not set"
"""Why nothing can be saved, as a part of a sentence."""


def state_directory() -> Path | None:
    """`$XDG_STATE_HOME/chatroom`; it need not exist."""
    return _below("XDG_STATE_HOME", ".local/state")


def config_directory() -> Path | None:
    """`$XDG_CONFIG_HOME/chatroom`; it need not exist."""
    return _below("XDG_CONFIG_HOME", ".config")


def _below(variable: str, below_home: str) -> Path | None:
    """A relative path in the variable is ignored, as the specification requires."""
    given = os.environ.get(variable, "")
    if given.startswith("/"):
        return Path(given) / "chatroom"
    try:
        return Path.home() / below_home / "chatroom"
    except RuntimeError:
        return None
