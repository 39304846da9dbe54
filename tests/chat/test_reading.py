"""Who may read and redact what was said: the table and a model of it, in worlds without sockets."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chat.people import NOW, a_world, arrive, hang_up, read_now
from chat.people import say as carry_out
from chat.worlds import Worlds
from chatroom.chat.limits import Limits
from chatroom.chat.reading import gaps_for, read
from chatroom.chat.session import Session
from chatroom.chat.state.faded import GAP_CHARACTERS, Bans, FadedPast, FadedRooms, with_bans
from chatroom.chat.state.model import Room, User
from chatroom.wire.gaps import MOST_GAPS, NO_GAPS, Gap, hide, saved_gaps, with_gap
from chatroom.wire.message import Message
from examples import examples
from rights_table import CASES, HALL, Case, play


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_table(worlds: Worlds, case: Case) -> None:
    play(worlds, case)


# A model


NICKS = ("ann", "bob", "cat")
ROOMS = ("#den", HALL)
DOORS = ("+i", "-i", "-is", "+k z", "-ik z", "+s", "-s", "+i-s", "-i+k z")
TREATMENTS = ("INVITE {1} {0}", "KICK {0} {1}", "MODE {0} +o {1}")
nicks, rooms = st.sampled_from(NICKS), st.sampled_from(ROOMS)


@dataclass
class Line:
    """What was said, and when, counted in steps."""

    room: str
    text: str
    msgid: str
    step: int
    closed: bool
    author: User


@dataclass
class Stay:
    """A room between somebody's coming and everybody's going: what has happened there."""

    room: Room
    doors: frozenset[str]
    entered: dict[User, int]


@settings(max_examples=examples(8), stateful_step_count=40, deadline=None)
class Readers(RuleBasedStateMachine):
    """Nobody reads what the model forbids; members read all that was said since they came, and
    everybody what was said in the open, until the gaps are too many or the room is sealed."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.worlds = Worlds(Path(self.directory.name))
        self.step = 0
        self.lines: list[Line] = []
        self.stays: dict[str, Stay] = {}
        self.opened: dict[str, list[int]] = {room: [] for room in ROOMS}
        self.barred: dict[tuple[str, str], int] = {}
        """(room, nickname) -> the step at which the room faded and they were banned."""
        self.sealed = dict.fromkeys(ROOMS, 0)
        """The step at which the room faded closed."""

    def teardown(self) -> None:
        self.worlds.close()
        self.directory.cleanup()

    def do(self, nick: str, line: str) -> None:
        self.worlds.ask(nick, line)
        self.look()

    def in_charge(self, name: str) -> str:
        """An operator of the room, or whom there is; where nobody is, somebody enters."""
        if name not in self.stays or not self.stays[name].room.members:
            self.do(NICKS[self.step % len(NICKS)], f"JOIN {name} z")
        stay = self.stays.get(name)
        members = list(stay.room.members) if stay else []
        ranked = sorted(members, key=lambda one: not (stay and stay.room.is_operator(one)))
        return ranked[0].nick if ranked else NICKS[0]

    def look(self) -> None:
        """Note what has become of the rooms, from what everybody can see."""
        self.step += 1
        for name in ROOMS:
            room, stay = self.worlds.world.find_room(name), self.stays.get(name)
            if stay is not None and room is not stay.room:
                self.faded(name, stay)
                stay = None
            if room is None:
                self.stays.pop(name, None)
                continue
            if stay is None:
                stay = self.stays[name] = Stay(room, room.barriers, {})
            if stay.doors - room.barriers:
                self.opened[name].append(self.step)
            stay.doors = room.barriers
            stay.entered = {one: stay.entered.get(one, self.step) for one in room.members}

    def faded(self, name: str, stay: Stay) -> None:
        self.opened[name].append(self.step)
        if stay.doors:
            self.sealed[name] = self.step
        for nick in NICKS:
            if stay.room.lists.bans(self.worlds.person(nick).user):
                self.barred[name, nick] = self.step

    @rule(nick=nicks, room=rooms)
    def join(self, nick: str, room: str) -> None:
        self.do(nick, f"JOIN {room} z")

    @rule(nick=nicks, room=rooms)
    def part(self, nick: str, room: str) -> None:
        self.do(nick, f"PART {room}")

    @rule(nick=nicks)
    def reconnect(self, nick: str) -> None:
        self.do(nick, "QUIT")
        self.worlds.person(nick)

    @rule(room=rooms, mode=st.sampled_from(DOORS))
    def move_a_door(self, room: str, mode: str) -> None:
        self.do(self.in_charge(room), f"MODE {room} {mode}")

    @rule(room=rooms, mode=st.sampled_from(["+b", "-b", "+b", "+e", "-e"]), who=nicks)
    def ban(self, room: str, mode: str, who: str) -> None:
        self.do(self.in_charge(room), f"MODE {room} {mode} {who}!*@*")

    @rule(room=rooms, other=nicks, command=st.sampled_from(TREATMENTS))
    def treat(self, room: str, other: str, command: str) -> None:
        self.worlds.person(other)
        self.do(self.in_charge(room), command.format(room, other))

    @rule(nick=nicks, room=rooms)
    def say(self, nick: str, room: str) -> None:
        """Whoever is there may, unless banned and without a rank; the others try to enter."""
        self.join(nick, room)
        user, stay = self.worlds.person(nick).user, self.stays.get(room)
        if stay is None or user not in stay.room.members:
            return
        text = f"line{self.step}"
        answer = self.worlds.ask(user.nick, f"PRIVMSG {room} :{text}")
        if answer[-1].command == "PRIVMSG":
            closed, msgid = bool(stay.doors), answer[-1].tags["msgid"]
            self.lines.append(Line(room, text, msgid, self.step, closed, user))
        self.look()

    @rule()
    def restart(self) -> None:
        stays, self.stays = self.stays, {}
        self.step += 1
        self.worlds.restart()
        for name, stay in stays.items():
            if name != HALL:
                self.faded(name, stay)
        self.look()

    @rule(nick=nicks, pick=st.integers(0, 99))
    def redact(self, nick: str, pick: int) -> None:
        if not self.lines:
            return
        line = self.lines[pick % len(self.lines)]
        user, stay = self.worlds.person(nick).user, self.stays.get(line.room)
        (reply,) = self.worlds.ask(nick, f"REDACT {line.room} {line.msgid}")
        if reply.command == "REDACT":
            assert stay is not None
            assert self.may_read(user, line)
            assert user is line.author or stay.room.is_operator(user)
            self.lines.remove(line)
        elif not self.may_read(user, line):
            assert reply.params[1] in ("INVALID_TARGET", "UNKNOWN_MSGID")

    def may_read(self, user: User, line: Line) -> bool:
        """By the story of the room alone: who was let in when this was said."""
        stay = self.stays.get(line.room)
        entered = stay.entered.get(user) if stay else None
        if entered is not None and entered <= line.step:
            return True
        if self.barred.get((line.room, user.nick), -1) > line.step:
            return False
        if entered is None:
            closed = stay is not None and (stay.doors or stay.room.lists.bans(user))
            return not closed and not line.closed
        return not line.closed or not any(
            line.step < at <= entered for at in self.opened[line.room]
        )

    @invariant()
    def nobody_reads_what_they_may_not(self) -> None:
        for nick in NICKS:
            session = self.worlds.person(nick)
            user = session.user
            for room in ROOMS:
                here = [line for line in self.lines if line.room == room]
                shown = [m.params[1] for m in read_now(session, room, 99, ("PRIVMSG",))]
                assert set(shown) <= {line.text for line in here if self.may_read(user, line)}
                stay = self.stays.get(room)
                if stay is not None and user in stay.entered:
                    since = stay.entered[user]
                    assert {line.text for line in here if line.step >= since} <= set(shown)
                if (room, nick) not in self.barred and len(self.opened[room]) <= MOST_GAPS:
                    assert {
                        line.text
                        for line in here
                        if not line.closed
                        and line.step > self.sealed[room]
                        and self.may_read(user, line)
                    } <= set(shown)

    @rule(nick=nicks)
    def search(self, nick: str) -> None:
        """A search finds what the pages show."""
        session = self.worlds.person(nick)
        found = {
            m.params[1] for m in self.worlds.search(nick, "from=ann") if m.command == "PRIVMSG"
        }
        assert found == {
            m.params[1]
            for room in ROOMS
            for m in read_now(session, room, 99, ("PRIVMSG",))
            if m.nick == "ann"
        }


