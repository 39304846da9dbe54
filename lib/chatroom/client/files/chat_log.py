"""Writes the log: plain text files, one for each conversation of each server.

Only the owner can read them. Room names and nicknames come from strangers, so everything in them
that a file system could interpret is replaced. OSErrors are handled here.
"""

import os
import re
import unicodedata
from hashlib import sha256
from pathlib import Path

from chatroom.client.errors import ServiceError
from chatroom.client.files.privacy import is_service
from chatroom.wire.names import CASEMAPPINGS

SUFFIX = ".log"
LONGEST_NAME = 150
"""The most bytes of a file's name; file systems allow 255."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)
"""Names that Windows reserves for devices, with any ending."""

_ADDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW


class Logbook:
    """Files under `directory`. They are opened for each line, because somebody may move them
    away."""

    def __init__(self, directory: Path, server: str) -> None:
        self._directory = directory / file_name(server)

    def write(self, conversation: str, line: str) -> None:
        """Add lines to a conversation's file, unless passwords are sent in that conversation.

        `conversation` is folded as the server does, so names that it distinguishes have different
        files. Raises ServiceError.
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
        return self._directory / f"{file_name(CASEMAPPINGS['ascii'](conversation))}{SUFFIX}"


def file_name(name: str) -> str:
    """A name without the special meanings of a path: letters, digits and a few signs stay, the rest
    is `%XX`.

    Different names have different files even where a file system ignores case, or the spelling of a
    letter: what it might change is `%XX` as well. A name that is too long is cut, and distinguished
    by a hash.
    """
    safe = "".join(_safe(character) for character in name)
    if not safe or safe.startswith(".") or _RESERVED.match(safe):
        safe = "".join(f"%{byte:02X}" for byte in name[:1].encode(errors="replace")) + safe[1:]
    if len(safe.encode()) <= LONGEST_NAME:
        return safe or "%"
    cut = safe.encode()[:LONGEST_NAME].decode(errors="ignore")
    return f"{cut}~{sha256(name.encode(errors='replace')).hexdigest()[:16]}"


def _safe(character: str) -> str:
    """The character, if all file systems keep it and distinguish it from all others."""
    folded = unicodedata.normalize("NFC", character.upper().casefold())
    kept = character.isalnum() and folded == character
    if kept or character in "-_.#":
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode(errors="surrogatepass"))
