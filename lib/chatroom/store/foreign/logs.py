"""Logs of people's IRC clients: lines of text, of which tables of patterns say what they mean.

Such a log has what its owner saw: no identities of messages, mostly no time zone, and in some no
more than minutes. The room is in the name of the file. Private talks are never read.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from chatroom.store.foreign.happened import Happened, action
from chatroom.store.foreign.reading import LocalClock, Reading, milliseconds
from chatroom.store.foreign.tree import Tree, file_name, folder_name

LONGEST_LINE = 65_536
"""Bytes. A line of IRC is shorter."""

PRIVATE = "private conversations"
EVENTS = "lines that are not messages (modes of people, notes of the client, ...)"

_NICK = r"(?P<who>[^\s<>]{1,64})"
_TEXT = r"(?P<text>.*)"
_ADDRESS = r"[\[(](?P<address>[^\s\])]{0,200})[\])]"


class Meaning(NamedTuple):
    """A kind of lines: the command, and the pattern that they match as a whole. Its groups are
    `who`, `address`, `other` (a further parameter) and `text`."""

    command: str
    pattern: re.Pattern[str]
    is_action: bool = False


def meaning(command: str, pattern: str, is_action: bool = False) -> Meaning:
    """A row of a table. The pattern may use {nick}, {address} and {text}."""
    whole = pattern.replace("{nick}", _NICK).replace("{address}", _ADDRESS).replace("{text}", _TEXT)
    return Meaning(command, re.compile(whole), is_action)


def understood(text: str, table: tuple[Meaning, ...], room: str, at: int) -> Happened | None:
    """What a line means, after its time; None if no row of the table matches it."""
    for command, pattern, is_action in table:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        found = {key: value or "" for key, value in match.groupdict().items()}
        said = found.get("text", "")
        others = tuple(found.get("other", "").split()[:20])
        address = found.get("address", "")
        text = action(said) if is_action else said
        return Happened(room, at, found["who"], command, text, others, address=address)
    return None


class Log(NamedTuple):
    """A format of logs. `room_of` says which room a file is of: "" if it is a private talk, None if
    the name does not say. `lines` reads a file."""

    room_of: Callable[[str], str | None]
    lines: Callable[[Iterator[str], str, str, Reading], Iterator[Happened]]
    example: str


def read_logs(log: Log, tree: Tree, reading: Reading) -> Iterator[Happened]:
    """Everything in the logs."""
    for file in tree.names():
        reading.begin(file)
        room = reading.room or log.room_of(file)
        if room is None:
            reading.fault(f"expected a name such as {log.example}, or --room NAME")
        elif not room:
            reading.skip(PRIVATE)
        else:
            yield from log.lines(reading.texts(tree, file, LONGEST_LINE), file, room, reading)


def is_room(name: str) -> bool:
    """Whether it is the name of a channel (RFC 2812 section 1.3)."""
    return name[:1] in ("#", "&", "+", "!") and len(name) > 1


# irssi: ~/irclogs/NETWORK/#room.log

_IRSSI_NAME = re.compile(r"(.+?)(?:[-_.]\d{4}(?:[-_.]?\d\d){1,2})?\.log")
"""A year alone may be a part of the room's name."""

_IRSSI_DAY = re.compile(
    r"--- (?:Log (?:opened|closed)|Day changed) \w{3} (\w{3}) +(\d{1,2})"
    r"(?: \d\d:\d\d:\d\d)? (\d{4})"
)
_IRSSI_LINE = re.compile(r"\[?(\d\d):(\d\d)(?::(\d\d))?\]? (.*)", re.DOTALL)
_IRSSI_EXAMPLE = "--- Log opened Fri Nov 20 15:00:15 2026"
_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9,
    "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip

_IRSSI = (
    meaning("PRIVMSG", r"<[ +%@&~!.]?{nick}> {text}"),
    meaning("PRIVMSG", r" ?\* {nick} {text}", is_action=True),
    meaning("NOTICE", r"-{nick}:[^\s]{1,64}- {text}"),
    meaning("JOIN", r"-!- {nick} {address} has joined \S+.*"),
    meaning("PART", r"-!- {nick} {address} has left \S+(?: \[{text}\])?"),
    meaning("QUIT", r"-!- {nick} {address} has quit(?: \[{text}\])?"),
    meaning("KICK", r"-!- (?P<other>\S{1,64}) was kicked from \S+ by {nick}(?: \[{text}\])?"),
    meaning("NICK", r"-!- {nick} is now known as (?P<text>\S{1,64})"),
    meaning("TOPIC", r"-!- {nick} changed the topic of \S+ to: {text}"),
    meaning("TOPIC", r"-!- Topic unset by {nick} on \S+(?P<text>)"),
    meaning("MODE", r"-!- mode/\S+ \[(?P<other>[+-][^\]]{1,400})\] by {nick}"),
)


