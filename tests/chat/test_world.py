"""The indexes over sessions and rooms agree, whatever happens."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chat.memory_history import MemoryHistory
from chat.people import NOW, Peer, a_world, arrive, hang_up, heard, say
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.connections import attach
from chatroom.chat.dispatch import dispatch
from chatroom.chat.limits import Limits
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    Dropped,
    Event,
    Joined,
    NickChanged,
    Parted,
    Registered,
    UserModesChanged,
)
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World
from chatroom.wire.lookalikes import skeleton
from chatroom.wire.message import Message
from chatroom.wire.modes import ModeChange
from chatroom.wire.names import fold
from examples import examples

NICKS = st.sampled_from(["a", "A", "b", "B", "ä", "Ä", "ж", "Ж", "c", "\u0441"])
NUMBERS = st.integers(0, 11)
ROOMS = st.sampled_from(["#a", "#A", "#b", "#ж", "#Ж"])


def check(world: World) -> None:
    """What must hold between any two commands."""
    for folded, user in world._by_nick.items():
        assert folded == user.folded == fold(user.nick)
        assert user.source == f"{user.nick}!{user.username}@{user.host}"
        assert world.users[user.id] is user
    for folded, room in world.rooms.items():
        assert folded == room.folded == fold(room.name)
        assert room.members, "an empty room has not faded"
        assert all(room in member.rooms for member in room.members)
        assert all(world.find(member.nick) is member for member in room.members)
    for shape, user in world._by_skeleton.items():
        assert shape == skeleton(user.nick)
        assert world._by_nick[user.folded] is user
    people = list(world.people())
    for person in people:
        assert all(world.rooms[room.folded] is room for room in person.rooms)
        assert all(person in room.members for room in person.rooms)
    assert world.registered == len(people) <= world.most_registered
    assert world.invisible == sum(person.invisible for person in people)
    assert world.unregistered == sum(not user.registered for user in world.users.values())


class Visits(RuleBasedStateMachine):
    """People come, take names, enter, leave and go, by events alone."""

    def __init__(self) -> None:
        super().__init__()
        self.world = a_world()
        self.everyone = [attach(self.world, Peer(), "192.0.2.1").user for _ in range(4)]

    def happen(self, event: Event) -> None:
        apply(self.world, event)

    def person(self, number: int) -> User:
        """One of the registered; somebody comes in where there is none."""
        if not self.world.registered:
            self.everyone.append(arrive(self.world, f"guest{len(self.everyone)}").user)
        registered = [one for one in self.everyone if one.registered]
        return registered[number % len(registered)]

    @rule()
    def attach(self) -> None:
        self.everyone.append(attach(self.world, Peer(), "192.0.2.1").user)

    @rule(number=NUMBERS, nick=NICKS)
    def rename(self, number: int, nick: str) -> None:
        """A nickname is free exactly when nobody else has it in any case; who is new comes in."""
        user = self.everyone[number % len(self.everyone)] if self.everyone else self.person(0)
        others = [one for one in self.everyone if one is not user]
        free = self.world.is_free(nick, user)
        assert free == (fold(nick) not in [fold(one.nick) for one in others])
        if free:
            self.happen(NickChanged(user.id, nick, 0, NOW))
            if not user.registered and number % 2:
                self.happen(Registered(user.id, 0))

    @rule(number=NUMBERS, name=ROOMS)
    def enter(self, number: int, name: str) -> None:
        user, room = self.person(number), self.world.find_room(name)
        if room is None or user not in room.members:
            self.happen(Joined(user.id, name, 0, NOW))
            entered = self.world.find_room(name)
            assert entered is not None
            assert entered.is_operator(user) == (room is None)

    @rule(number=NUMBERS, name=ROOMS)
    def leave(self, number: int, name: str) -> None:
        user, room = self.person(number), self.world.find_room(name)
        if room is not None and user in room.members:
            self.happen(Parted(user.id, name, "", NOW))
            assert (self.world.find_room(name) is None) == (not room.members)

    @rule(number=NUMBERS, invisible=st.booleans())
    def hide(self, number: int, invisible: bool) -> None:
        changes = (ModeChange(invisible, "i"),)
        self.happen(UserModesChanged(self.person(number).id, changes, NOW))

    @rule(number=NUMBERS)
    def forget(self, number: int) -> None:
        if self.everyone:
            user = self.everyone.pop(number % len(self.everyone))
            self.happen(Dropped(user.id, NOW))

    @invariant()
    def holds(self) -> None:
        """The indexes agree with each other, and with who was let in and forgotten here."""
        check(self.world)
        registered = {one for one in self.everyone if one.registered}
        assert set(self.world.people()) == registered
        assert self.world.unregistered == len(self.everyone) - len(registered)
        named = {one for one in self.everyone if one.nick}
        assert set(self.world._by_nick.values()) == named
        assert {skeleton(one.nick) for one in named} >= set(self.world._by_skeleton)
        entered = {room for one in registered for room in one.rooms}
        assert entered == set(self.world.rooms.values())
        assert all(set(room.members) <= registered for room in entered)


TestVisits = Visits.TestCase
TestVisits.settings = settings(max_examples=examples(15), stateful_step_count=30)

WORDS = st.sampled_from(
    ["a", "b", "nobody", "#a", "#b", "#nowhere", "@#a", "+b", "-o", "+ovb", "+lk", "*", "0",
     "", ",", "a,b,c", "#a,#b", ">1", "T<" + "9" * 400, "9" * 400, "-1", "!", "!*", "LS", "REQ",
     "END", "302", "message-tags echo-message", "\x01ACTION x\x01", ":", " ", "ж" * 200,
     "\u202e", "²"]
) | st.text(max_size=8)  # fmt: skip


@settings(max_examples=examples(15))
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(sorted(COMMANDS)),
            st.lists(WORDS.filter(lambda word: not set(word) & set("\0\r\n")), max_size=5),
        ),
        max_size=25,
    )
)
def test_no_command_breaks_the_world(steps: list[tuple[int, str, list[str]]]) -> None:
    """Bytes from a peer may cause a refusal, nothing else (STYLE, "Errors")."""
    world = a_world(Limits(mode_changes=3, list_entries=2, rooms_per_user=2))
    visitors = [*(arrive(world, nick) for nick in "abc"), attach(world, Peer(), "192.0.2.1")]
    for visitor in visitors[:3]:
        say(visitor, "JOIN #a")
    for number, command, params in steps:
        visitor = visitors[number]
        if not visitor.closing:
            dispatch(world, COMMANDS[command], visitor, Message(command, tuple(params)))
        check(world)
        for one in visitors:
            assert all(len(line.encode()) <= 510 for line in heard(one))
    for visitor in visitors:
        hang_up(visitor)
    assert not (world.rooms or world._by_nick or world.users or world.registered)
    assert not world._by_skeleton


def test_invitations_to_faded_rooms_are_forgotten() -> None:
    """Else they would add up for as long as the guest stays."""
    world = a_world()
    alice, bob = arrive(world, "alice"), arrive(world, "bob")
    for number in range(100):
        say(alice, f"JOIN #r{number}", f"INVITE bob #r{number}", f"PART #r{number}")
    assert len(bob.user.invitations) == 1


def test_whowas_remembers_so_many() -> None:
    """The limit's row."""
    world = a_world(Limits(whowas=5))
    alice = arrive(world, "alice")
    say(alice, *(f"NICK n{number}" for number in range(20)))
    assert [one.nick for one in world.departed] == ["n18", "n17", "n16", "n15", "n14"]


