"""What the chat has others do for it, since it does no input and output of its own: the screen that
shows its lines, files and the connection, and who offers what Tab completes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from chatroom.client.errors import ServiceError
from chatroom.client.view.lines import Line


def _no_file(_settings: Mapping[str, str]) -> str:
    raise ServiceError("There is no place to save the settings.")


def _no_log(_conversation: str, _line: str) -> None:
    raise ServiceError("There is no place to write a log.")


@dataclass
class Services:
    """`save` writes the settings that are not at their defaults, and says where it did. `log` adds
    a visible line to the file of a conversation, whose name a stranger may have chosen. Both raise
    ServiceError. `sign_in` calls the server again, with another password; `reconnect` calls it now,
    or anew. `remember` keeps nickname and room for the next time, or without a nickname that one
    does not want to; None where there is nothing to keep. `paths` are the files whose paths begin
    with a text."""

    save: Callable[[Mapping[str, str]], str] = _no_file
    log: Callable[[str, str], None] = _no_log
    sign_in: Callable[[str], None] = lambda _password: None
    reconnect: Callable[[], None] = lambda: None
    remember: Callable[[str, str], str] | None = None
    paths: Callable[[str], Sequence[str]] = lambda _beginning: ()


class Screen(Protocol):
    """Lines for a person, above a question or an input line. It appears with `flush`."""

    def show(self, *lines: Line) -> None:
        """Print lines."""
        ...

    def ask(self, prompt: str) -> None:
        """Leave a question standing until it is answered by a line."""
        ...

    def ask_secret(self, prompt: str) -> None:
        """The same, and what is typed is not to be seen, now or later."""
        ...

    def answered(self, text: str) -> None:
        """The question got its answer, which stands behind it now."""
        ...

    def give_up(self) -> None:
        """The visit ends; a question that stands is left without an answer."""
        ...

    @property
    def prompting(self) -> bool:
        """Whether a question stands."""
        ...

    def typed_command(self, text: str) -> None:
        """Show a command as it was typed."""
        ...

    def put_back(self, lines: Sequence[str], text: bool) -> None:
        """What was entered could not be sent: have it typed again. `text`: it is no command."""
        ...

    def remember(self, text: str) -> None:
        """A line was typed, and was no answer: the up arrow may bring it back."""
        ...

    def status(self, text: str, shorter: Iterable[str] = ()) -> None:
        """What stands before the input line, such as `general [+3]> `; of visible characters.

        `shorter` ones, in this order, are for where there is too little room.
        """
        ...

    def title(self, text: str) -> None:
        """Call the window so."""
        ...

    def ring(self) -> None:
        """Sound the bell."""
        ...

    def notify(self, text: str) -> None:
        """Have the desktop show a notification, where it can."""
        ...

    def flush(self) -> None:
        """Let everything since the last time be seen."""
        ...


class Completion(NamedTuple):
    """`candidates` for what stands between character `start` and the cursor, the best first.

    Each is the whole text that shall stand there, with the space or colon that follows it.
    """

    start: int
    candidates: Sequence[str]


class Completer(Protocol):
    """Who knows what can be meant."""

    def complete(self, text: str, cursor: int) -> Completion:
        """Candidates for the word that ends at character `cursor` of `text`; perhaps none."""
        ...
