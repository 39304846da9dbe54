"""`scripts/bench.py worst`: each row has a worst line, and all of them run. How long, no test asks.

A new command, or a new question of the plain door, needs a case in
benchmarks/worst/cases.py or plain_cases.py.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import bench as bench_program
from benchmarks.worst import cases, measure
from benchmarks.worst.attacks import ATTACKS
from benchmarks.worst.cases import CASES
from benchmarks.worst.crowd import Outcome
from benchmarks.worst.making import Case
from benchmarks.worst.measure import Cost, rows
from benchmarks.worst.plain_cases import QUESTIONS
from benchmarks.worst.words import BODY, CRAFTED, masks, nickname, short_names
from chatroom.chat.commands.table import COMMANDS
from chatroom.server.doors.plain.commands import PLAIN_COMMANDS
from chatroom.server.doors.plain.door import TAKES as PLAIN_TAKES
from chatroom.wire.names import nickname as checked
from end_to_end import inside


def bench(*arguments: str) -> str:
    """What it prints."""
    status, out, errors = inside.run(bench_program.main, "worst", "--smoke", *arguments)
    assert status in (0, 1), errors  # 1: some target was missed
    return out


ROWS = {case.row for case in CASES}


def test_each_command_has_a_worst_line() -> None:
    assert set(COMMANDS) - ROWS == set()


def test_each_command_of_the_plain_door_has_a_worst_line() -> None:
    assert {f"/{name}" for name in PLAIN_COMMANDS} - ROWS == set()


def test_each_question_of_the_plain_door_has_a_worst_line() -> None:
    """A question is answered by a function that takes the line."""
    assert PLAIN_TAKES.keys() == QUESTIONS.keys()
    assert {row for several in QUESTIONS.values() for row in several} <= ROWS


def test_no_worst_line_is_of_a_row_that_is_gone() -> None:
    others = {cases.FIRST_BYTES, cases.TELNET, cases.SEVERAL}
    questions = {row for several in QUESTIONS.values() for row in several}
    commands = {*COMMANDS, *(f"/{name}" for name in PLAIN_COMMANDS)}
    assert others | questions | commands == ROWS


@pytest.mark.parametrize("make", CRAFTED.values())
def test_crafted_names_are_as_long_as_was_asked(make: Callable[[int, int], str]) -> None:
    """To the last character that fits, and others each time."""
    for size in (40, 500, 4500):
        assert size - 3 <= len(make(size, 0).encode()) <= size
        assert make(size, 0) != make(size, 1)


def test_crafted_nicknames_can_be_had() -> None:
    assert checked(nickname(5), 30) == nickname(5)
    assert len(nickname(5)) == 30


def test_masks_fit_into_a_line() -> None:
    assert all(len(mask.encode()) <= BODY for mask in masks(BODY).values())


def test_new_names_are_new() -> None:
    """No cache has met one in a line before."""
    lines = [set(short_names(400, number).split()) for number in range(5)]
    assert all(len(line) > 90 for line in lines)
    assert len(set().union(*lines)) == sum(map(len, lines))


def test_the_table_has_the_worst_of_each_row() -> None:
    """And says which of them are too much."""

    def cost(case: Case, tick: float) -> Cost:
        return Cost(case, 10, tick, tick, tick, 2, 0, 0, False, False)

    who = [case for case in CASES if case.row == "WHO"][:3]
    ping = next(case for case in CASES if case.row == "PING")
    costs = [cost(who[0], 20), cost(who[1], measure.MOST + 1), cost(who[2], 30), cost(ping, 5)]
    _, first, second = rows(costs)
    assert (first[0], first[1], first[-1]) == ("WHO", who[1].title, "FAIL")
    assert (second[0], second[1], second[-1]) == ("PING", ping.title, "pass")


def test_all_cases_run(tmp_path: Path) -> None:
    """In a small house. No actor is thrown out for what it said."""
    file = tmp_path / "figures.json"
    bench("--json", str(file))
    figures = json.loads(file.read_text())["figures"]
    assert [(one["row"], one["title"]) for one in figures] == [(c.row, c.title) for c in CASES]
    assert all(one["line"] > 0 for one in figures)
    assert {one["title"] for one in figures if one["ended"] or one["late"]} == set()
    talk = next(one for one in figures if one["title"].startswith("PRIVMSG to the crowd, under"))
    assert talk["heard"] == 12


def test_some_rows_as_markdown() -> None:
    said = bench("--rows", "PING", "/help", "--markdown")
    lines = [line for line in said.splitlines() if line.startswith("| ")]
    assert {line.split(" | ")[0] for line in lines[2:]} == {"| PING", "| /help"}


def test_a_crowd_under_attack() -> None:
    """The people's messages all arrive, with and without an attack; the attackers are gone then."""
    attacks = ("unknown commands", "connections that come and go", "CHATHISTORY of 500, unread")
    said = bench("--crowd", "--attacks", *attacks, "--markdown")
    lines = [line for line in said.splitlines() if line.startswith("| ")]
    rows = [line.strip("| ").split(" | ") for line in lines[2:]]
    assert [row[0] for row in rows] == ["no attack", *sorted(attacks, key=order)]
    assert all(0 < float(row[1].replace(",", "")) < float("inf") for row in rows)
    assert "lost" not in said


def order(name: str) -> int:
    """As in the table of attacks."""
    return [attack.name for attack in ATTACKS].index(name)


def test_what_is_lost_is_a_failure() -> None:
    """However quick the rest was."""
    assert Outcome("a", [1.0, 2.0], 0, 0.5).passed
    assert not Outcome("a", [1.0, 2.0], 1, 0.5).passed
    assert not Outcome("a", [1.0] * 98 + [21.0] * 2, 0, 0.5).passed