def test_the_time_tag_is_the_ticks() -> None:
    """IRCv3 server-time: milliseconds, UTC, and one object until the time is set again."""
    world = a_world()
    world.set_time(1_700_000_000.5, 1.0)
    assert world.time_tag(world.now) == {"time": "2023-11-14T22:13:20.500Z"}
    assert world.time_tag(world.now) is world.time_tag(world.now)
    world.set_time(1_700_000_001.0, 1.5)
    assert world.time_tag(world.now) == {"time": "2023-11-14T22:13:21.000Z"}


def refusal(session: Session, nick: str) -> str:
    """The text of the 432 to a NICK; "" where it was taken."""
    heard(session)
    say(session, f"NICK {nick}")
    line = "".join(heard(session))
    return line.partition(" :")[2] if " 432 " in line else ""


def test_a_lookalike_of_somebody_here_is_refused() -> None:
    """As long as they are here under that nickname, registered or not."""
    world = a_world()
    opal, mallory = arrive(world, "opal"), arrive(world, "mallory")
    why = "Erroneous nickname: this nickname looks like opal, who is here"
    cyrillic = "\u043epal"
    assert refusal(mallory, cyrillic) == why
    assert refusal(mallory, "0pal") == why
    assert mallory.user.nick == "mallory"
    say(opal, "NICK ruby")
    heard(mallory)
    assert refusal(mallory, cyrillic) == ""
    assert refusal(opal, "opal") == why.replace("opal", cyrillic)
    hang_up(mallory)
    assert refusal(opal, "opal") == ""
    newcomer = attach(world, Peer(), "192.0.2.1")
    assert refusal(newcomer, cyrillic) == why
    check(world)


