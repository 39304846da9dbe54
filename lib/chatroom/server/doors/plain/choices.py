"""The personal choices of people at the plain door: whom they ignore, and whether their name rings.

People without choices share one rendering of the events in a room (`Prose`). A person with choices
gets a `PersonalProse`: the same line, no line, or the line with a bell. The line is rendered once
for all of them (`Prose.line_of`).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chatroom.chat.state.model import User
from chatroom.server.doors.plain.memory import Memory, answered
from chatroom.server.doors.plain.words import Prose, unquoted
from chatroom.wire.mention import Heard
from chatroom.wire.message import Message
from chatroom.wire.names import fold

BELL = b"\x07"

UNHEARD = frozenset({"INVITE", "NOTICE", "PRIVMSG", "REDACT", "TAGMSG"})
"""The commands of an ignored person that are hidden. Their joins and leaves are still shown."""


class Ignored(NamedTuple):
    """A hidden person's current nickname, and the folded one that was typed after /ignore.

    The two differ after that person has changed their nickname.
    """

    nick: str
    typed: str


class Choices(NamedTuple):
    """The people whom somebody ignores, by folded nickname, and whether their own name rings."""

    ignored: dict[str, Ignored]
    bell: bool = False

    def snapshot(self) -> dict[str, Any]:
        """The choices as plain values."""
        return {"ignored": [[name, *one] for name, one in self.ignored.items()], "bell": self.bell}

    def ignores(self, nick: str) -> bool:
        """Whether this person's messages are hidden."""
        return bool(self.ignored) and fold(nick) in self.ignored

    def follow(self, message: Message) -> None:
        """Handle a NICK: an ignored person stays ignored under the new nickname, and under the
        typed one."""
        one = self.ignored.get(fold(message.nick))
        if one is None:
            return
        for folded in self.names_of(one.typed):
            if folded != one.typed:
                del self.ignored[folded]
        nick = message.param(0)
        self.ignored.setdefault(fold(nick), Ignored(nick, one.typed))

    def names_of(self, typed: str) -> list[str]:
        """The ignored nicknames (folded) that result from this typed one: itself, and the person's
        later nickname."""
        return [folded for folded, one in self.ignored.items() if one.typed == typed]

    def hides(self, message: Message) -> bool:
        """Whether this message is hidden."""
        return message.command in UNHEARD and self.ignores(message.nick)

    def hides_quote(self, message: Message, memory: Memory) -> bool:
        """Whether this message answers somebody who is ignored."""
        msgid = answered(message) if self.ignored else ""
        return bool(msgid) and self.ignores(memory.author(message.params[0], msgid))

    def unquoted(self, message: Message, memory: Memory) -> Message:
        """The message, without its reply tag if it answers somebody who is ignored."""
        return unquoted(message) if self.hides_quote(message, memory) else message

    def rings(self, message: Message, user: User, hear: Callable[[Message], Heard]) -> bool:
        """Whether a message addresses or mentions this person. Notices never ring.

        `hear` makes of it the text in which names are looked for.
        """
        if not self.bell or message.command != "PRIVMSG":
            return False
        return fold(message.params[0]) == user.folded or hear(message).mentions(user.nick)


NO_CHOICES = Choices({})


def restored_choices(values: Mapping[str, Any]) -> Choices:
    """The choices of which `snapshot` has returned these values."""
    return Choices({name: Ignored(*one) for name, *one in values["ignored"]}, values["bell"])


class PersonalProse:
    """The variant of one person with choices."""

    __slots__ = ("_choices", "_prose", "_user")

    def __init__(self, user: User, choices: Choices, prose: Prose) -> None:
        self._user = user
        self._choices = choices
        self._prose = prose

    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """The line for this person; b"" if it is hidden or has no words."""
        choices = self._choices
        if choices.hides(message):
            return b""
        if choices.ignored and message.command == "NICK":
            choices.follow(message)
        prose = self._prose
        if choices.hides_quote(message, prose.memory):
            return prose.unquoted_line_of(message)
        data = prose.line_of(message)
        rings = data and choices.rings(message, self._user, prose.heard_in)
        return BELL + data if rings else data
