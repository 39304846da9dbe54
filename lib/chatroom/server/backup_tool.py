"""`chatroom-server backup` and `restore`: everything into one file, and back."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from chatroom.server.certificates import certificate_file
from chatroom.server.config.load import Config
from chatroom.server.config.options import Backup, Restore
from chatroom.server.progress import Progress, report
from chatroom.store.backup import back_up, new_file
from chatroom.store.backup_archive import (
    CERTIFICATE,
    CONFIG,
    CONFIG_PARTS,
    HOSTS,
    TLS_CERTIFICATE,
    TLS_KEY,
    Archive,
    Facts,
)
from chatroom.store.database import StoreError, as_store_error
from chatroom.store.files.copies import Copied
from chatroom.store.restore import restore

_WHAT = {
    CONFIG: "config file",
    HOSTS: "hosts file",
    TLS_CERTIFICATE: "certificate",
    TLS_KEY: "key of the certificate",
}
"""What the parts of the configuration are for people."""


def run_backup(tool: Backup, config: Config) -> None:
    """Write a backup. Raises StoreError."""
    with as_store_error(f"Cannot write {tool.file}"):
        if os.path.lexists(tool.file) and not tool.force:
            raise StoreError(f"{tool.file} already exists; choose another file, or use --force")
    copied = Progress("Backing up", "bytes")
    checked = Progress("Checking", "bytes", after=copied)
    others = dict(_configuration(config))
    done = back_up(config.data, tool.file, others, copied, checked)
    checked.end()
    for digest in done.damaged:
        print(
            f"chatroom-server: warning: the content {digest[:12]}... of an uploaded file is"
            " damaged; see check-data",
            file=sys.stderr,
        )
    report(
        "backup",
        f"{tool.file}: {done.messages:,} messages, {files_and_bytes(done.files)},"
        f" {done.bytes:,} bytes in all, checked; {_which_config(config)}.",
    )


def _which_config(config: Config) -> str:
    """The tool has to be given the server's own -c, which people forget."""
    return f"with the config file {config.file}" if config.file else "without a config file"


def files_and_bytes(copied: Copied) -> str:
    """In words."""
    return f"{copied.files:,} files of {copied.bytes:,} bytes"


def _configuration(config: Config) -> Iterator[tuple[str, Path]]:
    """The files that the server is configured with, by their names in a backup."""
    if config.file:
        yield CONFIG, config.file
    if config.hosts:
        yield HOSTS, config.hosts
    certificate = certificate_file(config.tls, config.data)
    if certificate and certificate != config.data / CERTIFICATE and certificate.exists():
        yield TLS_CERTIFICATE, certificate
        if config.tls.key:
            yield TLS_KEY, Path(config.tls.key)


def run_restore(tool: Restore, config: Config) -> None:
    """Restore a backup, or check it. Raises StoreError."""
    with Archive(tool.file) as archive:
        progress = Progress("Checking" if tool.check_only else "Restoring", "bytes")
        if tool.check_only:
            archive.verify(progress)
            progress.end()
            report("check", f"{tool.file}: {_described(archive.facts)}, is complete.")
            return
        places = _config_places(tool, config, archive)
        with ExitStack() as written:  # files get their names only when all else has worked
            for name, place in places.items():
                temporary = written.enter_context(new_file(place, config.data))
                with as_store_error(f"Cannot write {place}"):
                    temporary.write_bytes(archive.read(name))
            done = restore(archive, config.data, tool.force, progress)
            progress.end()
        report("restore", *_told(tool, config, archive, places))
        if done.aside:
            report("restore", f"What was in {config.data} is in {done.aside} now.")


def _described(facts: Facts) -> str:
    made = datetime.fromtimestamp(facts.made, UTC)
    return (
        f"a backup of {made:%Y-%m-%d %H:%M} UTC by Chatroom {facts.version},"
        f" {facts.messages:,} messages"
    )


def _config_places(tool: Restore, config: Config, archive: Archive) -> dict[str, Path]:
    """Where the parts of the configuration go. Raises StoreError if something is there already."""
    if tool.config_to is None:
        return {}
    if not any(name in archive.members for name in CONFIG_PARTS):
        raise StoreError(f"{tool.file} has no config file; restore it without --config-to")
    places = {
        name: tool.config_to if name == CONFIG else tool.config_to.with_name(Path(name).name)
        for name in CONFIG_PARTS
        if name in archive.members
    }
    for place in places.values():
        with as_store_error(f"Cannot write {place}"):
            if place.absolute().is_relative_to(config.data):
                raise StoreError(f"{place} is in the data directory; choose a place outside")
            if os.path.lexists(place) and not tool.force:
                raise StoreError(f"{place} already exists; choose another file, or use --force")
    return places


def _told(
    tool: Restore, config: Config, archive: Archive, places: dict[str, Path]
) -> Iterator[str]:
    """What was restored, and what is left to do."""
    yield f"{config.data}: restored {_described(archive.facts)}."
    for name, place in places.items():
        yield f"The {_WHAT[name]} is {place}."
    if tool.config_to and CONFIG not in places:
        yield "The backup has no config file, because the tool that made it was given none."
    left = [_WHAT[name] for name in CONFIG_PARTS if name in archive.members and name not in places]
    if left:
        yield f"The backup also has: {', '.join(left)}; --config-to FILE writes that."
    if TLS_CERTIFICATE in places:
        yield "Set tls.certificate and tls.key in the config file to the places of these files."
