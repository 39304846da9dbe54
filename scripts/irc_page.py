#!/usr/bin/env python3
"""The tables of docs/irc.md: what the server supports of IRC, as its own tables have it.

`make man` writes them anew, each between its two marks. Capabilities with their values and the
tokens of 005 are what a server says that has just been started without a configuration, and then
what it says only with one. The words in the tables below are for what the code itself does not
describe; a row that is missing here leaves its cell empty.
"""

import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lib"))

from chatroom.chat.commands.capabilities import ACCOUNT_REQUIRED  # noqa: E402
from chatroom.chat.commands.isupport import isupport_lines  # noqa: E402
from chatroom.chat.commands.mode_setters import PRIVILEGE_FOR  # noqa: E402
from chatroom.chat.commands.modes import USER_MODES  # noqa: E402
from chatroom.chat.commands.operators import Reserved  # noqa: E402
from chatroom.chat.commands.table import COMMANDS  # noqa: E402
from chatroom.chat.limits import Limits  # noqa: E402
from chatroom.chat.rights import MODES, RANKS, RIGHTS, WHO  # noqa: E402
from chatroom.chat.state.room_modes import ROOM_MODES  # noqa: E402
from chatroom.wire.capabilities import CAPABILITIES  # noqa: E402
from chatroom.wire.message import decode  # noqa: E402
from chatroom.wire.mode_words import MODE_WORDS  # noqa: E402
from chatroom.wire.numerics import ERR_NOMOTD, NUMERICS, RPL_ENDOFMOTD, RPL_ISUPPORT  # noqa: E402
from page_tables import cell, code, with_tables  # noqa: E402

PAGE = ROOT / "docs" / "irc.md"
CHAT, WIRE = (ROOT / "lib" / "chatroom" / name for name in ("chat", "wire"))
PATIENCE = 20.0

# Specifications

IRCV3 = "https://ircv3.net/specs/"
MODERN = "[Modern IRC](https://modern.ircdocs.horse/)"
DEFS = "[Modern IRC](https://modern.ircdocs.horse/#rplisupport-parameters)"
SOJU = "[soju](https://codeberg.org/emersion/soju/src/branch/master/doc/ext)"
OURS = "our own"

_VENDORS = {"chatroom": OURS, "soju.im": SOJU, "znc.in": "ZNC"}

_ELSEWHERE = {
    "cap-notify": "capability-negotiation",
    "draft/authtoken": "",
    "draft/event-playback": "chathistory",
    "draft/metadata-2": "metadata",
    "draft/metadata-3": "metadata",
    "draft/whoami": "",
    "sasl": "sasl-3.2",
}
"""Capabilities whose specification has another name; "": an open pull request."""


def _of_capability(name: str) -> str:
    """A link to its specification, which usually has the capability's name."""
    owner, _, rest = name.rpartition("/")
    if owner in _VENDORS:
        return _VENDORS[owner]
    known = _ELSEWHERE.get(name, rest)
    return ircv3(known) if known else "IRCv3, proposed"


def ircv3(name: str) -> str:
    """A link to a specification of IRCv3 by its place there."""
    place = name if "/" in name else f"extensions/{name}"
    return f"[{name.rpartition('/')[2]}]({IRCV3}{place})"


_SOURCES = {
    **dict.fromkeys(
        ("AUDIT", "DLINE", "KLINE", "GLOBAL", "IDENTIFY", "NICKSERV", "NS", "CHANSERV", "CS",
         "REDACTALL", "SAJOIN", "SAMODE", "TBAN", "UNDLINE", "UNKLINE"), OURS
    ),
    **dict.fromkeys(("REGISTER", "VERIFY"), ircv3("account-registration")),
    "AUTHENTICATE": ircv3("sasl-3.1"),
    "BATCH": ircv3("client-batch"),
    "CAP": ircv3("capability-negotiation"),
    "CHATHISTORY": ircv3("chathistory"),
    "HELPOP": MODERN,
    "ISON": "RFC 1459, 5.8",
    "ISUPPORT": ircv3("extended-isupport"),
    "KNOCK": "Charybdis",
    "MAP": "Charybdis",
    "MARKREAD": ircv3("read-marker"),
    "METADATA": ircv3("metadata"),
    "MONITOR": ircv3("monitor"),
    "REDACT": ircv3("message-redaction"),
    "RENAME": ircv3("channel-rename"),
    "SEARCH": SOJU,
    "SETNAME": ircv3("setname"),
    "TAGMSG": ircv3("message-tags"),
    "TOKEN": "IRCv3, proposed",
    "WEBIRC": ircv3("webirc"),
}  # fmt: skip
"""The specification of each command that Modern IRC does not have."""

