"""Messages in words at the plain door: what no conversation there shows by itself."""

from datetime import datetime

import pytest

from chatroom.chat.output.playback import EVENTS, SAID
from chatroom.server.doors.plain.memory import Memory
from chatroom.server.doors.plain.words import (
    ROOM_WORDS,
    SILENT,
    Prose,
    own_words,
)
from chatroom.text.sentences import REFUSALS, REPLIES
from chatroom.wire.message import Message
from chatroom.wire.multiline import LINES
from chatroom.wire.numerics import NUMERICS, Kind, Numeric


def shown(prose: Prose, message: Message) -> str:
    """Without the time in front."""
    return prose.encode(message).decode().partition("] ")[2].removesuffix("\r\n")


def room_message(command: str, *params: str, **tags: str) -> Message:
    named = {key.replace("_", "/"): value for key, value in tags.items()}
    return Message(command, ("#den", *params), "bob!b@h", named)


@pytest.mark.parametrize(
    ("rooms", "words"),
    [
        ("#den", "bob is in den."),
        ("@#den +#pub @+#bar", "bob is in den, pub, bar."),
        ("## @##den #+x #@", "bob is in ##, ##den, +x, @."),
    ],
)
def test_the_rooms_of_somebody(rooms: str, words: str) -> None:
    """By the names that /join takes; `#` and `##` are two rooms."""
    assert own_words(Message("319", ("alice", "bob", rooms)), "alice") == words


@pytest.mark.parametrize("text", ["\x02so\x02 it is", "\x01ACTION \x0304so\x03 it is\x01"])
def test_what_is_said_comes_without_codes(text: str) -> None:
    """Emphasis is readable; what a terminal obeys is shown."""
    line = Prose().encode(Message("PRIVMSG", ("#den", f"{text}\x1b"), "bob!b@h")).decode()
    assert "*so* it is" in line if "\x02" in text else "so it is" in line
    assert "^B" not in line and "^C" not in line and "^[" in line


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Message("301", ("a", "bob", "at \x02lunch\x02")), "bob is away: at *lunch*"),
        (Message("301", ("a", "bob", "#1 task")), "bob is away: #1 task"),  # no room's name
        (Message("305", ("a", "Welcome back")), "You are no longer marked as away."),
        (Message("306", ("a", "See you")), "You are marked as away."),
        (Message("311", ("a", "bob", "~b", "host", "*", "Bob")), "bob is ~b@host, real name: Bob"),
        (Message("317", ("a", "bob", "3700", "idle")), "bob has been idle for 1:01:40."),
        (Message("335", ("a", "bob", "is a bot")), "bob is a bot."),
        (Message("341", ("a", "bob", "#den")), "You invited bob to den."),
        (Message("372", ("a", "- Tea at \x1dfive\x1d")), "- Tea at _five_"),
        (Message("710", ("a", "#den", "bob!b@h", "has asked for an invite.")),
         "bob asks to be let into den; /invite bob den does that."),
        (Message("710", ("a", "#den", "bob!b@h", "has asked to be let in: it is me: bob")),
         "bob asks to be let into den (it is me: bob); /invite bob den does that."),
        (Message("INVITE", ("a", "#den"), "bob!b@h"), "bob invites you to den: /join den"),
        (Message("TOPIC", ("#den", "#1 \x02tea\x02")), "Topic: #1 *tea*"),
        (Message("TOPIC", ("#den", "")), "The topic was cleared."),
        (Message("FAIL", ("PRIVMSG", "CODE", "#den", "Not sent.")), "Not sent."),
        (Message("WARN", ("X", "CODE", "Mind the gap.")), "Mind the gap."),
        (Message("NOTE", ("X", "CODE", "Well done.")), "Well done."),
        (Message("PRIVMSG", ("a", "\x01VERSION\x01"), "bob!b@h"), ""),
        (Message("JOIN", ("#den",), "a!b@h"), ""),  # the door says welcome itself
        (Message("329", ("a", "#den", "86400")),
         f"den has existed since {datetime.fromtimestamp(86400):%Y-%m-%d %H:%M}."),
        (Message("329", ("a", "#den", "soon")), "den: soon"),
        (Message("FAIL", ("TBAN", "CODE", "There is none")), "There is none."),
        (Message("KICK", ("#den", "a", "out"), "bob!b@h"), "You were kicked from den by bob (out)"),
        (Message("KICK", ("#den", "bob", "out"), "a!b@h"), "You kicked bob from den (out)"),
        (Message("KICK", ("#den", "bob"), "a!b@h"), "You kicked bob from den"),
        (Message("MODE", ("#den", "+vm", "bob"), "a!b@h"),
         "You gave bob a voice, made the room moderated: only people with a voice or a higher rank"
         " may speak."),
        (Message("MODE", ("#den", "+o", "a"), "irc.test"), "You are an operator here."),
        (Message("MODE", ("a", "+i"), "a!b@h"), ""),
        # of the server itself, without a time
        (Message("NOTICE", ("a", "HELP: show this"), "NickServ!n@h"),
         "-NickServ -> You- HELP: show this"),
    ],
)  # fmt: skip
def test_what_is_for_this_person(message: Message, words: str) -> None:
    assert own_words(message, "a") == words


