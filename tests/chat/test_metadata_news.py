"""Subscriptions to metadata, and what subscribers are told (IRCv3 draft/metadata-3)."""

from collections import deque
from collections.abc import Iterator

import pytest

from chat.metadata_people import (
    AWARE,
    answers,
    ask,
    begin,
    come,
    in_batch,
    metadata_lines,
    newcomer,
    values,
)
from chat.people import BareWorld, Peer, first_step, hang_up, heard, say
from chatroom.chat.commands.accounts import log_out
from chatroom.chat.connections import attach_to
from chatroom.chat.limits import Limits
from chatroom.chat.output.metadata import MOST_ON_JOINING
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountRemoved, LoggedIn
from chatroom.chat.state.subscriptions import AT_ONCE, FEW
from chatroom.wire.metadata import FORMER_METADATA, METADATA

LATER = "774 {} *ALL 0 Ask for the metadata (SYNC)"


def crowd(
    world: BareWorld, *nicks: str, subscribe: str = "url", room: str = "#room"
) -> Iterator[Session]:
    """People in a room; the first is its operator."""
    people = [come(world, nick, subscribe=subscribe) for nick in nicks]
    for one in people:
        say(one, f"JOIN {room}")
    for one in people:
        heard(one)
    yield from people


# SUB, UNSUB, SUBS


def test_sub_confirms_in_order_and_then_asks_to_sync() -> None:
    """770, WARN for invalid keys, and 774 for the new ones."""
    alice = come(begin(), "alice")
    assert ask(alice, "METADATA * SUB foo $url bar $x") == [
        "770 alice foo bar",
        "WARN METADATA INVALID_KEY $url Invalid key",
        "WARN METADATA INVALID_KEY $x Invalid key",
        LATER.format("alice"),
    ]
    assert ask(alice, "METADATA * SUBS") == [
        "BATCH + metadata-subs", "  772 alice foo bar", "BATCH -",
    ]  # fmt: skip


def test_sub_again_is_confirmed_and_nothing_is_new() -> None:
    """Without 774; and a key that is named twice is listed once."""
    alice = come(begin(), "alice")
    assert ask(alice, "METADATA alice SUB avatar avatar")[0] == "770 alice avatar"
    assert ask(alice, "METADATA * SUB avatar") == ["770 alice avatar"]
    assert ask(alice, "METADATA * SUBS")[1] == "  772 alice avatar"


def test_too_many_subscriptions() -> None:
    """The first key for which there is no room is named, and none after it is looked at: not even
    one that is subscribed to ("reply to subscription 3")."""
    alice = come(
        begin(limits=Limits(metadata_subscriptions=3)), "alice", subscribe="avatar website"
    )
    refusal = "FAIL METADATA LIMIT_REACHED SUB {} 3 Too many subscriptions"
    assert ask(alice, "METADATA * SUB foo website avatar") == [
        "770 alice foo",
        refusal.format("website"),
        LATER.format("alice"),
    ]
    assert ask(alice, "METADATA * SUB email city") == [refusal.format("email")]
    assert ask(alice, "METADATA * SUBS")[1] == "  772 alice avatar website foo"


def test_unsub_confirms_also_what_was_not_subscribed_to() -> None:
    alice = come(begin(), "alice", subscribe="foo bar")
    assert ask(alice, "METADATA * UNSUB bar $ website bar") == [
        "771 alice bar website",
        "WARN METADATA INVALID_KEY $ Invalid key",
    ]
    assert ask(alice, "METADATA * SUBS")[1] == "  772 alice foo"
    ask(alice, "METADATA * UNSUB foo")
    assert ask(alice, "METADATA * SUBS") == ["BATCH + metadata-subs", "BATCH -"]


def test_many_keys_take_several_lines() -> None:
    """No line is cut, and none is lost."""
    keys = [f"{'k' * 60}{number:02}" for number in range(40)]
    alice = come(begin(), "alice")
    for begin_ in range(0, 40, 5):
        ask(alice, f"METADATA * SUB {' '.join(keys[begin_ : begin_ + 5])}")
    lines = [line.split() for line in ask(alice, "METADATA * SUBS")[1:-1]]
    assert all(line[:2] == ["772", "alice"] for line in lines)
    assert [key for line in lines for key in line[2:]] == keys


