"""How a message shows a file that was uploaded: its text is for everybody, its tag for clients that
draw a card.

    @+chatroom/file=1234567\\sapplication/pdf\\sreport.pdf
        PRIVMSG #general :report.pdf (1.2 MB) https://chat.example.org/files/ID/report.pdf

A tag is what the sender says. So a client draws a card only where the text has the address of a
file on the same server, and takes the address from the text.
"""

import re
from typing import NamedTuple

FILE_TAG = "+chatroom/file"
"""Size in bytes, content type and name, with spaces in between."""

ID_LENGTH = 22
"""Characters of a file's id: 128 random bits in base64url (RFC 4648 section 5)."""

_ID = f"[A-Za-z0-9_-]{{{ID_LENGTH}}}"

_FILE_PATH = re.compile(rf"/files/({_ID})(?:/[^\s/?#]*)?(?![A-Za-z0-9_-])")

_FILE_URL = re.compile(rf"https?://[^\s/]+(?:/[^\s/]+)*?/files/{_ID}/[^\s/?#]+")

_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")

_LONGEST_SIZE = 15

MOST_IN_MESSAGE = 20
"""Files of one message that count; a line of 512 bytes has room for no more, and a message of
several lines is not a way to name thousands."""


class Attachment(NamedTuple):
    """A file as the tag of a message describes it; `size` is in bytes."""

    size: int
    type: str
    name: str


def as_tag(attachment: Attachment) -> str:
    """The value of FILE_TAG."""
    return f"{attachment.size} {attachment.type} {attachment.name}"


def from_tag(value: str) -> Attachment | None:
    """Read a value of FILE_TAG, which anybody may have written; None if it is not one."""
    size, _, rest = value.partition(" ")
    kind, _, name = rest.partition(" ")
    if not (size.isascii() and size.isdigit() and len(size) <= _LONGEST_SIZE):
        return None
    if not _TYPE.fullmatch(kind) or not name:
        return None
    return Attachment(int(size), kind, name)


def file_ids(text: str) -> list[str]:
    """The ids of the files whose addresses a text has, on whatever host: each once."""
    found = dict.fromkeys(match[1] for match in _FILE_PATH.finditer(text))
    return list(found)[:MOST_IN_MESSAGE]


def file_urls(text: str) -> list[str]:
    """The addresses of files in a text; the caller compares the host."""
    return [match[0] for match in _FILE_URL.finditer(text)][:MOST_IN_MESSAGE]
