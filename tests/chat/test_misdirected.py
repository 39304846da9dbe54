"""Passwords that are typed into the wrong place."""

import pytest

from chat.people import a_world, arrive, heard, say
from chat.test_accounts import ask, come_in, keeper_of, scene

NOT_SENT = "LOOKS_LIKE_PASSWORD"


@pytest.mark.parametrize(
    "text",
    [
        " /msg NickServ identify hunter2",
        "/msg nickserv@services.example REGISTER hunter2",
        "msg NickServ :IDENTIFY hunter2",
        "/quote NickServ identify alice hunter2",
        "/quote PRIVMSG NickServ :identify hunter2",
        "/ns id hunter2",
        "nickserv: identify hunter2",
        "NickServ SET PASSWORD hunter2",
        " /login alice hunter2",
        "/identify hunter2",
        "/oper alice hunter2",
        "\t/pass hunter2",
        "/quote pass hunter2",
        "/mgs NickServ identify hunter2",
        "/raw REGISTER * * hunter2",
        "/ msg nickserv identify hunter2",
        "//msg nickserv identify hunter2",
        "\\msg nickserv identify hunter2",
        "./msg nickserv identify hunter2",
        "nickserv, identify hunter2",
        "@NickServ ident hunter2",
        ".ns identify hunter2",
        "/squery nickserv identfy hunter2",
        "/msg authserv auth alice hunter2",
        "/msg Q@CServe.example auth alice hunter2",
        "/msg NickServ set passwd hunter2",
        "\x02\x0304/msg nickserv identify hunter2",
        "\ufeff/oper root hunter2",
        "\u200b\u00a0/login hunter2",
        " /connect chat.example 6697 hunter2",
        " /server add -auto -tls_pass hunter2 chat.example",
        " /set irc.server.home.sasl_password hunter2",
        "identify hunter22",
        "IDENTIFY alice correct-horse",
        "register hunter2 alice@example.org",
    ],
)
def test_a_password_that_is_typed_as_talk_reaches_nobody(text: str) -> None:
    """Neither a room and its history, nor a person."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    for person in (alice, bob):
        say(person, "JOIN #den")
    for person in (alice, bob):
        heard(person)
    say(alice, f"PRIVMSG #den :{text}", f"PRIVMSG bob :{text}", f"NOTICE #den :{text}")
    assert [line.split()[1:5] for line in heard(alice)] == [
        ["FAIL", "PRIVMSG", NOT_SENT, "#den"],
        ["FAIL", "PRIVMSG", NOT_SENT, "bob"],
    ]
    assert heard(bob) == []


@pytest.mark.parametrize(
    "text",
    [
        "nickserv is down",
        "to log in, type /msg NickServ identify PASSWORD",
        "/identify",
        "/msg bob identify yourself",
        "no, my password is in the safe",
        "/etc/passwd is world-readable",
        "/server is down again today",
        "nickserv authentication is down",
        "identify yourself, please",
        "identify yourself, stranger",
        "identify yourself!",
        "register tomorrow at 10:00",
        "really",
        "...ns",
        "@nickserv",
        " ",
    ],
)
def test_talk_about_it_is_passed_on(text: str) -> None:
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    say(alice, f"PRIVMSG bob :{text}")
    assert heard(bob)[0].endswith(f"PRIVMSG bob :{text}")


@pytest.mark.parametrize("target", ["NickServ", "nickserv@services.example", "NICKSERV@"])
def test_nickserv_with_a_host_is_nickserv(target: str) -> None:
    alice = arrive(a_world(), "alice")
    say(alice, f"PRIVMSG {target} :IDENTIFY hunter2")
    assert heard(alice)[0].startswith(":NickServ!")


@pytest.mark.parametrize("target", ["NickServer", "Nick@Serv", "NickSer"])
def test_other_names_are_not(target: str) -> None:
    alice = arrive(a_world(), "alice")
    say(alice, f"PRIVMSG {target} :IDENTIFY hunter2")
    assert heard(alice)[0].split()[1] == "401"


@pytest.mark.parametrize(
    "text",
    [
        "REGISTER correct-horse battery",
        "REGISTER correct-horse battery@staple more",
        "IDENTIFY alice correct horse",
    ],
)
def test_nickserv_does_not_cut_a_password_at_its_first_space(text: str) -> None:
    """Nobody would know then what their password is."""
    alice = come_in(scene("alice"), "alice")
    (told,) = ask(alice, f"PRIVMSG NickServ :{text}")
    assert ":I cannot take a password with spaces" in told
    assert not keeper_of(alice).waiting


def test_a_service_is_told_something_alone() -> None:
    """`PRIVMSG #den,NickServ :identify hunter2` would say it in the room."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    for command in ("PRIVMSG #den,NickServ", "PRIVMSG bob,nickserv@x", "PRIVMSG ChanServ,NickServ"):
        say(alice, f"{command} :identify hunter2")
        assert heard(alice)[0].split()[1:4] == ["FAIL", "PRIVMSG", NOT_SENT]
    assert heard(bob) == []
    say(alice, "PRIVMSG ,NickServ, :identify hunter2")
    assert heard(alice)[0].startswith(":NickServ!")