def _irssi_room(file: str) -> str | None:
    match = _IRSSI_NAME.fullmatch(file_name(file))
    if match is None:
        return None
    return match[1] if is_room(match[1]) else ""


def _irssi_lines(
    texts: Iterator[str], _file: str, room: str, reading: Reading
) -> Iterator[Happened]:
    clock, day = LocalClock(reading.zone), None
    for text in texts:
        if text.startswith("--- "):
            day = _irssi_day(text) or day
            if day is None:
                reading.fault(f"expected an English date, such as {_IRSSI_EXAMPLE}")
            continue
        match = _IRSSI_LINE.fullmatch(text)
        if match is None:
            reading.fault("expected a line such as 15:00 <bob> hello")
        elif day is None:
            reading.fault(f"expected a line before that has the day: {_IRSSI_EXAMPLE}")
        else:
            hour, minute, second = (int(each or 0) for each in match.group(1, 2, 3))
            yield from _at(day, hour, minute, second, match[4], _IRSSI, room, clock, reading)


def _irssi_day(text: str) -> date | None:
    match = _IRSSI_DAY.match(text)
    try:
        return date(int(match[3]), _MONTHS[match[1]], int(match[2])) if match else None
    except (ValueError, KeyError):
        return None


def _at(
    day: date,
    hour: int,
    minute: int,
    second: int,
    text: str,
    table: tuple[Meaning, ...],
    room: str,
    clock: LocalClock,
    reading: Reading,
) -> Iterator[Happened]:
    try:
        at = clock.at(datetime(day.year, day.month, day.day, hour, minute, min(second, 59)))
    except ValueError:
        reading.fault("expected a time between 1970 and 2999")
        return
    found = understood(text, table, room, at)
    if found is None:
        reading.skip(EVENTS)
    else:
        yield found


# WeeChat: irc.NETWORK.#room.weechatlog

_WEECHAT_NAME = re.compile(r"irc\.[^.#&+!]*(?:\.[^.#&+!]+)*?\.(.+)\.weechatlog(?:\.\d+)?")
_WEECHAT_OTHERS = re.compile(r"(core\.|irc\.server\.|relay\.|python\.|perl\.|xfer\.).*")
_WEECHAT_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z?)\t([^\t]*)\t(.*)", re.DOTALL
)
_WEECHAT_NICK = re.compile(r"[ +%@&~!]?([^\s<>+%@&~!][^\s<>]{0,63})")
_WEECHAT_ACTION = re.compile(r"(\S{1,64}) (.*)", re.DOTALL)

_WEECHAT = {
    "-->": (meaning("JOIN", r"{nick}(?: \[[^\]]*\])?(?: \([^()]*\))? {address} has joined \S+"),),
    "<--": (
        meaning("PART", r"{nick}(?: {address})? has left \S+(?: \({text}\))?"),
        meaning("QUIT", r"{nick}(?: {address})? has quit(?: \({text}\))?"),
        meaning("KICK", r"{nick} has kicked (?P<other>\S{1,64})(?: \({text}\))?"),
    ),
    "--": (
        meaning("NOTICE", r"Notice\({nick}\)(?: -> \S+)?: {text}"),
        meaning("NICK", r"{nick} is now known as (?P<text>\S{1,64})"),
        meaning("MODE", r"Mode \S+ \[(?P<other>[+-][^\]]{1,400})\] by {nick}"),
        meaning(
            "TOPIC", r'{nick} has changed topic for \S+ (?:from ".{0,600}" )?to "(?P<text>.*)"'
        ),
        meaning("TOPIC", r"{nick} has unset topic for \S+(?P<text>)(?: \(old topic: .*\))?"),
    ),
}


def _weechat_room(file: str) -> str | None:
    name = file_name(file)
    if _WEECHAT_OTHERS.fullmatch(name):
        return ""
    begin = name.find(".#")
    if begin >= 0 and name.startswith("irc."):
        room, end, _ = name[begin + 1 :].rpartition(".weechatlog")
        return room if end else None
    return "" if _WEECHAT_NAME.fullmatch(name) else None


