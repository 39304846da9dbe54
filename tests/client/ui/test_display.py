"""Several conversations at once: which is the current one, what is unread, what calls."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from chatroom.client.errors import ServiceError
from chatroom.client.ui.buffers import Draft
from chatroom.client.ui.entries import Entry
from chatroom.client.ui.status_line import status as status_of
from chatroom.client.view.lines import Line
from chatroom.client.view.said import CALLING
from chatroom.text.display import local_time
from client.visitor import ENTERING, NOON, Visit, batch, entered, line, time_of

AT = f"[{time_of(NOON.format(1))}] "


def said(text: str, to: str = "#general", nick: str = "bob", more: str = "") -> str:
    """With a time, and a msgid that is made of the text."""
    tags = f"time={NOON.format(1)};msgid=id-{text.split()[0]}{more}"
    return f"@{tags} :{nick}!{nick[0]}@h PRIVMSG {to} :{text}\n"


def in_two(**settings: str) -> Visit:
    """In #games, and in #general, which is the current room."""
    visit = entered()
    for name, value in settings.items():
        visit.chat.context.settings.set(name, value)
    visit.hear(ENTERING.format("#games") + batch([], "chathistory #games", "g"))
    visit.sent()
    visit.types("/switch general")
    visit.shown()
    return visit


def status(visit: Visit) -> str:
    return status_of(visit.chat.presence.standing)


# What is shown of what is said elsewhere


def test_elsewhere_shown() -> None:
    """With the room's name, and counted; coming there, a line tells that it stands above."""
    visit = in_two()
    visit.hear(said("one", "#games") + said("two", "#games"))
    assert visit.shown() == [f"{AT}games <bob> one", f"{AT}games <bob> two"]
    assert status(visit) == "general | games:2"
    visit.types("/switch games")
    assert visit.shown() == [
        "-- You are in games now.",
        f"--- 2 unread, shown above since {AT[1:9]} ---",
    ]
    assert status(visit) == "games"


def test_elsewhere_counted() -> None:
    """Coming there, what was missed stands between two marks."""
    visit = in_two(others="count")
    visit.hear(said("one", "#games") + ":carol!c@h JOIN #games\n" + said("two", "#games"))
    assert visit.shown() == []
    assert status(visit) == "general | games:2"
    visit.types("/switch games")
    assert visit.shown() == [
        "-- You are in games now.",
        "--- 2 unread ---",
        f"{AT}<bob> one",
        f"{AT}<bob> two",
        "--- you are up to date ---",
    ]
    visit.types("/switch general")
    visit.types("/switch games")
    assert "--- 2 unread ---" not in visit.shown()


def test_elsewhere_hidden() -> None:
    """Neither shown nor counted, but for what is meant for us; coming there, all of it is shown."""
    visit = in_two(others="hide")
    visit.hear(said("one", "#games") + said("alice: look", "#games") + said("psst", "alice"))
    assert visit.shown() == []
    assert status(visit) == "general | games:1! bob:1!"
    visit.types("/switch games")
    marks = ("--- 2 unread ---", "--- you are up to date ---")
    assert visit.shown()[1:] == [marks[0], f"{AT}<bob> one", f"{AT}<bob> alice: look", marks[1]]


def test_who_comes_and_goes_may_be_hidden(tmp_path: Path) -> None:
    """But for ourselves; the log has it all."""
    visit, logged = in_two(joins="hide", log="on"), []
    visit.chat.context.services.log = lambda _room, line: logged.append(line)
    visit.hear(":carol!c@h JOIN #general\n:carol!c@h PART #general\n:bob!b@h QUIT :off\n")
    assert visit.shown() == []
    assert len(logged) == 2
    visit.hear(":alice!a@h PART #general\n")
    assert visit.shown()[0] == "-- You left general."


def test_the_log_calls_a_conversation_as_the_server_compares_names() -> None:
    """So that one talk is one file, however the name is written."""
    visit = entered()
    files: set[str] = set()
    visit.chat.context.settings.set("log", "on")
    visit.chat.context.services.log = lambda name, _line: files.add(name)
    visit.hear(said("hi", "alice", "Bob") + said("ho", "alice", "BOB") + said("hi", "#General"))
    visit.types("/query bOb hello")
    assert files == {"bob", "#general"}


