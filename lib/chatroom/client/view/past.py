"""The view of the past: a page of a room's history, and the results of a search."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from chatroom.client.protocol.events import Gone, Reacted, Said
from chatroom.client.view.lines import Line, Tone, ViewContext, indented, show
from chatroom.client.view.names import room_name
from chatroom.client.view.said import clock, elsewhere, words
from chatroom.text.display import action, day_marker, local_moment, visible

GONE = "(a message was deleted)"
FOUND_MARK = "> "
"""In front of the line around which the page was requested."""


def day_line(when: date) -> Line:
    """The marker above the lines of a day."""
    return Line(day_marker(when), Tone.NEWS)


def history(
    entries: Sequence[Said | Gone | Reacted],
    place: ViewContext,
    around: str = "",
    last: date | None = None,
) -> Iterator[Line]:
    """A page of the history, with a marker above each day except `last`. The line with the msgid
    `around` is marked. Reactions look like live ones."""
    place = beside(entries, place)
    for line in entries:
        if isinstance(line, Reacted):
            yield from filter(None, [show(line, place)])
            continue
        if not _shown(line):
            continue
        moment = local_moment(line.tags, place.now)
        if moment.date() != last:
            last = moment.date()
            yield day_line(last)
        marked = FOUND_MARK if around and line.tags.get("msgid") == around else ""
        before = f"{marked}{clock(moment, place)}{elsewhere(line.room, place)}"
        yield _past(line, place, before)


def beside(entries: Iterable[Said | Gone | Reacted], place: ViewContext) -> ViewContext:
    """The context, with the lines of a page known as well."""
    here = {line.tags.get("msgid", ""): line for line in entries if isinstance(line, Said)}
    known = place.known
    return place._replace(known=lambda msgid: (msgid and here.get(msgid)) or known(msgid))


def found(lines: Iterable[Said], place: ViewContext, first: int = 1) -> Iterator[Line]:
    """The results of a search, each with its number, day and room."""
    for number, line in enumerate(filter(_shown, lines), first):
        moment = local_moment(line.tags, place.now)
        where = room_name(line.room) if line.room else _private(line)
        yield _past(line, place, f"{number}. [{moment:%Y-%m-%d %H:%M:%S}] {where} ")


def _private(line: Said) -> str:
    return f"(private, to {visible(line.target)})" if line.target else "(private)"


def _past(line: Said | Gone, place: ViewContext, before: str) -> Line:
    if isinstance(line, Gone):
        return Line(before + GONE, indent=indented(before))
    return words(line, place, before)


def _shown(line: Said | Gone) -> bool:
    """Whether the line is for people, and not a CTCP query."""
    if isinstance(line, Gone) or not line.text.startswith("\x01"):
        return True
    return action(line.text) is not None
