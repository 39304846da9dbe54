"""A process that has imported server and client, and forks a new process for each request.

Run by `warm.py`, with the number of a socket. A request is a JSON object with the three standard
streams; the answer is the number of the process. The new process goes on behind `_serve`, at the
end of this file, so that Python ends there as it always does.
"""

import atexit
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import socket
import sys
import termios
import threading
import time
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
_STARTED = ("chatroom_server.py", "chatroom_client.py", "tests/wrong_clock.py", "tests/upgraded.py")
SCRIPTS = {str(_ROOT / name) for name in _STARTED}
"""What can be started here."""


def _import_all() -> None:
    sys.path.insert(0, str(_ROOT / "lib"))
    import chatroom

    for module in pkgutil.walk_packages(chatroom.__path__, "chatroom."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # no collection of a fork has to look at it


def _serve(ours: socket.socket) -> dict[str, Any] | None:
    """Returns a request in the process that was made for it, and None at the end of the tests."""
    while True:
        data, streams, _, _ = socket.recv_fds(ours, 1 << 20, 3)
        if not data:
            return None
        read, write = os.pipe()
        between = os.fork()
        if not between:
            number = os.fork()
            if number:  # our child is an orphan now, and the tests' process adopts it
                os.write(write, str(number).encode())
                os._exit(0)
            ours.close()
            for each in (read, write):
                os.close(each)
            return _become(json.loads(data), streams)
        os.close(write)
        number_of_child = os.read(read, 100)
        for each in (read, *streams):
            os.close(each)
        os.waitpid(between, 0)
        ours.send(number_of_child)


def _become(request: dict[str, Any], streams: list[int]) -> dict[str, Any]:
    os.chdir(request["directory"])
    os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for stream in streams:
        os.close(stream)
    if request["terminal"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.stdin, sys.stdout, sys.stderr = (
        _text(number, was) if number not in request["closed"] else None
        for number, was in enumerate((sys.stdin, sys.stdout, sys.stderr))
    )
    for number in request["closed"]:
        os.close(number)
    return request


def _text(number: int, was: Any) -> io.TextIOWrapper:
    """A standard stream as Python makes it at its start; `was` is the one that it had made here."""
    mode = "wb" if number else "rb"
    unbuffered = number > 0 and was.write_through
    raw: Any = open(number, mode, 0 if unbuffered else -1, closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(
        raw,
        encoding=was.encoding,
        errors=was.errors,
        line_buffering=number == 2 or os.isatty(number),
        write_through=unbuffered,
    )


def _end(status: int) -> None:
    """End as Python does, but do not take all modules apart: that touches and so copies nearly all
    memory that is still shared, and takes longer than all the rest."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return  # Python has its own words for it
    os._exit(status & 0xFF)


if __name__ == "__main__":
    sys.path.pop(0)  # tests/
    _import_all()
    request = _serve(socket.socket(fileno=int(sys.argv[1])))
    if request:
        sys.argv = request["argv"]
        sys.orig_argv = [sys.executable, *sys.argv]
        sys.path.insert(0, str(Path(sys.argv[0]).parent))
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as end:
            if isinstance(end.code, int):
                _end(end.code)
            raise
