"""Announces services on the local network, and answers for them (RFC 6762). Sans I/O.

    probing       is anybody else using these names? Three questions, 250 ms apart (section 8.1)
    announcing    all records, twice, a second apart (section 8.3)
    standing      answers, until `end` says goodbye (section 10.1)

`received` and `turn` return the packets to send. A name that somebody else uses is changed:
"Chatroom" becomes "Chatroom (2)" (section 9). What is sent to the whole network is bounded by
section 6 (each record once a second at most), and the packets that are read are counted.
"""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chatroom.wire.mdns.packet import (
    ANY,
    BadPacket,
    DnsQuestion,
    Name,
    Packet,
    Record,
    folded,
    parse,
    serialise,
)
from chatroom.wire.mdns.services import OwnService
from chatroom.wire.mdns.zone import CLAIMS, Link, Zone

PORT = 5353
"""The port of multicast DNS. A query from another port comes from a simple resolver, which wants
the answer for itself, as DNS would give it (section 6.7)."""

LEGACY_TTL = 10
"""Seconds: simple resolvers hear no changes (section 6.7)."""

PROBES, PROBE_SECONDS = 3, 0.25
ANNOUNCEMENTS, ANNOUNCE_SECONDS = 2, 1.0

SECOND = 1.0
"""A record is sent to a link's group at most once in this time (section 6)."""

DEFEAT_SECONDS = 1.0
"""The loser of two simultaneous probes waits so long, and tries again (section 8.2)."""

CONFLICTS, CONFLICT_SECONDS, CONFLICT_PAUSE = 15, 10.0, 5.0
"""After so many conflicts in so many seconds, each further try waits (section 8.1): otherwise
somebody who claims every name would keep us busy."""

PACKETS_PER_SECOND, PACKETS_AT_ONCE = 50, 50
"""Packets about our names and types that are read. A client asks once, and again after a second; a
hundred computers that browse for web pages ask less often."""


class Sender(NamedTuple):
    """Where a packet came from."""

    host: str
    port: int


class Outgoing(NamedTuple):
    """A packet to send on the link with this number; `to` is None for the group."""

    link: int
    data: bytes
    to: Sender | None = None


@dataclass
class _Pending:
    """Answers that wait, so that many who answer do not collide (section 6).

    `due`: when to send them. `asked`: what was sent after that has answered the question.
    """

    link: int
    due: float
    asked: float
    sender: Sender
    answers: dict[Record, None]


_Known = dict[tuple[Name, int, bytes], int]
"""The answers that an asker knows, with the seconds that they have left."""


