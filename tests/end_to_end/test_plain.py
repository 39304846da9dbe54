"""The plain door: how a person with netcat is led in, and the talk between both doors."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatroom.server.doors.plain.words import NOWHERE
from harness import Client, Server, fresh

GREETING = "Welcome to Chatroom. Choose a nickname:"
CLOCK = r"\[\d\d:\d\d:\d\d\]"


def netcat(server: Server, *flags: str) -> tuple[subprocess.Popen[bytes], Client]:
    """A real nc; the client is its standard input and output."""
    program = shutil.which("nc")
    if program is None:
        pytest.skip("nc is not installed")
    ours, its = socket.socketpair()
    command = [program, *flags, "127.0.0.1", str(server.port)]
    process = subprocess.Popen(command, stdin=its.fileno(), stdout=its.fileno())
    its.close()
    return process, Client(ours)


def test_the_whole_dialogue(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Server(tmp_path_factory.mktemp("dialogue")) as server:
        dave = server.join("dave", "#general")
        carol = server.person("carol")
        others = [server.person(nick, "games") for nick in ("erin", "frank")]
        others.append(server.join("grace", "#general"))
        with server.connect() as alice:
            assert alice.line() == GREETING
            alice.send("alice")
            assert alice.line() == "Rooms: general (3), games (2)"
            assert alice.line() == "Choose a room [general]:"
            alice.send("")
            assert alice.line() == (
                "Welcome to room general! Here: dave, carol, grace. /help lists commands,"
                " exit leaves."
            )
            assert re.fullmatch(
                f"{CLOCK} alice has joined the chat!", carol.read_until("alice")[-1]
            )
            bob = server.join("bob", "#general")
            bob.send("PRIVMSG #general :hello")
            assert re.fullmatch(f"{CLOCK} bob has joined the chat!", str(alice.line()))
            assert re.fullmatch(f"{CLOCK} <bob> hello", str(alice.line()))
            assert alice.hear("hi bob", "/msg carol only for you") == []
            assert re.fullmatch(f"{CLOCK} <alice> hi bob", carol.read_until("<alice>")[-1])
            assert re.fullmatch(f"{CLOCK} <alice -> You> only for you", str(carol.line()))
            bob.wait("PRIVMSG", "#general", "hi bob")
            alice.send("exit")
            assert alice.line() == "Goodbye!"
            assert alice.line() is None
            quit_ = dave.wait("QUIT")
            assert (quit_.nick, quit_.params) == ("alice", ("Quit: ",))
            assert re.fullmatch(rf"{CLOCK} alice has left the chat", str(carol.line()))
        server.end_well()


def test_netcat_waits_for_a_banner(server: Server) -> None:
    process, nc = netcat(server)
    assert nc.line() == GREETING
    nc.send("nelly", "")
    assert nc.read_until("^Welcome to room general!")
    nc.send("exit")
    assert nc.line() == "Goodbye!"
    nc.sock.shutdown(socket.SHUT_WR)
    assert nc.line() is None
    assert process.wait() == 0


@pytest.mark.parametrize("flags", [(), ("-N",), ("-q", "0")])
def test_netcat_with_a_file(server: Server, flags: tuple[str, ...]) -> None:
    """`printf … | nc`: all of it is delivered, whatever nc does at the end of its input."""
    room = fresh("files")
    process, nc = netcat(server, *flags)  # which skips the test where it is not installed
    listener = server.person("listener", room)
    nc.sock.sendall(f"piper\n{room}\nhi\n日本\nexit\n".encode())
    nc.sock.shutdown(socket.SHUT_WR)
    heard = listener.read_until("piper has left the chat")
    assert [line.partition("] ")[2] for line in heard[:-1]] == [
        "piper has joined the chat!",
        "<piper> hi",
        "<piper> 日本",
    ]
    nc.end()
    process.wait()
    listener.send("exit").end()


@pytest.mark.parametrize("last", [b"bye\n", b"bye\r\n", b"bye"])
def test_the_last_words_before_the_end_of_input(server: Server, last: bytes) -> None:
    room = fresh("ends")
    with server.person("ear", room) as ear, server.connect() as speaker:
        speaker.sock.sendall(f"mouth\n{room}\nhi\n".encode() + last)
        speaker.sock.shutdown(socket.SHUT_WR)
        *said, gone = ear.read_until("mouth has left")
        assert [line.partition("> ")[2] for line in said[1:]] == ["hi", "bye"]
        assert gone.endswith("mouth has left the chat (Connection closed)")
        assert speaker.end()[-1] == "Goodbye!"
        ear.send("exit").end()


def test_the_end_of_input_takes_no_room(server: Server) -> None:
    """A line end that never came is not an empty line, which would be an answer."""
    with server.connect() as client:
        client.sock.sendall(b"hasty\n")
        client.sock.shutdown(socket.SHUT_WR)
        assert client.end() == [
            GREETING,
            *server_rooms(client),
            "Choose a room [general]:",
            "Goodbye!",
        ]


def server_rooms(client: Client) -> list[str]:
    return [line for line in client.seen if line.startswith("Rooms: ")]


# Nicknames


def test_a_nickname_is_asked_for_until_it_fits(server: Server) -> None:
    with server.join("Ana", "#names"), server.connect() as client:
        for wrong, why in [
            ("ana", "The nickname ana is already in use."),
            ("ＡＮＡ", "The nickname ANA is already in use."),
            ("", "Type a nickname."),
            ("a b", "You cannot use that nickname: a nickname cannot contain a space."),
            ("a!b", "You cannot use that nickname: a nickname cannot contain '!'."),
            ("you", "You cannot use that nickname: this nickname is reserved."),
            ("n" * 31, "You cannot use that nickname: a nickname has at most 30 characters."),
        ]:
            client.send(wrong)
            if client.seen == []:
                assert client.line() == GREETING
            assert str(client.line()).startswith(why)
            assert client.line() == "Choose a nickname:"
        client.send("  Bea ", "names")
        assert client.read_until("^Welcome to room names! Here: Ana")


@pytest.mark.parametrize("nick", ["Nick", "list", "QUIT"])
def test_after_the_greeting_a_lone_word_is_a_nickname(server: Server, nick: str) -> None:
    with server.connect() as client:
        assert client.line() == GREETING
        client.send(nick)
        assert client.read_until("^Rooms: ")
        assert "Nobody" in client.hear("", "/who")[-1] or "Here:" in client.seen[-2]
        server.wait_for(f"{nick} joined general")


@pytest.mark.parametrize("word", ["exit", "Exit", "/quit", "/EXIT", "/q", "/bye"])
def test_leaving_before_one_has_a_name(server: Server, word: str) -> None:
    with server.connect() as client:
        assert client.send(word).end() == [GREETING, "Goodbye!"]


def test_who_is_greeted_and_says_nothing_is_seen_off(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with Server(tmp_path_factory.mktemp("silence")) as server, server.connect() as silent:
        assert silent.line() == GREETING
        assert server.stop() == 0
        assert silent.end()[1:] == ["Goodbye! (The server is shutting down)"]


# Rooms


def test_a_room_is_asked_for_until_one_can_enter(server: Server) -> None:
    owner = server.join("owner", "#closed", "#locked")
    owner.ask("MODE #closed +b banned!*@*", "MODE #locked +k sesame")
    with server.connect() as client:
        client.send("banned").read_until("^Choose a room")
        question = "Choose a room [general]:"
        for room, why in [
            ("closed", "You cannot join closed: you are banned."),
            ("locked", "You cannot join locked: the key is missing or wrong."),
            ("locked nope", "You cannot join locked: the key is missing or wrong."),
            ("#", "You cannot use that name for a room: "),
            ("a?", "You cannot use that name for a room: a room's name cannot contain '?'."),
        ]:
            client.send(room)
            assert str(client.line()).startswith(why)
            assert client.line() == question
        client.send("locked sesame")
        assert str(client.line()).startswith("Welcome to room locked! Here: owner.")
    owner.close()


@pytest.mark.parametrize("several", ["one,two", "one,#two", "#one,#two", ",", "0,#one"])
def test_one_room_at_a_time(server: Server, several: str) -> None:
    """JOIN would take several; a person is in one."""
    with server.connect() as client:
        client.send("single").read_until("^Choose a room")
        client.send(several)
        assert "one room at a time" in str(client.line())
        assert client.line() == "Choose a room [general]:"
        client.send("here").read_until("^Welcome to room here")
        assert len(client.hear(f"/join {several}")) == 1
        assert client.hear("/who") == ["In here. Nobody else is here yet."]
        (rooms,) = client.hear("/rooms")
        assert "one" not in rooms


def test_commands_work_while_one_chooses(server: Server) -> None:
    with server.connect() as client:
        client.send("chooser").read_until("^Choose a room")
        assert client.hear("/who", "/me waves", "/topic x") == [NOWHERE] * 3
        assert client.hear("//slash") == [f"That was not sent. {NOWHERE}"]
        assert client.hear("/leave")[-1] == "Choose a room [general]:"
        assert client.hear("/nick picker") == ["You are now known as picker."]
        assert client.hear("/join yard")[-1].startswith("Welcome to room yard!")


@pytest.mark.parametrize("word", ["EXIT", "/q"])
def test_leaving_instead_of_choosing_a_room(server: Server, word: str) -> None:
    with server.connect() as client:
        client.send(fresh("hasty")).read_until("^Choose a room")
        assert client.send(word).end()[-1] == "Goodbye!"


def test_a_room_shows_its_topic(server: Server) -> None:
    with server.join("keeper", "#themed") as keeper:
        keeper.ask("TOPIC #themed :All about tea")
        with server.person("guest", "themed") as guest:
            assert guest.line() == "Topic: All about tea"


def test_what_is_typed_after_being_put_out_is_no_rooms_name(server: Server) -> None:
    with server.join("boss", "#office") as boss, server.person("clerk", "office") as clerk:
        boss.ask("KICK #office clerk :too loud")
        assert clerk.line() == "You were kicked from office by boss (too loud)"
        assert clerk.line() == NOWHERE
        for words in ("my secret plan is X", "swordfish", "office sesame", "//slash", "#a,#b"):
            assert clerk.hear(words) == [f"That was not sent. {NOWHERE}"]
        assert clerk.hear("") == [NOWHERE]
        assert {"#my", "#swordfish"}.isdisjoint(one.params[1] for one in boss.ask("LIST")[1:-1])
        assert clerk.hear("/join yard")[0].startswith("Welcome to room yard!")
        assert clerk.hear("/leave")[-1] == "Choose a room [general]:"
        assert clerk.hear("garden")[0].startswith("Welcome to room garden!")  # as was asked


def test_being_put_out_while_one_talks(server: Server) -> None:
    """What comes after the kick never reaches the room, but for the name of one that is there."""
    with server.join("judge", "#court") as judge, server.person("crier", "court") as crier:
        judge.ask()
        judge.ask("KICK #court crier")
        crier.send("court", "back").read_until("^Welcome to room court!")
        assert judge.wait("JOIN").nick == "crier"
        judge.wait("PRIVMSG", "#court", "back")


def test_an_invitation_is_shown_with_what_to_do(server: Server) -> None:
    with server.join("host", "#party") as host, server.person("friend", "street") as friend:
        host.ask("MODE #party +i", "INVITE friend #party")
        assert friend.line() == "host invites you to party: /join party"
        assert friend.hear("/join party")[0].startswith("Welcome to room party! Here: host.")


# Both doors


def test_both_doors_talk_with_each_other(server: Server) -> None:
    irc = server.join("iris", "#mixed")
    with server.person("pat", "mixed") as pat:
        join = irc.wait("JOIN", "#mixed")
        assert join.source.startswith("pat!~pat@")
        irc.send("PRIVMSG #mixed :hello, pat", "PRIVMSG #mixed :\x01ACTION waves\x01")
        irc.send("NOTICE #mixed :a notice", "PRIVMSG pat :a secret", "NOTICE pat :a note")
        irc.ask("PRIVMSG pat :\x01ACTION winks\x01", "PRIVMSG #mixed :\x01VERSION\x01")
        shown = [line.partition("] ")[2] for line in pat.hear()]
        assert shown == [
            "<iris> hello, pat",
            "* iris waves",
            "-iris- a notice",
            "<iris -> You> a secret",
            "-iris -> You- a note",
            "* iris winks (to you)",
        ]
        assert pat.hear("hello, iris", "/me nods", "/msg iris secret too") == []
        irc.wait("PRIVMSG", "#mixed", "hello, iris")
        irc.wait("PRIVMSG", "#mixed", "\x01ACTION nods\x01")
        irc.wait("PRIVMSG", "iris", "secret too")
    irc.close()


def test_what_happens_in_the_room_is_told(server: Server) -> None:
    op, other = server.join("opal", "#events"), server.join("otto", "#events")
    with server.person("pia", "events") as pia:
        op.ask("TOPIC #events :Tea", "TOPIC #events :", "MODE #events +v otto")
        op.ask("KICK #events otto :enough")
        other.ask("JOIN #events", "NICK otis", "PART #events :tired")
        other.send("JOIN #events", "QUIT :so long").end()
        assert [line.partition("] ")[2] for line in pia.hear()] == [
            "opal has changed the topic to: Tea",
            "opal has cleared the topic",
            "opal gave otto a voice",
            "otto was kicked by opal (enough)",
            "otto has joined the chat!",
            "otto is now known as otis",
            "otis has left the chat (tired)",
            "otis has joined the chat!",
            "otis has left the chat (so long)",
        ]
    op.close()


def test_an_irc_client_that_is_slow_to_speak(server: Server) -> None:
    """The greeting decides nothing."""
    with server.connect() as client:
        assert client.line() == GREETING
        client.register("slow")
        assert client.ask("JOIN #slow")[0].command == "JOIN"


def test_an_irc_client_is_not_greeted_as_a_person(server: Server) -> None:
    with server.connect() as client:
        client.register("quick")
        assert GREETING not in client.seen


# A server with a password


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Server]:
    config = "[server]\npassword = 'open sesame'\n"
    with Server(tmp_path, config=config) as server:
        yield server
        server.end_well()


def test_the_password_is_asked_for(guarded: Server) -> None:
    with guarded.connect() as client:
        assert client.line() == "Welcome to Chatroom. This server needs a password. Type it:"
        client.send("open sesame")
        assert client.line() == "Choose a nickname:"
        client.send("ali", "")
        assert client.read_until("^Welcome to room general!")


PASSWORD_QUESTION = "This server needs a password. Type it:"
WRONG_AND_AGAIN = ["The password is wrong.", PASSWORD_QUESTION]


def test_a_wrong_password_is_told_at_once_and_asked_for_again(guarded: Server) -> None:
    with guarded.connect() as client:
        client.send("open", "").read_until("^Welcome to Chatroom")
        assert [client.line() for _ in range(4)] == WRONG_AND_AGAIN * 2
        client.send("open sesame", "mallory", "").read_until("^Welcome to room general!")


def test_passwords_are_not_tried_for_ever(guarded: Server) -> None:
    with guarded.connect() as client:
        client.send("open", "close", "sesame", "open sesame", "mallory")
        assert client.end()[1:] == [
            *WRONG_AND_AGAIN * 2,
            "The password is wrong.",
            "Goodbye! (Password incorrect)",
        ]


@pytest.mark.parametrize("word", ["exit", "EXIT", "/quit", "/bye"])
def test_leaving_instead_of_the_password(guarded: Server, word: str) -> None:
    with guarded.connect() as client:
        client.send(word)
        assert client.end() == [f"Welcome to Chatroom. {PASSWORD_QUESTION}", "Goodbye!"]
