"""What is said in a row goes out in one piece, in the order in which it happened."""

import re
import sys
from collections.abc import Callable
from functools import partial
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.people import BareWorld, a_world, arrive, hang_up, heard, say
from chatroom.chat.output import fanout
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import LoggedIn, NickChanged, Quit
from chatroom.wire.capabilities import Variant
from chatroom.wire.message import Message

NOTIFY = frozenset({"account-notify"})


def a_room(*nicks: str) -> tuple[BareWorld, list[Session]]:
    """People in #room, who have read all until now."""
    world = a_world()
    people = [arrive(world, nick) for nick in nicks]
    for person in people:
        say(person, "JOIN #room")
    for person in people:
        heard(person)
    return world, people


def texts(session: Session) -> list[str]:
    """The last words of each line that somebody hears."""
    return [line.split()[-1].lstrip(":") for line in heard(session)]


def test_who_only_listens_gets_one_piece() -> None:
    """A delivery is its part of a copy: all listeners hold the same bytes."""
    world, (alice, bob, carol, dave) = a_room("alice", "bob", "carol", "dave")
    say(alice, "PRIVMSG #room 1", "PRIVMSG #room 2")
    say(bob, "PRIVMSG #room 3")
    assert not carol.peer.outbox  # nothing has been handed out yet
    world.fanout.flush_to_outboxes()
    (piece,) = carol.peer.outbox
    assert [id(each) for each in dave.peer.outbox] == [id(piece)]
    assert texts(carol) == ["1", "2", "3"]


def test_nobody_gets_their_own_words() -> None:
    """Each author misses just what they said."""
    _, (alice, bob, carol) = a_room("alice", "bob", "carol")
    say(alice, "PRIVMSG #room 1")
    say(bob, "PRIVMSG #room 2")
    say(alice, "PRIVMSG #room 3")
    assert [texts(person) for person in (alice, bob, carol)] == [["2"], ["1", "3"], ["1", "2", "3"]]


def test_an_echo_is_in_its_place() -> None:
    """echo-message: one's own words come back among the others'."""
    world, (alice, bob) = a_room("alice", "bob")
    echoing = arrive(world, "echo", frozenset({"echo-message"}))
    say(echoing, "JOIN #room")
    for person in (alice, bob, echoing):
        heard(person)
    say(alice, "PRIVMSG #room 1")
    say(echoing, "PRIVMSG #room 2")
    say(alice, "PRIVMSG #room 3")
    assert texts(echoing) == texts(bob) == ["1", "2", "3"]


def test_the_order_is_that_of_what_happened() -> None:
    """Another room, a private message, a reply, a topic, a leave: what was said comes before."""
    _, (alice, bob) = a_room("alice", "bob")
    say(alice, "JOIN #other")
    say(bob, "JOIN #other")
    heard(alice), heard(bob)
    say(alice, "PRIVMSG #room 1", "PRIVMSG #other 2", "PRIVMSG #room 3", "PRIVMSG bob 4")
    say(alice, "PRIVMSG #room 5")
    say(bob, "PING 6")
    say(alice, "PRIVMSG #room 7", "TOPIC #room 8", "PRIVMSG #room 9", "PART #room 10")
    assert texts(bob) == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]


def test_who_comes_hears_only_what_is_said_then() -> None:
    """And who leaves hears all until then."""
    world, (alice, bob) = a_room("alice", "bob")
    carol = arrive(world, "carol")
    say(alice, "PRIVMSG #room before")
    say(carol, "JOIN #room")
    say(alice, "PRIVMSG #room now")
    say(carol, "PART #room")
    say(alice, "PRIVMSG #room after")
    said = [line.split()[-1] for line in heard(carol) if " PRIVMSG " in line]
    assert said == [":now"]
    said = [line.split()[-1] for line in heard(bob) if " PRIVMSG " in line]
    assert said == [":before", ":now", ":after"]


def test_who_quits_has_heard_all_until_then() -> None:
    """Before the goodbye, which is the door's."""
    _, (alice, bob) = a_room("alice", "bob")
    say(alice, "PRIVMSG #room 1")
    hang_up(bob, "bye")
    assert texts(bob) == ["1"]


def test_other_capabilities_count_from_what_is_said_next() -> None:
    """CAP REQ in the middle of a row."""
    _, (alice, bob) = a_room("alice", "bob")
    say(alice, "PRIVMSG #room 1")
    say(bob, "CAP REQ server-time")
    say(alice, "PRIVMSG #room 2")
    lines = heard(bob)
    assert lines[0].startswith(":alice!") and lines[-1].startswith("@time=")


