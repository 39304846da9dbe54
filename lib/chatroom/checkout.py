"""How the start scripts of a checkout find a Python that has what Chatroom needs.

`make` sets up .venv beside the scripts, but `python3 chatroom_client.py` takes the system's Python,
which lacks our packages. Then the script starts again with the Python of .venv. This file has to be
understood by Pythons that are too old for the rest (3.6 and newer).
"""

import os
import signal
import sys
from pathlib import Path

OLDEST = (3, 11)

_TRIED = "_CHATROOM_STARTED_AGAIN"
"""The variable with the process that has started again: a .venv may be broken in any way."""


def start(script: str, part: str) -> int:
    """Run the `part` ("server" or "client") of Chatroom; its exit status.

    `script` is the path of the start script. Does not return when it starts again.
    """
    file = Path(script).resolve()
    python = file.parent / ".venv" / "bin" / "python"
    if sys.version_info < OLDEST:
        _start_again(python)
        version = ".".join(map(str, sys.version_info[:2]))
        return _complain(file, part, f"it needs Python 3.11 or newer, and this is {version}")
    try:
        main = __import__(f"chatroom.{part}.main", fromlist=["main"]).main
        return int(main())
    except KeyboardInterrupt:  # while all that is imported
        return 128 + signal.SIGINT
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing == "chatroom":
            raise  # our own mistake
        _start_again(python)
        if missing in getattr(sys, "stdlib_module_names", ()):
            return _complain(file, part, f"{sys.executable} was built without {missing}")
        return _complain(file, part, f"the package {missing} is missing")


def _start_again(python: Path) -> None:
    """Become this Python, with the same arguments. Returns where that would change nothing."""
    this_process = str(os.getpid())  # which stays the same
    if os.environ.pop(_TRIED, "") == this_process or not os.access(str(python), os.X_OK):
        return
    if Path(sys.prefix).resolve() == python.parent.parent:
        return  # it is this one
    os.environ[_TRIED] = this_process
    options_and_arguments = getattr(sys, "orig_argv", [sys.executable, *sys.argv])[1:]
    try:
        os.execv(str(python), [str(python), *options_and_arguments])
    except OSError:
        return


def _complain(script: Path, part: str, trouble: str) -> int:
    print(f"{script.name}: {trouble}; run: make run-{part}", file=sys.stderr)
    return 1
