"""A conversation in which each thing is tried once, and everybody looks at what comes of it."""

from collections.abc import Sequence
from typing import NamedTuple

from demonstration.stage import Stage
from demonstration.terminals import Terminal

TIME = r"\[\d\d:\d\d:\d\d\] "
DAY = r"--- \w+day, \d+ \w+ \d+ ---"


class Step(NamedTuple):
    """Somebody types a line; then each of these sees a text that fits the pattern."""

    who: str
    line: str
    seen: dict[str, str]


SCRIPT: Sequence[Step] = (
    Step("alice", "", {"alice": "Choose a nickname: "}),
    Step("alice", "alice", {"alice": r"Connected to the server!\r[\s\S]*Choose a room"}),
    Step("alice", "", {"alice": "Welcome to room general!"}),
    Step("bob", "1", {"bob": "Choose a nickname: "}),
    Step("bob", "Alice", {"bob": r"already in use[\s\S]*Choose a nickname: "}),
    Step("bob", "bob", {"bob": r"Rooms: general \(1\)[\s\S]*Choose a room"}),
    Step("bob", "general", {"bob": "Here: alice", "alice": "-- bob joined general"}),
    Step("carol", "1", {"carol": "Choose a nickname: "}),
    Step("carol", "carol", {"carol": r"Rooms: general \(2\)[\s\S]*Choose a room"}),
    Step("carol", "", {"carol": "Here: ", "alice": "-- carol joined", "bob": "-- carol joined"}),
    Step(
        "alice",
        "hello everyone",
        {
            "alice": TIME + "<You> hello everyone",
            "bob": TIME + "<alice> hello everyone",
            "carol": TIME + "<alice> hello everyone",
        },
    ),
    Step(
        "bob",
        "schöne Grüße, 日本語 👋",
        {"bob": "<You> schöne Grüße, 日本語", "carol": "<bob> schöne Grüße, 日本語"},
    ),
    Step("carol", "/me waves", {"carol": r"\* carol waves", "alice": r"\* carol waves"}),
    Step(
        "carol",
        "/msg bob only for you",
        {"carol": "<You -> bob> only for you", "bob": "<carol -> You> only for you"},
    ),
    Step(
        "alice",
        "/topic Tea at five",
        {"alice": "You changed the topic", "carol": "alice changed the topic of general to: Tea"},
    ),
    Step("bob", "/jion games", {"bob": r"no command /jion; did you mean /join\?"}),
    Step("bob", "/join games", {"bob": "Welcome to room games!"}),
    Step(
        "bob",
        "/invite alice",
        {"bob": "You invited alice to games", "alice": "bob invites you to games: /join games"},
    ),
    Step("alice", "is bob gone?", {"bob": TIME + r"general <alice> is bob gone\?"}),
    Step("bob", "/leave", {"bob": "You are in general now"}),
    Step("alice", "/kick carol just for show", {"carol": "You were kicked from general by alice"}),
    Step("carol", "/quit bye", {}),
    Step("dave", "1", {"dave": "Choose a nickname: "}),
    Step("dave", "dave", {"dave": "Choose a room"}),
    Step(
        "dave",
        "",
        {
            "dave": rf"{DAY}[\s\S]*<alice> hello everyone[\s\S]*\* carol waves"
            r"[\s\S]*--- you are up to date ---",
            "alice": "-- dave joined general",
        },
    ),
    Step("dave", "/search gr* from:bob", {"dave": "general <bob> schöne Grüße"}),
    Step("dave", "exit", {}),
    Step("bob", "exit", {"alice": "-- bob left"}),
    Step("alice", "exit", {}),
)


def play() -> None:
    """The whole of it, on a stage of its own. Raises Missing."""
    with Stage("alice") as stage:
        hosts = ("--hosts", str(stage.hosts()))
        _play({name: stage.client(name, *hosts) for name in ("alice", "bob", "carol", "dave")})
        stage.stop()


def _play(people: dict[str, Terminal]) -> None:
    for person in people.values():
        person.sees("Choose a server")
    for step in SCRIPT:
        people[step.who].types(step.line)
        for name, pattern in step.seen.items():
            people[name].sees(pattern)
        for person in people.values():
            person.looks()
    for person in people.values():
        person.ends()
