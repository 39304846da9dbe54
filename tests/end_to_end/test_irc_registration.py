"""Coming in and going out (Modern IRC, "Connection Messages"; IRCv3 capability-negotiation)."""

import re
from collections.abc import Iterator

import pytest

from harness import Client, Server, fresh

PASSWORD = '[server]\npassword = "sesame öffne"\nmotd = "one\\ntwo"\n'
CAPABILITIES = {
    "cap-notify",
    "echo-message",
    "message-tags",
    "multi-prefix",
    "server-time",
    "userhost-in-names",
}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("locked"), config=PASSWORD) as one:
        yield one
        one.end_well()


def introduce(client: Client, nick: str) -> list[str]:
    """NICK and USER; the commands of what comes back."""
    return [one.command for one in client.ask(f"NICK {nick}", f"USER {nick} 0 * :{nick}")]


# The welcome


def test_the_welcome(server: Server) -> None:
    """ "Connection Registration": 001 to 005, LUSERS, MOTD, in this order."""
    nick = fresh("alice")
    lines = server.connect().register(nick).seen
    codes = [line.split()[1] for line in lines]
    in_order = " ".join(dict.fromkeys(codes))
    assert in_order == "001 002 003 004 005 251 252 253 254 255 265 266 422"
    assert all(
        line.startswith(f":chatroom.local {codes[i]} {nick} ") for i, line in enumerate(lines)
    )
    assert lines[0].endswith(f":Welcome to Chatroom, {nick}!~{nick}@127.0.0.1")
    assert re.search(
        r"chatroom\.local chatroom-\S+ BRioswx CIMPRSUWabcefhiklmnoqstuvz IWabefhkloqv$", lines[3]
    )


def test_nick_and_user_come_in_any_order(server: Server) -> None:
    client = server.connect()
    client.send("USER someone 0 * :Some One", f"NICK {fresh('late')}")
    client.wait("001")


def test_without_user_there_is_no_welcome(server: Server) -> None:
    client = server.connect()
    assert client.ask(f"NICK {fresh('half')}") == []
    assert client.replies("JOIN #x") == [("451", "You have not registered")]


@pytest.mark.parametrize(
    "line", ["JOIN #x", "PRIVMSG a :b", "MODE a", "WHO", "LIST", "AWAY", "HELP"]
)
def test_early_commands(server: Server, line: str) -> None:
    """ERR_NOTREGISTERED; before there is a nickname, * stands for it ("Numeric Replies")."""
    client = server.connect()
    assert client.ask("CAP LIST", line)[1].params == ("*", "You have not registered")


def test_notice_is_not_answered_even_early(server: Server) -> None:
    """Modern IRC, "NOTICE message"."""
    client = server.connect()
    client.ask("CAP LS")
    assert client.ask("NOTICE someone :hi") == []


# PASS


def test_the_right_password(locked: Server) -> None:
    """ "PASS message": of several, the last counts."""
    client = locked.connect().send("PASS wrong", "PASS :sesame öffne")
    assert introduce(client, fresh("ali"))[0] == "001"


def test_the_password_comes_before_what_completes_the_registration(locked: Server) -> None:
    """ "PASS message": it need not be the first line, but after NICK and USER it is too late."""
    client = locked.connect().send(f"NICK {fresh('ali')}", "PASS :sesame öffne")
    client.send("USER ali 0 * :Ali").wait("001")
    late = locked.connect().send(f"NICK {fresh('ali')}", "USER ali 0 * :Ali", "PASS :sesame öffne")
    assert late.end()[-1] == "ERROR :Closing link: 127.0.0.1 (Password required)"


@pytest.mark.parametrize("words", ["PASS wrong", "PASS :sesame öffne\r\nPASS sesame"])
def test_a_wrong_password(locked: Server, words: str) -> None:
    """ "PASS message": ERR_PASSWDMISMATCH, then ERROR and the end."""
    client = locked.connect().send(words, f"NICK {fresh('ali')}", "USER ali 0 * :Ali")
    *_, mismatch, error = client.end()
    assert re.match(r":chatroom\.local 464 ali\d+ :Password incorrect$", mismatch)
    assert error == "ERROR :Closing link: 127.0.0.1 (Password incorrect)"


def test_no_password(locked: Server) -> None:
    """464 tells apart who gave a wrong one and who gave none. PASS needs no colon."""
    client = locked.connect().send(f"NICK {fresh('ali')}", "USER ali 0 * :Ali")
    *_, missing, error = client.end()
    assert missing.endswith(" :Password required")
    assert error == "ERROR :Closing link: 127.0.0.1 (Password required)"
    client = locked.connect().send("PASS sesame öffne")
    assert introduce(client, fresh("ali"))[0] == "001"


