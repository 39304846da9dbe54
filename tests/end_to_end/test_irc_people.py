"""WHO, WHOIS, WHOWAS, USERHOST, ISON (Modern IRC, "User-Based Queries")."""

import pytest

from harness import Client, Server, fresh


@pytest.fixture
def alice(server: Server, room: str) -> Client:
    """The room's operator, who also has a voice."""
    client = server.join(fresh("alice"), room)
    client.ask(f"MODE {room} +v {client.nick}")
    return client


def who_line(client: Client, room: str, flags: str) -> tuple[str, ...]:
    """RPL_WHOREPLY for this client."""
    nick = client.nick
    host = ("127.0.0.1", "chatroom.local")
    return ("352", room, f"~{nick}", *host, nick, flags, f"0 {nick}'s real name")


# WHO


def test_who_is_in_a_room(server: Server, room: str, alice: Client) -> None:
    """ "WHO message": the members; the end repeats the mask."""
    bob = server.join(fresh("bob"), room)
    bob.ask("AWAY :gone")
    expected = [who_line(alice, room, "H@"), who_line(bob, room, "G")]
    assert bob.replies(f"WHO {room}") == [*expected, ("315", room, "End of WHO list")]
    assert bob.replies("WHO #nowhere") == [("315", "#nowhere", "End of WHO list")]


def test_who_with_multi_prefix(server: Server, room: str, alice: Client) -> None:
    bob = server.join(fresh("bob"), caps="multi-prefix")
    assert bob.replies(f"WHO {room}")[0] == who_line(alice, room, "H@+")


def test_who_by_nickname_and_mask(server: Server, room: str, alice: Client) -> None:
    """ "WHO message": an exact nickname is one user; masks match names and host."""
    nick = alice.nick
    bob = server.join(fresh("bob"))
    for mask in (nick, nick.upper(), f"{nick[:-1]}?", f"*{nick[1:]}", f"~{nick}", f"{nick}'*name"):
        replies = bob.replies(f"WHO {mask}")
        assert who_line(alice, room, "H@") in replies, mask
        assert replies[-1][:2] == ("315", mask)
    assert {one[5] for one in bob.replies("WHO 127.*")[:-1]} >= {nick, bob.nick}
    assert {one[5] for one in bob.replies("WHO 0")[:-1]} >= {nick, bob.nick}
    assert [one[0] for one in bob.replies("WHO nobody*")] == ["315"]


def test_who_hides_the_invisible(server: Server, room: str, alice: Client) -> None:
    """ "Invisible User Mode": from those who share no room; rooms are not told either."""
    nick = alice.nick
    alice.ask(f"MODE {nick} +i")
    stranger, friend = server.join(fresh("eve")), server.join(fresh("bob"), room)
    for mask in (room, f"{nick[:-1]}*", "*", "0"):
        assert nick not in [one[5] for one in stranger.replies(f"WHO {mask}")[:-1]], mask
        assert nick in [one[5] for one in friend.replies(f"WHO {mask}")[:-1]], mask
    assert stranger.replies(f"WHO {nick}")[0] == who_line(alice, "*", "H")
    assert friend.replies(f"WHO {nick}")[0] == who_line(alice, room, "H@")


def test_who_hides_secret_rooms(server: Server, room: str, alice: Client) -> None:
    """ "Secret Channel Mode"."""
    alice.ask(f"MODE {room} +s")
    stranger = server.join(fresh("eve"))
    assert [one[0] for one in stranger.replies(f"WHO {room}")] == ["315"]
    assert stranger.replies(f"WHO {alice.nick}")[0] == who_line(alice, "*", "H")


# WHOIS


def test_whois(server: Server, room: str, alice: Client) -> None:
    """ "WHOIS message": 311 319 312 317 318; the end has the parameter as it was sent."""
    nick = alice.nick
    bob = server.join(fresh("bob"))
    user, rooms, where, idle, end = bob.replies(f"WHOIS {nick.upper()}")
    assert user == ("311", nick, f"~{nick}", "127.0.0.1", "*", f"{nick}'s real name")
    assert rooms == ("319", nick, f"@{room}")
    assert where == ("312", nick, "chatroom.local", "A chat room for everyone here")
    assert (idle[:2], idle[4]) == (("317", nick), "seconds idle, signon time")
    assert end == ("318", nick.upper(), "End of /WHOIS list")


def test_whois_tells_when_someone_came(server: Server, alice: Client) -> None:
    """RPL_WHOISIDLE, 317: seconds of silence, and since when they are here."""
    before = alice.clock()
    bob = server.join(fresh("bob"))
    (silent, came), after = alice.replies(f"WHOIS {bob.nick}")[2][2:4], alice.clock()
    assert before <= int(came) <= after
    assert 0 <= int(silent) <= after - before


@pytest.mark.parametrize("target", ["chatroom.local", "CHATROOM.*", "{nick}"])
def test_whois_with_a_server(server: Server, alice: Client, target: str) -> None:
    """ "WHOIS message": a server's name, or the nick of a user."""
    bob = server.join(fresh("bob"))
    line = f"WHOIS {target.format(nick=alice.nick)} {alice.nick}"
    assert bob.replies(line)[0][:2] == ("311", alice.nick)