class Responder:
    """Call `begin`, then `turn` whenever `due` is reached, and `received` with each packet."""

    def __init__(
        self,
        instance: str,
        host: str,
        offers: Sequence[OwnService],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._zone = Zone(instance, host, offers)
        self._chance = chance
        self._sent: dict[tuple[int, Record], float] = {}  # when it was sent to the group
        self._pending: list[_Pending] = []  # for a second at most, so PACKETS_PER_SECOND bounds it
        self._conflicts: list[float] = []
        self._allowance, self._counted = float(PACKETS_AT_ONCE), 0.0
        self._probes = self._announcements = 0
        self._next = math.inf

    @property
    def instance(self) -> str:
        """The name of the services, as others see it now."""
        return self._zone.instance

    @property
    def host(self) -> str:
        """The name of this machine, as others see it now, such as `alpha.local`."""
        return b".".join(self._zone.host).decode()

    @property
    def established(self) -> bool:
        """Whether nobody has claimed the names while we asked."""
        return self._announcements > 0

    @property
    def due(self) -> float:
        """When `turn` has something to do."""
        return min([self._next, *(each.due for each in self._pending)])

    # The life of the names

    def begin(self, links: Iterable[Link], now: float) -> None:
        """Ask for the names on these links, and then announce them. Called again when the links
        have changed: others there may have the names, and nobody there knows the addresses."""
        self._zone.attach(links)
        self._sent.clear()
        # The delay keeps machines apart that got power at the same time (section 8.1).
        self._probe(now + self._chance() * PROBE_SECONDS)

    def _probe(self, when: float) -> None:
        self._probes = self._announcements = 0
        self._pending.clear()
        self._next = when if self._zone.links else math.inf

    def turn(self, now: float) -> list[Outgoing]:
        """Send what is due."""
        out = self._advance(now) if self._next <= now else []
        if any(each.due <= now for each in self._pending):
            out += self._answer_pending(now)
        return out

    def _advance(self, now: float) -> list[Outgoing]:
        if self._probes < PROBES:
            self._probes += 1
            self._next = now + PROBE_SECONDS
            return [Outgoing(link, self._probe_packet(link)) for link in self._zone.links]
        self._announcements += 1
        self._next = now + ANNOUNCE_SECONDS if self._announcements < ANNOUNCEMENTS else math.inf
        links = self._zone.links
        return [self._to_group(link, tuple(self._zone.of(link)), now) for link in links]

    def _probe_packet(self, link: int) -> bytes:
        """Questions for the names, and what we would say of them (section 8.1). They do not ask
        for unicast answers: on a machine with another responder, which has the same port, the
        system may give those to the other."""
        questions = tuple(DnsQuestion(name, ANY) for name in self._zone.names)
        ours = tuple(each._replace(flush=False) for each in self._zone.of(link) if each.flush)
        return serialise(Packet(questions=questions, authority=ours))

    def end(self) -> list[Outgoing]:
        """Tell everybody that the services end (section 10.1)."""
        out = []
        for link in self._zone.links if self.established else ():
            last = tuple(record._replace(ttl=0) for record in self._zone.of(link))
            out.append(Outgoing(link, serialise(Packet(True, answers=last))))
        self._zone.attach(())
        self._probe(math.inf)
        return out

    # Packets

    def received(self, link: int, sender: Sender, data: bytes, now: float) -> list[Outgoing]:
        """Read a packet. What cannot concern us is not even parsed, and neither is what comes from
        outside of the link's networks: an answer to there would leave the link (section 11)."""
        here = self._zone.links.get(link)
        if here is None or not self._zone.may_concern(data) or not here.has(sender.host):
            return []
        if not self._may_read(now):
            return []
        try:
            packet = parse(data)
        except BadPacket:
            return []
        if packet.response:
            if sender.port == PORT:  # others are forged (section 6)
                self._check_conflict(sender, packet, now)
            return []
        if self.established:
            return self._query(link, sender, packet, now)
        if packet.authority:
            self._break_tie(link, sender, packet, now)
        return []

    def _may_read(self, now: float) -> bool:
        grown = self._allowance + (now - self._counted) * PACKETS_PER_SECOND
        self._allowance, self._counted = min(PACKETS_AT_ONCE, grown), now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    # Conflicts

    def _check_conflict(self, sender: Sender, packet: Packet, now: float) -> None:
        """Somebody answered for a name of ours with other data: ask again if we have had it, or
        choose another (section 9)."""
        zone = self._zone
        taken = {
            folded(record.name)
            for record in (*packet.answers, *packet.additional)
            if record.ttl and record.type in CLAIMS and not zone.is_ours(record)
        } & zone.unique
        if self._is_own_machine(sender):
            # Another responder here, such as avahi, has the same name for the machine.
            taken = {name for name in taken if not zone.is_host(name)}
        if taken and self.established:
            self._probe(now)
        elif taken:
            host = any(map(zone.is_host, taken))
            zone.rename(instances=len(taken) > host, host=host)
            self._probe(now + self._conflict_pause(now))

    def _is_own_machine(self, sender: Sender) -> bool:
        return any(link.is_own(sender.host) for link in self._zone.links.values())

    def _conflict_pause(self, now: float) -> float:
        self._conflicts = [at for at in self._conflicts if now - at < CONFLICT_SECONDS]
        self._conflicts.append(now)
        return CONFLICT_PAUSE if len(self._conflicts) >= CONFLICTS else PROBE_SECONDS

    def _break_tie(self, link: int, sender: Sender, packet: Packet, now: float) -> None:
        """Somebody else asks for the same name at the same time. Whoever has the greater data gets
        it; the other waits until that one has announced it (section 8.2)."""
        for name in self._zone.unique:
            theirs = sorted((r.type, r.data) for r in packet.authority if folded(r.name) == name)
            ours = sorted((r.type, r.data) for r in self._zone.named(link, name))
            if theirs > ours and not (self._zone.is_host(name) and self._is_own_machine(sender)):
                self._probe(now + DEFEAT_SECONDS)
                return

    # Questions

    def _query(self, link: int, sender: Sender, packet: Packet, now: float) -> list[Outgoing]:
        legacy = sender.port != PORT
        known = {(folded(r.name), r.type, r.data): r.ttl for r in packet.answers}
        if not packet.questions:
            self._forget_known(link, sender, known)
            return []
        to_all: dict[Record, None] = {}
        to_one: dict[Record, None] = {}
        for question in packet.questions:
            for record in self._zone.answers_to(link, question):
                if legacy or not _is_known(record, known):
                    alone = legacy or (question.unicast and self._was_sent(link, record, now))
                    (to_one if alone else to_all)[record] = None
        out = [self._to_one(link, sender, packet, tuple(to_one))] if to_one else []
        if to_all and packet.authority:
            # A probe for a name of ours: it has to hear from us before it takes the name. So the
            # records may be repeated sooner (section 6).
            due = [one for one in to_all if now - self._last(link, one) >= PROBE_SECONDS]
            out += [self._to_group(link, tuple(due), now)] if due else []
        elif to_all:
            when = now + self._wait(packet, to_all)
            self._pending.append(_Pending(link, when, now, sender, to_all))
        return out

    def _was_sent(self, link: int, record: Record, now: float) -> bool:
        """Whether others know the record, so that an answer to one alone hides nothing from them
        (section 5.4)."""
        return now - self._last(link, record) < record.ttl / 4

    def _last(self, link: int, record: Record) -> float:
        """When the record was sent to the group."""
        return self._sent.get((link, record), -math.inf)

    def _wait(self, packet: Packet, answers: Iterable[Record]) -> float:
        """Seconds until the answer. Several may answer for a shared name, so each waits a little,
        and longer if the asker has more known answers to tell (sections 6, 7.2)."""
        if packet.truncated:
            return 0.4 + self._chance() * 0.1
        return 0.0 if all(each.flush for each in answers) else 0.02 + self._chance() * 0.1

    def _forget_known(self, link: int, sender: Sender, known: _Known) -> None:
        """More known answers of somebody whose question waits (section 7.2)."""
        for each in self._pending:
            if (each.link, each.sender) == (link, sender):
                for record in [one for one in each.answers if _is_known(one, known)]:
                    del each.answers[record]

    # Answers

    def _answer_pending(self, now: float) -> list[Outgoing]:
        due = [each for each in self._pending if each.due <= now]
        self._pending = [each for each in self._pending if each.due > now]
        out = []
        for each in due:
            ready: list[Record] = []
            early: dict[Record, None] = {}
            later = now
            for record in each.answers:
                last = self._last(each.link, record)
                if last >= each.asked:
                    continue  # it was sent for somebody else, after this one had asked
                if now - last < SECOND:
                    early[record] = None
                    later = max(later, last + SECOND)
                else:
                    ready.append(record)
            if ready:
                out.append(self._to_group(each.link, tuple(ready), now))
            if early:
                self._pending.append(_Pending(each.link, later, each.asked, each.sender, early))
        return out

    def _to_group(self, link: int, answers: tuple[Record, ...], now: float) -> Outgoing:
        more = self._zone.beside(link, answers)
        for record in (*answers, *more):
            self._sent[link, record] = now
        return Outgoing(link, serialise(Packet(True, answers=answers, additional=more)))

    def _to_one(
        self, link: int, sender: Sender, query: Packet, answers: tuple[Record, ...]
    ) -> Outgoing:
        more = self._zone.beside(link, answers)
        if sender.port == PORT:
            return Outgoing(link, serialise(Packet(True, (), answers, (), more)), sender)
        questions = tuple(each._replace(unicast=False) for each in query.questions)
        first, second = tuple(map(_for_legacy, answers)), tuple(map(_for_legacy, more))
        packet = Packet(True, questions, first, (), second, id=query.id)
        return Outgoing(link, serialise(packet), sender)


def _is_known(record: Record, known: _Known) -> bool:
    """Whether the asker knows the record for half of its time, or more (section 7.1)."""
    return known.get((folded(record.name), record.type, record.data), 0) >= record.ttl / 2


def _for_legacy(record: Record) -> Record:
    return record._replace(ttl=min(record.ttl, LEGACY_TTL), flush=False)
