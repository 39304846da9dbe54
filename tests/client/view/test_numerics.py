"""Replies, reactions and what is taken back: by lines that the server has named (msgid)."""

import pytest

from chatroom.client.protocol.events import Said, TakenBack
from chatroom.client.ui.composer import NAMELESS
from chatroom.client.view.lines import ViewContext
from chatroom.client.view.rich import Looks, painted
from chatroom.client.view.show import show
from client.visitor import ALL, ENTERING, NOON, Visit, batch, day_of, entered, line, time_of

AT = f"[{time_of(NOON.format(1))}] "
SAID = "@time={0};msgid={1}{2} :{3}!x@h PRIVMSG #general :{4}\n"


def said(msgid: str, nick: str, text: str, more: str = "") -> str:
    return SAID.format(NOON.format(1), msgid, more, nick, text)


def talking() -> Visit:
    """bob and carol have said something."""
    visit = entered()
    visit.hear(said("m1", "bob", "tea?") + said("m2", "carol", "cake!"))
    visit.shown()
    return visit


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("/reply yes", "+draft/reply=m2;label=said-1 PRIVMSG #general :yes"),
        ("/reply 2 yes", "+draft/reply=m1;label=said-1 PRIVMSG #general :yes"),
        ("/reply bob yes", "+draft/reply=m1;label=said-1 PRIVMSG #general :yes"),
        ("/reply Bob: *yes*", "+draft/reply=m1;label=said-1 PRIVMSG #general :\x02yes\x02"),
        ("/reply 2", "+draft/reply=m2;label=said-1 PRIVMSG #general :2"),
        ("/reply dave is late", "+draft/reply=m2;label=said-1 PRIVMSG #general :dave is late"),
        ("/react :+1:", "+draft/react=👍;+draft/reply=m2;label=said-1 TAGMSG #general"),
        ("/react bob 🎉", "+draft/react=🎉;+draft/reply=m1;label=said-1 TAGMSG #general"),
    ],
)
def test_what_is_sent(typed: str, sent: str) -> None:
    """To the last line of somebody else, the Nth last line, or somebody's last one."""
    assert talking().types(typed) == f"@{sent}"


@pytest.mark.parametrize("typed", ["/reply dave is late", "/reply @dave late", "/react Dave: +1"])
def test_who_is_here_and_silent_is_not_mixed_up(typed: str) -> None:
    """What is for somebody never becomes an answer to somebody else."""
    visit = talking()
    visit.hear(":dave!d@h JOIN #general\n")
    visit.shown()
    assert visit.types(typed) == ""
    assert visit.shown()[0].lower().endswith("dave has no recent line here.")


def test_how_it_looks() -> None:
    """A short quote of what is answered; reactions as one line; each once."""
    visit = talking()
    visit.types("/reply bob yes")
    visit.hear("@label=said-1;msgid=m3 :alice!a@h PRIVMSG #general :yes\n")
    visit.hear(said("m4", "bob", "good", ";+draft/reply=m3") + said("m5", "bob", "?", ";+reply=mX"))
    visit.types("/react :+1:")
    visit.hear("@label=said-2 :alice!a@h TAGMSG #general\n")
    visit.hear("@+draft/react=lol;+draft/reply=m3 :bob!b@h TAGMSG #general\n")
    visit.hear("@+draft/unreact=lol;+draft/reply=m3 :bob!b@h TAGMSG #general\n")
    visit.hear("@+draft/react=lol :bob!b@h TAGMSG #general\n")
    visit.hear("@+draft/react=👍;+draft/reply=mX :bob!b@h TAGMSG #general\n")
    told = [each.partition("] ")[2] or each for each in visit.shown()]
    assert told == [
        '<You> (to bob: "tea?") yes',
        '<bob> (to you: "yes") good',
        "<bob> ?",
        '-- You reacted 👍 to "?"',
        '-- bob reacted lol to "yes"',
        '-- bob removed lol from "yes"',
        "-- bob reacted lol",
        "-- bob reacted 👍 to a message that is not on the screen",
    ]


