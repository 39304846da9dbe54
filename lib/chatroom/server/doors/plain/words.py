"""Puts events into words for people at the plain door.

There are two tables by command: one for the events that others cause in the person's room, and one
for messages to this person alone. Of the second kind, everything is shown that is not in `SILENT`;
of the first kind, only commands with a row.
"""

from collections.abc import Callable
from sys import getsizeof

from chatroom.chat.rights import RANKS
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.server.doors.plain.memory import Memory, answered
from chatroom.text.display import (
    action,
    explain,
    full_stop,
    local_time,
    quit_reason,
    visible,
)
from chatroom.text.numerics import reply_words
from chatroom.wire.client_tags import REACT, UNREACT
from chatroom.wire.formatting import unformatted, with_marks
from chatroom.wire.mention import Heard
from chatroom.wire.message import Message
from chatroom.wire.mode_words import audience_words, mode_words
from chatroom.wire.modes import parse_changes
from chatroom.wire.names import ROOM_PREFIX, bare

OwnWords = Callable[[Message, str], str]
"""From a message and the nickname of the person whom it is for."""

RoomWords = Callable[[Message, Memory], str]

NOWHERE = "You are not in a room. Type /join ROOM."

LINES_KEPT = 512
"""The number of latest messages whose lines are kept for people with a variant of their own. It
covers what these people are shown side by side: at most TOGETHER messages from each of SEGMENTS
segments (`chat.output.fanout`)."""

LINES_BYTES = 4_000_000
"""Bytes of these lines and messages: 64 of the longest, with 4 KB of client-only tags in the widest
characters, fit in."""

_WORD = 70
"""Bytes that a character of a text takes at most where its words are looked up (`Heard`)."""

LONGEST_SHOWN = 64
"""Characters of a word that an answer repeats."""

LONGEST_REACTION = 40
"""Characters of a reaction that are shown. An emoji has at most a dozen."""


def line(text: str) -> bytes:
    """A line with the line end that netcat, telnet and Windows expect."""
    return f"{text}\r\n".encode() if text else b""


class Shown:
    """A message with its renderings, which all people with a variant of their own share."""

    __slots__ = ("_held", "heard", "line", "message", "unquoted")

    def __init__(self, message: Message) -> None:
        self.message = message
        self._held = sum(map(getsizeof, (*message.params, *message.tags.values())))
        self._held += _WORD * len(message.param(1))
        self.line: bytes | None = None
        self.unquoted: bytes | None = None
        self.heard: Heard | None = None

    @property
    def size(self) -> int:
        """Its bytes, with those of its lines, and of its words even if nobody looks for any."""
        return self._held + len(self.line or b"") + len(self.unquoted or b"")


class Prose:
    """The common variant of all plain doors: the events in a room, as lines of text."""

    __slots__ = ("_bytes", "_shown", "memory")

    def __init__(self) -> None:
        self.memory = Memory()
        # by id; holding the message keeps the id valid
        self._shown: dict[int, Shown] = {}
        self._bytes = 0

    def encode(self, message: Message, body: bytes = b"") -> bytes:
        """The line for people who see this event; b"" if it has no words."""
        words = ROOM_WORDS.get(message.command)
        return line(words(message, self.memory)) if words else b""

    def line_of(self, message: Message) -> bytes:
        """The line for people with a variant of their own, rendered once for all of them."""
        shown = self._shown_of(message)
        if shown.line is None:
            shown.line = self.encode(message)
            self._make_room_for(len(shown.line))
        return shown.line

    def unquoted_line_of(self, message: Message) -> bytes:
        """The line without what the message answers, also rendered once."""
        shown = self._shown_of(message)
        if shown.unquoted is None:
            shown.unquoted = self.encode(unquoted(message))
            self._make_room_for(len(shown.unquoted))
        return shown.unquoted

    def heard_in(self, message: Message) -> Heard:
        """The text in which these people look for their names, folded once for all of them."""
        shown = self._shown_of(message)
        if shown.heard is None:
            shown.heard = heard(message)
        return shown.heard

    def _shown_of(self, message: Message) -> Shown:
        shown = self._shown.get(id(message))
        if shown is None:
            shown = self._shown[id(message)] = Shown(message)
            self._make_room_for(shown.size)
        return shown

    def _make_room_for(self, added: int) -> None:
        """Forget the oldest, but not the one that was just added to."""
        self._bytes += added
        while len(self._shown) > 1 and (self._bytes > LINES_BYTES or len(self._shown) > LINES_KEPT):
            self._bytes -= self._shown.pop(next(iter(self._shown))).size


def unquoted(message: Message) -> Message:
    """A message without its client-only tags, among them the one of what it answers."""
    tags = {key: value for key, value in message.tags.items() if not key.startswith("+")}
    return message._replace(tags=tags)


