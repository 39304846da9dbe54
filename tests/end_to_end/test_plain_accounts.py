"""Accounts at the plain door: questions for passwords, which nobody else sees."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Client, Server, fresh

CONFIG = "[limits]\nflood_rate = 0\n[accounts]\nrounds = 1000\n[log]\nverbose = true\n"
PASSWORD = "tr0ub4dor ünd 3"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server"), config=CONFIG) as server:
        yield server
        assert not [line for line in server.log if PASSWORD in line]
        server.end_well()
        for file in filter(Path.is_file, (server.directory / "data").rglob("*")):
            assert PASSWORD.encode() not in file.read_bytes()


def registered(server: Server, nick: str) -> Client:
    person = server.person(nick)
    person.send("/register").read_until("^A new password for the account")
    person.send(PASSWORD).read_until("^Repeat it:")
    person.send(PASSWORD).read_until("You are logged in as")
    return person


def test_register_and_come_back(server: Server) -> None:
    """The password is neither talk nor a command, and the nickname is asked for by it."""
    nick = fresh("anna")
    listener = server.join(fresh("bob"), "#general")
    person = registered(server, nick)
    person.send("/register").read_until(f"You are logged in as {nick} already")
    person.send("exit").end()
    heard = [one.params for one in listener.ask("WHO #nobody") if one.command == "PRIVMSG"]
    assert heard == []
    again = server.connect().send(nick)
    again.read_until(f"{nick} has an account. Type its password")
    for _ in range(2):  # the next line is a password, too, and not the nickname
        again.send("wrong").read_until(
            "That was not accepted: .* Type the password again, or press Enter alone"
        )
    again.send("wrong").read_until("That was not accepted: the account or the password is wrong")
    again.read_until("Choose a nickname:")
    again.send(nick).read_until("Type its password")
    again.send("").read_until("Choose a nickname:")
    again.send(nick.upper(), PASSWORD).read_until(f"You are logged in as {nick}")
    again.send("").read_until("Welcome to room general")
    assert again.hear("/password no") == [
        "Type /password alone: the server then asks for the password, so that it is not"
        " in a command."
    ]
    again.send("/password").read_until("A new password")
    again.send("12345678").read_until("Repeat it")
    again.send("12345679").read_until("The two passwords are different. Press Enter alone to stop")
    again.read_until("A new password")
    again.send("short").read_until("That password is too short. Press Enter alone to stop")
    again.read_until("A new password")
    again.send("12345678").read_until("Repeat it")
    assert again.hear("12345679") == ["The two passwords are different. Nothing was changed."]
    again.send("/password", "87654321", "87654321").read_until("Your password was changed")
    again.send("/logout").read_until("You are logged out")
    again.read_until("The nickname .* belongs to an account")
    again.send("/login", "876543210").read_until(
        "Type the password again, or press Enter alone to stop"
    )
    again.send("87654321").read_until("You are logged in as")


def test_what_is_typed_after_a_login_is_said_by_whoever_logged_in(server: Server) -> None:
    """However fast it comes."""
    nick = fresh("carla")
    registered(server, nick).close()
    listener = server.join(fresh("bob"), "#general", caps="account-tag")
    person = server.person(fresh("guest"))
    listener.wait("JOIN")
    person.send(f"/login {nick}", PASSWORD, "it is me")
    line = listener.read_until("it is me")[-1]
    assert line.startswith(f"@account={nick} ")


def test_a_room_of_one_s_own(server: Server) -> None:
    """It stays when it is empty, and whoever comes then is not in charge of it."""
    nick, room = fresh("emma"), fresh("den")
    person = registered(server, nick)
    assert person.hear("/register-room")[0].startswith("general is permanent")
    person.send(f"/join {room}").read_until("Welcome to room")
    assert person.hear("/drop-room") == [f"{room} belongs to no account."]
    assert person.hear("/register-room")[-2:] == [
        "You are an owner here.",
        f"{room} belongs to your account now. The ranks that you give here are kept.",
    ]
    assert person.hear("/accept-room") == [f"{room} belongs to your account already."]
    person.send("/leave").read_until("Choose a room")
    other = fresh("bob")
    listener = server.join(other, f"#{room}")
    assert listener.ask(f"NAMES #{room}")[0].params[-1] == other
    welcome, ranks = person.hear(room)
    assert welcome.startswith("Welcome to room")
    assert ranks == "You are an owner here."
    assert listener.wait("MODE").params == (f"#{room}", "+q", nick)
    person.hear("/logout")
    person.send("/login " + nick, PASSWORD).read_until("You are logged in")
    assert "You are an owner here." in person.hear("/who")
    assert person.hear("/drop-room") == [f"{room} belongs to nobody any more."]


def test_telnet_shows_no_password(server: Server) -> None:
    """RFC 857: WILL ECHO hides it, WONT ECHO shows what follows; the program's answer is none of
    ours to refuse. Only a telnet that has negotiated is told so."""
    person = server.person(fresh("dora"))
    person.sock.sendall(b"\xff\xfb\x1f")  # WILL NAWS
    person.send("/register")
    data = b""
    while not data.endswith(b"\xff\xfb\x01"):
        data += person.sock.recv(100)
    assert b"\xff\xfe\x1f" in data  # DONT NAWS
    assert b"(your terminal may show it)" not in data
    person.sock.sendall(b"\xff\xfd\x01\r\n")  # DO ECHO, and nothing typed
    data = b""
    while not data.endswith(b"changed.\r\n"):
        data += person.sock.recv(100)
    assert data == b"\xff\xfc\x01\r\nNothing was changed.\r\n"


def test_tokens_are_listed(server: Server) -> None:
    """In steps, of which the next command waits for the last."""
    person = registered(server, fresh("tom"))
    person.send("/token list").read_until("has no tokens")
    for number in range(12):
        person.send(f"/token create t{number} general read").read_until(r"chatroom_\S{43}$")
    person.send("/token list", "/token revoke t11")
    listed = person.read_until("The token t11 is revoked")
    assert sum(": read only, general, made " in line for line in listed) == 12
    person.send("exit").end()
