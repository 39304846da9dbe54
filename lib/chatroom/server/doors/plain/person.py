"""The interface of the plain door that its commands and questions use."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from chatroom.chat.output.answers import Steps
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room
from chatroom.net.connection import Connection
from chatroom.server.doors.door import Door
from chatroom.server.doors.plain.choices import Choices
from chatroom.server.doors.ports import DoorHost
from chatroom.text.search_query import Query
from chatroom.wire.message import NO_TAGS


class Reading(NamedTuple):
    """A position in the history: the room, the oldest message shown, and a page's length."""

    room: str
    oldest: str
    length: int


class Searching(NamedTuple):
    """A search, and the oldest message that it found."""

    query: Query
    oldest: str


class Question(NamedTuple):
    """What the next line answers: the `kind` is a row of a table TAKES, whose function gets the
    `values` and then the line. It is a value and not a function, so that another process can go on
    with it (`upgrade`)."""

    kind: str
    values: tuple[str | int, ...] = ()


Takes = Mapping[str, Callable[..., None]]
"""The functions that take the answers, by the kind of the question: `(door, *values, text)`."""


class Person(Protocol):
    """A person at the plain door (`PlainDoor`), as their commands see them. The next line answers
    the `question`, or the `secret` that was asked for last."""

    host: DoorHost[Door]
    session: Session
    connection: Connection
    choices: Choices
    question: Question
    secret: Question | None
    reading: Reading | None
    searching: Searching | None

    @property
    def room(self) -> Room | None:
        """The room this person is in."""
        ...

    def say(self, text: str) -> None:
        """Send a line to this person."""
        ...

    def ask_secret(self, words: str, question: Question) -> None:
        """Ask for a line that nobody else may see: it answers the question, in the place of a
        command."""
        ...

    def attempt(self, action: Callable[..., None], *arguments: object) -> None:
        """Call something; a refusal is shown to the person."""
        ...

    def run(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Carry out a command as if an IRC client had sent it, including its whole answer."""
        ...

    def start(self, steps: Steps, acts: bool = False) -> None:
        """Give a large answer step by step; the next line is processed after it."""
        ...

    def tell(self, target: str, text: str, form: str = "{}") -> None:
        """Send a text of any length to a room or a person."""
        ...

    def telling(
        self, target: str, text: str, form: str = "{}", tags: Mapping[str, str] = NO_TAGS
    ) -> Steps:
        """The steps of `tell`."""
        ...

    def doing(self, command: str, *params: str) -> Steps:
        """The steps of a command, for one whose answer may be large."""
        ...

    def choose(self, choices: Choices) -> None:
        """Set this person's choices."""
        ...

    def enter(self, text: str) -> bool:
        """Move to the room that `ROOM [KEY]` names. Returns whether the person is in it."""
        ...

    def talk(self, text: str) -> None:
        """Carry out a command, or say the text in the room."""
        ...

    def hold(self) -> None:
        """Process no lines until `release`."""
        ...

    def release(self) -> None:
        """Process lines again."""
        ...