def heard(message: Message) -> Heard:
    """The text of a message without its codes, for a search for names in it."""
    return Heard(unformatted(message.param(1)).casefold())


def _stamp(message: Message) -> str:
    return f"[{local_time(message.tags, 0.0)}]"


def _stamped(message: Message, words: str) -> str:
    """The words behind the message's time, if it has one: what the server itself says has none."""
    return f"{_stamp(message)} {words}" if "time" in message.tags else words


def _reason(message: Message, index: int) -> str:
    reason = message.param(index)
    return f" ({shown_text(reason)})" if reason else ""


def shown_text(text: str) -> str:
    """Make a text safe to show on a terminal. Of a message of several lines, all but the first are
    indented, so that none looks like a line by somebody else."""
    if "\n" in text:
        return "\r\n  ".join([visible(with_marks(line)) for line in text.split("\n")])
    return visible(with_marks(text))


def shown_word(word: str) -> str:
    """A typed word for an answer: cut first, because it may be as long as a line."""
    return visible(word if len(word) <= LONGEST_SHOWN else f"{word[:LONGEST_SHOWN]}...")


def _who(message: Message) -> str:
    return visible(message.nick)


def _filled(template: str, message: Message) -> str:
    """Fill a template: `{nick}` is the actor, `{1}` a parameter (rooms by their bare names),
    `{text}` the last one."""
    params = [visible(bare(param)) for param in message.params]
    text = shown_text(message.params[-1]) if message.params else ""
    return template.format(*params, *[""] * 6, nick=_who(message), text=text)


def _room_words(template: str, reason: int = 0) -> RoomWords:
    """Words with a timestamp, and with the parameter at the index `reason`, if there is one, in
    brackets."""

    def words(message: Message, _memory: Memory) -> str:
        why = _reason(message, reason) if reason else ""
        return f"{_stamp(message)} {_filled(template, message)}{why}"

    return words


def said(message: Message, memory: Memory) -> str:
    """A message or action in a room, without the time; "" for messages between programs."""
    target, text = message.param(0), message.param(1)
    msgid = answered(message)
    about = _about(target, msgid, memory) if msgid else ""
    if target[:1] in ROOM_MODES.prefix_symbols and (whom := audience_words(target, ROOM_MODES)):
        about = f"(to {whom}) {about}"
    deed = action(text)
    if deed is not None:
        return f"* {_who(message)} {about}{shown_text(deed)}"
    if text.startswith("\x01"):
        return ""  # a query from one program to another (CTCP)
    if message.command == "NOTICE":
        return f"-{_who(message)}- {about}{shown_text(text)}"
    return f"<{_who(message)}> {about}{shown_text(text)}"


def _about(room: str, msgid: str, memory: Memory) -> str:
    """`(to bob: "tea?") `, in front of a reply; "" if the answered message is unknown."""
    quote = memory.find(room, msgid)
    return f'(to {quote.nick}: "{quote.text}") ' if quote else ""


def _said(message: Message, memory: Memory) -> str:
    words = said(message, memory)
    if not words:
        return ""
    memory.note(message)
    return f"{_stamp(message)} {words}"


def _quit(message: Message, _memory: Memory) -> str:
    reason = message._replace(params=(quit_reason(message.param(0)),))
    return f"{_stamp(message)} {_who(message)} has left the chat{_reason(reason, 0)}"


def _topic(message: Message, memory: Memory) -> str:
    changed = "{nick} has changed the topic to: {text}"
    words = changed if message.param(1) else "{nick} has cleared the topic"
    return _room_words(words)(message, memory)


def _modes(message: Message, _memory: Memory) -> str:
    changes = visible(mode_words(message.params[1:], ROOM_MODES))
    return f"{_stamp(message)} {_who(message)} {changes}"


def reacted(message: Message, memory: Memory) -> str:
    """A TAGMSG, without the time: of all that may be in one, reactions are for people (IRCv3
    react)."""
    tags = message.tags
    for names, verb, preposition in (
        (REACT, "reacted with", "to"),
        (UNREACT, "removed the reaction", "to"),
    ):
        value = next(filter(None, map(tags.get, names)), "")
        reaction = visible(" ".join(value.split())[:LONGEST_REACTION])
        if reaction:
            quote = memory.find(message.params[0], answered(message))
            about = f' {preposition} {quote.nick}: "{quote.text}"' if quote else ""
            return f"{_who(message)} {verb} {reaction}{about}"
    return ""


def _reacted(message: Message, memory: Memory) -> str:
    words = reacted(message, memory)
    return f"{_stamp(message)} {words}" if words else ""


def _taken_back(message: Message, memory: Memory) -> str:
    """A REDACT. The author is named if somebody else deleted the message."""
    quote = memory.take_back(message.params[0], message.param(1))
    if quote is None:
        what = " a message"
    elif quote.nick == _who(message):
        what = f' a message: "{quote.text}"'
    else:
        what = f' a message from {quote.nick}: "{quote.text}"'
    return f"{_stamp(message)} {_who(message)} deleted{what}{_reason(message, 2)}"


