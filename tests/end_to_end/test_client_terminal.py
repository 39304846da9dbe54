"""People at terminals: real clients, a real server."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.terminal import Terminal
from harness import Server

TIME = r"\[\d\d:\d\d:\d\d\] "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    config = "[limits]\nflood_rate = 0\n[rooms.operators]\ngeneral = ['alice!*@127.0.0.1']\n"
    with Server(tmp_path_factory.mktemp("server"), config=config) as running:
        yield running


PLACES = [
    ([], "nickname: "),
    (["--nick", "will"], r"\[general\]: "),
    (["--nick", "will", "--room", "x"], "/help lists"),
]
"""Where a person may sit: the options that lead there, and what is seen then."""


def enter(server: Server, nick: str, *rooms: str, columns: int = 80) -> Terminal:
    """A person who is in these rooms."""
    options = [word for room in rooms for word in ("--room", room)]
    terminal = Terminal("127.0.0.1", str(server.port), "--nick", nick, *options, columns=columns)
    terminal.see(*(f"Welcome to room {room}!" for room in rooms), "/help lists")
    return terminal


def test_three_people_and_a_whole_conversation(server: Server, tmp_path: Path) -> None:
    """From the list of servers to the goodbye, as the README tells it."""
    (tmp_path / "hosts_port.csv").write_text(f"127.0.0.1,{server.port},Here\n127.0.0.1,1,There\n")
    with Terminal("--no-discover", directory=tmp_path) as alice:
        alice.see(r"1\. Here \(127\.0\.0\.1:\d+\)", r"2\. There", r"Choose a server \[1\]: ")
        alice.say("3").see("3 is not in the list; type a number from 1 to 2", "Choose a")
        alice.say("").see("Choose a nickname: ").say("alice")
        alice.see("Connected to the server!", r"Choose a room \[general\]: ").say("")
        alice.see("Welcome to room general!", "Nobody else is here yet")
        with (
            enter(server, "bob", "general") as bob,
            Terminal("--no-discover", directory=tmp_path) as carol,
        ):
            alice.see("-- bob joined general")
            carol.see(r"\[1\]: ").say("1").see("nickname: ").say("carol")
            carol.see(r"Rooms: .*general \(2\)", "Choose a room").say("general")
            assert set(carol.found("Here: ([^\r]*)\r").split(", ")) == {"alice", "bob"}
            alice.say("hello").see(TIME + "<You> hello\r")
            for other in (bob, carol):
                other.see(TIME + "<alice> hello\r")
            bob.say("/me waves").see(r"\* bob waves")
            alice.see(r"\* bob waves")
            carol.say("/msg alice psst").see("<You -> alice> psst")
            alice.see(TIME + "<carol -> You> psst")
            alice.say("/topic Tea and cake").see("You changed the topic of general")
            bob.see("alice changed the topic of general to: Tea and cake")
            carol.say("/quit too late").see_end()
            bob.see(r"-- carol left \(.*too late\)")
            alice.see(r"-- carol left.").say("exit")
            bob.see("-- alice left")
            assert alice.status() == carol.status() == 0
        answers = re.findall(r"^Choose [^:]*: ?(.*)$", alice.glass.everything(), re.MULTILINE)
        assert answers == ["3", "", "alice", ""]


def test_the_room_choice_shows_topic_and_counts(server: Server) -> None:
    """Rooms with their counts, who is here, and the topic."""
    with server.join("dora", "#teatime") as dora:
        dora.ask("TOPIC #teatime :Earl Grey")
        with Terminal("127.0.0.1", str(server.port), "--nick", "emil") as emil:
            emil.see(r"Rooms: .*teatime \(1\)", r"Choose a room \[general\]: ").say("teatime")
            emil.see("Welcome to room teatime!", "Here: dora", "Topic: Earl Grey")


def test_a_nickname_that_cannot_be_is_asked_again(server: Server) -> None:
    """Taken, invalid and empty, each with its reason."""
    with server.join("frida"), Terminal("127.0.0.1", str(server.port), "--room", "n") as other:
        other.see("Choose a nickname: ").say("Frida")
        other.see("The nickname Frida is already in use", "Choose a nickname: ").say("a,b")
        other.see("cannot use that nickname: .*cannot contain", "Choose a nickname: ").say("")
        other.see("Type a nickname", "Choose a nickname: ").say("you")
        other.see("reserved", "Choose a nickname: ").say("fritz")
        other.see("Connected to the server!", "Welcome to room n!")


def test_a_room_that_cannot_be_is_asked_again(server: Server) -> None:
    """By invitation only, and a name that is none."""
    with server.join("gert", "#closed") as gert:
        gert.ask("MODE #closed +i")
        with Terminal("127.0.0.1", str(server.port), "--nick", "hans", "--room", "closed") as hans:
            hans.see("cannot join closed: it is by invitation", "Choose a room").say("a b")
            hans.see("cannot use that name for a room", "Choose a room").say("open")
            hans.see("Welcome to room open!")


def test_rooms_come_and_go(server: Server) -> None:
    """/join, /leave, /rooms, /who: the current room, and lines from another one."""
    with enter(server, "ida", "one") as ida, server.join("jan", "#one", "#two") as jan:
        ida.see("jan joined one").say("/join two").see("Welcome to room two!", "Here: jan")
        jan.ask("PRIVMSG #one :from one", "PRIVMSG #two :from two")
        ida.see(TIME + "one <jan> from one", TIME + "<jan> from two")
        ida.say("/who").see("In two: ", "jan").say("/who one").see("In one: ")
        ida.say("/rooms").see(r"one +2\r")
        ida.say("/leave").see("-- You left two", "You are in one now")
        ida.say("to one").see("<You> to one")
        assert jan.wait("PRIVMSG", "#one").params[1] == "to one"
        ida.say("/leave").see("-- You left one.", "You are not in a room. Type /join ROOM.")
        ida.say("nobody hears").see("nobody hears\r", "-- You are not in a room. Type /join ROOM.")
        ida.stands("(no room)> nobody hears|").say("/join ONE").see("Welcome to room")


def test_operators_commands(server: Server) -> None:
    """/kick, /invite, and what those without the right are told."""
    with enter(server, "kim", "ops") as kim, enter(server, "lea", "ops") as lea:
        kim.see("lea joined ops")
        lea.say("/kick kim").see("Only half-operators and above may kick people")
        kim.say("/kick lea go away").see("lea was kicked from ops by kim .go away.")
        lea.see(r"You were kicked from ops by kim \(go away\)", "What you type here is not sent")
        kim.say("/invite lea").see("You invited lea to ops")
        lea.see("kim invites you to ops: /join ops").say("/join ops").see("Welcome to room ops!")
        kim.say("/raw MODE #ops +o lea").see("made lea an operator of ops")
        lea.see("kim made lea an operator of ops")
        lea.say("/halfop kim").see("You made kim a half-operator of ops").say("/deop kim")
        kim.see("lea removed kim as an operator of ops").say("/mute lea 2h")
        kim.see("Only operators and above may ban or mute an operator")
        lea.say("/dehalfop kim").say("/mute kim 2h too loud").see("ends in 2 hours")
        kim.say("hi").see("You cannot speak in ops: you are muted here")
        lea.say("/bans").see(r"Muted in ops: .*, by lea, for another 2 hours \(too loud\)")
        lea.say("/unmute kim").see("lifted the mute on")
        kim.say("hi").see("<You> hi")
        lea.say("/ban kim").see("kim was kicked from ops")
        kim.see("You were kicked from ops by lea").say("/join ops").see("you are banned")


def test_the_rest_of_the_commands(server: Server) -> None:
    """/nick, /away, /whois, /help, //text and what does not exist."""
    with enter(server, "mia", "misc") as mia, server.join("nils", "#misc") as nils:
        mia.see("nils joined").say("/nick maria").see("You are now called maria")
        mia.say("/away lunch").see("You are marked as away")
        mia.say("/away").see("no longer marked as away")
        mia.say("/whois nils").see("nils is .*nils's real name", "nils is in misc")
        mia.say("/help").see("rooms   /join /leave", "/quit")
        mia.say("/help rooms").see(r"/join ROOM \[KEY\] +enters a room")
        mia.say("//path").see("<You> /path")
        assert nils.wait("PRIVMSG").params[1] == "/path"
        mia.say("/jion x").see(
            r"There is no command /jion; did you mean /join\?", r"as text: //jion\s+x"
        )
        mia.say("/msg nils").see("Usage: /msg NICK TEXT")
        mia.say("/msg nobody hi").see("There is nobody called nobody here")
        mia.say("/topic").see("misc has no topic")


