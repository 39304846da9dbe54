"""LIST, when there are many rooms (Modern IRC, "LIST message")."""

import pytest

from chat.people import a_world, arrive, heard, say
from chatroom.chat.limits import Limits

OUTBOX = 65_536
ROOMS = 400


@pytest.mark.parametrize("times", [1, 3])
def test_a_list_does_not_outgrow_the_outbox(times: int) -> None:
    """It ends early, and says so; whoever asks again and again is not dropped for it either."""
    world = a_world(Limits(outbox=OUTBOX))
    alice = arrive(world, "alice")
    for number in range(ROOMS):
        world.enter(alice, f"#room{number}").topic = "t" * 300
    for _ in range(times):
        say(alice, "LIST")
    assert sum(map(len, alice.outbox)) < OUTBOX
    lines = heard(alice)
    shown = [line for line in lines if " 322 " in line]
    assert 50 < len(shown) < ROOMS
    assert lines[0] == ":chatroom.local 321 alice Channel :Users  Name"
    assert lines[-2].endswith(" 323 alice :End of /LIST")
    left_out = [int(line.split(" ")[3][1:]) for line in lines if " NOTICE alice :" in line]
    assert sum(left_out) == times * ROOMS - len(shown)
    assert lines[-1].endswith("Ask for fewer: LIST >3,*tea*")


def test_a_list_that_fits_is_whole() -> None:
    """And says nothing more."""
    world = a_world(Limits(outbox=OUTBOX))
    alice = arrive(world, "alice")
    for number in range(100):
        world.enter(alice, f"#room{number}")
    say(alice, "LIST")
    lines = heard(alice)
    assert len(lines) == 102
    assert lines[-1].endswith(" 323 alice :End of /LIST")
