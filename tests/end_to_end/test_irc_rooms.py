"""Rooms: JOIN, PART, TOPIC, NAMES, INVITE, KICK (Modern IRC, "Channel Operations").

What is refused stands in test_irc_refusals.py.
"""

import pytest

from harness import Client, Server, fresh


def pair(server: Server, room: str) -> tuple[Client, Client]:
    """An operator and a member, who have heard all there is."""
    alice = server.join(fresh("alice"), room)
    bob = server.join(fresh("bob"), room)
    alice.ask()
    return alice, bob


# JOIN


def test_what_join_brings(server: Server, room: str) -> None:
    """ "JOIN message": JOIN, then the topic if there is one, then the names, in this order."""
    alice = server.join(fresh("alice"))
    join, names, end = alice.ask(f"JOIN {room}")
    assert (join.command, join.params) == ("JOIN", (room,))
    assert join.source == f"{alice.nick}!~{alice.nick}@127.0.0.1"
    assert names.params == (alice.nick, "=", room, f"@{alice.nick}")
    assert end.params == (alice.nick, room, "End of /NAMES list")
    alice.ask(f"TOPIC {room} :Talk")
    bob = server.join(fresh("bob"))
    assert [one[0] for one in bob.replies(f"JOIN {room}")] == ["JOIN", "332", "333", "353", "366"]
    (seen,) = alice.ask()
    assert (seen.command, seen.params, seen.nick) == ("JOIN", (room,), bob.nick)


def test_lists_and_keys_by_position(server: Server) -> None:
    """ "JOIN message": the first key for the first room, the second for the second."""
    one, two, three = (fresh("#room") for _ in range(3))
    alice = server.join(fresh("alice"), one, two, three)
    alice.ask(f"MODE {two} +k second", f"MODE {three} +k third")
    bob = server.join(fresh("bob"))
    replies = bob.replies(f"JOIN {one},{two},{three} ,second,wrong")
    assert [one for one in replies if one[0] in ("JOIN", "475")] == [
        ("JOIN", one),
        ("JOIN", two),
        ("475", three, "Cannot join room (+k): wrong key"),
    ]
    carol = server.join(fresh("carol"))
    joined = carol.replies(f"JOIN {one},{one},{two} x,y,second")
    assert [one for one in joined if one[0] == "JOIN"] == [("JOIN", one), ("JOIN", two)]


def test_a_second_join_is_nothing(server: Server, room: str) -> None:
    alice, bob = pair(server, room)
    assert alice.ask(f"JOIN {room}", f"JOIN {room.upper()}") == []
    assert bob.ask() == []


def test_join_0_leaves_all(server: Server) -> None:
    """ "JOIN message": as though a PART had been sent for each."""
    rooms = [fresh("#room"), fresh("#room")]
    alice, bob = server.join(fresh("alice"), *rooms), server.join(fresh("bob"), *rooms)
    alice.ask()
    assert alice.replies("JOIN 0") == [("PART", room) for room in rooms]
    assert [one.command for one in bob.ask()] == ["PART", "PART"]
    assert alice.replies("JOIN 0") == []


def test_the_first_in_a_room_is_its_operator(server: Server, room: str) -> None:
    """And nobody else; after everyone left, the first to come again."""
    alice, bob = pair(server, room)
    assert bob.replies(f"NAMES {room}")[0][-1] == f"@{alice.nick} {bob.nick}"
    alice.ask(f"PART {room}")
    bob.ask()
    assert bob.replies(f"NAMES {room}")[0] == ("353", "=", room, bob.nick)
    bob.ask(f"PART {room}")
    assert bob.replies(f"JOIN {room}")[1] == ("353", "=", room, f"@{bob.nick}")
    assert alice.replies(f"JOIN {room}")[1] == ("353", "=", room, f"@{bob.nick} {alice.nick}")


def test_a_faded_room_forgets(server: Server, room: str) -> None:
    """Modes, topic, key and bans go with the last member."""
    alice = server.join(fresh("alice"), room)
    alice.ask(f"MODE {room} +mkb-t key *!*@*", f"TOPIC {room} :old", "JOIN 0")
    bob = server.join(fresh("bob"), room)
    replies = bob.replies(f"MODE {room}", f"MODE {room} b", f"TOPIC {room}")
    assert [one[0] for one in replies] == ["324", "329", "368", "331"]
    assert replies[0] == ("324", room, "+nt")


