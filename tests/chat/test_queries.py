"""WHO, WHOWAS, NAMES, INVITE and HELP, clause by clause (Modern IRC, "User-Based Queries", "Channel
Operations", "Server Queries and Commands"; RFC 2812 where Modern IRC allows more)."""

import pytest

from chat.people import NOW, Peer, a_world, arrive, begin, hang_up, heard, say
from chatroom.chat.commands.people import PEOPLE_PER_STEP
from chatroom.chat.commands.rooms import MEMBERS_PER_STEP
from chatroom.chat.connections import attach
from chatroom.chat.output.answers import finish
from chatroom.chat.ports import Transport
from chatroom.chat.privileges import PRIVILEGES
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import OperatorMade
from chatroom.wire.message import parse


def asked(session: Session, line: str) -> list[tuple[str, ...]]:
    """The answers to a line: each numeric, and its parameters after the nickname."""
    heard(session)
    say(session, line)
    answers = [parse(each) for each in heard(session)]
    return [(one.command, *one.params[1:]) for one in answers if one is not None]


def make_operator(session: Session) -> None:
    """An operator of the server with all privileges."""
    event = OperatorMade(session.user.id, "root", "all", tuple(PRIVILEGES), False, NOW)
    apply(session.fanout.world, event)  # type: ignore[attr-defined]
    heard(session)


@pytest.mark.parametrize("mask", ["#den o", "* o", "b* o", "bob o", "b* o%n"])
def test_who_with_o_shows_operators_only(mask: str) -> None:
    """RFC 2812 section 3.6.1; with fields too (WHOX)."""
    world = a_world()
    alice, bob, bert = (arrive(world, nick) for nick in ("alice", "bob", "bert"))
    for one in (alice, bob, bert):
        say(one, "JOIN #den")
    make_operator(bob)
    *shown, end = asked(alice, f"WHO {mask}")
    assert len(shown) == 1
    assert "bob" in shown[0]
    assert end[:2] == ("315", mask.split()[0])
    assert len(asked(alice, f"WHO {mask.split()[0]}")) == (
        2 if mask.startswith("bob") else 3 if mask.startswith("b") else 4
    )


def test_who_with_all_fields() -> None:
    """IRCv3 whox: in the order of the specification, whatever the order of the request."""
    world = a_world()
    alice = arrive(world, "alice")
    say(alice, "JOIN #den")
    heard(alice)
    words = "7 #den ~alice 192.0.2.1 192.0.2.1 chatroom.local alice H@ 0 0 0 n/a"
    for fields in ("tcuihsnfdlaor", "roaldfnshiuct"):
        (shown, _) = asked(alice, f"WHO #den %{fields},7")
        assert shown == ("354", *words.split(), "alice")


def test_who_shows_who_comes_over_tls() -> None:
    """The flag `s`, and 671 in WHOIS: only if all of their connections are encrypted."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    assert asked(alice, "WHO bob")[0][6] == "H"
    bob.transport = Transport(secure=True, tls="TLSv1.3")
    assert asked(alice, "WHO bob")[0][6] == "Hs"
    assert asked(alice, "WHO bob %f")[0] == ("354", "Hs")
    assert "671" in [code for code, *_ in asked(alice, "WHOIS bob")]
    assert "671" not in [code for code, *_ in asked(alice, "WHOIS alice")]


def test_who_shows_for_how_long_somebody_has_been_silent() -> None:
    """IRCv3 whox, `l`: in seconds; never below zero, also if the clock was set back."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    for spoke_at, idle in ((world.now - 42, "42"), (world.now + 9, "0")):
        bob.user.spoke_at = spoke_at
        assert asked(alice, "WHO bob %ln")[0] == ("354", "bob", idle)


def test_the_token_of_who_has_three_characters() -> None:
    """IRCv3 whox: a client may send no more; nothing else comes back in its place."""
    world = a_world()
    alice = arrive(world, "alice")
    assert asked(alice, "WHO alice %tn,123")[0] == ("354", "123", "alice")
    assert asked(alice, "WHO alice %tn,1234567")[0] == ("354", "123", "alice")
    assert asked(alice, "WHO alice %tn")[0] == ("354", "0", "alice")


@pytest.mark.parametrize("line", ["WHO #den", "NAMES #den"])
def test_a_room_that_becomes_secret_meanwhile_is_not_shown_further(line: str) -> None:
    world = a_world()
    crowd = [arrive(world, f"m{number}") for number in range(2 * MEMBERS_PER_STEP)]
    for one in crowd:
        say(one, "JOIN #den")
    alice = arrive(world, "alice")
    begin(alice, line)
    first = heard(alice)
    assert first
    say(crowd[0], "MODE #den +s")
    finish(alice)
    assert [each.split()[1] for each in heard(alice)] == ["366" if "NAMES" in line else "315"]


def test_userhost_cuts_no_address() -> None:
    """Five of IPv6, of people with long names in other letters, do not fit into one line."""
    world = a_world()
    nicks = [letter * 30 for letter in "äéïöü"]
    for nick in nicks:
        session = attach(world, Peer(), "2001:db8:1111:2222:3333:4444:5555:6666")
        say(session, f"NICK {nick}", f"USER {'u' * 18} 0 * :user")
    answers = asked(session, f"USERHOST {' '.join(nicks)}")
    words = [word for _, line in answers for word in line.split()]
    host = f"~{'u' * 17}@2001:db8:1111:2222:3333:4444:5555:6666"
    assert words == [f"{nick}=+{host}" for nick in nicks]
    assert len(answers) == 2


