"""The reply buffer: batches and labels (IRCv3 batch, labeled-response)."""

from collections.abc import Callable, Iterator

import pytest

from chat.people import a_world, arrive, heard, say
from chatroom.chat.output.labelled_replies import LABELLING, batch, collect, later
from chatroom.chat.session import Session
from chatroom.wire.message import Message


@pytest.fixture
def session() -> Session:
    """Somebody who knows labels and batches."""
    return arrive(a_world(), "alice", LABELLING)


def notes(session: Session, count: int) -> Callable[[], None]:
    """An action that replies so many times."""

    def action() -> None:
        for number in range(count):
            session.tell("NOTE", str(number))

    return action


def steps_of(session: Session, count: int) -> Iterator[None]:
    """The same in two steps, where there are several replies."""
    for number in range(count):
        if number == 1:
            yield
        session.tell("NOTE", str(number))


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, ["@label=x :chatroom.local ACK"]),
        (1, ["@label=x :chatroom.local NOTE 0"]),
        (
            2,
            [
                "@label=x :chatroom.local BATCH +b1 labeled-response",
                "@batch=b1 :chatroom.local NOTE 0",
                "@batch=b1 :chatroom.local NOTE 1",
                ":chatroom.local BATCH -b1",
            ],
        ),
    ],
)
def test_one_logical_message(session: Session, count: int, expected: list[str]) -> None:
    """labeled-response, "Tags" and "The ACK response"."""
    collect(session, "x", notes(session, count))
    assert heard(session) == expected


def test_without_a_label(session: Session) -> None:
    """Nothing is added."""
    collect(session, "", notes(session, 2))
    assert heard(session) == [":chatroom.local NOTE 0", ":chatroom.local NOTE 1"]


def test_a_batch_alone_has_the_label(session: Session) -> None:
    """labeled-response, "Tags": "An existing type applicable to the entire response"."""

    def action() -> None:
        with batch(session, "chathistory", "#a") as send:
            send(Message("NOTICE", ("#a", "hi"), "bob!b@h"))

    collect(session, "x", action)
    assert heard(session) == [
        "@label=x :chatroom.local BATCH +b1 chathistory #a",
        "@batch=b1 :bob!b@h NOTICE #a :hi",
        ":chatroom.local BATCH -b1",
    ]


def test_two_batches_are_in_a_third(session: Session) -> None:
    """batch, "Nested batch": their starts and ends are in it, their insides in themselves."""

    def action() -> None:
        for room in ("#a", "#b"):
            with batch(session, "chathistory", room) as send:
                send(Message("NOTICE", (room, "hi"), "bob!b@h"))

    collect(session, "x", action)
    assert heard(session) == [
        "@label=x :chatroom.local BATCH +b3 labeled-response",
        "@batch=b3 :chatroom.local BATCH +b1 chathistory #a",
        "@batch=b1 :bob!b@h NOTICE #a :hi",
        "@batch=b3 :chatroom.local BATCH -b1",
        "@batch=b3 :chatroom.local BATCH +b2 chathistory #b",
        "@batch=b2 :bob!b@h NOTICE #b :hi",
        "@batch=b3 :chatroom.local BATCH -b2",
        ":chatroom.local BATCH -b3",
    ]


def test_no_batch_for_who_knows_none() -> None:
    """batch, "Introduction": a capability as any other."""
    session = arrive(a_world(), "alice")
    with batch(session, "chathistory", "#a") as send:
        send(Message("NOTICE", ("#a", "hi"), "bob!b@h"))
    assert heard(session) == [":bob!b@h NOTICE #a :hi"]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_later_reply_has_its_label(session: Session, count: int) -> None:
    """labeled-response, "Tags": nothing is said at first, and no label goes astray meanwhile."""
    replies = []
    collect(session, "x", lambda: replies.append(later(session)))
    collect(session, "y", notes(session, 1))
    notes(session, 1)()
    assert heard(session) == ["@label=y :chatroom.local NOTE 0", ":chatroom.local NOTE 0"]
    assert [None for _ in replies[0](steps_of(session, count))] == [None] * (count > 1)
    assert heard(session)[0].startswith("@label=x ")
    notes(session, 1)()
    assert heard(session) == [":chatroom.local NOTE 0"]


def test_a_later_reply_to_who_is_gone(session: Session) -> None:
    """Nothing is put into an outbox that nobody writes any more."""
    reply = later(session)
    session.closing = "Quit"
    assert list(reply(steps_of(session, 1))) == []
    assert heard(session) == []


def test_an_exception_leaves_no_label_behind(session: Session) -> None:
    """A bug in one command does not mark the replies to the next."""

    def action() -> None:
        session.tell("NOTE", "0")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        collect(session, "x", action)
    say(session, "PING :a")
    assert heard(session) == [":chatroom.local PONG chatroom.local :a"]
