"""The files of an export: in a directory, in a zip file, or given one by one.

Contents are read a line or a bounded part at a time. A zip file may unpack to more than there is
memory, so nothing here believes what it says of its sizes.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, NamedTuple, Protocol, Self

from chatroom.store.database import StoreError, as_store_error

LONGEST_LINE = 16 << 20
"""Bytes. In Mattermost's exports a line has a whole thread."""

LARGEST_FILE = 64 << 20
"""Bytes of a file that has to be read as a whole: one day of a channel, or the list of people."""

MOST_FILES = 1_000_000

_ZIP = b"PK\x03\x04"


class TooLarge(Exception):
    """The file is larger than may be read as a whole."""


class Tree(Protocol):
    """The files of an export by their names, with slashes between folders."""

    def names(self) -> list[str]:
        """The names of all files, in order."""

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file. A longer one than LONGEST_LINE comes in parts."""

    def read(self, name: str) -> bytes:
        """A whole file. Raises TooLarge."""


class _Place(NamedTuple):
    """Where a file is: a path, or a member of a zip file."""

    path: Path
    archive: zipfile.ZipFile | None = None
    member: str = ""


class Files:
    """The files that an operator named. Methods may raise StoreError."""

    def __init__(self, paths: list[Path]) -> None:
        self._places: dict[str, _Place] = {}
        self._opened = ExitStack()
        try:
            for path in paths:
                with as_store_error(f"Cannot read {path}"):
                    self._add(path)
        except BaseException:
            self._opened.close()
            raise

    def _add(self, path: Path) -> None:
        if path.is_dir():
            self._add_folder(path)
            return
        if not stat.S_ISREG(path.stat().st_mode):
            raise StoreError(f"Cannot read {path}: it is not a regular file")
        with path.open("rb") as file:
            is_zip = file.read(4) == _ZIP
        if is_zip:
            self._add_zip(path)
        else:
            self._put(str(path), _Place(path))

    def _add_folder(self, path: Path) -> None:
        for each in sorted(path.rglob("*")):
            if each.is_file() and not each.is_symlink() and not _is_hidden(each.name):
                self._put(str(each), _Place(each))

    def _add_zip(self, path: Path) -> None:
        try:
            archive = self._opened.enter_context(zipfile.ZipFile(path))
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise StoreError(f"Cannot read {path}: the zip file is damaged ({error})") from error
        for member in sorted(archive.infolist(), key=lambda each: each.filename):
            if not member.is_dir() and not _is_hidden(member.filename):
                self._put(f"{path}/{member.filename}", _Place(path, archive, member.filename))

    def _put(self, name: str, place: _Place) -> None:
        if len(self._places) == MOST_FILES:
            raise StoreError(f"There are more than {MOST_FILES:,} files; import them in parts")
        self._places[name] = place

    def names(self) -> list[str]:
        """The names of all files, those of a folder in order."""
        return list(self._places)

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file. A longer one than LONGEST_LINE comes in parts."""
        with self._open(name) as file:
            while line := self._piece(name, file, LONGEST_LINE, line=True):
                yield line

    def read(self, name: str) -> bytes:
        """A whole file. Raises TooLarge."""
        with self._open(name) as file:
            data = self._piece(name, file, LARGEST_FILE + 1, line=False)
        if len(data) > LARGEST_FILE:
            raise TooLarge
        return data

    def _open(self, name: str) -> IO[bytes]:
        place = self._places[name]
        try:
            with as_store_error(f"Cannot read {name}"):
                if place.archive is None:
                    return place.path.open("rb")
                return place.archive.open(place.member)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise StoreError(f"Cannot read {name}: {error}") from error  # encrypted, or damaged

    def _piece(self, name: str, file: IO[bytes], most: int, *, line: bool) -> bytes:
        try:
            with as_store_error(f"Cannot read {name}"):
                return file.readline(most) if line else file.read(most)
        except (zipfile.BadZipFile, EOFError, ValueError, zlib.error) as error:
            raise StoreError(f"Cannot read {name}: the zip file is damaged ({error})") from error

    def close(self) -> None:
        """Close the zip files."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()


def _is_hidden(name: str) -> bool:
    """Whether it is one of the files that file managers leave in folders and zip files."""
    return file_name(name).startswith(".") or name.startswith("__MACOSX/")


def file_name(name: str) -> str:
    """The last part of a name."""
    return PurePosixPath(name).name


def folder_name(name: str) -> str:
    """The name of the folder that a file is in; "" if it is in none."""
    return PurePosixPath(name).parent.name