def test_escape_sequences_are_shown_not_obeyed(server: Server) -> None:
    """A raw client sends what would recolour, retitle and clear the screen."""
    with enter(server, "olaf", "safe") as olaf, server.join("evil", "#safe") as evil:
        evil.send("TOPIC #safe :\x1b]0;owned\x07", "PRIVMSG #safe :\x1b[2J\x9b31m\u202eoops")
        evil.send("PRIVMSG olaf :\x01ACTION \x1b[8m\x01", "PART #safe :\x1b[?25l", "QUIT :\x1b[5m")
        olaf.see(r"\^\[\[2J\\u009b31m\\u202eoops", r"\^\[\[8m", r"\^\[\[\?25l")
        assert "\x1b]" not in olaf.glass.everything()  # and Glass refuses what it does not know


def test_own_lines_stand_once(server: Server) -> None:
    """Long, wide and interrupted lines: what was typed gives way to its final form."""
    long = "日本語 and words that go on " * 4
    with enter(server, "pia", "once", columns=40) as pia, server.join("quinn", "#once") as quinn:
        pia.see("quinn joined").say("short", long + "1").see("<You> 日.*1\r")
        quinn.wait("PRIVMSG", "#once", "short")
        pia.child.send(long[:50])
        quinn.ask("PRIVMSG #once :interruption")
        pia.see("interruption")
        pia.say(long[50:] + "2").see("<You> 日[^<]*2\r")
        shown = pia.glass.everything().replace("\n", "")
        assert shown.count("short") == 1
        assert shown.count("日本語") == 8
        assert shown.count("interruption") == 1
        assert shown.index("quinn joined") < shown.index("short") < shown.index("interruption")


