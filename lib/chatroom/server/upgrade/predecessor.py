"""The old process of an upgrade: starts the new one, and hands over to it between two ticks.

While the new process starts, which takes half a second, this one serves. Then it pauses: from
`quiesce` to SERVING nobody is served. Whatever goes wrong until SERVING, it kills the new process
and continues.
"""

import gc
import logging
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import islice
from typing import TypeVar

from chatroom import __version__
from chatroom.net.loop import READ
from chatroom.net.timers import Timer
from chatroom.net.workers import Workers
from chatroom.server.doors.http_connection import HttpConnection
from chatroom.server.history_service import NewerFormat
from chatroom.server.server import Server
from chatroom.server.upgrade.channel import Channel, ChannelError, Message
from chatroom.server.upgrade.last_download import LastDownload
from chatroom.server.upgrade.leftovers import Leftovers
from chatroom.server.upgrade.life import Life
from chatroom.server.upgrade.moving import Row
from chatroom.server.upgrade.newcomer import Newcomer
from chatroom.server.upgrade.outcome import Outcome, Process, Report, ignore
from chatroom.server.upgrade.protocol import (
    ALL,
    AT_ONCE,
    CONNECTION,
    CONTROL,
    FAILED,
    GO,
    HELLO,
    LIFE,
    LISTENER,
    LOCK,
    READY,
    RESTORED,
    ROWS,
    SERVING,
    STATE,
    SUPERVISOR,
    Offer,
    State,
    read,
)
from chatroom.server.upgrade.quiesce import Busy, approach, is_calm, quiesce, release
from chatroom.server.upgrade.relay import Relay
from chatroom.server.upgrade.snapshot import FORMAT, HandedOver, take_in_parts
from chatroom.server.upgrade.subreaper import adopt_orphans
from chatroom.server.upgrade.supervisor import Remainder
from chatroom.server.web.turns import Turns
from chatroom.store.database import StoreError
from chatroom.store.migrations import MIGRATIONS

log = logging.getLogger("chatroom")

Result = TypeVar("Result")

START_SECONDS = 60.0
"""Seconds that the new process has to start; meanwhile this one serves."""

CALM_SECONDS = 10.0
"""Seconds to wait for a moment in which nothing is under way; meanwhile this process serves."""

QUIESCE_SECONDS = 2.0

STEP_SECONDS = 5.0
"""Seconds for each step of the new process while nobody is served."""

CONVERSION_SECONDS = 1800.0
"""Seconds for a conversion of the database to the format of the new version."""

SIGN_OF_LIFE = 2.0
"""Seconds between signs of life meanwhile."""


class Trouble(Exception):
    """The upgrade has failed. `str()` says why."""


