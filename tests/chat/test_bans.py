"""Bans that end by themselves, mutes, and slow mode: what people are told, and what is kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from chat.people import NOW, BareWorld, a_world, arrive, begin, heard, say, world_of
from chat.stored_history import StoredHistory
from chatroom.chat.expiry import expire
from chatroom.chat.named_operators import name_operators
from chatroom.chat.output.answers import finish
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.reading import may_read
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn
from chatroom.chat.state.mask_lists import OUTSIDERS, MaskLists, list_entry
from chatroom.text.times import LONGEST_SPAN, span, span_words
from chatroom.wire.masks import Mask

HALL = "#hall"
SERVER = ":chatroom.local "


@pytest.fixture
def log(tmp_path: Path) -> Iterator[StoredHistory]:
    log = StoredHistory(tmp_path)
    yield log
    log.close()


def started(log: StoredHistory, seconds: float = 0.0) -> BareWorld:
    """A server that starts so many seconds after NOW."""
    log.commit()
    world = a_world(log=log, replay=20)
    world.set_time(NOW + seconds, seconds)
    open_rooms(world, [HALL], log.saved_rooms())
    name_operators(world, {HALL: ["op!*@*"]})
    return world


def later(world: BareWorld, seconds: float) -> None:
    """So many seconds after NOW; the timer that a server sets runs."""
    world.set_time(NOW + seconds, seconds)
    while world.due_room:
        expire(world)


def entered(world: BareWorld, *nicks: str) -> list[Session]:
    """People in the hall, with nothing unread."""
    people = [arrive(world, nick) for nick in nicks]
    for person in people:
        say(person, f"JOIN {HALL}")
    for person in people:
        heard(person)
    return people


def told(session: Session, line: str) -> list[str]:
    """The texts of the answers."""
    heard(session)
    say(session, line)
    return [one.rpartition(" :")[2] for one in heard(session)]


def test_a_ban_ends(log: StoredHistory) -> None:
    """Everybody sees both MODEs; who is kept out learns for how long, and why."""
    world = started(log)
    op, bob, carol = entered(world, "op", "bob", "carol")
    say(op, f"TBAN {HALL} 2h bob :spam")
    mode = f":op!~op@192.0.2.1 MODE {HALL} +b bob!*@*"
    assert heard(carol) == [mode]
    assert heard(op) == [
        mode,
        f"{SERVER}NOTE TBAN BAN_ENDS {HALL} :The ban on bob!*@* ends in 2 hours",
        f"{SERVER}NOTE TBAN NICKNAME_ONLY {HALL} :Others may have the address of bob, so only the"
        " nickname is banned",
    ]
    say(bob, f"PART {HALL}")
    assert told(bob, f"JOIN {HALL}") == [
        "Cannot join room (+b): you are banned for another 2 hours (spam)"
    ]
    later(world, 7199)
    assert told(bob, f"JOIN {HALL}")[0].endswith("for another 1 second (spam)")
    later(world, 7200)
    assert heard(carol)[-1] == f"{SERVER}MODE {HALL} -b bob!*@*"
    say(bob, f"JOIN {HALL}")
    assert bob.user in world.rooms[HALL].members


@pytest.mark.parametrize("seconds", [3600, 7200, 90_000])
def test_over_a_restart(log: StoredHistory, seconds: int) -> None:
    """It ends at its time, also if no server runs then."""
    (op,) = entered(started(log), "op")
    say(op, f"TBAN {HALL} 2h bob!*@* :spam", f"TBAN {HALL} 0 eve!*@*", f"MODE {HALL} +W 30")
    world = started(log, seconds)
    later(world, seconds)
    bob, eve = arrive(world, "bob"), arrive(world, "eve")
    say(bob, f"JOIN {HALL}")
    assert (bob.user in world.rooms[HALL].members) == (seconds >= 7200)
    assert told(eve, f"JOIN {HALL}") == ["Cannot join room (+b): you are banned"]
    assert world.rooms[HALL].slow == 30
    assert bool(world.next_expiry) == (seconds < 7200)
    if seconds < 7200:
        assert told(bob, f"JOIN {HALL}")[0].endswith("for another 1 hour (spam)")


def test_a_state_of_an_earlier_version(log: StoredHistory) -> None:
    """Its entries have no times, and it has no slow mode."""
    log.save_room(HALL, {"lists": {"b": [["eve!*@*", "op", NOW]]}, "flags": ["n", "t"]})
    world = started(log)
    room = world.rooms[HALL]
    assert (room.slow, room.lists.next_expiry, list(room.lists["b"])) == (0, 0.0, ["eve!*@*"])


def test_a_snapshot_has_it_all() -> None:
    """And the restored world knows when to lift the ban."""
    world = a_world()
    op, bob = entered(world, "op", "bob")
    say(op, f"TBAN {HALL} 90 m:x!*@* :why", f"MODE {HALL} +WCcS 30")
    say(bob, f"PRIVMSG {HALL} :one")
    other = a_world()
    other.restore(world.snapshot())
    assert other.digest == world.digest
    assert other.next_expiry == world.next_expiry == NOW + 90
    assert other.rooms[HALL].wait(other.users[bob.user.id], NOW) == 30


def test_lifted_before_its_time() -> None:
    """Then nothing happens at its time; and a new time counts in place of the old one."""
    world = a_world()
    op, carol = entered(world, "op", "carol")
    say(op, f"TBAN {HALL} 60 x!*@*", f"MODE {HALL} -b x!*@*")
    say(op, f"TBAN {HALL} 60 y!*@*", f"TBAN {HALL} 120 y!*@*", f"TBAN {HALL} 60 z!*@*")
    say(op, f"TBAN {HALL} 0 z!*@*")
    heard(carol)
    later(world, 60)
    assert heard(carol) == []
    later(world, 120)
    assert heard(carol) == [f"{SERVER}MODE {HALL} -b y!*@*"]
    assert not world.next_expiry


def test_many_that_are_lifted_take_no_memory() -> None:
    world = a_world()
    (op,) = entered(world, "op")
    for number in range(500):
        say(op, f"TBAN {HALL} {900 - number} x!*@*")
    assert len(world._expiries) < 100
    say(op, f"PART {HALL}")
    assert (len(world._expiries), world.next_expiry) == (0, 0.0)


def test_several_end_at_once() -> None:
    """In as few lines as they fit into; other bans stay."""
    world = a_world()
    op, carol = entered(world, "op", "carol")
    for number in range(30):
        say(op, f"TBAN {HALL} 60 n{number:02}{'x' * 20}!*@*")
    say(op, f"TBAN {HALL} 0 bob!*@*")
    heard(carol)
    later(world, 60)
    lines = heard(carol)
    assert 1 < len(lines) < 5
    assert sum(line.split()[3].count("b") for line in lines) == 30
    assert list(world.rooms[HALL].lists["b"]) == ["bob!*@*"]


def test_the_list_says_when_they_end() -> None:
    """Behind what the specification has; for other entries there is nothing."""
    world = a_world()
    (op,) = entered(world, "op")
    say(op, f"TBAN {HALL} 2h x!*@* :so much spam", f"TBAN {HALL} 0 m:y!*@*")
    heard(op)
    say(op, f"MODE {HALL} b")
    first, second, _ = heard(op)
    assert first.split(" ", 3)[3] == (
        f"{HALL} x!*@* op {int(NOW)} :for another 2 hours (so much spam)"
    )
    assert second.split(" ", 3)[3] == f"{HALL} m:y!*@* op {int(NOW)}"


def test_whom_a_nickname_means() -> None:
    """Their address, or their nickname where another member has the same address."""
    world = a_world()
    op, bob = entered(world, "op", "bob")
    bob.user.host = "192.0.2.7"
    say(op, f"TBAN {HALL} 0 BOB", f"TBAN {HALL} 0 m:op")
    assert list(world.rooms[HALL].lists["b"]) == ["*!*@192.0.2.7", "m:*!*@192.0.2.1"]
    entered(world, "eve")
    say(op, f"TBAN {HALL} 0 eve")
    assert list(world.rooms[HALL].lists["b"])[2:] == ["eve!*@*"]
    assert heard(op)[-1].endswith(
        f"NICKNAME_ONLY {HALL} :Others may have the address of eve, so only the nickname is banned"
    )


def test_an_address_of_this_machine_is_everybody_s() -> None:
    """Also where nobody else is in the room: a ban on it would meet whoever comes later."""
    world = a_world()
    world.network_of = lambda host: "" if host in ("127.0.0.1", "unix") else host
    op, bob, carol = entered(world, "op", "bob", "carol")
    for one, address in ((bob, "127.0.0.1"), (carol, "unix")):
        one.user.host = one.user.address = address
    say(op, f"TBAN {HALL} 0 bob", f"TBAN {HALL} 0 m:carol")
    assert list(world.rooms[HALL].lists["b"]) == ["bob!*@*", "m:carol!*@*"]
    assert "only the nickname is muted" in heard(op)[-1]
    apply(world, AccountAdded("carol"))
    apply(world, LoggedIn(carol.user.id, "carol", world.now), carol)
    heard(op)
    say(op, f"TBAN {HALL} 0 carol")
    assert list(world.rooms[HALL].lists["b"])[2:] == ["carol!*@*", "a:carol"]
    assert "NICKNAME_ONLY" not in "".join(heard(op))


def test_lifting_by_nickname() -> None:
    """All that fit that person, present or gone; bans and mutes apart."""
    world = a_world()
    op, bob = entered(world, "op", "bob")
    say(op, f"MODE {HALL} +bbb b*!*@* m:bob eve!*@*")
    say(op, f"TBAN {HALL} - bob")
    assert list(world.rooms[HALL].lists["b"]) == ["m:bob!*@*", "eve!*@*"]
    say(bob, "NICK robert")
    say(op, f"TBAN {HALL} - m:bob", f"TBAN {HALL} - eve")
    assert list(world.rooms[HALL].lists["b"]) == []
    assert told(op, f"TBAN {HALL} - eve") == ["There is no such ban in this room"]
    assert told(op, f"TBAN {HALL} - m:eve!*@*") == ["There is no such mute in this room"]


def test_a_mute() -> None:
    """They may enter, and read; not speak, be it with a rank's symbol in front."""
    world = a_world()
    op, bob = entered(world, "op", "bob")
    say(op, f"MODE {HALL} +b m:bob")
    assert heard(bob)[-1].endswith("+b m:bob!*@*")
    said = told(bob, f"PRIVMSG {HALL} :hi")
    assert said == ["Cannot send to this room: you are muted here"]
    assert told(bob, f"PRIVMSG @{HALL} :hi") == said
    say(bob, f"PART {HALL}", f"JOIN {HALL}")
    assert bob.user in world.rooms[HALL].members
    assert may_read(world, bob, HALL)
    say(op, f"MODE {HALL} +e bob")
    assert told(bob, f"PRIVMSG {HALL} :hi") == []
    say(op, f"MODE {HALL} -e bob", f"MODE {HALL} +v bob")
    assert told(bob, f"PRIVMSG {HALL} :hi") == []


