"""KILL, KLINE, DLINE: who is put out, who is kept out, and how fast that is found."""

import pytest

from chat.memory_history import MemoryHistory
from chat.people import NOW, BareWorld, Peer, a_world, arrive, hang_up, heard, say
from chatroom.chat.banishment import why_not_from
from chatroom.chat.commands.accounts import log_in
from chatroom.chat.connections import attach, attach_to
from chatroom.chat.limits import Limits
from chatroom.chat.ports import Recipient
from chatroom.chat.privileges import PRIVILEGES
from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn, OperatorMade
from chatroom.chat.state.server_bans import BUCKET, ENDED_AT_ONCE, ServerBan, ServerBans
from chatroom.chat.state.world import World


def scene(limits: Limits | None = None) -> tuple[BareWorld, Session]:
    """A world, and an operator in it, who comes from elsewhere."""
    world = a_world(limits, MemoryHistory())
    world.on_expelled = expel
    root = come(world, "boss", "203.0.113.9")
    apply(world, OperatorMade(root.user.id, "root", "all", tuple(PRIVILEGES), False, world.now))
    heard(root)
    return world, root


def expel(session: Recipient, why: str) -> None:
    assert isinstance(session, Session)
    session.closing = why
    hang_up(session, why)


def come(world: World, nick: str, host: str = "192.0.2.1") -> Session:
    session = attach(world, Peer(), host)
    say(session, f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    return session


def ask(session: Session, *lines: str) -> list[str]:
    say(session, *lines)
    return heard(session)


def test_kill() -> None:
    world, root = scene()
    bob, carol = arrive(world, "bob"), arrive(world, "carol")
    say(bob, "JOIN #den")
    say(carol, "JOIN #den")
    heard(bob), heard(carol)
    assert ask(root, "KILL bob :too loud") == []
    assert heard(bob) == [":boss!~boss@203.0.113.9 KILL bob :too loud"]
    assert heard(carol) == [":bob!~bob@192.0.2.1 QUIT :Killed by boss: too loud"]
    assert world.find("bob") is None
    assert ask(root, "KILL bob")[0].split()[1] == "401"
    say(root, "KILL boss :enough")  # also oneself: one's own door ends it
    assert root.closing == "Killed by boss: enough"


@pytest.mark.parametrize(
    ("line", "kept_out"),
    [
        ("KLINE bob", "*!*@192.0.2.1"),
        ("KLINE 2h bob :spam", "*!*@192.0.2.1"),
        ("KLINE bob!*@*", "bob!*@*"),
        ("KLINE *@192.0.2.*", "*!*@192.0.2.*"),
        ("KLINE ~bob@*", "*!~bob@*"),
        ("DLINE bob", "192.0.2.1/32"),
        ("DLINE 0 192.0.2.1", "192.0.2.1/32"),
        ("DLINE 1d12h 192.0.2.77/24 spam", "192.0.2.0/24"),
        ("DLINE ::ffff:192.0.2.1 :spam", "192.0.2.1/32"),
        ("DLINE 2h ::ffff:192.0.2.1", "192.0.2.1/32"),
        ("DLINE 0::ffff:192.0.2.99/120 spam", "192.0.2.0/24"),
    ],
)
def test_who_is_banned_goes_and_stays_away(line: str, kept_out: str) -> None:
    world, root = scene()
    bob = come(world, "bob")
    heard(bob)
    assert f" BAN_SET {kept_out} :{kept_out} is banned" in ask(root, line)[0]
    assert bob.closing.startswith("You are banned from this server")
    assert world.find("bob") is None
    if line.startswith("DLINE"):
        assert why_not_from(world, "192.0.2.1").startswith("You are banned")
    again = come(world, "bob")
    assert again.closing
    assert not again.registered
    assert heard(again)[-1].split()[1] == "465"
    assert come(world, "carol", "198.51.100.1").registered


def test_a_mask_fits_whichever_connection_has_its_address() -> None:
    """Not only the first one, whose address others see: now, and when they change the nickname."""
    world, root = scene()
    first = come(world, "alice")
    attach_to(world, first.user, Peer(), "198.51.100.1")
    say(root, "KLINE *!*@198.51.100.1")
    assert world.find("alice") is None
    bob = come(world, "bob")
    attach_to(world, bob.user, Peer(), "198.51.100.2")
    say(root, "KLINE robert!*@198.51.100.2")
    assert world.find("bob") is bob.user
    say(bob, "NICK robert")
    assert heard(bob)[-1].split()[1] == "432"


def test_each_session_has_its_own_address() -> None:
    """Also if the first one, whose address others see, has ended."""
    world, root = scene()
    first = come(world, "alice")
    alice = first.user
    second = attach_to(world, alice, Peer(), "198.51.100.1")
    third = attach_to(world, alice, Peer(), "198.51.100.9")
    say(root, "DLINE 198.51.100.1")
    assert [one.closing != "" for one in (first, second, third)] == [False, True, False]
    hang_up(first)
    say(root, "DLINE alice")
    assert third.closing
    assert world.find("alice") is None
    assert [ban.target for ban in world.server_bans] == ["198.51.100.1/32", "198.51.100.9/32"]


def test_what_they_are_told_and_until_when() -> None:
    world, root = scene()
    say(root, "KLINE 2h bob!*@* :spam")
    world.set_time(NOW + 3600, 3600)
    bob = come(world, "bob")
    assert bob.closing == "You are banned from this server for another 1 hour: spam"
    hang_up(bob)
    world.set_time(NOW + 7200, 7200)
    assert come(world, "bob").registered


def test_an_account() -> None:
    """Whoever is logged in goes, and nobody logs in to it again."""
    world, root = scene()
    apply(world, AccountAdded("Alice"))
    al = come(world, "al")
    apply(world, LoggedIn(al.user.id, "Alice", world.now))
    assert ":a:Alice is banned" in ask(root, "KLINE a:alice")[0]
    assert al.closing
    with pytest.raises(Refused) as refused:
        log_in(world, come(world, "eve"), "alice")
    assert refused.value.sentence == "This account is banned from this server"
    assert " CANNOT_BAN a:nobody " in ask(root, "KLINE a:nobody")[0]
    assert "K a:alice" in {ban.key for ban in world.server_bans}
    assert "UNKLINE BAN_LIFTED" in ask(root, "UNKLINE a:ALICE")[0]


def test_a_claimed_nickname_is_banned_like_any_other() -> None:
    """A registered one, which a session has only when it is let in."""
    world, root = scene()
    apply(world, AccountAdded("Alice"))
    say(root, "KLINE alice!*@*")
    al = come(world, "alice")
    assert al.closing
    assert heard(al)[-1].split()[1] == "465"


def test_no_other_name_gets_around_a_ban() -> None:
    world, root = scene()
    say(root, "KLINE spam*!*@*")
    bob = come(world, "bob")
    heard(bob)
    assert ask(bob, "NICK spammer")[0].split()[1] == "432"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("KLINE *!*@*", "That would ban everybody"),
        ("KLINE *!~*@*:*", "That would ban everybody"),
        ("KLINE *!*@203.0.113.*", "That would keep you out, too"),
        ("DLINE 203.0.113.0/24", "That would keep you out, too"),
        ("DLINE 192.0.0.0/7", "A network has at least /8; ban smaller ones"),
        ("DLINE 2001:db8::/15", "A network has at least /16; ban smaller ones"),
        ("DLINE ::ffff:0:0/96", "A network has at least /8; ban smaller ones"),
        ("KLINE *!*@192.0.2.0/24", "DLINE takes networks"),
        ("KLINE ~a:bob!*@*", "No nickname has a colon"),
        ("DLINE nobody", "This is neither an address nor a network"),
        ("DLINE 192.0.2.1/33", "This is neither an address nor a network"),
        ("KLINE *a?b*!*@*", "This mask cannot be matched quickly"),
        (f"KLINE {'x' * 200}!*@*", "This mask cannot be matched quickly"),
        ("KLINE 99999999999w bob!*@*", "There is nobody"),
    ],
)
def test_what_cannot_be_banned(line: str, why: str) -> None:
    world, root = scene()
    (said,) = ask(root, line)
    assert why in said or said.split()[1] == "401"
    assert not len(world.server_bans)