class Predecessor:
    """Upgrades this process. `link` leads to the process that supervises it, if one does; `life` is
    what the process before it had, if there was one."""

    def __init__(self, server: Server, link: Channel | None, life: Life | None) -> None:
        self._server = server
        self._link = link
        self._life = life
        self._newcomer: Newcomer | None = None
        self._deadline = Timer(lambda: None, 0.0)
        self._report: Report = ignore
        self.remainder: Remainder | None = None
        """What this process still has to do, once the new process serves."""
        self.has_to_end = False
        """Whether the server stops because only the new version can read its database."""

    @property
    def _supervises(self) -> bool:
        """Whether this process remains until the last new one has ended: it is the first, and
        whoever started it waits for it. systemd follows to another process instead."""
        return self._link is None and not os.environ.get("NOTIFY_SOCKET")

    def begin(self, report: Report = ignore) -> None:
        """Start the new process. `report` is called with the outcome, now or in a later tick."""
        if self._server.stopping or self._newcomer is not None:
            why = "the server is stopping" if self._server.stopping else "one is under way"
            log.warning("No upgrade now: %s.", why)
            report(_failure(why))
            return
        self._report = report
        if self._supervises:
            adopt_orphans()
        try:
            self._newcomer = Newcomer()
        except OSError as error:
            self._fail(f"the new process cannot be started: {error.strerror or error}")
            return
        log.info("Upgrading: process %d starts with the new version.", self._newcomer.pid)
        loop, clock = self._server.loop, self._server.world.clock
        loop.watch(self._newcomer.channel, READ, self._heard)
        late = f"the new process was not ready after {START_SECONDS:g} seconds"
        self._deadline = self._server.timers.at(clock + START_SECONDS, lambda: self._fail(late))

    def _heard(self, _mask: int) -> None:
        """Read what the new process says while this one serves."""
        newcomer = self._newcomer
        assert newcomer is not None
        try:
            while (message := newcomer.channel.poll()) is not None:
                if message.kind == HELLO:
                    newcomer.pid = message.body["pid"]
                else:
                    self._plan(newcomer, _offer_in(message))
        except (ChannelError, Trouble) as error:
            self._fail(f"the new process: {error}")
        except Exception as error:  # a version that is not known yet may say anything
            log.exception("Unhandled exception in an upgrade")
            self._fail(f"the new process: {type(error).__name__}: {error}")

    def _plan(self, newcomer: Newcomer, offer: Offer) -> None:
        """Hand over as soon as nothing is under way, so that the pause is short, or in CALM_SECONDS
        at the latest."""
        self._deadline.cancel()
        approach(self._server)
        latest = time.monotonic() + CALM_SECONDS
        self._server.timers.wake_at(latest)

        def when_calm() -> bool:
            if not is_calm(self._server) and time.monotonic() < latest:
                return False
            return self._hand_over(newcomer, offer)

        self._server.between_ticks = when_calm

    # The pause

    def _hand_over(self, newcomer: Newcomer, offer: Offer) -> bool:
        """Hand over between two ticks. Returns whether the new process serves."""
        self._server.between_ticks = None
        if self._newcomer is not newcomer:
            return False  # it has ended
        if self._server.stopping:
            self._fail("the server is stopping")
            return False
        began = time.monotonic()
        relays: list[Relay] = []
        gc.disable()
        try:
            taken = self._give(newcomer.channel, offer, relays)
        except (Busy, ChannelError, OSError, StoreError, Trouble) as error:
            why = str(error)
        except Exception as error:
            log.exception("Unhandled exception in an upgrade")
            why = f"{type(error).__name__}: {error}"
        else:
            self._leave(newcomer, offer, taken, relays, time.monotonic() - began)
            return True
        finally:
            gc.enable()
        for relay in relays:
            relay.cancel()
        self._fail(why)
        return False

    def _give(self, channel: Channel, offer: Offer, relays: list[Relay]) -> HandedOver:
        """Hand over, up to SERVING. Adds the relays that are needed afterwards."""
        server = self._server
        quiesce(server, QUIESCE_SECONDS)
        server.storage.settle()
        self._life = self._life or Life.begin()
        taken, rows = take_in_parts(server)
        relays += [Relay(server.loop, each) for each in taken.connections.values() if each.tls]
        self._send_state(channel, taken, rows, relays)
        for relay in relays:  # now, while the new process is busy
            relay.prepare(server.to_flush)
        _expect(channel, RESTORED)
        channel.send(Message(GO, {}), STEP_SECONDS)  # from here on, only the new process writes
        self._wait_for_conversion(channel, offer)
        _expect(channel, SERVING)
        return taken

    def _wait_for_conversion(self, channel: Channel, offer: Offer) -> None:
        """Wait longer for a new process that converts the database, and let the service manager
        know that this one is not stuck."""
        deadline = time.monotonic() + CONVERSION_SECONDS * (offer.database > len(MIGRATIONS))
        while time.monotonic() < deadline and not channel.has_news(SIGN_OF_LIFE):
            self._server.supervision.notifier.alive("Converting the history")

    def _send_state(
        self, channel: Channel, taken: HandedOver, rows: Iterator[Row], relays: list[Relay]
    ) -> None:
        """Send the snapshot in parts. The new process restores each while this one makes the
        next."""
        given = list(self._given(taken, relays))
        names = [(kind, key) for kind, key, _ in given]
        listen = [(*one.address, one.origin, one.row) for one in self._server.config.listen]
        state = State(FORMAT, taken.snapshot, names, self._supervises, listen)
        descriptors = [descriptor for _, _, descriptor in given]
        try:
            channel.send(Message(STATE, state._asdict(), descriptors), STEP_SECONDS)
            while some := list(islice(rows, AT_ONCE)):
                channel.send(Message(ROWS, {"rows": some}), STEP_SECONDS)
            channel.send(Message(ALL, {}), STEP_SECONDS)
        except ChannelError:
            last_words = channel.poll()  # perhaps it says why
            if last_words is not None:
                _check(last_words, RESTORED)
            raise

    def _given(self, taken: HandedOver, relays: list[Relay]) -> Iterator[tuple[str, int, int]]:
        """Yields kind, key and number of each descriptor."""
        adopted = self._server.gifts
        for kind, descriptor in ((LOCK, adopted.lock), (CONTROL, adopted.control)):
            if descriptor is not None:
                yield kind, 0, descriptor
        if self._life is not None:
            yield from ((LIFE, 0, self._life.reader), (LIFE, 1, self._life.writer))
        if self._link is not None:
            yield SUPERVISOR, 0, self._link.fileno()
        for sock, inherited in self._server.accepting.sockets:
            yield LISTENER, int(inherited), sock.fileno()
        ends = {relay.outer: relay.far_end for relay in relays}
        for key, connection in taken.connections.items():
            yield CONNECTION, key, ends[connection] if connection.tls else connection.descriptor

    def _leave(
        self,
        newcomer: Newcomer,
        offer: Offer,
        taken: HandedOver,
        relays: list[Relay],
        pause: float,
    ) -> None:
        """The new process serves. Close everything that it has now."""
        server = self._server
        server.loop.unwatch(newcomer.channel)
        newcomer.let_go()
        for relay in relays:
            del server.doors[relay.outer]
        workers = Workers(server.loop, 1)
        downloads = list(_stay(server, workers))
        new = Process(offer.version, offer.pid)
        self._report(Outcome("", _this_process(), new, len(taken.connections), pause))
        server.abandon()
        server.supervision.notifier.main_process(offer.pid)
        link = newcomer.channel if self._supervises else None
        if link is None:
            newcomer.channel.close()
        if self._link is not None:
            self._link.close()
        leftovers = Leftovers(server.loop, server.to_flush, [*relays, *downloads], workers)
        assert self._life is not None
        self._life.hand_over(server.loop, leftovers.stop)
        self.remainder = Remainder(server, leftovers, link, offer.pid)
        log.info(
            "Process %d with version %s serves now: %d connections, a pause of %.0f ms.",
            *(offer.pid, offer.version, len(taken.connections), pause * 1000),
        )
        if relays:
            log.info(
                "TLS connections that this process (%d) passes on: %d.", os.getpid(), len(relays)
            )
        if downloads:
            log.info("Downloads that this process (%d) finishes: %d.", os.getpid(), len(downloads))

    # Failures

    def _fail(self, why: str) -> None:
        """End the new process, and continue."""
        self._deadline.cancel()
        self._server.between_ticks = None
        if own := self.end_newcomer():
            why = f"{why} ({own})"
        self._go_on(why)
        report, self._report = self._report, ignore
        report(_failure(why))

    def _go_on(self, why: str) -> None:
        """Serve as before, unless the new process has converted the database."""
        release(self._server)
        try:
            self._server.storage.resume()
        except NewerFormat as error:
            log.error("The upgrade has failed: %s. %s, so this one has to end.", why, error)
            self.has_to_end = True
            self._server.stop()
            return
        except StoreError:
            pass  # the next tick's commit meets it, too, and tells
        log.error("The upgrade has failed: %s. Version %s still serves.", why, __version__)

    def end_newcomer(self) -> str:
        """Make sure that no new process is under way. Returns how it ended, if by itself."""
        newcomer, self._newcomer = self._newcomer, None
        if newcomer is None:
            return ""
        self._server.loop.unwatch(newcomer.channel)
        return newcomer.end()


