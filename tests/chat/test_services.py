"""NickServ and ChanServ: doors to the functions for accounts and rooms, for people and programs
that are used to them."""

import pytest

from chat.people import a_world, arrive, hang_up, heard, say, world_of
from chat.test_accounts import PASSWORD, ask, come_in, keeper_of, log_in, newcomer, scene
from chatroom.chat.commands.services import ALIASES
from chatroom.chat.server_operators import recognise
from chatroom.chat.settings import OperatorSettings, TlsSettings
from chatroom.server.doors.greeter import OPENINGS
from chatroom.server.doors.sniff import Caller, sniff


def notices(lines: list[str]) -> list[str]:
    """What NickServ says."""
    return [
        line.partition(" :")[2]
        for line in lines
        if line.startswith(":NickServ!NickServ@chatroom.local NOTICE ")
    ]


def test_nickserv_is_a_door_to_the_same_functions() -> None:
    """What is said to it goes to nobody; habits from other networks work."""
    world = scene()
    session = arrive(world, "alice")

    def tell(text: str) -> list[str]:
        return notices(ask(session, f"PRIVMSG nickserv :{text}"))

    assert tell("REGISTER short") == ["A password has at least 8 characters."]
    assert tell("REGISTER") == ["Usage: REGISTER <password>"]
    assert tell("register longenough mail@example.org") == [
        "You have the account alice now, and are logged in."
    ]
    assert session.user.account == "alice"
    assert tell("INFO") == ["alice is a registered account, here as alice."]
    assert tell("SET PASSWORD even  longer ") == ["Your password was changed."]
    assert keeper_of(session).keys["alice"].accept(b"even  longer")
    assert tell("SET PASSWORD evenlonger") == ["Your password was changed."]
    assert tell("LOGOUT") == ["You are logged out."]
    assert session.user.nick.startswith("Guest")
    assert ask(session, "NICK alice")[0].split()[1] == "433"
    assert tell("IDENTIFY longenough") == [
        "You are not logged in: the account or the password is wrong."
    ]
    assert tell("IDENTIFY evenlonger") == ["You are logged in as alice."]
    assert tell("ghost alice") == ["You are alice from now on."]
    assert session.user.nick == "alice"
    assert len(tell("HELP")) == 10
    assert tell("DROP TABLE") == ["I do not know that command. Say HELP to me."]
    assert ask(session, "NOTICE NickServ :REGISTER longenough") == []
    assert world.log.position == 0


def test_nickserv_takes_no_password_in_the_clear() -> None:
    world = scene("alice")
    world.set_tls(TlsSettings(), True)
    session = arrive(world, "bob")
    (told,) = notices(ask(session, f"PRIVMSG NickServ :IDENTIFY alice {PASSWORD}"))
    assert "only over TLS" in told
    assert session.user.account == ""


def test_a_server_without_accounts_has_no_nickserv() -> None:
    world = a_world()
    session = arrive(world, "bob")
    say(session, "PRIVMSG NickServ :IDENTIFY x y")
    assert notices(heard(session)) == ["There are no accounts on this server."]


WORD = "longenough"


@pytest.mark.parametrize(
    "line",
    [
        f"NICKSERV IDENTIFY alice {WORD}",
        f"ns identify alice {WORD}",
        f"NS :identify alice {WORD}",
        f"IDENTIFY alice {WORD}",
        f"PRIVMSG NickServ@services.example :IDENTIFY alice {WORD}",
        f"PRIVMSG NickServ :GHOST alice {WORD}",
        f"NS RECOVER alice {WORD}",
    ],
)
def test_what_other_clients_send_of_themselves(line: str) -> None:
    """/ns, /nickserv and /identify are commands of the server in many clients, and those with
    GHOST or REGAIN in their autostart give the password there."""
    world = scene()
    alice = arrive(world, "alice")
    ask(alice, f"PRIVMSG NickServ :REGISTER {WORD}")
    hang_up(alice)
    session = arrive(world, "guest")
    assert "You are logged in as alice." in notices(ask(session, line))
    assert session.user.account == "alice"
    if "identify" not in line.lower():
        assert session.user.nick == "alice"
    assert ask(session, "CS INFO #den")[0].startswith(":ChanServ!")


def test_regain_with_a_password() -> None:
    world = scene("alice")
    session = come_in(world, "alice")
    ask(session, f"PRIVMSG NickServ :SET PASSWORD {WORD}")
    guest = arrive(world, "guest")
    assert notices(ask(guest, "NS REGAIN alice wrongwrong")) == [
        "You are not logged in: the account or the password is wrong."
    ]
    assert notices(ask(guest, f"NS REGAIN alice {WORD}")) == [
        "You are logged in as alice.",
        "Another connection of yours uses alice: NICK alice adds this one.",
    ]
    ask(guest, "NICK alice")
    assert guest.user is session.user
    world.set_tls(TlsSettings(), True)
    other = arrive(world, "other")
    assert "only over TLS" in notices(ask(other, f"NS REGAIN alice {WORD}"))[0]


def test_no_connection_begins_with_a_service() -> None:
    """A person may be called CS, and say so before the greeting."""
    for name in ALIASES:
        assert sniff(f"{name}\r\n".encode(), OPENINGS) is Caller.PERSON


@pytest.mark.parametrize(
    "line",
    [
        *("PRIVMSG NickServ :IDENTIFY {} wrong", "PRIVMSG NickServ :REGAIN {} wrong"),
        *("PRIVMSG NickServ :GHOST {} wrong", "NS ID {} wrong"),
    ],
)
def test_a_wrong_name_is_answered_like_a_wrong_password(line: str) -> None:
    """The keeper is asked for both, and the words are the same."""
    session = arrive(scene("alice"), "guest")
    answers = [ask(session, line.format(name)) for name in ("alice", "bobby")]
    assert answers[0] == answers[1] != []
    assert "the account or the password is wrong" in answers[0][0]
    assert keeper_of(session).failures == ["alice", "bobby"]
    newcomers = [newcomer(world_of(session)) for _ in range(2)]
    plain = [log_in(*one, "wrong") for one in zip(newcomers, ("alice", "bobby"), strict=True)]
    assert plain[0] == plain[1] != []
    assert keeper_of(session).failures[2:] == ["alice", "bobby"]


@pytest.mark.parametrize("line", ["NS INFO {}", "NS REGAIN {}", "NS GHOST {}"])
def test_nobody_learns_without_a_password_which_accounts_there_are(line: str) -> None:
    """Only its owner and operators can ask for an account."""
    world = scene("alice", "bob")
    come_in(world, "alice")
    bob, guest = come_in(world, "bob"), arrive(world, "guest")
    for asker in (bob, guest):
        answers = [ask(asker, line.format(name)) for name in ("alice", "nobody")]
        assert answers[0][0].replace("alice", "nobody") == answers[1][0]


def test_an_operator_can_ask_for_any_account() -> None:
    world = scene("alice", "chief")
    world.set_operator_settings(OperatorSettings(accounts=("chief",)))
    come_in(world, "alice")
    chief = come_in(world, "chief")
    recognise(world, chief)
    assert notices(ask(chief, "NS INFO alice")) == ["alice is a registered account, here as alice."]
    assert notices(ask(chief, "NS INFO nobody")) == ["There is no account nobody."]
    assert notices(ask(arrive(world, "guest"), "NS INFO")) == ["You are not logged in."]
