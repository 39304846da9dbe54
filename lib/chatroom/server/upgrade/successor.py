"""The new process of an upgrade, until it serves.

Everything slow comes before READY, while the old process still serves: imports, the configuration,
the certificate. Then it restores the state in memory, and opens the data directory only when the
old process does not write any more. It reads nothing from the connections before it has said
SERVING: if it fails before that, nothing is lost.
"""

import gc
import logging
import os
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from chatroom import __version__
from chatroom.net.addresses import Address
from chatroom.server.config.load import Config, Listening
from chatroom.server.server import Adopted, Server
from chatroom.server.upgrade.channel import Channel, ChannelError, Message
from chatroom.server.upgrade.protocol import (
    ALL,
    CONNECTION,
    CONTROL,
    ENDED,
    FAILED,
    GO,
    HELLO,
    LISTENER,
    LOCK,
    READY,
    RESTORED,
    ROWS,
    SERVING,
    STATE,
    SUPERVISOR,
    VARIABLE,
    Offer,
    State,
    read,
)
from chatroom.server.upgrade.snapshot import UNDERSTOOD, Restoring, finish
from chatroom.store.migrations import MIGRATIONS

log = logging.getLogger("chatroom")

SECONDS = 60.0
"""Seconds to wait for the old process. If it ends, the channel tells at once."""


class CannotTakeOver(Exception):
    """The upgrade has failed at this end. `str()` says why."""


class Successor:
    """Takes over from the process at the other end of `channel`. `link` leads to the process that
    supervises this one, once it serves; None if none does."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.link: Channel | None = None

    def take_over(self, server: Server, config: Config) -> None:
        """Become the server. Raises CannotTakeOver, after the old process was told."""
        try:
            self._take_over(server, config)
        except ChannelError as error:
            raise CannotTakeOver(f"the old process: {error}") from error
        except Exception as error:
            with suppress(ChannelError):
                reason = str(error) or type(error).__name__
                self._channel.send(Message(FAILED, {"reason": reason}), SECONDS)
            raise

    def _take_over(self, server: Server, config: Config) -> None:
        server.certificates.load(config)
        gc.collect()
        gc.disable()  # until it serves: a collection would examine all that is restored
        offer = Offer(__version__, os.getpid(), UNDERSTOOD, len(MIGRATIONS))
        self._channel.send(Message(READY, offer._asdict()), SECONDS)
        state, given = self._restore(server)
        self._channel.send(Message(RESTORED, {}), SECONDS)
        self._expect(GO)
        server.open_history(given.adopted)
        finish(server, state.snapshot)
        for sock, inherited in given.listeners:
            server.accepting.listen(sock, inherited)
        _keep_listening(server, state)
        server.certificates.begin(config, server.accepting.places)
        self._say_serving(state.supervised, given.link)

    def _restore(self, server: Server) -> tuple[State, "_Given"]:
        """Restore what the old process sends, as it comes."""
        message = self._channel.receive(SECONDS)
        _check(message, STATE)
        state = read(State, message.body)
        given = _Given(state, message.descriptors)
        if server.config.history.enabled != (given.adopted.lock is not None):
            raise CannotTakeOver("history.enabled has changed, which needs a restart")
        restoring = Restoring(server, state.snapshot, given.connections)
        while (message := self._channel.receive(SECONDS)).kind == ROWS:
            restoring.add(message.body["rows"])
        _check(message, ALL)
        restoring.end()
        return state, given

    def _expect(self, kind: str) -> None:
        _check(self._channel.receive(SECONDS), kind)

    def _say_serving(self, supervised: bool, link: Channel | None) -> None:
        serving = Message(SERVING, {"pid": os.getpid()})
        self._channel.send(serving, SECONDS)
        if supervised:
            self.link = self._channel
            return
        self._channel.close()
        self.link = link
        if link is not None:
            with suppress(ChannelError):  # it was killed; this process serves nevertheless
                link.send(serving, SECONDS)

    def say_ended(self, status: int) -> None:
        """Tell the process that supervises this one with which status it ends."""
        if self.link is not None:
            with suppress(ChannelError):
                self.link.send(Message(ENDED, {"status": status}), SECONDS)


def _keep_listening(server: Server, state: State) -> None:
    """The sockets stay those of the old process, so its `listen` still holds. Warns of another
    one."""
    held = tuple(
        Listening(Address(host, port, path), origin, row)
        for host, port, path, origin, row in state.listen
    )
    if not held:
        return
    before, now = ({one.address for one in listen} for listen in (held, server.config.listen))
    if before != now:
        log.warning(
            "Changes of listen need a restart: still listening on %s; not on %s.",
            _in_words(server.accepting.shown),
            _in_words(map(str, now)),
        )
    server.config = replace(server.config, listen=held)


def _in_words(places: Iterable[str]) -> str:
    return ", ".join(sorted(places))


def _check(message: Message, kind: str) -> None:
    if message.kind != kind:
        raise CannotTakeOver(f"the old process said {message.kind!r} instead of {kind!r}")


class _Given:
    """The descriptors of a State, as what they are. Those that this version does not know are
    closed."""

    def __init__(self, state: State, descriptors: Sequence[int]) -> None:
        self.listeners: list[tuple[socket.socket, bool]] = []
        self.connections: dict[int, socket.socket] = {}
        self.link: Channel | None = None
        self.adopted = Adopted()
        for (kind, key), descriptor in zip(state.descriptors, descriptors, strict=True):
            if kind == LISTENER:
                self.listeners.append((socket.socket(fileno=descriptor), bool(key)))
            elif kind == CONNECTION:
                self.connections[key] = socket.socket(fileno=descriptor)
            elif kind == SUPERVISOR:
                self.link = Channel(socket.socket(fileno=descriptor))
            elif kind in _ADOPTED:
                self.adopted = self.adopted._replace(**{_ADOPTED[kind]: descriptor})
            else:
                os.close(descriptor)


_ADOPTED = {LOCK: "lock", CONTROL: "control"}


def successor_of_environment() -> Successor | None:
    """The successor that this process has to be; None if it was started in the usual way. Raises
    CannotTakeOver."""
    number = os.environ.pop(VARIABLE, "")
    if not number:
        return None
    try:
        sock = socket.socket(fileno=int(number))
        sock.set_inheritable(False)
        _detach()
        channel = Channel(sock)
        channel.send(Message(HELLO, {"pid": os.getpid()}), SECONDS)
    except (ValueError, OSError, ChannelError) as error:
        raise CannotTakeOver(f"{VARIABLE}={number}: {error}") from error
    return Successor(channel)


def _detach() -> None:
    """Become a child of systemd, if that runs us: so it notices our end. Otherwise the old process
    would be the one to notice."""
    if os.environ.get("NOTIFY_SOCKET") and os.fork():
        os._exit(0)
