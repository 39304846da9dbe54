"""The plain door's slash commands: each, its refusals, and what they show."""

import re
from collections.abc import Iterator

import pytest

from harness import Client, Server

COMMANDS = (
    "help", "rooms", "join", "leave", "who", "nick", "msg", "me", "reply", "react", "history",
    "search", "topic", "invite", "away", "back", "ignore", "unignore", "set", "login",
    "quit",
)  # fmt: skip
MODERATE = (
    "kick", "ban", "unban", "mute", "unmute", "bans", "invites", "voice", "devoice", "op", "halfop",
    "admin", "owner", "deop", "dehalfop", "deadmin", "deowner", "register-room", "drop-room",
    "audit", "rename-room", "redact", "mode",
)  # fmt: skip

CONFIG = "[limits]\nflood_rate = 0\n[history]\nreplay = 0\n"
"""The tests share a room, and what was said in it is another file's subject."""


@pytest.fixture
def bob(server: Server) -> Iterator[Client]:
    """An IRC client in #den, and its operator."""
    with server.join("bob", "#den") as client:
        yield client
        client.send("QUIT").end()


@pytest.fixture
def alice(server: Server, bob: Client) -> Iterator[Client]:
    """A person in den."""
    with server.person("alice", "den") as client:
        bob.ask()
        yield client
        client.send("exit").end()


def test_help_lists_every_command(alice: Client) -> None:
    shown = alice.hear("/help")
    names = [f"/{name}" for name in COMMANDS]
    assert [line.split()[0] for line in shown] == [*names, "/help", "exit"]
    moderate = alice.hear("/help moderate")
    assert [line.split()[0] for line in moderate] == [f"/{name}" for name in MODERATE]
    assert len(moderate) < 24
    assert max(map(len, moderate)) < 80
    assert alice.hear("/HELP") == shown
    assert len(shown) < 24
    assert max(map(len, shown)) < 80


@pytest.mark.parametrize("name", [*COMMANDS, *MODERATE])
def test_help_on_one_command(alice: Client, name: str) -> None:
    """Its line of the list, and perhaps more."""
    shown = alice.hear(f"/help {name}")
    first = re.sub(r" \(also [^)]+\)$", "", shown[0])
    assert re.sub(" {2,}", "  ", first) in [
        re.sub(" {2,}", "  ", line) for line in alice.hear("/help", "/help moderate")
    ]
    assert alice.hear(f"/help /{name.upper()}") == shown
    assert max(map(len, shown)) < 80


def test_help_on_others(alice: Client) -> None:
    assert "  /search tea from:bob     what bob said about tea" in alice.hear("/help search")
    (quitting,) = alice.hear("/help quit")
    assert quitting.endswith("leave the chat (also /exit, /q, /bye, /disconnect)")
    assert alice.hear("/help reply")[0].endswith(" (also /r)")
    assert "also" not in "".join(alice.hear("/help set"))
    assert alice.hear("/help away")[0].endswith("and why; without TEXT: back")
    assert alice.hear("/help bye") == alice.hear("/help quit")
    assert alice.hear("/help hlep") == ["There is no command /hlep. Did you mean /help?"]


def test_rooms(server: Server, alice: Client) -> None:
    secret = server.join("sam", "#cellar", "#attic", "#den")
    secret.ask("MODE #cellar +s")
    alice.hear()
    assert alice.hear("/rooms") == ["Rooms: den (3), attic (1), general (0)"]
    secret.send("QUIT").end()


def test_join_leaves_the_room_one_was_in(bob: Client, alice: Client) -> None:
    assert alice.hear("/join shed") == [
        "Welcome to room shed! Nobody else is here yet. /help lists commands, exit leaves."
    ]
    assert bob.wait("PART", "#den").nick == "alice"
    assert alice.hear("/join den", "/join DEN")[-1].startswith("Welcome to room den! Here: bob.")
    assert bob.wait("JOIN", "#den").nick == "alice"
    assert bob.ask() == []


