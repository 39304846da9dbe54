"""The command line. Wrong usage ends the process with status 2 and a line that says why."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatroom import __version__
from chatroom.net.addresses import Address, AddressError, parse_address
from chatroom.net.hosts import HOSTS_FILE

_DESCRIPTION = "A chat room on one port: for our terminal client, netcat and every IRC client."
_EPILOG = f"""\
An ADDRESS is HOST:PORT, [v6]:PORT, :PORT (all addresses of this machine) or unix:PATH.
Port 0 takes a free port and prints it.

Where nothing says what to listen on, it is every row of {HOSTS_FILE}, here or beside
the program, and without such a file 127.0.0.1:8080.

Every key of the config file is also an environment variable: limits.nickname is
CHATROOM_LIMITS_NICKNAME. A flag beats the environment, the environment the config file.

TERM and INT stop the server, HUP reads the configuration again.
Exit status: 0 fine, 1 failed, 2 wrong usage.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; None, empty or False where it says nothing."""

    config: Path | None = None
    listen: tuple[Address, ...] = ()
    hosts: Path | None = None
    data: Path | None = None
    check: bool = False
    print_config: bool = False
    verbose: bool = False


def parse_options(argv: Sequence[str] | None = None) -> Options:
    """The options in `argv`, by default the process's own, without the program's name.

    Raises SystemExit: 0 after --help and --version, 2 for wrong usage.
    """
    said = vars(_parser().parse_args(argv))
    return Options(**{**said, "listen": tuple(said["listen"])})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # what works today must still mean the same with more flags
    )
    add = parser.add_argument
    add("-c", dest="config", type=_path, metavar="FILE", help="the config file (TOML)")
    add(
        "--listen",
        action="append",
        default=[],
        type=_address,
        metavar="ADDRESS",
        help="listen here; may be given several times",
    )
    add("--hosts", type=_path, metavar="FILE", help="listen on every row of this hosts file")
    add("--data", type=_path, metavar="DIR", help="the directory for what is kept")
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--check", action="store_true", help="read everything, report every fault, and exit"
    )
    either.add_argument(
        "--print-config",
        action="store_true",
        help="print a config file of all defaults, and exit",
    )
    add("-v", dest="verbose", action="store_true", help="log more; never what people write")
    add("--version", action="version", version=f"Chatroom {__version__}")
    return parser


def _address(text: str) -> Address:
    try:
        return parse_address(text)
    except AddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("expected a path, found ''")
    return Path(text)