def test_there_is_an_end_to_bans() -> None:
    world, root = scene(Limits(server_bans=2))
    say(root, "KLINE a!*@*", "DLINE 192.0.2.1")
    heard(root)
    assert "There are too many bans" in ask(root, "KLINE b!*@*")[0]
    assert "BAN_SET" in ask(root, "KLINE 2h a!*@*")[0]  # again
    assert len(world.server_bans) == 2


def test_what_is_over_takes_no_room() -> None:
    """Neither among all bans, nor among masks that have to be tried one by one."""
    world, root = scene(Limits(server_bans=BUCKET + 1))
    for number in range(BUCKET):
        world.server_bans.add_ban(ServerBan(f"x{number}*!*@*", False, "root", NOW, NOW + 1))
    assert "Too many such masks" in ask(root, "KLINE y*!*@*")[0]
    assert "BAN_SET" in ask(root, "DLINE 10.0.0.0/8")[0]
    assert "There are too many bans" in ask(root, "DLINE 11.0.0.0/8")[0]
    assert "BAN_SET" in ask(root, "KLINE 2s x7*!*@*")[0]  # again
    world.set_time(NOW + 1, 1)
    assert "BAN_SET" in ask(root, "KLINE y*!*@*")[0]
    for _ in range(BUCKET // ENDED_AT_ONCE):
        assert "BAN_SET" in ask(root, "DLINE 11.0.0.0/8")[0]
    targets = [ban.target for ban in world.server_bans]
    assert targets == ["10.0.0.0/8", "x7*!*@*", "y*!*@*", "11.0.0.0/8"]


def test_lifting() -> None:
    world, root = scene()
    say(root, "KLINE bob!*@*", "KLINE *@192.0.2.1", "DLINE 10.0.0.0/8", "DLINE 2001:db8::1")
    heard(root)
    assert "NO_SUCH_BAN" in ask(root, "UNKLINE eve")[0]
    assert "NO_SUCH_BAN" in ask(root, "UNDLINE 10.1.2.3")[0]
    assert "NO_SUCH_BAN" in ask(root, "UNDLINE ten")[0]
    assert "BAN_LIFTED 10.0.0.0/8" in ask(root, "UNDLINE 10.0.0.0/8")[0]
    assert "BAN_LIFTED 2001:db8::1/128" in ask(root, "UNDLINE 2001:DB8:0::1")[0]
    assert "BAN_LIFTED bob!*@*" in ask(root, "UNKLINE BOB")[0]  # who is not here
    assert "BAN_LIFTED *!*@192.0.2.1" in ask(root, "UNKLINE *@192.0.2.1")[0]
    assert not len(world.server_bans)


def test_stats() -> None:
    _, root = scene()
    for letter in ("k", "d"):
        assert ask(root, f"STATS {letter}") == [
            ":chatroom.local NOTE STATS NO_BANS :No server bans",
            f":chatroom.local 219 boss {letter} :End of /STATS report",
        ]
    say(root, "KLINE 2h bob!*@* :spam", "DLINE 10.0.0.0/8")
    heard(root)
    assert ask(root, "STATS k") == [
        f":chatroom.local 216 boss K bob!*@* boss {int(NOW)} : for another 2 hours: spam",
        ":chatroom.local 219 boss k :End of /STATS report",
    ]
    assert ask(root, "STATS d")[0].startswith(":chatroom.local 225 boss D 10.0.0.0/8 boss ")


def test_they_are_stored() -> None:
    """Those that are over are no longer; a ban that is set again is not over by its first time."""
    world, root = scene()
    log = world.log
    assert isinstance(log, MemoryHistory)
    say(root, "KLINE 1s a!*@*", "KLINE 1s b!*@*", "KLINE b!*@*", "DLINE 10.0.0.0/8")
    world.set_time(NOW + 2, 2)
    say(root, "UNDLINE 10.0.0.0/8", "KLINE c!*@*")
    kept = [ServerBan(*values).target for values in log.server_bans.values() if values]
    assert kept == ["b!*@*", "c!*@*"]
    assert [ban.target for ban in world.server_bans] == kept


# How it is found


def filled(*targets: str) -> ServerBans:
    bans = ServerBans()
    for target in targets:
        is_address = "/" in target
        bans.add_ban(ServerBan(target, is_address, "root", NOW))
    return bans


def test_networks() -> None:
    bans = filled("10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "0.0.0.0/8")
    for inside in ("10.255.255.255", "192.0.2.1", "2001:db8:ffff::1"):
        assert bans.of_address(inside, NOW), inside
    for outside in ("11.0.0.0", "192.0.2.2", "2001:db9::", "0::1", "unix", "::a00:0"):
        assert bans.of_address(outside, NOW) is None, outside


def test_masks_are_found_by_their_parts() -> None:
    """Only a bucket is tried one by one, and that has a bound."""
    bans = filled(*(f"*!*@192.0.2.{n}" for n in range(256)), *(f"n{n}!*@*" for n in range(2000)))
    assert bans.of_name("bob!~bob@192.0.2.77", NOW)
    assert bans.of_name("n1999!~bob@198.51.100.1", NOW)
    assert bans.of_name("bob!~bob@198.51.100.1", NOW) is None
    assert max(len(bucket) for bucket in bans._buckets.values()) == 1
    for number in range(BUCKET):
        assert bans.has_room(f"x{number}*!*@*")
        bans.add_ban(ServerBan(f"x{number}*!*@*", False, "root", NOW))
    assert not bans.has_room("x*!*@*")
    assert bans.has_room("x!*@*")
    again = ServerBans()
    again.restore(bans.snapshot())
    assert again.snapshot() == bans.snapshot()
    for ban in list(bans):
        bans.drop_ban(ban.key)
    assert not bans._buckets
    assert not bans._masks


def test_an_address_that_begins_with_a_colon() -> None:
    """IRC takes a parameter that begins with one for the last: hosts have a 0 there."""
    world, root = scene()
    here = come(world, "here", "0::1")
    assert "BAN_SET 0::1/128" in ask(root, "DLINE 1h ::1 :spam")[0]
    assert here.closing.endswith("1 hour: spam")
    assert "0::1/128" in ask(root, "STATS d")[0]
    link = come(world, "link", "fe80::7")
    assert "BAN_LIFTED 0::1/128" in ask(root, "UNDLINE ::1")[0]
    assert "BAN_SET fe80::7/128" in ask(root, "DLINE fe80::7%eth0")[0]
    assert link.closing
