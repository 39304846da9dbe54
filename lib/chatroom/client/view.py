"""An event as a line for people: pure functions, one for each event that is shown.

Whatever comes from others passes through `visible`. Rooms stand under their bare names. The tone is
for a colour; the words alone tell everything.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import Enum, auto
from functools import singledispatch
from typing import NamedTuple

from chatroom.client import events
from chatroom.client.events import Gone, Member, RoomRow, Said
from chatroom.client.replies import describe, excuse
from chatroom.wire.modes import ModeChange, format_changes
from chatroom.wire.names import bare
from chatroom.wire.prose import (
    action,
    day_marker,
    explain,
    local_moment,
    local_time,
    quit_reason,
    visible,
)

MOST_ROOMS = 30
"""Rooms that one line names, the largest first."""


class Tone(Enum):
    """What kind of line it is."""

    PLAIN = auto()
    OWN = auto()
    PRIVATE = auto()
    NEWS = auto()
    REFUSED = auto()


class Line(NamedTuple):
    """One or more lines of text, and their tone."""

    text: str
    tone: Tone = Tone.PLAIN


class Place(NamedTuple):
    """From where one looks: the current room, as the server calls it, and the time in seconds."""

    room: str = ""
    now: float = 0.0


@singledispatch
def show(event: object, place: Place) -> Line | None:
    """The event as a line; None for one that is not shown by itself."""
    return None


def news(text: str) -> Line:
    """`-- text`: what happens, as opposed to what is said."""
    return Line(f"-- {text}", Tone.NEWS)


def refused(text: str) -> Line:
    """`-- text`: what could not be done."""
    return Line(f"-- {text}", Tone.REFUSED)


# What is said


@show.register
def _said(event: events.Said, place: Place) -> Line:
    doing = action(event.text)
    room = "" if event.room in ("", place.room) else f"{_room(event.room)} "
    if doing is not None:
        return Line(f"{room}* {_actor(event)} {visible(doing)}", _tone(event))
    if event.text.startswith("\x01") and not event.own:
        return news(f"{_name(event.sender)} asks your client: {visible(event.text.strip(chr(1)))}")
    if event.server and not event.room:
        return news(f"{_name(event.sender)}: {visible(event.text)}")
    time = local_time(event.tags, place.now)
    return Line(f"[{time}] {room}{_quoted(event)}", _tone(event))


def _quoted(event: events.Said) -> str:
    left, right = "--" if event.notice else "<>"
    return f"{left}{_who(event)}{right} {visible(event.text)}"


def _who(event: events.Said) -> str:
    sender = "You" if event.own else _name(event.sender)
    if event.room:
        return sender
    return f"{sender} -> {_name(event.target) if event.target else 'You'}"


def _actor(event: events.Said) -> str:
    if event.room:
        return _name(event.sender)
    return f"{_name(event.sender)} -> {_name(event.target) if event.target else 'You'}:"


def _tone(event: events.Said) -> Tone:
    if not event.room:
        return Tone.PRIVATE
    return Tone.OWN if event.own else Tone.PLAIN


_LOOKALIKES = str.maketrans("уүყγоοօսυʏ", "yyyyooouuy")
_NOT_SEEN = frozenset({"Cf", "Mn", "Me", "Zs", "Cc"})


def _name(nick: str) -> str:
    """Somebody else's nickname; one that reads like "You" is marked, for only we are You."""
    plain = unicodedata.normalize("NFKC", nick).casefold().translate(_LOOKALIKES)
    plain = "".join(each for each in plain if unicodedata.category(each) not in _NOT_SEEN)
    return f"{visible(nick)} (not you)" if plain == "you" else visible(nick)


def _room(name: str) -> str:
    return visible(bare(name))


def _because(reason: str) -> str:
    return f" ({visible(reason)})" if reason else ""


def _subject(nick: str, own: bool) -> str:
    return "You" if own else _name(nick)


@show.register
def _taken_back(event: events.TakenBack, _place: Place) -> Line:
    room = f" in {_room(event.room)}" if event.room else ""
    subject = _subject(event.by, event.own)
    return news(f"{subject} took back a message{room}{_because(event.reason)}")


# What was said


def day(when: date) -> Line:
    """The marker above what was said on a day."""
    return Line(day_marker(when), Tone.NEWS)


def history(lines: Sequence[Said | Gone], place: Place) -> Iterator[Line]:
    """A stretch of the past, with a marker above each day."""
    last = None
    for line in lines:
        words = _past(line)
        if words is None:
            continue
        moment = local_moment(line.tags, place.now)
        if moment.date() != last:
            last = moment.date()
            yield day(last)
        room = "" if line.room in ("", place.room) else f"{_room(line.room)} "
        yield Line(f"[{moment:%H:%M:%S}] {room}{words}")


def found(lines: Iterable[Said], place: Place) -> Iterator[Line]:
    """What a search found, each line with its day and room."""
    for line in lines:
        words = _past(line)
        if words is not None:
            moment = local_moment(line.tags, place.now)
            room = f"{_room(line.room)} " if line.room else ""
            yield Line(f"[{moment:%Y-%m-%d %H:%M:%S}] {room}{words}")


def _past(line: Said | Gone) -> str | None:
    """The words without time and room; None for what one program asked another (CTCP)."""
    if isinstance(line, Gone):
        return "(a message was taken back)"
    doing = action(line.text)
    if doing is not None:
        return f"* {_actor(line)} {visible(doing)}"
    return None if line.text.startswith("\x01") else _quoted(line)


