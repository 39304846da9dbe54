"""A replay, for which nobody asked, carries few client-only tags, but every line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.people import a_world, arrive, heard, say
from chat.stored_history import StoredHistory
from chatroom.chat.state.world import World
from chatroom.wire.message import MAX_SERVER_TAGS, Message, decode

MOST = 8192
"""Bytes of client-only tags in one replay: those of two lines at the most, if they have 4 KB."""

LINES = 20
LARGE = "x" * 4000
TEXTS = [str(number) for number in range(LINES)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """With a history, and a replay of LINES lines."""
    log = StoredHistory(tmp_path)
    yield a_world(log=log, replay=LINES)
    log.close()


def shown(world: World, line: str, *capabilities: str) -> list[Message]:
    """What was said in the room, for somebody with these capabilities who sends this line."""
    session = arrive(world, "reader", frozenset(capabilities))
    say(session, line)
    messages = [decode(one.encode(), MAX_SERVER_TAGS) for one in heard(session)]
    return [m for m in messages if m is not None and m.command == "PRIVMSG"]


def fill(world: World, tags: str) -> None:
    """LINES lines in the room, each with these tags."""
    author = arrive(world, "author", frozenset({"message-tags"}))
    say(author, "JOIN #den", *(f"@{tags} PRIVMSG #den {text}" for text in TEXTS))


def client_tags(message: Message) -> int:
    """Bytes of a message's client-only tags, as they are in the line."""
    return sum(len(f"{k}={v};") for k, v in message.tags.items() if k.startswith("+"))


CAPABILITIES = ("message-tags", "server-time", "batch")


def test_a_replay_carries_few_client_only_tags(world: World) -> None:
    """Those of the newest lines. All lines come, each with its time and msgid."""
    fill(world, f"+example/large={LARGE}")
    replay = shown(world, "JOIN #den", *CAPABILITIES)
    assert [message.params[1] for message in replay] == TEXTS
    assert all(message.tags["time"] and message.tags["msgid"] for message in replay)
    with_tags = [message.params[1] for message in replay if client_tags(message)]
    assert with_tags == TEXTS[-2:]
    assert sum(map(client_tags, replay)) <= MOST


def test_small_client_only_tags_are_all_replayed(world: World) -> None:
    """A reply's reference, say; they are not what costs much."""
    fill(world, "+reply=abcdef")
    replay = shown(world, "JOIN #den", *CAPABILITIES)
    assert [message.tags["+reply"] for message in replay] == ["abcdef"] * LINES


def test_who_asks_for_the_history_gets_all_tags(world: World) -> None:
    fill(world, f"+example/large={LARGE}")
    line = f"CHATHISTORY LATEST #den * {LINES}"
    history = shown(world, line, *CAPABILITIES, "draft/chathistory")
    assert [message.params[1] for message in history] == TEXTS
    assert all(message.tags["+example/large"] == LARGE for message in history)
