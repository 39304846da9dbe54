"""What clients are told, or spared: setname, invite-notify, no-implicit-names, bot-mode (IRCv3)."""

import pytest

from chat.people import BareWorld, Peer, a_world, arrive, heard, say
from chatroom.chat.connections import attach_to
from chatroom.chat.limits import Limits
from chatroom.chat.session import Session
from chatroom.wire.capabilities import Capabilities

SETNAME = frozenset({"setname"})
INVITE = frozenset({"invite-notify"})


def together(world: BareWorld, capabilities: Capabilities, *nicks: str) -> list[Session]:
    """People with these capabilities who are in #a and #b, and have read everything."""
    sessions = [arrive(world, nick, capabilities) for nick in nicks]
    for session in sessions:
        say(session, "JOIN #a,#b")
    for session in sessions:
        heard(session)
    return sessions


def test_setname_is_told_to_those_who_asked() -> None:
    """setname, "Description": to all in common rooms once, to oneself, and to nobody without it."""
    world = a_world()
    alice, bob = together(world, SETNAME, "alice", "bob")
    (eve,) = together(world, frozenset(), "eve")
    phone = attach_to(world, alice.user, Peer(), "198.51.100.7")
    phone.agree_on(SETNAME)
    stranger = arrive(world, "stranger", SETNAME)
    for session in (alice, bob, phone):
        heard(session)
    say(alice, "SETNAME :Alice of the Hill")
    line = ":alice!~alice@192.0.2.1 SETNAME :Alice of the Hill"
    assert [heard(one) for one in (alice, phone, bob)] == [[line]] * 3
    assert [heard(one) for one in (eve, stranger)] == [[], []]
    say(eve, "WHOIS alice", "SETNAME Eva")
    assert heard(eve)[0].endswith(" :Alice of the Hill")
    assert heard(bob) == [":eve!~eve@192.0.2.1 SETNAME :Eva"]
    heard(alice)
    say(alice, "SETNAME :Alice of the Hill")
    assert [heard(alice), heard(bob)] == [[line], []]


def test_setname_in_no_room_and_with_a_label() -> None:
    """It is confirmed, and the label is on the answer."""
    world = a_world()
    alice = arrive(world, "alice", SETNAME | {"labeled-response", "batch"})
    say(alice, "@label=x SETNAME Al")
    assert heard(alice) == ["@label=x :alice!~alice@192.0.2.1 SETNAME :Al"]


@pytest.mark.parametrize("realname", ["", "   ", "é" * 11])
def test_a_bad_real_name_is_refused(realname: str) -> None:
    """setname, "Errors": INVALID_REALNAME, and nothing changes."""
    world = a_world(Limits(realname=10))
    (alice,) = together(world, SETNAME, "alice")
    say(alice, f"SETNAME :{realname}")
    why = "A real name has between 1 and 10 characters"
    assert heard(alice) == [f":chatroom.local FAIL SETNAME INVALID_REALNAME :{why}"]
    assert alice.user.realname == "alice"
    say(alice, "SETNAME :" + "é" * 10)
    assert alice.user.realname == "é" * 10


def test_members_see_who_is_invited() -> None:
    """invite-notify: those in the room who asked; who invites gets 341, the guest INVITE, once."""
    world = a_world()
    alice, bob = together(world, INVITE, "alice", "bob")
    (eve,) = together(world, frozenset(), "eve")
    guest, stranger = arrive(world, "guest", INVITE), arrive(world, "stranger", INVITE)
    for session in (alice, bob, eve):
        heard(session)
    say(alice, "INVITE guest #a")
    line = ":alice!~alice@192.0.2.1 INVITE guest :#a"
    assert heard(alice) == [":chatroom.local 341 alice guest #a"]
    assert [heard(one) for one in (bob, guest, eve, stranger)] == [[line], [line], [], []]


NO_NAMES = ["no-implicit-names", "draft/no-implicit-names", "soju.im/no-implicit-names"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_names_but_on_request(name: str) -> None:
    """no-implicit-names: none after JOIN; NAMES is answered as usual."""
    world = a_world()
    together(world, frozenset(), "bob")
    alice = arrive(world, "alice", frozenset({name}))
    say(alice, "JOIN #a")
    assert heard(alice) == [":alice!~alice@192.0.2.1 JOIN :#a"]
    say(alice, "NAMES #a")
    assert [line.split()[1] for line in heard(alice)] == ["353", "366"]


def test_a_bot_is_marked() -> None:
    """bot-mode: the tag on all that a bot does, 335 in WHOIS, the flag in WHO; not after -B."""
    world = a_world()
    robot, alice = together(world, frozenset({"message-tags"}), "robot", "alice")
    say(robot, "MODE robot +B")
    assert heard(robot) == ["@bot :robot!~robot@192.0.2.1 MODE robot +B"]
    say(robot, "PRIVMSG #a :beep", "TOPIC #b :beep", "NICK rob", "PART #b")
    assert ["bot" in line.split()[0].strip("@").split(";") for line in heard(alice)] == [True] * 4
    say(alice, "WHOIS rob", "WHO rob")
    told = heard(alice)
    assert ":chatroom.local 335 alice rob :is a bot" in told
    assert any(line.split()[1] == "352" and " HB" in line for line in told)
    say(robot, "MODE rob -B")
    say(alice, "WHOIS rob")
    assert not [line for line in heard(alice) if line.startswith("@bot") or " 335 " in line]