TestReaders = Readers.TestCase


# Who said it


@settings(max_examples=examples(30))
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["say", "quit", "a", "b", "c", "d"])),
        max_size=40,
    )
)
def test_nobody_is_taken_for_another(steps: list[tuple[int, str]]) -> None:
    """Whatever nicknames three connections take in turn: each said what it said, and no more."""
    with tempfile.TemporaryDirectory() as directory:
        worlds = Worlds(Path(directory))
        everyone = [worlds.person(nick) for nick in "abc"]
        lines: list[tuple[str, int, Session]] = []
        for number, (who, what) in enumerate(steps):
            session = everyone[who]
            if what == "say":
                carry_out(session, "JOIN #den", "PRIVMSG #den :hi")
                lines.append((session.user.source, worlds.log.position, session))
            elif what == "quit":
                hang_up(session)
                everyone[who] = worlds.person(f"new{number}")
            else:
                carry_out(session, f"NICK {what}")
        for session in everyone:
            assert all(
                session.user.said(source, n) == (author is session) for source, n, author in lines
            )
        worlds.close()


def test_so_many_former_names_are_known() -> None:
    """Memory is bounded; who forgets owns less, and never more."""
    world = a_world(Limits(nick_changes=0))
    ann = arrive(world, "ann")
    for number in range(200):
        carry_out(ann, f"NICK ann{number}")
    assert len(ann.user.former_names) == 50
    assert ann.user.former_names[0].source.startswith("ann149!")