ROOM_WORDS: dict[str, RoomWords] = {
    "JOIN": _room_words("{nick} has joined the chat!"),
    "KICK": _room_words("{1} was kicked by {nick}", reason=2),
    "MODE": _modes,
    "NICK": _room_words("{nick} is now known as {0}"),
    "NOTICE": _said,
    "PART": _room_words("{nick} has left the chat", reason=1),
    "PRIVMSG": _said,
    "QUIT": _quit,
    "REDACT": _taken_back,
    "RENAME": _room_words("{nick} has renamed the room from {0} to {1}", reason=2),
    "TAGMSG": _reacted,
    "TOPIC": _topic,
}


# To this person alone


def _private(message: Message, _nick: str) -> str:
    text = message.param(1)
    if message.param(0).startswith(ROOM_PREFIX):
        words = said(message, _NOTHING)
        return _stamped(message, words) if words else ""
    deed = action(text)
    if deed is not None:
        return _stamped(message, f"* {_who(message)} {shown_text(deed)} (to you)")
    if text.startswith("\x01"):
        return ""
    mark = "-{}-" if message.command == "NOTICE" else "<{}>"
    return _stamped(message, f"{mark.format(_who(message) + ' -> You')} {shown_text(text)}")


_NOTHING = Memory()


def _own_words(template: str) -> OwnWords:
    return lambda message, _nick: _filled(template, message)


def _kicked(message: Message, nick: str) -> str:
    """A KICK, for the person who was kicked, or for the one who kicked."""
    kicked = "You were kicked from {0} by {nick}"
    words = kicked if message.param(1) == nick else "You kicked {1} from {0}"
    return _filled(words, message) + _reason(message, 2)


def _modes_set(message: Message, nick: str) -> str:
    """A MODE of a room, mostly for the person who set it."""
    if not message.param(0).startswith(ROOM_PREFIX):
        return ""
    if letters := ranks_given(message, nick):
        return rank_words(letters)
    changes = visible(mode_words(message.params[1:], ROOM_MODES))
    return f"{'You' if message.nick == nick else _who(message)} {changes}."


def ranks_given(message: Message, nick: str) -> str:
    """The letters of the ranks if the server gives some to this person, and changes nothing
    else."""
    if "!" in message.source:
        return ""
    changes = list(parse_changes(message.param(1), message.params[2:], ROOM_MODES))
    letters = [one.letter for one in changes if one.adding and one.param == nick]
    return "".join(letters) if len(letters) == len(changes) else ""


def rank_words(letters: str) -> str:
    """`You are an owner and an operator here.`; "" without a rank. A voice goes without saying if
    there is another one."""
    names = [rank.words for letter, rank in RANKS.items() if letter in letters and letter != "v"]
    if names:
        return f"You are {' and '.join(names)} here."
    return "You have a voice here." if "v" in letters else ""


def _topic_set(message: Message, _nick: str) -> str:
    return _filled("Topic: {text}", message) if message.param(1) else "The topic was cleared."


OWN_WORDS: dict[str, OwnWords] = {
    "INVITE": _own_words("{nick} invites you to {1}: /join {1}"),
    "KICK": _kicked,
    "MODE": _modes_set,
    "NICK": _own_words("You are now known as {0}."),
    "NOTICE": _private,
    "PRIVMSG": _private,
    "RENAME": _own_words("{0} is called {1} now."),
    "TOPIC": _topic_set,
    "WALLOPS": _own_words("{nick} to all operators: {text}"),
}

_WELCOME = "the door greets people itself"
_ROOM = "the door shows a room's topic and members itself"
_MOTD = "the lines of the message of the day are enough"

SILENT = {
    **dict.fromkeys(("001", "002", "003", "004", "005"), _WELCOME),
    **dict.fromkeys(("251", "252", "253", "254", "255", "265", "266"), _WELCOME),
    **dict.fromkeys(("331", "332", "333", "353", "366"), _ROOM),
    **dict.fromkeys(("375", "376", "422"), _MOTD),
    **dict.fromkeys(("347", "349", "368"), "the lines of a room's list are enough"),
    "312": "there is only one server",
    "318": "the lines of WHOIS are enough",
}
"""The numerics that are not shown to a person, and why."""

_ANSWERS = frozenset({"ERROR", "FAIL", "NOTE", "WARN"})


def own_words(message: Message, nick: str) -> str:
    """A message to the person `nick` alone, in words; "" for messages between programs."""
    command = message.command
    words = OWN_WORDS.get(command)
    if words is not None:
        return words(message, nick)
    if command in _ANSWERS:
        return full_stop(explain(message))
    if not command.isdigit() or command in SILENT:
        return ""
    reply = reply_words(message)
    return explain(message) if reply is None else reply