def test_pass_comes_too_late(server: Server) -> None:
    """ "PASS message": it may not be changed once registered."""
    client = server.join(fresh("alice"))
    assert client.replies("PASS x") == [("462", "You are already registered")]


def test_the_message_of_the_day(locked: Server) -> None:
    """ "MOTD message": 375, 372 for each line, 376."""
    client = locked.connect().send("PASS :sesame öffne")
    client.register(fresh("ali"))
    expected = [
        ("375", "- chatroom.local Message of the day - "),
        ("372", "- one"),
        ("372", "- two"),
        ("376", "End of /MOTD command"),
    ]
    assert client.replies("MOTD") == expected


# NICK


def test_a_change_of_nick_is_seen_once_by_those_who_share_a_room(server: Server) -> None:
    """ "NICK message": the source is the old name."""
    rooms = [fresh("#room"), fresh("#room")]
    alice, bob, stranger = (server.join(fresh(n)) for n in ("alice", "bob", "stranger"))
    for client in (alice, bob):
        client.ask(f"JOIN {','.join(rooms)}")
    alice.ask()
    (own,) = alice.ask("NICK Wonder_land")
    assert (own.command, own.params) == ("NICK", ("Wonder_land",))
    assert own.source == f"{alice.nick}!~{alice.nick}@127.0.0.1"
    assert bob.ask() == [own]
    assert stranger.ask() == []
    assert bob.replies("WHOIS " + alice.nick)[0][:2] == ("401", alice.nick)
    assert bob.replies("WHOIS wonder_LAND")[0][:2] == ("311", "Wonder_land")


def test_ones_own_nick_in_another_case(server: Server) -> None:
    """A name that differs only in case is one's own already, and still a change."""
    alice = server.join(fresh("alice"))
    assert alice.replies(f"NICK {alice.nick.upper()}") == [("NICK", alice.nick.upper())]
    assert alice.replies(f"NICK {alice.nick.upper()}") == []


def test_a_nick_is_free_again(server: Server) -> None:
    """After QUIT, a change, and the end of a connection that never registered."""
    alice = server.join(fresh("alice"))
    old = alice.nick
    alice.ask(f"NICK {fresh('other')}")
    bob = server.join(old)
    bob.send("QUIT").end()
    half = server.connect()
    half.ask(f"NICK {old}")
    assert alice.replies(f"NICK {old}")[0][:2] == ("433", old)
    half.send("QUIT").end()
    assert alice.replies(f"NICK {old}") == [("NICK", old)]


@pytest.mark.parametrize(
    ("line", "numeric"),
    [
        ("NICK", ("431",)),
        ("NICK :", ("431",)),
        ("NICK :two words", ("432", "two_words")),
        ("NICK #room", ("432", "#room")),
        ("NICK a@b", ("432", "a@b")),
        ("NICK a!b", ("432", "a!b")),
        ("NICK -a", ("432", "-a")),
        ("NICK a,b", ("432", "a,b")),
        ("NICK a*", ("432", "a*")),
        ("NICK @op", ("432", "@op")),
        ("NICK +v", ("432", "+v")),
        ("NICK You", ("432", "You")),
        ("NICK " + "a" * 31, ("432", "a" * 31)),
        ("NICK a\x1b[31m", ("432", "a\x1b[31m")),
        ("NICK taken", ("433", "taken")),
        ("NICK TAKEN", ("433", "TAKEN")),
        ("NICK ｔａｋｅｎ", ("433", "taken")),
        ("NICK straße", ("433", "straße")),
    ],
)
@pytest.mark.parametrize("registered", [True, False])
def test_nicknames_refused(
    server: Server, line: str, numeric: tuple[str, ...], registered: bool
) -> None:
    """ "NICK message": 431, 432, 433, and nothing has changed."""
    one, two = server.connect(), server.connect()
    one.ask("NICK taken")
    two.ask("NICK STRAßE")
    client = server.join(fresh("alice")) if registered else server.connect()
    assert [reply[:-1] for reply in client.replies(line)] == [numeric]
    assert client.replies(f"PRIVMSG {fresh('nobody')} :x")[0][0] == ("401" if registered else "451")


# USER


