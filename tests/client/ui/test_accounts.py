"""Accounts in the terminal client: hidden questions, what is sent for them, what is shown."""

import base64

import pytest

from chatroom.client.credentials import Credentials
from chatroom.client.files.privacy import memorable
from chatroom.client.ui.accounts import (
    IN_CLEAR,
    NO_LOGIN,
    NO_REGISTER,
    NOBODY,
    NOT_LOGGED_IN,
    OPER,
)
from chatroom.wire.sasl import encoded
from chatroom.wire.scram import ServerExchange, client_first, derive

from .test_chat import WELCOME, Visit, enter

PASSWORD = "correct horse"
SASL = "sasl=PLAIN,SCRAM-SHA-256"
OPEN = "draft/account-registration=before-connect,custom-account-name"
OURS = f"{SASL} {OPEN}"
IN = ":s 900 alice alice!a@h alice :You are now logged in as alice\n"
OUT = ":s 901 alice alice!a@h :You are now logged out\n"
OWNED = ":s 433 * alice :Nickname belongs to an account; log in to it first\n"


class Guest(Visit):
    """Alice in general, on a server that offers these capabilities. `kept` is what further
    connections would log in with."""

    def __init__(self, offered: str = OURS, person: bool = True, welcome: bool = True) -> None:
        super().__init__("general", person=person)
        self.kept: list[Credentials | None] = []
        self.chat.context.services.keep_login = self.kept.append
        self.server(f":s CAP * LS :{offered}\n:s CAP * ACK :\n")
        if welcome:
            self.server(WELCOME + enter("#general"))

    def said(self, typed: str) -> list[str]:
        """The lines that are sent for it."""
        return self.types(typed).splitlines()

    def says(self) -> str:
        """What was shown since."""
        text, _ = self.out.getvalue(), self.out.seek(0)
        self.out.truncate()
        return text


def challenge(guest: Guest, line: str) -> ServerExchange:
    """The server's answer to the first message of SCRAM."""
    first = client_first(base64.b64decode(line.split()[1]))
    exchange = ServerExchange(first, derive(PASSWORD.encode(), b"salt", 3), "more")
    guest.server(f"AUTHENTICATE {encoded(exchange.challenge)}\n")
    return exchange


def log_in(guest: Guest, typed: str = "/login") -> None:
    """Up to the server's word that it is done."""
    guest.types(typed)
    assert guest.said(PASSWORD) == ["CAP REQ sasl"]
    guest.server(":s CAP alice ACK :sasl\n")
    assert guest.sent.splitlines() == ["AUTHENTICATE SCRAM-SHA-256"]
    guest.server("AUTHENTICATE +\n")
    exchange = challenge(guest, guest.sent)
    signature = exchange.finish(base64.b64decode(guest.sent.split()[1]))
    assert signature is not None
    guest.server(f"AUTHENTICATE {encoded(signature)}\n")
    assert guest.sent == "AUTHENTICATE +\r\n"


def test_register() -> None:
    """The password is asked for twice, sent once, shown and kept for the line history nowhere."""
    guest = Guest()
    guest.says()
    assert guest.said("/register") == []
    assert guest.chat.asking_secret
    assert guest.said(PASSWORD) == []
    assert guest.said(PASSWORD) == [f"REGISTER * * :{PASSWORD}"]
    assert not guest.chat.asking_secret
    guest.server(f":s REGISTER SUCCESS alice :You have an account\n{IN}")
    shown = guest.says()
    assert "A new password, 8 characters or more: \n" in shown
    assert shown.endswith(
        "Repeat it: \n"
        "-- The account alice is yours. Your password logs you in anywhere.\n"
        "-- You are logged in as alice.\n"
    )
    assert PASSWORD not in shown
    assert guest.kept == [Credentials("alice", PASSWORD)]
    assert guest.said("hello") == ["PRIVMSG #general :hello"]


def test_oper() -> None:
    """The password is asked for, sent once, shown and kept for the line history nowhere."""
    guest = Guest()
    guest.says()
    assert guest.said("/oper root") == []
    assert guest.chat.asking_secret
    assert guest.said(PASSWORD) == [f"OPER root :{PASSWORD}"]
    guest.server(":s 381 alice :You are an operator of this server now, class all\n")
    shown = guest.says()
    assert "The password of the operator root: \n" in shown
    assert "You are an operator of this server now, class all.\n" in shown
    assert PASSWORD not in shown
    assert memorable(f"/oper root {PASSWORD}") == ""
    guest.types("/oper root")
    assert guest.said("") == []  # nothing was typed
    guest.says()
    assert guest.said(f"/oper root {PASSWORD}") == []
    assert PASSWORD not in guest.says()


