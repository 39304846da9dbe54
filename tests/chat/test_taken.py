"""What clients have proven to have read: how it is remembered, and when it counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.people import NOW, a_world, arrive, begin, hang_up, heard, say, world_of
from chat.stored_history import StoredHistory
from chatroom.chat.output.answers import finish
from chatroom.chat.output.retelling import PIECES_PER_STEP
from chatroom.chat.session import Session
from chatroom.chat.state.taken import REMEMBERED_SECONDS, TOGETHER, Entry, Taken
from chatroom.chat.state.world import World

BOB, ANN = ("bob", "192.0.2.1"), ("ann", "192.0.2.1")
AT = int(NOW)


def entry(number: int, *rooms: str, reader: tuple[str, str] = BOB, at: int = AT) -> Entry:
    return Entry(at, number, reader, rooms)


def test_one_number_for_each_visitor_and_room() -> None:
    taken = Taken()
    taken.note(entry(5, "#a", "#b"))
    taken.note(entry(7, "#a"))
    numbers = [taken.number(who, room, NOW) for who in (BOB, ANN) for room in ("#a", "#b", "#c")]
    assert numbers == [7, 5, 0, 0, 0, 0]


def test_it_ends_after_some_hours() -> None:
    taken = Taken()
    taken.note(entry(5, "#a"))
    ages = (0, 29, 30, REMEMBERED_SECONDS - 1, REMEMBERED_SECONDS)
    assert [taken.number(BOB, "#a", NOW + age) for age in ages] == [5, 5, 5, 5, 0]
    assert [taken.number(BOB, "#a", NOW + age, 30) for age in ages] == [5, 5, 0, 0, 0]


def test_bounds() -> None:
    """Those who were heard of longest ago go first."""
    taken = Taken(most_rooms=4)
    taken.note(entry(1, "#a", "#b"))
    taken.note(entry(1, "#a", "#b", reader=ANN))
    taken.note(entry(2, "#a"))  # bob again
    taken.note(entry(3, "#c", reader=("eve", "192.0.2.1")))
    assert [taken.number(who, "#a", NOW) for who in (BOB, ANN)] == [2, 0]
    assert len(taken) == 4
    taken = Taken(most_characters=100)
    for number in range(50):
        taken.note(entry(number + 1, "#" + "x" * 20, reader=(f"n{number}", "192.0.2.1")))
    assert len(taken) == 3
    taken.note(entry(1, "#" + "x" * 200))  # alone too large
    assert len(taken) == 0
    taken.note(entry(1, "#a"))
    assert len(taken) == 1


def test_news_come_once() -> None:
    taken = Taken()
    assert not taken.has_news
    taken.note(entry(5, "#a"))
    taken.note(entry(6, "#a"))
    taken.note(entry(6, "#b"))
    assert taken.has_news
    assert taken.news() == [entry(6, "#a"), entry(6, "#b")]
    assert (taken.has_news, taken.news()) == (False, [])


def test_noted_positions_take_effect_at_once_and_do_not_pile_up() -> None:
    """They are sorted in together, and at the latest when somebody asks."""
    taken = Taken(most_rooms=4)
    for number in range(1, TOGETHER + 5):
        taken.note(entry(number, "#a", reader=(f"n{number}", "192.0.2.1")))
        assert len(taken._unsorted) < TOGETHER
    assert taken.number((f"n{TOGETHER + 4}", "192.0.2.1"), "#a", NOW) == TOGETHER + 4
    assert not taken._unsorted
    assert len(taken) == 4


def test_all_of_it_again() -> None:
    taken, again = Taken(), Taken()
    for each in (entry(5, "#a", "#b"), entry(7, "#a"), entry(6, "#c", reader=ANN)):
        taken.note(each)
    again.restore(taken.entries(), NOW, highest=100)
    assert sorted(again.entries()) == sorted(taken.entries())
    assert not again.has_news


def test_what_is_kept_may_be_wrong() -> None:
    """A clock that was ahead, a log that was another, and what is too old."""
    taken = Taken()
    ahead, old = AT + 10_000_000, AT - int(REMEMBERED_SECONDS)
    kept = [entry(5, "#a", at=ahead), entry(900, "#b"), entry(5, "#c", at=old)]
    taken.restore(kept, NOW, highest=100)
    assert [taken.number(BOB, room, NOW) for room in ("#a", "#b", "#c")] == [5, 100, 0]
    assert taken.number(BOB, "#a", NOW + REMEMBERED_SECONDS) == 0


def test_forgetting_spares_what_is_newer() -> None:
    taken = Taken()
    taken.note(entry(5, "#a", "#b"))
    before = taken.entries()
    taken.note(entry(6, "#a"))
    taken.forget([*before, entry(1, "#x", reader=ANN)])
    assert taken.entries() == [entry(6, "#a")]


# In a world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    log = StoredHistory(tmp_path)
    yield a_world(log=log, replay=20)
    log.close()


def shown(session: Session, room: str = "#den") -> list[str]:
    """The texts that somebody is shown who enters."""
    heard(session)
    say(session, f"JOIN {room}")
    lines = [line for line in heard(session) if "] <" in line]
    return [line.partition("> ")[2] for line in lines]


def proven(session: Session, number: int) -> None:
    """The client has read the history's messages up to this one."""
    world = world_of(session)
    world.read_marks.took(session, number, world.now)


