"""The text before the input line: where the person is, and what happens elsewhere. Pure
functions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from chatroom.client.ui.offers import ANSWERS
from chatroom.client.ui.ports import Progress
from chatroom.text.display import visible
from chatroom.wire.names import bare

MOST_OTHERS = 5
MOST_TYPING = 3
SEPARATOR = " | "

NO_ROOM = "(no room)"
NOT_IN_IT, LEFT = " (you are not in it)", " (left)"

BAR = 10
"""Characters of a progress bar."""

SHORT_NAME = 8
"""Characters of a shortened room name, which still show which room it is."""


class Unread(NamedTuple):
    """A conversation with unread lines."""

    name: str
    unread: int
    highlighted: bool


class Now(NamedTuple):
    """The contents of the status. `absent`: we are not in that room any more. `lag` is in seconds,
    None if it is short; `calling_again_in` too, None while there is a connection. `offered`: an
    offer is open. `sending`: how many lines of a paste are sent, and of how many.
    `transfer`: how far a file is sent or saved."""

    here: str = ""
    unread: Sequence[Unread] = ()
    typing: Sequence[str] = ()
    away: bool = False
    lag: float | None = None
    calling_again_in: float | None = None
    absent: bool = False
    offered: bool = False
    sending: tuple[int, int] | None = None
    transfer: Progress | None = None


def status(now: Now) -> str:
    """`general | games:2! bob:1 | carol is typing | away | lag 4 s | (reconnecting in 4 s)`."""
    parts = (
        _here(now),
        _sending(now.sending),
        _transfer(now.transfer),
        f"{ANSWERS}?" if now.offered else "",
        _unread(now.unread),
        _typing(now.typing),
        "away" if now.away else "",
        "" if now.lag is None else f"lag {now.lag:.0f} s",
        _calling(now.calling_again_in),
    )
    return SEPARATOR.join(filter(None, parts))


def title(now: Now) -> str:
    """The window's title: where the person is, and how much is unread elsewhere."""
    unread = sum(each.unread for each in now.unread)
    here = visible(bare(now.here)) or "Chatroom"
    return f"({unread}) {here}" if unread else here


def shorter(now: Now) -> Iterator[str]:
    """Shorter and shorter statuses, without the least important parts. The last one only says where
    the person is."""
    here, last = now, ""
    for change in _SHORTENING:
        now = now._replace(**change(now))
        if status(now) != last:
            last = status(now)
            yield last
    if now.calling_again_in is not None:
        yield _calling(now.calling_again_in)
    yield _here(here)
    if here.absent:
        yield _here(here._replace(here=_short(here.here)), LEFT)


class Shorter:
    """The shorter prompts, built only if there is too little room."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def __iter__(self) -> Iterator[str]:
        return (f"{text}> " for text in shorter(self._now))


_SHORTENING: tuple[Callable[[Now], dict[str, Any]], ...] = (
    lambda _: {"typing": ()},
    lambda _: {"lag": None},
    lambda now: {"transfer": now.transfer and now.transfer._replace(name="")},
    lambda now: {"unread": [each for each in now.unread if each.highlighted]},
    lambda _: {"away": False},
    lambda _: {"offered": False},
    lambda now: {"here": _short(now.here)},
    lambda _: {"unread": ()},
)


def _here(now: Now, absent: str = NOT_IN_IT) -> str:
    """Where the person is. The prompt never shows a room that would not receive what is typed."""
    return f"{visible(bare(now.here))}{absent if now.absent else ''}" if now.here else NO_ROOM


def _sending(sending: tuple[int, int] | None) -> str:
    return f"sending {sending[0]} of {sending[1]}, Esc stops" if sending else ""


def _transfer(transfer: Progress | None) -> str:
    """`cat.png [####......] 43%`, or `43%`."""
    if transfer is None:
        return ""
    percent = f"{transfer.percent}%"
    if not transfer.name:
        return percent
    full = transfer.percent * BAR // 100
    return f"{_short(transfer.name)} [{'#' * full}{'.' * (BAR - full)}] {percent}"


def _short(name: str) -> str:
    room = bare(name)
    return room if len(room) <= SHORT_NAME else f"{room[: SHORT_NAME - 1]}…"


def _unread(conversations: Sequence[Unread]) -> str:
    first = sorted(conversations, key=lambda each: not each.highlighted)[:MOST_OTHERS]
    more = len(conversations) - len(first)
    words = [f"{visible(bare(each.name))}:{each.unread}{'!' * each.highlighted}" for each in first]
    return " ".join(words + [f"+{more}"] * bool(more))


def _typing(nicks: Sequence[str]) -> str:
    if not nicks:
        return ""
    if len(nicks) > MOST_TYPING:
        return "several are typing"
    *others, last = map(visible, nicks)
    names = f"{', '.join(others)} and {last}" if others else last
    return f"{names} {'are' if others else 'is'} typing"


def _calling(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"(reconnecting in {seconds:.0f} s)" if seconds > 0 else "(reconnecting)"
