"""The view of people and rooms: members, WHO, WHOIS, lists of rooms."""

from collections.abc import Iterable

from chatroom.client.protocol import events
from chatroom.client.protocol.events import Member, RoomRow, WhoRow
from chatroom.client.view.lines import Line, Tone, ViewContext, info_line, quote_line, show, table
from chatroom.client.view.names import name, room_name
from chatroom.client.view.numerics import numeric_text
from chatroom.client.view.rich import plain
from chatroom.text.display import visible
from chatroom.wire.names import matches

MOST_ROOMS = 30
"""The most rooms that one line names, the largest first."""

_EMPTY = "Nobody is in {}, or you are not allowed to see who is."


@show.register
def _entered(event: events.RoomEntered, _place: ViewContext) -> Line:
    here = ", ".join(name(member.nick) for member in event.members)
    lines = [f"Welcome to room {room_name(event.room)}!"]
    lines.append(f"Here: {here}" if here else "Nobody else is here yet.")
    if event.topic:
        lines.append(f"Topic: {visible(event.topic)}")
    return Line("\n".join(lines))


@show.register
def _names(event: events.NamesListed, _place: ViewContext) -> Line:
    if not event.members:
        return info_line(
            f"Nobody is in {room_name(event.room)}, or you are not allowed to see who is."
        )
    return info_line(f"In {room_name(event.room)}: {', '.join(map(_member, event.members))}")


_RANKS = {"q": "owner", "a": "admin", "o": "operator", "h": "half-operator", "v": "voice"}


def _member(member: Member) -> str:
    rank = _RANKS.get(member.modes[:1], "")
    return f"{name(member.nick)} ({rank})" if rank else name(member.nick)


@show.register
def _who(event: events.WhoListed, _place: ViewContext) -> Line:
    if not event.rows:
        return info_line(
            f"Nobody is in {room_name(event.mask)}, or you are not allowed to see who is."
        )
    people = "1 person" if len(event.rows) == 1 else f"{len(event.rows)} people"
    rows = [_who_cells(row) for row in sorted(event.rows, key=_by_rank)]
    return table(rows, Tone.NEWS, f"-- In {room_name(event.mask)}: {people}")


def _by_rank(row: WhoRow) -> tuple[int, str]:
    order = list(_RANKS)
    held = row.modes[:1]
    return (order.index(held) if held in order else len(order), row.nick.casefold())


def _who_cells(row: WhoRow) -> tuple[str, ...]:
    rank = _RANKS.get(row.modes[:1], "")
    state = ", ".join(filter(None, ("away" * row.away, "bot" * row.bot)))
    return name(row.nick), rank, state, visible(row.userhost), visible(row.realname)


@show.register
def _whois(event: events.WhoisTold, _place: ViewContext) -> Line:
    first, *rest = map(numeric_text, event.messages)
    return quote_line("\n   ".join([first, *filter(None, rest)]))


@show.register
def _rooms(event: events.RoomsListed, _place: ViewContext) -> Line:
    if not event.rows:
        return Line("There are no rooms yet.")
    rows = sorted(event.rows, key=lambda row: (-row.users, row.room))
    shown = ", ".join(map(_room_row, rows[:MOST_ROOMS]))
    more = len(rows) - MOST_ROOMS
    return Line(f"Rooms: {shown}" + (f" and {more} more" if more > 0 else ""))


def _room_row(row: RoomRow) -> str:
    return f"{room_name(row.room)} ({row.users})"


def room_table(rows: Iterable[RoomRow], pattern: str = "") -> Line:
    """The rooms whose name or topic contains the pattern, the largest first."""
    mask = f"*{pattern.casefold()}*" if pattern else "*"
    fitting = [row for row in rows if any(matches(mask, text.casefold()) for text in row[::2])]
    if not fitting:
        return info_line(
            f"No room matches {visible(pattern)}." if pattern else "There are no rooms yet."
        )
    fitting.sort(key=lambda row: (-row.users, row.room))
    cells = [(room_name(row.room), str(row.users), plain(row.topic)) for row in fitting]
    return table(cells, Tone.NEWS, f"-- Rooms: {len(fitting)}")
