"""From where a SEARCH goes (soju.im/search, "Standard search attributes")."""

import pytest

from chat.people import BareWorld, arrive, heard, say
from chatroom.chat.session import Session
from chatroom.wire.message import MAX_SERVER_TAGS, decode

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