_RIGHTS = {
    "INVITE": "INVITE",
    "KICK": "KICK",
    "REDACTALL": "REDACT_OTHERS",
    "RENAME": "RENAME",
    "TBAN": "BAN",
    "TOPIC": "SET_TOPIC",
}
"""Commands for which somebody needs a right in the room."""

_TOKENS = {
    "ACCOUNTEXTBAN": ("bans of accounts", ircv3("account-extban")),
    "AWAYLEN": ("characters of an away message", DEFS),
    "BOT": ("the user mode of bots", ircv3("bot-mode")),
    "CASEMAPPING": ("how names are compared, where they are ASCII", DEFS),
    "CHANLIMIT": ("rooms that somebody may be in", DEFS),
    "CHANMODES": ("[the modes of rooms](#modes)", DEFS),
    "CHANNELLEN": ("characters of a room's name", DEFS),
    "CHANTYPES": ("what room names begin with", DEFS),
    "CHATHISTORY": ("messages of one page", ircv3("chathistory")),
    "CLIENTTAGDENY": ("client-only tags that are not passed on", ircv3("message-tags")),
    "ELIST": ("conditions of LIST", DEFS),
    "EXCEPTS": ("the mode of exceptions from bans", DEFS),
    "EXTBAN": ("bans of accounts (`a`), and mutes (`m`)", DEFS),
    "HOSTLEN": ("characters of a host", DEFS),
    "INVEX": ("the mode of exceptions from mode `i`", DEFS),
    "KEYLEN": ("characters of a room's key", "InspIRCd"),
    "KICKLEN": ("characters of a reason", DEFS),
    "KNOCK": ("the command KNOCK", "Charybdis"),
    "MAXLIST": ("entries of each list of a room", DEFS),
    "MODES": ("mode changes with a parameter in one line", DEFS),
    "MONITOR": ("nicknames that one connection may watch", ircv3("monitor")),
    "MSGREFTYPES": ("how CHATHISTORY names messages", ircv3("chathistory")),
    "NAMELEN": ("characters of a real name", ircv3("setname")),
    "NETWORK": ("the network's name", DEFS),
    "NICKLEN": ("characters of a nickname", DEFS),
    "PREFIX": ("[the ranks](#modes) in a room", DEFS),
    "SAFELIST": ("a long LIST disconnects nobody", DEFS),
    "STATUSMSG": ("messages to those with a rank", DEFS),
    "TARGMAX": ("targets of one command", DEFS),
    "TBAN": ("the command TBAN: [bans that end](moderation.md)", OURS),
    "TOPICLEN": ("characters of a topic", DEFS),
    "USERLEN": ("characters of a user name", DEFS),
    "UTF8MAPPING": ("how all names are compared: RFC 8265, UsernameCaseMapped", "Ergo"),
    "UTF8ONLY": ("what is not UTF-8 is refused", ircv3("utf8-only")),
    "WHOX": ("WHO with fields", ircv3("whox")),
    "draft/ACCOUNTREQUIRED": ("only people with an account come in", ircv3("account-registration")),
    "draft/FILEHOST": ("where [files](files.md) are uploaded", "IRCv3, proposed"),
    "draft/AUTHTOKEN": ("the command TOKEN", "IRCv3, proposed"),
    "soju.im/SAFERATE": ("nobody is disconnected for sending too fast", SOJU),
    "draft/ICON": ("the network's picture", ircv3("network-icon")),
    "soju.im/FILEHOST": ("the same, by its older name", SOJU),
}
"""A token of 005 -> its meaning, and its specification."""

