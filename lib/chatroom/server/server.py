"""The server's main loop, which repeats one tick.

    select -> read and decode -> dispatch -> timers and jobs -> commit -> flush -> reap

1. Durable before seen: the commit comes before the flush, and only the flush writes. If a worker
   of ours has the lock of a history without a journal, the flush waits for a later tick's commit.
2. A handler never touches a socket: it appends to outboxes, or to the world's fan-out.
3. Nothing blocks the loop: work that might block goes to the workers.
4. Closing is a state: a closing connection is not read any more, and is reaped last.
"""

import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable
from datetime import datetime
from logging import DEBUG, INFO
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from chatroom import __version__
from chatroom.chat.commands.authtoken import announce_services
from chatroom.chat.commands.capabilities import Offers
from chatroom.chat.commands.isupport import Tokens
from chatroom.chat.history_port import NoHistory
from chatroom.chat.named_operators import name_operators
from chatroom.chat.output.fanout import Fanout
from chatroom.chat.ports import Recipient
from chatroom.chat.state.world import World
from chatroom.net.addresses import is_in
from chatroom.net.connection import Connection, Traffic, write_to_all
from chatroom.net.listener import Listener
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.net.workers import Workers
from chatroom.server.accepting import Accepting
from chatroom.server.admission import CONNECTING, Arrivals
from chatroom.server.ban_expiry import BanExpiry
from chatroom.server.callbacks import Callbacks
from chatroom.server.certificates import CertificateKeeper
from chatroom.server.closing import Closing
from chatroom.server.config.load import Config
from chatroom.server.config.options import Options
from chatroom.server.config.reload import reload
from chatroom.server.control.control_socket import ControlSocket
from chatroom.server.control.host import ControlHost
from chatroom.server.doors.door import GOODBYE, MESSAGES, Door
from chatroom.server.doors.greeter import Greeter
from chatroom.server.doors.host import door_host
from chatroom.server.doors.plain.words import Prose
from chatroom.server.doors.ports import DoorHost
from chatroom.server.doors.proxied import ProxiedDoor
from chatroom.server.doors.websocket import websocket_door
from chatroom.server.expulsion import Expulsion
from chatroom.server.files.keeper import FileKeeper
from chatroom.server.gateway_keeper import GatewayKeeper
from chatroom.server.handshakes import Handshakes
from chatroom.server.history_service import HistoryService
from chatroom.server.lan.announcer import Announcer, announcement
from chatroom.server.monitoring.counters import Counters
from chatroom.server.monitoring.metrics import render
from chatroom.server.monitoring.sources import Sources
from chatroom.server.monitoring.status import status
from chatroom.server.monitoring.timings import FOLD, Timings
from chatroom.server.operator_keeper import OperatorKeeper
from chatroom.server.readers import SlowReaders
from chatroom.server.storage import Storage
from chatroom.server.supervision import Supervision
from chatroom.server.terminal import TerminalWatch
from chatroom.server.upgrade.outcome import Report, ignore
from chatroom.server.web.authorization import Authorization
from chatroom.server.web.following import Following
from chatroom.server.web.host import WebHost
from chatroom.server.web.names import Names
from chatroom.server.web.own_url import own_url, place_for_others
from chatroom.server.web.page_files import page_files
from chatroom.server.web.publishing import Publishing
from chatroom.server.web.sessions import Sessions
from chatroom.store.database import CONTROL_FILE
from chatroom.text.display import visible

if TYPE_CHECKING:
    from chatroom.net.ring import Ring

log = logging.getLogger("chatroom")

Result = TypeVar("Result")

WORKER_THREADS = 2

BURST = 2
ROUNDS = 2
"""If a look at the sockets brought at least BURST messages, look again, up to ROUNDS times in a
tick."""

TICK = 0.003
"""Seconds in a tick for processing commands. Sessions without a turn in this tick come first in the
next one."""

