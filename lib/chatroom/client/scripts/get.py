"""`chatroom-client get`: saves a file from a URL."""

import time
from argparse import Namespace
from pathlib import Path

from chatroom.client.connection.trust import trust_for
from chatroom.client.errors import TransferError
from chatroom.client.files.incoming import destination
from chatroom.client.library.errors import ChatError
from chatroom.client.scripts.progress import ProgressBar
from chatroom.client.scripts.shell import say
from chatroom.client.transfer.download import Download
from chatroom.client.transfer.places import Place, name_in, place_of
from chatroom.client.transfer.transfer import Transfer
from chatroom.net.loop import Loop
from chatroom.net.timers import Timers
from chatroom.text.display import visible

IN_CLEAR = "http:// is clear text, which others on the network can read: use https://, or --no-tls."


def run(arguments: Namespace) -> int:
    """The exit status. Raises ChatError."""
    try:
        say(visible(str(_get(arguments))))
    except TransferError as error:
        raise ChatError(str(error)) from None
    return 0


def _get(arguments: Namespace) -> Path:
    """Raises TransferError."""
    place = place_of(arguments.url)
    if arguments.tls or (arguments.fingerprint and arguments.tls is None):
        place = place._replace(tls=True)
    elif arguments.tls is False and place.tls:
        raise TransferError("https:// needs TLS.")
    if arguments.tls is None and not place.is_private:
        raise TransferError(IN_CLEAR)
    where = destination(arguments.output, name_in(arguments.url))
    done: list[Path] = []
    download = Download(arguments.url, place, where, done.append)
    _finish(place, download, arguments.fingerprint or "")
    return done[0]


def _finish(place: Place, download: Download, fingerprint: str) -> None:
    """Turn a loop until the file is there. Raises TransferError."""
    loop, timers = Loop(), Timers()
    failed: list[TransferError] = []
    trust = trust_for(place.address, place.tls, fingerprint)
    transfer = Transfer(loop, timers, place, download, failed.append, trust)
    bar = ProgressBar(download.name)
    try:
        transfer.start()
        while not transfer.is_over:
            for ready, mask in loop.select(timers.wait(time.monotonic())):
                ready(mask)
            timers.run(time.monotonic())
            transfer.turn()
            if download.total:
                bar.shown(download.moved * 100 // download.total)
    finally:
        bar.end()
        transfer.cancel()
        loop.close()
    if failed:
        raise failed[0]
