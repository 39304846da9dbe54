"""A conversation to be looked at: alice's terminal is recorded while she talks with two others.

Everything is typed key by key and real; each text must be seen before the next line is begun.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from demonstration.cast import Cast, Recorder
from demonstration.stage import Stage
from demonstration.terminals import Terminal

ROWS, COLUMNS = 24, 80
TITLE = "Three people in a chat room"

KEY_SECONDS = 0.07
PAUSE_SECONDS = 1.0
"""Between the keys and the lines of a person; both are multiplied by the pace."""

ENTER, ALT_1, CTRL_U = "\r", "\x1b1", "\x15"
LOOKS = r"(?:\x1b\[[0-9;]*m)*"
"""Colours, which may stand anywhere in a text."""


class Step(NamedTuple):
    """Somebody presses these keys; then each of these sees a text."""

    who: str
    keys: str
    seen: dict[str, str]


BEFORE: Sequence[Step] = (
    Step("bob", "/topic Release on Friday, tea at five\r", {"bob": "You changed the topic"}),
    Step("bob", "/join games\r", {"bob": "Welcome to room games!"}),
    Step("bob", ALT_1, {"bob": "You are in general now"}),
    Step("carol", "who brings the tea?\r", {"bob": "<carol> who brings the tea?"}),
    Step("bob", "I do, and 餅 from 京都\r", {"carol": "<bob> I do, and 餅 from 京都"}),
)

RECORDED: Sequence[Step] = (
    Step("alice", "", {"alice": "--- you are up to date ---"}),
    Step(
        "alice", "/join games\r", {"alice": "Welcome to room games!", "bob": "alice joined games"}
    ),
    Step("alice", ALT_1, {"alice": "You are in general now"}),
    Step(
        "alice",
        "hello *everyone* :wave:\r",
        {"alice": "<You> hello everyone 👋", "bob": "<alice> hello everyone 👋"},
    ),
    Step("bob", "alice: how is the release?\r", {"alice": "<bob> alice: how is the release?"}),
    Step(
        "alice",
        "/reply all _tests_ pass\r",
        {
            "alice": '<You> (to bob: "alice: how is the release?") all tests pass',
            "carol": '<alice> (to bob: "alice: how is the release?") all tests pass',
        },
    ),
    Step("carol", "/react alice :tada:\r", {"alice": 'carol reacted 🎉 to "all tests pass"'}),
    Step("bob", "/switch games\r", {"bob": "You are in games now"}),
    Step("bob", "alice: chess tonight?\r", {"alice": "games <bob> alice: chess tonight?"}),
    Step("carol", "/me puts the kettle on\r", {"alice": "* carol puts the kettle on"}),
    Step("alice", "/search tea\r", {"alice": "general <carol> who brings the tea?"}),
    Step("carol", "there are sco", {"alice": "carol is typing"}),
    Step("alice", "see you at five", {"alice": "see you at five"}),
)


def record(pace: float) -> Cast:
    """Play it; what alice's terminal showed until just before everybody left.

    `pace` 1 is that of people, 0 as fast as it goes. Raises Missing.
    """
    with Stage("bob") as stage:
        people = {name: _enters(stage, name) for name in ("bob", "carol")}
        for step in BEFORE:
            _play(step, people, 0)
        recorder = Recorder()
        people["alice"] = _enters(stage, "alice", recorder)
        for step in RECORDED:
            _play(step, people, pace)
        cast = recorder.cast(COLUMNS, ROWS, TITLE)
        _leave(people)
        stage.stop()
    return cast


def _enters(stage: Stage, name: str, recorder: Recorder | None = None) -> Terminal:
    person = stage.client(
        name,
        *("127.0.0.1", stage.port, "--nick", name, "--room", "general"),
        size=(ROWS, COLUMNS),
        environment={"TERM": "xterm-256color", "NO_COLOR": ""} if recorder else None,
        watchers=[recorder] if recorder else (),
    )
    if not recorder:
        person.sees("/help lists the commands")
    return person


def _play(step: Step, people: dict[str, Terminal], pace: float) -> None:
    eyes = people["alice"] if "alice" in people else people[step.who]
    eyes.looks(PAUSE_SECONDS * pace)
    for key in _keys(step.keys):
        people[step.who].presses(key)
        eyes.looks(KEY_SECONDS * pace)
    for name, text in step.seen.items():
        people[name].sees(LOOKS.join(map(re.escape, text)))
    for person in people.values():
        person.looks()


def _keys(text: str) -> list[str]:
    return re.findall(r"\x1b.|.", text, re.DOTALL)


def _leave(people: dict[str, Terminal]) -> None:
    for person in people.values():
        person.presses(CTRL_U)
        person.types("exit")
    for person in people.values():
        person.ends()
