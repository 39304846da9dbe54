"""CHATHISTORY AROUND among messages of one millisecond (IRCv3 chathistory)."""

import pytest

from chat.people import BareWorld, arrive, heard, say
from chatroom.chat.session import Session
from chatroom.wire.message import parse
from chatroom.wire.reference import format_time

READS = frozenset({"batch", "server-time", "message-tags", "draft/chathistory"})


@pytest.fixture
def reader(world: BareWorld) -> Session:
    """Of a room in which somebody said three things in each of three milliseconds."""
    writer, reader = arrive(world, "writer"), arrive(world, "reader", READS)
    for session in (reader, writer):
        say(session, "JOIN #den")
    for millisecond in "abc":
        world.set_time(world.now + 0.001, world.clock + 0.001)
        say(writer, *(f"PRIVMSG #den {millisecond}{number}" for number in (1, 2, 3)))
    return reader


def page(session: Session, request: str) -> str:
    heard(session)
    say(session, f"CHATHISTORY {request}")
    lines = [parse(line) for line in heard(session)]
    return " ".join(one.params[1] for one in lines if one is not None and one.command == "PRIVMSG")


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (1, "b1 b2 b3"),
        (2, "a1 a2 a3 b1 b2 b3"),
        (3, "a1 a2 a3 b1 b2 b3"),
        (6, "a1 a2 a3 b1 b2 b3"),
        (8, "a1 a2 a3 b1 b2 b3 c1 c2 c3"),
    ],
)
def test_a_page_by_time_has_whole_milliseconds(
    world: BareWorld, reader: Session, limit: int, shown: str
) -> None:
    """At both ends: who goes on from there by times would never see the others. As with BEFORE and
    AFTER, a page may be longer than its limit for that."""
    at = format_time(round(world.now * 1000) - 1)
    assert page(reader, f"AROUND #den timestamp={at} {limit}") == shown


def test_a_page_by_msgid_has_not(world: BareWorld, reader: Session) -> None:
    """It says exactly where it ends."""
    messages = world.log.select("#den", 9, {"PRIVMSG"})
    msgid = next(one.tags["msgid"] for one in messages if one.params[1] == "b2")
    assert page(reader, f"AROUND #den msgid={msgid} 4") == "a3 b1 b2 b3"
