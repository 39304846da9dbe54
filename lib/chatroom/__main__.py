"""Runs the server or the client: `python3 chatroom.pyz server`, or `python3 -m chatroom client`.

chatroom.pyz is one file with all packages that Chatroom needs (`make zipapp`). Python imports from
it without unpacking it, so it runs from a directory that cannot be written to.
"""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path

PARTS = ("server", "client")

USAGE = """\
usage: {program} server [OPTION]...      run the server, or one of its tools
       {program} client [HOST [PORT]]    talk in a chat room; further commands are for scripts

`{program} server --help` and `{program} client --help` list everything.
"""

FINE, WRONG_USAGE = 0, 2


def main() -> int:
    """The program. Returns the exit status."""
    program = _program()
    part, words = sys.argv[1:2], sys.argv[2:]
    if part and part[0] in PARTS:
        sys.argv = [f"{program} {part[0]}", *words]  # the help of either begins with its name
        return _run(part[0])
    if part in (["-h"], ["--help"]):
        print(USAGE.format(program=program), end="")
        return FINE
    if part == ["--version"]:
        from chatroom import __version__

        print(f"Chatroom {__version__}")
        return FINE
    if part:
        print(f"{program}: expected server or client, not '{part[0]}'", file=sys.stderr)
    print(USAGE.format(program=program), end="", file=sys.stderr)
    return WRONG_USAGE


def _program() -> str:
    """What the user typed: the name of the archive, or `chatroom`."""
    name = Path(sys.argv[0]).name
    return "chatroom" if name == Path(__file__).name else name


def _run(part: str) -> int:
    if os.getpid() == 1:
        # The first process of a container ignores signals that it does not handle, and the part
        # handles this one only when it is imported.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return int(import_module(f"chatroom.{part}.main").main())
    except KeyboardInterrupt:  # while all that is imported
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