def _weechat_lines(
    texts: Iterator[str], _file: str, room: str, reading: Reading
) -> Iterator[Happened]:
    clock = LocalClock(reading.zone)
    for text in texts:
        match = _WEECHAT_LINE.fullmatch(text)
        if match is None:
            reading.fault("expected a line such as 2026-11-20 15:00:15, a tab, bob, a tab, hello")
            continue
        day, hour, utc, prefix, said = match.groups()
        try:
            local = datetime.fromisoformat(f"{day}T{hour[:15]}{'+00:00' if utc else ''}")
            at = milliseconds(local) if utc else clock.at(local)
        except ValueError:
            reading.fault("expected a time between 1970 and 2999")
            continue
        found = _weechat(prefix.strip(), said, room, at)
        if found is None:
            reading.skip(EVENTS)
        else:
            yield found


def _weechat(prefix: str, text: str, room: str, at: int) -> Happened | None:
    if prefix in _WEECHAT:
        return understood(text, _WEECHAT[prefix], room, at)
    if prefix == "*":
        match = _WEECHAT_ACTION.fullmatch(text)
        return Happened(room, at, match[1], "PRIVMSG", action(match[2])) if match else None
    nick = _WEECHAT_NICK.fullmatch(prefix)
    if nick is None or prefix == "=!=":
        return None
    return Happened(room, at, nick[1], "PRIVMSG", text)


# ZNC: USER/NETWORK/#room/2026-11-20.log; before ZNC 1.6: USER_NETWORK_#room_20261120.log

_ZNC_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)\.log")
_ZNC_OLD = re.compile(r"(.*)_(\d{4})(\d\d)(\d\d)\.log")
_ZNC_LINE = re.compile(r"\[(\d\d):(\d\d):(\d\d)\] (.*)", re.DOTALL)

_ZNC = (
    meaning("PRIVMSG", r"<{nick}> {text}"),
    meaning("PRIVMSG", r"\* {nick} {text}", is_action=True),
    meaning("NOTICE", r"-{nick}- {text}"),
    meaning("JOIN", r"\*\*\* Joins: {nick} {address}"),
    meaning("PART", r"\*\*\* Parts: {nick} {address}(?: \({text}\))?"),
    meaning("QUIT", r"\*\*\* Quits: {nick} {address}(?: \({text}\))?"),
    meaning("KICK", r"\*\*\* (?P<other>\S{1,64}) was kicked by {nick}(?: \({text}\))?"),
    meaning("NICK", r"\*\*\* {nick} is now known as (?P<text>\S{1,64})"),
    meaning("TOPIC", r"\*\*\* {nick} changes topic to '{text}'"),
    meaning("MODE", r"\*\*\* {nick} sets mode: (?P<other>[+-].{1,400})"),
)


def _znc_room(file: str) -> str | None:
    name = file_name(file)
    if _ZNC_DAY.fullmatch(name):
        folder = folder_name(file)
        return folder if is_room(folder) else ""
    if old := _ZNC_OLD.fullmatch(name):
        begin = old[1].find("#")
        return old[1][begin:] if begin >= 0 else ""
    return None


def _znc_lines(texts: Iterator[str], file: str, room: str, reading: Reading) -> Iterator[Happened]:
    name = file_name(file)
    found = _ZNC_DAY.fullmatch(name) or _ZNC_OLD.fullmatch(name)
    try:
        day = date(*map(int, found.groups()[-3:])) if found else None
    except ValueError:
        day = None
    if day is None:
        reading.fault("expected a file name with the day, such as 2026-11-20.log")
        return
    clock = LocalClock(reading.zone)
    for text in texts:
        match = _ZNC_LINE.fullmatch(text)
        if match is None:
            reading.fault("expected a line such as [15:00:15] <bob> hello")
            continue
        hour, minute, second = map(int, match.group(1, 2, 3))
        yield from _at(day, hour, minute, second, match[4], _ZNC, room, clock, reading)


IRSSI = Log(_irssi_room, _irssi_lines, "#room.log")
WEECHAT = Log(_weechat_room, _weechat_lines, "irc.network.#room.weechatlog")
ZNC = Log(_znc_room, _znc_lines, "#room/2026-11-20.log")
