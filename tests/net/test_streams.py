"""The standard streams: short writes, full and closed ones, and characters that they lack."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chatroom.net.streams import LossyFile, WholeFile

LIBRARY = Path(__file__).resolve().parents[2] / "lib"
PATIENCE = 15.0


def test_all_of_it_goes_into_a_pipe_that_somebody_made_non_blocking() -> None:
    """Each write takes only a part of it, and some take nothing."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    data = os.urandom(1_000_000)
    seen: list[bytes] = []

    def read() -> None:
        with os.fdopen(read_end, "rb") as pipe:
            seen.append(pipe.read())

    reader = threading.Thread(target=read)
    reader.start()
    with WholeFile(write_end, "w") as file:
        assert file.write(data) == len(data)
    reader.join()
    assert seen == [data]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk() -> None:
    """It is an error of the output; complaints about it are not worth another one."""
    with WholeFile("/dev/full", "w") as file, pytest.raises(OSError, match="No space left"):
        file.write(b"x")
    with LossyFile("/dev/full", "w") as file:
        assert file.write(b"xyz") == 3


PROGRAM = """
import sys
from chatroom.net.streams import run_program

def main():
    {}
    return 0

sys.exit(run_program("prog", main))
"""


def run(
    body: str, redirections: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """A program whose `main` is this, started by a shell with these redirections."""
    return subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {redirections}', sys.executable, PROGRAM.format(body)],
        env={**os.environ, "PYTHONPATH": str(LIBRARY), **environment},
        capture_output=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize(
    ("body", "redirections", "status", "errors"),
    [
        ("print('x')", ">&-", 1, b"prog: Cannot write to standard output: it is closed\n"),
        ("print('x')", ">/dev/full", 1, b"prog: Cannot write to standard output: No space left"),
        ("print('x' * 99999)", ">&-", 1, b"prog: Cannot write to standard output: it is closed\n"),
        ("print('x' * 99999)", ">/dev/full", 1, b"prog: Cannot write to standard output: No space"),
        ("sys.exit('why')", "", 1, b"why\n"),
        ("sys.exit(2)", "", 2, b""),
        ("raise KeyboardInterrupt", "", 130, b""),
        ("sys.exit(print('x'))", ">&-", 1, b"prog: Cannot write to standard output: it is closed"),
        ("pass", ">&- 2>&- <&-", 0, b""),
        ("print('x', file=sys.stderr)", "2>&-", 0, b""),
        ("print('x', file=sys.stderr)", "2>/dev/full", 0, b""),
        ("print('x' * 99999)", ">&- 2>&-", 1, b""),
    ],
)
def test_the_status_tells_what_was_not_written(
    body: str, redirections: str, status: int, errors: bytes
) -> None:
    if "/dev/full" in redirections and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    result = run(body, redirections)
    assert (result.returncode, result.stdout) == (status, b"")
    assert result.stderr.startswith(errors)
    assert result.stderr.count(b"\n") == bool(errors)


def test_a_closed_stream_leaves_its_number_to_no_file() -> None:
    """A log line would be written into it."""
    result = run(
        "print(*(open('/dev/zero').fileno() > 2 for _ in range(3)))", "2>&- <&-"
    )  # they are closed at once, so that each would get the lowest number
    assert result.stdout == b"True True True\n"


def test_characters_that_the_encoding_lacks() -> None:
    """They are escaped, so that JSON is the same."""
    words = "caf\u00e9 \u592a\u90ce \U0001f389"
    result = run(f"print({json.dumps(words, ensure_ascii=True)})", PYTHONIOENCODING="ascii")
    assert json.loads(b'"%b"' % result.stdout.rstrip()) == words
    assert result.stdout == b"caf\\u00e9 \\u592a\\u90ce \\ud83c\\udf89\n"
    result = run(f"print({json.dumps(words, ensure_ascii=True)})", PYTHONIOENCODING="latin-1")
    assert result.stdout == b"caf\xe9 \\u592a\\u90ce \\ud83c\\udf89\n"
