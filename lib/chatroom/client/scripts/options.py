"""The command lines of the subcommands: one row for each.

Few modules are imported here, so that scripts start quickly.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from chatroom.client.scripts.arguments import decoded, name, words
from chatroom.net.streams import program_name
from chatroom.text.fingerprints import BadFingerprint, parse_fingerprint
from chatroom.text.times import moment

_EXIT_NOTE = "Exit status: 0 success, 1 failure, 2 wrong usage, 130 after Ctrl-C.\n"

_COMMON_NOTES = f"""\
Without --server, --profile or --hosts, the server is that of the default profile, or else the first
row of the hosts file, or else 127.0.0.1:8080.
{_EXIT_NOTE}"""

DEFAULT_LINES = 20


class Subcommand(NamedTuple):
    """One row. `module` has a function `run(arguments) -> exit status`. `connects`: it has the
    options that say to which server, and how."""

    name: str
    module: str
    help: str
    notes: str
    add: Callable[[argparse.ArgumentParser], None]
    connects: bool = True


def _send(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    add = where.add_argument
    add("--room", action="append", type=name, help="send to this room; may be repeated")
    add(
        "--to",
        action="append",
        type=name,
        metavar="NICK",
        help="send to this person; may be repeated",
    )
    add = parser.add_argument
    add(
        "text",
        nargs="*",
        type=words,
        metavar="TEXT",
        help="the message; without it, standard input is sent",
    )

    add(
        "--file",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="send this file, with TEXT if there is one; may be repeated",
    )
    add("--account", type=name, metavar="NAME", help="log in to this account, to send files")
    add(
        "--account-password-file",
        type=Path,
        metavar="FILE",
        help="read the account's password, or a token, from the first line of this file",
    )


def _get(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", type=name, metavar="URL", help="https://HOST:PORT/files/ID/NAME")
    parser.add_argument(
        "-o",
        "--output",
        default=".",
        metavar="PATH",
        help="save it in this folder, or under this name; the default is the current directory",
    )
    add_tls(parser)


def _tail(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--room",
        action="append",
        type=name,
        required=True,
        help="follow this room; may be repeated",
    )
    begin = parser.add_mutually_exclusive_group()
    _add_since(begin)
    begin.add_argument(
        "-n", "--lines", type=_count, default=0, metavar="N", help="start with the last N lines"
    )
    _add_json(parser)


def _rooms(parser: argparse.ArgumentParser) -> None:
    _add_json(parser)


def _who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("room", type=name, metavar="ROOM")
    _add_json(parser)


def _history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("room", type=name, metavar="ROOM")
    _add_since(parser)
    parser.add_argument(
        "-n",
        "--lines",
        type=_count,
        metavar="N",
        help=f"the last N lines; the default is {DEFAULT_LINES}, or all with --since",
    )
    _add_json(parser)


def _search(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="+", type=decoded, metavar="WORDS", help="see below")
    parser.add_argument(
        "-n",
        "--lines",
        type=_count,
        default=DEFAULT_LINES,
        metavar="N",
        help=f"at most the newest N lines; the default is {DEFAULT_LINES}",
    )
    _add_json(parser)


def _forget(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("host", type=name, metavar="HOST", help="HOST or HOST:PORT")
    parser.add_argument("port", nargs="?", default="", metavar="PORT", help="alternatively")


SUBCOMMANDS = {
    row.name: row
    for row in (
        Subcommand(
            "send",
            "send",
            "send messages, and make sure that they arrive",
            """\
