"""Commands for those in charge of a room: ranks, bans, mutes, modes."""

from collections.abc import Callable, Sequence

from chatroom.client.errors import CommandError
from chatroom.client.ui.commands.base import Tools, current_room
from chatroom.text.operator_words import NAMES_A_ROOM, OperatorWord, is_count
from chatroom.text.times import span
from chatroom.wire.names import MUTE, full_mask

Handler = Callable[[Tools, list[str]], None]

IN_TALK = "That works only in a room; /switch ROOM switches to one."

CHANSERV = "ChanServ"
"""To whom rooms are registered, on most servers."""

_FOR_EVER = "0"
_LIFTED = "-"
"""Instead of a time: TBAN's words, on our server."""

_KICKING = frozenset("qaoh")
"""Ranks that may kick."""

_OF_MASKS = frozenset("*?!@")


def rank(letter: str, sign: str) -> Handler:
    """A handler that gives or takes a rank, of one person or of several."""

    def handler(tools: Tools, arguments: list[str]) -> None:
        nicks = arguments[0].split()
        modes = sign + letter * len(nicks)
        tools.context.session.send("MODE", current_room(tools, IN_TALK), modes, *nicks)

    return handler


def ban(tools: Tools, arguments: list[str]) -> None:
    """Keep somebody out, for a time or for ever; a member is kicked as well."""
    room = current_room(tools, IN_TALK)
    who, time, reason = _timed(arguments)
    _set(tools, room, who, time, reason)
    state = tools.context.session.state
    known = state.room(room)
    own = known.members.get(state.fold(state.nick)) if known else None
    in_charge = own is not None and not _KICKING.isdisjoint(own.modes)
    if known and in_charge and state.fold(who) in known.members:
        tools.context.session.send("KICK", room, who, *reason)


def mute(tools: Tools, arguments: list[str]) -> None:
    """Let somebody read, but not speak, for a time or for ever."""
    who, time, reason = _timed(arguments)
    _set(tools, current_room(tools, IN_TALK), _mute_prefix(tools) + who, time, reason)


def unban(tools: Tools, arguments: list[str]) -> None:
    """Lift the bans that match somebody."""
    _lift(tools, arguments[0])


def unmute(tools: Tools, arguments: list[str]) -> None:
    """Lift the mutes that match somebody."""
    _lift(tools, _mute_prefix(tools) + arguments[0])


def listed(letter: str) -> Handler:
    """A handler that shows a list of the room."""

    def handler(tools: Tools, _arguments: list[str]) -> None:
        tools.context.session.send("MODE", current_room(tools, IN_TALK), letter)

    return handler


def mode(tools: Tools, arguments: list[str]) -> None:
    """Show the modes of the room, or change them."""
    changes = arguments[0].split() if arguments else []
    tools.context.session.send("MODE", current_room(tools, IN_TALK), *changes)


def audit(tools: Tools, arguments: list[str]) -> None:
    """Show what those in charge of the current room did. Raises CommandError."""
    if arguments and not is_count(arguments[0]):
        raise CommandError("Usage: /audit [N]")
    tools.context.session.send("AUDIT", current_room(tools, IN_TALK), *arguments)


def rename_room(tools: Tools, arguments: list[str]) -> None:
    """Give the current room another name."""
    session = tools.context.session
    if not session.agreed("draft/channel-rename"):
        raise CommandError("This server cannot rename rooms.")
    room, (name, *reason) = current_room(tools, IN_TALK), arguments
    session.send("RENAME", room, session.state.room_meant(name), *reason)


def as_operator(word: OperatorWord) -> Handler:
    """A handler for a word of operators of the server, who is told why if we are none."""

    def handler(tools: Tools, arguments: list[str]) -> None:
        text = arguments[0].strip() if arguments else ""
        if wrong := word.usage_if_wrong(text):
            raise CommandError(wrong)
        params = word.split(text)
        if word.name in NAMES_A_ROOM:
            at = NAMES_A_ROOM[word.name]
            params[at] = tools.context.session.state.room_meant(params[at])
        tools.context.session.send(word.command, *params)

    return handler


def ask_chanserv(word: str) -> Handler:
    """A handler that asks ChanServ for something about a room, by default the current one."""

    def handler(tools: Tools, arguments: list[str]) -> None:
        meant = tools.context.session.state.room_meant
        room = meant(arguments[0]) if arguments else current_room(tools, IN_TALK)
        tools.services.ask(CHANSERV, f"{word} {room}")

    return handler


def _has_tban(tools: Tools) -> bool:
    """Whether the server bans people by nickname, and for a time."""
    return "TBAN" in tools.context.session.state.isupport


def _set(tools: Tools, room: str, what: str, time: str, reason: Sequence[str]) -> None:
    session = tools.context.session
    if _has_tban(tools):
        session.send("TBAN", room, time, what, *reason)
    elif time == _FOR_EVER:
        session.send("MODE", room, "+b", _plain_mask(what))
    else:
        raise CommandError("On this server bans do not end by themselves; leave out the time.")


def _lift(tools: Tools, what: str) -> None:
    session, room = tools.context.session, current_room(tools, IN_TALK)
    if _has_tban(tools):
        session.send("TBAN", room, _LIFTED, what)
    else:
        session.send("MODE", room, "-b", _plain_mask(what))


def _plain_mask(what: str) -> str:
    """`m:bob` -> `m:bob!*@*`, for a server that wants masks."""
    prefix, colon, mask = what.rpartition(":") if MUTE in what else ("", "", what)
    return prefix + colon + (full_mask(mask) if _OF_MASKS.isdisjoint(mask) else mask)


def _mute_prefix(tools: Tools) -> str:
    """`m:`, with what the server wants in front of it (ISUPPORT EXTBAN). Raises CommandError."""
    sign, _, letters = tools.context.session.state.isupport.get("EXTBAN", ",").partition(",")
    if MUTE[0] not in letters:
        raise CommandError("This server cannot mute people.")
    return sign[:1] + MUTE


def _timed(arguments: list[str]) -> tuple[str, str, Sequence[str]]:
    """`bob`, `2h so much spam` -> bob, 2h, and the reason if there is one. A word that is not a
    time belongs to the reason."""
    who, *rest = arguments
    more = rest[0].strip() if rest else ""
    time, _, reason = more.partition(" ")
    try:
        span(time)
    except ValueError:
        return who, _FOR_EVER, _if_any(more)
    return who, time, _if_any(reason)


def _if_any(text: str) -> Sequence[str]:
    return (text.strip(),) if text.strip() else ()
