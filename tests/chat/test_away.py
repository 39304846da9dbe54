"""AWAY on several connections, and before registration (IRCv3 draft/pre-away)."""

from chat.people import BareWorld, Peer, a_world, arrive, hang_up, heard, say
from chatroom.chat.connections import attach, attach_to
from chatroom.chat.session import Session

PRE_AWAY = frozenset({"draft/pre-away"})


def scene(count: int) -> tuple[BareWorld, list[Session]]:
    """alice with so many connections."""
    world = a_world()
    first = arrive(world, "alice", PRE_AWAY)
    others = [attach_to(world, first.user, Peer(), "198.51.100.7") for _ in range(count - 1)]
    for other in others:
        other.agree_on(PRE_AWAY)
    return world, [first, *others]


def away(world: BareWorld, session: Session, text: str) -> str:
    """What others see after this connection has said that, a second later."""
    world.set_time(world.now + 1, world.clock + 1)
    say(session, f"AWAY {text}".strip())
    heard(session)
    return session.user.away


def test_one_is_away_if_all_connections_are() -> None:
    world, (laptop, phone) = scene(2)
    assert away(world, laptop, ":lunch") == ""
    assert away(world, phone, ":asleep") == "asleep"
    assert away(world, laptop, ":dinner") == "dinner"
    assert away(world, phone, "") == ""
    assert away(world, phone, ":asleep") == "asleep"
    hang_up(phone)
    assert laptop.user.away == "dinner"


def test_each_is_answered_for_itself() -> None:
    _, (laptop, phone) = scene(2)
    say(laptop, "AWAY :lunch")
    assert heard(laptop) == [":chatroom.local 306 alice :You have been marked as being away"]
    say(laptop, "AWAY :")
    assert heard(laptop) == [":chatroom.local 305 alice :You are no longer marked as being away"]
    assert heard(phone) == []


def test_a_connection_that_nobody_uses_does_not_count() -> None:
    """`*` neither makes somebody present nor hides a text; alone, it has words for people."""
    world, (laptop, phone, tablet) = scene(3)
    assert away(world, laptop, "*") == ""
    assert away(world, phone, ":lunch") == ""
    assert away(world, tablet, "*") == "lunch"
    hang_up(phone)
    assert laptop.user.away == "lunch"
    assert away(world, laptop, ":dinner") == "dinner"
    assert away(world, laptop, "*") == "not connected"
    bob = arrive(world, "bob")
    say(bob, "WHOIS alice", "PRIVMSG alice :hi")
    told = [line for line in heard(bob) if " 301 " in line]
    assert told == 2 * [":chatroom.local 301 bob alice :not connected"]


def test_a_new_connection_is_there() -> None:
    world, (laptop,) = scene(1)
    assert away(world, laptop, ":lunch") == "lunch"
    attach_to(world, laptop.user, Peer(), "198.51.100.7")
    assert laptop.user.away == ""


def test_before_registration() -> None:
    """With the capability only; what was said holds when the client is let in."""
    world = a_world()
    bob = attach(world, Peer(), "192.0.2.1")
    say(bob, "AWAY :lunch")
    assert heard(bob) == [":chatroom.local 451 * :You have not registered"]
    bob.agree_on(PRE_AWAY)
    say(bob, "AWAY :lunch")
    assert heard(bob) == [":chatroom.local 306 * :You have been marked as being away"]
    say(bob, "NICK bob", "USER bob 0 * :bob")
    assert bob.user.away == "lunch"
    say(bob, "AWAY")
    assert bob.user.away == ""


NOTIFY = frozenset({"away-notify"})


def test_those_in_common_rooms_who_asked_are_told() -> None:
    """away-notify: when it is set, changed and removed, once each; nobody is told of themselves."""
    world, (laptop, phone) = scene(2)
    bob, carol, dave = (arrive(world, nick, NOTIFY) for nick in ("bob", "carol", "dave"))
    eve = arrive(world, "eve")
    for session in (laptop, phone):
        session.agree_on(NOTIFY)
    for session in (laptop, bob, carol, eve):
        say(session, "JOIN #a,#b")
    say(dave, "JOIN #elsewhere")
    everybody = laptop, phone, bob, carol, dave, eve
    for session in everybody:
        heard(session)

    def told(session: Session, line: str) -> list[list[str]]:
        world.set_time(world.now + 1, world.clock + 1)
        say(session, line)
        return [[each for each in heard(one) if " AWAY" in each] for one in everybody]

    source = laptop.user.source
    nothing: list[str] = []
    assert told(laptop, "AWAY :lunch") == [nothing] * 6
    for line, expected in (
        ("AWAY :tea", f":{source} AWAY :tea"),
        ("AWAY :to bed", f":{source} AWAY :to bed"),
        ("AWAY", f":{source} AWAY"),
    ):
        assert told(phone, line) == [nothing, nothing, [expected], [expected], nothing, nothing]
    assert told(phone, "AWAY") == [nothing] * 6


def test_somebody_who_enters_and_is_away() -> None:
    """away-notify: AWAY follows the JOIN; not for somebody who is there, and not to themselves."""
    world = a_world()
    alice, bob, eve = (
        arrive(world, "alice", NOTIFY),
        arrive(world, "bob", NOTIFY),
        arrive(world, "eve"),
    )
    for session in (bob, eve):
        say(session, "JOIN #den")
    say(alice, "AWAY :lunch")
    for session in (alice, bob, eve):
        heard(session)
    say(alice, "JOIN #den")
    source = alice.user.source
    assert heard(bob) == [f":{source} JOIN :#den", f":{source} AWAY :lunch"]
    assert not [line for session in (alice, eve) for line in heard(session) if " AWAY" in line]
    say(alice, "PART #den", "AWAY")
    heard(bob)
    say(alice, "JOIN #den")
    assert heard(bob) == [f":{source} JOIN :#den"]
