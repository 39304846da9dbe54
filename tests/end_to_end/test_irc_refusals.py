"""Every refusal with its numeric and parameters (Modern IRC, "Numerics"), as one table.

The scene: an operator, a member and an outsider around #home<n>; no row changes anything.
"""

import pytest

from harness import Client, Server, fresh

CONFIG = """
[limits]
flood_rate = 0
rooms_per_user = 2
targets = 2
list_entries = 1
mode_changes = 2
"""


class Scene:
    """Names as they stand in the table, and the clients behind them."""

    def __init__(self, server: Server) -> None:
        words = ("home", "locked", "full", "closed", "banned", "other")
        self.names = {word: fresh(f"#{word}") for word in words}
        self.operator = server.join("boss", self.names["home"])
        self.keeper = server.join("keeper", self.names["locked"], self.names["full"])
        self.warden = server.join("warden", self.names["closed"], self.names["banned"])
        self.member = server.join("member", self.names["home"], self.names["other"])
        self.outsider = server.join("outsider")
        self.keeper.ask("MODE {locked} +k key".format(**self.names))
        for change in ("+l 1", "+b a", "+e a", "+I a"):
            self.keeper.ask(f"MODE {self.names['full']} {change}")
        self.warden.ask("MODE {closed} +i".format(**self.names))
        self.warden.ask("MODE {banned} +b outsider".format(**self.names))

    def by(self, who: str) -> Client:
        """The client of that name, who has heard all there is."""
        client: Client = getattr(self, who)
        client.ask()
        return client


@pytest.fixture(scope="module")
def scene(server: Server) -> Scene:
    return Scene(server)


