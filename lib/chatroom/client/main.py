"""The command line of the terminal client."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chatroom import __version__
from chatroom.client.app import Options, run
from chatroom.client.servers import DEFAULT_ADDRESS
from chatroom.net.addresses import Address, AddressError, parse_address, parse_port
from chatroom.wire.prose import visible


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client; its exit status: 0 fine, 1 failed, 2 wrong usage, 130 after Ctrl-C."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if sys.stdout is None or sys.stderr is None:  # as `>&-` leaves them
        return 1
    try:
        address = _address(_clean(arguments.host), arguments.port)
        nick = _clean(arguments.nick)
        rooms = tuple(filter(None, map(_clean, arguments.room)))
    except AddressError as error:
        parser.error(str(error))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    return run(
        Options(
            address=address,
            nick=nick,
            rooms=rooms,
            password_file=arguments.password_file,
            hosts=arguments.hosts,
            no_color=arguments.no_color,
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chatroom-client",
        description="Talk in a chat room. Without a server's address, choose from the hosts file.",
        epilog="Standard input that is no terminal is said line by line.",
    )
    parser.add_argument("host", nargs="?", default="", metavar="HOST", help="or unix:PATH")
    parser.add_argument("port", nargs="?", default="", metavar="PORT", help="by default 8080")
    parser.add_argument("--nick", default="", help="your nickname; otherwise you are asked")
    parser.add_argument(
        "--room", action="append", default=[], help="a room to go into; may be given several times"
    )
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help="its first line is the server's password"
    )
    parser.add_argument("--hosts", type=Path, metavar="FILE", help="servers to choose from")
    parser.add_argument("--no-color", action="store_true", help="no colours; also NO_COLOR=1")
    parser.add_argument("--version", action="version", version=f"Chatroom {__version__}")
    return parser


def _address(host: str, port: str) -> Address | None:
    """HOST PORT, HOST:PORT, unix:PATH, or HOST alone. Raises AddressError."""
    if not host:
        return None
    if host.startswith("unix:"):
        return parse_address(host)
    if port:
        return Address(host.removeprefix("[").removesuffix("]"), parse_port(port))
    if host.count(":") == 1 or "]:" in host:
        return parse_address(host)
    return Address(host.removeprefix("[").removesuffix("]"), DEFAULT_ADDRESS.port)


def _clean(text: str) -> str:
    """An argument that was no valid UTF-8 cannot be sent as it is. Raises AddressError."""
    cleaned = os.fsencode(text).decode("utf-8", "replace").strip()
    if visible(cleaned) != cleaned:
        raise AddressError(f"'{visible(cleaned)}' has control characters in it")
    return cleaned
