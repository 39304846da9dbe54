"""Asking about the server: LIST, LUSERS, MOTD, VERSION, TIME, INFO, ADMIN, LINKS, STATS, HELP
(Modern IRC, "Server Queries and Commands", "LIST message")."""

import re
import time
from collections.abc import Iterator

import pytest

from chatroom.chat.commands.table import COMMANDS
from harness import Client, Server, fresh

CONFIG = """
[rooms]
permanent = []
[server]
name = "irc.example.org"
network = "Example"
description = "For examples"
motd = "Be kind.\\n\\nAnd: have fun."
admin_location = "Here"
admin_organisation = "Us"
admin_email = "us@example.org"
[limits]
flood_rate = 0
"""


@pytest.fixture(scope="module")
def alice(server: Server) -> Client:
    return server.join("alice")


@pytest.mark.parametrize("target", ["", "irc.example.org", "IRC.*", "alice"])
@pytest.mark.parametrize(
    ("command", "codes"),
    [
        ("MOTD", "375 372 372 372 376"),
        ("VERSION", "351 005 005"),
        ("TIME", "391"),
        ("INFO", "371 371 371 374"),
        ("ADMIN", "256 257 258 259"),
        ("STATS u", "242 219"),
    ],
)
def test_queries(alice: Client, command: str, codes: str, target: str) -> None:
    """Their numerics in order; <target> is a server, a mask or someone's nickname."""
    replies = alice.replies(f"{command} {target}")
    assert re.fullmatch(codes.replace("005 005", "005( 005)*"), " ".join(one[0] for one in replies))


def test_motd(alice: Client) -> None:
    """ "MOTD message"."""
    assert [one[1] for one in alice.replies("MOTD")] == [
        "- irc.example.org Message of the day - ",
        "- Be kind.",
        "- ",
        "- And: have fun.",
        "End of /MOTD command",
    ]


def test_version(alice: Client) -> None:
    """RPL_VERSION, then the tokens of the welcome."""
    first, *tokens = alice.replies("VERSION")
    assert re.fullmatch(r"chatroom-\d+\.\d+\.\d+", first[1])
    assert first[2] == "irc.example.org"
    welcome = [line.split(" 005 ")[1] for line in alice.seen if " 005 " in line]
    assert [" ".join(("alice", *one[1:-1])) for one in tokens] == [
        line.partition(" :")[0] for line in welcome[: len(tokens)]
    ]
    assert "NETWORK=Example" in " ".join(" ".join(line) for line in tokens).split()


def test_time(server: Server, alice: Client) -> None:
    """RPL_TIME with a timestamp: not before what was written to the disk before."""
    file = server.directory / "before"
    file.touch()
    ((_, name, stamp, words),) = alice.replies("TIME")
    assert name == "irc.example.org"
    assert int(file.stat().st_mtime) <= int(stamp) <= alice.clock()
    assert time.strftime("%A, %d %B %Y, %H:%M:%S", time.localtime(int(stamp))) in words


def test_admin(alice: Client) -> None:
    """ "ADMIN message"."""
    assert alice.replies("ADMIN") == [
        ("256", "irc.example.org", "Administrative info"),
        ("257", "Here"),
        ("258", "Us"),
        ("259", "us@example.org"),
    ]


def test_links(alice: Client) -> None:
    """ "LINKS message": one server."""
    assert alice.replies("LINKS") == [
        ("364", "irc.example.org", "irc.example.org", "0 For examples"),
        ("365", "*", "End of /LINKS list"),
    ]


def test_map(alice: Client) -> None:
    """MAP (Charybdis, m_map.c): one server."""
    people = alice.replies("LUSERS")[-2][1]
    assert alice.replies("MAP") == [
        ("015", f"irc.example.org ({people} users)"),
        ("017", "End of /MAP"),
    ]


def test_stats(alice: Client) -> None:
    """ "STATS message": u is the uptime; of the rest there is the end only."""
    uptime, end = alice.replies("STATS u")
    assert re.fullmatch(r"Server Up 0 days 0?0:\d\d:\d\d", uptime[1])
    assert end == ("219", "u", "End of /STATS report")
    assert alice.replies("STATS z", "STATS Z") == [
        ("219", "z", "End of /STATS report"),
        ("219", "Z", "End of /STATS report"),
    ]


