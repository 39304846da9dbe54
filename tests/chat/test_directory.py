"""LIST, when there are many rooms (Modern IRC, "LIST message")."""

from chat.people import NOW, a_world, arrive, begin, heard, say
from chatroom.chat.commands.directory import ROOMS_PER_STEP
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Joined, TopicChanged

ROOMS = 10 * ROOMS_PER_STEP


def test_a_long_list_comes_in_steps_and_is_whole() -> None:
    """Each step looks at a bounded number of rooms; the last one has the end of the list."""
    world = a_world()
    alice = arrive(world, "alice")
    for number in range(ROOMS):
        apply(world, Joined(alice.user.id, f"#room{number}", 0, NOW))
        apply(world, TopicChanged(alice.user.id, f"#room{number}", "t" * 300, NOW))
    heard(alice)
    begin(alice, "LIST")
    lines = heard(alice)
    assert lines[0] == ":chatroom.local 321 alice Channel :Users  Name"
    assert len(lines) == 1 + ROOMS_PER_STEP
    assert alice.answer is not None
    while alice.answer.advance():
        step = heard(alice)
        assert 0 < len(step) <= ROOMS_PER_STEP
        lines += step
    lines += heard(alice)
    assert [line.split(" ")[3] for line in lines[1:-1]] == [f"#room{n}" for n in range(ROOMS)]
    assert lines[-1] == ":chatroom.local 323 alice :End of /LIST"


def test_conditions_count_whom_the_list_counts() -> None:
    """An outsider does not see the invisible, so that no condition may count them either."""
    world = a_world()
    alice, wilma = arrive(world, "alice"), arrive(world, "wilma")
    say(wilma, "JOIN #inv", "MODE wilma +i")
    heard(wilma)
    for asker, more in ((alice, "0"), (wilma, "1")):
        say(asker, "LIST >0", "LIST <1")
        rows = [line.split(" ")[3:5] for line in heard(asker) if " 322 " in line]
        assert rows == [["#inv", more]]
        say(asker, "LIST >0")
        assert any(" 322 " in line for line in heard(asker)) == (asker is wilma)
