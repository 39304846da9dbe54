"""How far people have read, on all of their devices (IRCv3 draft/read-marker)."""

from dataclasses import replace

import pytest

from chat.people import NOW, BareWorld, Peer, a_world, first_step, hang_up, heard, say, world_of
from chat.stored_history import StoredHistory
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.restored_accounts import restore_markers
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.changes.marking import GUEST_MARKERS
from chatroom.chat.state.events import AccountAdded, AccountRemoved, AccountRenamed, LoggedIn
from chatroom.wire.reference import HistoryError

CAPABILITY = "draft/read-marker"
ONE, TWO, LATE = (f"timestamp=2023-11-14T22:13:{time}Z" for time in ("18.000", "19.123", "20.000"))
"""LATE is when these worlds begin."""


def begin(history: StoredHistory, limits: Limits | None = None) -> BareWorld:
    """A server that starts: alice and bob have accounts."""
    world = a_world(limits, history)
    for number, name in enumerate(("alice", "bob"), 1):
        apply(world, AccountAdded(name, number=number))
    restore_markers(world, history.saved_markers(), {})
    return world


@pytest.fixture
def world(history: StoredHistory) -> BareWorld:
    return begin(history)


def come(world: BareWorld, nick: str, *capabilities: str, account: str = "") -> Session:
    session = attach(world, Peer(), "192.0.2.1")
    session.agree_on(frozenset(capabilities or (CAPABILITY,)))
    if account != "-":
        apply(world, LoggedIn(session.user.id, account or nick, world.now))
    for line in (f"NICK {nick}", "USER user 0 * :user"):
        act(world, session, line)
    heard(session)
    return session


def act(world: BareWorld, session: Session, line: str) -> None:
    """Carry out a line, in ticks that each end with a commit."""
    first_step(session, line)
    while session.answer is not None:
        commit(world)
        if not session.answer.advance():
            session.answer = None
    commit(world)


def commit(world: BareWorld) -> None:
    if isinstance(world.log, StoredHistory):
        world.log.commit()


def ask(session: Session, line: str) -> list[str]:
    """What a line is answered, without the server's name."""
    act(world_of(session), session, line)
    return [one.removeprefix(":chatroom.local ") for one in heard(session)]


def test_a_marker_moves_forwards_only(world: BareWorld) -> None:
    """Unknown is `*`; an older value, and the same, are answered with the stored one."""
    alice = come(world, "alice")
    assert ask(alice, "MARKREAD #general") == ["MARKREAD #general *"]
    assert ask(alice, f"MARKREAD #general {TWO}") == [f"MARKREAD #general {TWO}"]
    for older in (ONE, TWO):
        assert ask(alice, f"MARKREAD #general {older}") == [f"MARKREAD #general {TWO}"]
    assert ask(alice, "MARKREAD #general") == [f"MARKREAD #general {TWO}"]
    assert ask(alice, f"MARKREAD #GENERAL {LATE}") == [f"MARKREAD #GENERAL {LATE}"]


def test_nothing_is_read_in_the_future(world: BareWorld) -> None:
    """Otherwise a wrong clock would hide everything that follows."""
    alice = come(world, "alice")
    assert ask(alice, "MARKREAD #a timestamp=2093-11-14T22:13:20.000Z") == [f"MARKREAD #a {LATE}"]


@pytest.mark.parametrize("line", ["MARKREAD", "MARKREAD "])
def test_without_a_target(world: BareWorld, line: str) -> None:
    alice = come(world, "alice")
    assert ask(alice, line) == ["FAIL MARKREAD NEED_MORE_PARAMS :Missing parameters"]


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ("#a *", "*"),
        ("#a 2023-11-14T22:13:20.000Z", "2023-11-14T22:13:20.000Z"),
        ("#a timestamp=*", "timestamp=*"),
        ("#a timestamp=2023-11-14T22:13:20Z", "timestamp=2023-11-14T22:13:20Z"),
        ("#a timestamp=2023-11-14T22:13:99.000Z", "timestamp=2023-11-14T22:13:99.000Z"),
        ("#a timestamp=2023-11-14 22:13:20.000", "timestamp=2023-11-14"),
        ("#a msgid=abc", "msgid=abc"),
        ("#a :", "*"),
        ("# timestamp=2023-11-14T22:13:20.000Z", "#"),
        ("@#a", "@#a"),
        ("a!b@c", "a!b@c"),
        ("* ", "*"),
        (":", "*"),
        ("#a,#b", "#a,#b"),
    ],
)
def test_what_is_no_target_or_time(world: BareWorld, parameters: str, named: str) -> None:
    alice = come(world, "alice")
    fault = f"FAIL MARKREAD INVALID_PARAMS {named} :Invalid parameters"
    assert ask(alice, f"MARKREAD {parameters}") == [fault]
    assert not list(world.markers)