def test_whois_of_several(server: Server, alice: Client) -> None:
    """One end for all."""
    bob = server.join(fresh("bob"))
    replies = bob.replies(f"WHOIS {alice.nick},nobody,{bob.nick}")
    kept = [one[:2] for one in replies if one[0] in ("311", "401", "318")]
    assert kept == [
        ("311", alice.nick),
        ("401", "nobody"),
        ("311", bob.nick),
        ("318", f"{alice.nick},nobody,{bob.nick}"),
    ]


def rooms_in_whois(asking: Client, nick: str) -> list[str]:
    """The words of RPL_WHOISCHANNELS."""
    return [
        word
        for reply in asking.replies(f"WHOIS {nick}")
        if reply[0] == "319"
        for word in reply[2].split(" ")
    ]


def test_whois_tells_rooms_with_care(server: Server, room: str, alice: Client) -> None:
    """RPL_WHOISCHANNELS: secret rooms, and those of the invisible, for members only."""
    secret = fresh("#secret")
    alice.ask(f"JOIN {secret}", f"MODE {secret} +s")
    stranger = server.join(fresh("eve"), caps="multi-prefix")
    friend = server.join(fresh("bob"), secret)
    assert rooms_in_whois(alice, alice.nick) == [f"@{room}", f"@{secret}"]
    assert rooms_in_whois(stranger, alice.nick) == [f"@+{room}"]
    assert rooms_in_whois(friend, alice.nick) == [f"@{room}", f"@{secret}"]
    alice.ask(f"MODE {alice.nick} +i")
    assert rooms_in_whois(stranger, alice.nick) == []
    assert rooms_in_whois(friend, alice.nick) == [f"@{secret}"]


def test_whois_of_someone_in_many_rooms(server: Server) -> None:
    """In lines of at most 512 bytes."""
    rooms = [fresh("#" + "房" * 40) for _ in range(20)]
    alice = server.join(fresh("alice"), *rooms)
    seen = len(alice.seen)
    assert rooms_in_whois(alice, alice.nick) == [f"@{room}" for room in rooms]
    assert max(len(line.encode()) + 2 for line in alice.seen[seen:]) <= 512


# WHOWAS


def test_whowas(server: Server) -> None:
    """ "WHOWAS message": after a change of nick and after the end, the latest first."""
    nick = fresh("ghost")
    bob = server.join(fresh("bob"))
    for number in range(3):
        one = server.connect()
        one.send(f"NICK {nick}", f"USER u{number} 0 * :Real {number}").wait("001")
        one.send("QUIT").end()
    last = server.connect()
    last.send(f"NICK {nick}", "USER u3 0 * :Real 3").wait("001")
    last.ask(f"NICK {nick.upper()}", f"NICK {fresh('other')}")
    expected = [
        ("314", shown, f"~u{n}", "127.0.0.1", "*", f"Real {n}")
        for n, shown in ((3, nick.upper()), (2, nick), (1, nick), (0, nick))
    ]
    end = ("369", nick, "End of WHOWAS")
    for count, shown in {"": 4, "1": 1, "3": 3, "0": 4, "-1": 4, "x": 4, "9" * 30: 4}.items():
        replies = bob.replies(f"WHOWAS {nick} {count}")
        assert replies[:-1:2] == expected[:shown], count
        assert all(each[2] == "chatroom.local" for each in replies[1:-1:2])
        assert {each[0] for each in replies[1:-1:2]} == {"312"}
        assert replies[-1] == end


def test_whowas_of_nobody(server: Server) -> None:
    """406, and still the end; those who are here are not among those who were."""
    bob = server.join(fresh("bob"))
    for nick in ("nobody", bob.nick):
        assert bob.replies(f"WHOWAS {nick}") == [
            ("406", nick, "There was no such nickname"),
            ("369", nick, "End of WHOWAS"),
        ]


# USERHOST and ISON


def test_userhost(server: Server) -> None:
    """ "USERHOST message": up to five; + here, - away; who is not there is left out."""
    people = [server.join(fresh("user")) for _ in range(6)]
    people[1].ask("AWAY :x")
    nicks = [one.nick for one in people]
    shown = [f"{nick}={'-' if nick == nicks[1] else '+'}~{nick}@127.0.0.1" for nick in nicks]
    assert people[0].replies(f"USERHOST {' '.join(nicks)}") == [("302", " ".join(shown[:5]))]
    line = f"USERHOST nobody {nicks[1].upper()}"
    assert people[0].replies(line, "USERHOST nobody") == [("302", shown[1]), ("302", "")]


def test_ison(server: Server) -> None:
    """RFC 2812 section 4.9: those of the names who are here, in one or several parameters."""
    alice, bob = server.join(fresh("alice")), server.join(fresh("bob"))
    asked = f"{alice.nick.upper()} nobody {bob.nick}"
    expected = [("303", f"{alice.nick} {bob.nick}")]
    assert alice.replies(f"ISON {asked}") == expected
    assert alice.replies(f"ISON :{asked}") == expected
    assert alice.replies("ISON nobody") == [("303", "")]
