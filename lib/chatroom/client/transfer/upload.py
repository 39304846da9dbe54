"""An upload as IRC clients make it (FILEHOST): the file is the body of a POST, and the answer's
Location is its URL."""

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote, urljoin

from chatroom.client.credentials import Credentials
from chatroom.client.errors import TransferError
from chatroom.client.files.outgoing import OutgoingFile
from chatroom.client.transfer.http import Exchange
from chatroom.client.transfer.places import IN_CLEAR, LONGEST_URL, Place
from chatroom.client.transfer.uploaded import Uploaded
from chatroom.text.file_names import safe_name
from chatroom.wire.attachment import Attachment

ANSWER_BYTES = 4096

NEEDS_ACCOUNT = "only people who are logged in with a password can send files here."

_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")

_URL = re.compile(r"https?://[!-~]+")


class Upload:
    """The request, and what the server answers; `done` is called with the result."""

    def __init__(
        self,
        file: OutgoingFile,
        filehost: str,
        place: Place,
        credentials: Credentials | None,
        done: Callable[[Uploaded], None],
    ) -> None:
        """Raises TransferError, and then the file is closed: the password would be readable on the
        way."""
        self._file = file
        self._filehost = filehost
        self._done = done
        self._url = ""
        self._answer: bytearray | None = None
        self.name = file.name
        self.total = file.size
        headers = [
            ("Content-Type", file.type),
            ("Content-Disposition", f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"),
            ("Accept", "application/json, */*"),
        ]
        try:
            secret = _authorization(place, credentials)
        except TransferError:
            file.close()
            raise
        headers += secret
        words = {} if secret else {401: NEEDS_ACCOUNT}
        self.exchange = Exchange("POST", place.target, place.host, headers, self, file, words)

    @property
    def moved(self) -> int:
        """Bytes that are on their way."""
        return self.exchange.sent

    def head(self, status: int, headers: dict[str, str]) -> None:
        """The server's answer. Raises TransferError."""
        url = urljoin(self._filehost, headers.get("location", ""))
        if status != 201 or "location" not in headers or not _fits(url):
            raise TransferError("The server does not say where the file is now.")
        self._url = url
        if headers.get("content-type", "").startswith("application/json"):
            self._answer = bytearray()

    def data(self, piece: bytes) -> None:
        """The answer may say which type the server found."""
        if self._answer is not None:
            self._answer += piece[: ANSWER_BYTES - len(self._answer)]

    def end(self) -> None:
        """The file is on the server's disk."""
        told = _told(bytes(self._answer or b""))
        kind = str(told.get("type", ""))
        name = safe_name(str(told.get("name", ""))) if told.get("name") else self.name
        right = kind if _TYPE.fullmatch(kind) else self._file.type
        self._done(Uploaded(self._url, Attachment(self.total, right, name)))

    def close(self) -> None:
        """It has ended in any way."""
        self._file.close()


def _authorization(place: Place, credentials: Credentials | None) -> list[tuple[str, str]]:
    if credentials is None or not credentials.password:
        return []
    if not place.is_private:
        raise TransferError(
            f"The upload needs your password, but it would be in clear text: {IN_CLEAR}."
        )
    basic = f"{credentials.account}:{credentials.password}".encode()
    return [("Authorization", f"Basic {base64.b64encode(basic).decode()}")]


def _fits(url: str) -> bool:
    """Whether it can be said in a message."""
    return len(url) <= LONGEST_URL and _URL.fullmatch(url) is not None


def _told(answer: bytes) -> dict[str, object]:
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
