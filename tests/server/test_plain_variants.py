"""What people with choices of their own cost: each message is put into words once for all of them,
however many messages wait in a tick, in counts that no machine changes."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from chatroom.chat.output.segments import TOGETHER, Segment
from chatroom.server.doors.plain import words
from chatroom.server.doors.plain.choices import BELL, Choices, Ignored, PersonalProse
from chatroom.server.doors.plain.words import LINES_BYTES, LINES_KEPT, Prose
from chatroom.wire.message import Message

PEOPLE = 9
MANY = 5 * TOGETHER + 1


def said(number: int, text: str = "hello", **tags: str) -> Message:
    every = {"msgid": f"m{number}", **{f"+{name}": value for name, value in tags.items()}}
    return Message("PRIVMSG", ("#room", text), "eve!e@h", every)


def people(prose: Prose, choices: Choices) -> list[PersonalProse]:
    sessions: list[Any] = [SimpleNamespace(nick=f"p{at}", folded=f"p{at}") for at in range(PEOPLE)]
    return [PersonalProse(session, choices, prose) for session in sessions]


def segment_of(variants: list[PersonalProse], messages: list[Message]) -> Segment:
    audience: Any = {variant: {object(): None} for variant in variants}
    segment = Segment(audience)
    segment.messages += [(None, message, b"") for message in messages]
    return segment


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The calls of what is expensive."""
    counts: Counter[str] = Counter()
    for module, name in ((Prose, "encode"), (words, "unformatted")):
        call = getattr(module, name)

        def counting(*arguments: Any, call: Any = call, name: str = name) -> Any:
            counts[name] += 1
            return call(*arguments)

        monkeypatch.setattr(module, name, counting)
    return counts


def test_many_messages_are_put_into_words_once_for_all(counts: Counter[str]) -> None:
    """Also those that are more than are kept; names are looked for in a text that is folded
    once."""
    variants = people(Prose(), Choices({}, bell=True))
    messages = [said(number, f"P{number % PEOPLE}, {number}") for number in range(2 * LINES_KEPT)]
    segment = segment_of(variants, messages)
    for at, variant in enumerate(variants):
        lines = segment.encoded(variant)
        rings = [line.startswith(BELL) for line in lines]
        assert rings == [number % PEOPLE == at for number in range(len(messages))]
    assert counts == {"encode": len(messages), "unformatted": len(messages)}


@pytest.mark.parametrize("ignored", ["bob", "eve"])
def test_replies_are_put_into_words_once_for_all(ignored: str, counts: Counter[str]) -> None:
    """With what they answer, or for those who ignore its author without it."""
    prose = Prose()
    asked = Message("PRIVMSG", ("#room", "tea?"), "bob!b@h", {"msgid": "q"})
    prose.encode(asked)
    counts.clear()
    variants = people(prose, Choices({ignored: Ignored(ignored, ignored)}))
    messages = [said(number, str(number), **{"draft/reply": "q"}) for number in range(MANY)]
    segment = segment_of(variants, messages)
    for variant in variants:
        texts = [line.decode() for line in segment.encoded(variant)]
        if ignored == "eve":
            assert texts == [""] * MANY
        else:
            assert all(text.endswith(f"<eve> {at}\r\n") for at, text in enumerate(texts))
    assert counts == ({} if ignored == "eve" else {"encode": MANY})


def test_people_with_and_without_the_quote(counts: Counter[str]) -> None:
    """Each of the two lines is made once."""
    prose = Prose()
    prose.encode(Message("PRIVMSG", ("#room", "tea?"), "bob!b@h", {"msgid": "q"}))
    counts.clear()
    ignoring = people(prose, Choices({"bob": Ignored("bob", "bob")}))
    others = people(prose, Choices({"x": Ignored("x", "x")}))
    reply = said(1, "yes", reply="q")
    assert {variant.encode(reply)[10:] for variant in ignoring} == {b" <eve> yes\r\n"}
    quoted = b' <eve> (to bob: "tea?") yes\r\n'
    assert {variant.encode(reply)[10:] for variant in others} == {quoted}
    assert counts == {"encode": 2}


def test_what_is_kept_is_limited_in_number_and_in_bytes() -> None:
    prose = Prose()
    for number in range(LINES_KEPT + 9):
        prose.line_of(said(number))
    assert len(prose._shown) == LINES_KEPT
    for number in range(1500):
        prose.line_of(said(number, "\x1b" * 430))
        assert prose._bytes <= LINES_BYTES
    assert prose._bytes == sum(shown.size for shown in prose._shown.values())
    huge = said(0, "x" * LINES_BYTES)
    assert prose.line_of(huge) is prose.line_of(huge)
