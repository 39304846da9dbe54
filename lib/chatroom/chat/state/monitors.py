"""The nicknames that each connection watches: it learns who comes and goes, even if they share no
room (IRCv3 MONITOR).

The plain problem: a nickname may have thousands of watchers, and a change of it must not keep the
loop busy for long. So a change is only noted here, the newest one of each kind for each nickname.
The watchers are notified in steps of AT_ONCE connections, one step in each tick. The world's
snapshot does not contain lists, because they belong to connections; a process that takes over the
connections gets the `snapshot` of this module.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from chatroom.chat.ports import Recipient
from chatroom.chat.state.model import User
from chatroom.wire.capabilities import EXTENDED_MONITOR
from chatroom.wire.message import Message
from chatroom.wire.metadata import is_aware
from chatroom.wire.names import fold
from chatroom.wire.numerics import RPL_METADATASYNCLATER, RPL_MONOFFLINE, RPL_MONONLINE

AT_ONCE = 200
"""Watchers that one step tells; it takes half a millisecond."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Watcher(Recipient, Protocol):
    """A connection that has a list."""

    user: User


class _News(NamedTuple):
    """The notification for these watchers: a numeric (`capability` is ""), or a line of `user` for
    clients with that capability."""

    line: Message
    capability: str
    user: User
    watchers: dict[Watcher, None]


class Monitors:
    """The lists of all connections. `later` carries out steps, one in each tick."""

    def __init__(self) -> None:
        self.later: Callable[[Iterator[None]], None] = at_once
        self._lists: dict[Watcher, dict[str, str]] = {}  # folded nicknames -> as they were written
        self._watchers: dict[str, dict[Watcher, None]] = {}
        self._news: dict[tuple[str, str], _News] = {}  # by folded nickname and command
        self._telling = False

    def list_of(self, watcher: Watcher) -> Mapping[str, str]:
        """Whom this connection watches: folded nicknames, and as they were written."""
        return self._lists.get(watcher, _NOTHING)

    def watchers_of(self, user: User) -> Iterable[Watcher]:
        """Who watches this user's nickname."""
        return self._watchers.get(user.folded, {})

    def watch(self, watcher: Watcher, nick: str, most: int) -> bool:
        """Add a nickname to a list of at most that many; returns whether there was room for it."""
        folded, listed = fold(nick), self.list_of(watcher)
        if folded not in listed:
            if len(listed) >= most:
                return False
            self._lists.setdefault(watcher, {})[folded] = nick
            self._watchers.setdefault(folded, {})[watcher] = None
        return True

    def ignore(self, watcher: Watcher, nick: str) -> None:
        """Remove a nickname from a list, if it is there."""
        folded, listed = fold(nick), self._lists.get(watcher, {})
        if listed.pop(folded, None) is None:
            return
        if not listed:
            del self._lists[watcher]
        watchers = self._watchers[folded]
        del watchers[watcher]
        if not watchers:
            del self._watchers[folded]

    def clear(self, watcher: Watcher) -> None:
        """Remove a list."""
        for nick in list(self.list_of(watcher)):
            self.ignore(watcher, nick)

    def snapshot(self, numbers: Mapping[Any, int]) -> list[list[Any]]:
        """The lists of these connections, by their numbers, as plain values."""
        lists = ((numbers.get(watcher), listed) for watcher, listed in self._lists.items())
        return [[number, list(listed.values())] for number, listed in lists if number is not None]

    def restore(self, lists: Iterable[Sequence[Any]], watchers: Sequence[Watcher]) -> None:
        """Restore the lists of a snapshot, in which `watchers` had the numbers of their places."""
        for number, nicks in lists:
            for nick in nicks:
                self.watch(watchers[number], nick, len(nicks))

    def came(self, user: User, server: str) -> None:
        """Somebody has this nickname now."""
        if user.folded in self._watchers:
            line = Message(RPL_MONONLINE.code, ("*", user.source), server)
            self._tell(user.folded, line, "", user)

    def went(self, user: User, nick: str, server: str) -> None:
        """The user has that nickname no longer."""
        if (folded := fold(nick)) in self._watchers:
            self._tell(folded, Message(RPL_MONOFFLINE.code, ("*", nick), server), "", user)

    def changed(self, user: User, line: Message, capability: str) -> None:
        """Something else has changed, of which `line` tells clients with that capability."""
        if user.registered and user.folded in self._watchers:
            self._tell(user.folded, line, capability, user)

    def _tell(self, folded: str, line: Message, capability: str, user: User) -> None:
        before = self._news.get((folded, capability))
        watchers = {**(before.watchers if before else {}), **self._watchers[folded]}
        self._news[folded, capability] = _News(line, capability, user, watchers)
        if not self._telling:
            self._telling = True
            self.later(self._steps())

    def _steps(self) -> Iterator[None]:
        count = 0
        try:
            while self._news:
                (folded, _), news = next(iter(self._news.items()))
                del self._news[folded, news.capability]
                for watcher in news.watchers:
                    if count >= AT_ONCE:
                        count = 0
                        yield
                    count += 1
                    if folded in self.list_of(watcher):
                        _send(watcher, news)
                        count += is_aware(watcher.capabilities)  # they get two lines
        finally:
            self._telling = False


def _send(watcher: Watcher, news: _News) -> None:
    line, capability, user, _ = news
    if not capability:
        watcher.send_now(line._replace(params=(watcher.user.nick, *line.params[1:])))
        if line.command == RPL_MONONLINE.code and is_aware(watcher.capabilities):
            params = (watcher.user.nick, user.nick, "0", RPL_METADATASYNCLATER.text)
            watcher.send_now(Message(RPL_METADATASYNCLATER.code, params, line.source))
    elif _asked_for(watcher, capability) and not _knows(watcher, user):
        watcher.send_now(line)


def _asked_for(watcher: Watcher, capability: str) -> bool:
    """Whether the client wants that kind of change also of those whom it watches."""
    agreed = watcher.capabilities
    return capability in agreed and not agreed.isdisjoint(EXTENDED_MONITOR)


def _knows(watcher: Watcher, user: User) -> bool:
    """Whether the watcher has got the line already, as one in a common room that does not hide the
    user from them (mode u)."""
    mine = watcher.user
    if mine is user:
        return True
    common = mine.rooms.keys() & user.rooms
    return any(mine in room.ranked or not room.hides_member(user) for room in common)


def at_once(steps: Iterator[None]) -> None:
    """Carry out all steps now: what `later` does in a world without a server."""
    deque(steps, 0)
