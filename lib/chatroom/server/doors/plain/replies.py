"""/reply and /react at the plain door: to the last line of somebody else, or to an earlier one.

The first word chooses the line if it is a number, or the nickname of somebody who is in the room or
has spoken there recently. `@bob` is always a nickname. Any other word belongs to the text. So a
reply to somebody without a recent line is not sent as a reply to somebody else, and the answer
shows the text, for the case that the word was meant as a nickname.

IRC clients get the same tags that they send (IRCv3 client-tags/reply and react).
"""

from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

from chatroom.chat.output.answers import Steps
from chatroom.chat.output.playback import SAID
from chatroom.chat.state.model import Room
from chatroom.server.doors.plain.memory import quote
from chatroom.server.doors.plain.person import Person
from chatroom.server.doors.plain.words import LONGEST_REACTION, NOWHERE, shown_word
from chatroom.text.display import ACTION
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.reference import HistoryError

RECENT = 50
"""Lines of a room in which the answered one is searched."""

_SPELLED = {
    "+1": "👍", ":+1:": "👍", "-1": "👎", ":-1:": "👎", ":)": "🙂", ":(": "🙁", ":d": "😄",
    "<3": "❤️", ":heart:": "❤️", ":tada:": "🎉", ":eyes:": "👀", ":laughing:": "😆",
}  # fmt: skip
"""Text that every terminal can type -> the reaction."""


class _NoLine(Exception):
    """No line to answer was found. The words say so, up to "to answer"."""


class _Chosen(NamedTuple):
    """The chosen line, and the rest of what the person typed."""

    message: Message
    rest: str


def reply(door: Person, rest: str) -> None:
    """/reply [NICK|N] TEXT"""
    _about_a_line(door, rest, _answer, "answer")


def react(door: Person, rest: str) -> None:
    """/react [NICK|N] EMOJI"""
    if _reaction(rest.split()[-1]):
        _about_a_line(door, rest, _react, "react to")
    else:
        door.say(f"A reaction is an emoji, or one of {' '.join(_SPELLED)}")


def _reaction(word: str) -> str:
    """The emoji for a typed word; "" if it is not an emoji."""
    spelled = _SPELLED.get(word.lower(), word)
    is_emoji = not spelled.isascii() and not any(map(str.isalpha, spelled))
    return spelled if is_emoji and len(spelled) <= LONGEST_REACTION else ""


_Act = Callable[[Person, Room, _Chosen], Steps]


def _about_a_line(door: Person, rest: str, act: _Act, verb: str) -> None:
    if door.room is None:
        door.say(NOWHERE)
    elif not door.host.facts.keeps_history:
        door.say(f"This server keeps no history, so there is no line to {verb}.")
    elif not all(map(door.host.plain.relays, _TAGS[act])):
        door.say("The operator of this server has turned that off.")
    else:
        door.start(_steps(door, door.room, rest, act, verb), acts=True)


def _steps(door: Person, room: Room, rest: str, act: _Act, verb: str) -> Steps:
    why = ""
    try:
        chosen = yield from _choose(door, room, rest)
    except HistoryError:
        why = "The history cannot be read right now."
    except _NoLine as none:
        why = f"{none} to {verb}."
    if door.room is not room:
        return  # they were kicked meanwhile, and have seen that
    if why:
        door.say(why)
    else:
        yield from act(door, room, chosen)


def _choose(door: Person, room: Room, rest: str) -> Generator[None, None, _Chosen]:
    """Choose the line that the first word names, by its sender or by its number from the end;
    without one, the last line.

    Raises HistoryError and _NoLine.
    """
    recent = yield from door.host.plain.read(door.session, room.name, RECENT, SAID)
    others = [message for message in reversed(recent) if _can_be_answered(door, message)]
    first, _, more = rest.partition(" ")
    more = more.strip()
    if more and first.isascii() and first.isdigit():
        return _Chosen(_numbered(others, int(first[:9])), more)
    nick = first.removeprefix("@").rstrip(":,")
    if more and 0 < len(nick) <= door.host.facts.limits.nickname:  # checked before it is folded
        folded = fold(nick)
        for message in others:
            if fold(message.nick) == folded:
                return _Chosen(message, more)
        if first.startswith("@") or _is_known(door, room, folded, recent):
            raise _NoLine(f"{shown_word(nick)} has no recent line")
    return _Chosen(_numbered(others, 1), rest)


def _numbered(others: Sequence[Message], number: int) -> Message:
    if not 0 < number <= len(others):
        raise _NoLine("There is no such line")
    return others[number - 1]


def _is_known(door: Person, room: Room, folded: str, recent: Sequence[Message]) -> bool:
    """Whether it is the nickname of a member, or of somebody who has spoken recently, though this
    person cannot answer that."""
    return door.host.plain.find_user(folded) in room.members or any(
        fold(message.nick) == folded for message in recent
    )


def _can_be_answered(door: Person, message: Message) -> bool:
    text = message.param(1)
    is_request = text.startswith("\x01") and not text.startswith(ACTION)
    own = fold(message.nick) == door.session.user.folded
    return not (
        own
        or is_request
        or door.choices.hides(message)
        or door.host.plain.is_gone(message)
        or "msgid" not in message.tags
    )


def _answer(door: Person, room: Room, chosen: _Chosen) -> Steps:
    _show(door, "Your reply", chosen)
    yield from door.telling(room.name, chosen.rest, tags=_tags(_answer, chosen))


def _react(door: Person, room: Room, chosen: _Chosen) -> Steps:
    words: Sequence[str] = chosen.rest.split()
    if len(words) > 1:
        door.say(f"{shown_word(words[0])} has no recent line to react to.")
        return
    reaction = _reaction(words[0])
    _show(door, "Your reaction", chosen._replace(rest=reaction))
    door.run("TAGMSG", room.name, tags=_tags(_react, chosen._replace(rest=reaction)))
    yield


_TAGS: dict[_Act, tuple[str, ...]] = {
    _answer: ("+draft/reply",),
    _react: ("+draft/reply", "+draft/react"),
}
"""The tags that are sent: the msgid of the line, and what it gets."""


def _tags(act: _Act, chosen: _Chosen) -> dict[str, str]:
    return dict(zip(_TAGS[act], (chosen.message.tags["msgid"], chosen.rest), strict=False))


def _show(door: Person, what: str, chosen: _Chosen) -> None:
    """Show the text that is sent and the line that it answers, because another line may have
    arrived while the person typed."""
    nick, text = quote(chosen.message.nick, chosen.message.param(1))
    door.say(f'{what} to {nick} ("{text}"): {quote("", chosen.rest).text}')
