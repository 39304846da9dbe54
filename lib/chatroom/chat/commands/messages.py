"""Talking: PRIVMSG, NOTICE, TAGMSG, AWAY (Modern IRC, "Sending Messages"; IRCv3 message-tags)."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from chatroom.chat import flood
from chatroom.chat.answers import Steps
from chatroom.chat.delivery import post
from chatroom.chat.dispatch import attempt_steps
from chatroom.chat.room import ROOM_MODES
from chatroom.chat.session import Refused, Session, TooLong
from chatroom.chat.targets import a_room, a_visitor, no_more_than, split
from chatroom.wire.message import (
    MAX_BODY,
    NO_TAGS,
    LineTooLong,
    Message,
    body_size,
    encode_whole,
)
from chatroom.wire.names import ROOM_PREFIX
from chatroom.wire.numerics import (
    ERR_CANNOTSENDTOCHAN,
    ERR_NORECIPIENT,
    ERR_NOTEXTTOSEND,
    ERR_UNKNOWNCOMMAND,
    RPL_AWAY,
    RPL_NOWAWAY,
    RPL_UNAWAY,
)
from chatroom.wire.pieces import formatted_pieces
from chatroom.wire.prose import ACTION, byte_count
from chatroom.wire.text import SHORTEST_PIECE

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
    return _send_one(session, command, params[0], text, tags)


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
        one = _send_later(session, command, target, text, tags)
        yield from attempt_steps(session, one, silent)


def _send_later(
    session: Session, command: str, target: str, text: tuple[str, ...], tags: Mapping[str, str]
) -> Steps:
    """`_send_one` as steps, also where it is done in one."""
    yield from _send_one(session, command, target, text, tags) or ()


def _client_only(tags: Mapping[str, str]) -> Mapping[str, str]:
    """The tags that are relayed as they came (message-tags, "Client-only tags")."""
    return {key: value for key, value in tags.items() if key.startswith("+")}


def _send_one(
    session: Session, command: str, target: str, text: tuple[str, ...], tags: Mapping[str, str]
) -> Steps | None:
    if target.startswith(ROOM_PREFIX):
        return _send_to_room(session, command, target, "", text, tags)
    name = target.lstrip(ROOM_MODES.prefix_symbols)
    if name.startswith(ROOM_PREFIX):
        symbols = set(target[: -len(name)])
        rank = next(letter for symbol, letter in _LOWEST_FIRST if symbol in symbols)
        return _send_to_room(session, command, name, rank, text, tags)
    return _send_to_visitor(session, command, target, text, tags)


def _send_to_room(
    session: Session,
    command: str,
    name: str,
    rank: str,
    text: tuple[str, ...],
    tags: Mapping[str, str],
) -> Steps | None:
    room = session.world.find_room(name)
    if room is None or not room.hears(session):
        raise Refused(ERR_CANNOTSENDTOCHAN, a_room(session, name).name)
    symbol = ROOM_MODES.prefix_symbols[ROOM_MODES.prefix_letters.index(rank)] if rank else ""
    event = session.event(command, symbol + room.name, *text, tags=tags)
    try:
        body = encode_whole(event)
    except LineTooLong:
        again = partial(_send_to_room, session, command, name, rank)
        return _send_in_pieces(session, _pieces(session, event), again, tags)
    post(room, event, body, session, rank)
    return None


def _send_to_visitor(
    session: Session,
    command: str,
    nick: str,
    text: tuple[str, ...],
    tags: Mapping[str, str],
    tell_away: bool = True,
) -> Steps | None:
    visitor = a_visitor(session, nick)
    event = session.event(command, visitor.nick, *text, tags=tags)
    try:
        body = encode_whole(event)
    except LineTooLong:
        again = partial(_send_to_visitor, session, command, nick, tell_away=False)
        pieces = _pieces(session, event)
        _tell_away(session, visitor, command)
        return _send_in_pieces(session, pieces, again, tags)
    event = session.world.log.stamp(event, session.world.now)
    visitor.send_now(event, body)  # to oneself, no part of the reply (labeled-response, "Tags")
    if visitor.away and tell_away:
        _tell_away(session, visitor, command)
    if session.echoes:
        session.send(event)
    return None


def _tell_away(session: Session, visitor: Session, command: str) -> None:
    if visitor.away and command == "PRIVMSG":
        session.reply(RPL_AWAY, visitor.nick, fill=(visitor.away,))


# What is longer than a line


def _pieces(session: Session, event: Message) -> Iterator[str]:
    """The text of a message that outgrows its line, in pieces that do not.

    With the source in front, a line may outgrow 512 bytes that did not before, and the sender's
    client does not know. Cutting the text, as other servers do, is a loss. A client that knows
    labels learns which of its messages was refused, and why, and can do better than to guess what
    we have made of it; so for those, and for what cannot be split (CTCP), it is refused.

    Raises Refused (417).
    """
    target, *text = event.params
    whole = text[0] if text else ""
    form = "{}"
    if whole.startswith(ACTION):
        form, whole = ACTION + "{}\x01", whole.removeprefix(ACTION).removesuffix("\x01")
    size = MAX_BODY - body_size(event._replace(params=(target, form.format(""))))
    has_labels = "labeled-response" in session.capabilities
    if has_labels or whole.startswith("\x01") or size < SHORTEST_PIECE:
        excess = body_size(event) - MAX_BODY
        what = f"your message to {target} is {byte_count(excess)} too long and was not sent"
        raise TooLong(what)
    return map(form.format, formatted_pieces(whole, size))


def _send_in_pieces(
    session: Session,
    pieces: Iterator[str],
    send: Callable[[tuple[str, ...], Mapping[str, str]], Steps | None],
    tags: Mapping[str, str],
) -> Steps:
    """Each piece is a message of its own, and paid for like one; the first one has the tags.

    What is asked before a message is sent is asked of each: somebody may be put out meanwhile.
    """
    for count, piece in enumerate(pieces):
        if count:  # the line itself has paid for the first
            flood.spend(session, 1)
        yield from send((piece,), NO_TAGS if count else tags) or ()
        yield  # before the next piece is looked for, which takes its time


def away(session: Session, message: Message) -> None:
    """AWAY [<text>]"""
    session.away = message.param(0)[: session.world.limits.away]
    session.reply(RPL_NOWAWAY if session.away else RPL_UNAWAY)