def test_the_same_nickname_is_in_use_and_no_lookalike() -> None:
    """433 tells clients that they may be waiting for themselves."""
    world = a_world()
    arrive(world, "opal")
    other = arrive(world, "other")
    say(other, "NICK OPAL")
    assert " 433 " in heard(other)[0]


def test_whoever_had_the_look_first_keeps_it() -> None:
    """The world takes whatever names it is given; only NICK refuses."""
    world = a_world()
    opal, twin = arrive(world, "opal"), arrive(world, "twin")
    apply(world, NickChanged(twin.user.id, "0pal", 0, NOW))
    apply(world, NickChanged(twin.user.id, "twin", 0, NOW))
    assert world.lookalike("\u043epal", twin.user) is opal.user
    hang_up(opal)
    assert world.lookalike("\u043epal", twin.user) is None


def test_ones_own_lookalike_is_free() -> None:
    """Accents, case and script are the owner's to change."""
    world = a_world()
    zoe = arrive(world, "zoe")
    for nick in ("zo\u00eb", "Zoe", "z\u043ee", "zoe"):
        assert refusal(zoe, nick) == ""
        assert zoe.user.nick == nick
        check(world)


def test_the_servers_name_is_reserved() -> None:
    """Its first label, for a dot is in no nickname; and what looks like it."""
    session = arrive(a_world(), "alice")
    for nick in ("chatroom", "ChatR00m", "chatroorn", "\u0441hatroom"):
        assert refusal(session, nick) == "Erroneous nickname: this nickname is reserved"
    assert refusal(session, "chatrooms") == ""


def test_numbered_nicknames_are_here_side_by_side() -> None:
    """Those that benchmarks and clients make."""
    world = a_world()
    for name in ("user", "m0000", "bob", ""):
        for number in range(1, 120):
            assert arrive(world, f"{name}{number}").registered


def test_nothing_is_saved_in_place_of_nothing() -> None:
    """It would cost a transaction for each change in an open room."""
    saved: list[tuple[str, bool]] = []

    class Saving(MemoryHistory):
        def save_room(self, room: str, state: Mapping[str, Any]) -> None:
            saved.append((room, bool(state)))

    world = a_world(log=Saving())
    alice = arrive(world, "alice")
    say(alice, "JOIN #a", "TOPIC #a :x", "MODE #a +m", "PART #a")
    assert saved == []
    say(alice, "JOIN #a", "MODE #a +b x", "MODE #a -b x", "TOPIC #a :y")
    assert saved == [("#a", True), ("#a", False)]
    saved.clear()
    say(alice, "MODE #a +k x", "PART #a", "JOIN #a", "TOPIC #a :z")
    assert saved == [("#a", True), ("#a", False)]
    saved.clear()
    open_rooms(world, [], {"#b": {"topic": "left by an earlier version"}})
    assert saved == [("#b", False)]


def test_people_of_an_account_have_an_order() -> None:
    """The order of their numbers, whatever their places in memory are."""
    world = a_world()
    for number in reversed(range(1, 33)):
        user = User(number, "192.0.2.1", NOW)
        world.add_user(user)
        world.log_in(user, "alice")
    assert [user.id for user in world.logged_in("Alice")] == list(range(1, 33))
