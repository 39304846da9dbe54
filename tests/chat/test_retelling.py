"""The past as notices: each line with its time and author, none cut, none that a program obeys."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from chat.people import a_world, arrive, begin, heard, say
from chat.stored_history import StoredHistory
from chatroom.chat.output.answers import finish
from chatroom.chat.output.retelling import (
    CONTINUED,
    MOST_PIECES,
    PIECES_PER_STEP,
    THE_END,
    notices,
    retell,
)
from chatroom.chat.session import Session
from chatroom.chat.state.surroundings import utc_moment
from chatroom.chat.state.world import World
from chatroom.wire.message import MAX_BODY, Message, encode, parse
from chatroom.wire.reference import parse_time

TIME = "2023-11-14T12:54:10.000Z"
MOMENT = utc_moment(parse_time(TIME) / 1000)
TODAY, STAMP = MOMENT.date(), f"[{MOMENT:%H:%M:%S}] "


def retold(
    text: str,
    command: str = "PRIVMSG",
    source: str = "bob!~bob@192.0.2.1",
    room: str = "#den",
    today: date = TODAY,
) -> list[str]:
    message = Message(command, (room, text), source, {"time": TIME, "msgid": "x", "+reply": "y"})
    found = list(notices(message, "chatroom.local", room, MOMENT, today))
    assert {(m.command, m.source, m.params[0]) for m in found} == {
        ("NOTICE", "chatroom.local", room)
    }
    assert [dict(m.tags) for m in found] == [{"time": TIME}] * len(found)
    for notice in found:
        line = encode(notice._replace(tags={}))
        assert len(line) <= MAX_BODY
        again = parse(line.decode().removesuffix("\r\n"))
        assert again is not None
        assert again.params == notice.params  # it was not cut
    return [m.params[1] for m in found]


@pytest.mark.parametrize(
    ("text", "command", "expected"),
    [
        ("hello", "PRIVMSG", "<bob> hello"),
        ("!mping", "PRIVMSG", "<bob> !mping"),
        ("hello", "NOTICE", "-bob- hello"),
        ("\x01ACTION waves\x01", "PRIVMSG", "* bob waves"),
        ("\x01ACTION waves", "PRIVMSG", "* bob waves"),
        ("\x01ACTION waves\x01", "NOTICE", "* bob waves"),
        ("so \x01VERSION\x01 it is", "PRIVMSG", "<bob> so VERSION it is"),
        ("{0} {nick}", "PRIVMSG", "<bob> {0} {nick}"),
        ("\x02bold\x02 \x1dslanted\x1d", "PRIVMSG", "<bob> \x02bold\x02 \x1dslanted\x1d"),
        (" two  spaces ", "PRIVMSG", "<bob>  two  spaces "),
    ],
)
def test_forms(text: str, command: str, expected: str) -> None:
    """What was said, done or noticed; nothing of it is CTCP."""
    assert retold(text, command) == [STAMP + expected]


def test_another_day() -> None:
    """The time of a line of another day says nothing without the day."""
    assert retold("hi", today=date(2023, 12, 1)) == [f"[{MOMENT:%Y-%m-%d %H:%M:%S}] <bob> hi"]


@pytest.mark.parametrize(
    "text",
    [
        "word " * 95,
        "x" * 475,
        "👩‍👩‍👧‍👦" * 19,
        "日本語" * 52,
        "\x01ACTION " + "runs " * 94 + "\x01",
    ],
)
@pytest.mark.parametrize("nick", ["bob", "n" * 30])
@pytest.mark.parametrize("room", ["#den", "#" + "r" * 49])
def test_long_texts_are_wrapped(text: str, nick: str, room: str) -> None:
    """At a word, else at a character as people see it. Each piece has the time and the author, and
    says that it goes on."""
    is_action = text.startswith("\x01")
    head = STAMP + (f"* {nick} " if is_action else f"<{nick}> ")
    first, *others = retold(text, source=f"{nick}!~bob@192.0.2.1", room=room)
    assert others
    assert all(piece.startswith(head + CONTINUED) for piece in others)
    pieces = [first.removeprefix(head), *(one.removeprefix(head + CONTINUED) for one in others)]
    assert "".join(pieces) == text.removeprefix("\x01ACTION ").removesuffix("\x01")
    assert all(piece.count("👩") % 2 == 0 for piece in pieces)


def test_names_that_leave_no_room() -> None:
    """64 characters of four bytes: the nickname is shortened, the text is not."""
    nick, room = "𝔞" * 64, "#" + "𝔟" * 63
    pieces = retold("word " * 8, source=f"{nick}!~b@::1", room=room, today=date(2023, 12, 1))
    assert "".join(p.partition("> ")[2].removeprefix(CONTINUED) for p in pieces) == "word " * 8
    assert all("…> " in piece for piece in pieces)


def test_several_lines_are_several_notices() -> None:
    """As an import may have them."""
    assert retold("one\ntwo\r\n\rthree") == [
        f"{STAMP}<bob> one",
        f"{STAMP}<bob> … two",
        f"{STAMP}<bob> … three",
    ]


# In a world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    log = StoredHistory(tmp_path)
    yield a_world(log=log, replay=20)
    log.close()


def joined(world: World, nick: str, room: str = "#den") -> list[str]:
    """What follows the names."""
    session = arrive(world, nick)
    say(session, f"JOIN {room}")
    lines = heard(session)
    return lines[next(at for at, line in enumerate(lines) if " 366 " in line) + 1 :]


def test_the_frame(world: World) -> None:
    """The count is of lines, however many notices they take; the last words end the past."""
    op = arrive(world, "op")
    say(op, "JOIN #den", "PRIVMSG #den :hi")
    first, line, last = joined(world, "ann")
    assert first == ":chatroom.local NOTICE #den :The last line of den:"
    assert line.endswith("] <op> hi")
    assert last == f":chatroom.local NOTICE #den :{THE_END}"
    say(op, f"PRIVMSG #den :{'word ' * 92}")
    assert joined(world, "ben")[0] == ":chatroom.local NOTICE #den :The last 2 lines of den:"


def test_no_frame_around_nothing(world: World) -> None:
    op = arrive(world, "op")
    say(op, "JOIN #den", "PRIVMSG #den :\x01VERSION\x01")
    assert joined(world, "ann") == []


def test_a_line_that_is_taken_back_meanwhile(world: World) -> None:
    """A redaction between two steps counts."""
    op = arrive(world, "op", frozenset({"message-tags", "echo-message"}))
    say(op, "JOIN #den", *(f"PRIVMSG #den :{n}" for n in range(PIECES_PER_STEP + 1)))
    last = parse(heard(op)[-1])
    assert last is not None
    world.note_redaction(last.tags["msgid"])
    assert [line[-1] for line in joined(world, "ann")[1:-1]] == [
        str(n) for n in range(PIECES_PER_STEP)
    ]


def test_whoever_is_put_out_meanwhile_is_told_no_more(world: World) -> None:
    """A kick between two steps counts."""
    op, ann = arrive(world, "op"), arrive(world, "ann")
    say(op, "JOIN #den", *(f"PRIVMSG #den :{n}" for n in range(3 * PIECES_PER_STEP)))
    begin(ann, "JOIN #den")
    while ann.answer is not None and not heard_of(ann, "] <op>"):
        ann.answer.advance()
    say(op, "KICK #den ann")
    finish(ann)
    assert heard_of(ann, "] <op>") == []


def test_whoever_is_put_out_before_the_past_is_shown(world: World) -> None:
    """The names are shown in one step, and the past in a later one."""
    op, ann = arrive(world, "op"), arrive(world, "ann")
    say(op, "JOIN #den", "PRIVMSG #den :tea")
    begin(ann, "JOIN #den")
    assert ann.answer is not None
    while not heard_of(ann, " 366 "):
        ann.answer.advance()
    say(op, "KICK #den ann")
    finish(ann)
    assert heard_of(ann, "tea") == []


def heard_of(session: Session, words: str) -> list[str]:
    return [line for line in heard(session) if words in line]


TIMED = frozenset({"server-time", "batch"})


@pytest.mark.parametrize(
    ("caps", "form"),
    [
        ("", "NOTICE"),
        ("batch", "NOTICE"),
        ("server-time", "NOTICE"),
        ("server-time message-tags", "NOTICE"),
        ("batch message-tags labeled-response", "NOTICE"),
        ("batch server-time", "PRIVMSG"),
        ("batch server-time draft/chathistory", None),
        ("draft/chathistory", None),
    ],
)
def test_who_is_shown_the_past_in_which_form(world: World, caps: str, form: str | None) -> None:
    """Only clients that know batches and times are sent what was said as it was said."""
    op = arrive(world, "op")
    say(op, "JOIN #den", "PRIVMSG #den :!mping", "PRIVMSG #den :\x01VERSION\x01")
    ann = arrive(world, "ann", frozenset(caps.split()))
    say(ann, "JOIN #den")
    told = [message for line in heard(ann) if (message := parse(line)) and "mping" in line]
    assert [one.command for one in told] == ([form] if form else [])
    assert all(("batch" in one.tags) == (form == "PRIVMSG") for one in told)
    assert all(("time" in one.tags) == ("server-time" in caps) for one in told)


@pytest.mark.parametrize("capabilities", [frozenset[str](), TIMED])
def test_bots_are_told_nothing(world: World, capabilities: frozenset[str]) -> None:
    """Nor is a query repeated, which a client would answer now (CTCP)."""
    op, bot = arrive(world, "op"), arrive(world, "bot", capabilities)
    say(op, "JOIN #den", "PRIVMSG #den :!mping", "PRIVMSG #den :\x01VERSION\x01")
    say(bot, "MODE bot +B", "JOIN #den")
    assert heard_of(bot, "mping") == []
    say(bot, "MODE bot -B", "QUIT")
    ann = arrive(world, "ann", capabilities)
    say(ann, "JOIN #den")
    lines = heard(ann)
    assert [line for line in lines if "mping" in line]
    assert not [line for line in lines if "VERSION" in line]


@pytest.mark.parametrize(
    "text", ["a\n" * 30_000, "x" * 60_000, "\u0301" * 60_000, "w " * 30_000, "\n" * 60_000]
)
def test_an_endless_message_is_told_in_part(text: str) -> None:
    """An import may bring one. What is missing is counted."""
    found = retold(text)
    assert 2 <= len(found) <= MOST_PIECES + 1
    assert found[-1].endswith(" more characters)")


def test_a_step_is_a_few_notices(world: World) -> None:
    """Whatever the messages are."""
    bob = arrive(world, "bob")
    say(bob, "JOIN #den")
    heard(bob)
    room = world.rooms["#den"]
    message = Message("PRIVMSG", ("#den", "a\n" * 30_000), "al!a@h", {"time": TIME, "msgid": "x"})
    steps = [len(heard(bob)) for _ in retell(world, bob, room, [message] * 3)]
    assert len(steps) > 10
    assert max(steps) <= PIECES_PER_STEP + 1  # the heading
