"""The services that the ui needs from outside, because it does no I/O itself: the screen, files and
the connection, and the completion of words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from chatroom.client.credentials import Credentials
from chatroom.client.errors import ServiceError, TransferError
from chatroom.client.transfer.places import Home
from chatroom.client.transfer.uploaded import Uploaded
from chatroom.client.view.lines import Line
from chatroom.net.addresses import Address


def _no_file(_settings: Mapping[str, str]) -> str:
    raise ServiceError("There is no place to save the settings.")


def _no_log(_conversation: str, _line: str) -> None:
    raise ServiceError("There is no place to write a log.")


class Progress(NamedTuple):
    """How far a transfer got. `name` is visible; "" leaves the name out."""

    name: str
    percent: int


class Transfers:
    """Sends and saves files beside the chat, one after the other. These here are none.

    `home` is the server of the chat. `busy`: something is under way or queued; then `progress` says
    how far it is.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.busy = False
        self.progress: Progress | None = None

    def upload(self, path: str, filehost: str, done: Callable[[Uploaded], None]) -> None:
        """Send a file to that URL; `done` gets the result, or the person is told why not. Raises
        TransferError."""
        raise TransferError("There is no way to send files.")

    def download(self, url: str, path: str, done: Callable[[Path], None]) -> None:
        """Save a file, in a folder or under a name. Raises TransferError."""
        raise TransferError("There is no way to save files.")


NOWHERE = Home(Address("", 0), False)


@dataclass
class Services:
    """`save` writes the settings that differ from their defaults, and returns a sentence that says
    where. `log` adds a visible line to the file of a conversation, whose name a stranger may have
    chosen. Both raise ServiceError. `sign_in` connects again with another password; `reconnect`
    connects now, or anew. `remember` saves the nickname and room for the next time, or without a
    nickname, that the person does not want that; None if there is nothing to save. `paths` returns
    the paths of files that begin with a text. `keep_login` has further connections log in, or not
    any more. `transfers` sends and saves files."""

    save: Callable[[Mapping[str, str]], str] = _no_file
    log: Callable[[str, str], None] = _no_log
    sign_in: Callable[[str], None] = lambda _password: None
    reconnect: Callable[[], None] = lambda: None
    remember: Callable[[str, str], str] | None = None
    paths: Callable[[str], Sequence[str]] = lambda _beginning: ()
    transfers: Transfers = field(default_factory=lambda: Transfers(NOWHERE))
    keep_login: Callable[[Credentials | None], None] = lambda _credentials: None


class Screen(Protocol):
    """Shows lines above a question or an input line. They appear with `flush`."""

    def show(self, *lines: Line) -> None:
        """Print lines."""
        ...

    def ask(self, prompt: str) -> None:
        """Ask a question, which stays until it is answered by a line."""
        ...

    def ask_secret(self, prompt: str) -> None:
        """Ask a question, and hide the answer while it is typed."""
        ...

    def answered(self, text: str) -> None:
        """The question is answered: show the answer after it."""
        ...

    def give_up(self) -> None:
        """Leave an open question unanswered, because the client ends."""
        ...

    @property
    def prompting(self) -> bool:
        """Whether a question is open."""
        ...

    def typed_command(self, text: str) -> None:
        """Show a command as it was typed."""
        ...

    def put_back(self, lines: Sequence[str], text: bool) -> None:
        """A line could not be sent: put it back into the input line. `text`: it is not a
        command."""
        ...

    def remember(self, text: str) -> None:
        """A line was typed that is not an answer: keep it for the up arrow."""
        ...

    def status(self, text: str, shorter: Iterable[str] = ()) -> None:
        """Set the text before the input line, such as `general [+3]> `; it has only visible
        characters.

        The `shorter` texts are used, in this order, if there is too little room.
        """
        ...

    def title(self, text: str) -> None:
        """Set the window's title."""
        ...

    def ring(self) -> None:
        """Sound the bell."""
        ...

    def notify(self, text: str) -> None:
        """Show a desktop notification, if possible."""
        ...

    def flush(self) -> None:
        """Make everything since the last call visible."""
        ...


class Completion(NamedTuple):
    """The `candidates` for the text between character `start` and the cursor, the best first.

    Each candidate is the whole replacement, with the space or colon that follows it.
    """

    start: int
    candidates: Sequence[str]


class Completer(Protocol):
    """Knows what a half-typed word can mean."""

    def complete(self, text: str, cursor: int) -> Completion:
        """Candidates for the word that ends at character `cursor` of `text`; perhaps none."""
        ...
