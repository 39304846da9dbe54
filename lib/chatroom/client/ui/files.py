"""Files in the chat: sending one, the numbers of those that messages show, and saving them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from chatroom.client.errors import CommandError, TransferError
from chatroom.client.protocol.events import Said
from chatroom.client.protocol.session import NotConnected
from chatroom.client.transfer.places import Home, is_own, name_in, place_of
from chatroom.client.transfer.uploaded import NO_FILES, Uploaded, filehost
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.context import Context
from chatroom.client.ui.offers import Offer, Offers
from chatroom.client.view.lines import info_line
from chatroom.text.display import visible
from chatroom.text.file_names import safe_name, size_in_words
from chatroom.wire.attachment import FILE_TAG, file_urls, from_tag
from chatroom.wire.message import ProtocolError
from chatroom.wire.names import bare

KEPT_NUMBERS = 1000
"""Files that can be saved by their number: the latest ones."""

NO_NUMBER = "No file has been shown yet."

PATH_OF_UPLOADS = "/files"


@contextmanager
def _told() -> Iterator[None]:
    """What cannot be done becomes the answer to a command."""
    try:
        yield
    except TransferError as error:
        raise CommandError(str(error)) from None


class Files:
    """Sends and saves files. `say` says in a conversation that a file is there."""

    def __init__(
        self,
        context: Context,
        offers: Offers,
        say: Callable[[Buffer, Uploaded, str], None],
    ) -> None:
        self._context = context
        self._offers = offers
        self._say = say
        self._numbers: dict[str, int] = {}
        self._count = 0

    # Sending

    def send(self, path: str, words: str, where: Buffer) -> None:
        """Send a file, and then say in that conversation that it is there, with these words. Raises
        CommandError."""
        url, home = self._filehost, self._context.services.transfers.home
        if not url:
            raise CommandError(NO_FILES)
        upload = partial(self._upload, path, words, where)
        with _told():
            place = place_of(url, home)
        if not place.is_foreign:
            upload()
            return
        there = visible(place.address.host)
        self._offers.make(
            Offer(
                "upload",
                f"This server keeps files on another host, {there}, which would get your file and"
                " your account's password. Send it there?",
                lambda: self._accepted(upload),
                lambda: self._context.screen.show(info_line("Nothing was sent.")),
            )
        )

    def _accepted(self, upload: Callable[[], None]) -> None:
        try:
            upload()
        except CommandError as error:
            self._context.complain(str(error))

    def _upload(self, path: str, words: str, where: Buffer) -> None:
        done = partial(self._sent, words, where)
        with _told():
            self._context.services.transfers.upload(path, self._filehost, done)

    def _sent(self, words: str, where: Buffer, uploaded: Uploaded) -> None:
        try:
            self._say(where, uploaded, words)
        except (CommandError, NotConnected, ProtocolError) as error:
            told = uploaded.text()
            self._context.complain(f"The file is on the server, but was not announced: {error}")
            self._context.screen.show(info_line(visible(told)))

    @property
    def _filehost(self) -> str:
        return filehost(self._context.session.state.isupport)

    # Saving

    def shown(self, said: Said) -> Iterator[str]:
        """`File 1: report.pdf, 1.2 MB, application/pdf` for each file that a message shows; each
        URL has one number. What the tag says is only believed of the first one."""
        home, uploads = self._context.services.transfers.home, self._filehost
        tag = from_tag(said.tags.get(FILE_TAG, ""))
        for url in file_urls(said.text):
            if not is_own(url, home, uploads):
                continue
            name = safe_name(tag.name if tag else name_in(url))
            about = f", {size_in_words(tag.size)}, {tag.type}" if tag else ""
            yield f"File {self._number(url)}: {visible(name)}{about}"
            tag = None

    def _number(self, url: str) -> int:
        if url not in self._numbers:
            self._count += 1
            self._numbers[url] = self._count
            if len(self._numbers) > KEPT_NUMBERS:
                del self._numbers[next(iter(self._numbers))]
        return self._numbers[url]

    def save(self, number: int, path: str) -> None:
        """Save the file with that number; 0 is the latest. Raises CommandError."""
        number = number or self._count
        url = next((url for url, one in self._numbers.items() if one == number), "")
        if not url:
            raise CommandError(f"There is no file {number}." if self._count else NO_NUMBER)
        with _told():
            self._context.services.transfers.download(url, path, self._saved)

    def _saved(self, path: Path) -> None:
        self._context.screen.show(info_line(f"Saved as {visible(str(path))}"))

    # Inviting

    def invitation(self, room: str) -> str:
        """The address at which a browser enters the room, or the server if there is none. Raises
        CommandError."""
        fragment = f"#{quote(bare(room), safe='')}" if room else ""
        return f"{self._web_url()}/{fragment}"

    def _web_url(self) -> str:
        uploads = self._filehost
        if uploads.endswith(PATH_OF_UPLOADS):
            return uploads.removesuffix(PATH_OF_UPLOADS)
        home: Home = self._context.services.transfers.home
        if not home.address.host:
            raise CommandError("It is not known under which address others reach this server.")
        return f"http{'s' if home.tls else ''}://{home.address}"
