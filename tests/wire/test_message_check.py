"""Messages that no line was decoded into are checked for what a line could not hold."""

import pytest

from chatroom.wire.message import MAX_TAGS, LineTooLong, Message, ProtocolError, check


@pytest.mark.parametrize("word", ["a\nb", "\r", "a\0"])
@pytest.mark.parametrize("place", [0, 1])
def test_no_line_break_and_no_nul(word: str, place: int) -> None:
    params = ["#room", "text"]
    params[place] = word
    with pytest.raises(ProtocolError):
        check(Message("PRIVMSG", tuple(params)))
    with pytest.raises(ProtocolError):
        check(Message(word, ("#room",)))


def test_sizes_count_bytes() -> None:
    check(Message("PRIVMSG", ("#room", "ä" * 200)))
    with pytest.raises(LineTooLong):
        check(Message("PRIVMSG", ("#room", "ä" * 260)))
    check(Message("PRIVMSG", ("#room", "ä" * 260)), 1000)
    tags = {f"+t{number}": "" for number in range(MAX_TAGS + 1)}
    with pytest.raises(LineTooLong):
        check(Message("PRIVMSG", ("#room", "text"), tags=tags))
