"""What one person at the plain door has chosen: whom they ignore, and whether their name rings.

All others share one rendering of what happens in a room (`Prose`). Who has chosen anything gets a
`PersonalProse`: the same line, or nothing, or with a bell. It is rendered once for all of them
(`Prose.line_of`).
"""

from typing import TYPE_CHECKING, NamedTuple

from chatroom.server.doors.plain_memory import Memory, answered
from chatroom.server.doors.plain_words import Prose, shown_word
from chatroom.wire.formatting import unformatted
from chatroom.wire.mentions import mentions
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.prose import visible

if TYPE_CHECKING:
    from chatroom.chat.session import Session
    from chatroom.server.doors.plain import PlainDoor

BELL = b"\x07"

MOST_IGNORED = 50
"""Nicknames that one person may ignore."""

UNHEARD = frozenset({"INVITE", "NOTICE", "PRIVMSG", "REDACT", "TAGMSG"})
"""What is not shown of somebody who is ignored. That they come and go still is."""


class Choices(NamedTuple):
    """Whom somebody ignores, folded nickname -> as it was typed, and whether their name rings."""

    ignored: dict[str, str]
    bell: bool = False

    def ignores(self, nick: str) -> bool:
        """Whether what this person says is not shown."""
        return bool(self.ignored) and fold(nick) in self.ignored

    def hides(self, message: Message) -> bool:
        """Whether this message is not shown."""
        return message.command in UNHEARD and self.ignores(message.nick)

    def unquoted(self, message: Message, memory: Memory) -> Message:
        """The message; as none that is a reply, where it is one to somebody who is ignored."""
        msgid = answered(message) if self.ignored else ""
        quote = memory.find(message.params[0], msgid) if msgid else None
        if quote is None or not self.ignores(quote.nick):
            return message
        tags = {key: value for key, value in message.tags.items() if not key.startswith("+")}
        return message._replace(tags=tags)

    def rings(self, message: Message, session: "Session") -> bool:
        """Whether a message is meant for this person in particular. Notices never ring."""
        if not self.bell or message.command != "PRIVMSG":
            return False
        target, text = message.params
        return fold(target) == session.folded or mentions(unformatted(text), session.nick)


NO_CHOICES = Choices({})


class PersonalProse:
    """The variant of one person who has chosen something."""

    __slots__ = ("_choices", "_prose", "_session")

    def __init__(self, session: "Session", choices: Choices, prose: Prose) -> None:
        self._session = session
        self._choices = choices
        self._prose = prose

    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """The line for this person; b"" for what they do not want to see, or has no words."""
        choices = self._choices
        if choices.hides(message):
            return b""
        unquoted = choices.unquoted(message, self._prose.memory)
        if unquoted is not message:
            return self._prose.encode(unquoted)
        data = self._prose.line_of(message)
        return BELL + data if data and choices.rings(message, self._session) else data


# The commands


def ignore(door: "PlainDoor", rest: str) -> None:
    """/ignore [NICK]"""
    ignored = door.choices.ignored
    if not rest:
        names = ", ".join(map(visible, ignored.values()))
        door.say(f"You ignore: {names}" if names else "You ignore nobody.")
        return
    nick = rest.split()[0]
    if len(nick) > door.session.world.limits.nickname:  # before anything looks at it
        door.say("Nobody's nickname is that long.")
        return
    folded = fold(nick)
    if folded == door.session.folded:
        door.say("You cannot ignore yourself.")
    elif folded not in ignored and len(ignored) >= MOST_IGNORED:
        door.say(f"You can ignore {MOST_IGNORED} people. /unignore somebody first.")
    else:
        door.choose(door.choices._replace(ignored={**ignored, folded: nick}))
        door.say(visible(f"You ignore {nick} until you leave. /unignore {nick} ends that."))


def unignore(door: "PlainDoor", rest: str) -> None:
    """/unignore NICK"""
    typed = rest.split()[0]
    ignored = dict(door.choices.ignored)
    possible = len(typed) <= door.session.world.limits.nickname
    nick = ignored.pop(fold(typed), None) if possible else None
    if nick is None:
        door.say(f"You do not ignore {shown_word(typed)}.")
    else:
        door.choose(door.choices._replace(ignored=ignored))
        door.say(visible(f"You no longer ignore {nick}."))


_SWITCH = {"on": True, "off": False}


def set_(door: "PlainDoor", rest: str) -> None:
    """/set [bell on|off]"""
    words = rest.lower().split()
    if not words or words == ["bell"]:
        state = "on" if door.choices.bell else "off"
        door.say(f"bell is {state}: it rings when somebody says your name or writes to you")
    elif len(words) == 2 and words[0] == "bell" and words[1] in _SWITCH:
        door.choose(door.choices._replace(bell=_SWITCH[words[1]]))
        door.say(f"bell is {words[1]}.")
    else:
        door.say("Usage: /set bell on|off")
