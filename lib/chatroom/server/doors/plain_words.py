"""What happens, in words for people at the plain door.

Two tables by command: what happens in the person's room to others, and what is said to this person
alone. A message without a row is not shown.
"""

from collections.abc import Callable

from chatroom.wire.formatting import unformatted
from chatroom.wire.message import Message
from chatroom.wire.names import ROOM_PREFIX, bare
from chatroom.wire.prose import action, explain, local_time, quit_reason, visible

Words = Callable[[Message], str]


def line(text: str) -> bytes:
    """A line as netcat, telnet and Windows take it."""
    return f"{text}\r\n".encode() if text else b""


class Prose:
    """The variant of all plain doors: what happens in their rooms, as one line of text."""

    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """The line for someone who sees this happen; b"" for what has no words."""
        words = ROOM_WORDS.get(message.command)
        return line(words(message)) if words else b""


PROSE = Prose()


def _stamp(message: Message) -> str:
    return f"[{local_time(message.tags, 0.0)}]"


def _reason(message: Message, index: int) -> str:
    reason = message.param(index)
    return f" ({visible(reason)})" if reason else ""


def _text(text: str) -> str:
    return visible(unformatted(text))


def _who(message: Message) -> str:
    return visible(message.nick)


def _room_words(text: str) -> Words:
    """`{nick}`, `{1}` and so on are filled in, and made visible."""

    def words(message: Message) -> str:
        params = [visible(bare(param)) for param in message.params]
        return f"{_stamp(message)} " + text.format(*params, nick=_who(message))

    return words


def said(message: Message) -> str:
    """What somebody said or did in a room, without the time; "" for what is not for people."""
    text = message.param(1)
    deed = action(text)
    if deed is not None:
        return f"* {_who(message)} {_text(deed)}"
    if text.startswith("\x01"):
        return ""  # a question from one program to another (CTCP)
    if message.command == "NOTICE":
        return f"-{_who(message)}- {_text(text)}"
    return f"<{_who(message)}> {_text(text)}"


def _said(message: Message) -> str:
    words = said(message)
    return f"{_stamp(message)} {words}" if words else ""


def _quit(message: Message) -> str:
    reason = message._replace(params=(quit_reason(message.param(0)),))
    return f"{_stamp(message)} {_who(message)} has left the chat{_reason(reason, 0)}"


def _topic(message: Message) -> str:
    changed = "{nick} has changed the topic to: {1}"
    return _room_words(changed if message.param(1) else "{nick} has cleared the topic")(message)


def _modes(message: Message) -> str:
    changes = visible(" ".join(message.params[1:]))
    return f"{_stamp(message)} {_who(message)} has set mode {changes}"


ROOM_WORDS: dict[str, Words] = {
    "JOIN": _room_words("{nick} has joined the chat!"),
    "KICK": lambda message: _room_words("{1} was put out by {nick}")(message) + _reason(message, 2),
    "MODE": _modes,
    "NICK": _room_words("{nick} is now known as {0}"),
    "NOTICE": _said,
    "PART": lambda message: _room_words("{nick} has left the chat")(message) + _reason(message, 1),
    "PRIVMSG": _said,
    "QUIT": _quit,
    "TOPIC": _topic,
}


# To this person alone


def _private(message: Message) -> str:
    if message.param(0).startswith(ROOM_PREFIX):
        return _said(message)
    text = message.param(1)
    deed = action(text)
    if deed is not None:
        return f"{_stamp(message)} * {_who(message)} {_text(deed)} (to you)"
    if text.startswith("\x01"):
        return ""
    mark = "-{}-" if message.command == "NOTICE" else "<{}>"
    return f"{_stamp(message)} {mark.format(_who(message) + ' -> You')} {_text(text)}"


def _own_words(text: str) -> Words:
    """The parameters from {1} on, made visible; rooms by their bare names."""

    def words(message: Message) -> str:
        params = [visible(bare(param)) for param in message.params]
        return text.format(*params, nick=_who(message))

    return words


def _whois_rooms(message: Message) -> str:
    rooms = [bare(room.lstrip("@+")) for room in message.param(2).split()]
    return visible(f"{message.param(1)} is in {', '.join(rooms)}")


def _whois_idle(message: Message) -> str:
    seconds = int(message.param(2)) if message.param(2).isdigit() else 0
    hours, minutes = seconds // 3600, seconds // 60 % 60
    length = f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"
    return visible(f"{message.param(1)} last spoke {length} ago")


OWN_WORDS: dict[str, Words] = {
    "FAIL": explain,
    "INVITE": _own_words("{nick} invites you into {1}. /join {1}"),
    "KICK": lambda message: (
        _own_words("You were put out of {0} by {nick}")(message) + _reason(message, 2)
    ),
    "NICK": _own_words("You are now known as {0}."),
    "NOTICE": _private,
    "PRIVMSG": _private,
    "TOPIC": lambda message: (
        _own_words("Topic: {1}")(message) if message.param(1) else "The topic is cleared."
    ),
    "301": _own_words("{1} is away: {2}"),
    "305": _own_words("You are back."),
    "306": _own_words("You are away."),
    "311": _own_words("{1} is {2}@{3}: {5}"),
    "317": _whois_idle,
    "319": _whois_rooms,
    "341": _own_words("{1} is invited into {2}."),
    "372": _own_words("{1}"),
}


def own_words(message: Message) -> str:
    """A message to this person alone, in words; "" for what is not for people."""
    words = OWN_WORDS.get(message.command)
    if words is not None:
        return words(message)
    is_refusal = message.command[0] in "45" and message.command not in {"422"}
    return explain(message) if is_refusal else ""