def test_oper_by_the_account() -> None:
    guest = Guest()
    assert guest.said("/oper") == []
    assert OPER in guest.says()
    guest.server(IN)
    assert guest.said("/oper") == ["OPER alice"]


@pytest.mark.parametrize(
    ("typed", "offered", "line"),
    [
        ("/register bertha", OPEN, "REGISTER bertha * :correct horse"),
        ("/register a@an.example", f"{OPEN},email-required",
         "REGISTER * a@an.example :correct horse"),
        ("/register alice a@an.example", "draft/account-registration",
         "REGISTER alice a@an.example :correct horse"),
    ],
)  # fmt: skip
def test_register_with_more(typed: str, offered: str, line: str) -> None:
    guest = Guest(offered)
    guest.types(typed)
    guest.types(PASSWORD)
    assert guest.said(PASSWORD) == [line]


@pytest.mark.parametrize(
    ("typed", "offered", "words"),
    [
        ("/register", SASL, NO_REGISTER),
        ("/register bertha", "draft/account-registration", "has to be called alice"),
        ("/register", "draft/account-registration=email-required", "/register EMAIL"),
        ("/login", OPEN, NO_LOGIN),
        ("/login", "sasl=EXTERNAL", NO_LOGIN),
        ("/logout", OURS, NOT_LOGGED_IN),
        ("/password", OURS, NOT_LOGGED_IN),
    ],
)
def test_what_a_server_does_not_have(typed: str, offered: str, words: str) -> None:
    guest = Guest(offered)
    assert guest.said(typed) == []
    assert words in guest.shown
    assert not guest.chat.asking_secret


@pytest.mark.parametrize("command", ["register", "login", "password"])
def test_a_password_in_the_command(command: str) -> None:
    """It is not shown, not sent, and not remembered."""
    guest = Guest()
    typed = f"/{command} alice {PASSWORD} x"
    assert guest.said(typed) == []
    assert PASSWORD not in guest.shown
    assert f"Type /{command} alone" in guest.shown
    assert memorable(typed) == ""


def test_two_different_passwords_and_none() -> None:
    guest = Guest()
    for answers, words in (
        (["12345678", "12345679", ""], "(Enter alone: stop): \n-- Nothing was changed.\n"),
        ([""], "Nothing was changed.\n"),
        ([" 12345678"], "A password cannot begin or end with a space. Nothing was changed.\n"),
    ):
        guest.types("/register")
        assert [guest.said(each) for each in answers] == [[]] * len(answers)
        assert guest.shown.endswith(words)
        assert not guest.chat.asking_secret
    assert "-- The two passwords are different.\nA new password" in guest.shown


def test_in_the_clear_nothing_is_asked() -> None:
    """Except where SCRAM tells nobody the password."""
    guest = Guest()
    guest.chat.context.secure = False
    assert guest.said("/register") == []
    assert guest.shown.endswith(f"{IN_CLEAR}\n")
    guest.types("/login")
    assert guest.chat.asking_secret
    guest = Guest("sasl=PLAIN")
    guest.chat.context.secure = False
    guest.types("/login")
    assert guest.shown.endswith(f"{IN_CLEAR}\n")
    assert not guest.chat.asking_secret


def test_a_pipe_is_asked_nothing() -> None:
    guest = Guest(person=False)
    guest.types("/login")
    assert not guest.chat.asking_secret
    assert guest.shown.endswith(f"{NOBODY}\n")


def test_log_in_and_out() -> None:
    guest = Guest()
    log_in(guest)
    guest.server(f"{IN}:s 903 alice :SASL authentication successful\n")
    assert guest.shown.endswith("The password of alice: \n-- You are logged in as alice.\n")
    assert guest.kept == [Credentials("alice", PASSWORD)]
    assert guest.said("/logout") == ["PRIVMSG NickServ :LOGOUT"]
    guest.server(f"{OUT}:NickServ!N@s NOTICE alice :You are logged out.\n")
    assert guest.shown.endswith("-- You are logged in as alice.\n-- You are logged out.\n")
    assert guest.kept[-1] is None


def test_a_wrong_password() -> None:
    """What is typed next is the password, and not said; nothing stops that. And then the right one,
    with what is agreed on already."""
    guest = Guest()
    log_in(guest, "/login bertha")
    guest.server(":s 904 alice :SASL authentication failed: wrong\n")
    assert (
        "-- SASL authentication failed: wrong.\nThe password of bertha (Enter alone" in guest.shown
    )
    assert guest.said("wronger") == ["AUTHENTICATE SCRAM-SHA-256"]
    guest.server(":s 904 alice :SASL authentication failed: wrong\n")
    assert guest.chat.asking_secret
    assert guest.said("") == []
    assert not guest.chat.asking_secret
    guest.types("/login")
    assert guest.said(PASSWORD) == ["AUTHENTICATE SCRAM-SHA-256"]
    guest.server(IN)
    assert guest.kept == [Credentials("alice", PASSWORD)]