LONG_TICK = 2 * TICK
"""TICK for sessions with at least half of their allowance left, so that a burst of a hundred
messages is one tick on a slow machine too. In two ticks it would cost twice as many `send`s."""

RECIPIENTS = 1000
"""A tick writes the parcels of this many peers, and as many outboxes; the rest follows in the next
ticks. A thousand `send`s take 5 to 7 ms, and somebody who quits fifty rooms may have thousands of
listeners."""

TIMERS = 8
"""Timers served in a tick. Thousands may be due in the same second, and each may announce a
departure to a full room."""

_ALLOWANCE = attrgetter("session.allowance")
"""The allowance at its last change. That is accurate enough, and there may be thousands to sort."""

UNHANDLED = "Unhandled exception while serving %s"


class Adopted(NamedTuple):
    """What another process that still runs gives away, as descriptors: the lock of its data
    directory, and its control socket. None if it had none."""

    lock: int | None = None
    control: int | None = None


class Server:
    """The composition: loop, listeners, connections with their doors, and the world.

    `busy` holds the doors with lines to process. Code that puts the first bytes of a tick into an
    outbox adds the connection to `to_flush`.
    """

    def __init__(self, config: Config, options: Options, descriptors: int) -> None:
        self.config = config
        self.options = options
        self.loop = Loop()
        self.ring: Ring | None = None
        self.timers = Timers()
        self.workers = Workers(self.loop, WORKER_THREADS)
        self.to_flush: list[Connection] = []
        self.busy: dict[Door, None] = {}
        self._later: dict[Door, None] = {}  # doors that had their turn in this tick
        self._full: set[Door] = set()  # those of them that said as much as a turn may have
        self.doors: dict[Connection, Door] = {}
        self.stopping = False
        self.signals: list[int] = []
        """Those that came and are not handled yet."""
        self.on_upgrade: Callable[[Report], None] = lambda _report: None
        """Begins an upgrade, and reports how it went."""
        self.between_ticks: Callable[[], bool] | None = None
        """Called after each tick while an upgrade waits. Returns whether another process serves
        now."""
        self.control: ControlSocket | None = None
        self._terminal = TerminalWatch(self.timers, self.stop)
        self._tick_ends = 0.0  # stopwatch time; 0 before the tick begins
        self._overdue = False  # the last tick had too little time for all doors
        self._held = False  # the last tick's output waits for the disk
        self.take_input: Callable[[float | None], int] = self.poll_and_dispatch
        """What a tick begins with; another function while the server comes to rest (`upgrade`)."""
        self._ticks = Timings()
        self.counters = Counters()
        self.traffic = Traffic()
        self.prose = Prose()
        self.handshakes = Handshakes()
        self.fanout = Fanout(self.to_flush)
        self.world = World(
            config.server,
            config.limits,
            f"Chatroom {__version__}",
            time.time(),
            time.monotonic(),
            self.fanout,
            NoHistory(secrets.token_hex(4)),  # replaced by `open_history` if a history is enabled
            local=_local,
        )
        self.supervision = Supervision(self.timers, lambda: self.world.clock, self._in_brief)
        self.certificates = CertificateKeeper(self.world, self.handshakes)
        self.gateways = GatewayKeeper(self.workers, lambda: self.config.proxies.webirc)
        self.arrivals = Arrivals(self.world, lambda: self.config, self._is_gateway)
        self._lan = Announcer(self.loop, self.timers, time.monotonic)
        self._host = self._make_door_host()
        self.accepting = Accepting(
            self.loop, self.timers, self.world, descriptors, self._accepted, lambda: len(self.doors)
        )
        self._closing = Closing(self.world, self.timers, self.doors, self.guarded, self._removed)
        self._readers = SlowReaders(
            self.world, self.timers, lambda reader: self.guarded(self._drop_slow_reader, reader)
        )
        expulsion = Expulsion(self.world, self.timers, self.doors, self.guarded)
        self.callbacks = Callbacks(
            self.world,
            self.timers,
            lambda: self.config,
            expulsion.expel,
            self._release,
            self._reload,
        )
        self.callbacks.keep_memory(self.prose.memory)
        self._storage = Storage(
            self.world,
            self.timers,
            self.workers,
            lambda: self.config,
            self.callbacks.announce,
            self.arrivals.charge_wrong_password,
        )
        self.sources = self._make_sources()
        BanExpiry(self.world, self.timers)
        self._configure_world()

    def _make_sources(self) -> Sources:
        return Sources(
            self.world,
            self.doors,
            self.counters,
            self.traffic,
            self._ticks,
            self.workers,
            self.handshakes,
            self.arrivals,
            self.accepting,
            paced=lambda: self._host.paced,
            history=lambda: self.history,
            files=lambda: self.web_files,
            certificate=lambda: self.certificates.certificate,
            stopping=lambda: self.stopping,
            directory=lambda: self.config.data,
            begun=self.world.now,
        )

    def _make_door_host(self) -> DoorHost[Door]:
        return door_host(
            self.world,
            self.timers,
            self.prose,
            self.handshakes,
            time.monotonic,
            attach=self._attached,
            ready=self._ready,
            left=self._left,
            charge_address=self.arrivals.charge,
            charge_bytes=self.arrivals.charge_bytes,
            relocate=self.arrivals.relocate,
            put_at=self.arrivals.put_at,
            count_as_web=self.arrivals.count_as_web,
            why_not_directly=self.arrivals.why_not_directly,
            gateways=self.gateways,
            web=self._make_web_host(),
        )

    def _make_web_host(self) -> WebHost:
        page_files()  # read now, and not while people wait
        self._names = Names(
            lambda: self.world.settings, lambda: self.config.web, lambda: self._lan.host
        )
        authorization = Authorization(self.world, lambda: self._storage.tokens)
        return WebHost(
            facts=self.world,
            settings=lambda: self.config.web,
            names=self._names,
            at=self.timers.at,
            submit=self.workers.submit,
            websocket=websocket_door,
            files=lambda: self.web_files,
            file_settings=lambda: self.config.files,
            authorization=authorization,
            sessions=Sessions(self.world, authorization),
            publishing=Publishing(self.world, self.timers, self.arrivals.charge),
            following=Following(self.world, self.timers, authorization),
            world=self.world,
            for_others=lambda: place_for_others(self.accepting.places),
            monitoring=lambda: self.config.monitoring,
            metrics=lambda: render(self.sources),
            why_not_ready=lambda: self.sources.why_not_ready(),
        )

    def _filehost(self, session: Recipient) -> str:
        """Where this client can upload files (FILEHOST); "" if that is nowhere. A client in the
        clear uses TLS for that, if there is a certificate: it has to send a password."""
        return "" if self.web_files is None else self._own_url(session, "/files")

    def _own_url(self, session: Recipient, path: str) -> str:
        """The URL of a path, as this client reaches it; "" if it does not, or not by HTTP."""
        connection = session.peer
        if not self.config.web.enabled or not isinstance(connection, Connection):
            return ""
        tls = bool(session.transport.tls) or (not session.transport.secure and self.world.has_tls)
        url = own_url(self.config.web.url, connection, session.host, tls, self._names.is_own)
        return f"{url}{path}" if url else ""

    def _is_gateway(self, host: str) -> bool:
        """Whether what comes from that address may be others' (WEBIRC, X-Forwarded-For)."""
        return self.gateways.is_listed(host) or is_in(host, self.config.web.trusted_proxies)

    def _configure_world(self) -> None:
        """Give the chat its part of the configuration, and the keeper that checks operators'
        passwords."""
        config, world = self.config, self.world
        world.set_tls(config.tls)
        name_operators(world, config.rooms.operators, config.rooms.owners)
        world.set_account_settings(config.accounts)
        world.set_operator_settings(config.operators)
        world.filehost = self._filehost
        world.own_url = self._own_url
        world.in_steps = lambda steps: self.timers.in_steps(world.clock, steps)
        world.monitors.later = world.subscriptions.later = world.in_steps
        world.on_wrong_password = self.arrivals.charge_wrong_password
        self.operator_keeper = world.operator_keeper = OperatorKeeper(
            self.workers,
            lambda: world.clock,
            lambda: self.config.operators,
            lambda: self.config.limits,
            world.on_wrong_password,
        )

    def _in_brief(self) -> str:
        """Who is there, as a line for people."""
        counts = (self.world.registered, len(self.world.rooms), len(self.doors))
        return "people: {}, rooms: {}, connections: {}".format(*counts)

    @property
    def door_host(self) -> DoorHost[Door]:
        """What the doors may call."""
        return self._host

    @property
    def stopwatch(self) -> Callable[[], float]:
        """Returns seconds; it measures how long the sessions keep the loop busy."""
        return self._host.stopwatch

    @stopwatch.setter
    def stopwatch(self, stopwatch: Callable[[], float]) -> None:
        self._host.stopwatch = stopwatch

    def open_history(self, adopted: Adopted | None = None) -> None:
        """Open what is kept on disk; with `adopted`, what another process that still runs gives
        away. Raises StoreError."""
        if adopted is None:
            self._storage.open(self.prose.memory)
        else:
            self._storage.adopt(self.prose.memory, adopted.lock)
        if self._storage.history is None:
            log.info("There is no control socket: history.enabled is false.")
            return
        path = self.config.data / CONTROL_FILE
        try:
            self.control = ControlSocket(
                self.loop,
                self.timers,
                lambda: self.world.clock,
                self.to_flush,
                path,
                ControlHost(
                    account_changed=self._storage.account_changed,
                    status=lambda: status(self.sources, os.getpid()),
                    upgrade=lambda report: self.on_upgrade(report),
                ),
                adopted.control if adopted is not None else None,
            )
        except OSError as error:
            log.warning("%s: %s; tools cannot reach this server.", path, error.strerror)

    @property
    def storage(self) -> Storage:
        """What is kept on disk."""
        return self._storage

    @property
    def gifts(self) -> Adopted:
        """What another process needs to go on with what is kept on disk."""
        control = self.control.descriptor if self.control is not None else None
        return Adopted(self._storage.lock, control)

    @property
    def web_files(self) -> FileKeeper | None:
        """The uploaded files; None if there are none here."""
        return self._storage.files if self.config.files.enabled else None

    @property
    def history(self) -> HistoryService | None:
        """The history; None if it is disabled, or not open."""
        return self._storage.history

    # The tick

    def run(self) -> None:
        """Tick until `stop` was called and all connections are closed, or until another process
        serves."""
        self._terminal.begin(time.monotonic())
        fresh, stopwatch = self._ticks.fresh, self._host.stopwatch
        while not (self.stopping and not self.doors):
            self.tick()
            fresh.append(stopwatch() - (self._tick_ends - TICK))  # without the wait for input
            if len(fresh) >= FOLD:
                self._ticks.fold()
            if self.between_ticks is not None and self.between_ticks():
                return

    def tick(self) -> None:
        """One turn of the loop. The guarantees above depend on the order of these lines.

        Each step asks first whether there is something to do: in most ticks somebody says one line,
        and an empty step takes 2 to 4 µs when other programs have filled the caches since then.
        """
        self._tick_ends = 0.0
        said = self.take_input(self._patience())
        if said >= BURST:
            self._look_again()
        if self._later:
            self.busy.update(self._later)
            self._later.clear()
        if self._full:
            self._full.clear()
        if self.handshakes.waiting:
            self.handshakes.run(self.guarded, self._host.stopwatch)
        if self.timers.next_at <= self.world.clock:
            self.timers.run(self.world.clock, self.guarded, TIMERS)
        if self.workers.finished:
            self.workers.collect(self.guarded)
        self._held = not self.commit()
        if self._host.web.following.streams:
            self._host.web.following.look()
        if not self._held:
            self.flush()
            if self._readers.behind or self._closing.deadlines:
                self.reap()

    def _look_again(self) -> None:
        for _ in range(ROUNDS):
            if self._overdue or self.take_input(0.0) < BURST:
                break

    def poll_and_dispatch(self, patience: float | None) -> int:
        """Wait for input for at most `patience` seconds, and process a bounded part of it.

        Returns the number of messages sent to rooms.
        """
        before = self.fanout.added
        ready = self.loop.select(patience)
        self._tick_ends = self._tick_ends or self._host.stopwatch() + TICK
        self.world.set_time(time.time(), time.monotonic())
        for call, mask in ready:
            try:
                call(mask)
            except Exception:  # noqa: BLE001  `_failed` logs it
                self._failed(call, mask)
        if self.signals:
            self.handle_signals()
        if self.busy:
            self.dispatch()
        return self.fanout.added - before

    def _patience(self) -> float | None:
        if self.busy or self.handshakes.waiting:
            return 0.0
        if (self.to_flush or self.fanout.segments) and not self._held:
            return 0.0
        return self.timers.wait(time.monotonic())

    @property
    def is_held(self) -> bool:
        """Whether the last tick's output waits for the disk."""
        return self._held

    @property
    def is_writing(self) -> bool:
        """Whether bytes wait for the next flush."""
        return bool(self.to_flush or self.fanout.segments)

    def signalled(self, number: int) -> None:
        """Signal handler, called between any two instructions: only note the signal for the
        tick."""
        self.signals.append(number)

    def handle_signals(self) -> None:
        """SIGTERM and SIGINT stop the server, SIGHUP reads the configuration again, and SIGUSR2
        begins an upgrade.

        A SIGHUP that is sent because the terminal was closed stops the server, like Ctrl-C there.
        """
        while self.signals:
            number = self.signals.pop(0)
            is_hangup = number == signal.SIGHUP
            if number == signal.SIGUSR2:
                self.guarded(self.on_upgrade, ignore)
            elif is_hangup and not self._terminal.hung_up(self.world.clock):
                self.guarded(self._reload)
            else:
                self.stop()

    def announce(self) -> None:
        """Announce the server on the local network, as the configuration says. Called again after
        changes."""
        certificate = self.certificates.certificate
        fingerprint = certificate.fingerprint if certificate else ""
        self._lan.begin(announcement(self.config, self.accepting.places, fingerprint))

    def _reload(self) -> None:
        with self.supervision.reloading():
            self._read_configuration_again()

    def _read_configuration_again(self) -> None:
        announcements = Offers(self.world), Tokens(self.world)
        before = self.config
        self.config = reload(self.world, self.config, self.options)
        self.certificates.reload(self.config)
        for each in announcements:
            self.timers.in_steps(self.world.clock, each.announce())
        if (before.web, before.files) != (self.config.web, self.config.files):
            self.timers.in_steps(self.world.clock, announce_services(self.world))
        self.announce()

    def dispatch(self) -> None:
        """Give each busy door a turn, until the tick's time is used up: TICK, or LONG_TICK for
        sessions with half of their allowance left.

        A door that has more to do after its turn continues in the next tick, even if this tick
        reads more input; and so does one that said as much as a turn may have. So one session gets
        at most one long turn in a tick. If a tick had too little time for all, the next one starts
        with the sessions that have used the least of their allowance. So the session that keeps the
        loop busy waits, and the others do not notice.
        """
        doors, self.busy = self.busy, {}
        if self._overdue:
            doors = dict.fromkeys(sorted(doors, key=_ALLOWANCE, reverse=True))
            self._overdue = False
        over = -TICK  # seconds beyond TICK; the first door always has its turn
        half = self.world.limits.flood_burst / 2
        for door in doors:
            late = over >= 0 and (over >= LONG_TICK - TICK or door.session.allowance < half)
            self._overdue = self._overdue or late
            enough = self.fanout.added + MESSAGES
            more = late or door in self._full
            if not more and not door.session.closing:
                try:
                    more = door.work()
                except Exception:  # noqa: BLE001  `_failed` logs it
                    self._failed(door.work)
            if more:
                self._later[door] = None
            elif self.fanout.added >= enough:
                self._full.add(door)
            over = self._host.stopwatch() - self._tick_ends

    def commit(self) -> bool:
        """Make the results of this tick durable. Returns False if nobody may be sent them yet (see
        `TickCommit`)."""
        history, audit = self._storage.history, self._storage.audit
        if history is None:
            return True
        if audit is not None and audit.due:
            audit.commit()
        durable = history.commit_tick(self.world.clock)
        if self.world.read_marks.taken.has_news:
            history.taken_keeper.append(self.world.read_marks.taken.news())
        return durable

    def flush(self) -> None:
        """Write the pending bytes of each connection with one `send`, and drop readers who lag too
        far behind.

        The newest messages of rooms come after the contents of the outboxes.
        """
        slow: dict[Connection, None] = {}
        failed: dict[Connection, None] = {}
        most = self.config.limits.outbox
        unsent: list[tuple[Connection, bytes]] = []
        for pieces, connections in self.fanout.parcels(RECIPIENTS):
            data = b"".join(pieces)
            self.traffic.sent += len(data) * len(connections)
            unsent += write_to_all(data, connections, self.ring)
        if self.to_flush:
            unsent += [(connection, b"") for connection in self.to_flush[:RECIPIENTS]]
            del self.to_flush[:RECIPIENTS]
        for connection, data in unsent:
            try:
                left = connection.flush(data)
            except Exception:
                self.counters.bugs += 1
                log.exception(UNHANDLED, self._name_of(connection))
                failed[connection] = None
                continue
            if left > most and self._readers.is_hopeless(connection, left):
                slow[connection] = None
        if not self.is_writing:
            self.world.read_marks.flushed = self.world.log.position
        # Only now, so that messages about these departures go through the next tick's commit.
        for connection in failed:
            self._closing.abort(connection)
        for connection in slow:
            self.guarded(self._drop_slow_reader, connection)

    def _drop_slow_reader(self, connection: Connection) -> None:
        self.counters.slow_readers += 1
        reason = f"Reads too slowly: more than {self.config.limits.outbox} bytes are queued"
        self.doors[connection].leave(reason)
        self._closing.begin(connection, 0)

    def reap(self) -> None:
        """Drop slow readers, and advance the closing connections."""
        self._readers.check()
        if self._closing:
            self._closing.advance()

    # Coming

    def _accepted(self, sock: socket.socket, host: str) -> None:
        proxied = self.arrivals.is_proxy(host)
        door: Door = (
            ProxiedDoor(self._host, self.world.clock, Greeter)
            if proxied
            else Greeter(self._host, self.world.clock)
        )
        connection = Connection(self.loop, sock, door.received, self.to_flush, self.traffic)
        self.guarded(self._admit, connection, door, host)

    def _admit(self, connection: Connection, door: Door, host: str) -> None:
        self.counters.connections += 1
        session = self.arrivals.attach(connection, host)
        if session.allowance < CONNECTING:
            self.accepting.slow_down()
        door.attach(connection, session)
        if isinstance(door, Greeter) and (why := self.arrivals.why_not_at_once(host)):
            door.refuse(f"ERROR :{why}\r\n", why[:1].lower() + why[1:])
            self._closing.begin(connection, 0)  # no linger: that would keep the descriptor
        self.accepting.pause_if_full()

    def _attached(self, connection: Connection, door: Door) -> None:
        self.doors[connection] = door
        if door.protocol:
            self.counters.protocols[door.protocol] += 1

    # Going

    def _ready(self, door: Door) -> None:
        self.busy[door] = None

    def _release(self, session: Recipient) -> None:
        """Lines of this session were held until now (`chat.output.holding`)."""
        door = self.doors.get(session.peer) if isinstance(session.peer, Connection) else None
        if door is not None and not session.closing:
            self._ready(door)

    def _left(self, door: Door, reason: str) -> None:
        """Called by a door after its last words: reap the connection when they are written."""
        session = door.session
        who = visible(session.user.nick) if session.registered else session.host
        is_quiet = door.comes_quietly or self._is_health_check(door)
        if not is_quiet:
            door.announce()
        level = DEBUG if is_quiet else INFO
        log.log(level, "%s has left the server (%s)", who, visible(reason.removesuffix(": ")))
        self._forget_turn(door)
        self._closing.begin(door.connection)

    def _is_health_check(self, door: Door) -> bool:
        """Whether this was the health check of a proxy, which comes every second or two: the
        connection sent nothing, or only a PROXY header."""
        silent = isinstance(door, ProxiedDoor | Greeter) and not door.head
        return silent and self.arrivals.is_proxy(door.session.host)

    def _forget_turn(self, door: Door) -> None:
        self.busy.pop(door, None)
        self._later.pop(door, None)

    def _removed(self, door: Door) -> None:
        self._forget_turn(door)
        self.arrivals.remove(door.session)

    def stop(self) -> None:
        """Say goodbye to everyone. The server ends when that is written, or after `goodbye`
        seconds."""
        if self.stopping:
            return
        self.stopping = self._closing.stopping = True
        self.supervision.notifier.stopping()
        log.info("Stopping: disconnecting %d clients.", len(self.doors))
        self._lan.end()
        self.accepting.close()
        for door in list(self.doors.values()):
            if not door.session.closing:
                self.guarded(self._dismiss, door)

    def _dismiss(self, door: Door) -> None:
        door.dismiss(GOODBYE)
        self._closing.begin(door.connection, self.config.limits.goodbye)

    # Unexpected exceptions

    def guarded(self, call: Callable[..., Result], *arguments: object) -> Result | None:
        """Call a function on behalf of one session. An unexpected exception closes only that
        connection."""
        try:
            return call(*arguments)
        except Exception:  # noqa: BLE001  `_failed` logs it
            self._failed(call, *arguments)
            return None

    def _failed(self, call: Callable[..., object], *arguments: object) -> None:
        """Log the exception of this call, and close the connection on whose behalf it was made."""
        suspects = (getattr(call, "__self__", None), *arguments)
        connection = next(filter(None, map(_connection_of, suspects)), None)
        self.counters.bugs += 1
        log.exception(UNHANDLED, self._name_of(connection))
        if connection is not None:
            self._closing.abort(connection)
        elif isinstance(suspects[0], Listener):
            self.accepting.pause(
                "an unhandled exception"
            )  # or the listener would fail again at once

    def _name_of(self, connection: Connection | None) -> str:
        door = self.doors.get(connection) if connection else None
        return (
            visible(door.session.user.nick or door.session.host) if door else "no connected client"
        )

    def abandon(self) -> None:
        """Release all resources but the loop, and leave files, sockets and people as they are:
        another process serves now."""
        self._lan.end(goodbye=False)
        self.accepting.abandon()
        if self.control is not None:
            self.control.abandon()
        for connection in self.doors:
            connection.abandon()
        self.doors.clear()
        self.workers.close()
        self._storage.abandon()
        if self.ring is not None:
            self.ring.close()

    def end(self) -> None:
        """Release all resources of the process."""
        self._lan.end()
        self.accepting.close()
        if self.control is not None:
            self.control.close()
        self.workers.close()
        self._storage.close()
        if self.ring is not None:
            self.ring.close()
        self.loop.close()


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at).astimezone()


def _connection_of(suspect: object) -> Connection | None:
    if isinstance(suspect, Door):
        return suspect.connection
    return suspect if isinstance(suspect, Connection) else None