def test_own_lines_are_never_unread() -> None:
    """Wherever they are said."""
    visit = in_two(others="count")
    visit.types("/msg carol hi")
    assert visit.shown()[-1].endswith("<You -> carol> hi")
    assert status(visit) == "general"


def test_own_lines_stand_apart_from_what_was_missed() -> None:
    """What was said to somebody meanwhile has been shown."""
    visit = in_two(others="count")
    visit.hear(said("psst", "alice"))
    visit.types("/msg bob what?")
    visit.shown()
    visit.types("/switch bob")
    assert visit.shown()[2:-1] == [f"{AT}<bob -> You> psst"]


def test_missed_where_the_server_tells_no_time() -> None:
    """Lines have the time at which they came, not that at which they are shown."""
    visit = in_two(others="count")
    visit.hear(":bob!b@h PRIVMSG #games :hi\n")
    came = local_time({}, visit.chat.context.now)
    visit.chat.context.now += 100
    visit.shown()
    visit.types("/switch games")
    assert visit.shown()[2] == f"[{came}] <bob> hi"


# From one to another


def test_keys_lead_to_whoever_called_first() -> None:
    """Alt and a digit, Alt-a: who is called first, then the next one; at last there is none."""
    visit = in_two(others="count")
    visit.hear(said("one", "#games") + said("psst", "alice", "carol"))
    visit.chat.display.next_unread()
    assert visit.chat.display.here == "carol"
    visit.chat.display.next_unread()
    assert visit.chat.display.here == "#games"
    visit.shown()
    visit.chat.display.next_unread()
    assert visit.shown() == ["-- There are no unread lines."]
    visit.chat.display.switch_to(1)
    assert visit.chat.display.here == "#general"
    visit.chat.display.switch_to(9)
    assert visit.chat.display.here == "#general"


def test_a_private_talk() -> None:
    """Plain lines go to the person; commands for rooms tell what they need; /close ends it."""
    visit = entered()
    assert visit.types("/query bob hello") == "@label=said-1 PRIVMSG bob :hello"
    assert visit.shown()[:1] == ["-- You are talking to bob now."]
    assert visit.types("how are you") == "@label=said-2 PRIVMSG bob :how are you"
    for command, advice in (
        ("/who", "/who ROOM lists the people in a room."),
        ("/leave", "/close ends it; /leave ROOM leaves a room."),
        ("/topic tea", "Only a room has a topic; /switch ROOM switches to one."),
        ("/kick bob", "/kick works only in a room; /switch ROOM switches to one."),
        ("/invite bob", "/invite NICK ROOM invites someone into a room."),
    ):
        assert visit.types(command) == ""
        assert visit.shown()[-1] == f"-- This is a private conversation with bob. {advice}"
    assert "CHATHISTORY LATEST bob *" in visit.types("/history 5")
    visit.hear(":bob!b@h NICK robert\n")
    assert visit.chat.display.here == "robert"
    assert visit.types("/close") == ""
    assert visit.shown()[-1] == "-- You are in general now."


def test_close_leaves_a_room() -> None:
    """When the server says so."""
    visit = in_two()
    assert visit.types("/close") == "PART #general"
    visit.hear(":alice!a@h PART #general\n")
    assert visit.shown()[-1] == "-- You are in games now."


def test_switch_lists_and_finds() -> None:
    """By number, by a room's bare name, by nickname."""
    visit = in_two(others="count")
    visit.hear(said("alice: look", "#games"))
    visit.types("/switch")
    assert visit.shown() == ["1. general", "2. games: 1 unread, mentions you"]
    visit.types("/switch 2")
    assert visit.chat.display.here == "#games"
    visit.types("/switch nowhere")
    assert visit.shown()[-1] == "-- There is no conversation nowhere. /join or /query starts one."


# Nobody is led elsewhere by others


KICK = ":bob!b@h KICK #general alice :out\n"