@pytest.mark.parametrize(
    "set_up", ["+k key", "+l 1", "+i", "+b *!*@127.0.0.1", "+bikl * key 1", "+b {bob}"]
)
def test_an_invitation_opens_once(server: Server, room: str, set_up: str) -> None:
    """ "Invite-Only Channel Mode", "INVITE message"."""
    alice, bob = server.join(fresh("alice"), room), server.join(fresh("bob"))
    alice.ask(f"MODE {room} {set_up.format(bob=bob.nick)}")
    assert bob.ask(f"JOIN {room}")[0].command.startswith("47")
    assert alice.replies(f"INVITE {bob.nick} {room}") == [("341", bob.nick, room)]
    (invitation,) = bob.ask()
    assert (invitation.command, invitation.params) == ("INVITE", (bob.nick, room))
    assert invitation.nick == alice.nick
    assert bob.replies(f"JOIN {room}")[0] == ("JOIN", room)
    assert bob.ask(f"PART {room}", f"JOIN {room}")[1].command.startswith("47")


def test_an_invitation_ends_with_the_room(server: Server, room: str) -> None:
    """Another room of that name is another room."""
    alice, bob = server.join(fresh("alice"), room), server.join(fresh("bob"))
    alice.ask(f"INVITE {bob.nick} {room}", f"PART {room}", f"JOIN {room}", f"MODE {room} +i")
    assert bob.ask(f"JOIN {room}")[-1].command == "473"


def test_who_may_invite(server: Server, room: str) -> None:
    """ "INVITE message": members; with +i operators only. Other members are not told."""
    alice, bob = pair(server, room)
    carol = server.join(fresh("carol"))
    carol.ask("AWAY :asleep")
    assert bob.replies(f"INVITE {carol.nick} {room}") == [
        ("341", carol.nick, room),
        ("301", carol.nick, "asleep"),
    ]
    assert alice.replies(f"MODE {room} +i") == [("MODE", room, "+i")]
    assert bob.replies(f"INVITE {carol.nick} {room}")[-1][:2] == ("482", room)
    assert carol.replies(f"JOIN {room}")[-1][:2] == ("473", room)


# PART


def test_part(server: Server) -> None:
    """ "PART message": one message for each room, the reason on each; the rest goes on."""
    one, two = fresh("#room"), fresh("#room")
    alice, bob = server.join(fresh("alice"), one, two), server.join(fresh("bob"), one, two)
    alice.ask()
    replies = alice.replies(f"PART {one.upper()},#nowhere,{two} :so long", f"PART {one}")
    assert replies == [
        ("PART", one, "so long"),
        ("403", "#nowhere", "No such room"),
        ("PART", two, "so long"),
        ("442", one, "You are not in that room"),
    ]
    assert [one.params for one in bob.ask()] == [(one, "so long"), (two, "so long")]


def test_part_without_a_reason(server: Server, room: str) -> None:
    alice, bob = pair(server, room)
    assert bob.replies(f"PART {room}") == [("PART", room)]
    assert alice.ask()[0].params == (room,)


# TOPIC


def test_topic(server: Server, room: str) -> None:
    """ "TOPIC message": 331; the change for everyone; 332 and 333; an empty one clears it."""
    alice, bob = pair(server, room)
    before = bob.clock()
    assert bob.replies(f"TOPIC {room}") == [("331", room, "No topic is set")]
    assert alice.replies(f"TOPIC {room} :Tea & cake") == [("TOPIC", room, "Tea & cake")]
    (event,) = bob.ask()
    assert (event.command, event.params, event.nick) == ("TOPIC", (room, "Tea & cake"), alice.nick)
    topic, who_when = bob.replies(f"TOPIC {room}")
    assert topic == ("332", room, "Tea & cake")
    assert who_when[:3] == ("333", room, f"{alice.nick}!~{alice.nick}@127.0.0.1")
    assert before <= int(who_when[3]) <= bob.clock()
    outsider = server.join(fresh("carol"))
    assert outsider.replies(f"TOPIC {room}")[0] == topic
    assert alice.replies(f"TOPIC {room} :") == [("TOPIC", room, "")]
    assert bob.replies(f"TOPIC {room}")[1:] == [("331", room, "No topic is set")]


