"""`chatroom-client send`: the exit status tells whether the server has taken what was said."""

import re
import signal
import sys
from pathlib import Path

import pytest

from chatroom.client.protocol.session import WINDOW_LINES
from end_to_end.scripts import Running, command, finish, run
from harness import CLIENT, PATIENCE, Client, Server, fresh


def heard(client: Client) -> list[str]:
    """What the first one who comes says, until they leave."""
    said = [line.partition(" PRIVMSG ")[2] for line in client.read_until(" QUIT ")]
    return [text.partition(" :")[2] for text in filter(None, said)]


def test_a_text(server: Server) -> None:
    """The issue's own example: nothing is printed, for nothing is wrong."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        done = run(server, "send", "--room", room, "deploy finished")
        assert heard(alice) == ["deploy finished"]
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_words_and_a_text_like_an_option(server: Server) -> None:
    """As `echo` takes them; what stands behind `--` is text."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        assert run(server, "send", "--room", room, "deploy", "finished").returncode == 0
        assert run(server, "send", "--room", room, "--", "--json").returncode == 0
        assert heard(alice) == ["deploy finished"]
        assert heard(alice) == ["--json"]


def test_standard_input(server: Server) -> None:
    """Each line is a message; those that are blank are left out."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        done = run(server, "send", "--room", room, text="\ufeffone\r\n\n \t\n/two\nlast")
        assert heard(alice) == ["one", "/two", "last"]
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_not_utf_8_is_refused(server: Server) -> None:
    """Rather than changed: the sentence has the line, the byte, and what to do."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        latin = run(server, "send", "--room", room, text=b"one\ncaf\xe9\nlast\n")
        utf_16 = run(server, "send", "--room", room, text="two\n".encode("utf-16"))
        bare = run(server, "send", "--room", room, text="two\n".encode("utf-16-be"))
        assert heard(alice) == ["one"]
    assert latin.stderr == (
        "chatroom-client: Line 2 of standard input is not UTF-8: it contains the byte 0xE9. "
        "Convert it first, for example with iconv -f LATIN1 -t UTF-8. "
        "The server has confirmed 1 of 1 message.\n"
    )
    assert "Line 1 of standard input" in utf_16.stderr
    assert "0xFF" in utf_16.stderr or "0x00" in utf_16.stderr
    assert "0x00" in bare.stderr
    for done in (utf_16, bare):
        assert done.stderr.endswith("iconv -f UTF-16 -t UTF-8.\n")  # nothing was sent: no count
    assert (latin.returncode, utf_16.returncode, bare.returncode) == (1, 1, 1)


@pytest.mark.parametrize("text", ["", "  \t", "\x02\x0304\x01", "\u200b"])
def test_nothing_to_say(server: Server, text: str) -> None:
    """An empty variable in a script is not taken for its standard input."""
    done = run(server, "send", "--room", "ops", text, text="wrong\n")
    assert done.stderr == ("chatroom-client: There is nothing to send: the text is empty.\n")
    assert done.returncode == 1


def test_a_file_and_nothing(server: Server, tmp_path: Path) -> None:
    """epoll refuses files and /dev/null."""
    (tmp_path / "lines").write_text("one\ntwo\n")
    for source, expected in (("lines", ["one", "two"]), ("/dev/null", [])):
        room = fresh("ops")
        with server.join("alice", f"#{room}") as alice, (tmp_path / source).open("rb") as stdin:
            words = " ".join(f"'{word}'" for word in command(server, "send", "--room", room))
            done = finish(["sh", "-c", f"{words} < {stdin.name}"])
            assert heard(alice) == expected
        assert done.returncode == 0


def test_many_lines_at_the_allowed_pace(tmp_path: Path) -> None:
    """A server that slows us down is waited for, and every line arrives."""
    lines = [f"line {number}" for number in range(60)]
    config = "[limits]\nflood_burst = 5\nflood_rate = 60\n"
    with Server(tmp_path, config=config) as server, server.join("alice", "#ops") as alice:
        done = run(server, "send", "--room", "ops", text="\n".join(lines))
        assert heard(alice) == lines
    assert (done.returncode, done.stderr) == (0, "")


