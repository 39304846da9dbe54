"""Events as lines for people."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.protocol import events
from chatroom.client.protocol.events import Member, RoomRow
from chatroom.client.view.lines import MOST_INDENT, Line, Tone, ViewContext, error_line, table
from chatroom.client.view.past import found, history
from chatroom.client.view.show import show
from chatroom.text.display import local_time, visible
from chatroom.wire.message import Message, parse
from chatroom.wire.modes import ModeChange

TAGS = {"time": "2024-01-01T14:00:15.000Z"}
TIME = f"[{local_time(TAGS, 0.0)}]"
HERE = ViewContext("#general")


def text(event: object, place: ViewContext = HERE) -> str:
    line = show(event, place)
    assert line is not None
    return line.text


def said(
    sender: str, words: str, room: str = "#general", target: str = "", own: bool = False
) -> events.Said:
    return events.Said(room, sender, target, words, own, tags=TAGS)


SAID = [
    (said("bob", "hello"), f"{TIME} <bob> hello"),
    (said("alice", "hello", own=True), f"{TIME} <You> hello"),
    (said("bob", "hello", "#games"), f"{TIME} games <bob> hello"),
    (said("alice", "hello", "#games", own=True), f"{TIME} games <You> hello"),
    (said("bob", "psst", ""), f"{TIME} <bob -> You> psst"),
    (said("alice", "hi", "", "bob", own=True), f"{TIME} <You -> bob> hi"),
    (
        said("alice", "IDENTIFY s3cret", "", "NickServ", own=True),
        f"{TIME} <You -> NickServ> IDENTIFY ...",
    ),
    (said("alice", "HELP", "", "nickserv", own=True), f"{TIME} <You -> nickserv> HELP"),
    (said("NickServ", "you are bob", ""), f"{TIME} <NickServ -> You> you are bob"),
    (said("bob", "\x01ACTION waves\x01"), f"{TIME} * bob waves"),
    (said("bob", "\x01ACTION waves\x01", "#games"), f"{TIME} games * bob waves"),
    (said("bob", "\x01ACTION waves\x01", ""), f"{TIME} * bob -> You: waves"),
    (said("bob", "\x01VERSION\x01", ""), "-- bob asks your client: VERSION"),
    (said("bob", "note")._replace(notice=True), f"{TIME} -bob- note"),
    (said("s", "down", "")._replace(notice=True, server=True), "-- s: down"),
]


@pytest.mark.parametrize(("event", "line"), SAID)
def test_what_is_said(event: events.Said, line: str) -> None:
    """Time, who, what; the room where it is not the current one."""
    assert text(event) == line


@pytest.mark.parametrize("text", ["hello", "\x01ACTION waves\x01", "one\ntwo"])
def test_the_past_goes_on_below_its_words_as_the_present_does(text: str) -> None:
    """Where a window is too narrow; behind a number or a mark too."""
    event = said("bob", text)
    live = show(event, HERE)
    assert live and live.indent == len(TIME) + (3 if "ACTION" in text else 7)
    assert [*history([event], HERE)][1] == live
    gone = events.Gone("#general", TAGS)
    assert [*history([gone], HERE)][1].indent == len(TIME) + 1
    (line,) = found([event], HERE)
    assert line.indent == MOST_INDENT


def test_tables_go_on_below_their_last_cells() -> None:
    """Whatever is too wide for the window."""
    assert table([("a", "long", "words"), ("b", "", "more")]).indent == len("a  long  ")
    assert table([("a", ""), ("b", "")]) == Line("a\nb")


def test_own_lines_look_as_others_see_them() -> None:
    """Only our name is bold."""
    line = show(said("alice", "so \x02bold", own=True), HERE)
    assert line and line.tone is Tone.PLAIN
    assert [line.text[span.start : span.end] for span in line.spans] == ["You", "bold"]


@pytest.mark.parametrize("nick", ["you", "YOU", "Ｙｏｕ", "Y\u200bou", "Yоu", "You\xa0"])
def test_nobody_else_is_you(nick: str) -> None:
    """On other servers somebody may be called so, or nearly so."""
    assert text(said(nick, "hello")) == f"{TIME} <{visible(nick)} (not you)> hello"


HAPPENED = [
    (events.Joined("#general", "carol"), "-- carol joined general."),
    (events.Left("#general", "carol", "bye", False), "-- carol left (bye)."),
    (events.Left("#games", "carol", "", False), "-- carol left games."),
    (events.Left("", "carol", "Quit: off", False), "-- carol left (off)."),
    (events.Left("", "carol", "Quit", False), "-- carol left."),
    (events.Left("#general", "alice", "", True), "-- You left general."),
    (
        events.Kicked("#general", "carol", "bob", "shoo", False),
        "-- carol was kicked from general by bob (shoo).",
    ),
    (
        events.Kicked("#general", "alice", "bob", "", True),
        "-- You were kicked from general by bob.",
    ),
    (events.Renamed("bob", "robert", False), "-- bob is now called robert."),
    (events.Renamed("alice", "alicia", True), "-- You are now called alicia."),
    (
        events.TopicChanged("#general", "bob", "Tea", False),
        "-- bob changed the topic of general to: Tea",
    ),
    (events.TopicChanged("#general", "bob", "", True), "-- You removed the topic of general."),
    (events.TopicTold("#general", ""), "-- general has no topic."),
    (events.Invited("#games", "bob", "alice", True), "-- bob invites you to games: /join games"),
    (
        events.ModesChanged(
            "#general",
            "bob",
            (ModeChange(True, "o", "carol"), ModeChange(True, "m"), ModeChange(False, "l")),
            False,
        ),
        "-- bob made carol an operator of general; bob set +m-l in general.",
    ),
    (
        events.NamesListed("#general", (Member("bob", "ov"), Member("carol"))),
        "-- In general: bob (operator), carol",
    ),
    (
        events.RoomsListed((RoomRow("#games", 1), RoomRow("#general", 3))),
        "Rooms: general (3), games (1)",
    ),
    (events.RoomsListed(()), "There are no rooms yet."),
    (events.Registered("alice"), "Connected to the server!"),
    (
        events.RoomEntered("#general", (Member("bob", "o"), Member("carol")), "Tea"),
        "Welcome to room general!\nHere: bob, carol\nTopic: Tea",
    ),
    (
        events.RoomEntered("#general", (), ""),
        "Welcome to room general!\nNobody else is here yet.",
    ),
]


@pytest.mark.parametrize(("event", "line"), HAPPENED)
def test_what_happens(event: NamedTuple, line: str) -> None:
    """Rooms stand under their bare names."""
    assert text(event) == line


@pytest.mark.parametrize("line", [line for _, line in HAPPENED if line.startswith("--")])
def test_sentences_end(line: str) -> None:
    """Unless a colon announces the words of others, a list or a command."""
    assert line.endswith(".") is (": " not in line)


ANSWERS = [
    (":s 311 alice bob b host * :Bob B", "-- bob is b@host, real name: Bob B"),
    (":s 319 alice bob :@#general #games", "-- bob is in general, games."),
    (":s 317 alice bob 3723 :idle", "-- bob has been idle for 1:02:03."),
    (
        ":s 378 alice bob :is connecting from *@127.0.0.1 127.0.0.1",
        "-- bob is connecting from 127.0.0.1.",
    ),
    (
        ":s 378 alice bob :is connecting from bob@h.example 10.0.0.1",
        "-- bob is connecting from h.example (10.0.0.1).",
    ),
    (":s 378 alice bob :is connecting", "-- bob is connecting."),
    (":s 379 alice bob :is using modes +i", "-- bob is using modes +i."),
    (":s 379 alice bob :is using modes +", "-- "),
    (":s 301 alice bob :lunch", "-- bob is away: lunch"),
    (":s 341 alice bob #games", "-- You invited bob to games."),
    (":s 999 alice some thing", "-- some thing"),
]


@pytest.mark.parametrize(("raw", "line"), ANSWERS)
def test_numerics_in_words(raw: str, line: str) -> None:
    """Numerics in words; one without a row of its own as it came."""
    message = parse(raw)
    assert message
    assert text(events.Answer(message)) == line


def test_refusals_are_sentences() -> None:
    """The server's words, through `explain`; what ends already is not ended twice."""
    assert error_line("Not now").text == error_line("Not now.").text == "-- Not now."
    assert error_line("Why?").text == "-- Why?"
    message = Message("404", ("alice", "#general", "Cannot send to this room"))
    assert text(events.Refusal(message)).startswith("-- You cannot speak in general")