def test_an_open_topic(server: Server, room: str) -> None:
    """ "Protected Topic Mode": without it any member sets the topic, and still no outsider."""
    alice, bob = pair(server, room)
    alice.ask(f"MODE {room} -t")
    bob.ask()
    assert bob.replies(f"TOPIC {room} :mine") == [("TOPIC", room, "mine")]
    carol = server.join(fresh("carol"))
    assert carol.replies(f"TOPIC {room} :mine")[0][:2] == ("442", room)


# NAMES


def test_names_of_several_rooms(server: Server) -> None:
    """ "NAMES message": one by one; what is not there has an end only."""
    one, two = fresh("#room"), fresh("#room")
    alice = server.join(fresh("alice"), one, two)
    assert alice.replies(f"NAMES {one.upper()},#nowhere,{two}") == [
        ("353", "=", one, f"@{alice.nick}"),
        ("366", one, "End of /NAMES list"),
        ("366", "#nowhere", "End of /NAMES list"),
        ("353", "=", two, f"@{alice.nick}"),
        ("366", two, "End of /NAMES list"),
    ]


def test_names_of_a_secret_room(server: Server, room: str) -> None:
    """ "Secret Channel Mode": for members only; RPL_NAMREPLY's symbol is @."""
    alice, bob = pair(server, room)
    alice.ask(f"MODE {room} +s")
    outsider = server.join(fresh("carol"))
    assert outsider.replies(f"NAMES {room}") == [("366", room, "End of /NAMES list")]
    bob.ask()
    assert bob.replies(f"NAMES {room}")[0] == ("353", "@", room, f"@{alice.nick} {bob.nick}")


def test_a_secret_room_is_none_to_outsiders(server: Server, room: str) -> None:
    """ "Secret Channel Mode": whatever they ask, it is as with a room that there is not."""
    alice, _ = pair(server, room)
    alice.ask(f"MODE {room} +s", f"TOPIC {room} :hush", f"MODE {room} +b spam")
    carol = server.join(fresh("carol"))

    def answers(name: str) -> list[tuple[str, ...]]:
        lines = [f"MODE {name}", f"MODE {name} b", f"MODE {name} +m", f"TOPIC {name}"]
        lines += [f"TOPIC {name} :mine", f"PART {name}", f"KICK {name} {alice.nick}"]
        lines += [f"INVITE {alice.nick} {name}", f"PRIVMSG {name} :hi", f"PRIVMSG @{name} :hi"]
        return [tuple(word.upper() for word in one) for one in carol.replies(*lines)]

    assert answers(room.upper()) == [("403", room.upper(), "NO SUCH ROOM")] * 10
    assert answers("#nowhere") == [("403", "#NOWHERE", "NO SUCH ROOM")] * 10
    alice.ask(f"MODE {room} -n")
    assert carol.replies(f"PRIVMSG {room} :from outside") == []
    assert alice.replies() == [("PRIVMSG", room, "from outside")]
    carol.ask(f"JOIN {room}")
    assert [one[0] for one in carol.replies(f"MODE {room}", f"TOPIC {room}")] == [
        *("324", "329", "332", "333")
    ]


def test_names_of_the_invisible(server: Server, room: str) -> None:
    """ "Invisible User Mode": shown to those who are in the room."""
    alice, bob = pair(server, room)
    bob.ask(f"MODE {bob.nick} +i")
    outsider = server.join(fresh("carol"))
    assert outsider.replies(f"NAMES {room}")[0][-1] == f"@{alice.nick}"
    assert alice.replies(f"NAMES {room}")[0][-1] == f"@{alice.nick} {bob.nick}"
    alice.ask(f"MODE {alice.nick} +i")
    assert [one[0] for one in outsider.replies(f"NAMES {room}")] == ["366"]


