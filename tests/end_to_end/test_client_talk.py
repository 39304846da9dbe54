"""Conversations of people at terminals: several at once, with what belongs to them."""

import stat
from pathlib import Path

from end_to_end.terminal import Terminal
from end_to_end.test_client_terminal import TIME, enter
from harness import Server

CAPS = "message-tags echo-message server-time"


def alt(terminal: Terminal, key: str) -> Terminal:
    """Alt and this key."""
    terminal.child.send(f"\x1b{key}")
    return terminal


def test_two_rooms_and_a_private_talk(server: Server) -> None:
    """Counted in the prompt, reached by keys, with a mark where reading stopped."""
    with enter(server, "ann", "tea") as ann, server.join("ben", "#tea", "#cake") as ben:
        ann.say("/join cake").see("Welcome to room cake").say("/set others count").see(
            "others +count"
        )
        ben.ask("PRIVMSG #tea :one", "PRIVMSG #tea :ann: two", "PRIVMSG ann :psst")
        ann.see(r"cake \| tea:2! ben:1!> ")
        alt(ann, "a").see("You are in tea now", "--- 2 unread ---", "<ben> one", "<ben> ann: two")
        ann.see("--- you are up to date ---", r"tea \| ben:1!> ")
        alt(ann, "a").see("You are talking to ben now", "<ben -> You> psst", "ben> ")
        alt(ann, "a").see("There are no unread lines")
        ann.say("and now?").see("<You -> ben> and now")
        assert ben.wait("PRIVMSG", "ben").params[1] == "and now?"
        alt(ann, "2").see("You are in cake now").say("/switch").see("1. tea", "2. cake", "3. ben")
        ann.say("/switch ben", "/close").see("You are in cake now")


def test_replies_reactions_and_taking_back(server: Server) -> None:
    """Between two of our clients, each line once; the server names one's own lines."""
    with enter(server, "cas", "words") as cas, enter(server, "dot", "words") as dot:
        cas.see("dot joined").say("deploy *finished*").see("<You> deploy finished")
        dot.see("<cas> deploy finished").say("/reply well done :tada:")
        dot.see(r'<You> \(to cas: "deploy finished"\) well done 🎉')
        cas.see(r'<dot> \(to you: "deploy finished"\) well done 🎉').say("/react dot :+1:")
        cas.see('You reacted 👍 to "well done 🎉"')
        dot.see('cas reacted 👍 to "well done 🎉"')
        cas.say("/redact too soon").see("You deleted the message of [0-9:]+ .too soon.")
        dot.see("cas deleted the message of [0-9:]+ .too soon.: <cas> .deploy finished")
        cas.say("x", "/redact").see("You deleted")
        shown = cas.glass.everything()
        assert shown.count("<You> deploy finished") == shown.count("reacted 👍") == 1


def test_who_types_is_seen(server: Server) -> None:
    """While they do; the pauses and the end of it too."""
    with enter(server, "eda", "slow") as eda, server.join("fin", "#slow", caps=CAPS) as fin:
        eda.see("fin joined")
        fin.ask("@+typing=active TAGMSG #slow")
        eda.see(r"slow \| fin is typing> ")
        fin.ask("PRIVMSG #slow :there")
        eda.see("<fin> there", "slow> ")
        eda.child.send("hel")
        assert fin.wait("TAGMSG", "#slow").tags["+typing"] == "active"
        eda.press("u")
        assert fin.wait("TAGMSG", "#slow").tags["+typing"] == "done"


def test_tab(server: Server) -> None:
    """Whoever spoke last comes first; commands and what they take; emoji."""
    with enter(server, "gus", "tabs") as gus, server.join("hal", "#tabs") as hal:
        gus.see("hal joined")
        with server.join("hans", "#tabs") as hans:
            hans.ask("PRIVMSG #tabs :I am here")
            gus.see("<hans> I am here")
            gus.child.send("ha\t")
            gus.say("tea?")
            hal.wait("PRIVMSG", "#tabs", "hans: tea?")
            gus.child.send("/quer\thal\t")
            gus.say(":tad\t").see("<You -> hal> 🎉")


def test_the_log(server: Server, tmp_path: Path) -> None:
    """Files for their owner alone, beside what else the client keeps."""
    here = {"XDG_STATE_HOME": str(tmp_path)}
    options = ("127.0.0.1", str(server.port), "--nick", "ian", "--room", "log")
    with Terminal(*options, environment=here) as ian, server.join("jo", "#log") as jo:
        ian.see("/help lists").say("/log on").see("The log is on")
        jo.ask("PRIVMSG #log :for the \x02log\x02")
        ian.see(f"{TIME}<jo> for the log").say("/log maybe").see("log is on or off, not maybe")
        ian.say("/quit").status()
    file = tmp_path / "chatroom" / "logs" / f"127.0.0.1%3A{server.port}" / "#log.log"
    assert file.read_text().endswith("<jo> for the log\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_looks(server: Server) -> None:
    """Formatting codes, and a colour for each nickname; where there are none, words."""
    options = ("127.0.0.1", str(server.port), "--nick", "kit", "--room", "looks")
    with (
        Terminal(*options, environment={"NO_COLOR": ""}) as kit,
        server.join("liz", "#looks") as liz,
    ):
        kit.see("/help lists")
        liz.ask("PRIVMSG #looks :so \x02bold\x02 and \x034red", "PRIVMSG #looks :kit: hi")
        kit.see("<\x1b\\[38;5;[0-9]+mliz\x1b\\[0m> so \x1b\\[1mbold\x1b\\[0m and \x1b\\[38;5;9mred")
        kit.see("<\x1b\\[1;7;38;5;[0-9]+mliz\x1b\\[0m> kit: hi")
    with Terminal(*options) as kit:
        kit.see("<liz> so bold and red", "<liz> kit: hi")


def test_people_in_columns_and_in_words(server: Server) -> None:
    """/who, /whois and /rooms."""
    with enter(server, "ned", "people") as ned, server.join("oda", "#people") as oda:
        ned.see("oda joined")
        oda.ask("AWAY :lunch")
        ned.say("/who").see("In people: 2 people", "ned +operator", "oda +away")
        ned.say("/whois oda").see("-- oda is ~oda@", "   oda is in people", "   oda is away: lunch")
        ned.say("/rooms peop").see("-- Rooms: 1", "people +2")
        ned.say("/away").see("no longer").say("/away soup").see(r"people \| away> ")


def test_ignored_people(server: Server) -> None:
    """Are neither heard nor do they ring, here and in what was said before."""
    with enter(server, "pam", "quiet") as pam, server.join("rex", "#quiet") as rex:
        pam.see("rex joined").say("/ignore rex").see("Ignoring: rex")
        rex.ask("PRIVMSG #quiet :pam: unheard", "PRIVMSG pam :unheard", "PART #quiet :done")
        pam.see("rex left")
        assert "unheard" not in pam.glass.everything()
        assert pam.glass.screen.bells == 0
        pam.say("/history").see("Nothing has been said here")
        assert "unheard" not in pam.glass.everything()


def test_context_of_what_was_found(server: Server) -> None:
    """Numbered, and shown with what stands around it."""
    with enter(server, "sid", "past") as sid, server.join("tea", "#past") as tea:
        sid.see("tea joined")
        tea.ask(*(f"PRIVMSG #past :line {number}" for number in range(5)))
        sid.see("line 4").say('/search "line 2"').see(r"1\. \[[-0-9: ]+\] past <tea> line 2")
        sid.say("/context 1").see("<tea> line 1", f"> {TIME}<tea> line 2", "<tea> line 3")