# Points, not clocks


def test_a_clock_that_is_set_back_opens_nothing(worlds: Worlds) -> None:
    """The first to enter is no master of the past, and a door that opened divides it."""
    for nick, line in (("op", "JOIN #den"), ("op", "PRIVMSG #den :open")):
        answer = worlds.ask(nick, line)
    msgid = answer[-1].tags["msgid"]
    worlds.ask("op", "PART #den")
    worlds.world.set_time(NOW - 3600, 1.0)
    worlds.ask("eve", "JOIN #den")
    assert worlds.ask("eve", f"REDACT #den {msgid}")[0].params[1] == "REDACT_FORBIDDEN"
    worlds.ask("eve", "MODE #den +i")
    worlds.ask("eve", "PRIVMSG #den :inside")
    worlds.world.set_time(NOW - 7200, 2.0)
    worlds.ask("eve", "MODE #den -i")
    worlds.ask("eve", "PRIVMSG #den :outside")
    shown = [m.params[1] for m in read_now(worlds.person("bob"), "#den", 9, ("PRIVMSG",))]
    assert shown == ["open", "outside"]


def test_a_door_opened_in_the_database(worlds: Worlds) -> None:
    """docs/history.md, "A room that shuts everybody out": the past behind the door stays there."""
    for line in (
        "JOIN #hall",
        "PRIVMSG #hall :before",
        "MODE #hall +ik z",
        "PRIVMSG #hall :inside",
    ):
        worlds.ask("op", line)
    worlds.log.commit()
    worlds.log._connection.execute(
        "UPDATE room SET state = json_remove(state, '$.key', '$.flags', '$.lists')"
        " WHERE folded = '#hall'"
    )
    worlds.restart()
    worlds.ask("bob", "JOIN #hall")
    shown = [m.params[1] for m in read_now(worlds.person("bob"), "#hall", 9, ("PRIVMSG",))]
    assert shown == ["before"]


# Faded rooms


def test_exceptions_hold_for_their_own_bans_only() -> None:
    """Else who was banned could except themselves in the next room of that name."""
    first = with_bans((), ["eve!*@*"], ["*!*@friends"])
    assert first == (Bans(("eve!*@*",), ("*!*@friends",)),)
    assert with_bans(first, [], ["eve!*@*"]) == first
    assert with_bans(first, ["zoe!*@*", "eve!*@*"], ["*!*@friends"]) == (
        Bans(("eve!*@*", "zoe!*@*"), ("*!*@friends",)),
    )
    second = with_bans(first, ["zoe!*@*"], ["eve!*@*"])
    rooms = FadedRooms()
    rooms.add("#den", FadedPast(second))
    barred = {
        name: rooms.bars("#den", (name,))
        for name in ("eve!e@h", "zoe!z@h", "eve!e@friends", "bob!b@h")
    }
    assert barred == {"eve!e@h": True, "zoe!z@h": True, "eve!e@friends": False, "bob!b@h": False}


def pushed_out(rooms: FadedRooms, name: str, past: FadedPast) -> list[str]:
    return [each for each, _ in rooms.add(name, past)]