def test_what_is_not_for_everybody_says_so() -> None:
    """`@#general` (STATUSMSG): an answer to it is heard by all."""
    visit = talking()
    visit.hear(":bob!b@h PRIVMSG @#general :hm\n:bob!b@h PRIVMSG +#general :\x01ACTION nods\x01\n")
    visit.hear(":bob!b@h PRIVMSG #general :hm\n")
    told = [each.partition("] ")[2] for each in visit.shown()]
    whom = "operators and above", "people with a rank"
    assert told == [f"<bob> (to {whom[0]}) hm", f"* bob (to {whom[1]}) nods", "<bob> hm"]


def test_quotes_are_short_and_plain() -> None:
    """One row of it, without its looks and without what a terminal might obey."""
    visit = talking()
    visit.hear(said("m6", "bob", "\x02so\x02 \x1b[2J " + "word " * 20))
    visit.shown()
    visit.hear("@+draft/react=x\x1b;+draft/reply=m6 :bob!b@h TAGMSG #general\n")
    assert visit.shown() == ['-- bob reacted x^[ to "so ^[[2J word word word word word word…"']


def test_lines_of_the_past_can_be_answered() -> None:
    """And within a page a reply quotes what stands there."""
    visit = Visit()
    visit.sent()
    visit.shown()
    visit.hear(batch([line(1), line(2, more=";+draft/reply=m1")]))
    assert visit.shown()[2].endswith('<bob> (to bob: "message 1") message 2')
    assert visit.types("/reply 2 yes").startswith("@+draft/reply=m1;")


# Taking back


def test_taking_back() -> None:
    """One's own last line, by the name that its echo told; all of it where it was long."""
    visit = talking()
    visit.types("oops")
    visit.hear("@label=said-1;msgid=m3 :alice!a@h PRIVMSG #general :oops\n")
    visit.hear(said("m4", "bob", "what?"))
    assert visit.types("/redact") == "REDACT #general m3"
    visit.shown()
    visit.hear(":alice!a@h REDACT #general m3\n")
    when = f"deleted the message of {time_of(NOON.format(0))}"
    assert visit.shown() == [f'-- You {when}: <You> "oops"']
    assert visit.types("/redact 1 rude") == "REDACT #general m4 :rude"
    visit.types("word " * 120)
    for number in (2, 3):
        visit.hear(f"@label=said-{number};msgid=x{number} :alice!a@h PRIVMSG #general :word\n")
    visit.sent()
    visit.chat.typed("/redact")
    assert visit.sent() == ["REDACT #general x2", "REDACT #general x3"]
    visit.shown()
    visit.hear(":alice!a@h REDACT #general x2\n:alice!a@h REDACT #general x3\n")
    words = " ".join(["word"] * 8) + "…"
    assert visit.shown() == [f'-- You {when}: <You> "{words}"']
    visit.hear(":carol!c@h REDACT #general m2 rude\n")
    when = f"deleted the message of {time_of(NOON.format(1))}"
    assert visit.shown() == [f'-- carol {when} (rude): <carol> "cake!"']


def test_what_was_taken_back_is_struck_out() -> None:
    """Where the terminal can; in quotes everywhere, and in one line."""
    gone, place = TakenBack("#general", "bob", "m1", "", own=False), ViewContext("#general")
    known = Said("#general", "eve", "", "so\n\x02bold\x02", tags={"time": NOON.format(1)})
    line = show(gone, place._replace(known=lambda _msgid: known, colours=False))
    when = time_of(NOON.format(1))
    assert line
    assert painted(line, Looks.PLAIN) == f'-- bob deleted the message of {when}: <eve> "so bold"'
    assert painted(line, Looks.STYLES).endswith('<eve> \x1b[9m"so bold"\x1b[0m')