REFUSALS = [
    # who, what they say, numeric, parameters before its text
    ("member", "NONSENSE", "421", "NONSENSE"),
    ("member", "nonsense :with words", "421", "NONSENSE"),
    ("outsider", "TAGMSG {home}", "421", "TAGMSG"),
    *(
        ("member", line, "461", line.split()[0])
        for line in (
            "CAP", "INVITE boss", "ISON", "JOIN", "KICK", "KICK {home}", "MODE", "PART",
            "PASS", "STATS", "TOPIC", "USER", "USER a 0 *", "USERHOST",
        )
    ),
    ("member", "USER a 0 * :b", "462", ""),
    ("member", "PASS a", "462", ""),
    ("member", "PING", "409", ""),
    ("member", "NICK", "431", ""),
    ("member", "NICK a!b", "432", "a!b"),
    ("member", "NICK BOSS", "433", "BOSS"),
    ("member", "CAP NONSENSE", "410", "NONSENSE"),
    # Rooms
    ("outsider", "JOIN noroom", "403", "noroom"),
    ("outsider", "JOIN &local", "403", "&local"),
    ("outsider", "JOIN #", "476", "#"),
    ("outsider", "JOIN #a*b", "476", "#a*b"),
    ("outsider", "JOIN :#a b", "476", "#a_b"),
    ("outsider", "JOIN #" + "x" * 50, "476", "#" + "x" * 50),
    ("member", "JOIN #third", "405", "#third"),
    ("outsider", "JOIN {locked}", "475", "{locked}"),
    ("outsider", "JOIN {locked} wrong", "475", "{locked}"),
    ("outsider", "JOIN {full}", "471", "{full}"),
    ("outsider", "JOIN {closed}", "473", "{closed}"),
    ("outsider", "JOIN {banned}", "474", "{banned}"),
    ("outsider", "PART #nowhere", "403", "#nowhere"),
    ("outsider", "PART nowhere", "403", "nowhere"),
    ("outsider", "PART {home}", "442", "{home}"),
    ("outsider", "TOPIC #nowhere", "403", "#nowhere"),
    ("outsider", "TOPIC {home} :new", "442", "{home}"),
    ("member", "TOPIC {home} :new", "482", "{home}"),
    ("member", "INVITE nobody {home}", "401", "nobody"),
    ("member", "INVITE outsider #nowhere", "403", "#nowhere"),
    ("outsider", "INVITE keeper {home}", "442", "{home}"),
    ("member", "INVITE BOSS {home}", "443", "boss {home}"),
    ("outsider", "KICK #nowhere boss", "403", "#nowhere"),
    ("outsider", "KICK {home} boss", "442", "{home}"),
    ("member", "KICK {home} boss,member", "482", "{home}"),
    ("operator", "KICK {home} OUTSIDER", "441", "outsider {home}"),
    ("operator", "KICK {home} nobody", "401", "nobody"),
    ("operator", "KICK {home} a,b,c", "407", "c"),
    ("operator", "KICK {home},{home} a", "461", "KICK"),
    ("operator", "KICK {home},{home},{home} a,b,c", "407", "c"),
    # Modes
    ("member", "MODE nobody", "401", "nobody"),
    ("member", "MODE boss", "502", ""),
    ("member", "MODE boss +i", "502", ""),
    ("member", "MODE member +a", "501", ""),
    ("member", "MODE #nowhere", "403", "#nowhere"),
    ("outsider", "MODE {home} +m", "482", "{home}"),
    ("outsider", "MODE {home} +b a", "482", "{home}"),
    ("member", "MODE {home} +mns-t", "482", "{home}"),
    ("member", "MODE {home} +o member", "482", "{home}"),
    ("member", "MODE {home} -o boss", "482", "{home}"),
    ("member", "MODE {home} +k key", "482", "{home}"),
    ("operator", "MODE {home} +xxx", "472", "x"),
    ("operator", "MODE {home} +o outsider", "441", "outsider {home}"),
    ("operator", "MODE {home} +v nobody", "401", "nobody"),
    ("operator", "MODE {home} +o", "696", "{home} o *"),
    ("operator", "MODE {home} +l 0", "696", "{home} l 0"),
    ("operator", "MODE {home} +l -1", "696", "{home} l -1"),
    ("operator", "MODE {home} +l ٣", "696", "{home} l ٣"),
    ("operator", "MODE {home} +l 99999999999999999999", "696", "{home} l 99999999999999999999"),
    ("operator", "MODE {home} +b :a b", "696", "{home} b a_b"),
    ("operator", "MODE {home} +b " + "a" * 300, "696", "{home} b " + "a" * 200),
    ("operator", "MODE {home} +k :", "696", "{home} k *"),
    ("operator", "MODE {home} +k :a b", "696", "{home} k a_b"),
    ("operator", "MODE {home} +k " + "x" * 33, "696", "{home} k " + "x" * 33),
    ("operator", "MODE {home} +k a,b", "696", "{home} k a,b"),
    ("operator", "MODE {home} +k ::a", "696", "{home} k a"),
    ("keeper", "MODE {full} +b another", "478", "{full} b"),
    ("keeper", "MODE {full} +e another", "478", "{full} e"),
    ("keeper", "MODE {full} +I another", "478", "{full} I"),
    # Talking
    ("member", "PRIVMSG", "411", ""),
    ("member", "PRIVMSG ,, :hi", "411", ""),
    ("member", "PRIVMSG boss", "412", ""),
    ("member", "PRIVMSG boss :", "412", ""),
    ("member", "PRIVMSG nobody :hi", "401", "nobody"),
    ("member", "PRIVMSG @boss :hi", "401", "@boss"),
    ("member", "PRIVMSG #nowhere :hi", "403", "#nowhere"),
    ("member", "PRIVMSG @#nowhere :hi", "403", "#nowhere"),
    ("outsider", "PRIVMSG {home} :hi", "404", "{home}"),
    ("outsider", "PRIVMSG @{home} :hi", "404", "{home}"),
    ("member", "PRIVMSG a,b,c :hi", "407", "c"),
    ("member", "PRIVMSG {home} :\x01DCC " + "x" * 480 + "\x01", "417", ""),
    ("member", "AWAY :" + "x" * 510, "417", ""),
    ("operator", "TOPIC {home} :" + "名" * 160, "417", ""),
    ("member", "@a=" + "x" * 4095 + " PRIVMSG {home} :hi", "417", ""),
    # Asking
    ("member", "WHOIS", "431", ""),
    ("outsider", "MODE {home} b", "442", "{home}"),
    ("member", "WHOWAS", "431", ""),
    ("member", "MOTD", "422", ""),
    ("member", "ADMIN", "423", "chatroom.local"),
    *(
        ("member", f"{line} elsewhere.example", "402", "elsewhere.example")
        for line in ("MOTD", "VERSION", "TIME", "INFO", "ADMIN", "STATS u")
    ),
    ("member", "HELP nonsense", "524", "nonsense"),
    ("member", "HELP :unknown subject", "524", "*"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "line", "numeric", "params"), REFUSALS)
