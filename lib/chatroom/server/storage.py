"""What the server keeps on disk: the data directory with the history, the accounts and the audit
log, each opened at the start, committed in each tick, and closed at the end."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.renamed_rooms import names_today, with_names_today
from chatroom.chat.restored_accounts import restore_markers, restore_metadata, restore_waiting
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, Erased, ServerBansRestored
from chatroom.chat.state.world import World
from chatroom.chat.staying import restore_users, rooms_of, staying
from chatroom.net.addresses import network_of
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.server.account_changes import AccountChange, take_over
from chatroom.server.account_keeper import AccountKeeper
from chatroom.server.config.load import Config
from chatroom.server.config.operator_masks import unknown_owners
from chatroom.server.doors.plain.memory import Memory
from chatroom.server.files.keeper import FileKeeper
from chatroom.server.history_service import HistoryService
from chatroom.server.token_keeper import TokenKeeper
from chatroom.store.accounts import ALWAYS_ON
from chatroom.store.audit import AuditFile
from chatroom.store.database import DataDirectory
from chatroom.store.erasure import Gone
from chatroom.store.history import History
from chatroom.wire.cloaks import cloaks
from chatroom.wire.names import fold, prefixed
from chatroom.wire.private import account_of

log = logging.getLogger("chatroom")


class Storage:
    """The files of a server. Each part is None until `open`, and if the history is disabled.

    `announce` tells everybody something; `wrong_password` is called with the host of somebody who
    mistyped a password.
    """

    def __init__(
        self,
        world: World,
        timers: Timers,
        workers: Workers,
        config: Callable[[], Config],
        announce: Callable[[str], None],
        wrong_password: Callable[[str], float],
    ) -> None:
        self._world = world
        self._timers = timers
        self._workers = workers
        self._config = config
        self._announce = announce
        self._wrong_password = wrong_password
        self._data: DataDirectory | None = None
        self._keeper: AccountKeeper | None = None
        self.tokens: TokenKeeper | None = None
        self.history: HistoryService | None = None
        self.files: FileKeeper | None = None
        self.audit: AuditFile | None = None

    def open(self, memory: Memory) -> None:
        """Lock and open the data directory, and restore what it contains. Deleted messages are
        removed from `memory`. Raises StoreError."""
        store = self._open_all(memory, None)
        self._restore(store)

    def adopt(self, memory: Memory, lock: int | None) -> None:
        """Open the data directory of another process, which does not write to it any more. `lock`
        is its lock's descriptor; the world has been restored already. Raises StoreError."""
        store = self._open_all(memory, lock)
        if self._data is not None:
            self._data.claim()
        permanent = map(prefixed, self._config().rooms.permanent)
        new = [name for name in permanent if fold(name) not in self._world.rooms]
        if new:
            open_rooms(self._world, new, store.saved_rooms() if store else {}, {})

    def _open_all(self, memory: Memory, lock: int | None) -> History | None:
        """Raises StoreError."""
        config = self._config()
        if not config.history.enabled:
            return None
        store = self._open_history(config, memory, lock)
        self.audit = AuditFile(config.data, config.history.durability)
        self._world.audit = self.audit
        if config.files.enabled:
            self._open_files(config, self.history, after_end=lock is None)
        if config.accounts.enabled:
            self._open_accounts(config)
        return store

    def _restore(self, store: History | None) -> None:
        """Bring the world to the state in which the last process has left it. Raises
        StoreError."""
        config, world = self._config(), self._world
        saved: Mapping[str, Mapping[str, Any]] = {}
        kept: Mapping[int, Mapping[str, Any]] = {}
        if store is not None:
            saved = store.saved_rooms()
            bans = tuple(tuple(each) for each in store.saved_server_bans())
            apply(world, ServerBansRestored(bans))
            if config.accounts.enabled:
                self._add_accounts()
                own = {name: state for name, state in saved.items() if account_of(name)}
                restore_waiting(world, own, store.left_waiting)
                names = names_today(saved, world.now)
                restore_markers(world, store.saved_markers(), names)
                restore_metadata(world, store.saved_metadata())
                kept = with_names_today(store.saved_users(), names)
        rooms = {name: state for name, state in saved.items() if not account_of(name)}
        users = staying(world, kept)
        permanent = map(prefixed, config.rooms.permanent)
        open_rooms(world, permanent, rooms, rooms_of(users.values()))
        restore_users(world, users)

    def _open_history(self, config: Config, memory: Memory, lock: int | None) -> History:
        """Raises StoreError."""
        world, settings = self._world, config.history
        self._data = DataDirectory(config.data, lock)
        store = History(config.data, settings.durability, settings.backlog)
        self.history = HistoryService(
            store, config.data, settings, self._workers, self._timers, self._announce
        )
        self.history.on_deletion = memory.forget_all
        self.history.on_erased = self._tell_erased
        self.history.begin(world.clock, lambda: world.now)
        world.log, world.read_marks.replay = self.history, settings.replay
        keeper, taken = self.history.taken_keeper, world.read_marks.taken
        if lock is None:
            keeper.remember(taken, world.now, store.position)
        else:  # reading thousands of them would make the pause longer
            keeper.keep(taken)
        return store

    def _open_files(
        self, config: Config, history: HistoryService | None, *, after_end: bool
    ) -> None:
        """Raises StoreError."""
        if history is None:
            return
        world = self._world
        files = FileKeeper(
            config.data,
            lambda: self._config().files,
            self._workers,
            lambda begins: history.note_writer(begins),
        )
        files.begin(self._timers, world.clock, lambda: world.now, after_end)
        history.on_files_gone = files.rows_gone
        self.files = files

    def _open_accounts(self, config: Config) -> None:
        """Raises StoreError."""
        world = self._world
        self._keeper = AccountKeeper(
            config.data,
            config.history.durability,
            self._workers,
            lambda: world.clock,
            lambda: world.now,
            lambda: self._config().accounts,
            lambda: self._config().limits,
            self._wrong_password,
            self.history.note_writer if self.history is not None else lambda _begins: None,
        )
        world.keeper = self._keeper
        world.cloak_of = cloaks(self._keeper.cloak_key, network_of)
        self.tokens = TokenKeeper(
            config.data,
            config.history.durability,
            self._workers,
            lambda: world.clock,
            lambda: world.now,
            self.history.note_writer if self.history is not None else lambda _begins: None,
        )
        world.tokens = self.tokens

    def _add_accounts(self) -> None:
        """Tell the chat of the accounts. Raises StoreError."""
        config, world = self._config(), self._world
        assert self._keeper is not None
        for account in self._keeper.all():
            suspended = bool(account.suspended)
            on = account.flags.get(ALWAYS_ON)
            apply(world, AccountAdded(account.name, suspended, account.number, on))
        known = {fold(account.name) for account in self._keeper.all()}
        for warning in unknown_owners(config.rooms.owners, known):
            log.warning("%s", warning)

    def account_changed(self, change: AccountChange) -> None:
        """Apply what a tool has changed in the database. Raises StoreError."""
        if self._keeper is not None and self.history is not None:
            gone = take_over(self._world, self._keeper, change)
            if gone:
                self.history.erase(gone)
                if self.files is not None:
                    self.files.forget(gone)

    def _tell_erased(self, gone: list[Gone]) -> None:
        """Tell clients which messages were erased with an account."""
        world = self._world

        def tell() -> Iterator[None]:
            for one in gone:
                apply(world, Erased(*one, world.now))
                yield

        self._timers.in_steps(world.clock, tell())

    def snapshot(self) -> dict[str, Any]:
        """What the keepers know and no file has, as plain values."""
        keepers = {"accounts": self._keeper, "tokens": self.tokens}
        return {name: one.snapshot() for name, one in keepers.items() if one is not None}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what another process knew, once the files are open."""
        if self._keeper is not None and "accounts" in values:
            self._keeper.restore(values["accounts"])
        if self.tokens is not None and "tokens" in values:
            self.tokens.restore(values["tokens"])

    def drop_tries(self) -> None:
        """End the requests that wait for a worker to derive keys."""
        if self._keeper is not None:
            self._keeper.drop_tries()

    # Giving all this away to another process

    def settle(self) -> None:
        """Write everything into the database, so that another process finds it there. Raises
        StoreError."""
        if self.audit is not None:
            self.audit.commit()
        if self.history is not None:
            self.history.settle()

    @property
    def lock(self) -> int | None:
        """The descriptor of the data directory's lock; None without a history."""
        return self._data.descriptor if self._data is not None else None

    def resume(self) -> None:
        """The other process has ended before it served: continue. Raises NewerFormat if that is not
        possible, and other StoreErrors."""
        if self._data is not None:
            self._data.claim()
        if self.history is not None:
            self.history.resume()

    def abandon(self) -> None:
        """Leave all files as they are: the other process uses them now."""
        for each in (self._keeper, self.tokens, self.files, self.audit):
            if each is not None:
                each.close()
        if self.history is not None:
            self.history.abandon()
        if self._data is not None:
            self._data.close()

    def close(self) -> None:
        """Write what is left, and close all files."""
        if self._keeper is not None:
            self._keeper.close()
        if self.tokens is not None:
            self.tokens.close()
        if self.files is not None:
            self.files.close()
        if self.audit is not None:
            self.audit.commit()
            self.audit.close()
        if self.history is not None:
            self.history.taken_keeper.append(self._world.read_marks.taken.news())
            self.history.close()
        if self._data is not None:
            self._data.close()