def test_faded_rooms_are_bounded() -> None:
    """By the characters of their masks; the oldest has to go, and is named."""
    rooms = FadedRooms(30)
    past = FadedPast(with_bans((), ["ten letter"], []))
    assert [pushed_out(rooms, f"#{number}", past) for number in range(5)] == [
        [], [], [], ["#0"], ["#1"],
    ]  # fmt: skip
    assert pushed_out(rooms, "#3", past) == []  # once more
    assert pushed_out(rooms, "#5", FadedPast(with_bans((), ["x" * 25], []))) == ["#2", "#4", "#3"]
    assert pushed_out(rooms, "#6", FadedPast(with_bans((), ["x" * 31], []))) == ["#5", "#6"]
    assert rooms.barring("x" * 31) == []
    assert rooms.add("#7", FadedPast()) == []


def test_gaps_of_faded_rooms_are_bounded() -> None:
    """They share the bound with the masks."""
    rooms = FadedRooms(3 * GAP_CHARACTERS)
    one, two = FadedPast(gaps=(Gap(1, 2),)), FadedPast(gaps=(Gap(1, 2), Gap(3, 4)))
    assert [rooms.add(f"#{n}", past) for n, past in enumerate((one, two, one))] == [
        [], [], [("#0", one)],
    ]  # fmt: skip
    assert (rooms.gaps("#0"), rooms.gaps("#1")) == (NO_GAPS, two.gaps)
    assert (rooms.take("#1"), rooms.take("#1")) == (two, FadedPast())
    assert pushed_out(rooms, "#3", two) == []
    assert pushed_out(rooms, "#4", FadedPast(with_bans((), ["x"], []))) == ["#2"]


def test_what_is_pushed_out_is_sealed(worlds: Worlds) -> None:
    """Where the bans cannot be kept, nobody reads the past, also after a restart."""
    worlds.world.faded = FadedRooms(100)
    for number in range(8):
        for line in (
            "JOIN #r{}",
            "PRIVMSG #r{} :hi",
            "MODE #r{} +b eve{}!*@1.example",
            "PART #r{}",
        ):
            worlds.ask("op", line.format(number, number))
    for _ in range(2):
        bob = worlds.person("bob")
        assert [len(read_now(bob, f"#r{n}", 9, ("PRIVMSG",))) for n in range(8)] == [0, 0, *[1] * 6]
        worlds.restart()


def test_gaps_that_are_pushed_out_are_sealed(worlds: Worlds) -> None:
    """Where they cannot be kept, what was said before the last opening is hidden, no more."""
    worlds.world.faded = FadedRooms(3 * GAP_CHARACTERS)
    lines = ("JOIN", "PRIVMSG", "MODE +i", "MODE -i", "PRIVMSG", "PART")
    for number in range(5):
        for line in lines:
            command, _, mode = line.partition(" ")
            worlds.ask("op", f"{command} #r{number} {mode or ':hi'}")
    for _ in range(2):
        bob = worlds.person("bob")
        shown = [len(read_now(bob, f"#r{n}", 9, ("PRIVMSG",))) for n in range(5)]
        assert shown == [1, 1, 2, 2, 2]
        worlds.restart()


def test_a_room_with_too_many_bans_is_sealed(tmp_path: Path) -> None:
    """As they add up from room to room; `list_entries` is the limit of each list."""
    worlds = Worlds(tmp_path, Limits(list_entries=2))
    shown = []
    for number in range(3):
        for line in (
            "JOIN #den",
            "PRIVMSG #den :hi",
            f"MODE #den +bb a{number} b{number}",
            "PART #den",
        ):
            worlds.ask("op", line)
        shown.append(len(read_now(worlds.person("bob"), "#den", 9, ("PRIVMSG",))))
    assert shown == [1, 2, 0]
    worlds.close()


def test_an_ordinary_room_costs_the_history_nothing(worlds: Worlds) -> None:
    """A change of a room is a transaction: a room that hides nothing fades without one."""
    worlds.ask("op", "JOIN #den")
    worlds.log.commit()
    worlds.ask("op", "PART #den")
    assert worlds.log._changes == {}


# Gaps


def said_in_turn(worlds: Worlds, closings: int) -> None:
    """Say `open0`, `inside1`, `open1` and so on, with a door between them."""
    worlds.ask("op", "JOIN #den")
    worlds.ask("op", "PRIVMSG #den :open0")
    for number in range(1, closings + 1):
        for line in ("MODE {} +i", "PRIVMSG {} :inside{}", "MODE {} -i", "PRIVMSG {} :open{}"):
            worlds.ask("op", line.format("#den", number))


def visible_to(worlds: Worlds, nick: str, **options: Any) -> list[str]:
    session, commands = worlds.person(nick), ("PRIVMSG",)
    return [m.params[1] for m in read_now(session, "#den", 99, commands, **options)]