@pytest.mark.parametrize(
    "typed", ["/react hello", "/react bob lol", "/unreact lol", "/react :nosuch:", "/react 👍👍"]
)
def test_what_is_no_emoji_is_no_reaction(typed: str) -> None:
    """One is told how to type one."""
    visit = talking()
    assert visit.types(typed) == ""
    word = typed.split()[-1]
    expected = f"-- {word} is not an emoji. Type one, or its name, such as :+1:."
    assert visit.shown()[-1] == expected


@pytest.mark.parametrize("typed", ["/react nobody :+1:", "/unreact _dave: 👍"])
def test_a_reaction_to_nobody(typed: str) -> None:
    """In front of an emoji stands a name."""
    visit = talking()
    assert visit.types(typed) == ""
    name = typed.split()[1].rstrip(":")
    assert visit.shown()[-1] == f"-- Nobody called {name} has said anything here."


@pytest.mark.parametrize("typed", ["/react :+1:", "/reply yes", "/unreact :+1:"])
def test_what_the_server_did_not_name_cannot_be_meant(typed: str) -> None:
    """A reaction to nothing would be shown to others as one to something unseen."""
    visit = talking()
    visit.hear(":bob!b@h PRIVMSG #general :nameless\n")
    assert visit.types(typed) == ""
    assert visit.shown()[-1] == f"-- {NAMELESS}"


def test_taking_back_waits_for_the_name() -> None:
    """Who types fast is not told that it cannot be."""
    visit = talking()
    visit.types("oops")
    assert visit.types("/redact") == ""
    visit.hear("@label=said-1;msgid=m3 :alice!a@h PRIVMSG #general :oops\n")
    assert visit.sent() == ["REDACT #general m3"]


def test_taking_back_waits_for_all_names() -> None:
    """A long line is several on the wire."""
    visit = talking()
    visit.types("word " * 120)
    visit.hear("@label=said-1;msgid=x1 :alice!a@h PRIVMSG #general :word\n")
    assert visit.types("/redact") == ""
    visit.hear("@label=said-2;msgid=x2 :alice!a@h PRIVMSG #general :word\n")
    assert visit.sent() == ["REDACT #general x1", "REDACT #general x2"]


def test_what_is_not_named_cannot_be_taken_back() -> None:
    """One is told; nothing is sent."""
    visit = Visit(ALL.replace("echo-message", ""))
    visit.types("oops")
    assert visit.types("/redact") == ""
    told = [each for each in visit.shown() if each.startswith(("/", "--"))]
    assert told[-1] == f"-- {NAMELESS}"
    assert visit.types("/reply 9 x") == ""
    assert visit.shown()[-1] == "-- There is only 1 line to choose from; 1 is the latest."


def test_nobody_has_said_anything() -> None:
    """There is no line to mean."""
    visit = entered()
    for typed in ("/react :+1:", "/redact", "/redact 2", "/reply 2 x"):
        assert visit.types(typed) == ""
    assert [each for each in visit.shown() if each.startswith("--")] == [
        "-- Nobody else has said anything here yet.",
        "-- You have said nothing here yet.",
        "-- Nothing has been said here yet.",
        "-- Nothing has been said here yet.",
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/reply hi", "This server does not support replies."),
        ("/react x", "This server does not support reactions."),
        ("/redact", "This server cannot delete messages."),
    ],
)
def test_servers_that_cannot(typed: str, told: str) -> None:
    """One sentence, and nothing is sent."""
    visit = Visit("batch server-time")
    visit.sent()
    visit.shown()
    assert visit.types(typed) == ""
    assert visit.shown()[-1] == f"-- {told}"


def test_a_server_that_denies_some_tags() -> None:
    """ISUPPORT CLIENTTAGDENY."""
    visit = talking()
    visit.hear(":s 005 alice CLIENTTAGDENY=*,-draft/reply :are\n")
    assert visit.types("/react x") == ""
    assert visit.types("/reply x") != ""


