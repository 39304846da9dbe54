"""A segment encodes its messages for each variant; what several of them show alike, once."""

import pytest

from chatroom.chat.output.segments import TOGETHER, Segment
from chatroom.chat.ports import Encoder, Peer
from chatroom.wire.capabilities import variant_of
from chatroom.wire.message import Message
from chatroom.wire.multiline import LINES, body_of

TAGS = frozenset({"message-tags", "server-time"})
EVERYTHING = TAGS | {
    "account-tag", "batch", "draft/multiline", "draft/oper-tag", "extended-join",
}  # fmt: skip
SETS: tuple[frozenset[str], ...] = (
    frozenset(),
    TAGS,
    EVERYTHING,
    TAGS | {"account-tag"},
    frozenset({"server-time"}),
)

TIMES = {"time": "2026-11-29T20:47:12.123Z", "msgid": "m1"}
MESSAGES = {
    "said": Message("PRIVMSG", ("#room", "hello"), "a!a@a", TIMES),
    "by an account": Message("PRIVMSG", ("#room", "hello"), "a!a@a", {**TIMES, "account": "a"}),
    "a reply": Message("PRIVMSG", ("#room", "hello"), "a!a@a", {**TIMES, "+reply": "m0"}),
    "entering": Message("JOIN", ("#room", "a", "Alice"), "a!a@a", TIMES),
    "tags": Message("TAGMSG", ("#room",), "a!a@a", {**TIMES, "+typing": "active"}),
    "of an operator": Message("PRIVMSG", ("#room", "hi"), "a!a@a", {**TIMES, "draft/oper": ""}),
    "several lines": Message("PRIVMSG", ("#room", "one\ntwo"), "a!a@a", {**TIMES, LINES: ""}),
}


def a_segment(*messages: Message) -> Segment:
    audience: dict[Encoder, dict[Peer, None]] = {variant_of(names): {} for names in SETS}
    segment = Segment(audience)
    segment.messages = [(None, message, body_of(message)) for message in messages]
    return segment


@pytest.mark.parametrize("name", MESSAGES)
def test_that_each_variant_gets_its_own_line(name: str) -> None:
    """Whichever variants were encoded before it."""
    message = MESSAGES[name]
    segment = a_segment(message, message)
    for variant in (*segment.audience, *reversed([*segment.audience])):
        line = variant.encode(message, body_of(message))
        assert segment.encoded(variant) == [line, line]


def test_that_lines_with_all_tags_are_made_once() -> None:
    segment = a_segment(*(MESSAGES["said"]._replace() for _ in range(2 * TOGETHER)))
    some, all_ = (segment.encoded(variant_of(names)) for names in (TAGS, EVERYTHING))
    assert [id(each) for each in some] == [id(each) for each in all_]
