"""The command line. Wrong usage ends the process with status 2 and a line that gives the reason."""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from chatroom import __version__
from chatroom.net.addresses import Address, AddressError, parse_address
from chatroom.net.hosts import HOSTS_FILE
from chatroom.server.log_formats import JSON, TEXT
from chatroom.text.times import moment
from chatroom.wire.modes import RANK_SYMBOLS
from chatroom.wire.names import InvalidName, bare, prefixed, room_name
from chatroom.wire.tokens import READ, WRITE

JSONL = "jsonl"
"""The format of our own exports."""

FOREIGN = ("slack", "mattermost", "weechat", "irssi", "znc", "ergo")
"""The formats of `store.foreign`, whose import takes longer than all else here."""

_DESCRIPTION = (
    "A chat room on one port, for browsers, the terminal client, netcat and any IRC client."
)
_EPILOG = f"""\
An ADDRESS is HOST:PORT, [v6]:PORT, :PORT (all addresses of this machine) or unix:PATH.
With port 0 the server picks a free port and prints it.

Without --listen, the server listens on the rows of {HOSTS_FILE}, in the current directory or
beside the program. Without such a file it listens on 127.0.0.1:8080. Rows of other machines are
left out.

Every key of the config file has an environment variable: CHATROOM_LIMITS_NICKNAME sets
limits.nickname. A flag overrides the environment, which overrides the config file.

`history`, `backup`, `restore`, `check-data`, `certificate`, `account`, `password`, `audit`,
`status` and `upgrade` are tools for operators; `history export --help` explains one of them.
All tools except `history import` and `restore` can run while the server runs.

SIGTERM and SIGINT stop the server, SIGHUP makes it read the configuration again, and SIGUSR2
upgrades it, as `upgrade` does.
Exit status: 0 success, 1 failure, 2 wrong usage.
"""


@dataclass(frozen=True, slots=True)
class Export:
    """`history export`. `room` is a wire name; times are UTC milliseconds."""

    room: str | None
    since: int | None
    until: int | None
    format: str
    output: Path | None
    force: bool = False
    files: Path | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """`history import`; `-` is standard input. `source` is a format. `zone` is that of times
    without one, `room` the room of all of it; `private`: private channels, too; `dry_run`: only
    show what there is."""

    files: tuple[Path, ...]
    source: str = JSONL
    zone: tzinfo = UTC
    room: str | None = None
    private: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Stats:
    """`history stats`."""

    format: str


@dataclass(frozen=True, slots=True)
class Backup:
    """`backup`."""

    file: Path
    force: bool


@dataclass(frozen=True, slots=True)
class Restore:
    """`restore`: with `check_only` the backup is only read. `config_to` is where its config file
    goes."""

    file: Path
    force: bool
    config_to: Path | None
    check_only: bool


@dataclass(frozen=True, slots=True)
class CheckData:
    """`check-data`; `quick`: without the contents of files, and without comparing the index."""

    quick: bool


@dataclass(frozen=True, slots=True)
class ShowCertificate:
    """`certificate`: show the server's certificate; make it if there is none, or with `force`."""

    names: tuple[str, ...]
    force: bool


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """`account`: `action` is what is done to the account `name`; `new` is its new name, the
    fingerprint of a certificate, or the name of a token, which is good for `rooms` (all of them if
    that is empty) and `scope`. `erase`: what it said goes with it."""

    action: str
    name: str = ""
    new: str = ""
    reason: str = ""
    erase: bool = False
    rooms: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class HashPassword:
    """`password`: make the hash of a password for OPER."""


@dataclass(frozen=True, slots=True)
class ShowAudit:
    """`audit`: show what operators of the server did; the last `count` entries, 0 for all."""

    count: int


@dataclass(frozen=True, slots=True)
class UpgradeServer:
    """`upgrade`: replace the running server by this version, without disconnecting anybody."""


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """`status`: what the running server says about itself; `json` for programs."""

    json: bool


