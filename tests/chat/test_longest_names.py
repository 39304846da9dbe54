"""Names of the most bytes: no line is cut where it would name somebody or something else (Modern
IRC, "Message Format": 512 bytes)."""

import pytest

from chat.people import Peer, a_world, arrive, heard, say
from chatroom.chat.connections import attach
from chatroom.chat.session import Session
from chatroom.chat.settings import Settings
from chatroom.chat.state.world import World
from chatroom.wire.message import MAX_BODY, Message, parse

HOST = "2001:0db8:1111:1111:1111:1111:192.168.100.100"
THAI, GOTHIC = "ก", "\U00010330"
ROOM = "#" + 49 * THAI
EVERYTHING = frozenset(
    ("extended-join", "multi-prefix", "userhost-in-names", "draft/channel-rename", "invite-notify")
)
LONG = Settings(name=f"{'s' * 59}.lan")


def arrive_with(
    world: World, nick: str, username: str, capabilities: frozenset[str] = EVERYTHING
) -> Session:
    session = attach(world, Peer(), HOST)
    session.agree_on(capabilities)
    say(session, f"NICK {nick}", f"USER {username} 0 * :{THAI * 40}")
    assert session.registered, heard(session)
    heard(session)
    return session


def heard_whole(session: Session) -> list[Message]:
    lines = heard(session)
    assert all(len(line.encode()) <= MAX_BODY - 2 for line in lines)
    return [each for each in map(parse, lines) if each is not None]


def asked(session: Session, line: str) -> list[Message]:
    heard(session)
    say(session, line)
    return heard_whole(session)


def test_names_have_three_bytes_a_character() -> None:
    world = a_world()
    alice = arrive(world, "alice")
    say(alice, f"NICK {GOTHIC * 22}", f"NICK {GOTHIC * 23}", f"JOIN #{GOTHIC * 37}")
    say(alice, f"JOIN #{GOTHIC * 38}")
    lines = "\n".join(heard(alice))
    assert alice.user.nick == GOTHIC * 22
    assert "a nickname has at most 90 bytes" in lines
    assert "a room's name has at most 150 bytes" in lines
    assert [room.name for room in alice.user.rooms] == [f"#{GOTHIC * 37}"]
    bob = arrive_with(world, "bob", GOTHIC * 18)
    assert bob.user.username == "~" + GOTHIC * 12  # 49 bytes; one more would be 53


def test_what_people_do_is_never_cut() -> None:
    """Both of the names in KICK, INVITE and MODE, with the longest of everything."""
    world = a_world(settings=LONG)
    alice, bob = (arrive_with(world, 29 * THAI + letter, 18 * THAI) for letter in "กข")
    say(alice, f"JOIN {ROOM}")
    heard(alice)
    say(bob, f"JOIN {ROOM}")
    nick, source = bob.user.nick, bob.user.source
    assert [each.source for each in heard_whole(alice)] == [source]
    mask = f"{nick}!{'*' * 30}@{'1' * 20}"
    for line, expected in {
        f"MODE {ROOM} +v {nick}": (ROOM, "+v", nick),
        f"MODE {ROOM} +b {mask}": (ROOM, "+b", mask),
        f"KICK {ROOM} {nick} :out": (ROOM, nick, "out"),
        f"INVITE {nick} {ROOM}": (nick, ROOM),
    }.items():
        heard(bob)
        told = asked(alice, line)
        seen = (*told, *heard_whole(bob))
        assert expected in [each.params for each in seen], (line, seen)


def test_names_has_whole_hosts() -> None:
    """IRCv3 userhost-in-names: with all prefixes, too."""
    world = a_world(settings=LONG)
    people = [arrive_with(world, 29 * THAI + letter, 17 * THAI) for letter in "กขค"]
    for one in people:
        say(one, f"JOIN {ROOM}")
        world.rooms[ROOM].members[one.user] = "qaohv"
    (*items, _end) = asked(people[0], f"NAMES {ROOM}")
    words = [word for item in items for word in item.params[-1].split()]
    assert words == [f"~&@%+{one.user.source}" for one in people]


@pytest.mark.parametrize("query", ["", " %tcuihsnfdlao,123", " %tcuihsnfdlaor,123"])
def test_who_leaves_out_what_does_not_fit(query: str) -> None:
    """WHO and WHOX: nickname and flags are there whatever the other names' length."""
    world = a_world(settings=LONG)
    alice = arrive_with(world, 30 * THAI, 18 * THAI)
    say(alice, f"JOIN {ROOM}")
    (item, _end) = asked(alice, f"WHO {ROOM}{query}")
    assert alice.user.nick in item.params[1:]
    assert "H@" in item.params
    assert "*" in item.params
    if "a" in query:
        assert item.params[-2 if "r" in query else -1] == "n/a"
    if not query or "r" in query:
        realname = item.params[-1].removeprefix("0 ")
        assert realname
        assert alice.user.realname.startswith(realname)


def test_whois_shows_whole_rooms() -> None:
    world = a_world(settings=LONG)
    alice = arrive_with(world, 30 * THAI, 18 * THAI)
    rooms = [f"{ROOM[:-1]}{letter}" for letter in "กขคง"]
    say(alice, f"JOIN {rooms[0]}", *(f"JOIN {room}" for room in rooms[1:]))
    items = asked(alice, f"WHOIS {alice.user.nick}")
    shown = [word for item in items if item.command == "319" for word in item.params[-1].split()]
    assert shown == [f"@{room}" for room in rooms]


def test_a_ban_is_shown_whole() -> None:
    """367: the one who set it is left out instead."""
    world = a_world(settings=LONG)
    alice = arrive_with(world, 30 * THAI, 18 * THAI)
    mask = f"{30 * 'ข'}!*@{'1' * 50}"
    say(alice, f"JOIN {ROOM}", f"MODE {ROOM} +b {mask}")
    (item, _end) = asked(alice, f"MODE {ROOM} b")
    assert item.params[1:4] == (ROOM, mask, "*")
    assert item.params[4].isdigit()
    (refusal,) = asked(alice, f"MODE {ROOM} +b {51 * 'ข'}!*@*")
    assert refusal.command == "696"
