"""The command line of the terminal client, and the way to the subcommands for scripts."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from chatroom import __version__
from chatroom.client.scripts.arguments import BadArgument, clean
from chatroom.client.scripts.options import SUBCOMMANDS, add_tls, tls_conflict
from chatroom.net.addresses import AddressError
from chatroom.net.streams import program_name, run_program

_EPILOG = "\n".join(
    (
        "Standard input that is not a terminal is sent line by line.",
        "",
        "For scripts (`%(prog)s send --help` explains one of them):",
        *(f"  {row.name:<9} {row.help}" for row in SUBCOMMANDS.values()),
        "",
        "Exit status: 0 success, 1 failure, 2 wrong usage, 130 after Ctrl-C.",
    )
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client; its exit status: 0 fine, 1 failed, 2 wrong usage, 130 after Ctrl-C."""
    said = sys.argv[1:] if argv is None else argv
    return run_program("chatroom-client", lambda: _run(said))


def _run(said: Sequence[str]) -> int:
    if said and said[0] in SUBCOMMANDS:
        from chatroom.client.scripts.run import run as run_subcommand

        return run_subcommand(said)
    return _talk(said)


def _talk(argv: Sequence[str]) -> int:
    """The terminal client. Imported only now: scripts need none of it, and should start quickly."""
    from chatroom.client.app.loop import run
    from chatroom.client.config.startup import Options
    from chatroom.client.connection.servers import server_address

    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        host = clean(arguments.host)
        address = server_address(host, arguments.port) if host else None
        nick = clean(arguments.nick)
        rooms = tuple(filter(None, map(clean, arguments.room)))
    except (AddressError, BadArgument) as error:
        parser.error(str(error))
    if wrong := tls_conflict(arguments, "certificate"):
        parser.error(wrong)
    return run(
        Options(
            address=address,
            nick=nick,
            rooms=rooms,
            password_file=arguments.password_file,
            hosts=arguments.hosts,
            no_color=arguments.no_color,
            profile=arguments.profile,
            tls=arguments.tls,
            fingerprint=arguments.fingerprint or "",
            certificate=arguments.certificate,
            discover=arguments.discover,
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("chatroom-client"),
        description="Talk in a chat room. Without HOST, choose a server from the hosts file or"
        " the local network.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "host", nargs="?", default="", metavar="HOST", help="the server's host, or unix:PATH"
    )
    parser.add_argument("port", nargs="?", default="", metavar="PORT", help="the default is 8080")
    parser.add_argument("--nick", default="", help="your nickname; without it you are asked")
    parser.add_argument(
        "--room", action="append", default=[], help="a room to enter; may be repeated"
    )
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="read the server's password from the first line of this file",
    )
    parser.add_argument(
        "--profile",
        default="",
        metavar="NAME",
        help="a profile in client.toml, see chatroom-client(1)",
    )
    parser.add_argument("--hosts", type=Path, metavar="FILE", help="servers to choose from")
    parser.add_argument(
        "--no-discover",
        dest="discover",
        action="store_false",
        help="do not look for servers on this network",
    )
    add_tls(parser)
    parser.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="show the server this certificate (PEM, with its key), and log in with it",
    )
    parser.add_argument("--no-color", action="store_true", help="no colours; also NO_COLOR=1")
    parser.add_argument("--version", action="version", version=f"Chatroom {__version__}")
    return parser
