"""Who may read which history, and what is replayed, in a world with a store and without sockets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.people import NOW, a_world, arrive, heard, say
from chat.stored_history import StoredHistory
from chatroom.chat.commands.searching import FOUND_PER_STEP
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.history_port import Asker, Found, SearchTooLong
from chatroom.chat.named_operators import name_operators
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.reading import SEARCH_COST, asker, may_read
from chatroom.chat.state.mask_lists import MaskLists
from chatroom.chat.state.world import World
from chatroom.text.search_query import Query
from chatroom.wire.message import Message
from chatroom.wire.reference import HistoryError


class SearchedHistory(StoredHistory):
    """A store with no workers: a search waits until its test answers it."""

    found: Found
    asker: Asker

    def find(self, _query: Query, _limit: int, asker: Asker, _below: str, found: Found) -> None:
        self.asker, self.found = asker, found

    def show(self, result: list[Message] | HistoryError) -> int:
        """Answer the search. Returns the number of steps that it took."""
        return 1 + len(list(self.found(result) or ()))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SearchedHistory]:
    log = SearchedHistory(tmp_path)
    yield log
    log.close()


@pytest.fixture
def world(log: SearchedHistory) -> World:
    """With a history, and a replay of three lines."""
    return remembering(log)


def remembering(log: SearchedHistory) -> World:
    return a_world(log=log, replay=3)


def texts(lines: list[str]) -> list[str]:
    return [line.split(" PRIVMSG #den ")[1].removeprefix(":") for line in lines]


@pytest.mark.parametrize(
    ("modes", "may_ask", "outside"),
    [
        ("+nt", True, True),
        ("+m", True, True),
        ("+l 1", True, True),
        ("+k x", False, False),
        ("+i", False, False),
        ("+s", True, False),
        ("+b bob!*@*", False, False),
        ("+be bob!*@* *!*@192.0.2.1", True, True),
        ("+iI bob!*@*", False, False),
    ],
)
def test_may_read(world: World, modes: str, may_ask: bool, outside: bool) -> None:
    """Members may, and everybody in an open room. Of a secret one, nobody is refused: it is as one
    that never was."""
    op, bob = arrive(world, "op"), arrive(world, "bob")
    assert may_read(world, bob, "#den")
    say(op, "JOIN #den", f"MODE #den {modes}", "INVITE bob #den")
    assert may_read(world, op, "#DEN")
    assert may_read(world, bob, "#DEN") == may_ask
    assert not asker(world, op).is_shut_out("#den")
    assert asker(world, bob).is_shut_out("#den") != outside


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.0, ["new"]), (29.0, ["new"]), (30.0, ["old", "new"])]
)
def test_what_was_read_before_leaving_is_remembered_for_a_moment(
    world: World, seconds: float, expected: list[str]
) -> None:
    """A quick PART and JOIN shows only what is new, also to a client that has proven that it read
    the rest. Whoever comes back later wants to see what it is about."""
    op, bob = arrive(world, "op"), arrive(world, "bob", frozenset({"server-time", "batch"}))
    say(op, "JOIN #den")
    say(bob, "JOIN #den")
    say(op, "PRIVMSG #den :old")
    world.read_marks.took(bob, world.log.position, world.now)
    say(bob, "PART #den")
    say(op, "PRIVMSG #den :new")
    heard(bob)
    world.set_time(NOW + seconds, seconds)
    say(bob, "JOIN #den")
    assert texts([line for line in heard(bob) if " PRIVMSG " in line]) == expected


def test_a_clock_that_is_set_back(world: World) -> None:
    """Nothing is shown twice, whatever the clock says: places count."""
    op, bob = arrive(world, "op"), arrive(world, "bob", frozenset({"server-time", "batch"}))
    say(op, "JOIN #den", "PRIVMSG #den :old")
    say(bob, "JOIN #den")
    world.set_time(NOW - 5, 1.0)
    say(bob, "PART #den")
    say(op, "PRIVMSG #den :new")
    heard(bob)
    say(bob, "JOIN #den")
    assert texts([line for line in heard(bob) if " PRIVMSG " in line]) == ["new"]


def test_rights_that_change_during_a_search(world: World, log: SearchedHistory) -> None:
    """Each message that is found is asked about when it has been found."""
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den,#hall", "PRIVMSG #den :hi", "PRIVMSG #hall :hi")
    say(bob, "SEARCH text=hi")
    result = [m for room in ("#hall", "#den") for m in log.select(room, 9, {"PRIVMSG"})]
    say(op, "MODE #den +b bob!*@*")
    assert [log.asker.may_read(message) for message in result] == [True, False]
    log.show(result[:1])
    assert heard(bob) == [":op!~op@192.0.2.1 PRIVMSG #hall :hi"]


def test_a_large_result_is_shown_in_steps(world: World, log: SearchedHistory) -> None:
    """None of them takes long, and a ban between two of them counts."""
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den", *(f"PRIVMSG #den :hi {number}" for number in range(25)))
    say(bob, "SEARCH text=hi")
    steps = iter(log.found(log.select("#den", 25, {"PRIVMSG"})[::-1]) or ())
    counts = []
    for _ in range(2):
        next(steps)
        counts.append(len(heard(bob)))
    assert counts == [FOUND_PER_STEP] * 2
    say(op, "MODE #den +b bob!*@*")
    assert list(steps) == []
    assert heard(bob) == []


def test_a_search_asks_for_no_bans_before_it_has_found_something(
    world: World, log: SearchedHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rooms there are."""
    op, bob = arrive(world, "op"), arrive(world, "bob")
    for number in range(50):
        say(op, f"JOIN #den{number}", f"MODE #den{number} +b bob!*@*")
    asked: list[MaskLists] = []
    monkeypatch.setattr(MaskLists, "bans", lambda lists, _user: asked.append(lists))
    say(bob, "SEARCH text=hi")
    assert asked == []


