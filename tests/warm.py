"""Starts servers and clients quickly: by a fork of a process that has imported both.

Python takes a quarter of a second to import a server or a client, and the tests start hundreds. So
each worker of pytest has one process (`warm_parent.py`) that imports everything and waits. A start
is a fork of it, which then runs the start script as Python would: a process of its own, with its
own arguments, environment, directory, streams and terminal, whose parent is the test's process.

`Popen`, `run` and `Spawn` take what those of subprocess and pexpect take, and leave to these what a
fork cannot be: another program, a `preexec_fn`, and the first of an unusual kind. Tests of the
start itself use subprocess. In a terminal a fork may be any script that imports this checkout's
modules. Threads may start processes, too.
"""

import ctypes
import inspect
import json
import os
import pty
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pexpect
from pexpect.pty_spawn import ptyprocess

import warm_parent

SCRIPTS = frozenset(warm_parent.SCRIPTS)
"""What may be forked outside of terminals: it imports this checkout's modules, and no others."""

_PARENT = Path(__file__).with_name("warm_parent.py")
_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER: the forks of that process become children of ours, as it wants."""

_OF_PYTHON = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "SSL_")
_HARMLESS = ("PYTHONPATH", "LANGUAGE")  # the start scripts find their packages themselves


class _WarmParent:
    """The process that has imported everything; it ends with the end of ours."""

    def __init__(self, environment: Mapping[str, str], prefix: Sequence[str]) -> None:
        if ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        with theirs:
            number = theirs.fileno()
            command = [*prefix, sys.executable, str(_PARENT), str(number)]
            self._process = subprocess.Popen(command, pass_fds=[number], env=environment)

    def fork(self, request: dict[str, object], streams: Sequence[int]) -> int:
        """The process id of a new process with these three streams."""
        socket.send_fds(self._socket, [json.dumps(request).encode()], streams)
        return int(self._socket.recv(100))


_Kind = tuple[int, int, int, tuple[str, ...], tuple[tuple[str, str], ...]]
"""What a fork cannot change: the process that it belongs to, user, group, namespaces (the words of
`unshare` in front of Python), Python's variables."""

_one_at_a_time = threading.Lock()

_starts: Counter[_Kind] = Counter()
_WORTH_IT = 2
"""The start from which on the time to import everything is saved again; with the variables of the
tests' own process, the first."""


def _warm_parent(prefix: Sequence[str], environment: Mapping[str, str]) -> _WarmParent | None:
    """The one for these variables. None: not yet, or this system cannot have one."""
    variables = _read_by_python(environment)
    kind = os.getpid(), os.geteuid(), os.getegid(), tuple(prefix), variables
    _starts[kind] += 1
    usual = not prefix and variables == _read_by_python(os.environ)
    return _made(kind) if usual or _starts[kind] >= _WORTH_IT else None


@cache
def _made(kind: _Kind) -> _WarmParent | None:
    others = {name: os.environ[name] for name in os.environ if not _is_read_by_python(name)}
    try:
        return _WarmParent({**others, **dict(kind[-1])}, kind[-2])
    except (AttributeError, OSError):  # no prctl
        return None


def _is_read_by_python(name: str) -> bool:
    return name.startswith(_OF_PYTHON) and name not in _HARMLESS


