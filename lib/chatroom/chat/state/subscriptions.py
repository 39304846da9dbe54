"""The keys of metadata to which each connection has subscribed, and the notifications of changes
(IRCv3 draft/metadata-3, "Notifications").

The plain problem: a key such as `display-name` may have thousands of subscribers, and somebody may
change it as often as they talk. So a change is only noted here, the newest one of each key of each
person or room. The subscribers are notified in steps of AT_ONCE connections, one step in each tick.
Whether a subscriber may see the value is decided in that step. The world's snapshot does not
contain subscriptions, because these belong to connections.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from chatroom.chat.ports import Recipient
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.monitors import Monitors, Watcher, at_once
from chatroom.wire.message import Message
from chatroom.wire.metadata import EVERYBODY, is_aware
from chatroom.wire.numerics import RPL_KEYNOTSET, RPL_KEYVALUE

AT_ONCE = 100
"""Connections that one step notifies, which takes half a millisecond."""

LOOKED_AT = 0.2
"""The cost of a connection that is passed over, as a share of one that is notified."""

FEW = 10
"""If there are so many times fewer neighbours than subscribers, the neighbours are gone through
instead: each of them costs so many times more."""

_NO_KEYS: dict[str, None] = {}

Target = User | Room


class _News(NamedTuple):
    """The notification for all subscribers except `skip`: a value, or "" if it was removed."""

    value: str
    server: str
    skip: Recipient | None


class Subscriptions:
    """The subscriptions of all connections. `later` carries out steps, one in each tick."""

    def __init__(self, monitors: Monitors) -> None:
        self.later: Callable[[Iterator[None]], None] = at_once
        self._monitors = monitors
        self._keys: dict[Watcher, dict[str, None]] = {}
        self._subscribers: dict[str, dict[Watcher, None]] = {}
        self._news: dict[Target, dict[str, _News]] = {}
        self._telling = False

    def keys_of(self, watcher: Watcher) -> Iterable[str]:
        """The keys that this connection has subscribed to, in their order."""
        return self._keys.get(watcher, _NO_KEYS)

    def count(self, watcher: Watcher) -> int:
        """The number of keys that this connection has subscribed to."""
        return len(self._keys.get(watcher, _NO_KEYS))

    def subscribe(self, watcher: Watcher, key: str) -> None:
        """Subscribe a connection to a key."""
        self._keys.setdefault(watcher, {})[key] = None
        self._subscribers.setdefault(key, {})[watcher] = None

    def unsubscribe(self, watcher: Watcher, key: str) -> None:
        """End a subscription, if there is one."""
        own = self._keys.get(watcher)
        if own is None or key not in own:
            return
        del own[key]
        if not own:
            del self._keys[watcher]
        del self._subscribers[key][watcher]
        if not self._subscribers[key]:
            del self._subscribers[key]

    def clear(self, watcher: Watcher) -> None:
        """Remove all subscriptions of a connection."""
        for key in list(self.keys_of(watcher)):
            self.unsubscribe(watcher, key)

    def snapshot(self, numbers: Mapping[Any, int]) -> list[list[Any]]:
        """The subscriptions of these connections, by their numbers, as plain values."""
        keys = ((numbers.get(watcher), own) for watcher, own in self._keys.items())
        return [[number, list(own)] for number, own in keys if number is not None]

    def restore(self, keys: Iterable[Sequence[Any]], watchers: Sequence[Watcher]) -> None:
        """Restore the subscriptions of a snapshot, in which `watchers` had the numbers of their
        places."""
        for number, own in keys:
            for key in own:
                self.subscribe(watchers[number], key)

    def changed(
        self, target: Target, key: str, value: str, server: str, by: Recipient | None = None
    ) -> None:
        """Somebody's or a room's key has another value, or none (""). The connection `by` has been
        told."""
        if key not in self._subscribers:
            return
        self._news.setdefault(target, {})[key] = _News(value, server, by)
        if not self._telling:
            self._telling = True
            self.later(self._steps())

    def forget(self, target: Target) -> None:
        """A user or a room is gone: drop the notifications about them."""
        self._news.pop(target, None)

    def _steps(self) -> Iterator[None]:
        spent = 0.0
        try:
            while self._news:
                target, news = next(iter(self._news.items()))
                key, one = next(iter(news.items()))
                for watcher in self._candidates(target, key):
                    if spent >= AT_ONCE:
                        spent = 0.0
                        yield
                    if self._news.get(target, {}).get(key) is not one:
                        break  # there is something newer to tell, or nothing
                    spent += LOOKED_AT
                    if watcher is not one.skip and self._hears(watcher, target, key):
                        spent += 1
                        watcher.send_now(_line(watcher, target, key, one))
                else:
                    self._done(target, key)
        finally:
            self._telling = False

    def _done(self, target: Target, key: str) -> None:
        news = self._news.get(target)
        if news is not None:
            news.pop(key, None)
            if not news:
                del self._news[target]

    def _candidates(self, target: Target, key: str) -> list[Watcher]:
        """All who may have to be notified, and others: the subscribers of the key or, if they are
        few, the neighbours of the target."""
        subscribers = self._subscribers.get(key, {})
        rooms = [target] if isinstance(target, Room) else list(target.rooms)
        if FEW * sum(len(room.members) for room in rooms) >= len(subscribers):
            return list(subscribers)
        members = (member for room in rooms for member in room.members)
        people = members if isinstance(target, Room) else chain((target,), members)
        sessions = (session for person in people for session in person.sessions)
        neighbours = dict.fromkeys(one for one in sessions if one in subscribers)
        if isinstance(target, User):
            neighbours |= dict.fromkeys(self._monitors.watchers_of(target))
        return list(neighbours)

    def _hears(self, watcher: Watcher, target: Target, key: str) -> bool:
        mine = watcher.user
        if not (key in self._keys.get(watcher, ()) and mine.registered):
            return False
        if not is_aware(watcher.capabilities):
            return False
        if isinstance(target, Room):
            return target in mine.rooms
        return (
            mine is target
            or any(not room.hides(target, mine) for room in mine.rooms.keys() & target.rooms)
            or (target.registered and target.folded in self._monitors.list_of(watcher))
        )


def _line(watcher: Watcher, target: Target, key: str, news: _News) -> Message:
    name = target.name if isinstance(target, Room) else target.nick
    return metadata_line(news.server, watcher.user.nick, name, key, news.value)


def metadata_line(server: str, nick: str, target: str, key: str, value: str) -> Message:
    """The numeric for `nick` with a value of a target; "" stands for none."""
    head = (nick or "*", target, key)
    if value:
        return Message(RPL_KEYVALUE.code, (*head, EVERYBODY, value), server)
    return Message(RPL_KEYNOTSET.code, (*head, RPL_KEYNOTSET.text), server)
