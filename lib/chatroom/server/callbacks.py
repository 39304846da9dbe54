"""What the chat asks of the server: later, on other connections, or with the configuration."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chatroom.chat.nicknames import time_is_up
from chatroom.chat.output.playback import tell_waiting
from chatroom.chat.ports import Recipient
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World
from chatroom.net.addresses import is_local, network_of
from chatroom.net.timers import Timers
from chatroom.server.config.load import Config
from chatroom.server.doors.plain.memory import Memory
from chatroom.wire.cloaks import cloaks
from chatroom.wire.message import Message


class Callbacks:
    """The functions that the world calls when something has happened.

    `expel` ends a session for a reason, `release` lets it send lines again, and `reload` reads the
    configuration again.
    """

    def __init__(
        self,
        world: World,
        timers: Timers,
        config: Callable[[], Config],
        expel: Callable[[Recipient, str], None],
        release: Callable[[Recipient], None],
        reload: Callable[[], None],
    ) -> None:
        self._world = world
        self._timers = timers
        self._config = config
        self._reload = reload
        self._evictions: dict[tuple[float, int, str], None] = {}  # when, who, and what nickname
        world.on_squatting = self._plan_eviction
        world.on_expelled = expel
        world.on_released = release
        world.on_back = self._tell_waiting
        world.on_rehash = self._rehash
        world.cloak_of = cloaks(secrets.token_bytes(32), network_of)  # until there are accounts
        world.network_of = lambda host: "" if is_local(host) else network_of(host)

    def keep_memory(self, memory: Memory) -> None:
        """Have the rendering of the plain doors forget rooms that end, and deleted messages."""
        self._world.on_fading = memory.forget
        self._world.on_redaction = memory.take_back

    def _plan_eviction(self, user: int, nick: str) -> None:
        """Rename a user who has that nickname, which is somebody else's, when the grace is over."""
        self._evict_at(self._world.clock + self._config().accounts.grace, user, nick)

    def _evict_at(self, when: float, user: int, nick: str) -> None:
        eviction = when, user, nick
        if eviction in self._evictions:
            return
        self._evictions[eviction] = None

        def evict() -> None:
            del self._evictions[eviction]
            time_is_up(self._world, user, nick)

        self._timers.at(when, evict)

    def snapshot(self) -> list[list[Any]]:
        """The nicknames that are about to be taken away, as plain values."""
        return list(map(list, self._evictions))

    def restore(self, evictions: Iterable[Sequence[Any]]) -> None:
        """Take over those of a snapshot."""
        for eviction in evictions:
            self._evict_at(*eviction)

    def _tell_waiting(self, user: User) -> None:
        """Send somebody who has come back the messages that waited for them, some in each tick."""
        self._timers.in_steps(self._world.clock, tell_waiting(self._world, user))

    def _rehash(self, session: Recipient) -> None:
        """Read the configuration again at the end of this tick's commands, for an operator, who is
        told the result."""

        def reload_for_operator() -> None:
            before = self._config()
            self._reload()
            text = "The configuration was read again."
            if self._config() is before:
                text = "The configuration has faults and was not changed; the log lists them."
            line = Message("NOTE", ("REHASH", "DONE", text), self._config().server.name)
            if not session.closing:
                session.send_now(line)

        self._timers.at(self._world.clock, reload_for_operator)

    def announce(self, text: str) -> None:
        """Tell everybody in every room, as a notice from the server."""
        fanout = self._world.fanout
        for room in self._world.rooms.values():
            notice = Message("NOTICE", (room.name, text), self._config().server.name)
            fanout.tell(fanout.audience(room), notice)