def test_the_other_devices_are_told_and_nobody_else(world: BareWorld) -> None:
    """Also another user of the account; only clients that asked for it, and nothing to bob."""
    alice, bob = come(world, "alice"), come(world, "bob")
    act(world, alice, "JOIN #den")
    act(world, bob, "JOIN #den")
    phone, old = come(world, "alice", account="alice"), come(world, "alice", "batch")
    other = come(world, "alison", account="alice")
    for one in (alice, bob, phone, old, other):
        heard(one)
    assert ask(phone, f"MARKREAD #den {TWO}") == [f"MARKREAD #den {TWO}"]
    assert heard(alice) == heard(other) == [f":chatroom.local MARKREAD #den {TWO}"]
    assert heard(bob) == heard(old) == []
    assert ask(old, f"MARKREAD #den {LATE}") == [f"MARKREAD #den {LATE}"]
    assert heard(alice) == [f":chatroom.local MARKREAD #den {LATE}"]
    assert ask(phone, f"MARKREAD #den {ONE}")
    assert heard(alice)[1:] == []
    assert ask(bob, "MARKREAD #den") == ["MARKREAD #den *"]


def test_it_comes_with_each_join(world: BareWorld) -> None:
    """After JOIN and before 366; on the user's other devices too, which see the JOIN as well."""
    alice = come(world, "alice")
    phone, old = come(world, "alice"), come(world, "alice", "batch")
    ask(alice, f"MARKREAD #den {TWO}")
    heard(phone), heard(old)
    act(world, alice, "JOIN #den,#new")
    lines = [line.split()[1:3] for line in heard(alice)]
    for room in ("#den", "#new"):
        at = lines.index(["MARKREAD", room])
        assert lines[at - 1][0] == "JOIN"
        assert "366" in [one for one, _ in lines[at:]]
    told = [line.split(" ", 2)[1:] for line in heard(phone)]
    assert [one for one in told if one[0] in ("JOIN", "MARKREAD", "366")] == [
        ["JOIN", ":#den"], ["MARKREAD", f"#den {TWO}"], ["366", "alice #den :End of /NAMES list"],
        ["JOIN", ":#new"], ["MARKREAD", "#new *"], ["366", "alice #new :End of /NAMES list"],
    ]  # fmt: skip
    assert not [line for line in heard(old) if "MARKREAD" in line]
    tablet = attach(world, Peer(), "192.0.2.1")
    tablet.agree_on(frozenset({CAPABILITY}))
    apply(world, LoggedIn(tablet.user.id, "alice", world.now))
    for line in ("NICK alice", "USER user 0 * :user"):
        act(world, tablet, line)
    words = [line.split()[1] for line in heard(tablet)]
    assert words.index("JOIN") < words.index("MARKREAD") < words.index("366")


def test_private_conversations(world: BareWorld) -> None:
    """They belong to the two accounts, whatever nickname the other uses now."""
    alice, bob = come(world, "alice"), come(world, "bob")
    phone = come(world, "alice")
    assert ask(alice, f"MARKREAD BOB {TWO}") == [f"MARKREAD bob {TWO}"]
    assert heard(phone) == [f":chatroom.local MARKREAD bob {TWO}"]
    act(world, bob, "NICK robert")
    assert ask(alice, "MARKREAD robert") == [f"MARKREAD robert {TWO}"]
    hang_up(bob)
    assert ask(alice, "MARKREAD bob") == [f"MARKREAD bob {TWO}"]
    assert ask(alice, "MARKREAD nobody") == ["MARKREAD nobody *"]
    guest = come(world, "guest", account="-")
    assert ask(alice, f"MARKREAD guest {TWO}") == [f"MARKREAD guest {TWO}"]
    hang_up(guest)
    assert ask(alice, "MARKREAD guest") == [f"MARKREAD guest {TWO}"]


def test_a_guest_s_end_with_their_stay(world: BareWorld) -> None:
    guest = come(world, "guest", account="-")
    assert ask(guest, f"MARKREAD #a {TWO}") == [f"MARKREAD #a {TWO}"]
    hang_up(guest)
    assert not list(world.markers)
    assert ask(come(world, "guest", account="-"), "MARKREAD #a") == ["MARKREAD #a *"]


def test_a_secret_room_is_not_seen(world: BareWorld) -> None:
    """Neither that it is there, nor how it is written."""
    bob, alice = come(world, "bob"), come(world, "alice")
    act(world, bob, "JOIN #Secret")
    act(world, bob, "MODE #Secret +s")
    heard(bob)
    for room in ("#secret", "#missing"):
        assert ask(alice, f"MARKREAD {room}") == [f"MARKREAD {room} *"]
        assert ask(alice, f"MARKREAD {room} {TWO}") == [f"MARKREAD {room} {TWO}"]
    assert ask(bob, "MARKREAD #secret") == ["MARKREAD #Secret *"]