Tool = (
    Export | Import | Stats | Backup | Restore | CheckData
    | ShowCertificate | ChangeAccount | HashPassword | ShowAudit | ShowStatus
    | UpgradeServer
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """The parsed command line; None, empty or False for options that were not given."""

    config: Path | None = None
    listen: tuple[Address, ...] = ()
    hosts: Path | None = None
    data: Path | None = None
    check: bool = False
    print_config: bool = False
    verbose: bool = False
    log_format: str = ""
    tool: Tool | None = None


def parse_options(argv: Sequence[str] | None = None) -> Options:
    """The options in `argv`, by default the process's own, without the program's name.

    Raises SystemExit: 0 after --help and --version, 2 for wrong usage.
    """
    flags = _flags()
    known, others = flags.parse_known_args(argv)
    if not others:  # the tools have 21 parsers, which take longer than all else here
        return _options(vars(known))
    parser = _parser(flags)
    if others[0] not in _FIRST_WORDS:  # argparse would treat a flag's value as a tool
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    said = vars(parser.parse_args(argv))
    kind = said.pop("kind", None)
    if kind is not None:
        for name in ("listen", "hosts", "check", "print_config"):
            if said[name]:
                parser.error(f"--{name.replace('_', '-')} cannot be used with a tool")
        words = {row.name: said.pop(row.name) for row in fields(kind)}
        said["tool"] = kind(**{key: _frozen(word) for key, word in words.items()})
    return _options(said)


def _options(said: dict[str, Any]) -> Options:
    return Options(**{**said, "listen": tuple(said["listen"])})


def _frozen(value: object) -> object:
    """argparse makes lists of what may be repeated."""
    return tuple(value) if isinstance(value, list) else value


def _parser(flags: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=Path(sys.argv[0]).name,  # argparse's own choice, but for archives in Python 3.14
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # abbreviations would change their meaning with new flags
        parents=[flags],
    )
    _add_tools(parser.add_subparsers(title="tools", metavar="TOOL"))
    return parser


def _flags() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    add = parser.add_argument
    _add_places(parser, None)
    add(
        "--listen",
        action="append",
        default=[],
        type=_address,
        metavar="ADDRESS",
        help="listen on this address; may be repeated",
    )
    add("--hosts", type=_path, metavar="FILE", help="listen on the rows of this hosts file")
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--check",
        action="store_true",
        help="check configuration and data, report every error, and exit",
    )
    either.add_argument(
        "--print-config",
        action="store_true",
        help="print a config file with all defaults, and exit",
    )
    add("-v", dest="verbose", action="store_true", help="log more detail; never what people write")
    words = "how the log looks: lines for people (text), or for programs (json)"
    add("--log-format", choices=(TEXT, JSON), default="", help=words)
    add("--version", action="version", version=f"Chatroom {__version__}")
    return parser