def test_a_mute_bars_nobody_from_the_past(log: StoredHistory) -> None:
    """When a room fades, bans stay with its past."""
    world = started(log)
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den", "MODE #den +b m:bob", "PART #den")
    assert not world.faded.bars("#den", bob.user.names)
    say(op, "JOIN #den", "MODE #den +bb bob m:carol", "PART #den")
    assert world.faded.bars("#den", bob.user.names)
    ((_, ((masks, _),), _),) = world.faded.snapshot()
    assert masks == ["bob!*@*"]


def test_slow_mode() -> None:
    """One message every n seconds from each; a refusal says how long to wait."""
    world = a_world()
    op, bob, carol = entered(world, "op", "bob", "carol")
    say(op, f"MODE {HALL} +W 30")
    assert told(bob, f"PRIVMSG {HALL} :one") == []
    assert told(carol, f"PRIVMSG {HALL} :one") == []
    later(world, 10.5)
    assert told(bob, f"PRIVMSG {HALL} :two") == [
        "Cannot send to this room: wait 20 seconds; slow mode lets you send one message"
        " every 30 seconds (mode W)"
    ]
    say(bob, f"PART {HALL}", f"JOIN {HALL}")
    assert len(told(bob, f"PRIVMSG {HALL} :two")) == 1
    for _ in range(2):
        assert told(op, f"PRIVMSG {HALL} :operators need not wait") == []
    later(world, 30)
    assert told(bob, f"PRIVMSG {HALL} :two") == []
    say(op, f"MODE {HALL} -W")
    assert told(bob, f"PRIVMSG {HALL} :three") == []