def test_a_long_line_is_split(server: Server) -> None:
    """Between words; together the pieces are the line."""
    room = fresh("ops")
    text = "wörter " * 200
    with server.join("alice", f"#{room}") as alice:
        assert run(server, "send", "--room", room, text).returncode == 0
        pieces = heard(alice)
    assert "".join(pieces) == text.rstrip()
    assert len(pieces) > 2


def test_a_person_and_several_rooms(server: Server) -> None:
    """--to and --room, either of them more than once."""
    one, two = fresh("one"), fresh("two")
    with server.join("alice", f"#{one}", f"#{two}") as alice:
        assert run(server, "send", "--room", one, "--room", f"#{two}", "hi").returncode == 0
        lines = alice.read_until(" QUIT ")
        assert [line.split()[2] for line in lines if "PRIVMSG" in line] == [f"#{one}", f"#{two}"]
        assert run(server, "send", "--to", "ALICE", "psst").returncode == 0
        assert alice.wait("PRIVMSG").params == ("alice", "psst")


def test_a_room_that_takes_messages_from_outside(server: Server) -> None:
    """Without `n` nobody is told of a coming and a going; with `m` beside it that would not do."""
    room = fresh("ops")
    with server.join("alice", f"#{room}") as alice:
        alice.ask(f"MODE #{room} -n")
        assert run(server, "send", "--room", room, "one").returncode == 0
        assert run(server, "send", "--room", room, text="two\nthree\n").returncode == 0
        lines = alice.ask(f"MODE #{room} +m")
        said = [line.params[-1] for line in lines if line.command in ("JOIN", "PRIVMSG", "QUIT")]
        assert said == ["one", "two", "three"]
        assert run(server, "send", "--room", room, "four").returncode == 1
        assert alice.wait("JOIN").nick == "script"


