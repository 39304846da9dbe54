"""Passwords for OPER: what happens to tries that wait for the worker."""

import time
from collections.abc import Iterator

import pytest

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.limits import Limits
from chatroom.chat.settings import OperatorSettings
from chatroom.net.loop import Loop
from chatroom.net.workers import Workers
from chatroom.server.operator_keeper import OperatorKeeper
from chatroom.wire.sasl import prepared
from chatroom.wire.scram import derive
from server.derivations import counted_rounds

PASSWORD = "correct horse"


def settings(password: str) -> OperatorSettings:
    """With one operator, called root."""
    return OperatorSettings(passwords={"root": derive(prepared(password), b"salt", 2).text})


class Stage:
    """A keeper with its loop."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.workers = Workers(self.loop, 1)
        self.settings = settings(PASSWORD)
        self.answers: list[Answer] = []
        self.keeper = OperatorKeeper(
            self.workers, lambda: 1000.0, lambda: self.settings, Limits, lambda _host: 1.5
        )

    def begin(self, password: str, host: str, name: str = "root") -> None:
        self.keeper.verify(name, password, host, self.answers.append)

    def verdicts(self, count: int) -> list[Verdict]:
        """So many answers, in their order."""
        until = time.monotonic() + 15
        while len(self.answers) < count and time.monotonic() < until:
            for ready, mask in self.loop.select(1):
                ready(mask)
            self.workers.collect()
        return [answer.verdict for answer in self.answers]


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.workers.close()
    stage.loop.close()


def test_tries_that_wait_are_slowed_as_well(stage: Stage) -> None:
    """Many addresses may have begun before the first of them failed."""
    for number in range(Limits().tries_per_account + 3):
        stage.begin("wrong horse", f"192.0.2.{number}")
    stage.begin(PASSWORD, "198.51.100.1")
    verdicts = stage.verdicts(Limits().tries_per_account + 4)
    assert verdicts == [Verdict.WRONG] * (Limits().tries_per_account + 1) + [Verdict.TOO_OFTEN] * 3


def test_a_wrong_name_costs_what_a_wrong_password_does(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many rounds, and the same answer."""
    rounds = counted_rounds(monkeypatch)
    for number, name in enumerate(("root", "nosuch")):
        stage.begin("wrong horse", "192.0.2.1", name)
        stage.verdicts(number + 1)
    assert stage.answers == [Answer(Verdict.WRONG, 1.5)] * 2
    assert rounds == [2, 2]


def test_a_password_that_was_changed_meanwhile(stage: Stage) -> None:
    """By REHASH, while the old one waited for the worker."""
    stage.begin(PASSWORD, "192.0.2.1")
    stage.settings = settings("another horse")
    stage.begin("another horse", "192.0.2.1")
    assert stage.verdicts(2) == [Verdict.WRONG, Verdict.DONE]
