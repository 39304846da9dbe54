"""Where the files and directories of the server are, if nobody names them."""

import os
import stat
from pathlib import Path

from chatroom.server.config.options import Options
from chatroom.server.config.variables import CONFIG_VARIABLE


def config_file(options: Options) -> Path | None:
    """The named file, even if it does not exist, or else the default file if it exists."""
    if options.config:
        return options.config
    if named := os.environ.get(CONFIG_VARIABLE):
        return expanded(named)
    directory = _xdg("XDG_CONFIG_HOME", ".config")
    default = directory and directory / "chatroom" / "chatroom.toml"
    return default if default and _is_file(default) else None


def _is_file(path: Path) -> bool:
    """Whether the file exists, as far as this user can see: HOME may belong to another user."""
    return os.path.isfile(path)  # noqa: PTH113  Path.is_file raises PermissionError


def state_directory() -> Path | None:
    """The data directory: that of systemd, or else the one for this user's programs."""
    # systemd separates several directories by colons (systemd.exec, StateDirectory=)
    if given := os.environ.get("STATE_DIRECTORY", "").split(":")[0]:
        return Path(given)
    directory = _xdg("XDG_STATE_HOME", ".local/state")
    return directory and directory / "chatroom"


def _xdg(variable: str, below_home: str) -> Path | None:
    """A base directory. A relative path is ignored, as the specification requires."""
    given = Path(os.environ.get(variable, ""))
    if given.is_absolute():
        return given
    home = expanded("~")
    return home / below_home if home.is_absolute() else None


def expanded(text: str) -> Path:
    """A path that may begin with `~`."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # no such user, or a service account without a home
        return Path(text)


def others_can_read(file: Path) -> bool:
    """Whether the group, or everybody, may read the file."""
    return bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
