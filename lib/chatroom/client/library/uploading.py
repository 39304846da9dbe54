"""Sends a file for a program, while its connection goes on."""

import time
from collections.abc import Callable

from chatroom.client.errors import TransferError
from chatroom.client.files.outgoing import OutgoingFile
from chatroom.client.library.driver import Driver
from chatroom.client.library.errors import NotOffered, Refused
from chatroom.client.transfer.places import Home, place_of
from chatroom.client.transfer.transfer import Transfer, trust_of
from chatroom.client.transfer.upload import Upload
from chatroom.client.transfer.uploaded import NO_FILES, Uploaded, filehost
from chatroom.net.timers import Timers
from chatroom.text.display import visible

TURN_SECONDS = 1.0
"""How often the timers of the transfer are looked at."""


def upload(visit: Driver, path: str, progress: Callable[[int], None]) -> Uploaded:
    """Send the file, and wait until it is on the server. Raises Refused, NotOffered and
    ConnectionLost."""
    try:
        return _upload(visit, path, progress)
    except TransferError as error:
        raise Refused(f"{visible(path)} was not sent: {error}") from None


def _upload(visit: Driver, path: str, progress: Callable[[int], None]) -> Uploaded:
    url = filehost(visit.session.state.isupport)
    if not url:
        raise NotOffered(NO_FILES)
    wishes = visit.wishes
    place = place_of(url, Home(wishes.address, wishes.trust is not None))
    if place.is_foreign:
        there = visible(place.address.host)
        raise TransferError(f"the server keeps files on another host, {there}.")
    done: list[Uploaded] = []
    failed: list[TransferError] = []
    task = Upload(OutgoingFile(path), url, place, wishes.credentials, done.append)
    timers, trust = Timers(), trust_of(place, wishes.trust)
    transfer = Transfer(visit.loop, timers, place, task, failed.append, trust)

    def is_over() -> bool:
        timers.run(time.monotonic())
        transfer.turn()
        progress(task.moved * 100 // task.total if task.total else 0)
        return transfer.is_over

    try:
        transfer.start()
        while not visit.turn_until(is_over, TURN_SECONDS):
            pass  # `is_over` has looked at the timers
    finally:
        transfer.cancel()
    if failed:
        raise failed[0]
    return done[0]