def test_what_is_typed_after_a_kick_is_not_lost() -> None:
    """One stays in sight of the room; what is typed there is neither said nor lost, until one is in
    again. Commands for rooms are told so, too."""
    visit = in_two()
    visit.hear(KICK)
    assert visit.shown() == [
        "-- You were kicked from general by bob (out).",
        "-- What you type here is not sent. /join general enters it again, /close closes it.",
    ]
    assert status(visit) == "general (you are not in it)"
    told = "-- You are not in general. Type /join general to enter it."
    for text in ("half a line", "//x", "/me waves"):
        assert visit.types(text) == ""
        assert visit.shown()[-1] == told
    assert visit.put_back == [("half a line", False), ("//x", False), ("/me waves", False)]
    assert visit.chat.pasted(Entry(["one", "two"], pasted=True))
    assert visit.put_back[-1] == ("one", "two", True)
    assert visit.types("/topic") == ""
    assert visit.shown()[-1] == told
    visit.types("/switch")
    assert visit.shown()[-2:] == ["1. general (you are not in it)", "2. games"]
    assert visit.types("/join general") == "JOIN #general"
    visit.hear(ENTERING.format("#general"))
    assert status(visit) == "general"
    assert visit.types("half a line").endswith("PRIVMSG #general :half a line")


def test_the_end_of_a_room_that_one_is_not_in() -> None:
    """/close and /leave go elsewhere, without asking the server; at last there is no room."""
    for command in ("/close", "/leave"):
        visit = in_two()
        visit.hear(KICK)
        assert visit.types(command) == ""
        assert status(visit) == "games"
        visit.hear(":bob!b@h KICK #games alice :out\n")
        visit.types(command)
        assert (status(visit), visit.shown()[-1]) == (
            "(no room)",
            "-- You are not in a room. Type /join ROOM.",
        )


def test_what_others_do_leads_nowhere() -> None:
    """Kicks elsewhere, being put out of a room or into one, private messages, new nicknames."""
    visit = in_two()
    visit.hear(
        ":bob!b@h KICK #games alice :out\n:alice!a@h JOIN #general\n" + said("psst", "alice")
    )
    visit.hear(ENTERING.format("#forced"))
    assert status(visit).startswith("general")
    assert "-- You are now also in forced. /switch forced switches to it." in visit.shown()
    visit.hear(":alice!a@h PART #general\n")
    assert status(visit).startswith("general (you are not in it)")


def test_one_s_own_wish_waits_for_a_line_that_is_begun() -> None:
    """A room that one has asked for, or left, does not take it away."""
    visit = in_two()
    visit.types("/join tea")
    visit.chat.display.begun = True
    visit.hear(ENTERING.format("#tea"))
    assert status(visit) == "general"
    visit.types("/leave")
    visit.hear(":alice!a@h PART #general\n")
    assert status(visit) == "general (you are not in it)"


def test_a_wish_that_the_server_did_not_grant_is_over() -> None:
    """Being put into the room much later leads nowhere."""
    visit = in_two()
    visit.chat.typed("/join tea")
    visit.hear(":s 473 alice #tea :Cannot join (+i)\n")
    visit.sent()
    visit.hear(ENTERING.format("#tea"))
    assert status(visit).startswith("general")


def test_what_is_typed_before_the_first_rooms_hinders_nothing() -> None:
    """It has no conversation yet; the last of the rooms is entered, typed ahead or not."""
    visit = Visit(joined=False, rooms=("tea", "den"))
    visit.chat.display.begun = True
    visit.hear(ENTERING.format("#tea") + ENTERING.format("#den"))
    assert visit.chat.display.here == "#den"


def test_a_room_with_a_half_typed_line_stays_when_one_leaves_it() -> None:
    """The line would be lost with it."""
    visit = in_two()
    games = visit.chat.display.buffers.find("#games")
    assert games
    games.draft = Draft("half a line")
    visit.types("/leave games")
    visit.hear(":alice!a@h PART #games\n")
    assert visit.chat.display.buffers.find("#games") is games
    visit.types("/switch games")
    visit.types("/close")
    assert visit.chat.display.buffers.find("#games") is None


def test_somebody_whose_new_name_has_a_talk_already() -> None:
    """What is typed in the old one is for nobody; not for whoever takes the name."""
    visit = entered()
    visit.types("/query robert hi")
    visit.types("/query bob hi")
    visit.hear(":bob!b@h NICK robert\n")
    assert visit.types("secret") == ""
    assert visit.shown()[-1] == "-- bob is now called robert. Type /query robert to talk to them."