def test_user_is_cut_to_its_length(server: Server) -> None:
    """ "USER message": silently truncated to USERLEN, the tilde included."""
    alice = server.connect()
    nick = fresh("alice")
    alice.send(f"NICK {nick}", "USER averyveryverylongusername 0 * :x").wait("001")
    (reply,) = [one for one in alice.replies(f"USERHOST {nick}") if one[0] == "302"]
    assert reply[1] == f"{nick}=+~averyveryverylong@127.0.0.1"


def test_user_comes_once(server: Server) -> None:
    """ "USER message": ERR_ALREADYREGISTERED."""
    alice = server.join(fresh("alice"))
    assert alice.replies("USER a 0 * :b") == [("462", "You are already registered")]


@pytest.mark.parametrize(
    "line", ["USER", "USER a 0 *", "USER : 0 * :b", "USER a 0 * :", "USER @! 0 * :b"]
)
def test_user_without_its_parameters(server: Server, line: str) -> None:
    """ "USER message": 461, even if an empty parameter is provided."""
    assert server.connect().replies("CAP LIST", line)[1] == (
        "461",
        "USER",
        "Not enough parameters",
    )


def test_a_real_name_in_latin_1(server: Server) -> None:
    """Taken with replacements, since a refusal would keep its owner out; QUIT and PART as well."""
    nick, room = fresh("rene"), fresh("#room")
    alice, client = server.join(fresh("alice"), room), server.connect()
    client.send(f"NICK {nick}", b"USER ren 0 * :Ren\xe9 M\xfcller").read_until(" 422 ")
    assert [one[-1] for one in alice.replies(f"WHOIS {nick}") if one[0] == "311"] == [
        "Ren\ufffd M\ufffdller"
    ]
    client.ask(f"JOIN {room}", b"PART " + room.encode() + b" :\xe0 bient\xf4t", f"JOIN {room}")
    assert alice.wait("PART").params[1] == "\ufffd bient\ufffdt"
    client.send("CAP REQ standard-replies", b"QUIT :fini\xe9").end()
    assert ":chatroom.local WARN QUIT INVALID_UTF8 :" in client.seen[-2]
    assert alice.wait("QUIT").params == ("Quit: fini\ufffd",)


# PING, PONG, QUIT, ERROR


def test_ping(server: Server) -> None:
    """ "PING message", "PONG message": the server's name and the same token."""
    alice = server.join(fresh("alice"))
    assert alice.replies("PING :two words") == [("PONG", "chatroom.local", "two words")]
    assert alice.replies("PING", "PING :") == [("409", "No origin specified")] * 2
    assert alice.replies("PONG", "PONG x", "ERROR :x") == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [("QUIT :Gone to lunch", "Quit: Gone to lunch"), ("QUIT", "Quit: "), ("QUIT :", "Quit: ")],
)
def test_quit(server: Server, line: str, reason: str) -> None:
    """ "QUIT message": ERROR for the one who goes, QUIT once for those who shared a room."""
    rooms = f"{fresh('#room')},{fresh('#room')}"
    alice, bob, stranger = (server.join(fresh(n)) for n in ("alice", "bob", "stranger"))
    for client in (alice, bob):
        client.ask(f"JOIN {rooms}")
    alice.ask()
    assert alice.send(line, "PING :never answered").end()[-1] == (
        f"ERROR :Closing link: 127.0.0.1 ({reason.removesuffix(': ')})"
    )
    (event,) = bob.ask()
    assert (event.command, event.params) == ("QUIT", (reason,))
    assert event.nick == alice.nick
    assert stranger.ask() == []


def test_a_lost_connection_is_a_quit(server: Server) -> None:
    """ "QUIT message": the server says what happened."""
    room = fresh("#room")
    alice, bob = server.join(fresh("alice"), room), server.join(fresh("bob"), room)
    alice.ask()  # unread bytes would make it a reset
    alice.close()
    assert bob.wait("QUIT").params == ("Connection closed",)


# CAP


def test_capabilities_are_listed(server: Server) -> None:
    """ "The CAP LS subcommand", before and after registration."""
    client = server.connect()
    first = client.replies("CAP LS")
    assert {one[:3] for one in first} == {("CAP", "*", "LS")}
    assert set(first[0][3].split()) >= CAPABILITIES
    second = client.replies("CAP LS 302")
    assert client.replies("cap ls 307") == second  # with values, which only these clients know
    *others, last = second  # in two lines, because the values are long
    assert {one[:4] for one in others} == {("CAP", "*", "LS", "*")}
    assert last[:3] == ("CAP", "*", "LS")
    words = " ".join(one[-1] for one in second).split()
    names = " ".join(one[-1] for one in first).split()
    assert sorted(names) == [word.partition("=")[0] for word in words]
    alice = server.join(fresh("alice"))
    seen = alice.replies("CAP LS 302")
    assert " ".join(one[-1] for one in seen).split() == words