# Who is here


@show.register
def _entered(event: events.RoomEntered, _place: Place) -> Line:
    here = ", ".join(_name(member.nick) for member in event.members)
    lines = [f"Welcome to room {_room(event.room)}!"]
    lines.append(f"Here: {here}" if here else "Nobody else is here yet.")
    if event.topic:
        lines.append(f"Topic: {visible(event.topic)}")
    return Line("\n".join(lines))


@show.register
def _names(event: events.NamesListed, _place: Place) -> Line:
    if not event.members:
        return news(f"Nobody is in {_room(event.room)}, or it is not for your eyes.")
    return news(f"In {_room(event.room)}: {', '.join(map(_member, event.members))}")


_RANKS = {"q": "owner", "a": "administrator", "o": "operator", "h": "half-operator", "v": "voice"}


def _member(member: Member) -> str:
    rank = _RANKS.get(member.modes[:1], "")
    return f"{_name(member.nick)} ({rank})" if rank else _name(member.nick)


@show.register
def _rooms(event: events.RoomsListed, _place: Place) -> Line:
    if not event.rows:
        return Line("There are no rooms yet.")
    rows = sorted(event.rows, key=lambda row: (-row.users, row.room))
    shown = ", ".join(map(_room_row, rows[:MOST_ROOMS]))
    more = len(rows) - MOST_ROOMS
    return Line(f"Rooms: {shown}" + (f" and {more} more" if more > 0 else ""))


def _room_row(row: RoomRow) -> str:
    return f"{_room(row.room)} ({row.users})"


@show.register
def _joined(event: events.Joined, _place: Place) -> Line:
    return news(f"{_name(event.nick)} joined {_room(event.room)}")


@show.register
def _left(event: events.Left, place: Place) -> Line:
    elsewhere = bool(event.room) and (event.own or event.room != place.room)
    room = f" {_room(event.room)}" if elsewhere else ""
    reason = event.reason if event.room else quit_reason(event.reason)
    return news(f"{_subject(event.nick, event.own)} left{room}{_because(reason)}")


@show.register
def _kicked(event: events.Kicked, _place: Place) -> Line:
    verb = "were" if event.own else "was"
    who = f"{_subject(event.nick, event.own)} {verb} kicked from {_room(event.room)}"
    return news(f"{who} by {_name(event.by)}{_because(event.reason)}")


@show.register
def _renamed(event: events.Renamed, _place: Place) -> Line:
    verb = "are" if event.own else "is"
    return news(f"{_subject(event.old, event.own)} {verb} now called {_name(event.new)}")


@show.register
def _topic(event: events.TopicChanged, _place: Place) -> Line:
    who, room = _subject(event.by, event.own), _room(event.room)
    if not event.topic:
        return news(f"{who} removed the topic of {room}")
    return news(f"{who} changed the topic of {room} to: {visible(event.topic)}")


@show.register
def _topic_told(event: events.TopicTold, _place: Place) -> Line:
    if not event.topic:
        return news(f"{_room(event.room)} has no topic.")
    return news(f"Topic of {_room(event.room)}: {visible(event.topic)}")


_GIFTS = {
    "+o": "made {} an operator of {}",
    "-o": "made {} an operator of {} no longer",
    "+v": "gave {} a voice in {}",
    "-v": "took {}'s voice in {}",
}


@show.register
def _modes(event: events.ModesChanged, _place: Place) -> Line:
    who, room = _subject(event.by, event.own), _room(event.room)
    return news("; ".join(f"{who} {each}" for each in _mode_words(event.changes, room)))


def _mode_words(changes: Iterable[ModeChange], room: str) -> Iterable[str]:
    rest = []
    for change in changes:
        words = _GIFTS.get(f"{'+' if change.adding else '-'}{change.letter}")
        if words and change.param:
            yield words.format(_name(change.param), room)
        else:
            rest.append(change)
    if rest:
        yield f"set {visible(' '.join(format_changes(rest)))} in {room}"


@show.register
def _own_modes(event: events.OwnModes, _place: Place) -> Line:
    return news(f"Your modes: {visible(event.modes)}")


@show.register
def _invited(event: events.Invited, _place: Place) -> Line:
    room = _room(event.room)
    if event.own:
        return news(f"{_name(event.by)} invites you to {room}: /join {room}")
    return news(f"{_name(event.by)} invited {_name(event.nick)} to {room}")


# What the server says


@show.register
def _registered(_event: events.Registered, _place: Place) -> Line:
    return Line("Connected to the server!")


@show.register
def _motd(event: events.MotdLine, _place: Place) -> Line:
    return Line(visible(event.text))


@show.register
def _answer(event: events.Answer, _place: Place) -> Line:
    return news(describe(event.message))


@show.register
def _refusal(event: events.Refusal, _place: Place) -> Line:
    return refused(excuse(event.message))


@show.register
def _remark(event: events.Remark, _place: Place) -> Line:
    warning = "Warning: " if event.message.command == "WARN" else ""
    return news(warning + explain(event.message))


@show.register
def _nick_refused(event: events.NickRefused, _place: Place) -> Line:
    return refused(explain(event.message))


@show.register
def _unreadable(event: events.Unreadable, _place: Place) -> Line:
    return refused(f"The server sent a line that cannot be read: {visible(event.reason)}")