def test_a_long_message_is_one() -> None:
    """Though it is sent in pieces, and a clock that is set back makes nobody wait longer."""
    world = a_world()
    op, bob = entered(world, "op", "bob")
    say(op, f"MODE {HALL} +W 30")
    heard(op)
    say(bob, f"PRIVMSG {HALL} :{'word ' * 200}")
    assert len(heard(op)) > 1
    world.set_time(NOW - 5000, 1.0)
    assert told(bob, f"PRIVMSG {HALL} :two")[0].startswith("Cannot send to this room: wait")
    assert world.rooms[HALL].wait(bob.user, NOW - 5000) == 30


def test_slow_mode_forgets_who_may_speak_again() -> None:
    """However many come, speak and go."""
    world = a_world()
    (op,) = entered(world, "op")
    say(op, f"MODE {HALL} +W 86400")
    room = world_of(op).rooms[HALL]
    for number in range(1000):
        op.user.id = number
        room.note_speaker(op.user, NOW + number)
    assert len(room.spoke) <= 70
    assert 999 in room.spoke


@pytest.mark.parametrize(
    ("text", "seconds", "words"),
    [
        ("90s", 90, "1 minute 30 seconds"),
        ("2h", 7200, "2 hours"),
        ("1d12h", 129_600, "1 day 12 hours"),
        ("3w", 1_814_400, "3 weeks"),
        ("60m", 3600, "1 hour"),
        ("3661s", 3661, "1 hour 2 minutes"),
        ("1s", 1, "1 second"),
        ("86399s", 86_399, "1 day"),
    ],
)
def test_spans(text: str, seconds: int, words: str) -> None:
    assert (span(text), span_words(seconds)) == (seconds, words)