def _add_places(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the options that the tools share with the server."""
    for flag, dest, metavar, words in (
        ("-c", "config", "FILE", "the config file (TOML)"),
        ("--data", "data", "DIR", "the data directory"),
    ):
        parser.add_argument(
            flag, dest=dest, type=_path, metavar=metavar, help=words, default=default
        )


# The tools

_FIRST_WORDS = (
    *("history", "backup", "restore", "check-data", "certificate", "account"),
    *("password", "audit", "status", "upgrade", "-h", "--help"),
)

_Tools = Any  # argparse's action of subparsers has no public name


def _add_tools(tools: _Tools) -> None:
    history = tools.add_parser(
        "history", help="export, import or count the history", allow_abbrev=False
    )
    actions = history.add_subparsers(metavar="ACTION", required=True)
    _add_export(actions)
    _add_import(actions)
    add = _tool(actions, Stats, "stats", "count messages and bytes")
    add("--format", choices=("text", "json"), default="text")
    _add_backup(tools)
    words = "show the certificate for TLS; make one if there is none"
    add = _tool(tools, ShowCertificate, "certificate", words)
    add("names", nargs="*", type=_name, metavar="NAME", help="further names of this machine")
    add("--force", action="store_true", help="replace the certificate")

    _add_account(tools)
    _tool(tools, HashPassword, "password", "make the hash of a password, for operators.passwords")
    add = _tool(tools, ShowAudit, "audit", "show what operators of the server did")
    add("-n", dest="count", type=_count, default=0, metavar="N", help="only the last N entries")
    words = "replace the running server by this version; nobody is disconnected"
    _tool(tools, UpgradeServer, "upgrade", words)
    add = _tool(tools, ShowStatus, "status", "show how the running server is")
    add("--json", action="store_true", help="all values, for programs")


def _add_backup(tools: _Tools) -> None:
    add = _tool(tools, Backup, "backup", "write everything into one file, while the server runs")
    add("file", type=_path, metavar="FILE", help="the new backup file")
    add("--force", action="store_true", help="replace an existing FILE")
    add = _tool(tools, Restore, "restore", "restore a backup into an empty data directory")
    add("file", type=_path, metavar="FILE", help="the backup file")
    words = "replace what is in the data directory; it is kept in a directory beside it"
    add("--force", action="store_true", help=words)
    words = "write the config file of the backup to this file, and its hosts file beside it"
    add("--config-to", type=_path, metavar="FILE", help=words)
    words = "only read the backup and compare its digests"
    add("--check", dest="check_only", action="store_true", help=words)
    words = "check the data directory, and report everything that is wrong; it changes nothing"
    add = _tool(tools, CheckData, "check-data", words)
    words = "skip what takes long: the contents of files, and every word of the search index"
    add("--quick", action="store_true", help=words)


_ACCOUNT_ACTIONS = {
    "add": "add an account; its password is asked for, or read from standard input",
    "list": "list the accounts",
    "show": "show an account",
    "password": "give an account another password, as `add` does",
    "add-certificate": "let a certificate log in to an account (SASL EXTERNAL)",
    "remove-certificate": "stop a certificate from logging in; the account's connections end",
    "add-token": "make a token that programs use instead of the password; it is shown once",
    "list-tokens": "list the tokens of an account, and the browsers that stay logged in to it",
    "remove-token": "revoke a token; the connections by it end",
    "rename": "give an account another name",
    "suspend": "let nobody use an account until it is resumed",
    "resume": "end a suspension",
    "remove": "remove an account; its name is free again",
}


def _add_account(tools: _Tools) -> None:
    account = tools.add_parser("account", help="manage people's accounts", allow_abbrev=False)
    actions = account.add_subparsers(metavar="ACTION", required=True)
    for action, words in _ACCOUNT_ACTIONS.items():
        parser = actions.add_parser(action, help=words, description=words, allow_abbrev=False)
        parser.set_defaults(kind=ChangeAccount, action=action, name="", new="", reason="")
        parser.set_defaults(erase=False, rooms="", scope="")
        _add_places(parser, argparse.SUPPRESS)
        if action != "list":
            parser.add_argument("name", metavar="NAME", help="the account's name")
        if action == "rename":
            parser.add_argument("new", metavar="NEW", help="its new name")
        if action.endswith("-certificate"):
            parser.add_argument("new", metavar="SHA256", help="the certificate's fingerprint")
        if action in ("add-token", "remove-token"):
            parser.add_argument("new", metavar="TOKEN", help="the token's name")
        if action == "add-token":
            words = "only for these rooms, such as ops,builds"
            parser.add_argument("--rooms", metavar="ROOMS", default="", help=words)
            words = "only to read, or only to say something over HTTP"
            parser.add_argument("--scope", choices=(READ, WRITE), default="", help=words)
        if action == "remove":
            words = "erase what its owner said, for ever; asks for the account's name once more"
            parser.add_argument("--erase", action="store_true", help=words)
        if action == "suspend":
            parser.add_argument("--reason", metavar="TEXT", help="why, for operators")


def _add_export(actions: _Tools) -> None:
    add = _tool(actions, Export, "export", "write the history to standard output or a file")
    add("--room", type=_room, help="only this room, such as general")
    add(
        "--since",
        type=_moment,
        metavar="TIME",
        help="start at 2026-11-20 or 2026-11-20T15:00 (UTC, or with an offset), or 24h or 7d ago",
    )
    add("--until", type=_moment, metavar="TIME", help="stop before this time")
    add(
        "--format",
        choices=("jsonl", "text", "html"),
        default="jsonl",
        help="jsonl (the default) holds everything and can be imported; the others are for people",
    )
    add(
        "-o",
        dest="output",
        type=_path,
        metavar="FILE",
        help="write to this file instead of standard output",
    )
    add("--force", action="store_true", help="replace an existing FILE")
    add(
        "--files",
        type=_path,
        metavar="DIR",
        help="also copy the uploaded files that these messages show, to DIR/ID/NAME",
    )


def _add_import(actions: _Tools) -> None:
    words = "import our own export, or the history of another program; known messages are skipped"
    add = _tool(actions, Import, "import", words)
    words = "an export, or logs: files, directories or zip files; - is standard input (jsonl)"
    add("files", nargs="+", type=_path, metavar="FILE", help=words)
    words = "the program that it comes from; jsonl (the default): Chatroom"
    add("--from", dest="source", choices=(JSONL, *FOREIGN), default=JSONL, help=words)
    words = "the time zone of logs, such as Europe/Berlin or +02:00; UTC if it is not given"
    add("--timezone", dest="zone", type=_zone, default=UTC, metavar="ZONE", help=words)
    words = "the room of all messages, for logs whose names do not say it"
    add("--room", type=_room, help=words)
    words = "also private channels, as rooms that anybody may enter until you close them"
    add("--private", action="store_true", help=words)
    words = "only read it, and show what would be imported"
    add("--dry-run", action="store_true", help=words)


def _tool(tools: _Tools, kind: type[Tool], name: str, words: str) -> Any:
    """Add a tool. Returns its `add_argument`."""
    parser = tools.add_parser(name, help=words, description=words, allow_abbrev=False)
    parser.set_defaults(kind=kind)
    _add_places(parser, argparse.SUPPRESS)
    return parser.add_argument


_LONGEST_ROOM = 64
_NAME = re.compile(r"[A-Za-z0-9*]([A-Za-z0-9.:-]{0,61}[A-Za-z0-9:])?")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"expected a host's name or address, found {text!r}")
    return text


def _moment(text: str) -> int:
    try:
        return moment(text, time.time(), UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"expected a time such as 2026-11-20, 2026-11-20T15:00 or 7d, found {text!r}"
        ) from None


_OFFSET = re.compile(r"[+-]\d\d:?\d\d")


def _zone(text: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # a server does not need it

    try:
        if _OFFSET.fullmatch(text):
            return datetime.strptime(text, "%z").tzinfo or UTC
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(
            "expected a time zone that this machine knows, such as Europe/Berlin, or an offset"
            f" such as +02:00, found {text!r}"
        ) from None


def _room(text: str) -> str:
    """Parse a room. `@general` means the messages to the operators of general."""
    rank = text[:1] if text[:1] in RANK_SYMBOLS else ""
    try:
        return rank + room_name(prefixed(text[len(rank) :]), _LONGEST_ROOM)
    except InvalidName as error:
        raise argparse.ArgumentTypeError(f"{error}, found {bare(text)!r}") from None


def _address(text: str) -> Address:
    try:
        return parse_address(text)
    except AddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f"expected a number above zero, found {text!r}")
    return int(text)


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("expected a path, found ''")
    return Path(text)