def test_each_closing_is_a_gap(worlds: Worlds) -> None:
    """Also over the end of the room and of the server, which nothing is lost by."""
    said_in_turn(worlds, 3)
    the_open = [f"open{number}" for number in range(4)]
    assert visible_to(worlds, "eve") == the_open
    for nick, line in (("bob", "JOIN"), ("bob", "PART"), ("op", "PART"), ("op", "JOIN")):
        worlds.ask(nick, f"{line} #den")
        assert visible_to(worlds, "bob") == visible_to(worlds, "eve") == the_open
    assert visible_to(worlds, "op") == the_open
    worlds.restart()
    for nick in ("eve", "op"):
        assert visible_to(worlds, nick) == the_open
        worlds.ask(nick, "JOIN #den")
        assert visible_to(worlds, nick) == the_open


@pytest.mark.parametrize("limit", range(1, 6))
@pytest.mark.parametrize("newest", [True, False])
def test_reading_over_gaps(worlds: Worlds, limit: int, newest: bool) -> None:
    """As if what is hidden had never been said, from any point to any other."""
    said_in_turn(worlds, 3)
    worlds.log.commit()
    op, bob = worlds.person("op"), worlds.person("bob")
    everything = read_now(op, "#den", 99, ("PRIVMSG",))
    places = [worlds.log.point("#den", message.tags["msgid"]) for message in everything]
    ends: list[int | None] = [None, *range(len(everything))]
    for first in ends:
        for last in ends:
            some = everything[0 if first is None else first + 1 : last]
            readable = [m for m in some if m.params[1].startswith("open")]
            page = read_now(
                bob, "#den", limit, ("PRIVMSG",), newest=newest,
                after=None if first is None else places[first],
                before=None if last is None else places[last],
            )  # fmt: skip
            assert page == (readable[-limit:] if newest else readable[:limit])


def test_reading_over_gaps_in_steps(worlds: Worlds) -> None:
    """There is one between any two stretches, and no stretch is read that is not needed."""
    said_in_turn(worlds, MOST_GAPS)
    bob = worlds.person("bob")
    asked = []
    pages = worlds.log.pages

    def counted(*args: Any, **kwargs: Any) -> Iterator[list[Message]]:
        asked.append(kwargs)
        return pages(*args, **kwargs)

    worlds.log.pages = counted  # type: ignore[method-assign]
    counts = []
    # There was none: no page is a step either.
    for _ in read(worlds.world, bob, "#den", 99, ("KICK",)):
        counts.append(len(asked))
    assert len(asked) == MOST_GAPS + 1
    assert max(later - earlier for earlier, later in pairwise([0, *counts])) == 1
    asked.clear()
    assert len(read_now(bob, "#den", 2, ("PRIVMSG",))) == len(asked) == 2


def test_so_many_gaps_are_known(worlds: Worlds) -> None:
    """Past that, the two with the least time between them are one. A member's stay as they were."""
    worlds.ask("op", "JOIN #den")
    worlds.ask("zoe", "JOIN #den")
    said_in_turn(worlds, MOST_GAPS)
    assert visible_to(worlds, "bob") == [f"open{n}" for n in range(MOST_GAPS + 1)]
    worlds.ask("bob", "JOIN #den")
    for mode in ("+i", "-i"):
        worlds.ask("op", f"MODE #den {mode}")
    gaps = gaps_for(worlds.world, worlds.person("eve"), "#den")
    assert gaps is not None
    assert len(gaps) == MOST_GAPS
    shown = {nick: visible_to(worlds, nick) for nick in ("bob", "eve")}
    assert len(shown["eve"]) == len(shown["bob"]) - 1 == MOST_GAPS
    assert set(shown["eve"]) < set(shown["bob"])
    assert gaps_for(worlds.world, worlds.person("zoe"), "#den") == NO_GAPS


def test_opening_one_of_two_doors_by_and_by(worlds: Worlds) -> None:
    """The gap grows with the second; who was let in between keeps it as it was."""
    worlds.ask("op", "JOIN #den")
    for line in ("PRIVMSG #den :open", "MODE #den +ik z", "PRIVMSG #den :both", "MODE #den -i"):
        worlds.ask("op", line)
    worlds.ask("bob", "JOIN #den z")
    for line in ("PRIVMSG #den :key", "MODE #den -k z", "PRIVMSG #den :after"):
        worlds.ask("op", line)
    assert visible_to(worlds, "op") == ["open", "both", "key", "after"]
    assert visible_to(worlds, "bob") == ["open", "key", "after"]
    assert visible_to(worlds, "eve") == ["open", "after"]
    gaps = gaps_for(worlds.world, worlds.person("eve"), "#den")
    assert gaps is not None
    assert len(gaps) == 1


