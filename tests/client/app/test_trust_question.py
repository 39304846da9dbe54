"""Shall a server be trusted? What counts as an answer."""

import io

import pytest

from chatroom.client.app.trust_question import TrustAnswer, TrustQuestion
from chatroom.client.connection.trust import ASK_TRUST
from chatroom.client.terminal.plain_screen import PlainScreen
from chatroom.client.ui.entries import Entry


def asked(*typed_ahead: Entry) -> tuple[TrustQuestion, io.StringIO]:
    """The question, and what is on the screen."""
    out = io.StringIO()
    question = TrustQuestion(PlainScreen(out))
    assert not question.stands
    question.ask("Its fingerprint is A4:30", typed_ahead)
    assert question.stands
    return question, out


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/yes", TrustAnswer.YES),
        ("yes", TrustAnswer.YES),
        (" Y ", TrustAnswer.YES),
        ("/no", TrustAnswer.NO),
        ("n", TrustAnswer.NO),
        ("exit", TrustAnswer.LEAVE),
        ("/Bye", TrustAnswer.LEAVE),
        ("/quit", TrustAnswer.LEAVE),
    ],
)
def test_an_answer(text: str, answer: TrustAnswer) -> None:
    """With and without a slash; then the question is over."""
    question, out = asked()
    assert out.getvalue() == f"Its fingerprint is A4:30\n{ASK_TRUST}"
    assert question.answered(text) is answer
    assert not question.stands


@pytest.mark.parametrize("text", ["", "alice", "yes please", "/yes!", "sure"])
def test_no_answer(text: str) -> None:
    """Nobody trusts by pressing Enter: it is asked again."""
    question, out = asked()
    assert question.answered(text) is TrustAnswer.NONE
    assert question.stands
    assert out.getvalue().endswith(f"-- Type /yes or /no.\n{ASK_TRUST}")
    assert question.answered("/no") is TrustAnswer.NO


def test_what_was_typed_before_is_no_answer() -> None:
    """Though it looks like one."""
    before, behind = Entry(("yes",)), Entry(("yes",))
    question, _ = asked(before)
    assert question.precedes(before)
    assert not question.precedes(behind)