def _stay(server: Server, workers: Workers) -> Iterator[LastDownload]:
    """Take the downloads under way from their doors. `workers` are theirs from now on: those of the
    server end."""

    def submit(
        job: Callable[[], Result], done: Callable[[Future[Result]], None], writes: bool = False
    ) -> None:
        assert not writes
        workers.submit(job, done)

    turns, patience = Turns(), server.world.limits.slow_reader
    for connection, door in list(server.doors.items()):
        if isinstance(door, HttpConnection) and door.download is not None:
            door.download.move_to(submit)
            yield LastDownload(connection, door.download, turns, patience)
            del server.doors[connection]


def _offer_in(message: Message) -> Offer:
    """Raises Trouble if it is not READY, or if the new process cannot take over from this one."""
    _check(message, READY)
    try:
        offer = read(Offer, message.body)
    except TypeError:
        raise Trouble("it said READY in a way that this version does not understand") from None
    if offer.database < len(MIGRATIONS):
        raise Trouble(f"version {offer.version} is older, and cannot read this version's database")
    if offer.database > len(MIGRATIONS):
        log.info("Version %s will convert the history to its own format.", offer.version)
    if FORMAT not in offer.understood:
        raise Trouble(
            f"version {offer.version} does not understand the state of version {__version__};"
            " restart the server instead"
        )
    return offer


def _expect(channel: Channel, kind: str) -> None:
    """Wait for the next step of the new process. Raises ChannelError or Trouble."""
    _check(channel.receive(STEP_SECONDS), kind)


def _check(message: Message, kind: str) -> None:
    if message.kind == FAILED:
        raise Trouble(str(message.body.get("reason")))
    if message.kind != kind:
        raise Trouble(f"it said {message.kind!r} instead of {kind!r}")


def _failure(why: str) -> Outcome:
    this = _this_process()
    return Outcome(why, this, this)


def _this_process() -> Process:
    return Process(__version__, os.getpid())
