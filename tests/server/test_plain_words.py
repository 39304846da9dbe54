"""Messages in words at the plain door: what no conversation there shows by itself."""

import pytest

from chatroom.server.doors.plain_words import PROSE, own_words
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


@pytest.mark.parametrize("text", ["\x02so\x02 it is", "\x01ACTION \x0304so\x03 it is\x01"])
def test_what_is_said_comes_without_its_looks(text: str) -> None:
    """Codes that our own client sends are nothing for netcat; what a terminal obeys is shown."""
    line = PROSE.encode(Message("PRIVMSG", ("#den", f"{text}\x1b"), "bob!b@h")).decode()
    assert "so it is" in line
    assert "^B" not in line and "^C" not in line and "^[" in line
