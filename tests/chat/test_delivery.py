"""From one visitor to many (fan-out): once for each variant, in order, flushed once."""

from itertools import chain, combinations

from chat.people import a_world, arrive, hang_up, heard, say
from chatroom.chat.commands.messages import post
from chatroom.chat.limits import Limits
from chatroom.chat.session import Session
from chatroom.wire.capabilities import CAPABILITIES, variant_of
from chatroom.wire.message import Message, encode_body

CHANGING = {name for name, row in CAPABILITIES.items() if row.changes_bytes}
SOME = sorted({*CHANGING, "batch", "echo-message"})  # all together are thousands of combinations
COMBINATIONS = [
    frozenset(names)
    for names in chain.from_iterable(combinations(SOME, n) for n in range(len(SOME) + 1))
]

NO_LIMITS = Limits(joins=0, lines=0)


def test_a_message_is_encoded_once_for_each_variant() -> None:
    """Recipients of one variant hold the very same bytes object."""
    world = a_world(NO_LIMITS)
    alice = arrive(world, "alice", frozenset({"message-tags"}))
    say(alice, "JOIN #room")
    crowd = [arrive(world, f"m{i}", caps) for i, caps in enumerate(COMBINATIONS * 2)]
    for member in crowd:
        say(member, "JOIN #room")
    for member in crowd:
        heard(member)
    say(alice, "@+a=1 PRIVMSG #room :hi", "@+a=2 PRIVMSG #room :there")
    world.fanout.flush_to_outboxes()
    by_variant: dict[object, set[int]] = {}
    for member in crowd:
        (data,) = member.peer.outbox
        by_variant.setdefault(member.variant, set()).add(id(data))
    assert {len(ids) for ids in by_variant.values()} == {1}
    assert len(set().union(*by_variant.values())) == len(by_variant) > 1


def held_by(sessions: list[Session]) -> int:
    """How many bytes their outboxes keep in memory."""
    pieces = [piece for session in sessions for piece in session.peer.outbox]
    behind = [piece.obj if isinstance(piece, memoryview) else piece for piece in pieces]
    return sum({id(data): memoryview(data).nbytes for data in behind}.values())


def test_authors_hold_the_parts_that_all_share() -> None:
    """In a burst of many, who hears all but the own messages has no copy of them for itself."""
    world = a_world(NO_LIMITS)
    members = [arrive(world, f"m{i}", caps) for i, caps in enumerate(COMBINATIONS)]
    listeners = [arrive(world, f"l{i}", caps) for i, caps in enumerate(COMBINATIONS)]
    authors = [member for member in members if not member.echoes]
    for member in (*members, *listeners):
        say(member, "JOIN #room")
    for member in (*members, *listeners):
        heard(member)
    for text in ("one", "two"):
        for author in authors:
            say(author, f"PRIVMSG #room :{text}")
    world.fanout.flush_to_outboxes()
    whole = {one.variant: len(b"".join(one.peer.outbox)) for one in listeners}
    assert held_by([*members, *listeners]) <= sum(whole.values())


def test_variants_are_shared_objects() -> None:
    """Capabilities that change no bytes make no variant of their own."""
    variants = {variant_of(capabilities) for capabilities in COMBINATIONS}
    assert len(variants) == 2 ** len(CHANGING)
    everything = frozenset(CAPABILITIES)
    for capabilities in (*COMBINATIONS, everything, everything - CHANGING):
        changing = capabilities & (CHANGING | {"batch"})  # which several lines need
        assert variant_of(capabilities) is variant_of(changing)
    assert variant_of(frozenset({"batch"})) is variant_of(frozenset())


def test_a_peer_is_to_be_flushed_once() -> None:
    """Whoever puts the first bytes into an outbox puts the peer on the tick's list."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    say(alice, "JOIN #room")
    say(bob, "JOIN #room")
    heard(alice), heard(bob)
    world.fanout.to_flush.clear()
    say(alice, "PRIVMSG #room :1", "PRIVMSG #room,bob :2", "PING x", "PING y")
    assert world.fanout.to_flush == [bob.peer, alice.peer]
    assert [line.split(" :")[-1][-1] for line in heard(bob)] == ["1", "2", "2"]


def test_nothing_to_show_flushes_nobody() -> None:
    """A TAGMSG for one who did not agree on tags leaves no trace (message-tags)."""
    world = a_world()
    alice, bob = arrive(world, "alice", frozenset({"message-tags"})), arrive(world, "bob")
    say(alice, "JOIN #room")
    say(bob, "JOIN #room")
    heard(alice), heard(bob)
    world.fanout.to_flush.clear()
    say(alice, "@+a TAGMSG #room", "@+a TAGMSG bob")
    assert bob.peer.outbox == []
    assert world.fanout.to_flush == []


def test_post_skips_the_author_and_asks_for_ranks() -> None:
    """ISUPPORT STATUSMSG: o hears what v may hear."""
    world = a_world()
    members = [arrive(world, nick) for nick in ("op", "voice", "plain", "author")]
    for member in members:
        say(member, "JOIN #room")
    say(members[0], "MODE #room +v voice")
    room = world.rooms["#room"]
    for member in members:
        heard(member)
    for rank, hearers in (("", 3), ("v", 2), ("o", 1)):
        message = Message("PRIVMSG", ("#room", "hi"))
        post(world, members[3], room, message, encode_body(message), rank)
        counts = [len(heard(member)) for member in members]
        assert counts == [int(index < hearers) for index in range(4)]


def test_what_happens_in_a_room_is_told_to_the_actor_once() -> None:
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    for person in (alice, bob):
        say(person, "JOIN #room")
    assert heard(alice) and heard(bob)
    say(alice, "TOPIC #room :tea")
    assert heard(alice) == heard(bob) == [":alice!~alice@192.0.2.1 TOPIC #room :tea"]


def test_depart_tells_acquaintances_once() -> None:
    """Modern IRC, "QUIT message": those who share a room, however many."""
    world = a_world()
    alice, bob, eve = (arrive(world, nick) for nick in ("alice", "bob", "eve"))
    for session in (alice, bob):
        say(session, "JOIN #one,#two")
    say(eve, "JOIN #three")
    for session in (alice, bob, eve):
        heard(session)
    hang_up(alice)
    assert heard(bob) == [":alice!~alice@192.0.2.1 QUIT :gone"]
    assert heard(alice) == heard(eve) == []
    assert world.find("alice") is None
    members = [list(room.members) for room in world.rooms.values()]
    assert members == [[bob.user], [bob.user], [eve.user]]
