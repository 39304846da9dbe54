"""Reactions among the lines of the past: for whom, and how many."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.people import a_world, arrive, begin, heard, say
from chat.stored_history import StoredHistory
from chatroom.chat.output.answers import finish
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.store.portion import MOST_REACTIONS
from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode

KNOWS_THE_PAST = frozenset({"batch", "message-tags", "server-time"})
WANTS_REACTIONS = KNOWS_THE_PAST | {"chatroom/reactions"}
ASKS = frozenset({"draft/chathistory"})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """With a history, and a replay of three lines."""
    log = StoredHistory(tmp_path)
    yield a_world(log=log, replay=3)
    log.close()


@pytest.fixture
def author(world: World) -> Session:
    """Who has said one, two, three and four, each with a reaction, and who came and went."""
    author = arrive(world, "author", frozenset({"message-tags"}))
    say(author, "JOIN #den")
    for text in ("one", "two", "three", "four"):
        say(author, f"PRIVMSG #den {text}", react(text))
        passer_by = arrive(world, "passer-by")
        say(passer_by, "JOIN #den", "PART #den", "QUIT")
    return author


def react(text: str) -> str:
    return f"@+draft/react={text} TAGMSG #den"


def shown(session: Session, *lines: str) -> list[str]:
    """What was said, and the reactions in brackets, for these lines."""
    heard(session)
    say(session, *lines)
    found = []
    for message in (decode(line.encode(), MAX_SERVER_TAGS) for line in heard(session)):
        if message and message.command in ("PRIVMSG", "TAGMSG"):
            assert message.tags["batch"]
            found.append(_shown(message))
    return found


def _shown(message: Message) -> str:
    return message.params[1] if message.params[1:] else f"[{message.tags.get('+draft/react', '')}]"


@pytest.mark.usefixtures("author")
@pytest.mark.parametrize("committed", [True, False])
def test_reactions_do_not_count(world: World, committed: bool) -> None:
    """Asked for by LATEST, BEFORE, AFTER, AROUND: from the database, and from what waits."""
    if committed:
        world.log.commit()  # type: ignore[attr-defined]
    reader = arrive(world, "reader", WANTS_REACTIONS | ASKS)
    ask = "CHATHISTORY {} #den {} {}".format
    assert shown(reader, ask("LATEST", "*", 2)) == ["three", "[three]", "four", "[four]"]
    heard(reader)
    say(reader, ask("LATEST", "*", 2))
    three = decode(heard(reader)[1].encode(), MAX_SERVER_TAGS)
    assert three
    here = f"msgid={three.tags['msgid']}"
    assert shown(reader, ask("BEFORE", here, 1)) == ["two", "[two]"]
    assert shown(reader, ask("AFTER", here, 1)) == ["[three]", "four", "[four]"]
    around = ["two", "[two]", "three", "[three]", "four", "[four]"]
    assert shown(reader, ask("AROUND", here, 3)) == around


@pytest.mark.usefixtures("author")
@pytest.mark.parametrize("missing", sorted(WANTS_REACTIONS))
def test_only_for_those_who_want_them(world: World, missing: str) -> None:
    """chathistory, "CHATHISTORY Command": nothing but what was said without a capability that
    allows it; and a client that cannot tell the past from the present gets none either."""
    reader = arrive(world, "reader", (WANTS_REACTIONS | ASKS) - {missing})
    say(reader, "CHATHISTORY LATEST #den * 4")
    assert not [line for line in heard(reader) if " TAGMSG " in line]


@pytest.mark.usefixtures("author")
def test_in_the_replay_too(world: World) -> None:
    """Of the server's own accord, to whoever enters and does not ask; those without tags that
    fit are left out."""
    reader = arrive(world, "reader", WANTS_REACTIONS)
    said = ["two", "[two]", "three", "[three]", "four", "[four]"]
    assert shown(reader, "JOIN #den") == said
    large = "x" * 4000
    author = arrive(world, "other", frozenset({"message-tags"}))
    say(author, "JOIN #den", *(f"@+draft/react={large} TAGMSG #den" for _ in range(3)))
    again = arrive(world, "again", WANTS_REACTIONS)
    told = shown(again, "JOIN #den")
    assert "[]" not in told
    assert told.count(f"[{large}]") == 2
    assert [text for text in told if not text.startswith("[")] == ["two", "three", "four"]


def test_a_thousand_reactions_hide_nothing(world: World, author: Session) -> None:
    """The newest are shown, and all the lines that were asked for."""
    say(author, *(react(str(number)) for number in range(MOST_REACTIONS)))
    world.log.commit()  # type: ignore[attr-defined]
    say(author, *(react(str(number)) for number in range(40)))
    reader = arrive(world, "reader", WANTS_REACTIONS | ASKS)
    said = shown(reader, "CHATHISTORY LATEST #den * 3")
    assert [text for text in said if not text.startswith("[")] == ["two", "three", "four"]
    assert len(said) == 3 + MOST_REACTIONS
    assert said[-1] == "[39]"


def test_they_follow_what_they_are_about(world: World) -> None:
    """chathistory, "draft/chathistory-context tag": at once, with the tag; those to a message of
    another page stay in their place, without it."""
    author = arrive(world, "author", frozenset({"message-tags", "echo-message"}))
    say(author, "JOIN #den", *(f"PRIVMSG #den {text}" for text in ("zero", "one", "two", "three")))
    said = [m for line in heard(author) if (m := decode(line.encode())) and m.command == "PRIVMSG"]
    zero, one, two, _ = (message.tags["msgid"] for message in said)
    for tag, msgid, reaction in (
        ("+draft/reply", one, "b"), ("+reply", two, "c"), ("+reply", one, "a"),
        ("+reply", zero, "z"), ("+reply", "elsewhere", "e"),
    ):  # fmt: skip
        say(author, f"@{tag}={msgid};+draft/react={reaction} TAGMSG #den")
    reader = arrive(world, "reader", WANTS_REACTIONS | ASKS)
    request = "CHATHISTORY LATEST #den * 3"
    expected = ["one", "[b]", "[a]", "two", "[c]", "three", "[z]", "[e]"]
    assert shown(reader, request) == expected
    say(reader, request)
    found = [m for line in heard(reader) if (m := decode(line.encode(), MAX_SERVER_TAGS))]
    context = [_shown(m) for m in found if "draft/chathistory-context" in m.tags]
    assert context == ["[b]", "[a]", "[c]"]
    assert shown(arrive(world, "again", WANTS_REACTIONS), "JOIN #den") == expected


def test_the_context_of_what_is_taken_back_goes_with_it(world: World) -> None:
    """While a page is on its way, a message of it is deleted."""
    author = arrive(world, "author", frozenset({"message-tags", "echo-message"}))
    say(author, "JOIN #den", *(f"PRIVMSG #den {number}" for number in range(9)))
    said = [m for line in heard(author) if (m := decode(line.encode())) and m.command == "PRIVMSG"]
    last = said[-1].tags["msgid"]
    say(author, f"@+reply={last};+draft/react=x TAGMSG #den")
    reader = arrive(world, "reader", WANTS_REACTIONS | ASKS)
    begin(reader, "CHATHISTORY LATEST #den * 9")
    world.note_redaction(last)
    finish(reader)
    lines = [line for line in heard(reader) if " PRIVMSG " in line or " TAGMSG " in line]
    assert [line.split()[-1] for line in lines] == [f":{number}" for number in range(8)]
