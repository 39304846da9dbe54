"""The log: what was said, in plain text files, one for each conversation of each server.

Files are for their owner alone. Room names and nicknames come from strangers: of what a file system
could take for more than a name, nothing is left. Catches what the system refuses.
"""

import os
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from chatroom.client.privacy import is_service
from chatroom.client.services import ServiceError

SUFFIX = ".log"
LONGEST_NAME = 150
"""Bytes of a file's name; file systems take 255."""


_ADDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW


class Logbook:
    """Files under `directory`, opened for each line: somebody may move them away."""

    def __init__(self, directory: Path, server: str) -> None:
        self._directory = directory / file_name(server)

    def write(self, conversation: str, line: str) -> None:
        """Add a line, or several, to a conversation's file: not of one in which passwords are told.

        Raises ServiceError.
        """
        if is_service(conversation):
            return
        path = self._path(conversation)
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, _ADDING, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(f"{line}\n".encode(errors="replace"))
        except OSError as error:
            raise ServiceError(f"The log {path} cannot be written: {error.strerror}.") from None

    def _path(self, conversation: str) -> Path:
        return self._directory / f"{file_name(conversation.casefold())}{SUFFIX}"


def file_name(name: str) -> str:
    """A name that is no path: letters, digits and a few signs stay, the rest is `%XX`.

    One that is too long is cut, and told from others by a hash.
    """
    safe = "".join(_safe(character) for character in name).lstrip(".") or "%"
    if name.startswith("."):
        safe = f"%2E{safe.removeprefix('%')}"
    if len(safe.encode()) <= LONGEST_NAME:
        return safe
    cut = safe.encode()[:LONGEST_NAME].decode(errors="ignore")
    return f"{cut}~{sha256(name.encode(errors='replace')).hexdigest()[:16]}"


def _safe(character: str) -> str:
    if character.isalnum() or character in "-_.#":
        return character
    return quote(character, safe="", errors="replace")