Each line of standard input is a message. Long lines are split, empty lines are left out, and input
that is not UTF-8 is refused. The exit status is 0 only if the server has confirmed every message;
otherwise standard error says how many it has confirmed. If a room accepts messages from outside
(/raw MODE #ops -n), the client does not enter it, so nobody sees it come and go.

    chatroom-client send --room ops "deploy finished"
    make 2>&1 | tail -n 3 | chatroom-client send --room ops --nick builder
    chatroom-client send --to alice --server chat.example.org:8080 "call me"
    chatroom-client send --room ops --file report.pdf "as promised"

Most servers take files of people with an account only: see --account, and the account of a profile.
""",
            _send,
        ),
        Subcommand(
            "tail",
            "tail",
            "print new messages as they arrive",
            """\
After a lost connection the client reconnects and prints the missed messages, if the server keeps a
history. It prints no message twice.

    chatroom-client tail --room ops
    chatroom-client tail --room ops --since 1h --json | jq -r .text
    chatroom-client tail --room ops --room general -n 10
""",
            _tail,
        ),
        Subcommand(
            "rooms",
            "ask",
            "list the rooms",
            """\
Prints a line for each room, the largest first: name, number of people and topic, separated by tabs.

    chatroom-client rooms | cut -f 1
    chatroom-client rooms --json
""",
            _rooms,
        ),
        Subcommand(
            "who",
            "ask",
            "list the people in a room",
            """\
Prints a line for each person: the nickname and, after a tab, the rank if there is one. The exit
status is 1 if nobody is there.

    chatroom-client who ops
    chatroom-client who ops --json | jq -r .nick
""",
            _who,
        ),
        Subcommand(
            "history",
            "ask",
            "print the history of a room",
            """\
    chatroom-client history ops
    chatroom-client history ops --since 2026-11-20 --json > ops.jsonl
    chatroom-client history ops --since 7d -n 1000
""",
            _history,
        ),
        Subcommand(
            "search",
            "ask",
            "find words in the history",
            """\
A message must match all parts: words, beginnings (te*), "exact phrases", from:NICK, in:ROOM,
before:DATE and after:DATE. The exit status is 1 if nothing was found.

    chatroom-client search deploy failed
    chatroom-client search 'from:alice "the tea"' in:general after:2026-11-01 --json
""",
            _search,
        ),
        Subcommand(
            "get",
            "get",
            "save a file that somebody sent",
            """\
A file that is there already stays, and the new one becomes `report (1).pdf`. While a file is
incomplete, its name ends with .part; after an interruption the same command goes on where it
stopped. The last line of the output is where the file is.

    chatroom-client get https://chat.example.org:8080/files/pJ3XzV0kq2vYw1mTn8dL5A/report.pdf
    chatroom-client get -o ~/reports/ URL
""",
            _get,
            connects=False,
        ),
        Subcommand(
            "forget",
            "forget",
            "forget the certificate of a server",
            """\
The next time, the client asks again whether to trust the server. Do this if the server was set up
anew, and if its operator tells you the same fingerprint that the client shows. Without a port, the
certificates of all ports of this host are forgotten. The exit status is 1 if none was known.

    chatroom-client forget chat.example.org:8080
""",
            _forget,
            connects=False,
        ),
    )
}


def parser() -> argparse.ArgumentParser:
    """The parser of all subcommands; `subcommand` is the name of the chosen one."""
    whole = argparse.ArgumentParser(prog=program_name("chatroom-client"), allow_abbrev=False)
    kinds = whole.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")
    for row in SUBCOMMANDS.values():
        one = kinds.add_parser(
            row.name,
            help=row.help,
            description=f"{row.help[0].upper()}{row.help[1:]}.",
            epilog=f"{row.notes}\n{_COMMON_NOTES if row.connects else _EXIT_NOTE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        row.add(one)
        if row.connects:
            _add_places(one)
    return whole


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Raises SystemExit: 0 after --help, 2 for wrong usage."""
    whole = parser()
    arguments = whole.parse_args(argv)
    if hasattr(arguments, "tls") and (wrong := tls_conflict(arguments)):
        whole.error(wrong)
    if bool(vars(arguments).get("account")) != bool(vars(arguments).get("account_password_file")):
        whole.error("arguments --account and --account-password-file: one needs the other")
    return arguments


def _add_places(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--server", type=name, metavar="ADDRESS", help="HOST, HOST:PORT, [v6]:PORT or unix:PATH")
    add(
        "--profile",
        type=name,
        metavar="NAME",
        help="use server, nickname and password of this profile in client.toml",
    )
    add("--hosts", type=Path, metavar="FILE", help="use the first server of this hosts file")
    add(
        "--nick",
        type=name,
        help="the nickname; the default is your user name. If it is taken, a number is added",
    )
    add(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="read the password from the first line of this file",
    )
    add_tls(parser)


def add_tls(parser: argparse.ArgumentParser) -> None:
    """How to reach a server: `tls` is None where that is not said."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--tls",
        action="store_true",
        default=None,
        help="use TLS, as by default with every server on another machine",
    )
    either.add_argument(
        "--no-tls",
        dest="tls",
        action="store_false",
        help="use no TLS: others on the network can read everything",
    )
    parser.add_argument(
        "--fingerprint",
        type=_fingerprint,
        metavar="SHA256",
        help="trust the server's certificate only if it has this fingerprint, and remember it",
    )


def tls_conflict(arguments: argparse.Namespace, *others: str) -> str:
    """What cannot be said together; "" for nothing. `others` are options that need TLS besides
    --fingerprint."""
    wrong = [name for name in ("fingerprint", *others) if getattr(arguments, name)]
    if arguments.tls is not False or not wrong:
        return ""
    return f"argument --{wrong[0]}: not allowed with argument --no-tls"


def _fingerprint(text: str) -> str:
    try:
        return parse_fingerprint(text)
    except BadFingerprint as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def _add_since(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--since",
        type=_moment,
        metavar="TIME",
        help="start at 2026-11-20 or 2026-11-20T15:00, or 30m, 1h or 7d ago",
    )


def _moment(text: str) -> int:
    try:
        return moment(text, time.time(), None)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"expected a time such as 2026-11-20, 2026-11-20T15:00 or 1h, found {text!r}"
        ) from None


_LONGEST_COUNT = 9


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT and int(text)):
        raise argparse.ArgumentTypeError(f"expected a number from 1, found {text!r}")
    return int(text)
