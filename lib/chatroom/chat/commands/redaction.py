"""REDACT (IRCv3 draft/message-redaction): people delete their own messages; people in charge of a
room can also delete those of others."""

from typing import NamedTuple

from chatroom.chat import conversations
from chatroom.chat.output.answers import Steps
from chatroom.chat.reading import may_read_at
from chatroom.chat.refusals import Failed
from chatroom.chat.rights import REDACT_OTHERS, may
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Redacted
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import ROOM_PREFIX
from chatroom.wire.reference import (
    HistoryBusy,
    HistoryError,
)

REDACTION_PATIENCE = 2.0
"""Seconds for which REDACT waits until a worker has finished writing."""


def redact(world: World, session: Session, message: Message, is_noted: bool = True) -> Steps:
    """REDACT <target> <msgid> [<reason>]: allowed for the author, and in a room for those in
    charge of it.

    A redaction is announced only when it is on disk. While a worker writes, which takes some
    milliseconds, it is tried again in each step, with all checks. `is_noted`: whether the room's
    audit gets an entry, if it is somebody else's message.
    """
    until = world.clock + REDACTION_PATIENCE
    while True:
        try:
            _redact(world, session, message, is_noted)
            return
        except HistoryError as error:
            if not isinstance(error, HistoryBusy) or world.clock > until:
                target, msgid = message.params[:2]
                why = "The history cannot be written"
                raise Failed("REDACT", "HISTORY_UNAVAILABLE", target, msgid, text=why) from None
        yield


def _redact(world: World, session: Session, message: Message, is_noted: bool) -> None:
    """The author is the connection that sent the message, or the account that was logged in then,
    by its number: nicknames and names of accounts change hands. A message that the user may not
    read is refused like a missing one.

    Raises Failed and HistoryError.
    """
    target, msgid = message.params[:2]
    if not target.startswith(ROOM_PREFIX):
        _redact_privately(world, session, message)
        return
    room = world.find_room(target)
    if room is None or session.user not in room.members:
        raise Failed("REDACT", "INVALID_TARGET", target, text="You cannot delete messages there")
    said = _redactable(world, session, room, msgid)
    if said is None:
        raise _unknown(room.name, msgid)
    is_own = session.user.said(said.author, said.number) or _is_by_account(world, session, said)
    if not (is_own or _in_charge(session, room, said.number)):
        raise Failed(
            "REDACT", "REDACT_FORBIDDEN", room.name, msgid,
            text="You can only delete messages that you sent on this connection, or while you were"
            " logged in to your account, unless you are a half-operator of the room or above",
        )  # fmt: skip
    of = "" if is_own or not is_noted else said.author.partition("!")[0]
    _apply_redaction(world, session, room.name, message, of)


def _apply_redaction(
    world: World, session: Session, log: str, message: Message, of: str = ""
) -> None:
    reason = tuple(text[: world.limits.reason] for text in message.params[2:3])
    event = Redacted(session.user.id, log, message.params[1], reason, world.now, of)
    apply(world, event, session)


def _unknown(target: str, msgid: str) -> Failed:
    return Failed(
        "REDACT", "UNKNOWN_MSGID", target, msgid,
        text="This message does not exist or is too old",
    )  # fmt: skip


def _redact_privately(world: World, session: Session, message: Message) -> None:
    """In a conversation: everybody may delete what they have said themselves, from any of their
    connections, because their account proves who they are.

    Raises Failed and HistoryError.
    """
    target, msgid = message.params[:2]
    log = conversations.log_with(world, session, target)
    if not log:
        raise Failed("REDACT", "INVALID_TARGET", target, text="You cannot delete messages there")
    if world.log.point(log, msgid) is None or world.log.author(log, msgid) is None:
        raise _unknown(target, msgid)
    if world.log.account_behind(log, msgid) != conversations.own_number(world, session.user):
        raise Failed(
            "REDACT", "REDACT_FORBIDDEN", target, msgid,
            text="You can only delete what you have said yourself",
        )  # fmt: skip
    _apply_redaction(world, session, log, message)


class _Said(NamedTuple):
    """A message in the history: its source, its number there, and that of its author's account."""

    author: str
    number: int
    account: int


def _redactable(world: World, session: Session, room: Room, msgid: str) -> _Said | None:
    """A redactable message that this user may read; else None."""
    point = world.log.point(room.name, msgid)
    if point is None or not may_read_at(world, session, room.name, point.at):
        return None
    author = world.log.author(room.name, msgid)
    if author is None:
        return None
    return _Said(author, point.number, world.log.account_behind(room.name, msgid))


def _is_by_account(world: World, session: Session, said: _Said) -> bool:
    """Whether the user's account said it, on whatever connection."""
    return bool(said.account) and said.account == conversations.own_number(world, session.user)


def _in_charge(session: Session, room: Room, number: int) -> bool:
    """Whether the user may delete messages of others, and this one was sent since the room was
    last new.

    The first to enter a new room is its operator; that gives no right over the past of the rooms
    before it. A room that lasts is never new again, whether it is empty or the server starts.
    """
    return may(room, session.user, REDACT_OTHERS) and number > room.occupied_after
