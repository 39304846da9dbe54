"""The plain door, for people with netcat or telnet.

A person is in one room at a time. The lines that they type become the same commands that IRC
clients send, and the same rules apply. `questions.py` guides them into a room.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from chatroom.chat import flood
from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.dispatch import attempt, cost_of
from chatroom.chat.output.answers import SteppedAnswer, Steps, finish
from chatroom.chat.ports import Encoder, Encoders, irc_encoders
from chatroom.chat.settings import Settings
from chatroom.chat.state.model import Room
from chatroom.server.doors.door import LINE_BYTES, Door
from chatroom.server.doors.plain import accounts, moderation, questions
from chatroom.server.doors.plain import history as plain_history
from chatroom.server.doors.plain.choices import (
    BELL,
    NO_CHOICES,
    Choices,
    PersonalProse,
    restored_choices,
)
from chatroom.server.doors.plain.commands import command
from chatroom.server.doors.plain.editing import edited
from chatroom.server.doors.plain.listing import who_is_here
from chatroom.server.doors.plain.person import Question, Reading, Searching, Takes
from chatroom.server.doors.plain.questions import begin, first_question, is_exit
from chatroom.server.doors.plain.telnet import TelnetFilter
from chatroom.server.doors.plain.words import (
    NOWHERE,
    heard,
    line,
    own_words,
    rank_words,
    ranks_given,
    shown_text,
)
from chatroom.text.display import byte_count, visible
from chatroom.text.search_query import Query
from chatroom.text.sentences import GREETING
from chatroom.wire.capabilities import CHGHOST, Capabilities, capability_set
from chatroom.wire.lines import LineBuffer
from chatroom.wire.message import NO_TAGS, Message
from chatroom.wire.names import bare, prefixed

TELNET_BYTES = 64
"""Bytes of telnet commands that cost as much as a line."""

_LINE_ENDS = b"\r\n\0"
_KEYS_TO_LEAVE = frozenset("\x03\x04\x1a")
"""Ctrl-C, Ctrl-D and Ctrl-Z of a terminal in character mode; they are not text."""

_KEYS_IN_FRONT = re.compile(r"(?:\x1a|\x03(?!\d)|\x04(?![0-9A-Fa-f]{6}))+")
"""Ctrl-C, Ctrl-D and Ctrl-Z in front of a text: telnet in line mode sends them with the next line.
Followed by digits, they are colours."""

_CAPABILITIES = capability_set(
    frozenset({CHGHOST, "draft/channel-rename", "draft/message-redaction", "message-tags"})
)
"""The events that this door can put into words: replies, reactions, deleted messages and renamed
rooms; and one that it leaves out, because people see no hosts here."""


class PatientLines(LineBuffer):
    """Lines that can be held back: while `held`, no line is waiting."""

    __slots__ = ("held",)

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.held = False

    def take(self) -> bytes | None:
        """The next line; None while the lines are held."""
        return None if self.held else super().take()

    @property
    def waiting(self) -> bool:
        """Whether `take` should be called."""
        return not self.held and super().waiting


class PlainDoor(Door):
    """Passes a person's lines on, once they have answered the questions on the way in.

    The next line answers the `question`, or the `secret` that was asked for last. As the session's
    translator, this door turns messages to this person into words.
    """

    __slots__ = (
        "choices",
        "cut_short",
        "given",
        "question",
        "reading",
        "searching",
        "secret",
        "telnet",
    )

    protocol = "plain text"

    choices: Choices
    given: str | None
    """Ranks by which they are greeted, while they enter."""
    lines: PatientLines
    question: Question
    reading: Reading | None
    searching: Searching | None
    secret: Question | None

    @staticmethod
    def greeting(settings: Settings) -> bytes:
        """The first words, which a silent caller is shown before the protocol is known."""
        return line(f"{GREETING.format(settings.network)} {first_question(settings)}")

    @staticmethod
    def goodbye(reason: str) -> bytes:
        """The last words. They give the reason, unless the person wanted to leave."""
        why = "" if reason.startswith(("Quit", "Connection closed")) else f" ({visible(reason)})"
        return line(f"Goodbye!{why}")

    def begin(self) -> None:
        """Become the session's encoder; the greeting has been sent."""
        self.lines = PatientLines(LINE_BYTES)
        self.telnet = TelnetFilter()
        self.cut_short = False
        self.reading = None
        self.searching = None
        self.choices = NO_CHOICES
        self.secret = None
        self.given = None
        self.session.shows_rooms_itself = True
        self.session.capabilities = _CAPABILITIES
        self.session.encode_by(self.encoders)
        begin(self)

    @property
    def is_under_way(self) -> bool:
        """Also while lines are held back, until a result is there."""
        return self.lines.held or super().is_under_way

    def snapshot(self) -> dict[str, Any]:
        """Also the open question, and what this person has chosen, read and searched."""
        values: dict[str, Any] = {
            "question": [self.question.kind, list(self.question.values)],
            "secret": self.secret and [self.secret.kind, list(self.secret.values)],
            "cut_short": self.cut_short,
            "telnet": self.telnet.snapshot(),
            "choices": None if self.choices == NO_CHOICES else self.choices.snapshot(),
            "reading": self.reading and list(self.reading),
            "searching": self.searching and [asdict(self.searching.query), self.searching.oldest],
        }
        return {**super().snapshot(), **{name: one for name, one in values.items() if one}}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Go on with the same question."""
        self.lines = PatientLines(LINE_BYTES)
        self.telnet = TelnetFilter()
        self.telnet.restore(values.get("telnet", {}))
        self.cut_short = values.get("cut_short", False)
        self.reading = Reading(*values["reading"]) if "reading" in values else None
        self.searching = None
        if "searching" in values:
            query, oldest = values["searching"]
            self.searching = Searching(Query(**{**query, "terms": tuple(query["terms"])}), oldest)
        self.choices = restored_choices(values["choices"]) if "choices" in values else NO_CHOICES
        self.given = None
        self.question = _restored_question(values["question"])
        self.secret = _restored_question(values["secret"]) if "secret" in values else None
        self.session.shows_rooms_itself = True

    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """Put a message to this person alone into words."""
        if self.choices.hides(message):
            return b""
        if self.given is not None and message.command == "MODE":
            self.given += ranks_given(message, self.session.user.nick)
            return b""  # the welcome says it
        words = own_words(message, self.session.user.nick)
        if message.command == "KICK" and message.param(1) == self.session.user.nick:
            words += f"\r\n{NOWHERE}"
        rings = words and self.choices.rings(message, self.session.user, heard)
        return BELL + line(words) if rings else line(words)

    def choose(self, choices: Choices) -> None:
        """Set this person's choices."""
        self.choices = choices
        self.session.encode_by(self.encoders)

    @property
    def encoders(self) -> Encoders:
        """In words, whatever the session has agreed on. Most people share one encoder."""
        return self._encoders

    def _encoders(self, _capabilities: Capabilities) -> tuple[Encoder, Encoder]:
        shared = self.host.plain.prose
        if self.choices == NO_CHOICES:
            return self, shared
        return self, PersonalProse(self.session.user, self.choices, shared)

    def say(self, text: str) -> None:
        """Send a line to this person."""
        self.session.put(line(text))

    def run(self, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Carry out a command as if an IRC client had sent it, including its whole answer.

        The answer is never large: this door itself shows a room's members and history.
        """
        session = self.session
        own, session.answer = session.answer, None  # this may be a step of this door's own answer
        row, message = COMMANDS[command], Message(command, params, tags=tags)
        flood.spend(
            self.host.facts, session, cost_of(row, message) - row.cost
        )  # charge for additional targets
        self.host.dispatch(row, session, message)
        finish(session)
        session.answer = own

    def start(self, steps: Steps, acts: bool = False) -> None:
        """Give a large answer step by step; the next line is processed after it.

        An answer that acts starts at once, because its target may belong to somebody else later.
        """
        answer = SteppedAnswer(self.session, "", lambda: steps, acts)
        if not acts or answer.advance():
            self.session.answer = answer

    def attempt(self, action: Callable[..., None], *arguments: object) -> None:
        """Call something; a refusal is shown to the person."""
        attempt(self.session, action, *arguments)

    def ask_secret(self, words: str, question: Question) -> None:
        """Ask for a line that nobody else may see: it answers the question, in the place of a
        command."""
        hidden = self.telnet.hide()
        shown = "" if hidden else " (your terminal may show it)"
        self.say(words + shown)
        self.session.put(hidden)
        self.secret = question

    def answer(self, text: str) -> None:
        """Take the next line."""
        question, self.secret = self.secret, None
        if question is not None:
            self.session.put(self.telnet.show())
        kind, values = question or self.question
        TAKES[kind](self, *values, text)

    # Input

    def received(self, data: bytes) -> None:
        """Remove telnet's commands from the input."""
        if data:
            size = len(data)
            data, answer = self.telnet.feed(data)
            if answer:
                self.session.put(answer)
            if len(data) < size:
                self.charge((size - len(data)) / TELNET_BYTES)
            if not data:
                return
            self.cut_short = data[-1] not in _LINE_ENDS
        elif self.connection.lost:
            self.release()  # nobody will read the result
        elif self.cut_short and not self._is_truncated():
            self.lines.feed(b"\n")  # piped input may lack the last line end
        super().received(data)

    def _is_truncated(self) -> bool:
        """Whether somebody between may have cut the input: TLS says where it ends (close_notify),
        but not to a process that gets the plaintext of another one. Half a line might say the
        opposite of the whole."""
        tls = self.connection.tls
        return self.connection.relayed is not None or (tls is not None and not tls.ended)

    def forget(self) -> None:
        """Break the reference cycle: the session's encoder is this door."""
        super().forget()
        self.session.encoders = irc_encoders
        self.session.translator = self.session.variant

    def hold(self) -> None:
        """Hold typed lines here, and later ones in the kernel, until `release`.

        So a person who pipes in `/search tea` and `exit` sees the results.
        """
        self.lines.held = True

    def release(self) -> None:
        """Process lines again."""
        self.lines.held = False
        self.host.ready(self)

    def _await_input(self) -> bool:
        if not self.lines.held:
            return super()._await_input()
        self.connection.pause()
        return False

    def handle(self, line: bytes) -> None:
        """Process a line, if it is text."""
        flood.spend(self.host.facts, self.session, 1)
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self.say("That line is not UTF-8 text; it was ignored.")
            return
        if "\0" in text:
            self.say("That line contains a NUL byte; it was ignored.")
            return
        text = edited(text.removeprefix("\ufeff"))  # a piped file may begin with a byte-order mark
        if text and _KEYS_TO_LEAVE.issuperset(text):
            self.say("Type exit to leave.")
            return
        keys = _KEYS_IN_FRONT.match(text)
        self.answer(text[keys.end() :] if keys else text)

    def too_long(self, head: bytes, size: int) -> None:
        """Report the dropped line."""
        self.say(f"That line is {byte_count(size - LINE_BYTES)} too long; it was ignored.")

    def farewell(self, reason: str) -> bytes:
        """The last words, on one line."""
        return self.goodbye(reason)

    def take_text(self, text: str) -> None:
        """Process a line of talk.

        A person who was removed from the room may not have noticed yet: their next line was meant
        for that room. It is not a room's name, unless it is one word and such a room exists.
        """
        word = text.strip()
        if self.room is not None or word.startswith("/") or is_exit(word):
            self.talk(text)
        elif not (self._names_a_room(word) and self.enter(word)):
            self.say(f"That was not sent. {NOWHERE}" if word else NOWHERE)

    def _names_a_room(self, word: str) -> bool:
        """Whether it is the full name of a room that this person may know of."""
        room = self.host.plain.find_room(prefixed(word)) if word else None
        return room is not None and room.visible_to(self.session.user)

    def enter(self, text: str) -> bool:
        """Move to the room that `ROOM [KEY]` names. Returns whether the person is in it."""
        name, _, key = text.partition(" ")
        if "," in name:  # JOIN would take this for several rooms
            self.say("You can be in one room at a time; a room's name cannot contain ','.")
            return False
        left, self.given = self.room, ""
        before = set(self.session.user.rooms)
        self.run("JOIN", prefixed(name), *([key.strip()] if key else []))
        ranks, self.given = self.given, None
        room = self.host.plain.find_room(prefixed(name))
        if room is None or room not in self.session.user.rooms:
            # they may have been led to another room (mode f)
            room = next((one for one in self.session.user.rooms if one not in before), None)
            if room is None:
                return False
        if room.guards_its_past or not self.host.facts.keeps_history:
            # not all members may read the past of this room
            self.host.plain.prose.memory.forget(room.name)
        self.question = Question("talk")
        if left is room:
            self._welcome(room, ranks)
        elif left is None:
            self._welcome(room, ranks)
            self.start(plain_history.greet(self, room))
        else:
            self.start(self._move(left, room, ranks))
        return True

    def _move(self, other: Room, room: Room, ranks: str) -> Steps:
        """Leave the other room, and be welcome in this one. Those are steps of their own, because
        thousands may hear of each."""
        yield
        if other in self.session.user.rooms:
            self.run("PART", other.name)
        yield
        if room in self.session.user.rooms:  # otherwise somebody has put them out meanwhile
            self._welcome(room, ranks)
            yield from plain_history.greet(self, room)

    def _welcome(self, room: Room, ranks: str) -> None:
        self.say(
            f"Welcome to room {visible(bare(room.name))}! {who_is_here(self, room)}"
            " /help lists commands, exit leaves."
        )
        self.say(rank_words(ranks))
        if room.topic:
            self.say(f"Topic: {shown_text(room.topic)}")

    @property
    def room(self) -> Room | None:
        """The room this person is in."""
        return next(iter(self.session.user.rooms), None)

    # Talk

    def talk(self, text: str) -> None:
        """Carry out a command, or say the text in the room."""
        if is_exit(text.strip()):
            self.run("QUIT")
        elif text.startswith("//"):
            self.send(text[1:])
        elif text.startswith("/"):
            command(self, text[1:])
        elif text.strip():
            self.send(text)

    def send(self, text: str) -> None:
        """Say something in the room."""
        if self.room is None:
            self.say(f"That was not sent. {NOWHERE}")
        else:
            self.tell(self.room.name, text)

    def tell(self, target: str, text: str, form: str = "{}") -> None:
        """Send a text of any length to a room or a person, in a `form` such as an action's.

        PRIVMSG splits it if it is too long for a line.
        """
        self.start(self.telling(target, text, form), acts=True)

    def telling(
        self, target: str, text: str, form: str = "{}", tags: Mapping[str, str] = NO_TAGS
    ) -> Steps:
        """The steps of `tell`; the first piece carries the `tags`."""
        row, message = (
            COMMANDS["PRIVMSG"],
            Message("PRIVMSG", (target, form.format(text)), tags=tags),
        )
        flood.spend(
            self.host.facts, self.session, cost_of(row, message) - row.cost
        )  # charge for additional targets
        yield from self.host.answering(row, self.session, message) or ()

    def doing(self, command: str, *params: str) -> Steps:
        """The steps of a command, for one whose answer may be large."""
        message = Message(command, params)
        yield from self.host.answering(COMMANDS[command], self.session, message) or ()


def _restored_question(values: Sequence[Any]) -> Question:
    kind, own = values
    return Question(kind, tuple(own))


TAKES: Takes = {
    **questions.TAKES,
    **accounts.TAKES,
    **moderation.TAKES,
    "talk": PlainDoor.take_text,
}
