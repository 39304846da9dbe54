"""Every numeric reaches a person at the plain door, or is known to say nothing there."""

from chatroom.server.doors.plain.words import SILENT, own_words
from chatroom.wire import numerics
from chatroom.wire.message import Message
from chatroom.wire.numerics import Numeric


def test_each_is_seen_or_silent() -> None:
    """A new numeric is shown without anybody thinking of this door."""
    rows = [row for row in vars(numerics).values() if isinstance(row, Numeric)]
    params = ("bob", "alice", "#room", "12", "15", "some text")
    shown = {row.code for row in rows if own_words(Message(row.code, params))}
    assert shown == {row.code for row in rows} - SILENT


def test_an_unknown_numeric_is_shown() -> None:
    """Such as that of a command that is only tried out (KNOCK)."""
    words = own_words(Message("710", ("bob", "#room", "alice!~a@host", "has asked for an invite")))
    assert "has asked for an invite" in words
