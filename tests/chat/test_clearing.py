"""REDACTALL: all that somebody said in a room, step by step."""

import pytest

from chat.people import begin, heard, read_now, say
from chat.worlds import Worlds
from chatroom.chat.commands.clearing import PAGE
from chatroom.chat.output.answers import finish
from chatroom.wire.reference import Point


def texts(worlds: Worlds, nick: str) -> list[str]:
    """What somebody reads in the den."""
    return [m.params[1] for m in read_now(worlds.person(nick), "#den", 999, ("PRIVMSG", "NOTICE"))]


def in_den(worlds: Worlds, *nicks: str) -> None:
    for nick in nicks:
        worlds.ask(nick, "JOIN #den")


def test_all_from_one(worlds: Worlds) -> None:
    """Over several pages, in messages and notices, in whatever case the name is typed."""
    in_den(worlds, "op", "bob")
    for number in range(PAGE + 5):
        worlds.ask("bob", f"PRIVMSG #den :spam {number}")
        worlds.ask("op", f"PRIVMSG #den :tea {number}")
    worlds.ask("bob", "NOTICE #den :spam")
    answers = worlds.ask("op", "REDACTALL #den BOB :too much")
    assert answers[-1].params == (
        "REDACTALL", "DELETED", "#den", "BOB", f"{PAGE + 6} messages were deleted",
    )  # fmt: skip
    assert texts(worlds, "op") == [f"tea {number}" for number in range(PAGE + 5)]
    told = [line for line in heard(worlds.person("bob")) if " REDACT " in line]
    assert len(told) == PAGE + 6
    assert all(line.endswith(" :too much") for line in told)
    assert worlds.ask("op", "REDACTALL #den bob")[-1].params[1] == "NOTHING"


def test_in_steps(worlds: Worlds) -> None:
    """A message in each; who loses the right meanwhile deletes no more."""
    in_den(worlds, "op", "bob")
    for number in range(4):
        worlds.ask("bob", f"PRIVMSG #den :spam {number}")
    worlds.ask("op", "MODE #den +o bob")
    op = worlds.person("op")
    begin(op, "REDACTALL #den bob")
    assert op.answer is not None
    while len(texts(worlds, "op")) > 2:
        op.answer.advance()
    say(worlds.person("bob"), "MODE #den -o op")
    heard(op)
    finish(op)
    refusals = [line for line in heard(op) if " FAIL " in f" {line}"]
    assert "REDACT_FORBIDDEN" in refusals[0]
    assert texts(worlds, "op") == ["spam 0", "spam 1"]


def test_what_looking_through_a_page_costs(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """One place in the history for each page: it takes two queries."""
    in_den(worlds, "op")
    for number in range(2 * PAGE):
        worlds.ask("op", f"PRIVMSG #den :tea {number}")
    places: list[str] = []
    find = worlds.log.point

    def point(room: str, msgid: str) -> Point | None:
        places.append(msgid)
        return find(room, msgid)

    monkeypatch.setattr(worlds.log, "point", point)
    assert worlds.ask("op", "REDACTALL #den nobody")[-1].params[1] == "NOTHING"
    assert len(places) == 2


def test_not_what_was_said_before_the_room_was_empty(worlds: Worlds) -> None:
    """Whoever enters an empty room first has no right over its past."""
    in_den(worlds, "bob")
    worlds.ask("bob", "PRIVMSG #den :old")
    worlds.ask("bob", "PART #den")
    in_den(worlds, "op", "bob")
    worlds.ask("bob", "PRIVMSG #den :new")
    assert worlds.ask("op", "REDACTALL #den bob")[-1].params[-1] == "1 message was deleted"
    assert texts(worlds, "op") == ["old"]
