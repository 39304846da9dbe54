"""Where the client keeps what outlives a run (XDG Base Directory Specification)."""

import os
from pathlib import Path


def state_directory() -> Path:
    """`$XDG_STATE_HOME/chatroom`; it need not exist."""
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state.startswith("/") else Path.home() / ".local/state") / "chatroom"
