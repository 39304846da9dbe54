"""Commands for files and invitations."""

import re

from chatroom.client.errors import CommandError
from chatroom.client.ui.commands.base import Tools
from chatroom.client.view.lines import Line
from chatroom.client.view.qr_code import qr_code
from chatroom.text.display import visible

NOWHERE = "You are not in a room, so nobody would see the file. Type /join ROOM."

_PATH = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^\s\\]|\\.)+))(?:\s+|$)""")
"""A path as shells and file managers write it: in quotes, or with a backslash before spaces."""


def split_path(text: str) -> tuple[str, str]:
    """The path at the beginning of the text, and what follows it."""
    found = _PATH.match(text)
    if found is None:
        return text.strip(), ""
    double, single, word = found.groups()
    path = single if single is not None else re.sub(r"\\(.)", r"\1", double or word or "")
    return path, text[found.end() :].strip()


def send(tools: Tools, arguments: list[str]) -> None:
    """Send a file to the current conversation."""
    path, words = split_path(arguments[0])
    where = tools.display.buffers.current
    if where is None:
        raise CommandError(NOWHERE)
    if absent := tools.display.absent:
        raise CommandError(absent)
    tools.files.send(path, words, where)


def get(tools: Tools, arguments: list[str]) -> None:
    """Save a file that was shown."""
    word, _, rest = (arguments or [""])[0].partition(" ")
    if not word:
        tools.files.save(0, "")
    elif word.isascii() and word.isdigit():
        tools.files.save(int(word[:9]) or -1, split_path(rest)[0] if rest.strip() else "")
    else:
        raise CommandError("Usage: /get [N] [PATH]; N is the number in front of the file.")


def invite_link(tools: Tools, arguments: list[str]) -> None:
    """Show the address of this room, or of another one, for a browser."""
    words = (arguments or [""])[0].split()
    wants_code = words[-1:] == ["qr"]
    names = words[:-1] if wants_code else words
    if len(names) > 1:
        raise CommandError("Usage: /invite-link [ROOM] [qr]")
    meant = tools.context.session.state.room_meant
    url = tools.files.invitation(meant(names[0]) if names else tools.display.room)
    tools.context.screen.show(Line(visible(url)))
    if wants_code:
        tools.context.screen.show(qr_code(url))
