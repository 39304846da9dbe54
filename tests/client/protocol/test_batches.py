"""Messages that belong together, however they come."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.client.protocol.batches import Batch, Batches
from chatroom.client.protocol.events import Gone, HistoryPage, Said
from chatroom.client.protocol.session import Session
from chatroom.wire.message import Message, parse
from client.visitor import batch, entered, line


def received(*lines: str) -> Iterator[Message | Batch]:
    """What comes out for these lines."""
    collected = Batches()
    for text in lines:
        message = parse(text.strip())
        assert message
        result = collected.receive(message)
        if result is not None:
            yield result


def texts(results: Iterator[Message | Batch]) -> list[str | list[str]]:
    """The last parameter of each message, as a list for a batch."""
    return [
        [each.params[-1] for each in result.messages]
        if isinstance(result, Batch)
        else result.params[-1]
        for result in results
    ]


def test_interleaved_batches_and_live_messages() -> None:
    """batch, "Interleaving batches": what refers to none comes at once, the others at their end."""
    found = received(
        ":s BATCH +1 chathistory #a",
        "@batch=1 :b!b@h PRIVMSG #a :one",
        ":s BATCH +2 soju.im/search",
        ":b!b@h PRIVMSG #a :live",
        "@batch=2 :b!b@h PRIVMSG #a :two",
        "@batch=1 :b!b@h PRIVMSG #a :three",
        ":s BATCH -1",
        "@batch=2 :b!b@h PRIVMSG #a :four",
        ":s BATCH -2",
    )
    assert texts(found) == ["live", ["one", "three"], ["two", "four"]]


@pytest.mark.parametrize("outer", ["labeled-response", "chathistory #a"])
def test_nested_batches(outer: str) -> None:
    """batch, "Nested batch": an unknown one inside belongs to what it is in."""
    found = received(
        f":s BATCH +o {outer}",
        "@batch=o :s BATCH +i chathistory #a",
        "@batch=i :s BATCH +m draft/multiline #a",
        "@batch=m :b!b@h PRIVMSG #a :inner",
        "@batch=i :s BATCH -m",
        "@batch=o :s BATCH -i",
        "@batch=o :b!b@h PRIVMSG #a :outer",
        ":s BATCH -o",
    )
    outside: list[str | list[str]] = [["outer"]] if outer.startswith("chat") else ["outer"]
    assert texts(found) == [["inner"], *outside]


def test_unknown_batches_pass() -> None:
    """batch: "Client MAY ignore the type and process messages one by one"."""
    visit = entered()
    visit.chat.context.settings.set("joins", "show")
    visit.hear(
        ":s BATCH +n netsplit a b\n@batch=n :bob!b@h QUIT :a b\n"
        ":carol!c@h JOIN #general\n:s BATCH -n\n@batch=gone :carol!c@h PART #general\n"
    )
    assert visit.shown() == ["-- bob left (a b).", "-- carol joined general.", "-- carol left."]


def test_batches_without_sense_or_end() -> None:
    """They change nothing; a batch that opens again begins anew."""
    assert texts(received("BATCH", "BATCH -x", "BATCH +", "BATCH -", "@batch=x A 1")) == ["1"]
    assert texts(received("@batch=x :s BATCH +x chathistory", "@batch=x A 1", "BATCH -x")) == [
        ["1"]
    ]


@given(st.integers(1, 40))
def test_split_bytes(size: int) -> None:
    """However the bytes are cut, the page is the same."""
    session = Session("al", "Al")
    redaction = "@msgid=m2;time=2026-11-20T12:00:02.000Z :bob!b@h REDACT #general m2\n"
    data = batch([line(1), redaction, line(3)]).encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    (page,) = [event for piece in pieces for event in session.receive(piece)]
    assert isinstance(page, HistoryPage)
    assert page.room == "#general"
    assert [type(each) for each in page.lines] == [Said, Gone, Said]