def test_who_is_told_something_alone_does_not_part_the_others() -> None:
    """A reply, such as the echo that a labelled message has, is its reader's affair alone."""
    world, (alice, bob, carol) = a_room("alice", "bob", "carol")
    talker = arrive(world, "talker", frozenset({"labeled-response", "batch", "echo-message"}))
    say(talker, "JOIN #room")
    for person in (alice, bob, carol, talker):
        heard(person)
    say(alice, "PRIVMSG #room 1")
    say(talker, "@label=a PRIVMSG #room 2", "@label=b PRIVMSG #room 3")
    say(bob, "PING 4")
    say(alice, "PRIVMSG #room 5")
    assert not carol.peer.outbox
    world.fanout.flush_to_outboxes()
    assert len(carol.peer.outbox) == 1
    assert texts(carol) == ["1", "2", "3", "5"]
    assert texts(talker) == ["1", "2", "3", "5"]
    assert texts(bob) == ["1", "2", "3", "4", "5"]
    assert texts(alice) == ["2", "3"]


WORDS = st.sampled_from(
    ["PRIVMSG #room {}", "@label=x PRIVMSG #room {}", "PRIVMSG @#room {}", "PRIVMSG #other {}",
     "PING {}", "JOIN #room", "PART #room", "CAP REQ server-time", "@label=x CAP REQ -server-time",
     "flush", "hand out"]
)  # fmt: skip
NICKS = OPERATOR, _, _, OUTSIDER = ("ann", "bea", "cat", "dee")
TOLD = re.compile(r"(PRIVMSG \S+|PONG \S+) :?(\d+)$")


@given(st.lists(st.tuples(st.sampled_from(NICKS), WORDS), max_size=40))
def test_everyone_hears_all_that_is_theirs_in_its_order(steps: list[tuple[str, str]]) -> None:
    """Whatever else happens in between, whichever way it goes out; and with the tags of then."""
    world, members = a_room(*NICKS)
    people = dict(zip(NICKS, members, strict=True))
    people["ann"].agree_on(frozenset({"labeled-response", "batch", "echo-message"}))
    people["bea"].agree_on(frozenset({"labeled-response", "batch", "message-tags"}))
    say(people[OPERATOR], "MODE #room -n", "JOIN #other", "MODE #other -n")
    say(people[OUTSIDER], "PART #room")
    for person in members:
        heard(person)
    inside = {"#room": {"ann", "bea", "cat"}, "#other": {"ann"}, "@#room": {"ann"}}
    due: dict[str, list[tuple[str, bool]]] = {nick: [] for nick in NICKS}
    for number, (nick, words) in enumerate(steps):
        command, target, *_ = [*words.removeprefix("@label=x ").split(" "), ""]
        if words == "flush":
            flush(world)
        elif words == "hand out":
            world.fanout.flush_to_outboxes()
        elif command != "PART" or nick != OPERATOR:  # or the room would fade
            say(people[nick], words.format(number))
        if command == "JOIN":
            inside[target].add(nick)
        elif command == "PART" and nick != OPERATOR:
            inside[target].discard(nick)
        hearers = inside.get(target, set()) - {nick} if command == "PRIVMSG" else set()
        if command == "PING" or (command == "PRIVMSG" and people[nick].echoes):
            hearers |= {nick}
        for one in hearers:
            timed = command == "PRIVMSG" and "server-time" in people[one].capabilities
            due[one].append((str(number), timed))
    flush(world)
    for nick, person in people.items():
        lines = b"".join(person.peer.outbox).decode().splitlines()
        told = [(found[2], "time=" in line[: found.start()]) for line in lines
                if (found := TOLD.search(line))]  # fmt: skip
        assert told == due[nick]


def flush(world: BareWorld, most: float = inf) -> None:
    """What the tick's flush does, with outboxes in the place of sockets."""
    for pieces, peers in world.fanout.parcels(most):
        assert b"".join(pieces)
        for peer in peers:
            peer.outbox.append(b"".join(pieces))


