"""Who comes and who goes: in one line, with those apart with whom one talks."""

import pytest

from chatroom.client.view.folding import LONGEST_SECONDS, PAUSE_SECONDS
from client.visitor import Visit, entered


def passes(visit: Visit, seconds: float) -> list[str]:
    """What is shown when time has passed."""
    visit.chat.context.now += seconds
    visit.chat.display.tick()
    return visit.shown()


def come(*nicks: str, room: str = "#general") -> str:
    return "".join(f":{nick}!x@h JOIN {room}\n" for nick in nicks)


def leave(*nicks: str, room: str = "#general") -> str:
    return "".join(f":{nick}!x@h PART {room}\n" for nick in nicks)


CROWD = [f"n{number}" for number in range(12)]


def test_many_who_come_are_told_in_numbers() -> None:
    """Numbers, once it is quiet; in the meantime nothing."""
    visit = entered()
    visit.hear(come(*CROWD) + leave(*CROWD[:8]) + ":bob!b@h QUIT :bye\n")
    assert visit.shown() == []
    assert passes(visit, 0.1) == []
    assert passes(visit, 1) == ["-- 12 came, 9 left."]
    assert visit.chat.display.due is None


def test_few_who_come_are_told_by_name() -> None:
    """One alone as ever, a few by name."""
    visit = entered()
    visit.hear(come("ann"))
    assert passes(visit, 1) == ["-- ann joined general."]
    visit.hear(come("ben", "cas") + leave("ann"))
    assert passes(visit, 100) == ["-- 2 came, 1 left (ben, cas; ann)."]
    visit.hear(leave("ben", "cas"))
    assert passes(visit, 100) == ["-- 2 left (ben, cas)."]


def test_without_end() -> None:
    """Soon at first, later once a minute."""
    visit = entered()
    shown = []
    for _ in range(600):
        visit.hear(come("ann") + leave("ann"))
        shown += passes(visit, 1)
    assert 10 < len(shown) < 60
    visit.hear(":bob!b@h PRIVMSG #general :hi\n")
    assert sum(int(line.split()[1]) for line in [*shown, *visit.shown()] if "came" in line) == 600


def test_without_a_pause() -> None:
    """The first ones are not kept back for longer than some seconds."""
    visit = entered()
    waited = 0.0
    for number in range(100):
        visit.hear(come(f"n{number}"))
        if passes(visit, PAUSE_SECONDS / 2):
            break
        waited += PAUSE_SECONDS / 2
    assert LONGEST_SECONDS - PAUSE_SECONDS <= waited <= LONGEST_SECONDS


def test_what_is_said_comes_after_it() -> None:
    """The order stays."""
    visit = entered()
    visit.hear(come("ann", "ben") + ":ann!a@h PRIVMSG #general :hi\n" + come("cas"))
    first, said = visit.shown()
    assert first == "-- 2 came (ann, ben)."
    assert said.endswith("<ann> hi")
    visit.types("hello")
    assert visit.shown()[0] == "-- cas joined general."


def test_whom_one_talks_with() -> None:
    """At once, here and in a private talk."""
    visit = entered()
    visit.hear(come("ann", "dan") + ":ann!a@h PRIVMSG #general :hi\n:dan!d@h PRIVMSG alice :psst\n")
    visit.shown()
    visit.hear(leave("ann"))
    assert visit.shown() == ["-- ann left."]
    visit.hear(":dan!d@h QUIT :bye\n")
    assert visit.shown() == ["-- dan left (bye)."]


def test_others_share_a_line_though_one_of_them_spoke() -> None:
    """Who spoke has a line of their own; it does not part the others, who go within a second."""
    visit = entered()
    visit.hear(come(*CROWD) + leave(*CROWD[:9]) + ":n10!x@h PRIVMSG #general :bye\n")
    assert visit.shown()[0] == "-- 12 came, 9 left."
    visit.hear(leave("n11"))
    assert passes(visit, 0.5) == []
    visit.hear(leave("n10"))
    assert passes(visit, 0.4) == ["-- n10 left."]
    visit.hear(":n9!x@h QUIT :bye\n")
    assert passes(visit, 0.9) == []
    assert passes(visit, 0.1) == ["-- 2 left (n11, n9)."]


def test_those_who_come_elsewhere_are_told_with_the_room() -> None:
    """With the room's name."""
    visit = entered()
    visit.hear(":alice!a@h JOIN #games\n:s 366 alice #games :End\n")
    visit.types("/switch general")
    visit.shown()
    visit.hear(come("ann", "ben", room="#games") + come("cas") + leave("ann", room="#games"))
    assert passes(visit, 1) == [
        "-- In games: 2 came, 1 left (ann, ben; ann).",
        "-- cas joined general.",
    ]


@pytest.mark.parametrize(
    ("value", "shown"), [("show", ["-- ann joined general.", "-- ann left."]), ("hide", [])]
)
def test_set_joins_tells_them_otherwise(value: str, shown: list[str]) -> None:
    """/set joins."""
    visit = entered()
    visit.chat.context.settings.set("joins", value)
    visit.hear(come("ann") + leave("ann"))
    assert visit.shown() == shown
    assert passes(visit, 100) == []


def test_a_pipe_gets_every_line() -> None:
    """A program reads it."""
    visit = Visit(person=False)
    visit.shown()
    visit.hear(come("ann", "ben"))
    assert visit.shown() == ["-- ann joined general.", "-- ben joined general."]
