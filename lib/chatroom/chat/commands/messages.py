"""Talking: PRIVMSG, NOTICE, TAGMSG, AWAY (Modern IRC, "Sending Messages"; IRCv3 message-tags)."""

from collections.abc import Mapping

from chatroom.chat.answers import Steps
from chatroom.chat.delivery import post
from chatroom.chat.dispatch import attempt
from chatroom.chat.room import ROOM_MODES
from chatroom.chat.session import Refused, Session
from chatroom.chat.targets import a_room, a_visitor, no_more_than, split
from chatroom.wire.message import NO_TAGS, LineTooLong, Message, encode_whole
from chatroom.wire.names import ROOM_PREFIX
from chatroom.wire.numerics import (
    ERR_CANNOTSENDTOCHAN,
    ERR_INPUTTOOLONG,
    ERR_NORECIPIENT,
    ERR_NOTEXTTOSEND,
    ERR_UNKNOWNCOMMAND,
    RPL_AWAY,
    RPL_NOWAWAY,
    RPL_UNAWAY,
)

_RANKS = tuple(zip(ROOM_MODES.prefix_symbols, ROOM_MODES.prefix_letters, strict=True))
_LOWEST_FIRST = _RANKS[::-1]


def privmsg(session: Session, message: Message) -> Steps | None:
    """PRIVMSG or NOTICE <target>{,<target>} <text>"""
    params = message.params
    if not params or not params[0]:
        raise Refused(ERR_NORECIPIENT, fill=(message.command,))
    text = params[1:2]
    if not text or not text[0]:
        raise Refused(ERR_NOTEXTTOSEND)
    return _send(session, message, text)


def tagmsg(session: Session, message: Message) -> Steps | None:
    """TAGMSG <target>{,<target>}: client-only tags without a text."""
    if "message-tags" not in session.capabilities:
        raise Refused(ERR_UNKNOWNCOMMAND, message.command)
    return _send(session, message, ())


def _send(session: Session, message: Message, text: tuple[str, ...]) -> Steps | None:
    command, params, _, tags = message
    session.spoke_at = session.world.now
    tags = _client_only(tags) if tags and "message-tags" in session.capabilities else NO_TAGS
    if "," in params[0]:
        targets = split(params[0])
        if not targets:
            raise Refused(ERR_NORECIPIENT, fill=(command,))
        no_more_than(session.world.limits.targets, targets)
        return _send_to_several(session, command, targets, text, tags)
    if not params[0]:
        raise Refused(ERR_NORECIPIENT, fill=(command,))
    _send_one(session, command, params[0], text, tags)
    return None


def _send_to_several(
    session: Session,
    command: str,
    targets: list[str],
    text: tuple[str, ...],
    tags: Mapping[str, str],
) -> Steps:
    silent = command == "NOTICE"
    for count, target in enumerate(targets):
        if count:
            yield
        attempt(session, _send_one, session, command, target, text, tags, silent=silent)


def _client_only(tags: Mapping[str, str]) -> Mapping[str, str]:
    """The tags that are relayed as they came (message-tags, "Client-only tags")."""
    return {key: value for key, value in tags.items() if key.startswith("+")}


def _send_one(
    session: Session, command: str, target: str, text: tuple[str, ...], tags: Mapping[str, str]
) -> None:
    if target.startswith(ROOM_PREFIX):
        _send_to_room(session, command, target, "", text, tags)
        return
    name = target.lstrip(ROOM_MODES.prefix_symbols)
    if name.startswith(ROOM_PREFIX):
        symbols = set(target[: -len(name)])
        rank = next(letter for symbol, letter in _LOWEST_FIRST if symbol in symbols)
        _send_to_room(session, command, name, rank, text, tags)
    else:
        _send_to_visitor(session, command, target, text, tags)


def _send_to_room(
    session: Session,
    command: str,
    name: str,
    rank: str,
    text: tuple[str, ...],
    tags: Mapping[str, str],
) -> None:
    room = session.world.find_room(name)
    if room is None or not room.hears(session):
        raise Refused(ERR_CANNOTSENDTOCHAN, a_room(session, name).name)
    symbol = ROOM_MODES.prefix_symbols[ROOM_MODES.prefix_letters.index(rank)] if rank else ""
    event = session.event(command, symbol + room.name, *text, tags=tags)
    post(room, event, _whole(event), session, rank)


def _send_to_visitor(
    session: Session, command: str, nick: str, text: tuple[str, ...], tags: Mapping[str, str]
) -> None:
    visitor = a_visitor(session, nick)
    event = session.event(command, visitor.nick, *text, tags=tags)
    body = _whole(event)
    event = session.world.log.stamp(event, session.world.now)
    visitor.send_now(event, body)  # to oneself, no part of the reply (labeled-response, "Tags")
    if visitor.away and command == "PRIVMSG":
        session.reply(RPL_AWAY, visitor.nick, fill=(visitor.away,))
    if session.echoes:
        session.send(event)


def _whole(event: Message) -> bytes:
    """With its source a line may outgrow 512 bytes: refused, for a cut text is a loss."""
    try:
        return encode_whole(event)
    except LineTooLong:
        raise Refused(ERR_INPUTTOOLONG) from None


def away(session: Session, message: Message) -> None:
    """AWAY [<text>]"""
    session.away = message.param(0)[: session.world.limits.away]
    session.reply(RPL_NOWAWAY if session.away else RPL_UNAWAY)
