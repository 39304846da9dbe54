"""Messages in words at the plain door: what no conversation there shows by itself."""

import pytest

from chatroom.server.doors.plain_words import own_words
from chatroom.wire.message import Message


@pytest.mark.parametrize(
    ("rooms", "words"),
    [
        ("#den", "bob is in den"),
        ("@#den +#pub @+#bar", "bob is in den, pub, bar"),
        ("## @##den #+x #@", "bob is in ##, ##den, +x, @"),
    ],
)
def test_the_rooms_of_somebody(rooms: str, words: str) -> None:
    """By the names that /join takes; `#` and `##` are two rooms."""
    assert own_words(Message("319", ("alice", "bob", rooms))) == words