_USER_MODES = {
    "B": ("a bot: messages carry the tag `bot`, and no room shows it its past", ircv3("bot-mode")),
    "R": ("no private messages from people without an account", ""),
    "i": ("invisible: only people in the same room see it in WHO and NAMES", MODERN),
    "o": ("an operator of the server; OPER sets it", MODERN),
    "s": ("an operator of the server hears what other operators do", MODERN),
    "w": ("hears WALLOPS", MODERN),
    "x": ("others see a cloak instead of its address", ""),
}
"""A user mode -> its meaning, and its specification."""

_BATCHES = {
    "chathistory": ("a page of the history, or a room's last lines", ircv3("chathistory")),
    "draft/authtoken": ("the services for which there are tokens", "IRCv3, proposed"),
    "draft/chathistory-targets": ("CHATHISTORY TARGETS", ircv3("chathistory")),
    "draft/isupport": ("the tokens of 005, for ISUPPORT", ircv3("extended-isupport")),
    "draft/multiline": ("a message of several lines, in both directions", ircv3("multiline")),
    "labeled-response": ("an answer of several lines", ircv3("labeled-response")),
    "metadata": ("what METADATA asks for", ircv3("metadata")),
    "metadata-subs": ("the keys to which a client has subscribed", ircv3("metadata")),
    "soju.im/search": ("what SEARCH found", SOJU),
}
"""A type of batch -> what it holds, and its specification."""

# What a server says


class Said(NamedTuple):
    """What the server says of itself: the words of CAP LS 302, and the tokens of 005."""

    capabilities: dict[str, str]
    tokens: dict[str, str]


def ask(port: int) -> Said:
    """Be a client of a server on this machine, and note what it offers."""
    words: list[str] = []
    tokens: list[str] = []
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as sock:
        sock.sendall(b"CAP LS 302\r\nNICK guide\r\nUSER guide 0 * :guide\r\nCAP END\r\n")
        for line in sock.makefile("rb"):
            message = decode(line.strip())
            assert message is not None, line
            if message.command == "CAP":
                words += message.params[-1].split()
            elif message.command == RPL_ISUPPORT.code:
                tokens += message.params[1:-1]
            elif message.command in (RPL_ENDOFMOTD.code, ERR_NOMOTD.code):
                break
    elsewhere = f"127.0.0.1:{port}"
    return Said(_pairs(words), _pairs(word.replace(elsewhere, "HOST:PORT") for word in tokens))