@pytest.mark.parametrize("first", ["CAP LS 302", "CAP LS", "CAP REQ multi-prefix", "CAP REQ :no"])
def test_registration_is_held_back(server: Server, first: str) -> None:
    """ "Connection Registration": until CAP END."""
    client = server.connect()
    nick = fresh("alice")
    # The list of CAP LS 302 takes two lines.
    assert set(introduce(client.send(first), nick)) == {"CAP"}
    assert client.ask("CAP END")[0].command == "001"
    assert client.ask("CAP LS", "CAP END")[0].command == "CAP"
    assert client.ask(f"PRIVMSG {nick} :still registered")[0].command == "PRIVMSG"


def test_a_long_request_is_answered_whole(server: Server) -> None:
    """ "The CAP ACK subcommand": it may be spread across lines; nothing of it is cut off."""
    wanted = " ".join(["batch -batch"] * 38)
    client = server.connect()
    replies = client.replies(f"CAP REQ :{wanted}")
    assert len(replies) == 2
    assert " ".join(one[3] for one in replies) == wanted
    assert {one[:3] for one in replies} == {("CAP", "*", "ACK")}


def test_list_does_not_hold_back(server: Server) -> None:
    """ "The CAP LIST subcommand": no word of suspension there."""
    client = server.connect().send("CAP LIST")
    assert introduce(client, fresh("alice"))[:2] == ["CAP", "001"]


def test_request_as_a_whole_or_not_at_all(server: Server) -> None:
    """ "The CAP REQ subcommand"."""
    steps = [
        ("CAP LIST", "LIST", ""),
        ("CAP REQ :echo-message server-time", "ACK", "echo-message server-time"),
        ("CAP REQ :multi-prefix nonsense", "NAK", "multi-prefix nonsense"),
        ("CAP REQ :-echo-message nonsense", "NAK", "-echo-message nonsense"),
        ("CAP REQ :Echo-Message", "NAK", "Echo-Message"),
        ("CAP LIST", "LIST", "echo-message server-time"),
        ("CAP REQ :-echo-message multi-prefix", "ACK", "-echo-message multi-prefix"),
        ("CAP REQ :server-time -echo-message", "ACK", "server-time -echo-message"),
        ("CAP LIST", "LIST", "multi-prefix server-time"),
        ("CAP REQ :-multi-prefix multi-prefix", "ACK", "-multi-prefix multi-prefix"),
        ("CAP REQ :-server-time", "ACK", "-server-time"),
        ("CAP LIST", "LIST", "multi-prefix"),
    ]
    client = server.connect()
    replies = client.replies(*(line for line, *_ in steps))
    assert replies == [("CAP", "*", *reply) for _, *reply in steps]


def test_cap_notify_is_implied_by_302(server: Server) -> None:
    """ "cap-notify": may be requested, must not be disabled by a client of version 302."""
    client = server.connect()
    client.replies("CAP LS 302")
    assert client.replies("CAP LIST", "CAP REQ :-cap-notify") == [
        ("CAP", "*", "LIST", "cap-notify"),
        ("CAP", "*", "NAK", "-cap-notify"),
    ]
    assert client.replies("CAP REQ :cap-notify") == [("CAP", "*", "ACK", "cap-notify")]


def test_cap_notify_may_be_disabled_before_302(server: Server) -> None:
    client = server.connect()
    client.ask("CAP LS 301")
    lines = ("CAP REQ :cap-notify", "CAP REQ :-cap-notify", "CAP LIST")
    assert [reply[2:] for reply in client.replies(*lines)] == [
        ("ACK", "cap-notify"),
        ("ACK", "-cap-notify"),
        ("LIST", ""),
    ]


@pytest.mark.parametrize("word", ["FOO", "ACK", "NEW", "foo"])
def test_unknown_subcommands(server: Server, word: str) -> None:
    """ERR_INVALIDCAPCMD: client, command, text."""
    assert server.connect().replies("CAP LIST", f"CAP {word}")[1] == (
        "410",
        word,
        "Invalid CAP command",
    )


def test_cap_without_a_subcommand(server: Server) -> None:
    client = server.join(fresh("alice"))
    assert client.replies("CAP") == [("461", "CAP", "Not enough parameters")]