@pytest.mark.parametrize("line", ["SUB url", "UNSUB url", "SUBS"])
@pytest.mark.parametrize("target", ["bob", "#room"])
def test_subscriptions_are_one_s_own(target: str, line: str) -> None:
    world = begin()
    alice, _ = crowd(world, "alice", "bob")
    refusal = f"FAIL METADATA INVALID_TARGET {target} Invalid metadata target"
    assert ask(alice, f"METADATA {target} {line}") == [refusal]


@pytest.mark.parametrize("lost", ["batch", METADATA])
def test_who_gives_up_the_capability_has_no_subscriptions(lost: str) -> None:
    """ "If a client removes this capability or the batch capability …" """
    alice = come(begin(), "alice", subscribe="url")
    ask(alice, "CAP REQ :message-tags")
    assert "  772 alice url" in ask(alice, "METADATA * SUBS")
    ask(alice, f"CAP REQ :-{lost}", f"CAP REQ :{lost}")
    assert ask(alice, "METADATA * SUBS") == ["BATCH + metadata-subs", "BATCH -"]


# Who is told


def test_those_in_a_common_room_are_told_of_a_person() -> None:
    """By the same numerics, once, whatever rooms they share; and those who did not subscribe, or
    share none, are not told."""
    world = begin()
    alice, bob = crowd(world, "alice", "bob")
    say(alice, "JOIN #other")
    say(bob, "JOIN #other")
    (deaf,) = crowd(world, "deaf", subscribe="avatar")
    (far,) = crowd(world, "far", room="#far")
    for one in (alice, bob):
        heard(one)
    assert ask(alice, "METADATA * SET url x") == ["761 alice alice url * x"]
    assert answers(bob) == ["761 bob alice url * x"]
    assert ask(alice, "METADATA * SET url") == ["766 alice alice url Key not set"]
    assert answers(bob) == ["766 bob alice url Key not set"]
    assert answers(deaf) == answers(far) == []


def test_members_are_told_of_a_room() -> None:
    world = begin()
    alice, bob = crowd(world, "alice", "bob")
    far = come(world, "far", subscribe="url")
    ask(alice, "METADATA #room SET url x")
    assert answers(bob) == ["761 bob #room url * x"]
    ask(alice, "METADATA #room CLEAR")
    assert answers(bob) == ["766 bob #room url Key not set"]
    assert answers(far) == []


def test_nothing_new_is_not_told() -> None:
    world = begin()
    alice, bob = crowd(world, "alice", "bob")
    ask(alice, "METADATA * SET url x")
    heard(bob)
    ask(alice, "METADATA * SET url x", "METADATA * SET avatar", "METADATA #room CLEAR")
    assert answers(bob) == []


def test_one_s_other_connections_are_told() -> None:
    """Not the one that has set it, which has its answer."""
    world = begin()
    (alice,) = crowd(world, "alice")
    second = attach_to(world, alice.user, Peer(), "192.0.2.1")
    second.agree_on(frozenset(AWARE.split()))
    ask(second, "METADATA * SUB url")
    assert ask(alice, "METADATA * SET url x") == ["761 alice alice url * x"]
    assert answers(second) == ["761 alice alice url * x"]


@pytest.mark.parametrize("capabilities", ["batch", METADATA, ""])
def test_who_lacks_the_capability_is_not_told(capabilities: str) -> None:
    """Also not on entering; without batches, a client is not "metadata-aware"."""
    world = begin()
    (alice,) = crowd(world, "alice")
    old = come(world, "old", capabilities, subscribe="url")
    entered = ask(old, "JOIN #room", "MONITOR + alice")
    ask(alice, "METADATA * SET url x")
    assert metadata_lines([*entered, *answers(old)]) == []


def test_the_former_name_of_the_capability_does_the_same() -> None:
    world = begin()
    (alice,) = crowd(world, "alice")
    bob = come(world, "bob", f"batch {FORMER_METADATA}", subscribe="url")
    assert "BATCH + metadata #room" in ask(bob, "JOIN #room")
    ask(alice, "METADATA * SET url x")
    assert answers(bob) == ["761 bob alice url * x"]


def test_who_watches_a_nickname_is_told() -> None:
    """MONITOR, without a common room; no longer when the nickname is another's."""
    world = begin()
    alice, bob = come(world, "alice"), come(world, "bob", subscribe="url")
    ask(bob, "MONITOR + alice")
    ask(alice, "METADATA * SET url x")
    assert answers(bob) == ["761 bob alice url * x"]
    ask(bob, "MONITOR - alice")
    ask(alice, "METADATA * SET url y")
    assert answers(bob) == []