def _pairs(words: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` -> {"NAME": "VALUE"}"""
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def said_by_a_new_server() -> Said:
    """What a server says that nobody has configured."""
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "chatroom.toml").write_text("")
        command = [sys.executable, str(ROOT / "chatroom_server.py"), "-c", "chatroom.toml"]
        command += ["--data", "data", "--listen", "127.0.0.1:0"]
        server = subprocess.Popen(command, cwd=directory, stderr=subprocess.PIPE, text=True)
        assert server.stderr is not None
        try:
            lines = map(re.compile(r"listening on \S*:(\d+)").search, server.stderr)
            found = next(line for line in lines if line)
            return ask(int(found[1]))
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=PATIENCE)


# The tables


def _capabilities(said: Said) -> Iterator[Sequence[str]]:
    yield "capability", "what it is for", "specification"
    for name, row in CAPABILITIES.items():
        value = said.capabilities.get(name, "")
        yield code(f"{name}={value}" if value else name), row.purpose, _of_capability(name)
    # clients never ask for these, and only some configurations have them
    yield code(ACCOUNT_REQUIRED), "only people with an account come in", SOJU
    purpose = "TLS from now on; in the clear `sts=port=PORT`"
    yield code("sts=duration=SECONDS"), purpose, ircv3("sts")


def _commands(_said: Said) -> Iterator[Sequence[str]]:
    yield "command", "what it does", "who", "specification"
    for name, row in COMMANDS.items():
        usage = f"{name} {row.usage}".rstrip()
        yield code(usage), row.help, _who_may(name), _SOURCES.get(name, MODERN)


def _who_may(name: str) -> str:
    row = COMMANDS[name]
    if isinstance(row.handler, Reserved):
        return _with_privilege(row.handler.privilege)
    if name in _RIGHTS:
        right = RIGHTS[_RIGHTS[name]]
        more = [f"; in mode `{mode}` {WHO[least]}" for mode, least in right.modes]
        return WHO[right.least] + "".join(more)
    return "everybody, before registration too" if row.early else "everybody"


def _with_privilege(privilege: str) -> str:
    return f"operators of the server with `{privilege}`"


def _isupport(said: Said) -> Iterator[Sequence[str]]:
    yield "token", "meaning", "specification"
    for name, value in {**said.tokens, **_configured(said)}.items():
        yield code(f"{name}={value}" if value else name), *_TOKENS.get(name, ("", ""))


def _configured(said: Said) -> dict[str, str]:
    """The tokens of a server with each setting that adds one, which `said` does not have."""
    lines = isupport_lines("", Limits(), True, True, True, "URL", denied_tags="TAGS", icon="URL")
    every = _pairs(word for line in lines for word in line)
    return {name: value for name, value in every.items() if name not in said.tokens}


def _user_modes(_said: Said) -> Iterator[Sequence[str]]:
    yield "mode", "meaning", "specification"
    for letter in USER_MODES:
        yield code(letter), *_USER_MODES.get(letter, ("", ""))


def _ranks(_said: Said) -> Iterator[Sequence[str]]:
    yield "mode", "prefix", "rank", "given by"
    symbols = dict(zip(ROOM_MODES.prefix_letters, ROOM_MODES.prefix_symbols, strict=True))
    for letter, rank in RANKS.items():
        yield code(letter), code(symbols[letter]), rank.words, WHO[rank.given_by]


_PARAMETERS = {
    "a list of masks": ROOM_MODES.lists,
    "always": ROOM_MODES.always,
    "if it is set": ROOM_MODES.when_set,
    "never": ROOM_MODES.flags,
}
"""When a mode has a parameter -> the letters."""


def _room_modes(_said: Said) -> Iterator[Sequence[str]]:
    yield "mode", "what people read when it is set", "parameter", "changed by"
    for parameter, letters in _PARAMETERS.items():
        for letter in letters:
            words = MODE_WORDS.get(f"+{letter}", "").format("…")
            privilege = PRIVILEGE_FOR.get(letter)
            who = _with_privilege(privilege) if privilege else WHO[MODES[letter]]
            yield code(letter), words, parameter, who


def _batches(_said: Said) -> Iterator[Sequence[str]]:
    yield "type", "what it holds", "specification"
    sources = [file.read_text() for place in (CHAT, WIRE) for file in place.rglob("*.py")]
    for kind, (words, source) in _BATCHES.items():
        if any(f'"{kind}"' in text for text in sources):
            yield code(kind), words, source


_FAILED = re.compile(r'\bFailed\(\s*(?:"(?P<command>[A-Z*]+)"|[\w.]+),\s*"(?P<code>[A-Z_]+)"')
"""A refusal in the source: it names its command, or is one of several commands."""


def _standard_replies(_said: Said) -> Iterator[Sequence[str]]:
    yield "command", "codes of `FAIL`"
    codes: dict[str, set[str]] = {}
    for file in sorted(CHAT.rglob("*.py")):
        for found in _FAILED.finditer(file.read_text()):
            codes.setdefault(found["command"] or "", set()).add(found["code"])
    for command, its in sorted(codes.items()):
        yield code(command) if command else "several", ", ".join(map(code, sorted(its)))


def _numerics(_said: Said) -> Iterator[Sequence[str]]:
    yield "numeric", "name", "kind", "text", "specification"
    for name, row in sorted(NUMERICS.items(), key=lambda item: item[1].code):
        yield row.code, code(name), row.kind.value, cell(row.text), row.source


_TABLES: dict[str, Callable[[Said], Iterator[Sequence[str]]]] = {
    "capabilities": _capabilities,
    "commands": _commands,
    "isupport": _isupport,
    "user-modes": _user_modes,
    "ranks": _ranks,
    "room-modes": _room_modes,
    "batches": _batches,
    "standard-replies": _standard_replies,
    "numerics": _numerics,
}


def written(page: str, said: Said) -> str:
    """The page with its tables as they should be."""
    return with_tables(page, {name: partial(table, said) for name, table in _TABLES.items()})


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), said_by_a_new_server()))