def test_a_refused_message(server: Server) -> None:
    """One sentence on standard error, and how far it got; the status is 1."""
    room = fresh("quiet")
    with server.join("alice", f"#{room}") as alice:
        alice.ask(f"MODE #{room} +m")
        done = run(server, "send", "--room", room, "hi")
    assert done.returncode == 1
    assert done.stderr.startswith(f"chatroom-client: You cannot speak in {room}: ")
    assert done.stderr.endswith("The server has confirmed 0 of 1 message.\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("to", [("--to", "nobody1"), ("--room", "a,b")])
def test_what_is_not_there(server: Server, to: tuple[str, str]) -> None:
    """Nobody of that name, and no room that could be."""
    done = run(server, "send", *to, "hi")
    assert done.returncode == 1
    assert done.stderr.startswith("chatroom-client: ")


def test_a_room_that_does_not_let_us_in(server: Server) -> None:
    """The server's reason, in words."""
    room = fresh("key")
    with server.join("alice", f"#{room}") as alice:
        alice.ask(f"MODE #{room} +k secret")
        done = run(server, "send", "--room", room, "hi")
    expected = f"You cannot join {room}: the key is missing or wrong."
    assert (done.returncode, done.stderr) == (1, f"chatroom-client: {expected}\n")


def test_a_nickname_that_is_taken(server: Server) -> None:
    """The next one, with a number in the place of its end."""
    room, nick = fresh("ops"), f"{fresh('deployment')}-bot"
    with server.join("alice", f"#{room}") as alice, server.join(nick) as _:
        assert run(server, "send", "--room", room, "hi", nick=nick).returncode == 0
        assert alice.wait("PRIVMSG").nick == f"{nick[:-1]}1"


def test_a_nickname_that_cannot_be(server: Server) -> None:
    """No number would help."""
    done = run(server, "send", "--room", "ops", "hi", nick="a b")
    assert done.returncode == 1
    assert done.stderr.startswith("chatroom-client: You cannot use that nickname")


def test_no_server(tmp_path: Path) -> None:
    """As the client says it."""
    where = f"unix:{tmp_path / 'nothing'}"
    words = ["send", "--server", where, "--room", "ops", "hi"]
    done = finish([sys.executable, str(CLIENT), *words])
    assert done.returncode == 1
    assert done.stderr.startswith(f"chatroom-client: Cannot connect to {where}: no such file")


def test_a_server_that_dies_midway(tmp_path: Path) -> None:
    """How many messages it has taken, and status 1. The first window has a MODE and a JOIN, too,
    and the next one begins behind a PONG."""
    with (
        Server(tmp_path) as server,
        server.join("alice", "#ops") as alice,
        Running(server, "send", "--room", "ops") as child,
    ):
        child.say(*map(str, range(1, WINDOW_LINES + 2)))
        alice.wait("PRIVMSG", "#ops", str(WINDOW_LINES + 1))
        server.send_signal(signal.SIGKILL)
        child.process.wait(PATIENCE)  # while there could be more to say
        status, _, errors = child.end()
        server.stop()
    assert status == 1
    assert errors.startswith("chatroom-client: The connection is lost: ")
    most = WINDOW_LINES + 1
    found = re.search(rf" has confirmed (\d+) of {most} messages\.$", errors)
    assert found
    assert WINDOW_LINES - 2 <= int(found[1]) <= most


def test_a_password(tmp_path: Path) -> None:
    """--password-file, right and wrong."""
    for name in ("right", "wrong"):
        (tmp_path / name).write_text(f"{name}\n")
    with Server(tmp_path, config='[server]\npassword = "right"\n') as server:
        words = ("send", "--room", "ops", "hi", "--password-file")
        assert run(server, *words, str(tmp_path / "right")).returncode == 0
        done = run(server, *words, str(tmp_path / "wrong"))
        assert done.returncode == 1
        assert done.stderr == "chatroom-client: The password is wrong.\n"
        done = run(server, *words[:-1])
        assert done.returncode == 1
        assert done.stderr.startswith("chatroom-client: This server wants a password. See --pass")
        done = run(server, *words, str(tmp_path / "none"))
        assert done.stderr == f"chatroom-client: {tmp_path / 'none'}: No such file or directory\n"


def test_a_profile(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its server and nickname: of the one that is named, or of the default one."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "chatroom").mkdir()
    file, room = tmp_path / "chatroom" / "client.toml", fresh("ops")
    file.write_text(
        f'[profiles.work]\naddress = "127.0.0.1:{server.port}"\nnick = "deploy"\n'
        f'[profiles.home]\naddress = "unix:{tmp_path / "nothing"}"\n'
    )
    send = [sys.executable, str(CLIENT), "send", "--room", room, "hi"]
    with server.join("alice", f"#{room}") as alice:
        assert finish([*send, "--profile", "work"]).returncode == 0
        assert alice.wait("PRIVMSG").nick == "deploy"
        assert "nothing: no such file" in finish([*send, "--profile", "home"]).stderr
        done = finish([*send, "--profile", "none"])
        expected = "chatroom-client: There is no profile none; known: work, home\n"
        assert (done.returncode, done.stderr) == (1, expected)
        file.write_text(f'default = "work"\n{file.read_text()}')
        assert finish(send).returncode == 0
        file.write_text("nonsense = 1\nrubbish = 2\n")
        done = finish(send)
        assert done.returncode == 1
        assert [line.startswith("chatroom-client: ") for line in done.stderr.splitlines()] == [
            True
        ] * 2


@pytest.mark.parametrize(
    "words",
    [
        ["send", "hi"],
        ["send", "--room", "a", "--to", "b", "hi"],
        ["send", "--room", "a\nb", "hi"],
        ["send", "--room", "ops", "--server", "localhost:99999", "hi"],
        ["send", "--rom", "ops"],
    ],
)
def test_wrong_usage(words: list[str]) -> None:
    """Status 2, and a line that says why."""
    done = finish([sys.executable, str(CLIENT), *words])
    assert done.returncode == 2
    assert "chatroom-client" in done.stderr


def test_ctrl_c(server: Server) -> None:
    """130, quietly."""
    room = fresh("ops")
    with (
        server.join("alice", f"#{room}") as alice,
        Running(server, "send", "--room", room) as child,
    ):
        alice.wait("JOIN", f"#{room}")
        child.say("hello")
        alice.wait("PRIVMSG")
        assert child.end(signal.SIGINT) == (130, "", "")
