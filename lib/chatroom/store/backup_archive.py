"""The file of a backup: an uncompressed tar archive whose last member has the others' digests.

    backup.json     when it was made, by which version, how many messages it has
    history.db ...  files of the data directory, under their names there
    config/...      the files that the server was configured with
    files/3f/9a...  contents of uploaded files
    SHA256SUMS      the digests, as `sha256sum` writes and checks them

`tar` can unpack it, too. Reading takes nothing for granted: an archive is refused if it has
anything but ordinary files of these names, each once, with the digests of its last member. Nothing
in it is compressed, so no part can be larger than the archive, and memory does not grow with it.
"""

import hashlib
import io
import json
import os
import re
import stat
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from chatroom.store.database import (
    AUDIT_FILE,
    FILES_DIRECTORY,
    HISTORY_FILE,
    TAKEN_FILE,
    StoreError,
    as_store_error,
)

FACTS = "backup.json"
SUMS = "SHA256SUMS"
CERTIFICATE = "certificate.pem"
CONFIG = "config/chatroom.toml"
HOSTS = "config/hosts_port.csv"
TLS_CERTIFICATE = "config/certificate.pem"
TLS_KEY = "config/key.pem"

DATA_PARTS = (HISTORY_FILE, AUDIT_FILE, TAKEN_FILE, CERTIFICATE)
"""What a backup has of the data directory, apart from contents of files. The search index is not
among it: the server builds it anew."""

CONFIG_PARTS = (CONFIG, HOSTS, TLS_CERTIFICATE, TLS_KEY)

FORMAT = 1
"""Increase this if older versions could not restore the archive."""

_CONTENT = re.compile(FILES_DIRECTORY + r"/[0-9a-f]{2}/[0-9a-f]{62}")
_SUM = re.compile(r"([0-9a-f]{64})  ([!-~]{1,100})\n")
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_LATEST = 253_402_300_800  # the year 10000, which no date can name
_MOST_FACTS = 65_536
_PIECE = 1 << 20

Progress = Callable[[int, int], None]
"""Called with the number of bytes that are done, and of all."""


class Facts(NamedTuple):
    """What a backup says of itself. `made` is in UTC seconds."""

    made: float
    version: str
    messages: int


def is_content(name: str) -> bool:
    """Whether it is the name of a content of a file."""
    return _CONTENT.fullmatch(name) is not None


def content_digest(name: str) -> str:
    """The digest that the content with this name should have."""
    return name.removeprefix(FILES_DIRECTORY).replace("/", "")


def _is_sound(facts: Facts) -> bool:
    """Whether they can be shown to people: anybody can write what they like into an archive."""
    return (
        0 <= facts.made < _LATEST
        and _VERSION.fullmatch(facts.version) is not None
        and 0 <= facts.messages <= sys.maxsize
    )


# Writing


class ArchiveWriter:
    """Writes the archive into a file. Errors of the system pass through."""

    def __init__(self, file: IO[bytes]) -> None:
        # GNU's format has no limit of size, and needs no further headers for it.
        self._tar = tarfile.TarFile(
            fileobj=file, mode="w", format=tarfile.GNU_FORMAT, copybufsize=_PIECE
        )
        self._sums: list[str] = []
        self._made = int(time.time())

    def add_facts(self, version: str, messages: int) -> None:
        """Add what the backup says of itself: the first member."""
        facts = {
            "format": FORMAT,
            "made": self._made,
            "version": version,
            "messages": messages,
        }
        self.add_bytes(FACTS, json.dumps(facts, indent=2).encode() + b"\n")

    def add(self, name: str, source: IO[bytes], size: int) -> str:
        """Add this many bytes of a file; if it has fewer, raises OSError. Returns their digest."""
        reader = _Digesting(source)
        self._tar.addfile(self._member(name, size), reader)  # type: ignore[arg-type]  # it reads
        digest = reader.digest()
        self._sums.append(f"{digest}  {name}\n")
        return digest

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a small file."""
        self.add(name, io.BytesIO(data), len(data))

    def _member(self, name: str, size: int) -> tarfile.TarInfo:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, self._made
        return member

    def finish(self) -> None:
        """Add the digests, and end the archive."""
        data = "".join(self._sums).encode()
        self._tar.addfile(self._member(SUMS, len(data)), io.BytesIO(data))
        self._tar.close()


class _Digesting:
    """A file that is read once, and the digest of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        return self._hash.hexdigest()


# Reading


class BadArchive(StoreError):
    """The archive is damaged, incomplete, or no backup."""