def test_whowas_with_a_mask() -> None:
    """RFC 2812 section 3.6.3: the latest first, up to the count; the exact nickname alone finds
    somebody who was invisible."""
    world = a_world()
    alice = arrive(world, "alice")
    for nick, mode in (("ghost1", ""), ("ghost2", "+i"), ("ghost3", ""), ("other", "")):
        one = arrive(world, nick)
        say(one, *([f"MODE {nick} {mode}"] if mode else []))
        hang_up(one)

    def found(line: str) -> list[str]:
        return [each[1] for each in asked(alice, line) if each[0] == "314"]

    assert found("WHOWAS ghost*") == ["ghost3", "ghost1"]
    assert found("WHOWAS GHOST? 1") == ["ghost3"]
    assert found("WHOWAS ghost2") == ["ghost2"]
    make_operator(alice)
    assert found("WHOWAS ghost*") == ["ghost3", "ghost2", "ghost1"]
    nobody = asked(alice, "WHOWAS x*")
    assert nobody == [
        ("406", "x*", "There was no such nickname"),
        ("369", "x*", "End of WHOWAS"),
    ]


def test_whowas_tells_when() -> None:
    """312 after 314, with the time of leaving in UTC."""
    world = a_world()
    alice, ghost = arrive(world, "alice"), arrive(world, "ghost")
    hang_up(ghost)
    assert asked(alice, "WHOWAS ghost")[1] == (
        "312", "ghost", "chatroom.local", "last seen 2023-11-14 22:13:20 UTC",
    )  # fmt: skip


def test_a_mask_is_compared_in_steps() -> None:
    """Also if it fits nobody: comparing takes time."""
    world = a_world()
    alice = arrive(world, "alice")
    for number in range(3 * PEOPLE_PER_STEP):
        hang_up(arrive(world, f"g{number}"))
    begin(alice, "WHOWAS x*")
    steps = 0
    while alice.answer is not None and alice.answer.advance():
        steps += 1
    assert steps >= 2
    assert len(heard(alice)) == 2


def test_names_without_a_room() -> None:
    """All visible rooms with their people, and one end (RFC 2812 section 3.2.5)."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    say(alice, "JOIN #a", "JOIN #b")
    say(bob, "JOIN #b", "JOIN #s", "MODE #s +s")
    assert asked(alice, "NAMES") == [
        ("353", "=", "#a", "@alice"),
        ("353", "=", "#b", "@alice bob"),
        ("366", "*", "End of /NAMES list"),
    ]
    assert ("353", "@", "#s", "@bob") in asked(bob, "NAMES")


@pytest.mark.parametrize("line", ["NAMES #den", "NAMES #none,#den", "NAMES", "JOIN #den"])
def test_names_of_a_crowd_come_in_steps(line: str) -> None:
    """As fast as the client reads them; who leaves in between is not listed any more."""
    world = a_world()
    crowd = [arrive(world, f"m{number}") for number in range(3 * MEMBERS_PER_STEP)]
    for one in crowd:
        say(one, "JOIN #den")
    alice = arrive(world, "alice")
    begin(alice, line)
    first = heard(alice)
    assert sum(len(each.split(" :")[1].split()) for each in first if " 353 " in each) <= (
        MEMBERS_PER_STEP
    )
    assert not any(" 366 alice #den " in each for each in first)
    say(crowd[-1], "PART #den")
    finish(alice)
    lines = [*first, *heard(alice)]
    listed = [nick for each in lines if " 353 " in each for nick in each.split(" :")[1].split()]
    everybody = {one.user.nick for one in crowd[:-1]} | ({"alice"} if "JOIN" in line else set())
    assert {nick.removeprefix("@") for nick in listed} == everybody
    assert len(listed) == len(everybody)


def test_the_list_of_invitations() -> None:
    """ "Invite list": 336 for each room, 337; not after the room has ended, or was entered."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    end = ("337", "End of /INVITE list")
    assert asked(bob, "INVITE") == [end]
    for room in ("#a", "#b", "#c"):
        say(alice, f"JOIN {room}", f"MODE {room} +is", f"INVITE bob {room}")
    assert asked(bob, "INVITE") == [("336", "#a"), ("336", "#b"), ("336", "#c"), end]
    say(bob, "JOIN #a")
    say(alice, "PART #b")
    assert asked(bob, "INVITE") == [("336", "#c"), end]
    assert asked(alice, "INVITE") == [end]
    assert asked(bob, "INVITE alice") == [("461", "INVITE", "Not enough parameters")]


@pytest.mark.parametrize("subject", ["", "privmsg", "unknown", "HELPOP"])
def test_helpop_is_help(subject: str) -> None:
    """ "HELP message": clients try HELPOP where HELP has no numerics."""
    alice = arrive(a_world(), "alice")
    assert asked(alice, f"HELPOP {subject}") == asked(alice, f"HELP {subject}")
    assert asked(alice, f"HELPOP {subject}")[0][0] == ("524" if subject == "unknown" else "704")