@pytest.mark.parametrize(
    "text", ["", "2", "h", "0s", "2h ", "2x", "-2h", f"{LONGEST_SPAN + 1}s", "9h" * 99]
)
def test_no_spans(text: str) -> None:
    with pytest.raises(ValueError):
        span(text)


@pytest.mark.parametrize("line", ["MODE {0} +b {1}", "MODE {0} +b m:{1}", "TBAN {0} 1h {1}"])
@pytest.mark.parametrize("mask", ["op", "OP!*@*", "*!*@192.0.2.*", "?p!*@*"])
def test_nobody_bans_those_above(line: str, mask: str) -> None:
    """Neither by their nickname nor by a mask that fits them; those below, they may."""
    world = a_world()
    op, half, bob = entered(world, "op", "half", "bob")
    say(op, f"MODE {HALL} +hv half bob")
    (why,) = told(half, line.format(HALL, mask))
    assert why.endswith("Only operators and above may ban or mute an operator")
    assert not world.rooms[HALL].lists["b"]
    heard(bob)
    say(half, line.format(HALL, "bob!*@*"), f"MODE {HALL} +b *!*@198.51.100.*")
    assert len(world.rooms[HALL].lists["b"]) == 2
    say(op, line.format(HALL, mask))
    assert len(world.rooms[HALL].lists["b"]) == 3


