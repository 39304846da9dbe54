"""The keeper of accounts: verdicts, memory, and how guessing is slowed."""

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chat.people import a_world, arrive, say
from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.limits import Limits
from chatroom.chat.settings import AccountSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn, RoomRegistered
from chatroom.net.loop import Loop
from chatroom.net.workers import Workers
from chatroom.server import account_keeper
from chatroom.server.account_changes import AccountChange, take_over
from chatroom.server.account_keeper import WAITING_OF_ADDRESS, AccountKeeper
from chatroom.wire.scram import client_first
from server.derivations import counted_rounds

HERE, THERE = "192.0.2.1", "198.51.100.2"
PASSWORD = "correct horse"


class Stage:
    """A keeper with its loop; `clock` is what it says it is."""

    def __init__(self, directory: Path, rounds: int = 2) -> None:
        self.loop = Loop()
        self.workers = Workers(self.loop, 1)
        self.clock = 1000.0
        self.limits = Limits(accounts_per_address=3)
        self.failed: list[str] = []
        self.keeper = AccountKeeper(
            directory, "process", self.workers, lambda: self.clock, lambda: 1_700_000_000.0,
            lambda: replace(AccountSettings(), rounds=rounds), lambda: self.limits, self._fail,
        )  # fmt: skip

    def _fail(self, host: str) -> float:
        self.failed.append(host)
        return 1.5

    def ask(self, request: Callable[[Callable[[Answer], None]], None]) -> Answer:
        """The answer to one request."""
        answers: list[Answer] = []
        request(answers.append)
        assert not answers  # never at once
        self.wait(answers, 1)
        return answers[0]

    def wait(self, answers: list[Answer], count: int) -> None:
        until = time.monotonic() + 15
        while len(answers) < count and time.monotonic() < until:
            for ready, mask in self.loop.select(1):
                ready(mask)
            self.workers.collect()
        assert len(answers) == count

    def register(self, name: str, password: str = PASSWORD, host: str = HERE) -> Verdict:
        return self.ask(lambda hear: self.keeper.register(name, password, host, hear)).verdict

    def verify(self, name: str, password: str = PASSWORD, host: str = HERE) -> Answer:
        return self.ask(lambda hear: self.keeper.verify(name, password, host, hear))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.workers.close()
    stage.keeper.close()
    stage.loop.close()


def test_verdicts(stage: Stage) -> None:
    assert stage.register("alice") is Verdict.DONE
    assert stage.register("ALICE") is Verdict.TAKEN
    assert stage.register("bob", "tab\there") is Verdict.UNFIT
    assert stage.verify("Alice").verdict is Verdict.DONE
    assert stage.verify("alice", "wrong") == stage.verify("nobody") == Answer(Verdict.WRONG, 1.5)
    assert stage.failed == [HERE, HERE]
    changed = stage.ask(lambda hear: stage.keeper.set_password("alice", "another one", hear))
    assert changed.verdict is Verdict.DONE
    assert stage.verify("alice").verdict is Verdict.WRONG  # what is remembered holds no more
    assert stage.verify("alice", "another one").verdict is Verdict.DONE


