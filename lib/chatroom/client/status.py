"""What stands beside the prompt: where one is, and what goes on elsewhere; a pure function."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from chatroom.client.conversations import Conversation
from chatroom.wire.names import bare
from chatroom.wire.prose import visible

MOST_OTHERS = 5
MOST_TYPING = 3
SEPARATOR = " | "

SHORT_NAME = 8
"""Characters of a room's name that tell which one it is, where there is little room."""


class Now(NamedTuple):
    """What there is to tell. `lag` is in seconds, None where it is short enough to go untold;
    `calling_again_in` too, where the server is lost."""

    here: str = ""
    unread: Sequence[Conversation] = ()
    typing: Sequence[str] = ()
    away: bool = False
    lag: float | None = None
    calling_again_in: float | None = None


def status(now: Now) -> str:
    """`general | games:2! bob:1 | carol is typing | away | lag 4 s | (reconnecting in 4 s)`."""
    parts = (
        visible(bare(now.here)),
        _unread(now.unread),
        _typing(now.typing),
        "away" if now.away else "",
        "" if now.lag is None else f"lag {now.lag:.0f} s",
        _calling(now.calling_again_in),
    )
    return SEPARATOR.join(filter(None, parts))


def shorter(now: Now) -> Iterator[str]:
    """Ever shorter ones: what matters least goes first. The last one only says where one is."""
    here = now.here
    for change in _SHORTENING:
        now = now._replace(**change(now))
        yield status(now)
    if now.calling_again_in is not None:
        yield _calling(now.calling_again_in)
    yield visible(bare(here))


_SHORTENING: tuple[Callable[[Now], dict[str, Any]], ...] = (
    lambda _: {"typing": ()},
    lambda _: {"lag": None},
    lambda now: {"unread": [each for each in now.unread if each.highlighted]},
    lambda _: {"away": False},
    lambda now: {"here": _short(now.here)},
    lambda _: {"unread": ()},
)


def _short(name: str) -> str:
    room = bare(name)
    return room if len(room) <= SHORT_NAME else f"{room[: SHORT_NAME - 1]}…"


def _unread(conversations: Sequence[Conversation]) -> str:
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
