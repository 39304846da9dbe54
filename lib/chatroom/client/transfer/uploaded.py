"""A file that is on the server, and how a message shows it."""

from collections.abc import Mapping
from typing import NamedTuple

from chatroom.text.file_names import size_in_words
from chatroom.wire.attachment import FILE_TAG, Attachment, as_tag

FILEHOSTS = ("draft/FILEHOST", "soju.im/FILEHOST")
"""Tokens of ISUPPORT with the URL for uploads."""


def filehost(tokens: Mapping[str, str]) -> str:
    """The URL for uploads among the tokens of ISUPPORT; "" for none."""
    return next((tokens[name] for name in FILEHOSTS if tokens.get(name)), "")


NO_FILES = "This server takes no files."


class Uploaded(NamedTuple):
    """A file on the server."""

    url: str
    file: Attachment

    def text(self, words: str = "") -> str:
        """What is said about it, for everybody: `report.pdf (1.2 MB) URL`."""
        told = f"{self.file.name} ({size_in_words(self.file.size)}) {self.url}"
        return f"{words} {told}" if words else told

    @property
    def tags(self) -> dict[str, str]:
        """What is said to clients that show a card."""
        return {FILE_TAG: as_tag(self.file)}