# Several lines, marks, context


def test_several_lines() -> None:
    """As one message where the server takes that; under each other, in line with the first."""
    visit = talking()
    visit.chat.context.session._capabilities.values["draft/multiline"] = "max-bytes=1000"
    assert visit.chat.composer.say_lines(["one", "*two*"])
    assert visit.shown()[-2:] == [f"[{time_of(NOON.format(0))}] <You> one", " " * 17 + "two"]
    assert visit.chat.composer.say_lines(["/join x", "two"])
    visit.chat.display.close(visit.chat.display.buffers.all[0])
    plain = Visit("batch")
    assert not plain.chat.composer.say_lines(["one", "two"])


def test_a_name_that_is_too_long() -> None:
    """One is told when one says something; keys and pastes do no harm."""
    visit = talking()
    visit.types(f"/query {'x' * 600}")
    visit.chat.presence.edited("hi")
    assert not visit.chat.composer.say_lines(["one", "two"])
    assert visit.types("hi") == ""
    assert visit.shown()[-1] == "-- That name is too long."


def test_marks_are_for_people() -> None:
    """A script's lines go as they are; so do a person's with /set format off and emoji off."""
    visit = talking()
    assert visit.types("*a* :+1:").endswith(":\x02a\x02 👍")
    visit.types("/set format off")
    visit.types("/set emoji off")
    assert visit.types("*a* :+1:").endswith(":*a* :+1:")
    pipe = Visit(person=False)
    assert pipe.types("*a* :+1:").endswith(":*a* :+1:")


def test_lines_around_one_that_was_found() -> None:
    """Around a line that a search found, which is marked."""
    visit = entered()
    visit.types("/search message")
    visit.hear(batch([line(7, room="#games"), line(8)], "soju.im/search"))
    assert visit.types("/context 2") == "CHATHISTORY AROUND #games msgid=m7 20"
    visit.shown()
    visit.hear(batch([line(6, room="#games"), line(7, room="#games")], "chathistory #games"))
    assert visit.shown() == [
        day_of(NOON.format(6)),
        f"[{time_of(NOON.format(6))}] games <bob> message 6",
        f"> [{time_of(NOON.format(7))}] games <bob> message 7",
    ]
    assert visit.types("/context 3") == visit.types("/context x") == ""
    assert [each for each in visit.shown() if each.startswith("--")] == [
        "-- The last search found only 2 lines.",
        "-- Usage: /context N, a number that /search showed",
    ]


def test_rooms_as_a_table() -> None:
    """The fullest first, with topics; a pattern finds names and topics.

    InspIRCd puts the modes of a room in front of its topic.
    """
    visit = entered()
    rows = (
        ":s 322 alice #tea 3 :[+nt] All about it\n:s 322 alice #general 12 :\n:s 323 alice :End\n"
    )
    assert visit.types("/rooms") == "LIST"
    visit.shown()
    visit.hear(rows)
    assert visit.shown() == ["-- Rooms: 2", "general  12", "tea      3   All about it"]
    visit.types("/rooms ABOUT")
    visit.hear(rows)
    assert visit.shown()[-1] == "tea  3  All about it"
    visit.types("/rooms x\x1by")
    visit.hear(rows)
    assert visit.shown()[-1] == "-- No room matches x^[y."


def test_a_line_of_who() -> None:
    """Operators first; columns that are empty everywhere are left out."""
    visit = Visit(ALL, joined=False)
    visit.hear(":s 005 alice PREFIX=(ov)@+ :are\n" + ENTERING.format("#general"))
    visit.shown()
    visit.hear(":s 352 alice #general b host s bob H :0 Bob\n")
    visit.hear(":s 352 alice #general c host s 日本 G@ :0 Carol\n:s 315 alice #general :End\n")
    assert visit.shown() == [
        "-- In general: 2 people",
        "日本  operator  away  c@host  Carol",
        "bob                   b@host  Bob",
    ]
