"""Whatever happens, everyone hears the same bytes as from a server that tells each one at once."""

from math import inf
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chat.people import BareFanout, BareWorld, a_world, arrive, hang_up, say
from chatroom.chat.output.fanout import SEGMENTS
from chatroom.chat.session import Session

NICKS = ("ann", "bea", "cat", "dee", "eve")
CAPABILITIES: tuple[frozenset[str], ...] = (
    frozenset({"echo-message", "message-tags"}),
    frozenset({"labeled-response", "batch", "echo-message", "server-time"}),
    frozenset(),
    frozenset({"message-tags", "server-time"}),
    frozenset(),
)
ROOMS = ("#one", "#two", "#three")
LINES = st.sampled_from(
    ["PRIVMSG {room} :{n}", "PRIVMSG {room} :{n}", "@label=x PRIVMSG {room} :{n}", "JOIN {room}",
     "JOIN {room}", "PART {room} :{n}", "JOIN 0", "NICK {nick}{n}", "QUIT",
     "KICK {room} {nick} :{n}",
     "PRIVMSG {nick} :{n}", "TOPIC {room} :{n}", "MODE {room} +o {nick}", "MODE {room} +m-m",
     "PRIVMSG @{room} :{n}", "@+a=b TAGMSG {room}", "PING {n}", "CAP REQ server-time",
     "CAP REQ -server-time", "CAP REQ :message-tags echo-message", "NAMES {room}", "flush",
     *map("flush {}".format, range(4))]
)  # fmt: skip
STEPS = st.lists(
    st.tuples(LINES, st.integers(0, 4), st.integers(0, 4), st.sampled_from(ROOMS)), max_size=40
)


class AtOnce(BareFanout):
    """Puts everything into everyone's outbox as soon as it is said."""

    __slots__ = ()

    def add(self, *args: Any) -> None:
        """Nothing waits."""
        super().add(*args)
        self.flush_to_outboxes()


def told(steps: list[tuple[str, int, int, str]], kind: type[BareFanout]) -> list[bytes]:
    """What each of the people was sent."""
    world = a_world(kind=kind)
    people = [arrive(world, *each) for each in zip(NICKS, CAPABILITIES, strict=True)]
    for person in people[:3]:
        say(person, "JOIN #one", "JOIN #two", f"PRIVMSG #one :{person.user.nick} is here")
    sent = [b"" for _ in people]
    for number, (line, actor, other, room) in enumerate(steps):
        session = people[actor]
        if line.startswith("flush"):
            flush(world, people, sent, float(line[6:] or inf))
        elif not session.closing:
            say(session, line.format(room=room, nick=people[other].user.nick, n=number))
            if session.closing:
                hang_up(session, session.closing)
    flush(world, people, sent)
    assert not world.fanout.waiting
    return sent


def flush(
    world: BareWorld, people: list[Session], sent: list[bytes], most: float = inf
) -> dict[int, bytes]:
    """What the tick's flush does: what comes by the way of the parcels goes behind the outbox.

    `most` is what `parcels` takes. Returns the parcels by the peers' identities.
    """
    parcels: dict[int, bytes] = {}
    for pieces, peers in world.fanout.parcels(most):
        for peer in peers:
            assert id(peer) not in parcels, "two `send`s"
            parcels[id(peer)] = b"".join(pieces)
            assert parcels[id(peer)]
    for at, person in enumerate(people):
        sent[at] += b"".join(person.peer.outbox) + parcels.get(id(person.peer), b"")
        person.peer.outbox.clear()
    assert len(parcels) <= most
    return parcels


@given(STEPS)
def test_everyone_is_sent_the_same_as_if_nothing_waited(
    steps: list[tuple[str, int, int, str]],
) -> None:
    """Messages, joins, parts, nicknames, quits, kicks, replies, capabilities, in any order."""
    assert told(steps, BareFanout) == told(steps, AtOnce)