def test_where_a_line_was_typed() -> None:
    """It is said there, though one has gone elsewhere meanwhile; a command is carried out there."""
    visit = in_two()
    general = visit.chat.display.buffers.current
    assert general
    visit.types("/switch games")
    for text, sent in (("hello", "hello"), ("/me waves", "\x01ACTION waves\x01")):
        visit.sent()
        visit.chat.typed_at(general, text)
        assert visit.sent()[0].endswith(f"PRIVMSG #general :{sent}")
        assert visit.chat.display.here == "#games"


def test_what_could_not_be_said_elsewhere_is_a_draft_there() -> None:
    """It does not come into the line that is in sight, nor over a line that is half typed there."""
    visit = in_two()
    general = visit.chat.display.buffers.current
    assert general
    visit.types("/switch games")
    visit.hear(KICK)
    visit.chat.typed_at(general, "hello")
    assert general.draft == Draft("hello")
    visit.chat.typed_at(general, "there")
    assert general.draft == Draft("hello")
    general.draft = Draft()
    visit.chat.pasted(Entry(["/etc/hosts"], pasted=True, where=general))
    assert general.draft == Draft("//etc/hosts")
    assert visit.put_back == []


# Pastes


def test_a_paste_is_said_where_it_was_pasted() -> None:
    """Line by line, as text, blank ones too; or as one message where the server takes that."""
    visit = in_two()
    general = visit.chat.display.buffers.current
    entry = Entry(["/quit", "", "  exit"], pasted=True, where=general)
    assert visit.chat.composer.weigh(entry.lines) == (3, "Send 3 lines to general as 3 messages?")
    visit.types("/switch games")
    assert [visit.chat.pasted(entry) for _ in range(3)] == [False, False, True]
    said = [each.partition(" ")[2] for each in visit.sent()]
    assert said == ["PRIVMSG #general :/quit", "PRIVMSG #general : ", "PRIVMSG #general :  exit"]
    visit.chat.context.session._capabilities.values["draft/multiline"] = "max-bytes=1000"
    weighed = visit.chat.composer.weigh(entry.lines)
    assert weighed == (1, "Send 3 lines to games as one message?")
    assert visit.chat.pasted(Entry(entry.lines, pasted=True, where=general))
    assert visit.sent()[0].endswith(" draft/multiline #general")


def test_what_a_paste_becomes() -> None:
    """Messages, and the time that they take; without a connection it is kept."""
    visit = entered()
    weigh = visit.chat.composer.weigh
    assert weigh(["x" * 14_000]).question.startswith("Send this line to general as 3")
    assert weigh(["x"] * 300) == (300, "Send 300 lines to general as 300 messages, in about 65 s?")
    visit.chat.lost("gone")
    assert weigh(["x", "y"])[1] == "Keep 2 lines for general until the connection is back?"


def test_an_unknown_command() -> None:
    """Is neither sent nor lost: one is told how it is said; what may be a password is not."""
    visit = entered()
    assert visit.types("/etc/hosts is wrong") == ""
    assert visit.shown() == [
        "-- There is no command /etc/hosts; /help lists the commands."
        " To send it as text: //etc/hosts is wrong",
    ]
    visit.types("/oper me secret")
    assert "To say it" not in visit.shown()[-1]
    assert visit.types("  exit").endswith("PRIVMSG #general :  exit")


# Who calls


@pytest.mark.parametrize(
    ("text", "rings"),
    [
        ("alice: tea?", 1),
        ("tea, ALICE!", 1),
        ("malice and alices", 0),
        ("alice_ and alice2", 0),
        ("coffee!", 1),
        ("tea", 0),
        ("\x0304al\x02ice\x02\x03: tea?", 1),
    ],
)
def test_the_bell(text: str, rings: int) -> None:
    """For one's name and the highlighted words, whole, as the server folds them."""
    visit = entered()
    visit.types("/highlight coffee")
    visit.hear(said(text))
    assert visit.rung == rings
    visit.types("/set bell off")
    visit.hear(said("alice, again"))
    assert visit.rung == rings


def test_private_messages_ring_and_notify() -> None:
    """Not notices, nor what was said in the past."""
    visit = entered()
    visit.types("/set notify on")
    visit.hear(said("psst \x02now\x02", "alice"))
    visit.hear(":s NOTICE alice :maintenance\n:bob!b@h NOTICE alice :note\n")
    visit.hear(":bob!b@h NOTICE #general :alice: note\n")
    visit.hear(batch([said("alice: earlier")]))
    assert (visit.rung, visit.notified) == (1, ["bob: psst now"])