@pytest.mark.parametrize("row", NUMERICS.values(), ids=NUMERICS.keys())
def test_refusals_are_sentences(row: Numeric) -> None:
    """In words, without digits and parameters that say nothing."""
    text = row.text.format(*["3"] * 5)
    words = own_words(Message(row.code, ("alice", "#one", "#two", text)), "alice")
    assert row.code not in words
    if row.kind is Kind.REFUSAL and row.code not in SILENT:
        assert words.endswith((".", "?"))
        assert "{" not in words


def test_each_silent_numeric_exists() -> None:
    assert {row.code for row in NUMERICS.values()} >= SILENT.keys()
    assert REPLIES.keys().isdisjoint(REFUSALS)


def test_all_that_happens_in_a_room_has_words() -> None:
    """What the history keeps, and what takes something out of it."""
    assert ROOM_WORDS.keys() >= EVENTS | SAID | {"REDACT"}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (room_message("MODE", "+b", "*!*@x"), "bob banned *!*@x"),
        (room_message("MODE", "+ov", "al", "cy"), "bob made al an operator, gave cy a voice"),
        (room_message("TOPIC", "#1 \x02tea\x02"), "bob has changed the topic to: #1 *tea*"),
        (room_message("PART", "\x1dtired\x1d"), "bob has left the chat (_tired_)"),
        (room_message("KICK", "cy", "\x02out\x02"), "cy was kicked by bob (*out*)"),
        (Message("QUIT", ("Quit: \x02bye\x02",), "bob!b@h"), "bob has left the chat (*bye*)"),
        (room_message("PRIVMSG", "{0} {nick} %s"), "<bob> {0} {nick} %s"),
        (Message("TAGMSG", ("#den",), "bob!b@h", {"+typing": "active"}), ""),
    ],
)
def test_what_happens_in_a_room(message: Message, words: str) -> None:
    assert shown(Prose(), message) == words


# Replies, reactions, what is taken back


@pytest.fixture
def prose() -> Prose:
    """After carol has said something."""
    prose = Prose()
    prose.encode(Message("PRIVMSG", ("#den", "tea at \x02five\x02?"), "cy!c@h", {"msgid": "1"}))
    return prose


@pytest.mark.parametrize("tag", ["+draft/reply", "+reply"])
def test_a_reply_shows_what_it_answers(prose: Prose, tag: str) -> None:
    reply = Message("PRIVMSG", ("#den", "yes"), "bob!b@h", {tag: "1"})
    assert shown(prose, reply) == '<bob> (to cy: "tea at *five*?") yes'
    deed = Message("PRIVMSG", ("#den", "\x01ACTION nods\x01"), "bob!b@h", {tag: "1"})
    assert shown(prose, deed) == '* bob (to cy: "tea at *five*?") nods'


@pytest.mark.parametrize(
    ("target", "whom"),
    [
        ("@#den", "(to operators and above) "),
        ("%#den", "(to half-operators and above) "),
        ("~&@+#den", "(to people with a rank) "),
        ("#den", ""),
        ("##den", ""),
    ],
)
def test_what_is_not_for_everybody_says_so(target: str, whom: str) -> None:
    """STATUSMSG, and what those in charge see in mode U: an answer to it is heard by all."""
    for text, words in (("hm", f"<bob> {whom}hm"), ("\x01ACTION nods\x01", f"* bob {whom}nods")):
        assert shown(Prose(), Message("PRIVMSG", (target, text), "bob!b@h")) == words


