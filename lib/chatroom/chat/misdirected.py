"""Recognises commands with a password that were typed as talk: ` /msg NickServ identify ...`.

A space in front, or a client that does not know the command, is enough to send it to a room, where
everybody reads it and the history keeps it. So it is refused.
"""

from chatroom.chat.refusals import Failed
from chatroom.text.passwords import has_password


def refuse_secret(command: str, target: str, text: str) -> None:
    """Raises Failed for a text that seems to contain a password. It begins with one of SIGNS or
    SUSPECTS."""
    if has_password(text):
        raise Failed(command, "LOOKS_LIKE_PASSWORD", target, text=_REFUSED)


_REFUSED = (
    "This looks like a password, so it was sent to nobody. Commands begin with a slash, with"
    " nothing in front of it; /msg NickServ HELP says how to log in"
)