def test_a_name_without_an_account_costs_what_a_wrong_password_does(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the work nor the answer tells which names exist; nor whether somebody has just
    logged in."""
    stage.register("alice")
    rounds = counted_rounds(monkeypatch)
    answers = [stage.verify(name, "wrong") for name in ("alice", "nobody")]
    assert stage.verify("alice").verdict is Verdict.DONE
    answers += [stage.verify(name, "wrong") for name in ("alice", "nobody")]
    assert set(answers) == {Answer(Verdict.WRONG, 1.5)}
    assert rounds == [2] * 5
    assert {stage.verify(name, "a\tb") for name in ("alice", "nobody")} == {answers[0]}
    assert rounds == [2] * 5


def test_a_right_password_costs_a_worker_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.register("alice")
    assert stage.verify("alice").verdict is Verdict.DONE
    monkeypatch.setattr(account_keeper, "check", lambda *_: pytest.fail("it was derived again"))
    assert stage.verify("alice").verdict is Verdict.DONE
    with pytest.raises(pytest.fail.Exception):
        stage.verify("alice", "wrong")


def test_guessing_is_slowed_for_each_name(stage: Stage) -> None:
    """Whether there is such an account or not; where its owner has logged in lately, it is not."""
    stage.register("alice", host=HERE)
    for name in ("alice", "nobody"):
        for _ in range(Limits().tries_per_account + 1):
            assert stage.verify(name, "wrong", THERE).verdict is Verdict.WRONG
        assert stage.verify(name, "wrong", THERE) == Answer(Verdict.TOO_OFTEN, 1.0)
    assert stage.verify("alice", PASSWORD, THERE).verdict is Verdict.TOO_OFTEN
    assert stage.verify("alice", PASSWORD, HERE).verdict is Verdict.DONE
    stage.clock += 1.1
    assert stage.verify("alice", "wrong", THERE).verdict is Verdict.WRONG
    assert stage.keeper.refuses_now("ALICE", THERE) == pytest.approx(2.0)
    stage.clock += 700
    assert stage.verify("alice", "wrong", THERE).verdict is Verdict.WRONG
    assert stage.keeper.refuses_now("alice", THERE) == 0


@pytest.mark.parametrize("free", [0, 2])
def test_the_limit_of_tries(stage: Stage, free: int) -> None:
    stage.limits = replace(stage.limits, tries_per_account=free)
    stage.register("alice")
    for number in range(free + 1):
        assert stage.verify("alice", "wrong", f"198.51.100.{number}").verdict is Verdict.WRONG
    assert stage.verify("alice", "wrong", THERE).verdict is Verdict.TOO_OFTEN


def test_tries_that_wait_together_are_slowed_too(stage: Stage) -> None:
    """Those of many addresses, all made before the first of them had failed."""
    stage.register("alice")
    answers: list[Answer] = []
    count = Limits().tries_per_account + 3
    for number in range(count):
        stage.keeper.verify("alice", "wrong", f"198.51.100.{number}", answers.append)
    stage.wait(answers, count)
    verdicts = [answer.verdict for answer in answers]
    assert verdicts.count(Verdict.WRONG) == Limits().tries_per_account + 1
    assert verdicts[-1] is Verdict.TOO_OFTEN


def test_a_password_that_is_changed_meanwhile_lets_nobody_in(stage: Stage) -> None:
    stage.register("alice", host=THERE)
    answers: list[Answer] = []
    exchange = stage.keeper.exchange(client_first(b"n,,n=alice,r=abc"))
    assert exchange is not None
    assert stage.keeper.is_current("alice", exchange)
    stage.keeper.set_password("alice", "another one", answers.append)
    stage.keeper.verify("alice", PASSWORD, HERE, answers.append)  # the old keys are read now
    stage.wait(answers, 2)
    assert [answer.verdict for answer in answers] == [Verdict.DONE, Verdict.WRONG]
    assert not stage.keeper.is_current("alice", exchange)


def test_names_that_look_alike_are_not_registered_together(stage: Stage) -> None:
    """Neither is there yet when both are asked for; the second one is Cyrillic."""
    answers: list[Answer] = []
    for name in ("pace", "расе"):
        stage.keeper.register(name, PASSWORD, HERE, answers.append)
    stage.wait(answers, 2)
    assert {answer.verdict for answer in answers} == {Verdict.DONE, Verdict.TAKEN}
    assert [account.name for account in stage.keeper.all()] == ["pace"]


def test_scram_does_not_tell_a_name_without_an_account(stage: Stage, tmp_path: Path) -> None:
    """The same salt each time, also after a restart, and as many rounds."""

    def salt(name: str) -> str:
        exchange = stage.keeper.exchange(client_first(f"n,,n={name},r=abc".encode()))
        assert exchange is not None
        return exchange.challenge.decode().partition(",")[2]

    stage.register("alice")
    assert salt("nobody") == salt("NOBODY") != salt("somebody")
    assert len(salt("nobody")) == len(salt("alice"))
    assert salt("nobody").partition(",")[2] == salt("alice").partition(",")[2] == "i=2"
    before = salt("nobody")
    again = Stage(tmp_path, rounds=3)  # the operator has changed `accounts.rounds`
    stage.keeper.close()
    stage.keeper = again.keeper
    assert salt("nobody") == before
    assert len(before) == len(salt("alice"))
    again.ask(lambda answered: again.keeper.set_password("alice", PASSWORD, answered))
    assert salt("nobody").partition(",")[2] == salt("alice").partition(",")[2] == "i=3"
    again.workers.close()
    again.loop.close()


def test_one_address_registers_so_many(stage: Stage) -> None:
    """In an hour; this machine as many as it likes."""
    names = [f"name{number}" for number in range(4)]
    assert [stage.register(name) for name in names][-2:] == [Verdict.DONE, Verdict.TOO_OFTEN]
    assert stage.register("other", host=THERE) is Verdict.DONE
    assert stage.register("local", host="127.0.0.1") is Verdict.DONE
    stage.clock += 3601
    assert stage.register("later") is Verdict.DONE


def test_what_a_full_disk_refuses_is_not_counted(stage: Stage) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        verdicts = [stage.register(f"name{number}") for number in range(4)]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert verdicts == [Verdict.FAILED] * 4
    assert stage.keeper.all() == []
    assert stage.register("name0") is Verdict.DONE


def test_a_flood_of_tries_does_not_grow_the_queue(stage: Stage) -> None:
    """An address has few of them in it; the others are answered at once, and that it is busy."""
    stage.register("alice")
    answers: list[Answer] = []
    count = WAITING_OF_ADDRESS + 3
    for _ in range(count):
        stage.keeper.verify("alice", "wrong", THERE, answers.append)
    stage.wait(answers, count)
    busy = [answer for answer in answers if answer.verdict is Verdict.TOO_OFTEN]
    assert len(busy) == 2


def test_an_account_that_was_made_anew_gets_nothing_of_the_old_one(stage: Stage) -> None:
    """Also if the server hears of it only after both."""
    stage.register("alice")
    stored = stage.keeper.find("alice")
    assert stored is not None
    world = a_world()
    apply(world, AccountAdded("alice", number=stored.number + 1))  # as it was before
    old = arrive(world, "old")
    apply(world, LoggedIn(old.user.id, "alice", world.now))
    say(old, "JOIN #den")
    apply(world, RoomRegistered("#den", "alice", world.now))
    for _ in ("removed", "added"):
        take_over(world, stage.keeper, AccountChange("alice", "alice"))
    assert world.accounts.number_of("alice") == stored.number
    assert (old.user.account, world.rooms["#den"].kept) == ("", {})


def test_whoever_writes_is_known(stage: Stage) -> None:
    """The loop does not wait for the database's lock meanwhile; a mere check takes none."""
    writing: list[bool] = []
    stage.keeper._note_writer = writing.append
    assert stage.register("alice") is Verdict.DONE
    assert writing == [True, False]
    assert stage.verify("alice").verdict is Verdict.DONE
    assert writing == [True, False]
    stage.ask(lambda hear: stage.keeper.set_password("alice", "another one", hear))
    assert writing == [True, False] * 2
    stage.ask(lambda hear: stage.keeper.add_certificate("alice", "ab" * 32, hear))
    stage.ask(lambda hear: stage.keeper.remove_certificate("alice", "ab" * 32, hear))
    assert writing == [True, False] * 4