NASTY = st.sampled_from(["\x1b[2J", "\x07", "\u202e", "\x9b31m", "\x7f", "\u2028", "a"])
WORD = st.lists(NASTY, min_size=1).map("".join)


def nasty_events(word: str, code: str) -> list[NamedTuple]:
    """Every event that has a line, with `word` in each of its fields."""
    member, row = Member(word, word), RoomRow(word, 1, word)
    message = Message(code, (word,) * 4)
    modes = (ModeChange(True, "o", word), ModeChange(True, word))
    return [
        events.Said(word, word, "", word),
        events.Said("", word, "", word),
        events.Said("", word, word, word, own=True),
        events.Said("", word, "", word, server=True),
        events.Said(word, word, "", f"\x01ACTION {word}\x01"),
        events.Said(word, word, "", f"\x01{word}\x01"),
        events.MotdLine(word),
        events.Refusal(message),
        events.NickRefused(message),
        events.Answer(message),
        events.Unreadable(word),
        events.RoomEntered(word, (member,), word),
        events.NamesListed(word, (member,)),
        events.RoomsListed((row,)),
        events.TopicTold(word, word),
        events.Joined(word, word),
        events.Left(word, word, word, False),
        events.Kicked(word, word, word, word, False),
        events.Renamed(word, word, False),
        events.RoomRenamed(word, word, word, word, False),
        events.TopicChanged(word, word, word, False),
        events.ModesChanged(word, word, modes, False),
        events.OwnModes(word),
        events.Invited(word, word, word, True),
        events.Invited(word, word, word, False),
    ]


@given(WORD, st.sampled_from(["311", "317", "319", "433", "FAIL", "900"]))
def test_no_control_character_from_any_field(word: str, code: str) -> None:
    """Nothing that a terminal might obey gets through."""
    for event in nasty_events(word, code):
        shown = text(event).replace("\n", "")
        assert not any(nasty in shown for nasty in "\x1b\x07\u202e\x9b\x7f\u2028")
