"""CHATHISTORY: what cannot be told from what is not there, and pages of TARGETS (chathistory)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.people import a_world, arrive, heard, say
from chat.stored_history import StoredHistory
from chatroom.chat.session import Session
from chatroom.chat.state.world import World

READS = frozenset({"batch", "draft/chathistory", "message-tags", "server-time"})
EARLY, LATE = "timestamp=2000-01-01T00:00:00.000Z", "timestamp=2099-01-01T00:00:00.000Z"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    log = StoredHistory(tmp_path)
    yield a_world(log=log)
    log.close()


@pytest.mark.parametrize(
    "request_",
    [
        "LATEST {} * 9",
        "BEFORE {} msgid=x 9",
        "AFTER {} {} 9",
        "AROUND {} nonsense 9",
        "LATEST {} * x",
    ],
)
def test_what_one_may_not_read_looks_like_what_is_not_there(world: World, request_: str) -> None:
    """ "Errors and Warnings": INVALID_TARGET for both; nothing tells which it is."""
    owner, eve = arrive(world, "owner"), arrive(world, "eve", READS)
    for room, modes in {
        "secret": "+s",
        "invited": "+i",
        "locked": "+k x",
        "banned": "+b eve!*@*",
    }.items():
        say(owner, f"JOIN #{room}", f"PRIVMSG #{room} :psst", f"MODE #{room} {modes}")
    answers = set()
    for room in ("#secret", "#invited", "#locked", "#banned", "#never-there"):
        say(eve, f"CHATHISTORY {request_.format(room, EARLY)}")
        (line,) = heard(eve)
        subcommand = request_.split()[0]
        assert line.startswith(
            f":chatroom.local FAIL CHATHISTORY INVALID_TARGET {subcommand} {room}"
        )
        answers.add(line.replace(room, "#room"))
    assert len(answers) == 1


def targets(
    session: Session, first: str, second: str, limit: int
) -> tuple[list[str], list[str], bool]:
    """The rooms of a page, their times, and whether it is the last."""
    say(session, f"CHATHISTORY TARGETS {first} {second} {limit}")
    opening, *lines, _ = heard(session)
    words = [line.split() for line in lines]
    return [each[-2] for each in words], [each[-1] for each in words], "chathistory-end" in opening


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("newer", [False, True])
def test_pages_of_targets_through_one_millisecond(world: World, limit: int, newer: bool) -> None:
    """ "TARGETS" can be paged by time only: none is left out, none comes twice."""
    alice = arrive(world, "alice", READS)
    moments = [1, 2, 2, 2, 3, 4, 4]
    rooms = [f"#r{number}" for number in range(len(moments))]
    for room, moment in zip(rooms, moments, strict=True):
        world.set_time(1_700_000_000 + moment / 1000, moment)
        say(alice, f"JOIN {room}", f"PRIVMSG {room} :hi")
    heard(alice)
    here, end = (EARLY, LATE) if newer else (LATE, EARLY)
    seen: list[str] = []
    is_last = False
    for _ in range(9):
        names, times, is_last = targets(alice, here, end, limit)
        assert len(names) <= max(limit, 3)  # three have one time
        seen = seen + names if newer else names + seen
        if is_last:
            break
        here = f"timestamp={times[-1 if newer else 0]}"
    assert is_last
    assert seen == rooms


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize("committed", [False, True])
def test_pages_by_time_through_one_millisecond(
    world: World, limit: int, newer: bool, committed: bool
) -> None:
    """A client that knows no msgids pages by times: none is left out, none comes twice."""
    alice = arrive(world, "alice", READS)
    say(alice, "JOIN #den")
    for number, moment in enumerate([1, 2, 2, 2, 2, 3, 4, 4]):
        world.set_time(1_700_000_000 + moment / 1000, moment)
        say(alice, f"PRIVMSG #den {number}")
    if committed:
        world.log.commit()  # type: ignore[attr-defined]
    heard(alice)
    subcommand, here = ("AFTER", EARLY) if newer else ("BEFORE", LATE)
    seen: list[str] = []
    is_last = False
    for _ in range(9):
        say(alice, f"CHATHISTORY {subcommand} #den {here} {limit}")
        opening, *lines, _ = heard(alice)
        texts = [line.rpartition(":")[2] for line in lines]
        seen = seen + texts if newer else texts + seen
        is_last = "chathistory-end" in opening
        if is_last:
            break
        tags = lines[-1 if newer else 0].split()[0]
        here = next(each for each in tags[1:].split(";") if each.startswith("time=")).replace(
            "time=", "timestamp="
        )
    assert is_last
    assert seen == [str(number) for number in range(8)]


def test_a_page_by_msgid_keeps_to_its_limit(world: World) -> None:
    """A msgid tells messages of one time apart, so there is no need for more."""
    alice = arrive(world, "alice", READS | {"echo-message"})
    say(alice, "JOIN #den", *(f"PRIVMSG #den {number}" for number in range(5)))
    last = heard(alice)[-1]
    msgid = last.partition("msgid=")[2].partition(" ")[0].partition(";")[0]
    say(alice, f"CHATHISTORY BEFORE #den msgid={msgid} 2", "CHATHISTORY LATEST #den * 2")
    texts = [line.rpartition(":")[2] for line in heard(alice) if " PRIVMSG " in line]
    assert texts == ["2", "3", "3", "4"]