def test_join_that_is_refused_leaves_one_where_one_was(bob: Client, alice: Client) -> None:
    bob.ask("JOIN #vault", "MODE #vault +k sesame")
    assert alice.hear("/join vault") == ["You cannot join vault: the key is missing or wrong."]
    assert alice.hear("/who") == ["In den. Here: bob."]
    assert alice.hear("/join #vault sesame")[0].startswith("Welcome to room vault! Here: bob.")


def test_leave_asks_for_another_room(bob: Client, alice: Client) -> None:
    assert alice.hear("/leave for tea") == [
        "Rooms: den (1), general (0)",
        "Choose a room [general]:",
    ]
    assert bob.wait("PART").params == ("#den", "for tea")
    assert alice.hear("nook")[0].startswith("Welcome to room nook!")


def test_who(bob: Client, alice: Client) -> None:
    assert alice.hear("/who") == ["In den. Here: bob."]
    bob.ask("AWAY :at lunch")
    shown = alice.hear("/who bob")
    assert shown[0] == "bob is ~bob@127.0.0.1, real name: bob's real name"
    assert "bob is in den." in shown
    assert "bob is away: at lunch" in shown
    assert alice.hear("/who nobody") == ["There is nobody called nobody here."]


def test_nick(bob: Client, alice: Client) -> None:
    assert alice.hear("/nick Alicia") == ["You are now known as Alicia."]
    assert bob.wait("NICK").params == ("Alicia",)
    assert alice.hear("/nick bob") == ["The nickname bob is already in use."]
    assert "You cannot use that nickname" in alice.hear("/nick a b")[0]
    assert alice.hear("/nick Alicia") == []
    alice.hear("still here")
    assert bob.wait("PRIVMSG").nick == "Alicia"


def test_msg(bob: Client, alice: Client) -> None:
    assert alice.hear("/msg bob  only for you ") == []
    assert bob.wait("PRIVMSG").params == ("bob", "only for you")
    assert alice.hear("/msg nobody hi") == ["There is nobody called nobody here."]
    bob.ask("AWAY :at lunch")
    assert alice.hear("/msg bob hi") == ["bob is away: at lunch"]


@pytest.mark.parametrize(
    "target", ["x" * 4000, "é" * 300, "#" + "y" * 420, ",".join(f"n{i}" for i in range(150))]
)
def test_msg_to_a_target_that_leaves_no_room(bob: Client, alice: Client, target: str) -> None:
    (refusal,) = alice.hear(f"/msg {target} hi there")
    assert refusal
    assert bob.ask() == []


def test_me(bob: Client, alice: Client) -> None:
    assert alice.hear("/me waves {}") == []
    assert bob.wait("PRIVMSG").params == ("#den", "\x01ACTION waves {}\x01")


def test_a_long_deed_is_several_deeds(bob: Client, alice: Client) -> None:
    words = [f"word{number}" for number in range(150)]
    alice.hear(f"/me {' '.join(words)}")
    deeds = [m.params[1] for m in bob.ask()]
    assert len(deeds) > 2
    assert all(deed.startswith("\x01ACTION ") and deed.endswith("\x01") for deed in deeds)
    assert " ".join(deed[8:-1] for deed in deeds).split() == words


