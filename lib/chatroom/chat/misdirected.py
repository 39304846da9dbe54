"""Recognises commands with a password that were typed as talk: ` /msg NickServ identify ...`.

A space in front, or a client that does not know the command, is enough to send it to a room, where
everybody reads it and the history keeps it. So it is refused.
"""

from chatroom.chat.refusals import Failed
from chatroom.text.passwords import has_password

_BEGINNINGS = ("m ", "m\t", "ms", "qu", "pr", "sq", "ni", "ns", "ch", "cs", "id", "re")

SUSPECTS = frozenset(
    one + other
    for word in _BEGINNINGS
    for one in (word[0], word[0].upper())
    for other in (word[1], word[1].upper())
)
"""The first two characters of such a text, unless it begins with one of SIGNS. To look at these is
all that most messages cost here."""

_INVISIBLE = "\xa0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_FORMATTING = "\x02\x03\x0f\x11\x16\x1d\x1e\x1f"

SIGNS = frozenset(f"/\\.@ \t{_INVISIBLE}{_FORMATTING}")
"""What people and programs put in front of a command, and what is pasted with it."""


def refuse_secret(command: str, target: str, text: str) -> None:
    """Raises Failed for a text that seems to contain a password. It begins with one of SIGNS or
    SUSPECTS."""
    if has_password(text):
        raise Failed(command, "LOOKS_LIKE_PASSWORD", target, text=_REFUSED)


_REFUSED = (
    "This looks like a password, so it was sent to nobody. Commands begin with a slash, with"
    " nothing in front of it; /msg NickServ HELP says how to log in"
)
