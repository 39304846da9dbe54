"""Announces the server on the local network by multicast DNS, so that clients find it.

What is announced is a hint. Anybody on the network can announce anything, so a client that trusts a
certificate because an announcement names its fingerprint trusts nobody in particular.
"""

import logging
import math
import socket
from collections.abc import Callable, Iterable
from typing import NamedTuple

from chatroom.chat.settings import ALWAYS, NO, YES
from chatroom.net.addresses import Address
from chatroom.net.interfaces import lan_interfaces
from chatroom.net.loop import Loop
from chatroom.net.multicast import Multicast
from chatroom.net.timers import Timer, Timers
from chatroom.server.config.load import Config
from chatroom.server.lan.reached import outside_places, reached
from chatroom.text.display import visible
from chatroom.wire.mdns.responder import Outgoing, Responder, Sender
from chatroom.wire.mdns.services import HTTP, IRC, IRCS, OwnService
from chatroom.wire.mdns.zone import Link

log = logging.getLogger("chatroom")

LOOK_SECONDS = 15.0
"""Seconds between two looks at the interfaces: a laptop changes its network now and then."""


MOST_PACKETS, BREATHER = 250, 0.25
"""After so many packets in so many seconds, nothing is read until those seconds have passed: in a
flood the system drops packets at less cost than we could."""


class Announcement(NamedTuple):
    """What to announce: the name, the services, and the places where the server listens."""

    name: str
    offers: tuple[OwnService, ...]
    places: tuple[Address, ...]
    insist: bool = False  # complain if it is not possible


def announcement(
    config: Config, listening: Iterable[Address], fingerprint: str
) -> Announcement | None:
    """What to announce; None if only this machine can connect, or if nobody wants it.

    `fingerprint` is that of the certificate, "" without TLS. All services have the same port: that
    of the first place that is open to others.
    """
    places = outside_places(listening)
    if not places or config.lan.announce == NO:
        return None
    port = places[0].port
    name = config.lan.name or f"{config.server.network} on {socket.gethostname().partition('.')[0]}"
    return Announcement(
        name,
        tuple(_offers(config, port, fingerprint)),
        tuple(place for place in places if place.port == port),
        insist=config.lan.announce == YES,
    )


def _offers(config: Config, port: int, fingerprint: str) -> Iterable[OwnService]:
    about = (("txtvers", "1"), ("network", config.server.network))
    if config.tls.required != ALWAYS or not fingerprint:
        yield OwnService(IRC, port, (*about, ("tls", "yes" if fingerprint else "no")))
    if fingerprint:
        yield OwnService(IRCS, port, (*about, ("fp", fingerprint)))
    if config.web.enabled:
        yield OwnService(HTTP, port, (("txtvers", "1"), ("path", "/")))


class Announcer:
    """Call `begin` once, or again with what has changed, and `end`; in between it answers alone.

    Nothing that happens on the network disturbs the server: what cannot be sent is left out, and
    what is received costs a bounded time.
    """

    def __init__(self, loop: Loop, timers: Timers, clock: Callable[[], float]) -> None:
        self._timers = timers
        self._clock = clock
        self._multicast = Multicast(loop, self._received)
        self._announced: Announcement | None = None
        self._responder: Responder | None = None
        self._look_at: Timer | None = None
        self._turn_at: tuple[float, Timer] | None = None
        self._told = ""
        self._packets = 0
        self._packets_since = 0.0

    @property
    def host(self) -> str:
        """The name of this machine in the local network, such as `alpha.local`; "" while nothing
        is announced."""
        return self._responder.host if self._responder else ""

    def begin(self, announcement: Announcement | None) -> None:
        """Announce this, and nothing else. The same again changes nothing."""
        if announcement == self._announced:
            return
        self.end()
        self._announced = announcement
        if announcement is not None:
            host = socket.gethostname()
            self._responder = Responder(announcement.name, host, announcement.offers)
            self._look()

    def end(self, goodbye: bool = True) -> None:
        """Take the announcement back, or leave it to another process that goes on with it. Calling
        it twice is allowed."""
        if self._responder is not None and goodbye:
            self._send(self._responder.end())
        for timer in (self._look_at, self._turn_at and self._turn_at[1]):
            if timer:
                timer.cancel()
        self._announced = self._responder = self._look_at = self._turn_at = None
        self._told = ""
        self._multicast.close()

    def _look(self) -> None:
        """Follow the interfaces, which come and go."""
        assert self._announced is not None
        assert self._responder is not None
        places = self._announced.places
        interfaces = [each for each in lan_interfaces() if reached(each.networks, places)]
        if self._multicast.follow(interfaces):
            if self._multicast.trouble:
                log.debug("No multicast DNS on %s", self._multicast.trouble)
            links = [
                Link(each.number, reached(each.networks, places), each.networks)
                for each in self._multicast.interfaces
            ]
            self._responder.begin(links, self._clock())
            self._schedule()
        if not self._multicast.interfaces:
            self._tell_not(self._multicast.trouble or "there is no network with other machines")
        self._look_at = self._timers.at(self._clock() + LOOK_SECONDS, self._look)

    def _tell_not(self, why: str) -> None:
        level = logging.WARNING if self._announced and self._announced.insist else logging.INFO
        self._tell(level, f"Not announced on the local network: {why}.")

    def _tell(self, level: int, text: str) -> None:
        if text != self._told:
            self._told = text
            log.log(level, "%s", text)

    def _received(self, number: int, host: str, port: int, data: bytes) -> None:
        if self._responder is not None:
            now = self._clock()
            self._count(now)
            self._send(self._responder.received(number, Sender(host, port), data, now))
            self._schedule()

    def _count(self, now: float) -> None:
        """Count a packet, and stop reading for a moment if there are too many."""
        if now - self._packets_since >= BREATHER:
            self._packets, self._packets_since = 0, now
        self._packets += 1
        if self._packets == MOST_PACKETS:
            self._multicast.pause()
            self._timers.at(now + BREATHER, self._multicast.resume)

    def _turn(self) -> None:
        self._turn_at = None
        if self._responder is not None:
            self._send(self._responder.turn(self._clock()))
            if self._responder.established:
                name = visible(self._responder.instance)
                self._tell(logging.INFO, f'Announced on the local network as "{name}".')
            self._schedule()

    def _schedule(self) -> None:
        """Call the responder when it is due."""
        due = self._responder.due if self._responder else math.inf
        if self._turn_at is not None:
            if self._turn_at[0] == due:
                return
            self._turn_at[1].cancel()
            self._turn_at = None
        if due < math.inf:
            self._turn_at = due, self._timers.at(due, self._turn)

    def _send(self, packets: Iterable[Outgoing]) -> None:
        for packet in packets:
            self._multicast.send(packet.link, packet.data, packet.to)