class _Member(tarfile.TarInfo):
    """A member that is refused before anything is done for it, unless it is one of ours."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        member = super().frombuf(buf, encoding, errors)
        if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.size < 0:
            raise BadArchive("it contains something other than an ordinary file")
        known = member.name in (FACTS, SUMS, *DATA_PARTS, *CONFIG_PARTS)
        if not known and not is_content(member.name):
            raise BadArchive(f"it has a file of an unknown name, {ascii(member.name)[:80]}")
        return member


class Archive:
    """A backup that is read. Methods raise BadArchive, or another StoreError."""

    def __init__(self, path: Path) -> None:
        """Open it, and check that it is complete. Its contents are not read yet."""
        self.path = path
        with as_store_error(f"Cannot read {path}"):
            self._file = _opened(path)
        try:
            with self._reading():
                self._look()
        except BaseException:
            self._file.close()
            raise

    def _look(self) -> None:
        head = self._file.read(16)
        if head == b"SQLite format 3\0":
            raise StoreError(
                f"{self.path} is a backup of Chatroom 0.1, a copy of the database; to restore it,"
                f" copy it to {HISTORY_FILE} in a new data directory, and {self.path}.files to"
                f" {FILES_DIRECTORY}"
            )
        self._file.seek(0)
        self._tar = tarfile.TarFile(fileobj=self._file, mode="r", tarinfo=_Member)
        self.members: dict[str, tarfile.TarInfo] = {}
        for member in self._tar:
            if member.name in self.members:
                raise BadArchive(f"it has {member.name} twice")
            self.members[member.name] = member
        if next(reversed(self.members), "") != SUMS:
            raise BadArchive("it is incomplete, or not a backup of Chatroom")
        self._sums = self._read_sums(self.members.pop(SUMS))
        if self._sums.keys() != self.members.keys():
            raise BadArchive(f"its files are not those that {SUMS} lists")
        self.facts = self._read_facts()
        if HISTORY_FILE not in self.members:
            raise BadArchive(f"it has no {HISTORY_FILE}")

    def _read_sums(self, member: tarfile.TarInfo) -> dict[str, str]:
        sums: dict[str, str] = {}
        for line in self._opened(member):
            match = _SUM.fullmatch(line.decode(errors="replace"))
            if match is None or match[2] in sums:
                raise BadArchive(f"{SUMS} is damaged")
            sums[match[2]] = match[1]
        return sums

    def _read_facts(self) -> Facts:
        member = self.members.get(FACTS)
        if member is None or member.size > _MOST_FACTS:
            raise BadArchive(f"it has no {FACTS}, or too large a one")
        try:
            facts: dict[str, Any] = json.loads(self.read(FACTS))
            format = int(facts["format"])
            found = Facts(float(facts["made"]), str(facts["version"]), int(facts["messages"]))
            if format == FORMAT and not _is_sound(found):
                raise ValueError
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            raise BadArchive(f"{FACTS} is damaged") from None
        if format != FORMAT:
            raise StoreError(f"{self.path} is from a newer Chatroom; update Chatroom")
        return found

    def _opened(self, member: tarfile.TarInfo) -> IO[bytes]:
        file = self._tar.extractfile(member)
        assert file is not None  # they are ordinary files
        return file

    def size(self, names: Iterator[str] | None = None) -> int:
        """The bytes of these members, by default of all."""
        return sum(self.members[name].size for name in names or iter(self.members))

    def read(self, name: str) -> bytes:
        """A small member, checked."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a member in pieces. Raises BadArchive at the end if they are not those that
        were written."""
        with self._reading():
            member, checksum = self.members[name], hashlib.sha256()
            file = self._opened(member)
            left = member.size
            while left and (piece := file.read(min(_PIECE, left))):
                checksum.update(piece)
                left -= len(piece)
                yield piece
            if left or checksum.hexdigest() != self._sums[name]:
                raise BadArchive(f"{name} is damaged")

    def verify(self, progress: Progress) -> None:
        """Read everything, and compare the digests."""
        total, done = self.size(), 0
        for name in self.members:
            for piece in self.pieces(name):
                done += len(piece)
                progress(done, total)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Say of every fault which archive it is in."""
        try:
            with as_store_error(f"Cannot read {self.path}"):
                yield
        except BadArchive as error:
            raise BadArchive(f"{self.path} cannot be used: {error}") from None
        except tarfile.TarError as error:
            raise BadArchive(
                f"{self.path} cannot be used: it is damaged, or not a backup ({error})"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()


def _opened(path: Path) -> IO[bytes]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # a pipe has no end to look at first
        os.close(descriptor)
        raise StoreError(f"{path} is not a regular file")
    return os.fdopen(descriptor, "rb")


Parts = Mapping[str, Path]
"""The name in the archive -> the file."""