def lost(session: Session) -> None:
    """The connection breaks."""
    hang_up(session, "Connection reset by peer")


def test_what_was_proven_is_not_shown_again(world: World) -> None:
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den", "PRIVMSG #den :0")
    assert shown(bob) == ["0"]
    say(op, "PRIVMSG #den :1")
    proven(bob, world.log.position)
    say(op, "PRIVMSG #den :2")
    lost(bob)
    assert shown(arrive(world, "bob")) == ["2"]
    assert shown(arrive(world, "carl")) == ["0", "1", "2"]


def test_what_was_proven_is_remembered_for_a_day(world: World) -> None:
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den")
    say(bob, "JOIN #den")
    say(op, "PRIVMSG #den :0")
    proven(bob, world.log.position)
    lost(bob)
    world.set_time(NOW + REMEMBERED_SECONDS - 1, 0.0)
    again = arrive(world, "bob")
    assert shown(again) == []
    lost(again)
    world.set_time(NOW + REMEMBERED_SECONDS, 0.0)
    assert shown(arrive(world, "bob")) == ["0"]


@pytest.mark.parametrize("seconds", [0.0, 60.0])
def test_who_quits_is_shown_the_last_lines_again(world: World, seconds: float) -> None:
    """Their next client has none of them: somebody has started irssi anew."""
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den")
    say(bob, "JOIN #den")
    say(op, "PRIVMSG #den :0")
    say(bob, "PRIVMSG #den :mine")
    proven(bob, world.log.position)
    bob.closing = "Quit"
    hang_up(bob, "Quit")
    world.set_time(NOW + seconds, seconds)
    assert shown(arrive(world, "bob")) == ["0", "mine"]


def test_who_parts_and_quits_is_shown_the_last_lines_again(world: World) -> None:
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den,#hall")
    say(bob, "JOIN #den,#hall")
    say(op, "PRIVMSG #den :0")
    say(bob, "PART #den", "JOIN #den")
    bob.closing = "Quit"
    hang_up(bob, "Quit")
    assert shown(arrive(world, "bob")) == ["0"]


def test_one_s_own_words_do_not_come_back(world: World) -> None:
    """After an unclean end: what they said themselves they know, proven or not. A namesake at
    another host has not."""
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den")
    say(bob, "JOIN #den")
    say(op, "PRIVMSG #den :0")
    proven(bob, world.log.position)
    say(bob, "PRIVMSG #den :thanks", "PRIVMSG #den :and more")
    say(op, "PRIVMSG #den :1")
    lost(bob)
    assert shown(arrive(world, "Bob")) == ["1"]
    assert shown(arrive(world, "carl")) == ["0", "thanks", "and more", "1"]


