"""A past for the plain door to show: what is in the history of the tests' servers."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatroom.store.history import History
from chatroom.wire.message import Message
from chatroom.wire.reference import parse_time
from harness import Client, Server, fresh

CAPS = "batch message-tags server-time echo-message draft/message-redaction"
CONFIG = "[limits]\nflood_rate = 0\nchathistory = 30\n"
EAST = {"TZ": "XYZ-9"}  # nine hours before UTC, so that days begin at 15:00Z

UP_TO_DATE = "--- you are up to date ---"
THE_BEGINNING = "--- nothing older is kept ---"
NOTHING_YET = "Nothing has been said here yet."
MORE = "/search more shows older ones."
NO_MORE = "Nothing older was found."
NOTHING = "Nothing was found."

DAY = re.compile(r"--- \w+, \d+ \w+ \d{4} ---")
STAMP = re.compile(r"\[\d\d:\d\d:\d\d\] ")
PLACE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] ")

ESCAPES = "\x1b[2J\x9b31m\u202ereversed\x7f"
SHOWN = "^[[2J\\u009b31m\\u202ereversed^?"

Row = tuple[str, str, str, str, str]
"""Time, room, nickname, command, text."""

DIARY: list[Row] = [
    ("2019-12-30T14:59:59.999Z", "#diary", "ann", "PRIVMSG", "good night"),
    ("2019-12-30T15:00:00.000Z", "#diary", "bob", "PRIVMSG", "\x01ACTION yawns\x01"),
    ("2019-12-31T00:30:00.000Z", "#diary", "owl", "NOTICE", "rain today"),
    ("2020-01-01T03:00:00.000Z", "#diary", "owl", "PRIVMSG", "\x01VERSION\x01"),
    ("2020-01-02T03:00:00.000Z", "#diary", "owl", "NOTICE", "\x01PING 5\x01"),
    ("2020-02-29T03:04:05.000Z", "#diary", "ann", "PRIVMSG", ESCAPES),
]

SAID: list[Row] = [
    ("2021-03-01T10:00:00.000Z", "#tea", "tess", "PRIVMSG", "green tea is ready"),
    ("2021-03-02T10:00:00.000Z", "#Cake", "carl", "NOTICE", "Ready, and so is the cake"),
    ("2021-03-03T10:00:00.000Z", "#tea", "carl", "PRIVMSG", "\x01ACTION eats crème brûlée\x01"),
    ("2021-03-04T10:00:00.000Z", "#tea", "tess", "PRIVMSG", "今天天气很好"),
    ("2021-03-05T10:00:00.000Z", "#cake", "tess", "PRIVMSG", "อากาศดีมาก"),
    ("2021-03-06T10:00:00.000Z", "#cake", "carl", "PRIVMSG", "Привет, мир"),
    ("2021-03-07T10:00:00.000Z", "#tea", "carl", "PRIVMSG", "مرحبا بالعالم"),
    ("2021-03-08T10:00:00.000Z", "#tea", "tess", "PRIVMSG", f"party 🎉 {ESCAPES}"),
]
FOUND = [
    "[2021-03-01 19:00:00] tea <tess> green tea is ready",
    "[2021-03-02 19:00:00] Cake -carl- Ready, and so is the cake",
    "[2021-03-03 19:00:00] tea * carl eats crème brûlée",
    "[2021-03-04 19:00:00] tea <tess> 今天天气很好",
    "[2021-03-05 19:00:00] Cake <tess> อากาศดีมาก",
    "[2021-03-06 19:00:00] Cake <carl> Привет, мир",
    "[2021-03-07 19:00:00] tea <carl> مرحبا بالعالم",
    f"[2021-03-08 19:00:00] tea <tess> party 🎉 {SHOWN}",
]
"""What a search shows of SAID."""


def series(room: str, count: int, text: str, start: str) -> list[Row]:
    """A line each hour."""
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    times = [first + timedelta(hours=number) for number in range(count)]
    return [
        (f"{time:%Y-%m-%dT%H:%M:%S}.000Z", room, "clock", "PRIVMSG", f"{text} {number}")
        for number, time in enumerate(times)
    ]


def queries(room: str, count: int) -> list[Row]:
    """What is not for people."""
    return [
        (time, room, nick, command, "\x01VERSION\x01")
        for time, _, nick, command, _ in series(room, count, "", "2022-07-01")
    ]


PAST = sorted(
    [
        *DIARY,
        *SAID,
        *series("#long", 65, "hour", "2022-05-01T06:00"),
        *series("#ten", 10, "tenth", "2022-06-01"),
        *queries("#bots", 40),
        *series("#bots", 3, "human", "2022-06-20"),
    ]
)


def write(directory: Path, rows: list[Row]) -> None:
    """Put them into the history of a server that is going to run in the directory."""
    data = directory / "data"
    data.mkdir(mode=0o700, parents=True)
    with closing(History(data, "process")) as history:
        for time, room, nick, command, text in rows:
            message = Message(command, (room, text), f"{nick}!~{nick}@192.0.2.7")
            history.record(room, message, parse_time(time) / 1000)
        history.commit()


def leave(client: Client) -> None:
    """By the word of both doors."""
    client.send("QUIT" if client.nick else "exit").end()


def welcomed(server: Server, room: str, nick: str = "") -> list[str]:
    """What a newcomer is shown after the welcome."""
    with server.person(nick or fresh("newcomer"), room) as client:
        shown = client.hear()
        leave(client)
    return shown


def texts(shown: list[str]) -> list[str]:
    """What was said, without times, names and days."""
    return [STAMP.sub("", line).partition("> ")[2] for line in shown if STAMP.match(line)]


def hours(*numbers: int) -> list[str]:
    """Lines of #long."""
    return [f"hour {number}" for number in range(*numbers)]


def found(shown: list[str]) -> list[str]:
    """The texts of a search's lines."""
    return [line.partition("> ")[2] for line in shown if PLACE.match(line)]
