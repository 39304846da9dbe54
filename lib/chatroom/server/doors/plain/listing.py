"""Lists rooms and people at the plain door, each on one line."""

import heapq
from itertools import islice

from chatroom.chat.output.answers import Steps
from chatroom.chat.state.model import Room
from chatroom.server.doors.plain.person import Person
from chatroom.text.display import visible
from chatroom.wire.names import bare

NAMES_SHOWN = 30
"""People or rooms that one line lists; the rest is only counted."""

ROOMS_PER_STEP = 200
"""Rooms examined in one step of finding the fullest."""


def show_rooms(door: Person) -> Steps:
    """`Rooms: general (3), games (1)`, the fullest first."""
    user = door.session.user

    def fullest_first(room: Room) -> tuple[int, str]:
        return -room.people_seen_by(user), room.folded

    fullest: list[Room] = []
    count = 0
    rooms = iter(door.host.plain.rooms())
    while some := list(islice(rooms, ROOMS_PER_STEP)):
        shown = [room for room in some if room.visible_to(user)]
        count += len(shown)
        fullest = heapq.nsmallest(NAMES_SHOWN, fullest + shown, key=fullest_first)
        if len(some) == ROOMS_PER_STEP:
            yield
    counted = [f"{visible(bare(room.name))} ({room.people_seen_by(user)})" for room in fullest]
    door.say(f"Rooms: {_some(counted, count) or 'none yet'}")


def who_is_here(door: Person, room: Room) -> str:
    """`Here: bob, carol.`, in the order of joining."""
    user = door.session.user
    others = (one for one in room.members if one is not user and not room.hides(one, user))
    shown = [visible(one.nick) for one in islice(others, NAMES_SHOWN)]
    count = len(room.members) - (user in room.members)
    if not shown and count:
        return "You cannot see who is here, because you have no rank (mode u)."
    return f"Here: {_some(shown, count)}." if shown else "Nobody else is here yet."


def _some(shown: list[str], count: int) -> str:
    """The names in `shown`, and how many more there are of `count`."""
    names = ", ".join(shown)
    more = count - len(shown)
    return f"{names} and {more} more" if more > 0 else names