def test_topic(bob: Client, alice: Client) -> None:
    assert alice.hear("/topic") == ["There is no topic."]
    assert alice.hear("/topic Tea") == [
        "Only half-operators and above may change the topic (mode t)."
    ]
    bob.ask("MODE #den +o alice")
    assert alice.hear("/topic Tea and talk")[-1] == "Topic: Tea and talk"
    assert bob.wait("TOPIC").params == ("#den", "Tea and talk")
    assert alice.hear("/topic") == ["Topic: Tea and talk"]
    bob.ask("TOPIC #den :")
    assert alice.hear("/topic")[-1] == "There is no topic."


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        *((word, "Quit: ") for word in ("exit", " exit ", "Exit", "EXIT", "/quit", "/Quit")),
        *((word, "Quit: ") for word in ("/exit", "/EXIT", "/q", "/bye", "/Bye")),
        ("/quit so long", "Quit: so long"),
        ("/bye all", "Quit: all"),
    ],
)
def test_quit(server: Server, bob: Client, typed: str, reason: str) -> None:
    with server.person("leaver", "den") as leaver:
        bob.wait("JOIN")
        assert leaver.send(typed, "never said").end()[-1] == "Goodbye!"
        assert [(m.command, m.params) for m in bob.ask()] == [("QUIT", (reason,))]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("/hlep", "There is no command /hlep. Did you mean /help?"),
        ("/Jion x", "There is no command /Jion. Did you mean /join?"),
        ("/exti", "There is no command /exti. Did you mean /exit?"),
        ("/etc/hosts is wrong",
         "There is no command /etc/hosts. To send it as text, begin the line with two slashes."),
        ("/all", "There is no command /all. /help lists the commands."),
        ("/xyzzy", "There is no command /xyzzy. /help lists the commands."),
        ("/", "There is no command /. /help lists the commands."),
        ("/\x1b[2J", "There is no command /^[[2J. /help lists the commands."),
        ("/join", "Usage: /join ROOM [KEY]"),
        ("/nick", "Usage: /nick NICK"),
        ("/msg", "Usage: /msg NICK TEXT"),
        ("/msg bob", "Usage: /msg NICK TEXT"),
        ("/MSG bob ", "Usage: /msg NICK TEXT"),
        ("/me", "Usage: /me TEXT"),
        ("/m bob", "Usage: /msg NICK TEXT"),
        ("/reply", "Usage: /reply [NICK|N] TEXT"),
        ("/invite", "Usage: /invite NICK"),
        ("/unignore", "Usage: /unignore NICK"),
        (
            "/set bell",
            "The bell is off. When on, it rings when somebody says your name or writes to you.",
        ),
        ("/set bell loud", "Usage: /set bell on|off, or /set always-on on|off|default"),
        ("/set x on", "Usage: /set bell on|off, or /set always-on on|off|default"),
        ("/audit all", "Usage: /audit [N]"),
        ("/audit 0", "Usage: /audit [N]"),
        ("/oper", "Usage: /oper NAME, or log in to an operator's account: /login"),
        ("/set always-on on", "-NickServ -> You- Log in first."),
    ],
)  # fmt: skip
def test_a_command_that_is_none(bob: Client, alice: Client, typed: str, shown: str) -> None:
    assert alice.hear(typed) == [shown]
    assert bob.ask() == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("//help", "/help"),
        ("///", "//"),
        ("exit now", "exit now"),
        ("PRIVMSG #den :hi", "PRIVMSG #den :hi"),
        ("QUIT", "QUIT"),
        (":starts with a colon", ":starts with a colon"),
        ("{braces} %s", "{braces} %s"),
        ("  spaces  kept ", "  spaces  kept "),
    ],
)
def test_text_that_looks_like_more(bob: Client, alice: Client, typed: str, said: str) -> None:
    assert alice.hear(typed) == []
    assert bob.wait("PRIVMSG").params == ("#den", said)
    assert bob.ask() == []


def test_other_names_of_commands(bob: Client, alice: Client) -> None:
    """As they are called elsewhere."""
    assert alice.hear("/names", "/list") == ["In den. Here: bob.", "Rooms: den (2), general (0)"]
    assert alice.hear("/whois bob") == alice.hear("/who bob")
    assert alice.hear("/m bob hi") == []
    assert bob.wait("PRIVMSG").params == ("bob", "hi")


def test_away_and_back(bob: Client, alice: Client) -> None:
    assert alice.hear("/away at lunch") == ["You are marked as away."]
    assert bob.replies("PRIVMSG alice :hi")[-1] == ("301", "alice", "at lunch")
    assert alice.hear("/back")[-1] == "You are no longer marked as away."
    assert bob.replies("PRIVMSG alice :hi") == []
    assert alice.hear("/away x", "/away")[-1] == "You are no longer marked as away."