def test_a_bug_in_one_message_costs_that_message(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not the others', and nobody who has something else to say at that moment."""
    _, (alice, bob, carol) = a_room("alice", "bob", "carol")
    encode = Variant.encode

    def picky(variant: Variant, message: Message, body: bytes = b"") -> bytes:
        if "poison" in message.params[-1]:
            raise ZeroDivisionError
        return encode(variant, message, body)

    monkeypatch.setattr(Variant, "encode", picky)
    say(alice, "PRIVMSG #room 1", "PRIVMSG #room poison")
    say(bob, "PRIVMSG #room 2", "PING 3")
    assert texts(carol) == ["1", "2"]
    assert texts(bob) == ["1", "3"]
    assert "Unhandled exception while serving alice" in caplog.text


def calls_of(members: int) -> list[int]:
    """How many functions are called when somebody in three rooms of that size gets another
    nickname, logs in, and quits."""
    world = a_world()
    for room in ("#a", "#b", "#c"):
        for number in range(members):
            say(arrive(world, f"{room[1]}{number}", NOTIFY), f"JOIN {room}")
    dave = arrive(world, "dave", NOTIFY)
    say(dave, "JOIN #a,#b,#c")
    counts = []
    for event in (
        NickChanged(dave.user.id, "al", 0, world.now),
        LoggedIn(dave.user.id, "al", world.now),
        Quit(dave.user.id, "bye", world.now),
    ):
        world.fanout.flush_to_outboxes()
        world.fanout.audience_of_rooms(world.rooms.values())  # so that each has been found before
        counts.append(calls(partial(apply, world, event)))
    return counts


def calls(action: Callable[[], object]) -> int:
    """How many functions it calls, in Python and in C."""
    called: list[str] = []
    sys.setprofile(lambda _frame, what, _arg: called.append(what))
    action()
    sys.setprofile(None)
    return sum(what in ("call", "c_call") for what in called)


def test_an_event_in_full_rooms_does_nothing_for_each_of_their_members() -> None:
    """Fifty rooms may have a thousand people each: no function is called for each of them."""
    assert calls_of(2) == calls_of(40)


LINES = ("NICK {}{}", "JOIN #{}", "PART #{}", "PRIVMSG #{} :{}", "CAP REQ server-time")
MOVES = st.sampled_from([*LINES, "QUIT", "flush", "flush some"])


@given(st.lists(st.tuples(st.sampled_from(NICKS), MOVES, st.sampled_from("ab")), max_size=25))
def test_a_union_that_is_made_later_is_the_same(steps: list[tuple[str, str, str]]) -> None:
    """Whoever comes, goes or changes in between hears of a NICK or QUIT what they would have heard
    if it had been told at once."""
    assert lines_of(steps, fanout.AT_ONCE) == lines_of(steps, 0)


def lines_of(steps: list[tuple[str, str, str]], at_once: int) -> list[list[str]]:
    """What each of them is sent. Unions of more than `at_once` are made later."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fanout, "AT_ONCE", at_once)
        world = a_world()
        people = [arrive(world, nick) for nick in NICKS]
        for each in people:
            say(each, "JOIN #a", "JOIN #b")
        for number, (nick, words, where) in enumerate(steps):
            one = people[NICKS.index(nick)]
            if words.startswith("flush"):
                flush(world, 2 if words == "flush some" else inf)
            elif words == "QUIT":
                hang_up(one)
            elif one.user.sessions:
                say(one, words.format(where, number))
        flush(world)
        return [b"".join(one.peer.outbox).decode().splitlines() for one in people]


def test_a_large_union_is_made_in_the_second_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one has the change itself; nobody is told twice."""
    monkeypatch.setattr(fanout, "AT_ONCE", 0)
    world, members = a_room("ann", "bea", "cat", "dee")
    for one in members:
        say(one, "JOIN #more")
    for one in members:
        heard(one)
    say(members[0], "NICK eve")
    told = []
    while world.fanout.waiting:
        told.append(sum(len(peers) for _, peers in world.fanout.parcels(2)))
    assert told == [0, 2, 1]


def test_who_comes_before_the_union_is_made_has_not_seen_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And who leaves has."""
    monkeypatch.setattr(fanout, "AT_ONCE", 0)
    world, (ann, bea, cat) = a_room("ann", "bea", "cat")
    say(ann, "JOIN #more")
    say(bea, "JOIN #more")
    say(cat, "PART #room")
    for one in (ann, bea, cat):
        heard(one)
    say(ann, "NICK eve")
    say(cat, "JOIN #room")
    say(bea, "PART #room", "PART #more")
    flush(world)
    assert not any("NICK" in line for line in heard(cat))
    assert sum("NICK" in line for line in heard(bea)) == 1
