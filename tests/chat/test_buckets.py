"""What an address and an account do in a minute, on all connections: delayed, and then refused."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from chat.memory_history import MemoryHistory
from chat.people import NOW, BareWorld, a_world, arrive, heard, say
from chatroom.chat import buckets, flood, levels
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.limits import Limits
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn

LIMITS = Limits(joins=4, nick_changes=2, searches=2)


def scene(limits: Limits = LIMITS, people: int = 3) -> tuple[BareWorld, list[Session]]:
    world = a_world(limits, MemoryHistory())
    return world, [arrive(world, f"p{number}") for number in range(people)]


def code(session: Session, line: str) -> str:
    say(session, line)
    lines = heard(session)
    return lines[0].split()[1] if lines else ""


def test_joins_of_an_address() -> None:
    """Several rooms of a line count; what is delayed is done all the same, and then refused."""
    world, (one, two, three) = scene()
    assert code(one, "JOIN #a,#b,#c") == "JOIN"
    assert code(two, "JOIN #a") == "JOIN"
    assert not flood.wait(world, two)
    assert code(two, "JOIN #b,#c") == "JOIN"
    assert flood.wait(world, two) == pytest.approx(30)
    assert code(three, "JOIN #a,#b") == "JOIN"
    assert flood.wait(world, three) == pytest.approx(60)
    say(one, "JOIN #d")
    assert heard(one)[-1:] == [
        ":chatroom.local FAIL JOIN RATE_LIMITED :Too many rooms were joined from your address or"
        " account; try again in 15 seconds"
    ]
    assert code(one, "JOIN 0") == "PART"
    world.set_time(NOW + 15, 15)
    assert code(one, "JOIN #d") == "JOIN"


def test_a_line_that_is_refused_counts_as_one() -> None:
    """Else one line would keep everybody at that address out for a minute."""
    _, (one, two, three) = scene(replace(LIMITS, rooms_at_once=3))
    for line in (",,,,,,,", "#a,#b,#c,#d,#e,#f,#g"):
        code(one, f"JOIN {line}")
    assert [code(each, "JOIN #a") for each in (two, three)] == ["JOIN", "JOIN"]


def test_nicknames() -> None:
    """The first one is no change."""
    _, (one, two, three) = scene()
    assert [code(one, f"NICK a{number}") for number in range(3)] == ["NICK"] * 3
    assert [code(two, f"NICK b{number}") for number in range(2)] == ["NICK", "FAIL"]
    assert code(three, "NICK c") == "FAIL"


def test_searches_of_an_account() -> None:
    """From wherever it comes."""
    world, people = scene()
    apply(world, AccountAdded("alice"))
    for number, person in enumerate(people[:2]):
        person.host = f"198.51.100.{number}"
        apply(world, LoggedIn(person.user.id, "alice", world.now))
        heard(person)
    answers = [code(people[at % 2], "SEARCH text=x") for at in range(5)]
    assert "FAIL" not in answers[:4]
    assert answers[4] == "FAIL"
    assert code(people[2], "SEARCH text=x") != "FAIL"


@pytest.mark.parametrize("kind", [buckets.LINES, buckets.BYTES])
def test_lines_and_bytes_of_an_account_and_of_an_address(kind: str) -> None:
    """All connections share it. What exceeds it is delayed, and nothing is refused; time heals."""
    world, (one, two, three) = scene(replace(LIMITS, **{kind: 60}))
    apply(world, AccountAdded("alice"))
    for number, person in enumerate((one, two)):
        person.host = f"198.51.100.{number}"
        apply(world, LoggedIn(person.user.id, "alice", world.now))
    buckets.charge(world, one, kind, 60)
    assert not flood.wait(world, one)
    buckets.charge(world, two, kind, 10)  # another address, the same account
    assert flood.wait(world, two) == pytest.approx(10)
    assert not flood.wait(world, three)
    buckets.charge(world, two, kind, 1000)
    assert flood.wait(world, two) == pytest.approx(60)  # however much it was
    three.host = one.host  # the same address, no account
    buckets.charge(world, three, kind, 10)
    assert flood.wait(world, three) == pytest.approx(10)
    world.set_time(NOW + 121, 121)
    buckets.charge(world, two, kind, 1)
    assert not flood.wait(world, two)


@pytest.mark.parametrize("free", [{"joins": 0}, {"flood_rate": 0}, {"per_address": 0}])
def test_who_is_not_limited(free: dict[str, int]) -> None:
    _, (one, *_) = scene(replace(LIMITS, **free))
    assert [code(one, f"JOIN #r{number}") for number in range(20)] == ["JOIN"] * 20


def test_this_machine_is_not_limited() -> None:
    world, (one, *_) = scene()
    world.network_of = lambda _host: ""
    assert [code(one, f"JOIN #r{number}") for number in range(20)] == ["JOIN"] * 20


def test_the_memory_is_bounded() -> None:
    kept = levels.Levels()
    for number in range(levels.REMEMBERED + 9):
        kept.fill("joins", f"@{number}", 1.0, 0.0)
    assert len(kept) == levels.REMEMBERED
    assert kept.used("joins", "@0", 5, 0.0) == 0


# Each kind of what can be too much, for each whose it may be


OWN = "flood_rate"
"""The allowance of a connection: each of these commands costs something. A row of its own would
add nothing: it would have to be below that of the address, which nobody at one connection reaches
at `flood_rate`."""

BOUNDS: dict[str, tuple[str, str, str]] = {
    # the kind: the row for a connection, an account, an address
    "lines": (OWN, "lines", "lines"),
    "bytes": (OWN, "bytes", "bytes"),  # a line has LINE_BYTES at most; those beyond are charged
    "joins": (OWN, "joins", "joins"),
    "nick changes": (OWN, "nick_changes", "nick_changes"),
    "searches": (OWN, "searches", "searches"),
    "connections": ("", "connections_per_account", "per_address"),
    "tries": (OWN, "tries_per_account", "tries_per_address"),  # wrong passwords
    "registrations": (OWN, "", "accounts_per_address"),  # no account registers another
}
LINES = {
    "lines": "PRIVMSG", "bytes": "PRIVMSG", "joins": "JOIN", "nick changes": "NICK",
    "searches": "SEARCH", "tries": "AUTHENTICATE", "registrations": "REGISTER",
}  # fmt: skip
SERVER_TEXT = (Path(__file__).parents[2] / "docs" / "server.md").read_text()


@pytest.mark.parametrize("kind", BOUNDS)
def test_each_has_a_row(kind: str) -> None:
    """With a default that is not "no limit", a reason, and a line in docs/server.md."""
    rows = {row.name: row for row in fields(Limits)}
    for name in filter(None, BOUNDS[kind]):
        assert rows[name].default
        assert rows[name].metadata["why"]
        assert f"{name}`" in SERVER_TEXT
    if BOUNDS[kind][0]:
        assert COMMANDS[LINES[kind]].cost >= 1


@pytest.mark.parametrize("row", [buckets.LINES, buckets.BYTES, *buckets.REFUSED])
@pytest.mark.parametrize("shared", ["account", "address"])
def test_another_connection_of_the_same_waits(row: str, shared: str) -> None:
    """What one has done delays the other, if they share this and nothing else."""
    world, (one, other, stranger) = scene(replace(LIMITS, **{row: 10}))
    apply(world, AccountAdded("alice"))
    for number, person in enumerate((one, other, stranger)):
        person.host = f"198.51.100.{number}"
        if shared == "account" and person is not stranger:
            apply(world, LoggedIn(person.user.id, "alice", world.now))
    if shared == "address":
        other.host = one.host
    for person in (one, other, stranger):
        if row in buckets.REFUSED:
            assert not buckets.refusal(world, person, row, 7)
        else:
            buckets.charge(world, person, row, 7)
    waits = [flood.wait(world, person) for person in (one, other, stranger)]
    assert waits == [0, pytest.approx(24), 0]
