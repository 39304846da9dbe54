"""What a worker answers comes before the answers to later lines of the same client."""

import logging
from collections.abc import Iterator

import pytest

from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.chat.output.holding import LONGEST_HOLD
from chatroom.server.doors.door import Door
from harness import Client

from .conftest import House, session_of


class SlowKeeper:
    """Checks passwords for OPER when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Answered] = []

    def verify(self, _name: str, _password: str, _host: str, answered: Answered) -> None:
        self.asked.append(answered)


@pytest.fixture
def keeper(house: House) -> SlowKeeper:
    """The keeper of a house whose configuration has a password for OPER."""
    keeper = SlowKeeper()
    world = house.server.world
    world.set_operator_settings(type(world.operator_settings)(passwords={"root": "unused"}))
    world.operator_keeper = keeper
    return keeper


def asking(house: House, keeper: SlowKeeper, *further: str) -> Client:
    """A client that has sent OPER, and these lines, and that waits for the worker."""
    client = house.join("alice")
    client.seen.clear()
    client.send("OPER root secret", *further)
    house.until(lambda: keeper.asked)
    return client


def test_further_lines_wait_for_the_answer(house: House, keeper: SlowKeeper) -> None:
    """Clients take the PONG for the end of all answers before it."""
    client = asking(house, keeper, "PING :one", "NICK alina")
    bystander = house.join("bob")  # nobody else waits
    client.send("PING :two")  # this one comes while nothing is read
    house.settle(bystander)
    assert house.server.world.find("alina") is None
    keeper.asked[0](Answer(Verdict.WRONG))
    house.settle(client)
    commands = [line.split(" ")[1] for line in client.seen]
    assert commands == ["464", "PONG", "NICK", "PONG", "PONG"]


def test_a_line_with_a_label_keeps_its_place(house: House, keeper: SlowKeeper) -> None:
    """A labelled OPER is answered with its label, and before what follows."""
    client = house.join("alice")
    client.send("CAP REQ :labeled-response batch")
    house.settle(client)
    client.seen.clear()
    client.send("@label=a OPER root secret", "@label=b PING :one")
    house.until(lambda: keeper.asked)
    keeper.asked[0](Answer(Verdict.WRONG))
    house.settle(client)
    assert [line.split(" ")[0] for line in client.seen[:2]] == ["@label=a", "@label=b"]


def test_a_worker_without_an_answer_holds_lines_for_a_while_only(
    house: House, keeper: SlowKeeper
) -> None:
    """The answer comes when it comes; the client chats on meanwhile."""
    client = asking(house, keeper, "PING :one")
    house.settle(house.join("bob"))
    session = session_of(house, "alice")
    assert session.held_until
    session.held_until -= LONGEST_HOLD
    house.server.timers.at(0, next(_doors(house, "alice"))._end_hold)
    house.settle(client)
    assert [line.split(" ")[1] for line in client.seen] == ["PONG", "PONG"]
    keeper.asked[0](Answer(Verdict.WRONG))
    house.settle(client)
    assert [line.split(" ")[1] for line in client.seen[2:]] == ["464", "PONG"]


def test_an_old_answer_does_not_release_the_lines_after_a_later_command(
    house: House, keeper: SlowKeeper
) -> None:
    """After the first one took too long, the client has asked again."""
    client = asking(house, keeper)
    session_of(house, "alice").held_until = 0.0
    client.send("OPER root other", "PING :one")
    house.server._release(session_of(house, "alice"))
    house.until(lambda: len(keeper.asked) == 2)
    keeper.asked[0](Answer(Verdict.WRONG))
    house.settle(house.join("bob"))
    assert session_of(house, "alice").held_until
    keeper.asked[1](Answer(Verdict.WRONG))
    house.settle(client)
    assert [line.split(" ")[1] for line in client.seen] == ["464", "464", "PONG", "PONG"]


def test_who_leaves_meanwhile_is_gone_with_the_answer(
    house: House, keeper: SlowKeeper, caplog: pytest.LogCaptureFixture
) -> None:
    """QUIT waits like any line; a lost connection is found then."""
    client = asking(house, keeper, "QUIT :bye")
    client.sock.close()
    with caplog.at_level(logging.ERROR, "chatroom"):
        keeper.asked[0](Answer(Verdict.WRONG))
        house.until(lambda: house.server.world.find("alice") is None)
    assert not caplog.text


def _doors(house: House, nick: str) -> Iterator[Door]:
    return (one for one in house.server.doors.values() if one.session.user.nick == nick)
