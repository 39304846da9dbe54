"""What is said in a row goes out in one piece, in the order in which it happened."""

import pytest

from chat.people import a_world, arrive, heard, say
from chatroom.chat.session import Session
from chatroom.chat.world import World
from chatroom.wire.capabilities import Variant
from chatroom.wire.message import Message


def a_room(*nicks: str) -> tuple[World, list[Session]]:
    """People in #room, who have read all until now."""
    world = a_world()
    people = [arrive(world, nick) for nick in nicks]
    for person in people:
        say(person, "JOIN #room")
    for person in people:
        heard(person)
    return world, people


def texts(session: Session) -> list[str]:
    """The last words of each line that somebody hears."""
    return [line.split()[-1].lstrip(":") for line in heard(session)]


def test_who_only_listens_gets_one_piece() -> None:
    """A delivery is its part of a copy: all listeners hold the same bytes."""
    world, (alice, bob, carol, dave) = a_room("alice", "bob", "carol", "dave")
    say(alice, "PRIVMSG #room 1", "PRIVMSG #room 2")
    say(bob, "PRIVMSG #room 3")
    assert not carol.outbox  # nothing has been handed out yet
    world.stretch.hand_out()
    (piece,) = carol.outbox
    assert [id(each) for each in dave.outbox] == [id(piece)]
    assert texts(carol) == ["1", "2", "3"]


def test_nobody_gets_their_own_words() -> None:
    """Each author misses just what they said."""
    _, (alice, bob, carol) = a_room("alice", "bob", "carol")
    say(alice, "PRIVMSG #room 1")
    say(bob, "PRIVMSG #room 2")
    say(alice, "PRIVMSG #room 3")
    assert [texts(person) for person in (alice, bob, carol)] == [["2"], ["1", "3"], ["1", "2", "3"]]


def test_an_echo_is_in_its_place() -> None:
    """echo-message: one's own words come back among the others'."""
    world, (alice, bob) = a_room("alice", "bob")
    echoing = arrive(world, "echo", frozenset({"echo-message"}))
    say(echoing, "JOIN #room")
    for person in (alice, bob, echoing):
        heard(person)
    say(alice, "PRIVMSG #room 1")
    say(echoing, "PRIVMSG #room 2")
    say(alice, "PRIVMSG #room 3")
    assert texts(echoing) == texts(bob) == ["1", "2", "3"]


def test_the_order_is_that_of_what_happened() -> None:
    """Another room, a private message, a reply, a topic, a leave: what was said comes before."""
    _, (alice, bob) = a_room("alice", "bob")
    say(alice, "JOIN #other")
    say(bob, "JOIN #other")
    heard(alice), heard(bob)
    say(alice, "PRIVMSG #room 1", "PRIVMSG #other 2", "PRIVMSG #room 3", "PRIVMSG bob 4")
    say(alice, "PRIVMSG #room 5")
    say(bob, "PING 6")
    say(alice, "PRIVMSG #room 7", "TOPIC #room 8", "PRIVMSG #room 9", "PART #room 10")
    assert texts(bob) == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]


def test_who_comes_hears_only_what_is_said_then() -> None:
    """And who leaves hears all until then."""
    world, (alice, bob) = a_room("alice", "bob")
    carol = arrive(world, "carol")
    say(alice, "PRIVMSG #room before")
    say(carol, "JOIN #room")
    say(alice, "PRIVMSG #room now")
    say(carol, "PART #room")
    say(alice, "PRIVMSG #room after")
    said = [line.split()[-1] for line in heard(carol) if " PRIVMSG " in line]
    assert said == [":now"]
    said = [line.split()[-1] for line in heard(bob) if " PRIVMSG " in line]
    assert said == [":before", ":now", ":after"]


def test_other_capabilities_count_from_what_is_said_next() -> None:
    """CAP REQ in the middle of a row."""
    _, (alice, bob) = a_room("alice", "bob")
    say(alice, "PRIVMSG #room 1")
    say(bob, "CAP REQ server-time")
    say(alice, "PRIVMSG #room 2")
    lines = heard(bob)
    assert lines[0].startswith(":alice!") and lines[-1].startswith("@time=")


def test_who_talks_in_a_crowd_shares_the_parts() -> None:
    """A copy of all the others' words for each who talks would be gigabytes in a large room."""
    world, people = a_room(*(f"p{number}" for number in range(20)))
    for person in people:
        say(person, "PRIVMSG #room 1", "PRIVMSG #room 2")
    world.stretch.hand_out()
    shared = {id(part) for person in people for part in person.outbox}
    assert len(shared) == 20  # what somebody said in a row is one part
    assert [len(texts(person)) for person in people] == [38] * 20


def test_a_bug_in_one_message_costs_that_message(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not the others', and nobody who has something else to say at that moment."""
    _, (alice, bob, carol) = a_room("alice", "bob", "carol")
    encode = Variant.encode

    def picky(variant: Variant, message: Message, body: bytes = b"") -> bytes:
        if "poison" in message.params[-1]:
            raise ZeroDivisionError
        return encode(variant, message, body)

    monkeypatch.setattr(Variant, "encode", picky)
    say(alice, "PRIVMSG #room 1", "PRIVMSG #room poison")
    say(bob, "PRIVMSG #room 2", "PING 3")
    assert texts(carol) == ["1", "2"]
    assert texts(bob) == ["1", "3"]
    assert "A bug, met by alice" in caplog.text
