"""Half-typed lines, pastes and reports of the terminal: what is typed goes where it was meant."""

import socket

from end_to_end.terminal import Terminal
from end_to_end.test_client_terminal import enter
from harness import Client, Server


def two_rooms(server: Server, nick: str) -> tuple[Client, Terminal]:
    """Somebody who is an operator of two rooms, and a person who is in both, and in the second."""
    boss = server.join(f"{nick}2", f"#{nick}tea", f"#{nick}cake")
    ann = enter(server, nick, f"{nick}tea")
    ann.say(f"/join {nick}cake").see(f"Welcome to room {nick}cake!", f"{nick}cake> ")
    return boss, ann


def test_a_line_stays_in_its_conversation(server: Server) -> None:
    """Alt-1 shows the other one's line; a private message and a kick lead nowhere; in the room that
    one is not in any more nothing is said, and nothing lost."""
    boss, ann = two_rooms(server, "ann")
    with boss, ann:
        ann.keys("sweet\x1b[D\x1b1").stands("-- You are in anntea now.", "anntea> |")
        ann.keys("hot").stands("anntea> hot|").keys("\x1b2").stands("anncake> swee|t")
        boss.ask("PRIVMSG ann :psst", "KICK #anncake ann :out")
        ann.stands("anncake (left)> swee|t")
        ann.keys("\r").see("-- You are not in anncake. Type /join anncake to enter it.")
        ann.stands("anncake (left)> sweet|")
        ann.keys("/join anncake\r").see("Welcome to room anncake!")
        ann.stands("anncake | ann2:1!> sweet|").keys("\r").see("<You> sweet")
        assert boss.wait("PRIVMSG").params == ("#anncake", "sweet")
        ann.keys("\x1b1").stands("-- You are in anntea now.", "anntea | ann2:1!> hot|")
        ann.keys("\r").see("<You> hot")
        assert boss.wait("PRIVMSG").params == ("#anntea", "hot")


def test_a_paste_that_the_terminal_does_not_mark(server: Server) -> None:
    """Several lines in one piece are asked about, and are text; typed lines are lines. Commands of
    which nobody else notices anything are carried out. The lines are one message (draft/multiline);
    boss does not know such messages and gets them line by line, without the blank one."""
    boss, bea = two_rooms(server, "bea")
    with boss, bea:
        bea.keys("/quit now\r\r  exit\rx\r").see("Send 4 lines to beacake as one message. .y/n/e. ")
        bea.keys("y").see("<You> /quit now", "   exit", "  x").stands("beacake> |")
        said = [boss.wait("PRIVMSG").params[1] for _ in range(3)]
        assert said == ["/quit now", "  exit", "x"]
        bea.say("/switch beatea", "one", "two").see("<You> one", "<You> two")
        assert [boss.wait("PRIVMSG").params[0] for _ in range(2)] == ["#beatea"] * 2
        bea.keys("/switch beacake\r/whois boss\r").see("You are in beacake now")
        bea.stands("beacake> |")


REPORTS = (
    "\x1b[1;2R\x1b[?62;4c\x1b[>41;354;0c\x1b]11;rgb:0000/2b2b/3636\x1b\\"
    "\x1b[I\x1b[O\x1b[<0;3;4M\x1b[M !!"
    "\x1b[1;2<R\x1b[97;5u\x1bP1$r0m\x1b\\\x1b]4;1;rgb:dc/32/2f\a\x9b?1;2c\x1b_Gi=1;OK\x1b\\\x1b[;R"
)


def test_what_a_terminal_says_by_itself(server: Server) -> None:
    """It neither ends the client nor becomes text; nor does half of it."""
    boss, cat = two_rooms(server, "cat")
    with boss, cat:
        cat.keys(f"he{REPORTS}llo").stands("catcake> hello|")
        cat.keys("\x1b]11;rgb:00\r").see("<You> hello").keys("\x1b[<0;3").keys("\r")
        cat.keys("again").stands("catcake> again|")
        assert boss.wait("PRIVMSG").params == ("#catcake", "hello")


class Peer:
    """A server in our hands: the other end of a connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lines = sock.makefile("rb")

    def until(self, begin: str) -> None:
        """Read up to a line that begins so; questions are answered."""
        for line in self._lines:
            if line.startswith(b"PING "):
                self.say("PONG s " + line.decode().partition(" ")[2].strip())
            if line.startswith(begin.encode()):
                return
        raise AssertionError(f"no {begin}")

    def say(self, *lines: str) -> None:
        """These, with the server's name in front."""
        self._sock.sendall("".join(f":s {line}\r\n" for line in lines).encode())


def test_what_is_typed_ahead_is_no_password() -> None:
    """Neither a line that was entered before the question, nor a half-typed one: both are kept."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with Terminal("127.0.0.1", str(port), "--nick", "al", "--room", "x") as al:
            first, _ = listening.accept()
            with first:
                peer = Peer(first)
                peer.until("USER")
                al.keys("hello").stands("> hello|").keys("\r").stands("> |")
                al.keys("half").stands("> half|")
                peer.say("CAP * LS :", "464 * :Password incorrect")
                al.stands("The server's password: |").keys("sesame\r")
                second, _ = listening.accept()
            with second:
                peer = Peer(second)
                peer.until("PASS sesame")
                peer.say("CAP * LS :", "001 al :Hi", "422 al :None")
                peer.until("JOIN #x")
                second.sendall(b":al!a@h JOIN #x\r\n")
                peer.say("353 al = #x :al", "366 al #x :End")
                peer.until("PRIVMSG #x :hello")
                al.see("<You> hello").stands("x> half|")