def test_a_right_that_is_lost_before_the_ban_is_set(log: StoredHistory) -> None:
    """The mask is found in one step and set in another, between which others act."""
    world = started(log)
    op, bob, ann = entered(world, "op", "bob", "ann")
    say(op, f"MODE {HALL} +o bob")
    begin(bob, f"TBAN {HALL} 2h ann")
    say(op, f"MODE {HALL} -o bob")
    heard(bob)
    finish(bob)
    assert [line.split()[1] for line in heard(bob)] == ["482"]
    assert not world.rooms[HALL].lists.bans(ann.user)


@pytest.mark.parametrize("line", ["MODE #den +b {}", "MODE #den +e {}", "TBAN #den 1h {}"])
@pytest.mark.parametrize(
    ("mask", "why"),
    [
        ("*!*@192.0.2.0/24", "A mask has no networks"),
        ("*@2001:db8::/32", "A mask has no networks"),
        ("~a:bob!*@*", "No nickname has a colon; the account bob is a:bob"),
        ("$a:bob!*@*", "No nickname has a colon"),
    ],
)
def test_a_mask_that_could_fit_nobody(line: str, mask: str, why: str) -> None:
    """Other servers have such bans: silence would make people believe that it worked."""
    boss = arrive(a_world(), "boss")
    say(boss, "JOIN #den")
    (words,) = told(boss, line.format(mask))
    assert words.startswith(why)


@pytest.mark.parametrize(
    "line", ["MODE #den +b {}", "MODE #den +e {}", "MODE #den +I {}", "TBAN #den 1h {}"]
)
@pytest.mark.parametrize(
    "mask", ["*" + "a?" * 17 + "*!*@*", "*!*@*" + "?*" * 17, "m:*" + "?x" * 20]
)
def test_a_mask_that_takes_long_to_match_is_refused(line: str, mask: str) -> None:
    """A hundred of them would take milliseconds for everybody who comes to speak."""
    world = a_world()
    boss = arrive(world, "boss")
    say(boss, "JOIN #den")
    assert told(boss, line.format(mask))
    assert not any(world.rooms["#den"].lists.values())
    say(boss, line.format("*a?a*!*@*"))
    assert any(world.rooms["#den"].lists.values())


def test_such_a_mask_of_before_can_be_lifted(log: StoredHistory) -> None:
    world = started(log)
    op, _ = entered(world, "op", "bob")
    room = world.rooms[HALL]
    room.lists["b"]["*!*@192.0.2.0/24"] = list_entry("*!*@192.0.2.0/24", "op", NOW)
    assert told(op, f"MODE {HALL} -b *!*@192.0.2.0/24")
    assert not room.lists["b"]


def test_a_mask_is_matched_once(log: StoredHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for each message: a hundred crafted masks take a millisecond. Again after any change."""
    op, bob = entered(started(log), "op", "bob")
    say(op, f"MODE {HALL} +b *a?a*a?a*!*@*")
    tried: list[str] = []
    matches = Mask.matches

    def counting(mask: Mask, name: str) -> bool:
        tried.append(name)
        return matches(mask, name)

    monkeypatch.setattr(Mask, "matches", counting)
    say(bob, *[f"PRIVMSG {HALL} :hello"] * 20)
    assert len(tried) == 1
    say(bob, "NICK aXaaXa")
    assert told(bob, f"PRIVMSG {HALL} :hello")[0].endswith("you are banned here")
    say(op, f"MODE {HALL} +e *!*@192.0.2.*")
    assert told(bob, f"PRIVMSG {HALL} :hello") == []


class Stranger(NamedTuple):
    """Somebody at the door, under a name that is new each time."""

    folded_mask: str
    account_mask: str = ""

    def matches(self, mask: Mask) -> bool:
        return mask.matches(self.folded_mask)


def test_what_is_known_of_strangers_is_bounded() -> None:
    """Whoever knocks under ever new names fills no memory."""
    lists = MaskLists(())
    lists.add("b", list_entry("*!*@192.0.2.*", "op", NOW))
    for number in range(10 * OUTSIDERS):
        assert lists.bans(Stranger(f"eve{number}!~eve@192.0.2.1"))
    assert OUTSIDERS < len(lists._fits) <= 5 * OUTSIDERS