def test_the_few_among_many_subscribers_who_may_know() -> None:
    """Where the neighbours are far fewer, they are looked for: members, watchers, oneself."""
    world = begin(limits=Limits(lines=0))
    alice, bob = crowd(world, "alice", "bob")
    watcher = come(world, "watcher", subscribe="url")
    ask(watcher, "MONITOR + alice")
    others = [come(world, f"p{number}", subscribe="url") for number in range(FEW * 3)]
    second = attach_to(world, alice.user, Peer(), "192.0.2.1")
    second.agree_on(frozenset(AWARE.split()))
    ask(second, "METADATA * SUB url")
    ask(alice, "METADATA * SET url x")
    assert answers(bob) == ["761 bob alice url * x"]
    assert answers(watcher) == ["761 watcher alice url * x"]
    assert answers(second) == ["761 alice alice url * x"]
    ask(alice, "METADATA #room SET url y")
    assert answers(bob) == ["761 bob #room url * y"]
    assert answers(second) == ["761 alice #room url * y"]
    assert answers(watcher) == []
    assert not [one for one in others if heard(one)]


# Synchronisation


def test_whoever_enters_gets_what_is_set() -> None:
    """In a batch after the names, as SYNC has it; a client without subscriptions gets an empty
    one."""
    world = begin()
    alice, _ = crowd(world, "alice", "carol")
    ask(alice, "METADATA #room SET url x", "METADATA * SET url y", "METADATA * SET avatar z")
    bob, none = come(world, "bob", subscribe="avatar url"), come(world, "none")
    entered = ask(bob, "JOIN #room")
    assert entered.index("BATCH + metadata #room") > entered.index(
        "366 bob #room End of /NAMES list"
    )
    expected = [
        "761 bob #room url * x", "761 bob alice avatar * z", "761 bob alice url * y",
    ]  # fmt: skip
    assert in_batch(entered, "#room") == expected
    assert in_batch(ask(bob, "METADATA #room SYNC"), "#room") == expected
    assert in_batch(ask(none, "JOIN #room"), "#room") == []


def test_of_a_large_room_it_comes_later() -> None:
    """774 ("Postponed synchronization"), so that nobody waits for the join."""
    world = begin()
    (alice,) = crowd(world, "alice")
    for number in range(MOST_ON_JOINING):
        say(come(world, f"p{number}", ""), "JOIN #room")
    bob = come(world, "bob", subscribe="url")
    ask(alice, "METADATA * SET url y")
    entered = metadata_lines(ask(bob, "JOIN #room"))
    assert entered == ["774 bob #room 0 Ask for the metadata (SYNC)"]
    assert in_batch(ask(bob, "METADATA #room SYNC"), "#room") == ["761 bob alice url * y"]


def test_sync_of_all_has_each_once() -> None:
    """One's own, the rooms, their members, and those whom MONITOR watches."""
    world = begin()
    alice, bob = crowd(world, "alice", "bob")
    crowd_of_two = list(crowd(world, "far", "near", room="#far"))
    say(alice, "JOIN #far")
    say(bob, "JOIN #far")
    watched, stranger = come(world, "watched"), come(world, "stranger")
    for one in (alice, bob, *crowd_of_two, watched, stranger):
        ask(one, f"METADATA * SET url {one.user.nick}")
    ask(alice, "METADATA #room SET url here")
    ask(bob, "MONITOR + watched,alice,nobody")
    expected = {
        "bob": "bob", "#room": "here", "alice": "alice", "far": "far", "near": "near",
        "watched": "watched",
    }  # fmt: skip
    for line in ("METADATA *ALL SYNC", "METADATA *all SYNC"):
        lines = in_batch(ask(bob, line), "*ALL")
        assert {line.split()[2]: line.split()[-1] for line in lines} == expected
        assert len(lines) == len(expected)


def test_sync_of_a_person() -> None:
    world = begin()
    alice, bob = come(world, "alice", subscribe="url"), come(world, "bob", subscribe="url")
    ask(alice, "METADATA * SET avatar x", "METADATA * SET url y")
    assert in_batch(ask(bob, "METADATA alice SYNC"), "alice") == ["761 bob alice url * y"]
    assert in_batch(ask(alice, "METADATA * SYNC"), "alice") == ["761 alice alice url * y"]