def test_invite(server: Server, bob: Client, alice: Client) -> None:
    guest = server.join("guest")
    assert alice.hear("/invite guest") == ["You invited guest to den."]
    assert guest.wait("INVITE").params == ("guest", "#den")
    assert alice.hear("/invite nobody") == ["There is nobody called nobody here."]
    assert alice.hear("/invite bob") == ["bob is already in den."]
    guest.send("QUIT").end()


def test_knock(server: Server, bob: Client, alice: Client) -> None:
    """People with netcat knock, and see who knocks, and how to answer."""
    guest = server.join("guest", "#attic")
    guest.ask("MODE #attic +i")
    assert alice.hear("/knock attic it is me") == [
        "Those in charge of attic have been asked to let you in."
    ]
    assert guest.wait("710").params[2][:6] == "alice!"
    assert alice.hear("/knock den") == ["You are in den already."]
    with server.person("kim", "loft") as kim:
        kim.hear("/mode +i")
        assert guest.replies("KNOCK #loft :please") == [
            ("711", "#loft", "Your knock has been delivered")
        ]
        kim.read_until("guest asks to be let into loft")
        kim.send("exit").end()
    guest.send("QUIT").end()


def test_an_auditorium(server: Server, bob: Client, alice: Client) -> None:
    """Mode u: a person without a rank is not told who else listens."""
    op = server.join("warden", "#aula")
    op.ask("MODE #aula +u")
    listener = server.join("listener", "#aula")
    alice.send("/join aula")
    assert alice.read_until("Welcome to room aula!")[-1].startswith(
        "Welcome to room aula! Here: warden and 1 more."
    )
    assert alice.hear("/who") == ["In aula. Here: warden and 1 more."]
    bob.wait("PART")
    for client in (op, listener):
        client.send("QUIT").end()


def test_led_to_another_room(server: Server, bob: Client, alice: Client) -> None:
    """Mode f: a person is in that room then, and in no other."""
    op = server.join("keeper", "#cellar")
    op.ask("JOIN #hall", "MODE #cellar +if #hall")
    alice.send("/join cellar")
    alice.read_until("You cannot join cellar; it leads to hall.")
    alice.read_until("Welcome to room hall!")
    assert op.wait("JOIN").params[0] == "#hall"
    bob.wait("PART")
    alice.send("hello hall")
    assert op.wait("PRIVMSG").params == ("#hall", "hello hall")
    op.send("QUIT").end()


def test_nothing_is_said_by_empty_lines(bob: Client, alice: Client) -> None:
    assert alice.hear("", "   ", "\t") == []
    assert bob.ask() == []


def test_own_lines_never_come_back(bob: Client, alice: Client) -> None:
    lines = ("hello", "/me waves", "//slash", "/msg bob hi", "/leave", "den", "again")
    shown = alice.hear(*lines)
    assert [line for line in shown if not line.startswith(("Rooms:", "Choose", "Welcome"))] == []
    assert len([m for m in bob.ask() if m.command == "PRIVMSG"]) == 5


def test_what_one_may_not_say_is_refused_in_words(bob: Client, alice: Client) -> None:
    bob.ask("MODE #den +m")
    alice.hear()
    assert alice.hear("hi") == [
        "You cannot speak in den: only people with a voice may speak here (mode m)."
    ]
    assert bob.ask() == []


def test_words_of_operators(server: Server, alice: Client) -> None:
    """/help names them to operators only; the password of /oper is asked for."""
    assert not any("operator" in line for line in alice.hear("/help"))
    assert "/kill NICK [REASON]" in " ".join(alice.hear("/help operator"))
    assert alice.hear("/kill bob") == ["Only operators of the server may do that."]
    assert alice.hear("/oper root secret")[0].startswith("Usage: /oper [NAME];")
    question, nothing = alice.hear("/oper root", "")
    assert question.startswith("The password of the operator root:")
    assert nothing == "Nothing was changed."