@pytest.mark.parametrize(
    ("caps", "shown"),
    [
        ("", "@{0} {1}"),
        ("multi-prefix", "@+{0} {1}"),
        ("userhost-in-names", "@{0}!~{0}@127.0.0.1 {1}!~{1}@127.0.0.1"),
        ("userhost-in-names multi-prefix", "@+{0}!~{0}@127.0.0.1 {1}!~{1}@127.0.0.1"),
    ],
)
def test_names_by_capability(server: Server, room: str, caps: str, shown: str) -> None:
    """IRCv3 multi-prefix (from highest to lowest) and userhost-in-names; not the invisible."""
    alice, bob = pair(server, room)
    hidden = server.join(fresh("hidden"), room)
    hidden.ask(f"MODE {hidden.nick} +i")
    alice.ask(f"MODE {room} +v {alice.nick}")
    carol = server.join(fresh("carol"), caps=caps)
    assert carol.replies(f"NAMES {room}")[0][-1] == shown.format(alice.nick, bob.nick)


@pytest.mark.parametrize("caps", ["", "userhost-in-names"])
def test_many_names(server: Server, room: str, caps: str) -> None:
    """ "Message Format": no line has more than 512 bytes; every name is there once."""
    crowd = [server.join(f"{fresh('长')}{'名' * 20}", room) for _ in range(40)]
    watcher = server.join(fresh("watcher"), caps=caps)
    watcher.ask()
    seen = len(watcher.seen)
    replies = watcher.replies(f"NAMES {room}")
    sizes = [len(line.encode()) + 2 for line in watcher.seen[seen:]]
    assert max(sizes) <= 512 < sum(sizes)
    assert max(sizes) > 400  # the lines are filled
    assert [one[0] for one in replies] == ["353"] * (len(replies) - 1) + ["366"]
    names = [word for *_, line in replies[:-1] for word in line.split(" ")]
    assert [name.partition("!")[0].lstrip("@") for name in names] == [one.nick for one in crowd]


# KICK


def test_kick(server: Server, room: str) -> None:
    """ "KICK message": everyone sees it, the one who goes too, who is then gone."""
    alice, bob = pair(server, room)
    assert alice.replies(f"KICK {room} {bob.nick.upper()} :out you go") == [
        ("KICK", room, bob.nick, "out you go")
    ]
    (event,) = bob.ask()
    assert (event.command, event.params) == ("KICK", (room, bob.nick, "out you go"))
    assert event.nick == alice.nick
    assert bob.replies(f"PART {room}")[0][:2] == ("442", room)
    assert alice.replies(f"NAMES {room}")[0][-1] == f"@{alice.nick}"
    assert bob.replies(f"JOIN {room}")[0] == ("JOIN", room)


def test_kick_several(server: Server, room: str) -> None:
    """ "KICK message": one user and the comment in each; who is not there is refused."""
    alice, bob = pair(server, room)
    carol, dave = server.join(fresh("carol"), room), server.join(fresh("dave"))
    watcher = server.join(fresh("erin"), room)
    alice.ask()
    kicks = [("KICK", room, bob.nick, "why"), ("KICK", room, carol.nick, "why")]
    assert alice.replies(f"KICK {room} {bob.nick},{dave.nick},{carol.nick} :why") == [
        kicks[0],
        ("441", dave.nick, room, "They are not in that room"),
        kicks[1],
    ]
    assert watcher.replies() == kicks


def test_kick_without_a_comment(server: Server, room: str) -> None:
    """ "KICK message": there is a default. One may put oneself out."""
    alice, bob = pair(server, room)
    assert alice.replies(f"KICK {room} {alice.nick}") == [("KICK", room, alice.nick, alice.nick)]
    assert bob.ask()[0].params == (room, alice.nick, alice.nick)
    assert bob.replies(f"NAMES {room}")[0][-1] == bob.nick


def test_several_rooms_and_people(server: Server) -> None:
    """RFC 2812 section 3.2.8: as many rooms as people are pairs, each refused by itself."""
    one, other = fresh("#room"), fresh("#room")
    alice = server.join(fresh("alice"), one, other)
    bob, carol = server.join(fresh("bob"), one, other), server.join(fresh("carol"), one, other)
    alice.ask()
    line = f"KICK {one},{other},{one},{other} {bob.nick},{carol.nick},nobody,{alice.nick} :why"
    assert alice.replies(line) == [
        ("KICK", one, bob.nick, "why"),
        ("KICK", other, carol.nick, "why"),
        ("401", "nobody", "No such nick or room"),
        ("KICK", other, alice.nick, "why"),
    ]
    assert [m.params[:2] for m in bob.ask() if m.command == "KICK"] == [
        (one, bob.nick),
        (other, carol.nick),
        (other, alice.nick),
    ]