def test_who_asks(world: World, log: SearchedHistory) -> None:
    """By address and session searches take turns; what goes on costs as much as what begins."""
    bob = arrive(world, "bob")
    say(bob, "SEARCH text=hi")
    assert (log.asker.address, log.asker.session) == ("192.0.2.1", bob)
    before = bob.allowance
    log.asker.charge()
    assert before - bob.allowance == SEARCH_COST == COMMANDS["SEARCH"].cost
    assert not log.asker.is_gone()
    bob.closing = "gone"
    assert log.asker.is_gone()


def test_a_search_that_takes_too_long(world: World, log: SearchedHistory) -> None:
    bob = arrive(world, "bob")
    say(bob, "SEARCH text=hi")
    log.show(SearchTooLong())
    why = "The search took too long; use fewer or longer words"
    assert heard(bob) == [f":chatroom.local FAIL SEARCH INTERNAL_ERROR :{why}"]


def test_no_more_than_four_searches_at_once(world: World, log: SearchedHistory) -> None:
    bob = arrive(world, "bob")
    say(bob, *["SEARCH text=hi"] * 5)
    why = "Your earlier searches are still running"
    assert heard(bob) == [f":chatroom.local FAIL SEARCH INTERNAL_ERROR :{why}"]


@pytest.mark.parametrize("key", ["from", "in"])
def test_names_that_are_too_long(world: World, log: SearchedHistory, key: str) -> None:
    """Refused before they are folded, which takes long."""
    bob = arrive(world, "bob")
    say(bob, f"SEARCH {key}={'x' * 101}")
    why = "Invalid parameters: a name has at most 100 characters"
    assert heard(bob) == [f":chatroom.local FAIL SEARCH INVALID_PARAMS {key} :{why}"]


def test_a_search_that_fails(world: World, log: SearchedHistory) -> None:
    """search, "Errors and Warnings": INTERNAL_ERROR."""
    bob = arrive(world, "bob")
    say(bob, "SEARCH text=hi")
    log.show(HistoryError("disk on fire"))
    assert heard(bob) == [":chatroom.local FAIL SEARCH INTERNAL_ERROR :The search could not be run"]


# Rooms over the end of the server


def test_open_rooms(log: SearchedHistory) -> None:
    """Permanent rooms are as they were, whatever the case of their names; closed ones that are
    not permanent have faded, and are sealed once."""
    world = remembering(log)
    open_rooms(world, ["#Hall"], {})
    name_operators(world, {"hall": ["op!*@*"]})
    op = arrive(world, "op")
    say(op, "JOIN #HALL,#den,#shed", "TOPIC #hall :Chairs", "MODE #hall +k x")
    say(op, "MODE #den +i", "MODE #shed +i", "MODE #shed -i")
    say(op, "PRIVMSG #hall :hi", "PRIVMSG #den :hi", "PRIVMSG #shed :hi")
    log.commit()

    world = remembering(log)
    world.set_time(NOW + 1, 1.0)
    open_rooms(world, ["#hall"], log.saved_rooms())
    hall = world.find_room("#HALL")
    assert hall is not None
    assert (hall.topic, hall.key, hall.created, hall.permanent) == ("Chairs", "x", NOW, True)
    assert list(world.rooms) == ["#hall"]
    log.commit()
    said = {room: len(log.select(room, 9, {"PRIVMSG"})) for room in ("#hall", "#den", "#shed")}
    assert said == {"#hall": 1, "#den": 0, "#shed": 1}

    world.set_time(NOW + 2, 2.0)
    say(arrive(world, "bob"), "JOIN #den", "PRIVMSG #den :anew")
    log.commit()
    world = remembering(log)
    world.set_time(NOW + 3, 3.0)
    open_rooms(world, [], log.saved_rooms())
    log.commit()
    assert [m.params[1] for m in log.select("#den", 9, {"PRIVMSG"})] == ["anew"]
    assert log.select("#hall", 9, {"PRIVMSG"}) == []  # closed, and not permanent any more