def test_refusals(scene: Scene, who: str, line: str, numeric: str, params: str) -> None:
    """One reply, to nobody else: the numeric, one's nickname, the parameters, some words."""
    names = scene.names
    client = scene.by(who)
    (reply,) = client.ask(line.format(**names))
    expected = (client.nick, *params.format(**names).split())
    assert (reply.command, reply.params[:-1]) == (numeric, expected)
    assert len(reply.params[-1]) > 3
    assert reply.source == "chatroom.local"


@pytest.mark.parametrize(("who", "line", "numeric", "params"), REFUSALS)
def test_refusals_change_nothing(
    scene: Scene, who: str, line: str, numeric: str, params: str
) -> None:
    """The others have not heard of it, and the room is as it was."""
    del numeric, params
    client = scene.by(who)
    others = [scene.by(other) for other in ("operator", "member", "keeper") if other != who]
    client.ask(line.format(**scene.names))
    assert [other.ask() for other in others] == [[]] * len(others)
    home = scene.names["home"]
    assert scene.operator.replies(f"NAMES {home}", f"MODE {home}")[:3] == [
        ("353", "=", home, "@boss member"),
        ("366", home, "End of /NAMES list"),
        ("324", home, "+nt"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "NOTICE",
        "NOTICE boss",
        "NOTICE nobody :x",
        "NOTICE #nowhere :x",
        "NOTICE {closed} :x",
        "NOTICE a,b,c :x",
        "NOTICE , :x",
    ],
)
def test_notice_is_never_answered(scene: Scene, line: str) -> None:
    """ "NOTICE message": servers must not send any error back."""
    assert scene.by("member").ask(line.format(**scene.names)) == []


def test_a_whois_of_nobody_ends(scene: Scene) -> None:
    """ "WHOIS message": 401 or 402, and still RPL_ENDOFWHOIS with what was asked."""
    member = scene.by("member")
    assert member.replies("WHOIS nobody,BOSS")[0] == ("401", "nobody", "No such nick or room")
    assert member.replies("WHOIS nobody,BOSS")[-1][:2] == ("318", "nobody,BOSS")
    assert [one[:2] for one in member.replies("WHOIS elsewhere.example boss")] == [
        ("402", "elsewhere.example"),
        ("318", "boss"),
    ]


@pytest.mark.parametrize(
    ("line", "end"),
    [("WHOIS a,b,c", "318"), ("NAMES #a,#b,#c", "366"), ("LIST #a,#b,#c", "323")],
)
def test_a_question_about_too_many_ends(scene: Scene, line: str, end: str) -> None:
    """Clients wait for the end of an answer, also where it is 407 and no more."""
    refused, last = scene.by("member").replies(line)
    assert refused[0] == "407"
    assert last[0] == end
    assert end == "323" or last[1] == line.split()[1]


def test_more_changes_than_modes(scene: Scene) -> None:
    """ISUPPORT MODES: the first are made, the rest refused."""
    keeper, room = scene.by("keeper"), scene.names["locked"]
    replies = keeper.replies(f"MODE {room} +bbbm a b c", f"MODE {room} -beIm a b c")
    assert replies[0] == ("478", room, "b", "The list is full")
    keeper.ask(f"MODE {room} -k x")
    first, made = keeper.replies(f"MODE {room} +klvm key 5 keeper")
    assert first[:4] == ("696", room, "v", "keeper")
    assert made == ("MODE", room, "+klm", "key", "5")
