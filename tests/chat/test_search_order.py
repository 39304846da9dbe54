"""From where a SEARCH goes (soju.im/search, "Standard search attributes")."""

from pathlib import Path

import pytest

from chat.people import NOW, BareWorld, arrive, heard, say
from chat.worlds import Worlds
from chatroom.chat.session import Session
from chatroom.wire.message import MAX_SERVER_TAGS, decode
from chatroom.wire.reference import format_time
from store.test_export_import import line, take_in

CAPABILITIES = frozenset({"batch", "message-tags", "server-time", "soju.im/search"})
LONG_AGO, FAR_OFF = "2000-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"


def found(session: Session, attributes: str) -> list[str]:
    """The texts of an answer, in its order."""
    heard(session)
    say(session, f"SEARCH {attributes}")
    messages = [decode(line.encode(), MAX_SERVER_TAGS) for line in heard(session)]
    return [one.params[1] for one in messages if one and one.command == "PRIVMSG"]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("in=#den;limit=2", "3 4"),
        (f"after={LONG_AGO};limit=2", "0 1"),
        (f"after={LONG_AGO};in=#den;limit=3", "0 1 2"),
        (f"before={FAR_OFF};limit=2", "3 4"),
        (f"after={LONG_AGO};before={FAR_OFF};limit=2", "3 4"),
        (f"after={FAR_OFF};limit=2", ""),
    ],
)
def test_after_alone_begins_there(world: BareWorld, attributes: str, expected: str) -> None:
    """ "If `after` is specified, messages SHOULD be searched from that time"; in ascending order
    in any case."""
    alice = arrive(world, "alice", CAPABILITIES)
    say(alice, "JOIN #den", *(f"PRIVMSG #den :{number}" for number in range(5)))
    assert found(alice, attributes) == expected.split()


def test_clients_that_page_by_msgids_get_the_newest(world: BareWorld) -> None:
    """chatroom/search-msgid: they show the newest page, and ask for what is before it."""
    alice = arrive(world, "alice", CAPABILITIES | {"chatroom/search-msgid"})
    say(alice, "JOIN #den", *(f"PRIVMSG #den :{number}" for number in range(5)))
    assert found(alice, f"after={LONG_AGO};limit=2") == ["3", "4"]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("attributes", ["in=#den", "text=number", "from=bob;text=number"])
def test_pages_by_msgid_have_each_message_once(tmp_path: Path, limit: int, attributes: str) -> None:
    """chatroom/search-msgid: also of those that were said in one millisecond."""
    worlds = Worlds(tmp_path)
    for number in range(7):
        worlds.ask("bob", f"{'' if number else 'JOIN #den'}" or f"PRIVMSG #den :number {number}")
    texts = [f"number {number}" for number in range(1, 7)]
    pages: list[list[str]] = []
    before = ""
    while not pages or pages[-1]:
        found = worlds.search("alice", f"{attributes};limit={limit}{before}")
        said = [one for one in found if one.command == "PRIVMSG"]
        pages.append([one.params[1] for one in said])
        before = f";before=msgid={said[0].tags['msgid']}" if said else ""
    assert [text for page in reversed(pages) for text in page] == texts
    assert all(len(page) <= limit for page in pages)
    worlds.close()


@pytest.mark.parametrize("mode", ["+s", "+i", "+b alice"])
def test_a_hidden_imported_message_looks_like_none(tmp_path: Path, mode: str) -> None:
    """The msgids of other servers can be guessed: `before` tells nobody that one exists in a room
    that they may not read."""
    begin = round(NOW * 1000)
    texts = [f"message {number}" for number in range(2)]
    take_in(
        tmp_path,
        *(line(room="#den", params=["#den", text], msgid=f"theirs-{number}",
               time=format_time(begin + number))
          for number, text in enumerate(texts)),
    )  # fmt: skip
    worlds = Worlds(tmp_path)
    worlds.ask("bob", "JOIN #den")
    found = worlds.search("bob", "before=msgid=theirs-1;text=message")
    assert [one.params[-1] for one in found if one.command == "PRIVMSG"] == texts[:1]
    worlds.ask("bob", f"MODE #den {mode}")
    answers = [
        worlds.search("alice", f"before=msgid={msgid};text=message")
        for msgid in ("theirs-1", "no-such")
    ]
    assert answers[0] == answers[1]
    assert answers[0][0].command == "FAIL"
    worlds.close()