def test_monitor_shows_those_who_are_online() -> None:
    """ "When server sends 730 …": a batch for each, also by MONITOR S; or 774 when they come."""
    world = begin()
    alice, bob = come(world, "alice"), come(world, "bob", subscribe="url")
    ask(alice, "METADATA * SET url x")
    for line in ("MONITOR + alice,carol", "MONITOR S"):
        assert in_batch(ask(bob, line), "alice") == ["761 bob alice url * x"]
    come(world, "carol")
    assert answers(bob)[1:] == ["774 bob carol 0 Ask for the metadata (SYNC)"]
    assert in_batch(ask(bob, "METADATA carol SYNC"), "carol") == []


def test_a_large_answer_takes_several_steps() -> None:
    """A thousand people with values, a bounded number of lines in each step."""
    world = begin()
    bob = come(world, "bob", subscribe="url avatar")
    say(bob, "JOIN #room")
    for number in range(100):
        other = come(world, f"p{number}", "")
        say(other, "JOIN #room", "METADATA * SET url x", "METADATA * SET avatar y")
    heard(bob)
    first_step(bob, "METADATA #room SYNC")
    steps = []
    while bob.answer is not None:
        steps.append(len(heard(bob)))
        if not bob.answer.advance():
            bob.answer = None
    assert len(steps) >= 7
    assert max(steps) <= 30


# In steps


@pytest.fixture
def later() -> Iterator[tuple[BareWorld, deque[Iterator[None]]]]:
    """A world in which news waits for its ticks."""
    world, waiting = begin(limits=Limits(joins=0, lines=0)), deque[Iterator[None]]()
    world.subscriptions.later = waiting.append
    yield world, waiting


Later = tuple[BareWorld, deque[Iterator[None]]]


def test_many_subscribers_are_told_in_several_ticks(later: Later) -> None:
    """At most AT_ONCE in each."""
    world, waiting = later
    (alice,) = crowd(world, "alice")
    others = [come(world, f"p{number}", subscribe="url") for number in range(AT_ONCE + 50)]
    for one in others:
        say(one, "JOIN #room")
    for one in others:
        heard(one)
    ask(alice, "METADATA * SET url x")
    steps = waiting.popleft()
    next(steps)
    assert sum(bool(heard(one)) for one in others) <= AT_ONCE
    deque(steps, 0)
    assert sum(bool(heard(one)) for one in others) >= 50


def test_only_the_newest_is_told(later: Later) -> None:
    """Somebody who changes a value as fast as they can costs others one line for each tick."""
    world, waiting = later
    alice, bob = crowd(world, "alice", "bob")
    ask(alice, *(f"METADATA * SET url {number}" for number in range(9)))
    deque(waiting.popleft(), 0)
    assert not waiting
    assert answers(bob) == ["761 bob alice url * 8"]


def test_each_operator_is_told_what_the_other_has_set(later: Later) -> None:
    world, waiting = later
    alice, bob = crowd(world, "alice", "bob")
    say(alice, "MODE #room +o bob")
    heard(bob)
    ask(alice, "METADATA #room SET url 1")
    ask(bob, "METADATA #room SET url 2")
    deque(waiting.popleft(), 0)
    assert answers(alice) == ["761 alice #room url * 2"]
    assert answers(bob) == []


@pytest.mark.parametrize("how", ["PART #room", "QUIT"])
def test_who_has_left_meanwhile_is_not_told(later: Later, how: str) -> None:
    """Whether they may know is decided when they would be told."""
    world, waiting = later
    alice, bob = crowd(world, "alice", "bob")
    ask(alice, "METADATA #room SET url x")
    say(bob, how)
    if bob.closing:
        hang_up(bob)
    heard(bob)
    deque(waiting.popleft(), 0)
    assert answers(bob) == []


def test_nothing_is_told_of_who_is_gone(later: Later) -> None:
    """Neither of a person nor of a room: somebody else may have the name by then."""
    world, waiting = later
    alice, bob = crowd(world, "alice", "bob")
    ask(bob, "MONITOR + alice", "PART #room")
    ask(alice, "METADATA * SET url x", "METADATA #room SET url y", "PART #room")
    hang_up(alice)
    heard(bob)
    deque(waiting.popleft(), 0)
    assert answers(bob) == []


def test_the_name_is_the_one_of_now(later: Later) -> None:
    world, waiting = later
    alice, bob = crowd(world, "dora", "bob")
    ask(alice, "METADATA * SET url x", "NICK emma")
    heard(bob)
    deque(waiting.popleft(), 0)
    assert answers(bob) == ["761 bob emma url * x"]


# Before registration