def test_a_crowd_is_told_in_portions() -> None:
    """At most so many in one flush; whoever is spoken to in between has heard it before that."""
    world = a_world()
    people = [arrive(world, f"m{number}") for number in range(10)]
    for person in people:
        say(person, "JOIN #room")
    world.fanout.flush_to_outboxes()
    for person in people:
        person.peer.outbox.clear()
    sent = [b"" for _ in people]
    say(people[0], "PRIVMSG #room :1")
    assert flush(world, people, sent, 4) == {}
    assert len(flush(world, people, sent, 4)) == 4
    unserved = [at for at, person in enumerate(people) if at and not sent[at]]
    assert len(unserved) == 6 - 1  # the author is one of them
    say(people[0], f"PRIVMSG m{unserved[0]} :2", "PRIVMSG #room :3", "QUIT")
    hang_up(people[0], "4")
    late = arrive(world, "late")
    say(late, "JOIN #room")
    while world.fanout.waiting:
        assert len(flush(world, people, sent, 4)) <= 4
    expected = [[b"1", b"2", b"3", b"4", b"#room"] if at == unserved[0] else
                [b"1", b"3", b"4", b"#room"] for at in range(1, 10)]  # fmt: skip
    heard = [[line.split(b":")[-1].split()[-1] for line in each.splitlines()] for each in sent[1:]]
    assert heard == expected


def test_not_everything_waits_for_ever() -> None:
    """With too many audiences in one tick the oldest is served."""
    world = a_world()
    ann, bea = (arrive(world, nick) for nick in ("ann", "bea"))
    rooms = [f"#room{number}" for number in range(SEGMENTS + 1)]
    for room in rooms:
        say(ann, f"JOIN {room}")
        say(bea, f"JOIN {room}")
    world.fanout.flush_to_outboxes()
    bea.peer.outbox.clear()
    for room in rooms:
        say(ann, f"PRIVMSG {room} :hi")
    assert b"".join(bea.peer.outbox).count(b"PRIVMSG") == 1


def test_an_event_of_many_rooms_waits_like_words() -> None:
    """NICK and QUIT go to all who share a room in one piece, and past the outboxes."""
    world = a_world()
    ann, bea, cat, dee = (arrive(world, nick) for nick in ("ann", "bea", "cat", "dee"))
    say(ann, "JOIN #one,#two")
    for person, room in ((bea, "#one"), (cat, "#two"), (dee, "#three")):
        say(person, f"JOIN {room}")
    world.fanout.flush_to_outboxes()
    for person in (ann, bea, cat, dee):
        person.peer.outbox.clear()
    say(ann, "NICK anna")
    assert not bea.peer.outbox and not cat.peer.outbox
    parcels = [(b"".join(pieces), set(map(id, peers))) for pieces, peers in world.fanout.parcels()]
    assert parcels == [(b":ann!~ann@192.0.2.1 NICK :anna\r\n", {id(bea.peer), id(cat.peer)})]


def test_who_enters_does_not_part_what_waits() -> None:
    """A crowd that enters is told of each other in one piece."""
    world = a_world()
    people = [arrive(world, nick) for nick in NICKS]
    for person in people[:2]:
        say(person, "JOIN #room")
    world.fanout.flush_to_outboxes()
    for person in people:
        person.peer.outbox.clear()
    for person in people[2:]:
        say(person, "JOIN #room")
    assert not people[0].peer.outbox
    (first, *_) = [pieces for pieces, peers in world.fanout.parcels() if people[0].peer in peers]
    assert b"".join(first).count(b"JOIN") == 3


def test_what_nobody_hears_does_not_make_others_wait_for_less() -> None:
    """JOIN 0 out of rooms in which somebody is alone, and of one where others are."""
    world = a_world()
    ann, bea = arrive(world, "ann"), arrive(world, "bea")
    say(ann, "JOIN #room")
    say(bea, "JOIN #room")
    for number in range(SEGMENTS):
        say(ann, f"JOIN #own{number}")
    world.fanout.flush_to_outboxes()
    bea.peer.outbox.clear()
    before = world.fanout.deliveries
    say(ann, "JOIN 0")
    assert not bea.peer.outbox and world.fanout.deliveries == before + 1
