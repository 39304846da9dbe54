"""The tools' end of the control socket: ask the running server, and wait for a bounded time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chatroom.net.local_socket import connect
from chatroom.server.control.protocol import (
    LONGEST_ANSWER,
    BadAnswer,
    read_answer,
    request_line,
)
from chatroom.store.database import CONTROL_FILE
from chatroom.text.display import visible

PATIENCE = 5.0
"""Seconds for which a tool waits for the server, unless the request takes longer by nature."""


class ControlError(Exception):
    """The server did not do it. `str()` gives the reason in one line, for an operator."""


class NotRunning(ControlError):
    """No server uses the data directory."""


def ask(
    directory: Path, name: str, arguments: Mapping[str, Any], seconds: float = PATIENCE
) -> dict[str, Any]:
    """Make a request of the server that uses a data directory. Returns its answer.

    Raises ControlError, and NotRunning if there is no such server.
    """
    try:
        return _answer_of(directory / CONTROL_FILE, request_line(name, arguments), seconds)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        raise NotRunning(f"no server uses the data directory {directory}") from None
    except TimeoutError:
        raise ControlError(
            f"the server of {directory} does not answer; it may be stopped or stuck"
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ControlError(f"cannot ask the server of {directory}: {reason}") from None


def _answer_of(path: Path, request: bytes, seconds: float) -> dict[str, Any]:
    """Raises OSError and ControlError."""
    line = b""
    with connect(path, seconds) as sock:
        sock.sendall(request)
        while not line.endswith(b"\n") and len(line) <= LONGEST_ANSWER:
            piece = sock.recv(LONGEST_ANSWER)
            if not piece:
                raise ControlError("the server has ended without an answer")
            line += piece
    try:
        answer, refusal = read_answer(line)
    except BadAnswer:
        why = "the server's answer cannot be understood; is it another version?"
        raise ControlError(why) from None
    if refusal:
        raise ControlError(visible(refusal))  # it may have the words of another program
    return answer


def is_running(directory: Path) -> bool:
    """Whether a server uses that data directory. Raises ControlError."""
    try:
        connect(directory / CONTROL_FILE, PATIENCE).close()
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        return False
    except OSError as error:
        raise ControlError(
            f"cannot reach the server of {directory}: {error.strerror or error}"
        ) from None
    return True
