"""What the chat does follows from what it was told, in order: from time, lines, comings and goings.

Nothing follows from the order of hashing, the locale, the zone or the process; and the events alone
tell another world all that has changed.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.conversation import FIXED, LONG, Step, a_new_world, play, replay
from chatroom.chat.state import events
from chatroom.chat.state.apply import apply
from chatroom.chat.state.model import Room, User
from harness import ROOT

EXAMPLES = 20

STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from([0, 1, 900, 40_000]),
        st.integers(0, 3),
        st.sampled_from(LONG) | st.sampled_from(["JOIN #a", "JOIN #b", "PRIVMSG #a :x", "QUIT :x"]),
    ),
    max_size=30,
)


@settings(max_examples=EXAMPLES)
@given(STEPS)
def test_the_same_conversation_has_the_same_end(steps: list[Step]) -> None:
    """Two worlds, one state, and the same bytes for every session."""
    first, second = play(steps), play(steps)
    assert first.world.digest == second.world.digest
    assert first.sent == second.sent
    assert first.events == second.events


@settings(max_examples=EXAMPLES)
@given(STEPS)
def test_the_events_alone_make_the_same_world(steps: list[Step]) -> None:
    """Whoever is given the events, as a second server will be, needs nothing else."""
    played = play(steps)
    again = replay(played.events)
    assert again.snapshot() == played.world.snapshot()
    assert again.digest == played.world.digest


@settings(max_examples=EXAMPLES)
@given(STEPS)
def test_a_snapshot_is_plain_and_whole(steps: list[Step]) -> None:
    """It survives JSON, and a world that is restored from it has the same."""
    world = play(steps).world
    plain = json.loads(json.dumps(world.snapshot()))
    assert plain == world.snapshot()
    restored = a_new_world()
    restored.restore(plain)
    assert restored.snapshot() == plain
    assert [user.id for user in restored.people()] == [user.id for user in world.people()]


TELLING = (
    events.AwayChanged, events.MetadataChanged, events.NickChanged, events.OperatorMade,
    events.RoomModesChanged,
    events.RoomRegistered, events.Said, events.TopicChanged,
)  # fmt: skip
"""Events that give people and rooms attributes that they do not have at first."""


def plain(value: object) -> object:
    """Users by number, rooms by name; all else as it is shown."""
    match value:
        case User():
            return value.id
        case Room():
            return value.folded
        case dict():
            return [[plain(key), plain(part)] for key, part in value.items()]
        case list() | tuple():
            return [plain(part) for part in value]
        case set():
            return sorted(value)
        case _:
            return value if isinstance(value, str | int | float | None) else repr(value)


def attributes(one: User | Room) -> dict[str, object]:
    """All of them, except for connections, and for invitations to rooms that are no more."""
    names = set(type(one).__slots__) - {"sessions", "invitations"}
    return {name: plain(getattr(one, name)) for name in names}


def test_a_snapshot_leaves_nothing_out() -> None:
    """Every attribute of every user and room is the same in a restored world: also a new one."""
    world = replay([])
    for event in play(FIXED).events:
        world.set_time(getattr(event, "at", world.now), world.clock)
        apply(world, event)
        if not isinstance(event, TELLING):
            continue
        restored = a_new_world()
        restored.restore(json.loads(json.dumps(world.snapshot())))
        assert world.rooms.keys() == restored.rooms.keys()
        for name, room in world.rooms.items():
            assert attributes(restored.rooms[name]) == attributes(room)
        for number, user in world.users.items():
            assert attributes(restored.users[number]) == attributes(user)


@settings(max_examples=EXAMPLES)
@given(STEPS, STEPS)
def test_a_restored_world_goes_on_as_the_first_would(steps: list[Step], more: list[Step]) -> None:
    """The events that follow mean the same to it."""
    played = play([*steps, *more])
    before = play(steps)
    restored = replay([])
    restored.restore(before.world.snapshot())
    restored.log = before.world.log
    for event in played.events[len(before.events) :]:
        at = getattr(event, "at", restored.now)
        restored.set_time(at, restored.clock)
        apply(restored, event)
    assert restored.snapshot() == played.world.snapshot()


@pytest.mark.parametrize("kind", events.Event.__args__, ids=lambda kind: kind.__name__)
def test_an_event_is_a_frozen_value(kind: type) -> None:
    """Of plain parts: it says who by a number and where by a name, never by an object."""
    annotations = kind.__annotations__
    named = {word for part in annotations.values() for word in re.findall(r"\w+", str(part))}
    assert named.isdisjoint({"User", "Room", "Session", "World"})
    if is_dataclass(kind):
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        assert [field.name for field in fields(kind)] == list(annotations)
    else:
        assert issubclass(kind, tuple)


def test_the_fixed_conversation_has_every_event() -> None:
    kinds = {type(event) for event in play(FIXED).events}
    assert set(events.Event.__args__) - kinds <= {events.Dropped}


def test_no_process_differs() -> None:
    """PYTHONHASHSEED, locale and time zone."""
    environments = (
        {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kolkata"},
        {"PYTHONHASHSEED": "77", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/St_Johns"},
    )
    path = os.pathsep.join(str(ROOT / part) for part in ("lib", "tests"))
    command = [sys.executable, str(ROOT / "tests" / "chat" / "conversation.py")]
    said = {
        subprocess.run(
            command, env={**os.environ, "PYTHONPATH": path, **setting}, capture_output=True,
            text=True, check=True,
        ).stdout
        for setting in environments
    }  # fmt: skip
    (line,) = said
    assert int(line.split()[2]) > 400