def test_before_registration() -> None:
    """ "before-connect": values and subscriptions are kept; the burst has all of one's own before
    the end of the message of the day, also keys to which one has not subscribed."""
    session = newcomer(begin())
    assert ask(session, "METADATA * SUB display-name") == ["770 * display-name"]
    assert ask(session, "METADATA * SET url x") == ["761 * * url * x"]
    assert in_batch(ask(session, "METADATA * GET url"), "*") == ["761 * * url * x"]
    burst = ask(session, "NICK abc", "USER u s e r")
    assert in_batch(burst, "abc") == ["761 abc abc url * x"]
    assert burst.index("BATCH -") < next(
        at for at, line in enumerate(burst) if line.startswith("422 ")
    )
    assert "  772 abc display-name" in ask(session, "METADATA * SUBS")
    assert values(session, "*") == {"url": "x"}


def test_without_values_the_burst_has_an_empty_batch() -> None:
    session = newcomer(begin())
    assert in_batch(ask(session, "NICK abc", "USER u s e r"), "abc") == []
    old = newcomer(begin(), "batch")
    assert not [line for line in ask(old, "NICK abc", "USER u s e r") if "metadata" in line]


@pytest.mark.parametrize("target", ["abc", "alice", "#room", "*ALL"])
def test_until_then_one_can_only_name_oneself(target: str) -> None:
    """ "Clients that have not completed connection registration MUST use `*`"."""
    world = begin()
    crowd(world, "alice")
    session = newcomer(world)
    say(session, "NICK abc")
    heard(session)
    for line in ("LIST", "SET url x", "SUB url", "SYNC"):
        refusal = f"FAIL METADATA INVALID_TARGET {target} Invalid metadata target"
        assert ask(session, f"METADATA {target} {line}") == [refusal]


def test_nobody_is_told_of_who_has_not_registered() -> None:
    world = begin()
    alice = come(world, "alice", subscribe="url")
    ask(alice, "MONITOR + abc")
    session = newcomer(world)
    say(session, "NICK abc")
    ask(session, "METADATA * SET url x")
    assert metadata_lines(answers(alice)) == []


# Accounts


def test_logging_in_shows_the_account_s() -> None:
    """Those who see the user are told what is different; what they have set as a guest stays."""
    world = begin()
    alice, guest, bob = crowd(world, "alice", "guest", "bob")
    ask(alice, "METADATA * SET url x", "METADATA * SET avatar y")
    ask(guest, "METADATA * SET url z")
    heard(bob)
    heard(alice)
    apply(world, LoggedIn(guest.user.id, "alice", world.now))
    assert sorted(metadata_lines(answers(bob))) == ["761 bob alice url * z"]
    assert values(bob, "guest") == values(bob, "alice") == {"url": "z", "avatar": "y"}
    log_out(world, guest)
    assert metadata_lines(answers(bob)) == ["766 bob guest url Key not set"]
    assert values(bob, "guest") == {}


def test_what_a_guest_adds_is_limited() -> None:
    world = begin(limits=Limits(metadata_keys=2))
    alice, guest = crowd(world, "alice", "guest")
    ask(alice, "METADATA * SET url x", "METADATA * SET avatar x")
    ask(guest, "METADATA * SET a z", "METADATA * SET url z")
    apply(world, LoggedIn(guest.user.id, "alice", world.now))
    assert values(guest, "*") == {"url": "z", "avatar": "x"}


def test_users_of_one_account_have_the_same() -> None:
    """Both are told of, to all who see one of them, also to the one who has set it of the other."""
    world = begin()
    alice, bob = crowd(world, "alice", "bob")
    (second,) = [come(world, "second", account="alice", subscribe="url")]
    say(second, "JOIN #room")
    for one in (alice, bob, second):
        heard(one)
    ask(second, "METADATA * SET url x")
    assert answers(bob) == ["761 bob alice url * x", "761 bob second url * x"]
    assert answers(alice) == ["761 alice alice url * x", "761 alice second url * x"]
    assert ask(alice, "METADATA * SET url y") == [
        "761 alice second url * y",
        "761 alice alice url * y",
    ]


def test_the_removal_of_an_account_is_told() -> None:
    world = begin()
    alice, bob = crowd(world, "alice", "bob")
    ask(alice, "METADATA * SET url x")
    heard(bob)
    apply(world, AccountRemoved("alice", world.now))
    assert metadata_lines(answers(bob)) == ["766 bob alice url Key not set"]
