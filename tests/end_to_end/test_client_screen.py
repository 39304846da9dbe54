"""What stands on the screen, with the cursor, while people type: a real client in a real terminal.

Rows of what is expected are the last on the screen; the bar is the cursor, and it is always noon.
"""

import os
import re
import signal
import sys
import termios
from pathlib import Path

import pytest

from chatroom.client.terminal.dialogs import NOT_AGAIN
from chatroom.client.ui.scrollback import UP_TO_DATE
from end_to_end.terminal import Terminal
from harness import CLIENT, Client, Server

NOON = "[12:00:00]"
WELCOME = "/help lists the commands, /quit leaves."
"""The last line before anybody says anything."""

UP, DOWN, RIGHT, LEFT, SHIFT_TAB = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[Z"
FAMILY = "👨‍👩‍👧"


class Room:
    """A room with somebody at a terminal, `person`, and somebody else, `other`."""

    def __init__(
        self, server: Server, name: str, columns: int = 60, state: Path | None = None
    ) -> None:
        self.name = name
        options = ["127.0.0.1", str(server.port), "--nick", f"{name}1", "--room", name]
        self.other = server.join(f"{name}2", f"#{name}")  # who comes later is told a second later
        self.person = Terminal(*options, columns=columns, state=state)
        self.person.see(f"Here: {name}2").stands(f"{name}> |")

    def hear(self, text: str) -> None:
        """Somebody else says this."""
        self.other.send(f"PRIVMSG #{self.name} :{text}")

    def heard(self, text: str) -> None:
        """Wait until somebody else has heard this."""
        assert self.other.wait("PRIVMSG", f"#{self.name}").params[1] == text

    def __enter__(self) -> tuple[Terminal, Client]:
        return self.person, self.other

    def __exit__(self, *_: object) -> None:
        self.person.child.close(force=True)
        self.other.close()


def test_lines_arrive_while_one_is_typed(server: Server) -> None:
    """Above it; the line and its cursor stay, and Enter puts it in its place, once."""
    room = Room(server, "torn")
    with room as (person, _):
        person.keys("half a l").stands("torn> half a l|")
        room.hear("first")
        person.stands(f"{NOON} <torn2> first", "torn> half a l|")
        person.keys(LEFT * 3)
        room.hear("second")
        person.stands(f"{NOON} <torn2> second", "torn> half |a l")
        person.keys("\r").stands(
            f"{NOON} <torn2> first", f"{NOON} <torn2> second", f"{NOON} <You> half a l", "torn> |"
        )
        room.heard("half a l")
        assert person.glass.everything().count("half a l") == 1


def test_wide_characters(server: Server) -> None:
    """Two columns each, backspace takes a whole one, and the cursor stands between them."""
    with Room(server, "wide") as (person, _):
        person.keys("日本語").stands("wide> 日本語|")
        person.keys(LEFT + "\x7f").stands("wide> 日|語")
        person.keys("\x01x").stands("wide> x|日語")
        person.keys("\x05e\u0301").stands("wide> x日語e\u0301|")
        person.keys("\x7f").stands("wide> x日語|")


def test_joined_emoji(server: Server) -> None:
    """One step, one backspace; the cursor is right on terminals that show their parts, too."""
    room = Room(server, "emoji")
    with room as (person, _):
        person.keys(f"a{FAMILY}b").stands(f"emoji> a{FAMILY}b|")
        person.keys(LEFT * 2).stands(f"emoji> a|{FAMILY}b")
        person.keys(RIGHT + "\r").stands(f"{NOON} <You> a{FAMILY}b", "emoji> |")
        room.heard(f"a{FAMILY}b")


def test_a_long_line_scrolls_sideways(server: Server) -> None:
    """It never takes a second row."""
    with Room(server, "long", columns=30) as (person, _):
        person.keys("abcdefghijklmnopqrstuvw").stands("long> abcdefghijklmnopqrstuvw|")
        person.keys("x").stands("long> …mnopqrstuvwx|")
        person.keys("\x01").stands("long> |abcdefghijklmnopqrstuv…")
        person.keys("\x05y").stands("long> …nopqrstuvwxy|")
        person.keys("\r").stands(f"{NOON} <You>", "   abcdefghijklmnopqrstuvwxy", "long> |")


def test_a_window_that_changes(server: Server) -> None:
    """The input line is drawn anew, narrower or wider; what was said stays in its place."""
    room = Room(server, "size")
    with room as (person, _):
        room.hear("hi")
        person.keys("one two three four five six seven").stands(
            f"{NOON} <size2> hi", "size> one two three four five six seven|"
        )
        person.resize(24, 12).stands(f"{NOON} <size2> hi", "size> …six seven|")
        room.hear("hello")
        person.stands(f"{NOON} <size2> hi", f"{NOON} <size2> hello", "size> …six seven|")
        person.resize(70).stands(
            f"{NOON} <size2> hello", "size> one two three four five six seven|"
        )


def test_long_messages_wrap_under_their_text(server: Server) -> None:
    """At spaces; an address stays whole, however long."""
    room = Room(server, "wrap", columns=40)
    with room as (person, _):
        room.hear("the quick brown fox jumps over the lazy dog")
        person.stands(
            f"{NOON} <wrap2> the quick brown fox",
            "                   jumps over the lazy",
            "                   dog",
            "wrap> |",
        )
        room.hear(f"see http://example.org/{'x' * 30} now")
        person.see(f"http://example.org/{'x' * 30}")


def test_the_past_and_tables_wrap_under_their_text(server: Server) -> None:
    """As what is said now does."""
    room = Room(server, "past", columns=50)
    with room as (person, _):
        room.hear("the quick brown fox jumps over the lazy dog")
        wrapped = [f"{NOON} <past2> the quick brown fox jumps over", " " * 19 + "the lazy dog"]
        person.stands(*wrapped, "past> |")
        person.keys("/history 1\r").stands(*wrapped, UP_TO_DATE.text, "past> |")
        person.keys("/set time\r").stands(
            "time  full  the time before each line (full, short", "            or off)", "past> |"
        )


def test_tab_completes(server: Server) -> None:
    """What is common to all, then one after the other; the list goes when typing goes on."""
    with Room(server, "tab") as (person, _):
        person.keys("/who").stands("tab> /who|").keys("\t")
        person.stands("tab> /who |", "/who    /whois")
        person.keys("\t").stands("tab> /whois |", "/who    /whois")
        person.keys(SHIFT_TAB).stands("tab> /who |", "/who    /whois")
        person.keys("x").stands(WELCOME, "tab> /who x|")


def test_history_and_suggestion(server: Server, tmp_path: Path) -> None:
    """Over two runs: up, down, and what is suggested, behind the cursor."""
    room = Room(server, "past", state=tmp_path)
    with room as (person, _):
        for line in ("hello", " hush", "help"):
            person.keys(line + "\r")
            room.heard(line)
        person.keys("/oper x secret\r").see("Type /oper alone")
    kept = tmp_path / "chatroom" / "client_history"
    assert kept.read_text() == "hello\nhelp\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    with Room(server, "past3", state=tmp_path) as (person, _):
        person.keys("dr").keys(UP).stands("past3> help|").keys(UP).stands("past3> hello|")
        person.keys(DOWN * 2).stands("past3> dr|")
        person.keys("\x15hell").stands("past3> hell|o").keys(RIGHT).stands("past3> hello|")


def test_pastes(server: Server) -> None:
    """One line goes into the line; several are shown, and sent when that is wanted: as one message
    (draft/multiline), which the other client, that does not know such, gets line by line."""
    room = Room(server, "paste")
    with room as (person, _):
        person.keys("<>" + LEFT).paste("one line\n").stands("paste> <one line|>")
        question = "Send 2 lines to paste as one message? [y/n/e] |"
        preview = ["| <one linex", "| y>", NOT_AGAIN[:58] + "…"]
        person.paste("x\r\ny").stands(question, *preview)
        room.hear("meanwhile")
        person.stands(f"{NOON} <paste2> meanwhile", question, *preview)
        person.keys("n").stands("paste> <one line|>")
        person.keys("\x03").stands("paste> |", "Press Ctrl-C again to leave.")
        person.paste("one\ntwo").see("Send 2").keys("y")
        head = f"{NOON} <You> "
        person.stands(f"{head}one", f"{' ' * len(head)}two", "paste> |")
        room.heard("one")
        room.heard("two")


def test_ctrl_l_empties_the_screen(server: Server) -> None:
    """But for the line."""
    with Room(server, "clear") as (person, _):
        person.keys("text\x0c").stands("clear> text|")
        assert person.glass.picture() == "clear> text|"


def test_lines_that_wait_are_not_sent_after_ctrl_c(tmp_path: Path) -> None:
    """A long paste at the allowed pace, stopped."""
    config = "[limits]\nflood_rate = 5\nflood_burst = 5\n"
    with Server(tmp_path, config=config) as slow:
        options = ["127.0.0.1", str(slow.port), "--nick", "ann", "--room", "r"]
        with Terminal(*options) as person:
            person.see("/help lists")
            person.paste("\n".join(map(str, range(300))))
            person.see("Send 300 lines to r as 300 messages, in about 65 s").keys("y")
            person.see("<You> 0\r", r"r \| sending \d+ of 300, Esc stops> ").keys("half \x1b")
            person.see(r"-- Stopped: \d+ of 300 lines were sent\.").stands("r> half |")
            person.keys("\x15").paste("a\n\nb").see("Send 3").keys("y").press("c")
            person.see("-- Stopped: . of 3 lines were sent|<You> b")


# Terminals that can do no more


def test_a_dumb_terminal(server: Server) -> None:
    """It edits and echoes itself; no control sequence at all comes from us."""
    options = ["127.0.0.1", str(server.port), "--room", "dumb"]
    with Terminal(*options, environment={"TERM": "dumb", "NO_COLOR": ""}) as person:
        person.see("Choose a nickname: ").say("dumb1").see("/help lists")
        person.say("hello").see("hello\r\n.*<You> hello\r").say("exit")
        assert person.status() == 0
        assert "Choose a nickname: dumb1\n" in person.glass.everything()
        assert "\x1b" not in person.glass.raw


def test_output_that_is_no_terminal(server: Server, tmp_path: Path) -> None:
    """Questions and lines go there; what is typed stays where it is."""
    output = tmp_path / "output"
    command = f"exec {client_command(server, 'file')} >{output}"
    with server.join("friend", "#file") as friend:
        with Terminal(command=["/bin/sh", "-c", command]) as person:
            friend.wait("JOIN")
            person.say("hello", "exit")
            assert person.status() == 0
        assert friend.wait("PRIVMSG").params[1] == "hello"
    assert re.search(r"^\[.*\] <You> hello$", output.read_text(), re.MULTILINE)
    assert "\x1b" not in output.read_text()


# The terminal is left as it was


def settings(terminal: Terminal) -> list[object]:
    """Those of termios, of the terminal in which the program runs."""
    return termios.tcgetattr(terminal.child.child_fd)


SHELL = ["/bin/sh", "-i"]


def at_a_shell(tmp_path: Path) -> Terminal:
    """A shell with job control, whose prompt is `$ `."""
    shell = Terminal(command=SHELL, environment={"PS1": "$ ", "ENV": "", "HOME": str(tmp_path)})
    return shell.stands("$ |")


def client_command(server: Server, nick: str, program: Path = CLIENT) -> str:
    """How to start a client from a shell."""
    return f"{sys.executable} {program} 127.0.0.1 {server.port} --nick {nick} --room {nick}"


def test_ctrl_z_and_back(server: Server, tmp_path: Path) -> None:
    """The shell has its terminal meanwhile; then the line is where it was, and goes on."""
    with at_a_shell(tmp_path) as shell, server.join("zack", "#zoe") as zack:
        before = settings(shell)
        shell.keys(client_command(server, "zoe") + "\r").see("/help lists").keys("half")
        shell.stands("zoe> half|")
        assert settings(shell) != before
        shell.press("z").see("Stopped").see(r"\$ ")
        shell.keys("echo $((6*7))\r").see("42\r", r"\$ ")
        zack.ask("PRIVMSG #zoe :meanwhile")
        shell.keys("fg\r").stands(f"{NOON} <zack> meanwhile", "zoe> half|")
        shell.keys("way\r").stands(f"{NOON} <You> halfway", "zoe> |")
        shell.keys("exit\r").see(r"\$ ")
        shell.keys("exit\r").see_end()


def test_ctrl_z_while_an_answer_is_hidden(tmp_path: Path) -> None:
    """Also where the terminal edits the line: the shell echoes, and then the answer is hidden."""
    config = '[server]\npassword = "sesame"\n'
    with Server(tmp_path / "server", config=config) as locked, at_a_shell(tmp_path) as shell:
        before = settings(shell)
        shell.keys(f"TERM=dumb {client_command(locked, 'zoe')}\r").see("server's password: ")
        shell.press("z").see("Stopped").see(r"\$ ")
        assert settings(shell) == before
        shell.keys("fg\r").see("server's password: ").keys("sesame\r").see("/help lists")
        shell.keys("exit\r").see(r"\$ ")
        assert "sesame" not in shell.glass.everything()


ENDS = [
    (signal.SIGTERM, 143),
    (signal.SIGINT, 130),
    (signal.SIGHUP, 129),
    (signal.SIGQUIT, 131),
]


@pytest.mark.parametrize(("number", "status"), ENDS)
def test_signals_leave_the_terminal_in_order(
    server: Server, number: signal.Signals, status: int
) -> None:
    """Echo, line mode, wrapping, and no more marked pastes; nothing is left of the input line."""
    with Room(server, f"end{number}") as (person, _):
        person.keys("unfinished").stands(f"end{number}> unfinished|")
        raw = termios.tcgetattr(person.child.child_fd)
        person.child.kill(number)
        if number == signal.SIGQUIT:
            person.see(r"Press Ctrl-\\ again to end the client").stands(f"end{number}> unfinished|")
            person.press("\\")
        person.see("\x1b\\[\\?2004l")
        assert person.status() == status
        last = "the client." if number == signal.SIGQUIT else WELCOME
        assert person.glass.picture().endswith(f"{last}\n|")
        assert not raw[3] & termios.ECHO


CRASH = """\
import sys
from chatroom.client import main
from chatroom.client.ui.chat import Chat
from chatroom.client.terminal.screen import TerminalScreen
def typed(self, text):
    {}
Chat.typed = typed
sys.exit(main.main())
"""


@pytest.mark.parametrize("bug", ["1 / 0", "TerminalScreen.flush = lambda self: 1 / 0"])
def test_a_crash_leaves_the_terminal_in_order(server: Server, tmp_path: Path, bug: str) -> None:
    """A bug shows its traceback in a terminal that works, be it in the screen itself."""
    program = tmp_path / "crash.py"
    program.write_text(CRASH.format(bug))
    with at_a_shell(tmp_path) as shell:
        before = settings(shell)
        shell.keys(client_command(server, "bug", program) + "\r").see("/help lists")
        shell.keys("hello\r").see("ZeroDivisionError", r"\$ ")
        assert settings(shell) == before


def test_a_terminal_that_is_gone(server: Server, tmp_path: Path) -> None:
    """Its window was closed: the client says goodbye to the server, and nothing to nobody."""
    said = tmp_path / "said"
    command = f"exec {client_command(server, 'gone')} 2>{said}"
    with server.join("left", "#gone") as left:
        window = Terminal(command=["/bin/sh", "-c", command])
        window.see("/help lists")
        window.child.ptyproc.fileobj.close()
        left.wait("QUIT")
        _, status = os.waitpid(window.child.pid, 0)
    assert (said.read_text(), os.waitstatus_to_exitcode(status)) == ("", 129)


STUCK = """\
import sys
from chatroom.client.app import signals
from chatroom.client import main
from chatroom.client.ui.chat import Chat
noted = signals.Signals.interrupted
def interrupted(self, number):
    noted(self, number)
    print("noted", flush=True)
def typed(self, text):
    print("stuck", flush=True)
    while True:
        pass
signals.Signals.interrupted, Chat.typed = interrupted, typed
sys.exit(main.main())
"""


def test_a_stuck_client(server: Server, tmp_path: Path) -> None:
    """Ctrl-\\ twice ends even that, and leaves the terminal in order."""
    program = tmp_path / "stuck.py"
    program.write_text(STUCK)
    with at_a_shell(tmp_path) as shell:
        before = settings(shell)
        shell.keys(client_command(server, "stuck", program) + "\r").see("/help lists")
        shell.keys("hello\r").see("stuck\r").press("\\").see("noted").press("\\").see(r"\$ ")
        assert settings(shell) == before