def test_lines_typed_ahead_find_their_questions(server: Server) -> None:
    """Whoever types faster than the server answers loses nothing."""
    with server.join("rosa", "#ahead") as rosa, Terminal("127.0.0.1", str(server.port)) as sam:
        sam.say("rosa", "sam", "ahead", "one", "/me two", "exit")
        assert sam.status() == 0
        assert rosa.wait("PRIVMSG", "#ahead").params[1] == "one"
        assert rosa.wait("PRIVMSG", "#ahead").params[1] == "\x01ACTION two\x01"
        rosa.wait("QUIT")
        questions = [line for line in sam.glass.everything().split("\n") if "Choose" in line]
    assert questions[:2] == ["Choose a nickname: rosa", "Choose a nickname: sam"]
    assert re.fullmatch(r"Choose a room \[general\]: ahead", questions[2])


def test_a_long_message_arrives_whole(server: Server) -> None:
    """In as many lines as it needs, and nothing is lost."""
    text = " ".join(f"word{number}" for number in range(250))
    with enter(server, "tom", "long") as tom, server.join("uta", "#long") as uta:
        tom.see("uta joined").say(text).see("<You> word0")
        heard = ""
        while not heard.endswith("word249"):
            heard += uta.wait("PRIVMSG", "#long").params[1]
        assert heard == text


def test_colour_is_modest_and_can_be_turned_off(server: Server) -> None:
    """All information is in the words; without colours, what is bold stays so."""
    options = ["127.0.0.1", str(server.port), "--nick", "vera", "--room", "grey"]
    with Terminal(*options, environment={"NO_COLOR": ""}) as vera:
        vera.see("/help lists").say("hello").see(TIME + "<\x1b\\[1mYou\x1b\\[0m> hello\r")
        vera.say("/quit").status()
    with Terminal(*options, "--no-color", environment={"NO_COLOR": ""}) as vera:
        vera.see("<vera> hello\r", "--- you are up to date ---\r").say("hello")
        vera.see("\x1b\\[J" + TIME + "<\x1b\\[1mYou\x1b\\[0m> hello\r", "\x1b\\[1mgrey> \x1b\\[0m")


@pytest.mark.parametrize(("options", "prompt"), PLACES)
def test_ctrl_c_and_end_of_input(server: Server, options: list[str], prompt: str) -> None:
    """130 and 0, and a polite goodbye, at every question and in the room."""
    for key, status in (("c", 130), ("d", 0)):
        with Terminal("127.0.0.1", str(server.port), *options) as will:
            will.see(prompt)
            assert will.press(key).status() == status


def test_ctrl_c_where_nothing_happens(server: Server) -> None:
    """The loop heeds it at once, though no signal has woken it: there is time for a goodbye."""
    with server.join("nils", "#calm") as nils, enter(server, "will", "calm") as will:
        nils.wait("JOIN", "#calm")
        assert will.see("calm> ").press("c").status() == 130
        assert nils.wait("QUIT").params == ("Quit: ",)


def test_ctrl_c_at_the_first_question(tmp_path: Path) -> None:
    """Before there is a connection."""
    (tmp_path / "hosts_port.csv").write_text("127.0.0.1,1\n127.0.0.1,2\n")
    for key, status in (("c", 130), ("d", 0)):
        (tmp_path / "hosts_port.csv").write_text("127.0.0.1,1,Here\n127.0.0.1,2,There\n")
        with Terminal("--no-discover", directory=tmp_path) as nobody:
            nobody.see(r"Choose a server \[1\]: ")
            assert nobody.press(key).status() == status


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_one_server_needs_no_choice(server: Server, tmp_path: Path, mark: bytes) -> None:
    """The next question comes at once; which server it is, is told."""
    row = f"# ours\r\n\r\nhost,port,name\r\n127.0.0.1,{server.port},Here\r\n"
    (tmp_path / "hosts_port.csv").write_bytes(mark + row.encode())
    with Terminal(directory=tmp_path) as will:
        will.see(rf"Server: Here \(127\.0\.0\.1:{server.port}\)", "Choose a nickname: ")
        assert "Choose a server" not in will.glass.everything()
        assert will.press("d").status() == 0


def test_a_server_that_goes_away_before_one_is_in(tmp_path: Path) -> None:
    """At the first question there is nothing to come back to: the client fails."""
    server = Server(tmp_path)
    with server, Terminal("127.0.0.1", str(server.port)) as will:
        will.see("nickname: ")
        server.stop()
        will.see("The connection is lost: .+\r")
        assert will.status() == 1


def test_a_server_that_is_not_there() -> None:
    """The exact words, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Terminal("127.0.0.1", str(port)) as nobody:
        nobody.see_end()
        seen = nobody.glass.text().replace("\n", "")
        assert seen == (
            f"Cannot connect to 127.0.0.1:{port}: connection refused. Is the server running?"
        )
        assert nobody.status() == 1