def test_lusers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """ "LUSERS message": users, invisible, unknown, rooms, and the most there were."""
    with Server(tmp_path_factory.mktemp("counted"), config=CONFIG) as server:
        alice, bob = server.join("alice", "#a"), server.join("bob", "#b")
        server.join("carol").send("QUIT").end()
        bob.ask("MODE bob +i")
        half = server.connect()
        half.ask("NICK half")
        assert alice.replies("LUSERS") == [
            ("251", "There are 1 users and 1 invisible on 1 servers"),
            ("252", "0", "operator(s) online"),
            ("253", "1", "unknown connection(s)"),
            ("254", "2", "channels formed"),
            ("255", "I have 2 clients and 0 servers"),
            ("265", "2", "3", "Current local users 2, max 3"),
            ("266", "2", "3", "Current global users 2, max 3"),
        ]
        half.send("QUIT").end()
        bob.send("QUIT").end()
        assert [one[1:-1] for one in alice.replies("LUSERS")] == [
            *((), ("0",), ("0",), ("1",), (), ("1", "3"), ("1", "3"))
        ]


# HELP


def test_help(alice: Client) -> None:
    """ "HELP message": a title, an empty line, lines, and a last one; every command is named."""
    replies = alice.replies("HELP")
    assert [one[0] for one in replies] == ["704", *["705"] * (len(replies) - 2), "706"]
    assert {one[1] for one in replies} == {"*"}
    assert replies[1][2] == ""
    assert set(" ".join(one[2] for one in replies[2:-1]).split()) == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_on_each_command(alice: Client, name: str) -> None:
    first, empty, text, end = alice.replies(f"HELP {name.lower()}")
    row = COMMANDS[name]
    assert first == ("704", name, f"{name} {row.usage}".rstrip())
    assert (empty, text) == (("705", name, ""), ("705", name, row.help))
    assert end[:2] == ("706", name)


# LIST


class Listed:
    """A server with three rooms, seen from outside."""

    def __init__(self, server: Server) -> None:
        self.people = [server.join(fresh("p")) for _ in range(3)]
        for count, room in enumerate(("#one", "#two", "#Drei"), 1):
            for person in self.people[:count]:
                person.ask(f"JOIN {room}")
        self.people[0].ask("TOPIC #one :The first", "MODE #one +n")
        self.outside = server.join(fresh("eve"))

    def names(self, line: str) -> list[str]:
        """The rooms that LIST shows."""
        replies = self.outside.replies(line)
        assert (replies[0][0], replies[-1]) == ("321", ("323", "End of /LIST"))
        assert {one[0] for one in replies[1:-1]} <= {"322"}
        return [one[1] for one in replies[1:-1]]


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listed]:
    with Server(tmp_path_factory.mktemp("listed"), config=CONFIG) as server:
        yield Listed(server)
        server.end_well()


def test_list(listed: Listed) -> None:
    """RPL_LISTSTART, RPL_LIST with count and topic, RPL_LISTEND."""
    assert listed.outside.replies("LIST") == [
        ("321", "Channel", "Users  Name"),
        ("322", "#one", "1", "The first"),
        ("322", "#two", "2", ""),
        ("322", "#Drei", "3", ""),
        ("323", "End of /LIST"),
    ]


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ("#one", "#one"),
        ("#DREI,#nowhere,#one", "#one #Drei"),
        (">1", "#two #Drei"),
        ("<3", "#one #two"),
        (">1,<3", "#two"),
        (">0", "#one #two #Drei"),
        ("<1", ""),
        ("*e*", "#one #Drei"),
        ("#t??", "#two"),
        ("!*e*", "#two"),
        ("!#one,!#two", "#Drei"),
        ("*e*,>1", "#Drei"),
        ("#one,#two >1", "#two"),
        ("C<5", "#one #two #Drei"),
        ("C>5", ""),
        ("T<5", "#one"),
        ("T>5", "#two #Drei"),  # no topic was ever set: longer ago than anything
        (">x", ""),
        ("nowhere", ""),
    ],
)
def test_list_conditions(listed: Listed, conditions: str, names: str) -> None:
    """ISUPPORT ELIST=CMNTU: creation time, mask, negated mask, topic time, users."""
    assert listed.names(f"LIST {conditions}") == names.split()


def test_list_hides_secret_rooms(server: Server) -> None:
    """ "Secret Channel Mode": except from members."""
    room = fresh("#secret")
    member, outside = server.join(fresh("m"), room), server.join(fresh("o"))
    assert outside.replies(f"LIST {room}")[1][:3] == ("322", room, "1")
    member.ask(f"MODE {room} +s")
    for line in ("LIST", f"LIST {room}", "LIST *"):
        assert room not in [one[1] for one in outside.replies(line)]
        assert room in [one[1] for one in member.replies(line)]