def test_they_survive_a_restart_and_a_new_name(history: StoredHistory, world: BareWorld) -> None:
    alice = come(world, "alice")
    ask(alice, f"MARKREAD #den {TWO}")
    ask(alice, f"MARKREAD bob {ONE}")
    again = begin(history)
    assert sorted(again.markers) == sorted(world.markers)
    apply(again, AccountRenamed("alice", "alicia", NOW))
    assert ask(come(again, "alicia"), "MARKREAD #den") == [f"MARKREAD #den {TWO}"]


def test_they_are_gone_with_the_account(history: StoredHistory, world: BareWorld) -> None:
    ask(come(world, "alice"), f"MARKREAD #den {TWO}")
    ask(come(world, "bob"), f"MARKREAD #den {ONE}")
    apply(world, AccountRemoved("alice", NOW))
    commit(world)
    assert [owner for owner, *_ in history.saved_markers()] == [2]
    assert [owner for owner, *_ in world.markers] == [2]


def test_they_are_bounded(history: StoredHistory) -> None:
    """`limits.markers`: the one that was read least far goes."""
    world = begin(history, replace(Limits(), markers=2))
    alice = come(world, "alice")
    for room, time in (("#a", TWO), ("#b", LATE), ("#c", ONE)):
        ask(alice, f"MARKREAD {room} {time}")
    assert sorted(room for _, room, _ in world.markers) == ["#b", "#c"]
    assert sorted(history.saved_markers()) == sorted(world.markers)


def test_those_of_guests_are_fewer(history: StoredHistory, world: BareWorld) -> None:
    guest = come(world, "guest", account="-")
    for number in range(GUEST_MARKERS + 9):
        ask(guest, f"MARKREAD #r{number} {ONE}")
    assert world.markers.count(world.owner_of(guest.user)) == GUEST_MARKERS
    assert world.markers.time(world.owner_of(guest.user), f"#r{GUEST_MARKERS + 8}") is not None


def test_nobody_is_told_what_could_be_lost(history: StoredHistory, world: BareWorld) -> None:
    """The answer waits for the commit; on a disk that cannot be written it is a refusal."""
    alice, phone = come(world, "alice"), come(world, "alice")
    begun = "MARKREAD #den " + TWO
    first_step(alice, begun)
    assert alice.answer is not None
    alice.answer.advance()
    assert heard(alice) == heard(phone) == []
    commit(world)
    assert not alice.answer.advance()
    alice.answer = None
    assert heard(alice) == heard(phone) == [f":chatroom.local {begun}"]

    def fails(_change: int) -> bool:
        raise HistoryError("disk full")

    history.has_written = fails  # type: ignore[assignment,method-assign]
    say(alice, f"MARKREAD #den {LATE}")
    fault = "FAIL MARKREAD INTERNAL_ERROR #den :The read timestamp could not be set"
    assert heard(alice) == [f":chatroom.local {fault}"]
    assert heard(phone) == []
    assert ask(alice, "MARKREAD #den") == [begun]


@pytest.mark.parametrize("before", [[], [TWO]])
def test_a_marker_that_was_refused_is_what_it_was(
    history: StoredHistory, world: BareWorld, before: list[str]
) -> None:
    """Memory and the disk agree: whoever asks again moves it, and does not hear that it was."""
    alice = come(world, "alice")
    for time in before:
        ask(alice, f"MARKREAD #den {time}")
    whole = history.has_written
    first_step(alice, f"MARKREAD #den {LATE}")
    assert alice.answer is not None

    def fails(_change: int) -> bool:
        raise HistoryError("disk full")

    history.has_written = fails  # type: ignore[assignment,method-assign]
    assert not alice.answer.advance()
    alice.answer = None
    assert " INTERNAL_ERROR #den " in heard(alice)[0]
    history.has_written = whole  # type: ignore[method-assign]
    stamp = (before or ["*"])[0]
    assert ask(alice, "MARKREAD #den") == [f"MARKREAD #den {stamp}"]
    commit(world)
    assert len(history.saved_markers()) == len(before)
    assert ask(alice, f"MARKREAD #den {LATE}") == [f"MARKREAD #den {LATE}"]


def test_a_disk_that_stays_busy_is_not_waited_for(world: BareWorld) -> None:
    alice = come(world, "alice")
    first_step(alice, f"MARKREAD #den {TWO}")
    assert alice.answer is not None
    world.set_time(world.now + 3, world.clock + 3)
    assert not alice.answer.advance()
    alice.answer = None
    assert " INTERNAL_ERROR #den " in heard(alice)[0]


def test_the_answer_has_its_label(world: BareWorld) -> None:
    alice = come(world, "alice", CAPABILITY, "labeled-response", "batch")
    assert ask(alice, f"@label=x MARKREAD #den {TWO}") == [
        f"@label=x :chatroom.local MARKREAD #den {TWO}"
    ]
