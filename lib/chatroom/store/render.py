"""Renders the history for people: as plain text, and as a self-contained page of HTML.

Both show rooms, days and lines. Times are UTC, because a page may be read anywhere. Text that
people wrote is made visible, and escaped in HTML.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from html import escape
from typing import NamedTuple

from chatroom.store.jsonl import Entry
from chatroom.text.display import action, visible
from chatroom.wire.client_tags import REACT, UNREACT
from chatroom.wire.message import Message
from chatroom.wire.names import bare
from chatroom.wire.reference import parse_time


class _Shown(NamedTuple):
    """A message in words: `kind` is a key of the templates below."""

    kind: str
    who: str
    text: str


def _moment(message: Message) -> datetime:
    return datetime.fromtimestamp(parse_time(message.tags["time"]) // 1000, UTC)


def _day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"


def _shown_room(name: str) -> str:
    """A room's name; `@#general` means messages to the operators of general."""
    return visible(bare(name) if name.startswith("#") else name)


# Words


def _because(message: Message, index: int) -> str:
    reason = message.param(index)
    return f" ({reason})" if reason else ""


def _quit(message: Message) -> str:
    reason = message.param(0).removeprefix("Quit").removeprefix(": ")
    return f"left the chat ({reason})" if reason else "left the chat"


def _topic(message: Message) -> str:
    topic = message.param(1)
    return f"changed the topic to: {topic}" if topic else "removed the topic"


def _tag(message: Message) -> str:
    for names, verb in ((REACT, "reacted with"), (UNREACT, "removed")):
        for name in names:
            if name in message.tags:
                return f"{verb} {message.tags[name]}"
    return "sent a message without text"


_EVENTS: dict[str, Callable[[Message], str]] = {
    "JOIN": lambda message: "joined",
    "KICK": lambda message: f"removed {message.param(1)}{_because(message, 2)}",
    "MODE": lambda message: f"set mode {' '.join(message.params[1:])}",
    "NICK": lambda message: f"is now called {message.param(0)}",
    "PART": lambda message: f"left{_because(message, 1)}",
    "QUIT": _quit,
    "REDACT": lambda message: f"deleted a message{_because(message, 2)}",
    "TAGMSG": _tag,
    "TOPIC": _topic,
}


def _words(message: Message) -> _Shown:
    who = visible(message.nick)
    event = _EVENTS.get(message.command)
    if event is not None:
        return _Shown("event", who, visible(event(message)))
    text = message.param(1)
    deed = action(text)
    if deed is not None:
        return _Shown("action", who, visible(deed))
    shown = "\n  ".join(map(visible, text.split("\n")))
    return _Shown("notice" if message.command == "NOTICE" else "said", who, shown)


# Text


_TEXT = {
    "said": "<{who}> {text}",
    "notice": "-{who}- {text}",
    "action": "* {who} {text}",
    "event": "-- {who} {text}",
}


def text_page(entries: Iterable[Entry], rooms: Sequence[str]) -> Iterator[str]:
    """Lines, each with its end: `[2026-11-20 15:00:15] <bob> hello`, days and rooms between."""
    room, day = "", None
    for entry in entries:
        moment = _moment(entry.message)
        if entry.room != room:
            yield f"{chr(10) if room else ''}=== {_shown_room(entry.room)} (times are UTC) ===\n"
            room, day = entry.room, None
        if moment.date() != day:
            day = moment.date()
            yield f"--- {_day(day)} ---\n"
        yield text_line(entry.message)


def text_line(message: Message) -> str:
    """A message as a line with its end: `[2026-11-20 15:00:15] <bob> hello`, in UTC."""
    shown = _words(message)
    words = _TEXT[shown.kind].format(**shown._asdict())
    return f"[{_moment(message):%Y-%m-%d %H:%M:%S}] {words}\n"


# HTML

_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 50rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }}
h2 {{ border-bottom: 1px solid; margin-top: 3rem; }}
bdi {{ white-space: pre-line; }}
h3 {{ font-size: 1rem; text-align: center; opacity: .7; }}
p {{ margin: .15rem 0; }}
bdi {{ white-space: pre-wrap; }}
time {{ opacity: .6; font-variant-numeric: tabular-nums; margin-right: .5em; }}
.event {{ opacity: .7; font-size: .9em; }}
.event b {{ font-weight: inherit; }}
.action {{ font-style: italic; }}
.notice bdi {{ opacity: .8; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>Times are UTC.</p>
"""

_LINE = (
    '<p class="{kind}"><time datetime="{stamp}">{time}</time><b><bdi>{who}</bdi></b>'
    " <bdi>{text}</bdi></p>\n"
)


def html_page(entries: Iterable[Entry], rooms: Sequence[str]) -> Iterator[str]:
    """Pieces of one page without scripts or external links. `rooms` are all rooms in `entries`."""
    title = f"Chatroom: {', '.join(map(_shown_room, rooms[:3]))}{', …' if len(rooms) > 3 else ''}"
    yield _HEAD.format(title=escape(title if rooms else "Chatroom"))
    if len(rooms) > 1:
        yield _contents(rooms)
    numbers = {room: number for number, room in enumerate(rooms, 1)}
    room, day = "", None
    for entry in entries:
        moment = _moment(entry.message)
        if entry.room != room:
            room, day = entry.room, None
            yield f'<h2 id="room-{numbers[room]}">{escape(_shown_room(room))}</h2>\n'
        if moment.date() != day:
            day = moment.date()
            yield f"<h3>{_day(day)}</h3>\n"
        yield _html_line(entry.message, moment)
    yield "</body>\n</html>\n"


def _contents(rooms: Sequence[str]) -> str:
    rows = (
        f'<li><a href="#room-{number}">{escape(_shown_room(room))}</a></li>\n'
        for number, room in enumerate(rooms, 1)
    )
    return f"<ul>\n{''.join(rows)}</ul>\n"


def _html_line(message: Message, moment: datetime) -> str:
    shown = _words(message)
    return _LINE.format(
        kind=shown.kind,
        stamp=escape(message.tags["time"]),
        time=f"{moment:%H:%M:%S}",
        who=escape(shown.who),
        text=escape(shown.text),
    )