def _read_by_python(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The variables that an interpreter reads when it starts."""
    return tuple(sorted(pair for pair in environment.items() if _is_read_by_python(pair[0])))


def _umask() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("Umask:")[2].split()[0], 8)


def _start(
    command: Sequence[Any],
    environment: Mapping[str, str] | None,
    directory: str | os.PathLike[str] | None,
    streams: Sequence[int],
    closed: Sequence[int] = (),
    terminal: bool = False,
) -> int | None:
    """The id of the process; None where a fork is not the same as a start."""
    prefix, words = _in_other_namespaces(list(map(os.fsdecode, command)))
    if words[0] != sys.executable or len(words) < 2:
        return None
    if words[1] not in SCRIPTS and not (terminal and words[1].endswith(".py")):
        return None
    variables = dict(os.environ if environment is None else environment)
    request = {
        "argv": words[1:],
        "environment": variables,
        "directory": os.fsdecode(directory or Path.cwd()),
        "umask": _umask(),
        "closed": closed,
        "terminal": terminal,
    }
    with _one_at_a_time:
        parent = _warm_parent(prefix, variables)
        return parent.fork(request, streams) if parent else None


def _in_other_namespaces(words: list[str]) -> tuple[list[str], list[str]]:
    """`unshare ... python SCRIPT` -> what makes the namespaces, and what is started in them."""
    at = words.index(sys.executable) if words[0] == "unshare" and sys.executable in words else 0
    return words[:at], words[at:]


_PLAIN = {
    "executable": None, "preexec_fn": None, "close_fds": True, "pass_fds": (), "shell": False,
    "gid": None, "gids": None, "uid": None, "umask": -1, "start_new_session": False,
    "process_group": -1,
}  # fmt: skip
"""The parameters of `Popen._execute_child` that have to be as they are by default."""


_CLOSE = {0: "<&-", 1: ">&-", 2: "2>&-"}
"""How a shell closes a stream."""


class Popen(subprocess.Popen[Any]):
    """`subprocess.Popen`, quicker. `closed`: standard streams that the process does not have."""

    def __init__(self, command: Sequence[Any], closed: Sequence[int] = (), **options: Any) -> None:
        self._closed = closed
        super().__init__(command, **options)

    def _execute_child(self, *given: Any) -> None:
        usual = super()._execute_child  # type: ignore[misc]
        said = inspect.signature(usual).bind(*given).arguments
        number = None
        if all(said.get(name, value) == value for name, value in _PLAIN.items()):
            ends = (said["p2cread"], said["c2pwrite"], said["errwrite"])
            streams = [own if end == -1 else end for own, end in enumerate(ends)]
            number = _start(said["args"], said["env"], said["cwd"], streams, self._closed)
        if number is None:
            if self._closed:
                shell = f'exec "$@" {" ".join(_CLOSE[each] for each in self._closed)}'
                given = (["sh", "-c", shell, "sh", *map(os.fsdecode, said["args"])], *given[1:])
            usual(*given)
            return
        self.pid = number
        self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(said[name] for name in pipes))  # type: ignore[attr-defined]


def run(
    command: Sequence[Any],
    *,
    input: str | bytes | None = None,
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **others: Any,
) -> subprocess.CompletedProcess[Any]:
    """`subprocess.run`, quicker."""
    if input is not None:
        others["stdin"] = subprocess.PIPE
    if capture_output:
        others["stdout"] = others["stderr"] = subprocess.PIPE
    with Popen(command, **others) as process:
        try:
            out, errors = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    if check and process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, out, errors)
    return subprocess.CompletedProcess(command, process.returncode, out, errors)


_usual_spawn_pty = pexpect.spawn._spawnpty


def spawn_pty(child: pexpect.spawn, args: list[str], **options: Any) -> Any:
    """`pexpect.spawn._spawnpty`, quicker."""
    ours, theirs = pty.openpty()
    number = None
    if options.get("preexec_fn") is None:
        words = [os.fsdecode(word) for word in args]
        environment, directory = options.get("env"), options.get("cwd")
        number = _start(words, environment, directory, [theirs] * 3, terminal=True)
    os.close(theirs)
    if number is None:
        os.close(ours)
        return _usual_spawn_pty(child, args, **options)
    process = ptyprocess.PtyProcess(number, ours)
    process.setwinsize(*(options.get("dimensions") or (24, 80)))
    if options.get("echo") is False:
        process.setecho(False)
    return process


class Spawn(pexpect.spawn):  # type: ignore[misc]
    """`pexpect.spawn`, quicker."""

    _spawnpty = spawn_pty