@pytest.mark.parametrize("name", ["#den", HALL])
def test_the_state_of_an_earlier_version(worlds: Worlds, name: str) -> None:
    """It has a single gap, and when the door was closed, though it has been opened since."""
    for line in ("JOIN {}", "PRIVMSG {} :before", "MODE {} +i", "PRIVMSG {} :inside", "MODE {} -i",
                 "PRIVMSG {} :after"):  # fmt: skip
        worlds.ask("op", line.format(name))
    gaps = gaps_for(worlds.world, worlds.person("eve"), name)
    assert gaps is not None
    room = worlds.world.find_room(name)
    assert room is not None
    state = {key: value for key, value in room.state().items() if key != "gaps"}
    worlds.log.save_room(name, {**state, "gap": gaps[0], "closed_at": gaps[0].start})
    worlds.restart()
    shown = [m.params[1] for m in read_now(worlds.person("eve"), name, 9, ("PRIVMSG",))]
    assert shown == ["before", "after"]
    assert gaps_for(worlds.world, worlds.person("eve"), name) == gaps


@pytest.mark.parametrize("name", ["#den", HALL])
def test_a_door_opened_by_halves_and_in_the_database(worlds: Worlds, name: str) -> None:
    """What was said behind the door that stayed is behind it still."""
    for line in ("JOIN {}", "MODE {} +ik z", "MODE {} -i", "PRIVMSG {} :inside"):
        worlds.ask("op", line.format(name))
    worlds.log.commit()
    worlds.log._connection.execute(
        "UPDATE room SET state = json_remove(state, '$.key') WHERE folded = ?", (name,)
    )
    for _ in range(2):
        worlds.restart()
        assert read_now(worlds.person("bob"), name, 9, ("PRIVMSG",)) == []


gap_lists = st.lists(st.builds(Gap, st.integers(0, 60), st.integers(0, 60)), max_size=20)


@given(gap_lists)
def test_gaps_together(some: list[Gap]) -> None:
    """In order, apart, few; they hide all that each hides, and no more while they are few."""
    gaps = NO_GAPS
    for gap in some:
        more = with_gap(gaps, gap)
        before = {at for at in range(61) if hide(gaps, at)} | set(range(*gap))
        after = {at for at in range(61) if hide(more, at)}
        assert before <= after
        assert before == after or len(more) == MOST_GAPS
        gaps = more
    assert len(gaps) <= MOST_GAPS
    assert all(start < end for start, end in gaps)
    assert all(earlier.end < later.start for earlier, later in pairwise(gaps))
    assert saved_gaps({"gaps": [list(gap) for gap in gaps]}) == gaps


def test_the_closest_gaps_are_joined() -> None:
    gaps = tuple(Gap(at, at + 5) for at in (0, 10, 20, 30, 40, 53, 60, 70))
    joined = with_gap(gaps, Gap(80, 85))
    assert joined == (*gaps[:5], Gap(53, 65), Gap(70, 75), Gap(80, 85))
    assert with_gap(joined, Gap(0, 56)) == (Gap(0, 65), Gap(70, 75), Gap(80, 85))
    assert saved_gaps({"gap": [5, 7]}) == (Gap(5, 7),)
    assert saved_gaps({"gap": [0, 0]}) == saved_gaps({}) == NO_GAPS


def test_a_secret_room_takes_as_long_as_a_missing_one(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CHATHISTORY reads a log for either: nobody learns from the time which of them exists."""
    for line in ("JOIN #den", "PRIVMSG #den :hello", "MODE #den +s"):
        worlds.ask("ann", line)
    pages, read_logs = worlds.log.pages, []

    def noting(room: str, *arguments: Any, **named: Any) -> Iterable[list[Message]]:
        read_logs.append(room)
        return pages(room, *arguments, **named)

    monkeypatch.setattr(worlds.log, "pages", noting)
    for name in ("#den", "#none"):
        (answer,) = worlds.ask("bob", f"CHATHISTORY LATEST {name} * 5")
        assert answer.params[:2] == ("CHATHISTORY", "INVALID_TARGET")
    assert len(read_logs) == 2
    assert "#den" not in read_logs