def test_no_login_without_a_connection() -> None:
    """It says so; it used to take the password and do nothing."""
    guest = Guest()
    guest.chat.lost("gone")
    guest.says()
    guest.types("/login")
    guest.types(PASSWORD)
    assert "There is no connection to the server right now." in guest.says()


def test_plain_where_nobody_else_can_read_it() -> None:
    guest = Guest("sasl=PLAIN")
    guest.types("/login")
    assert guest.said(PASSWORD) == ["CAP REQ sasl"]
    guest.server(":s CAP alice ACK :sasl\n")
    assert guest.sent.splitlines() == ["AUTHENTICATE PLAIN"]
    guest.server("AUTHENTICATE +\n")
    assert base64.b64decode(guest.sent.split()[1]) == f"\0alice\0{PASSWORD}".encode()


@pytest.mark.parametrize(
    ("answer", "shown", "kept"),
    [
        ("Your password was changed.", "Your password was changed.", True),
        (f"The password for alice has been changed to {PASSWORD}.",
         "The password for alice has been changed to ....", True),
        ("Your password was not changed: too weak.", "Your password was not changed: too weak.",
         False),
    ],
)  # fmt: skip
def test_another_password(answer: str, shown: str, kept: bool) -> None:
    """The service's answer is an answer, not a private message."""
    guest = Guest()
    guest.server(IN)
    guest.types("/password")
    guest.types(PASSWORD)
    assert guest.said(PASSWORD) == [f"PRIVMSG NickServ :SET PASSWORD {PASSWORD}"]
    guest.server(f":NickServ!N@s NOTICE alice :{answer}\n")
    assert guest.shown.endswith(f"-- {shown}\n")
    assert guest.kept == ([Credentials("alice", PASSWORD)] if kept else [])
    guest.server(":NickServ!N@s NOTICE alice :More of it.\n")
    assert "NickServ" in guest.shown.splitlines()[-1]


def test_a_registered_nickname() -> None:
    """Its password is asked for; then it is asked for again. An empty one: another nickname."""
    guest = Guest(welcome=False)
    guest.server(OWNED)
    assert guest.shown.endswith(
        "-- The nickname alice belongs to an account.\n"
        "The password of alice (empty: another nickname): "
    )
    assert not guest.chat.awaiting_server
    log_in_first(guest)
    guest.hear(":s 904 * :SASL authentication failed: wrong\n")
    guest.server(OWNED)
    assert guest.shown.endswith("wrong.\nThe password of alice (empty: another nickname): ")
    assert guest.said(PASSWORD) == ["AUTHENTICATE SCRAM-SHA-256"]
    guest.server(":s 900 * *!*@h alice :You are now logged in as alice\n")
    assert "NICK alice\r\n" in guest.sent
    guest.server(":s 903 * :done\n")
    assert guest.sent == "CAP END\r\n"
    guest.server(WELCOME + enter("#general"))
    assert guest.said("hello") == ["PRIVMSG #general :hello"]


def log_in_first(guest: Guest) -> None:
    assert guest.said(PASSWORD) == ["CAP REQ sasl"]
    guest.server(":s CAP * ACK :sasl\n")
    assert guest.sent.splitlines() == ["AUTHENTICATE SCRAM-SHA-256"]


def test_another_nickname_instead() -> None:
    guest = Guest(welcome=False)
    guest.server(OWNED)
    guest.types("")
    assert guest.shown.endswith("another nickname): \nChoose a nickname: ")
    assert "NICK bertha" in guest.types("bertha")


@pytest.mark.parametrize(
    ("offered", "line"), [("", OWNED), (OURS, ":s 433 * alice :Nickname is already in use\n")]
)
def test_a_nickname_that_nobody_can_log_in_to(offered: str, line: str) -> None:
    guest = Guest(offered, welcome=False)
    guest.server(line)
    assert guest.shown.endswith("Choose a nickname: ")


def test_a_lost_connection_ends_the_question() -> None:
    """What is typed then is no password, and the next line is what it always is."""
    guest = Guest()
    guest.types("/login")
    guest.chat.lost("the server closed it")
    assert not guest.chat.asking_secret
    assert guest.chat.away


def test_a_password_stays_one_when_a_key_switches_the_conversation() -> None:
    """It was typed for a conversation that is not the current one any more: nobody is sent it."""
    guest = Guest()
    guest.types("/login")
    here = guest.chat.display.buffers.current
    assert here
    guest.chat.typed_at(here, PASSWORD)
    guest.settle()
    assert guest.sent == "CAP REQ sasl\r\n"