@pytest.mark.parametrize(("room", "msgid"), [("#den", "2"), ("#other", "1"), ("#den", "")])
def test_a_reply_to_what_nobody_knows_is_a_line(prose: Prose, room: str, msgid: str) -> None:
    """A msgid of another room is no way to read what was said there."""
    reply = Message("PRIVMSG", (room, "yes"), "bob!b@h", {"+draft/reply": msgid})
    assert shown(prose, reply) == "<bob> yes"


@pytest.mark.parametrize("name", ["+react", "+draft/react"])
def test_a_reaction_shows_what_it_is_about(prose: Prose, name: str) -> None:
    tags = {"+draft/reply": "1", name: "👍"}
    assert shown(prose, Message("TAGMSG", ("#den",), "bob!b@h", tags)) == (
        'bob reacted with 👍 to cy: "tea at *five*?"'
    )
    tags = {"+draft/reply": "2", "+draft/unreact": "\x1b👍 " + "x" * 500}
    words = shown(prose, Message("TAGMSG", ("#den",), "bob!b@h", tags))
    assert words.startswith("bob removed the reaction ^[👍 x")
    assert len(words) < 80


@pytest.mark.parametrize(
    ("source", "params", "words"),
    [
        ("cy!c@h", ("1",), 'cy deleted a message: "tea at *five*?"'),
        ("bob!b@h", ("1",), 'bob deleted a message from cy: "tea at *five*?"'),
        (
            "bob!b@h",
            ("1", "too late"),
            'bob deleted a message from cy: "tea at *five*?" (too late)',
        ),
        ("bob!b@h", ("2",), "bob deleted a message"),
    ],
)
def test_who_took_a_message_back(
    prose: Prose, source: str, params: tuple[str, ...], words: str
) -> None:
    redaction = Message("REDACT", ("#den", *params), source)
    assert shown(prose, redaction) == words
    assert shown(prose, redaction) == words  # also when it is rendered for somebody else
    if params[0] == "1":
        reply = Message("PRIVMSG", ("#den", "yes"), "bob!b@h", {"+reply": "1"})
        assert shown(prose, reply) == "<bob> yes"


def test_what_is_quoted_is_short_and_safe() -> None:
    memory = Memory()
    said = Message("PRIVMSG", ("#den", "\x1b[2J" + "日本 " * 100), "bob!b@h", {"msgid": "1"})
    memory.note(said)
    quote = memory.find("#den", "1")
    assert quote is not None
    assert quote.text.startswith("^[[2J日本 日本")
    assert len(quote.text) <= 42
    assert quote.text.endswith("…")


def test_a_memory_is_bounded_and_forgets() -> None:
    memory = Memory()
    for number in range(3000):
        tags = {"msgid": str(number)}
        memory.note(Message("PRIVMSG", (f"#{number % 2}", "x" * 500), "bob!b@h", tags))
        memory.take_back(f"#{number % 2}", str(number - number % 3))
    assert len(memory._said) <= 1000
    assert len(memory._taken_back) <= 100
    assert max(len(text) for _, text in memory._said.values()) <= 160
    assert memory.find("#1", "2999")
    memory.forget("#1")
    assert memory.find("#1", "2999") is None
    assert memory.find("#0", "2998")


def test_the_further_lines_of_a_message_are_indented() -> None:
    """draft/multiline: so that none looks like a line by somebody else; no code acts anywhere."""
    moment = "2026-01-02T03:04:05.678Z"
    text = "one\n[12:00:00] <root> two\n\x1b[2J\n\nend"
    message = Message("PRIVMSG", ("#den", text), "bob!b@h", {"time": moment, LINES: ""})
    shown = Prose().encode(message).decode().split("\r\n")
    assert shown[0].endswith("] <bob> one")
    assert shown[1] == "  [12:00:00] <root> two"
    assert all(line.startswith("  ") for line in shown[1:-1])
    assert "\x1b" not in "".join(shown)
    private = message._replace(params=("ann", text))
    assert own_words(private, "ann").split("\r\n")[-1] == "  end"
