"""Checks of what is beside the database."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from chatroom.store.checking.findings import Data, Finding, bounded
from chatroom.store.database import (
    AUDIT_FILE,
    CHANGES_FILE,
    JOURNAL_FILE,
    NO_LINKS,
    TAKEN_FILE,
    StoreError,
    as_store_error,
    exposed,
)
from chatroom.store.files.content import FILES, NEW
from chatroom.store.inspection import opened_without_trace
from chatroom.store.taken_file import read_lines
from chatroom.store.unmoved import check_changes, contents_of, left_behind

_HASH = re.compile(r"[0-9a-f]{64}")
_PIECE = 1 << 20

_LOST = "upload it again, or restore a backup; those who open it are told that it does not exist"
_NOT_OURS = "it is not one of Chatroom's files; move it away if you do not know it"


def check_place(data: Data) -> Iterator[Finding]:
    """Whether others can read the directory, or a server is using it."""
    for warning in exposed(data.directory):
        what, _, remedy = warning.partition("; run: ")
        yield Finding(str(data.directory), what, f"run: {remedy}")
    if data.server:
        yield data.note("", f"a server (process {data.server}) is using it")


def check_journal(data: Data) -> Iterator[Finding]:
    """The checksums of the messages that are not in the database yet."""
    try:
        messages, _ = left_behind(data.directory, opened_without_trace)
    except StoreError as error:
        yield _as_finding(data, JOURNAL_FILE, error)
    else:
        if messages and not data.server:
            what = (
                f"{len(messages):,} messages are not in the database yet; the next start moves them"
            )
            yield data.note(JOURNAL_FILE, what)


def check_change_file(data: Data) -> Iterator[Finding]:
    """The checksums of the changes that are not in the database yet."""
    try:
        check_changes(data.directory, opened_without_trace)
    except StoreError as error:
        yield _as_finding(data, CHANGES_FILE, error)


def _as_finding(data: Data, name: str, error: StoreError) -> Finding:
    """The sentence of a start, with what to do in a part of its own."""
    what, _, remedy = str(error).partition(". Nothing was changed. ")
    what = what.removeprefix(f"{data.directory / name} ")
    return data.finding(name, what, (remedy or "see what is wrong with the file").lower())


def check_taken(data: Data) -> Iterator[Finding]:
    """How far clients have read: unreadable lines do little harm."""
    lines, unreadable = read_lines(data.directory / TAKEN_FILE)
    data.counts["read positions"] = lines
    if unreadable:
        what = (
            f"{unreadable:,} lines cannot be read; their clients may be shown some messages again"
        )
        yield data.note(TAKEN_FILE, what)


def check_audit(data: Data) -> Iterator[Finding]:
    """What operators did: a line of JSON each."""
    with as_store_error(f"Cannot read {data.directory / AUDIT_FILE}"):
        *lines, torn = contents_of(data.directory / AUDIT_FILE).split(b"\n")
    data.counts["audit entries"] = len(lines)
    bad = [number for number, line in enumerate(lines, 1) if line and not _is_entry(line)]
    remedy = "the other entries can be read; compare it with that of a backup"
    damaged = (data.finding(AUDIT_FILE, f"line {number} is damaged", remedy) for number in bad)
    yield from bounded(damaged, "damaged lines")
    if torn and not data.server:
        yield data.note(AUDIT_FILE, "its last line is incomplete, after a crash or a full disk")


def _is_entry(line: bytes) -> bool:
    try:
        entry = json.loads(line)
        return isinstance(entry, dict) and {"at", "who", "operator", "what"} <= entry.keys()
    except (ValueError, RecursionError):
        return False


def check_contents(data: Data) -> Iterator[Finding]:
    """Each uploaded file has its content, with its size and digest, and each content has a file."""
    if data.rows is None:
        return
    sizes = dict(
        data.rows.execute("SELECT digest, max(size) FROM file GROUP BY digest ORDER BY digest")
    )
    data.counts["contents of files"] = len(sizes)
    lost = (finding for digest in sizes for finding in _content(data, digest, sizes[digest]))
    yield from bounded(lost, "contents that are missing or damaged")
    yield from bounded(_others(data, sizes.keys()), "files that do not belong there")


def _content(data: Data, digest: str, size: int) -> Iterator[Finding]:
    name = f"{FILES}/{digest[:2]}/{digest[2:]}"
    try:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | NO_LINKS
        descriptor = os.open(data.directory / name, flags)
    except FileNotFoundError:
        if _still_there(data, digest):
            yield data.finding(name, f"is missing: {_uploads(data, digest)}", _LOST)
        return
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        yield data.finding(name, f"cannot be read ({why}): {_uploads(data, digest)}", _LOST)
        return
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size != size:
            what = f"has {found.st_size:,} bytes instead of {size:,}: {_uploads(data, digest)}"
            yield data.finding(name, what, _LOST)
        elif not data.quick:
            checksum = hashlib.sha256()
            try:
                while piece := file.read(_PIECE):
                    checksum.update(piece)
            except OSError as error:  # a bad block of the disk
                yield data.finding(name, f"cannot be read: {error.strerror}", _LOST)
                return
            if checksum.hexdigest() != digest:
                what = f"is damaged (its digest is wrong): {_uploads(data, digest)}"
                yield data.finding(name, what, _LOST)


def _still_there(data: Data, digest: str) -> bool:
    """Whether the file has not been removed by a running server since the check began."""
    if not data.server:
        return True
    with opened_without_trace(data.directory / "history.db") as now:
        query = "SELECT 1 FROM file WHERE digest = ?"
        return now.execute(query, (digest,)).fetchone() is not None


def _uploads(data: Data, digest: str) -> str:
    """Which uploads have the content."""
    assert data.rows is not None
    query = "SELECT name FROM file WHERE digest = ? ORDER BY number"
    names = [name for (name,) in data.rows.execute(query, (digest,))]
    more = f" and {len(names) - 3} more uploads" if len(names) > 3 else ""
    return f"the content of {', '.join(map(repr, names[:3]))}{more}"


def _others(data: Data, digests: Collection[str]) -> Iterator[Finding]:
    """What is in the directory of contents and belongs to no file."""
    top = data.directory / FILES
    if not top.is_dir():
        return
    for folder in sorted(top.iterdir()):
        if folder.name == NEW:
            left = 0 if data.server else len(list(folder.iterdir()))
            if left:
                what = f"{left:,} uploads were not finished; the next start removes them"
                yield data.note(f"{FILES}/{NEW}", what)
            continue
        for each in sorted(folder.iterdir()) if folder.is_dir() else [folder]:
            yield from _orphan(data, each, digests)


def _orphan(data: Data, path: Path, digests: Collection[str]) -> Iterator[Finding]:
    name = str(path.relative_to(data.directory))
    digest = path.parent.name + path.name
    if path.is_symlink() or not _HASH.fullmatch(digest):
        yield data.finding(name, "does not belong there", _NOT_OURS)
    elif digest not in digests and not data.server:
        yield data.note(name, "belongs to no uploaded file; the next start removes it")
