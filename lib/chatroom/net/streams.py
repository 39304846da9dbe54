"""Standard input, output and error of a process, whatever the caller made of them.

Python's own streams have three traps. With PYTHONUNBUFFERED, the end of a short write is lost. A
stream that was closed (`>&-`) leaves its number to the next file that is opened, and whoever writes
to that number writes into the file. A character that the encoding lacks raises, or becomes `?`.
"""

import codecs
import errno
import io
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

FINE, FAILED = 0, 1

SIGNALLED = 128
"""A status above is that of a program that a signal has ended."""

INPUT, OUTPUT, ERRORS = 0, 1, 2

_ESCAPE = "chatroom.escape"

_HARMLESS = {INPUT: os.O_WRONLY, OUTPUT: os.O_RDONLY, ERRORS: os.O_WRONLY}
"""How /dev/null is opened in place of a closed stream. Reading from the input and writing to the
output must fail, as they would have; what is written to standard error has nowhere to go."""


class WholeFile(io.FileIO):
    """A descriptor to write to that takes all of the data or raises, also where somebody else made
    the open file non-blocking: a terminal or a pipe is often shared."""

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Write everything. Raises OSError."""
        left = memoryview(data).cast("B")
        size = left.nbytes
        while left:
            written = super().write(left)
            if written is None:
                wait_for_room(self.fileno())
            else:
                left = left[written:]
        return size


class LossyFile(WholeFile):
    """The same, without errors: nobody is left who could be told of them."""

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Write as much as can be written."""
        with suppress(OSError):
            super().write(data)
        return memoryview(data).nbytes


def wait_for_room(descriptor: int) -> None:
    """Wait until a non-blocking descriptor takes more."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()


def run_program(name: str, main: Callable[[], int]) -> int:
    """Call a program's `main` with streams that can be relied on; its exit status.

    The status is 1 when something that was printed could not be written, and standard error says
    why. Who stopped reading our output (`| head`) is no error.
    """
    mend_streams()
    try:
        status = main()
    except SystemExit as end:  # argparse, or a signal's handler
        status = _status(end.code)
    if status > SIGNALLED:
        # The signal may have come behind a write and before the buffer knew of it: no text twice.
        forget_output()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        forget_output()
    except OSError as error:
        forget_output()
        print(f"{name}: {cannot_write(error)}", file=sys.stderr)
        status = status or FAILED
    return status


def cannot_write(error: OSError) -> str:
    """What to say of an error of standard output."""
    closed = error.errno == errno.EBADF
    return f"Cannot write to standard output: {'it is closed' if closed else error.strerror}"


def forget_output() -> None:
    """Nobody takes our output any more; the interpreter's last flush must not complain."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, OUTPUT)
    os.close(sink)


def mend_streams() -> None:
    """Replace `sys.stdout` and `sys.stderr`, and fill the numbers of closed streams."""
    for number, flags in _HARMLESS.items():
        _fill(number, flags)
    codecs.register_error(_ESCAPE, _escaped)
    sys.stdout = _stream(sys.stdout, WholeFile(OUTPUT, "w", closefd=False))
    sys.stderr = _stream(sys.stderr, LossyFile(ERRORS, "w", closefd=False))


def _fill(number: int, flags: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, flags)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        os.set_inheritable(number, True)


def _stream(before: TextIO | None, raw: io.FileIO) -> io.TextIOWrapper:
    """`before` is None where the stream was closed when Python started."""
    terminal = raw.isatty()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=(before and before.encoding) or "utf-8",
        # A terminal's columns are counted, and an escape would be wider than the character.
        errors="replace" if terminal else _ESCAPE,
        line_buffering=terminal or raw.fileno() == ERRORS,
    )


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """`\\uXXXX` for what the encoding lacks: JSON reads it as the same, and a person sees it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    units = text.encode("utf-16-be", "surrogatepass")
    pairs = range(0, len(units), 2)
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in pairs), error.end


def _status(code: object) -> int:
    """What SystemExit means; a text is printed, as the interpreter would have."""
    if code is None or isinstance(code, int):
        return code or FINE
    print(code, file=sys.stderr)
    return FAILED
