"""What was said: a stretch of a room's past, and what a search has found."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from chatroom.client.events import Gone, Said
from chatroom.client.view.lines import Line, Place, Tone
from chatroom.client.view.names import room_name
from chatroom.client.view.said import actor, quoted
from chatroom.wire.prose import action, day_marker, local_moment, visible


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
        room = "" if line.room in ("", place.room) else f"{room_name(line.room)} "
        yield Line(f"[{moment:%H:%M:%S}] {room}{words}")


def found(lines: Iterable[Said], place: Place) -> Iterator[Line]:
    """What a search found, each line with its day and room."""
    for line in lines:
        words = _past(line)
        if words is not None:
            moment = local_moment(line.tags, place.now)
            room = f"{room_name(line.room)} " if line.room else ""
            yield Line(f"[{moment:%Y-%m-%d %H:%M:%S}] {room}{words}")


def _past(line: Said | Gone) -> str | None:
    """The words without time and room; None for what one program asked another (CTCP)."""
    if isinstance(line, Gone):
        return "(a message was taken back)"
    doing = action(line.text)
    if doing is not None:
        return f"* {actor(line)} {visible(doing)}"
    return None if line.text.startswith("\x01") else quoted(line)