def test_a_line_that_calls_stands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a room, where it is one of many."""
    visit = entered()
    lines: list[Line] = []
    monkeypatch.setattr(visit.chat.context.screen, "show", lambda *shown: lines.extend(shown))
    visit.hear(said("alice: tea?") + said("tea") + said("alice: psst", "alice"))
    called = [any(CALLING in span.sgr for span in line.spans) for line in lines]
    assert called == [True, False, False]


def test_in_a_pipe_nothing_rings() -> None:
    """There is nobody to hear it."""
    visit = Visit(person=False)
    visit.hear(said("alice: hi"))
    assert visit.rung == 0


# Whom one does not hear


def test_the_ignored_are_neither_shown_nor_counted() -> None:
    """Neither shown nor counted, nor does it ring, now or in the past; by nickname or mask."""
    visit = entered()
    visit.types("/ignore BOB")
    visit.types("/ignore *!*@spam")
    visit.shown()
    visit.hear(said("alice: hi") + said("psst", "alice"))
    visit.hear(":eve!e@spam PRIVMSG #general :buy\n@+typing=active :bob!b@h TAGMSG #general\n")
    visit.hear("@+draft/react=x :bob!b@h TAGMSG #general\n" + batch([line(1)]))
    assert (visit.shown(), visit.rung) == ([], 0)
    assert status(visit) == "general"
    visit.types("/unignore bob")
    assert visit.shown()[-1] == "-- No longer ignoring bob."
    visit.hear(said("hi"))
    assert visit.shown()[-1] == f"{AT}<bob> hi"
    visit.types("/ignore")
    assert visit.shown()[-1] == "-- Ignoring: *!*@spam"


# Presence


def test_who_types_is_told_until_it_is_said() -> None:
    """Here only; and not with /set typing off."""
    visit = in_two()
    visit.hear("@+typing=active :bob!b@h TAGMSG #general\n@+typing=active :eve!e@h TAGMSG #games\n")
    assert status(visit) == "general | bob is typing"
    visit.hear(said("hi"))
    assert status(visit) == "general"
    visit.types("/set typing off")
    visit.hear("@+typing=active :bob!b@h TAGMSG #general\n")
    assert status(visit) == "general"


def test_our_typing_is_told() -> None:
    """To where it will be said; `done` when one goes elsewhere; nothing with /set typing off."""
    visit = in_two()
    visit.sent()
    visit.chat.presence.edited("h")
    visit.chat.presence.edited("he")
    visit.chat.display.go_to("#games")
    assert visit.sent() == [
        "@+typing=active;label=typing TAGMSG #general",
        "@+typing=done;label=typing TAGMSG #general",
    ]
    visit.chat.context.settings.set("typing", "off")
    visit.chat.presence.edited("he")
    assert visit.sent() == []


def test_our_typing_is_not_told_where_we_are_not() -> None:
    """The server would refuse it again and again."""
    visit = in_two()
    visit.chat.presence.edited("h")
    visit.sent()
    visit.hear(KICK)
    visit.chat.context.now += 60
    visit.chat.presence.edited("he")
    visit.chat.presence.edited("")
    assert visit.sent() == []


def test_a_refusal_of_our_typing_is_not_shown() -> None:
    """Such as in a moderated room: one has said nothing yet. What is said is refused aloud."""
    visit = in_two()
    visit.hear("@label=typing :s 404 alice #general :Cannot send\n")
    visit.hear("@label=typing :s FAIL TAGMSG INVALID_TARGET bob :no\n")
    assert visit.shown() == []
    visit.hear("@label=said-1 :s 404 alice #general :Cannot send\n")
    assert len(visit.shown()) == 1


def test_going_to_a_room_that_one_is_not_in() -> None:
    """It is not called `in`."""
    visit = in_two()
    visit.hear(":bob!b@h KICK #games alice :out\n")
    visit.shown()
    visit.types("/switch games")
    assert visit.shown() == ["-- You are not in games. Type /join games to enter it."]


def test_what_cannot_be_told_now_is_not_tried_all_the_time() -> None:
    """The server owes an answer: the loop waits for it asleep."""
    visit = entered()
    visit.chat.presence.edited("h")
    visit.sent()
    visit.chat.presence.tick()
    visit.chat.context.session.barrier()
    visit.chat.context.now += 60
    visit.chat.presence.tick()
    due = visit.chat.presence.due
    assert due is not None and due > visit.chat.context.now
    visit.chat.display.buffers.current = None
    visit.hear("@+typing=active :bob!b@h TAGMSG alice\n")
    visit.chat.context.now += 60
    visit.chat.presence.tick()
    due = visit.chat.presence.due
    assert due is not None and due > visit.chat.context.now


def test_a_server_that_passes_no_tags_on() -> None:
    """Is told nothing."""
    visit = Visit("batch server-time")
    visit.sent()
    visit.chat.presence.edited("h")
    assert visit.sent() == []


def test_away_and_lag() -> None:
    """As the server says; and so much as one waits for it."""
    visit = entered()
    visit.hear(":s 306 alice :away\n")
    assert status(visit) == "general | away"
    visit.hear(":s 305 alice :back\n")
    visit.chat.presence.tick()
    visit.chat.context.now += 7
    assert status(visit) == "general | lag 7 s"
    visit.sent()
    assert status(visit) == "general | lag 7 s"
    visit.chat.context.now += 60
    visit.chat.presence.tick()
    visit.sent()
    assert status(visit) == "general"


# Settings


def test_every_setting_is_listed() -> None:
    """With its value and meaning; a bad one is refused in a sentence."""
    visit = entered()
    visit.types("/set")
    told = visit.shown()
    assert any(each.startswith("others ") and "show, count or hide" in each for each in told)
    assert len(told) == len(visit.chat.context.settings.changed()) + 17
    assert told[-1].startswith("always-on ")  # the account's, so its value is not known here
    visit.types("/set time soon")
    assert visit.shown()[-1] == "-- time is full, short or off, not soon."
    visit.types("/set time short")
    visit.hear(said("hi"))
    assert visit.shown()[-1] == f"{AT[:6]}] <bob> hi"
    visit.types("/set time off")
    visit.hear(said("again"))
    assert visit.shown()[-1] == "<bob> again"


@pytest.mark.parametrize("name", ["log", "paste"])
def test_settings_with_a_command_of_their_own(name: str) -> None:
    """Settings with a command of their own, which tells them too."""
    visit = entered()
    visit.types(f"/{name} off")
    assert visit.chat.context.settings[name] == "off"
    visit.types(f"/{name} on")
    visit.types(f"/{name}")
    assert visit.chat.context.settings[name] == "on"
    assert visit.shown()[-1].endswith(" is on.")
    visit.types(f"/{name} perhaps")
    assert visit.shown()[-1] == f"-- {name} is on or off, not perhaps."


def test_what_differs_from_the_defaults_is_saved() -> None:
    """What differs from the defaults goes to whoever keeps it."""
    visit = entered()
    visit.types("/save")
    assert visit.shown()[-1] == "-- There is no place to save the settings."
    saved: dict[str, str] = {}

    def save(values: Mapping[str, str]) -> str:
        saved.update(values)
        return "Saved."

    visit.chat.context.services.save = save
    visit.types("/set bell off")
    visit.types("/save")
    assert (saved, visit.shown()[-1]) == ({"bell": "off"}, "-- Saved.")


def test_the_log_has_every_conversation(tmp_path: Path) -> None:
    """What is said and who comes, in every conversation; a disk that does not want is told once."""
    visit = in_two(others="hide")
    written: list[tuple[str, str]] = []
    visit.chat.context.services.log = lambda *line: written.append(line)
    visit.types("/log on")
    visit.hear(said("\x02one\x02", "#games") + ":carol!c@h JOIN #games\n" + said("psst", "alice"))
    visit.types("two")
    assert [(where, text[20:]) for where, text in written] == [
        ("#games", "<bob> one"),
        ("#games", "-- carol joined games."),
        ("bob", "<bob -> You> psst"),
        ("#general", "<You> two"),
    ]

    def full(_conversation: str, _line: str) -> None:
        raise ServiceError("The disk is full.")

    visit.chat.context.services.log = full
    visit.shown()
    visit.hear(said("one") + said("two"))
    assert visit.shown() == [
        "-- The disk is full. The log is off now.",
        f"{AT}<bob> one",
        f"{AT}<bob> two",
    ]
