"""Makes standard input, output and error reliable, whatever the caller has done to them.

Python's own streams have three traps. With PYTHONUNBUFFERED, the end of a short write is lost. A
closed stream (`>&-`) leaves its number to the next file that is opened, and code that writes to
that number writes into the file. A character that the encoding lacks raises an error, or becomes
`?`.
"""

import codecs
import errno
import io
import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

FINE, FAILED = 0, 1

SIGNALLED = 128
"""Higher statuses mean that a signal has ended the program."""

INPUT, OUTPUT, ERRORS = 0, 1, 2

_ESCAPE = "chatroom.escape"

_HARMLESS = {INPUT: os.O_WRONLY, OUTPUT: os.O_RDONLY, ERRORS: os.O_WRONLY}
"""How /dev/null is opened in place of a closed stream. Reading from the input and writing to the
output must fail, as with a closed stream; output to standard error is discarded."""


class WholeFile(io.FileIO):
    """A writable descriptor that takes all of the data or raises, even if another process made the
    open file non-blocking: terminals and pipes are often shared.

    `failure` is the last error of a write: it tells an OSError of this file from all others.
    """

    failure: OSError | None = None

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write everything. Raises OSError."""
        left = memoryview(data).cast("B")
        size = left.nbytes
        while left:
            try:
                written = super().write(left)
            except OSError as error:
                self.failure = error
                raise
            if written is None:
                wait_for_room(self.fileno())
            else:
                left = left[written:]
        return size


class LossyFile(WholeFile):
    """A WholeFile that ignores errors, because there is nobody left to report them to."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write as much as can be written."""
        with suppress(OSError):
            super().write(data)
        return memoryview(data).nbytes


def wait_for_room(descriptor: int) -> None:
    """Wait until a non-blocking descriptor accepts more."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()


def run_program(name: str, main: Callable[[], int]) -> int:
    """Call a program's `main` with reliable streams. Returns the exit status.

    The status is 1 if output could not be written, and standard error gives the reason. A reader
    that ends (`| head`) is not an error.
    """
    output = mend_streams()
    status, failure = FINE, None
    try:
        status = main()
    except SystemExit as end:  # raised by argparse or a signal handler
        status = _status(end.code)
    except KeyboardInterrupt:  # before the program's own handlers: while it is still imported
        status = SIGNALLED + signal.SIGINT
    except OSError as error:
        if error is not output.failure:
            raise
        failure = error  # more text than the buffer holds, so the write did not wait for the flush
    if status > SIGNALLED:
        # The signal may have come after a write and before the buffer knew of it; the text must not
        # be written twice.
        forget_output()
    try:
        sys.stdout.flush()
    except OSError as error:
        failure = failure or error
    if failure:
        forget_output()
    if failure and not isinstance(failure, BrokenPipeError):
        print(f"{name}: {cannot_write(failure)}", file=sys.stderr)
        status = status or FAILED
    return status


def program_name(usual: str) -> str:
    """The name for a program's help: `usual`, or `chatroom.pyz client` if an archive runs it."""
    said = Path(sys.argv[0]).name
    return said if " " in said else usual


def cannot_write(error: OSError) -> str:
    """The sentence for an error of standard output."""
    closed = error.errno == errno.EBADF
    return f"Cannot write to standard output: {'it is closed' if closed else error.strerror}"


def forget_output() -> None:
    """Detach standard output, so that the interpreter's last flush does not complain."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, OUTPUT)
    os.close(sink)


def mend_streams() -> WholeFile:
    """Replace `sys.stdout` and `sys.stderr`, and occupy the numbers of closed streams. Returns the
    file below `sys.stdout`."""
    for number, flags in _HARMLESS.items():
        _fill(number, flags)
    codecs.register_error(_ESCAPE, _escaped)
    output = WholeFile(OUTPUT, "w", closefd=False)
    sys.stdout = _stream(sys.stdout, output)
    sys.stderr = _stream(sys.stderr, LossyFile(ERRORS, "w", closefd=False))
    return output


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
    """Make a text stream. `before` is None if the stream was closed when Python started."""
    terminal = raw.isatty()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=(before and before.encoding) or "utf-8",
        # Programs count a terminal's columns, and an escape would be wider than the character.
        errors="replace" if terminal else _ESCAPE,
        line_buffering=terminal or raw.fileno() == ERRORS,
    )


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """`\\uXXXX` for characters that the encoding lacks: JSON reads it as the same character, and a
    person can see it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    units = text.encode("utf-16-be", "surrogatepass")
    pairs = range(0, len(units), 2)
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in pairs), error.end


def _status(code: object) -> int:
    """The status of a SystemExit; a text is printed, as the interpreter would do."""
    if code is None or isinstance(code, int):
        return code or FINE
    print(code, file=sys.stderr)
    return FAILED
