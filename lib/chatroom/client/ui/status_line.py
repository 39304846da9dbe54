"""What stands beside the prompt: where one is, and what goes on elsewhere; a pure function."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from chatroom.client.ui.offers import ANSWERS
from chatroom.text.display import visible
from chatroom.wire.names import bare

MOST_OTHERS = 5
MOST_TYPING = 3
SEPARATOR = " | "

NO_ROOM = "(no room)"
NOT_IN_IT, LEFT = " (you are not in it)", " (left)"

SHORT_NAME = 8
"""Characters of a room's name that tell which one it is, where there is little room."""


class Unread(NamedTuple):
    """A conversation that has lines to be read."""

    name: str
    unread: int
    highlighted: bool


class Now(NamedTuple):
    """What there is to tell. `absent`: one is not in that room any more. `lag` is in seconds, None
    where it is short enough to go untold; `calling_again_in` too, where the server is lost.
    `offered`: something is to be answered. `sending`: so many of so many lines of a paste went.
    """

    here: str = ""
    unread: Sequence[Unread] = ()
    typing: Sequence[str] = ()
    away: bool = False
    lag: float | None = None
    calling_again_in: float | None = None
    absent: bool = False
    offered: bool = False
    sending: tuple[int, int] | None = None


def status(now: Now) -> str:
    """`general | games:2! bob:1 | carol is typing | away | lag 4 s | (reconnecting in 4 s)`."""
    parts = (
        _here(now),
        _sending(now.sending),
        f"{ANSWERS}?" if now.offered else "",
        _unread(now.unread),
        _typing(now.typing),
        "away" if now.away else "",
        "" if now.lag is None else f"lag {now.lag:.0f} s",
        _calling(now.calling_again_in),
    )
    return SEPARATOR.join(filter(None, parts))


def title(now: Now) -> str:
    """What the window is called: where one is, and how much is unread elsewhere."""
    unread = sum(each.unread for each in now.unread)
    here = visible(bare(now.here)) or "Chatroom"
    return f"({unread}) {here}" if unread else here


def shorter(now: Now) -> Iterator[str]:
    """Ever shorter ones: what matters least goes first. The last one only says where one is."""
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
    """The shorter prompts, built only when there turns out to be too little room."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def __iter__(self) -> Iterator[str]:
        return (f"{text}> " for text in shorter(self._now))


_SHORTENING: tuple[Callable[[Now], dict[str, Any]], ...] = (
    lambda _: {"typing": ()},
    lambda _: {"lag": None},
    lambda now: {"unread": [each for each in now.unread if each.highlighted]},
    lambda _: {"away": False},
    lambda _: {"offered": False},
    lambda now: {"here": _short(now.here)},
    lambda _: {"unread": ()},
)


def _here(now: Now, absent: str = NOT_IN_IT) -> str:
    """Where one is; the prompt never names a room that does not hear what is typed."""
    return f"{visible(bare(now.here))}{absent if now.absent else ''}" if now.here else NO_ROOM


def _sending(sending: tuple[int, int] | None) -> str:
    return f"sending {sending[0]} of {sending[1]}, Esc stops" if sending else ""


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