def test_what_was_not_proven_is_shown_again(world: World) -> None:
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den", "PRIVMSG #den :0")
    position = world.log.position
    assert shown(bob) == ["0"]
    proven(bob, position)  # said before it entered, and proves nothing of the replay
    lost(bob)
    assert shown(arrive(world, "bob")) == ["0"]


def test_each_room_has_its_own_beginning(world: World) -> None:
    """A proof counts for the rooms in which the client was by then."""
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den,#hall", "PRIVMSG #den :d", "PRIVMSG #hall :h")
    assert shown(bob) == ["d"]
    position = world.log.position
    assert shown(bob, "#hall") == ["h"]
    proven(bob, position)
    lost(bob)
    bob = arrive(world, "bob")
    assert (shown(bob), shown(bob, "#hall")) == ([], ["h"])


def test_a_proof_is_no_proof_for_a_room_that_was_left(world: World) -> None:
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den")
    say(bob, "JOIN #den,#hall", "PART #den")
    say(op, "PRIVMSG #den :meanwhile")
    proven(bob, world.log.position)
    lost(bob)
    assert shown(arrive(world, "bob")) == ["meanwhile"]


def test_another_host_has_read_nothing(world: World) -> None:
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den")
    say(bob, "JOIN #den")
    say(op, "PRIVMSG #den :1")
    proven(bob, world.log.position)
    lost(bob)
    stranger = arrive(world, "bob")
    stranger.user.address = "192.0.2.2"
    assert shown(stranger) == ["1"]


def test_clients_that_ask_themselves_are_not_remembered(world: World) -> None:
    """Another client of theirs may need the lines."""
    op, bob = arrive(world, "op"), arrive(world, "bob", frozenset({"draft/chathistory", "batch"}))
    say(op, "JOIN #den", "PRIVMSG #den :1")
    say(bob, "JOIN #den")
    proven(bob, world.log.position)
    bob.closing = "Quit"
    hang_up(bob, "Quit")
    assert len(world.read_marks.taken) == 0
    assert shown(arrive(world, "bob")) == ["1"]


def test_nothing_is_remembered_without_a_replay(tmp_path: Path) -> None:
    world = a_world()
    bob = arrive(world, "bob")
    say(bob, "JOIN #den")
    proven(bob, world.log.position)
    say(bob, "PART #den")
    assert len(world.read_marks.taken) == 0


def test_somebody_who_is_put_out_during_the_replay(world: World) -> None:
    """Is shown no more of it, and all of it when they come back."""
    op, bob = arrive(world, "op"), arrive(world, "bob")
    said = [str(number) for number in range(2 * PIECES_PER_STEP + 1)]
    say(op, "JOIN #den", *(f"PRIVMSG #den :{text}" for text in said))
    begin(bob, "JOIN #den")
    before: list[str] = []
    while not any("] <op> " in line for line in before):
        assert bob.answer is not None
        bob.answer.advance()
        before += heard(bob)
    say(op, "KICK #den bob")
    heard(bob)
    finish(bob)
    assert heard(bob) == []
    assert shown(bob) == said


def test_an_older_proof_takes_nothing_back(world: World) -> None:
    """The PONG to a PING may come after a line that has proven more."""
    op, bob = arrive(world, "op"), arrive(world, "bob")
    say(op, "JOIN #den", "PRIVMSG #den :0")
    say(bob, "JOIN #den")
    asked = world.log.position
    say(op, "PRIVMSG #den :1")
    answered = world.log.position
    proven(bob, answered)
    proven(bob, asked)
    assert world.read_marks.taken.number(BOB, "#den", NOW) == answered > asked
