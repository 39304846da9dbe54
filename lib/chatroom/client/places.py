"""Where the client keeps what outlives a run (XDG Base Directory Specification)."""

import os
from pathlib import Path


def state_directory() -> Path:
    """`$XDG_STATE_HOME/chatroom`; it need not exist."""
    return _below("XDG_STATE_HOME", ".local/state")


def config_directory() -> Path:
    """`$XDG_CONFIG_HOME/chatroom`; it need not exist."""
    return _below("XDG_CONFIG_HOME", ".config")


def _below(variable: str, below_home: str) -> Path:
    """A relative path in the variable does not count, as the specification wants."""
    given = os.environ.get(variable, "")
    return (Path(given) if given.startswith("/") else Path.home() / below_home) / "chatroom"
