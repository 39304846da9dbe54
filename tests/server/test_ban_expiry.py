"""The timer that ends timed bans."""

from chat.people import NOW, BareWorld, a_world, arrive, heard, say
from chatroom.net.timers import Timers
from chatroom.server.ban_expiry import LONGEST_WAIT, BanExpiry


def run_at(world: BareWorld, timers: Timers, clock: float, wall: float) -> None:
    """A tick at that time of the loop's clock, and of the wall clock."""
    world.set_time(NOW + wall, clock)
    timers.run(clock)


def test_it_waits_for_the_first_ban() -> None:
    """And goes on with the next; the wall clock is looked at again from time to time."""
    world, timers = a_world(), Timers()
    BanExpiry(world, timers)
    op, carol = arrive(world, "op"), arrive(world, "carol")
    for person in (op, carol):
        say(person, "JOIN #den")
    say(op, "TBAN #den 3600 x!*@*")
    assert timers.wait(0.0) == LONGEST_WAIT
    say(op, "TBAN #den 30 y!*@*", "TBAN #den 40 z!*@*")
    assert timers.wait(0.0) == 30
    heard(carol)
    run_at(world, timers, 29.9, 29.9)
    assert heard(carol) == []
    run_at(world, timers, 30.0, 30.0)
    assert heard(carol) == [":chatroom.local MODE #den -b y!*@*"]
    assert timers.wait(30.0) == 10
    run_at(world, timers, 40.0, 5000.0)  # the wall clock has been set
    run_at(world, timers, 40.1, 5000.1)
    assert world.rooms["#den"].lists["b"] == {}
    assert timers.wait(40.1) is None


def test_it_waits_for_nothing_without_timed_bans() -> None:
    world, timers = a_world(), Timers()
    BanExpiry(world, timers)
    op = arrive(world, "op")
    say(op, "JOIN #den", "TBAN #den 0 x!*@*", "TBAN #den 60 y!*@*", "TBAN #den - y!*@*")
    assert timers.wait(0.0) is None


def test_rooms_one_after_the_other() -> None:
    """Each run lifts the bans of one."""
    world, timers = a_world(), Timers()
    BanExpiry(world, timers)
    op = arrive(world, "op")
    for room in ("#a", "#b", "#c"):
        say(op, f"JOIN {room}", f"TBAN {room} 60 x!*@*")
    for left in (2, 1, 0):
        run_at(world, timers, 60.0, 60.0)
        assert sum(bool(room.lists["b"]) for room in world.rooms.values()) == left
