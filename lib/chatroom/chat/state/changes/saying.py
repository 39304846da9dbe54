"""What is said: the part of `apply` for messages, in rooms and in private.

The log records a message first, because it may refuse it; then people are told.
"""

from collections.abc import Callable
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.changes.keeping import save
from chatroom.chat.state.conversations import conversation, in_log, is_kept, passes
from chatroom.chat.state.events import (
    Erased,
    Redacted,
    RoomCleared,
    Said,
    SaidTo,
    SaidToAbsent,
    WaitingRestored,
    WaitingTold,
)
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.room_audit import because
from chatroom.chat.state.room_modes import ROOM_MODES
from chatroom.chat.state.visitor import Visitor
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.multiline import body_of
from chatroom.wire.names import fold
from chatroom.wire.once import ONCE
from chatroom.wire.private import is_private, log_of, partner, without_own_tags

REDACTION = "draft/message-redaction"

_LETTERS = ROOM_MODES.prefix_letters
_AT_LEAST = {letter: frozenset(_LETTERS[: at + 1]) for at, letter in enumerate(_LETTERS)}
"""A rank letter -> all rank letters at or above it."""


def said(
    world: World,
    user: User,
    room: Room,
    message: Message,
    body: bytes,
    rank: str = "",
    by: Recipient | None = None,
    event: Said | None = None,
) -> Message:
    """`Said`, for a handler that has all objects at hand: the hot path.

    `body` is the message as `body_of` returns it. Everybody except `by` gets it. `event` is
    given if that is what is applied. Returns the message as the log has it. Raises HistoryError.
    """
    at = world.now if event is None else event.at
    target = message.params[0]  # @#room has a log of its own
    if message.command == "TAGMSG" and passes(message):
        message = world.log.stamp(message, at)
    else:
        message = world.log.record(target, message, at, user.account_number)
    whole = message
    if ONCE in message.tags:
        message = without_own_tags(message)
    user.spoke_at = at
    if room.slow and message.command != "TAGMSG":
        room.note_speaker(user, at)
    if rank:
        _say_to_rank(world, user, room, message, rank, by)
    else:
        world.fanout.say(room, message, body, by)
        if len(user.sessions) > 1 and user not in room.members:
            _show_others(user, message, body, by)
    if world.on_event is not None and event is None:
        world.on_event(Said(user.id, room.folded, rank, whole, at))
    return message


def _show_others(user: User, message: Message, body: bytes, by: Recipient | None) -> None:
    """Show a message to the other sessions of its author, unless they get it anyway."""
    for session in user.sessions:
        if session is not by:
            session.send_now(message, body)


def _say_to_rank(
    world: World, user: User, room: Room, message: Message, rank: str, by: Recipient | None
) -> None:
    """Send to the members of this rank or above, and to the author's other sessions."""
    enough = _AT_LEAST[rank]
    members = [one for one, ranks in room.members.items() if ranks[:1] in enough or one is user]
    sessions = (session for member in members for session in member.sessions)
    world.fanout.tell_all(sessions, message, by)


def _said(world: World, event: Said, by: Recipient | None) -> None:
    room = world.rooms[event.room]
    user = _visitor(world, event) if event.user < 0 else world.users[event.user]
    body = body_of(event.message)
    said(world, user, room, event.message, body, event.rank, by, event)


def _visitor(world: World, event: Said) -> User:
    """Who said something without being one of the world's users."""
    account = world.accounts.numbered(-event.user)
    assert account is not None
    nick, _, rest = event.message.source.partition("!")
    return Visitor(account, nick, rest.partition("@")[2], event.at, {})


def _said_to(world: World, event: SaidTo, by: Recipient | None) -> None:
    user, to = world.users[event.user], world.users[event.to]
    _say_to(world, user, to, event.message, b"", by, event.at)


def said_to(
    world: World, user: User, to: User, message: Message, body: bytes, by: Recipient | None = None
) -> Message:
    """`SaidTo`, for a handler that has all objects at hand. Only the two users get it, without the
    session `by`. Returns the message as it was sent. Raises HistoryError if their conversation is
    kept, and the log refuses it."""
    stamped = _say_to(world, user, to, message, body, by, world.now)
    if world.on_event is not None:
        world.on_event(SaidTo(user.id, to.id, stamped, world.now))
    return stamped


def _say_to(
    world: World,
    user: User,
    to: User,
    message: Message,
    body: bytes,
    by: Recipient | None,
    at: float,
) -> Message:
    log_name = conversation(world.accounts, user.account, to.account)
    if log_name and is_kept(message):
        message = _log_privately(world, log_name, user.account, message, at)
    else:
        message = world.log.stamp(message, at)
    user.spoke_at = at
    if "R" in user.flags and not to.account and message.command != "TAGMSG":
        user.note_written_to(to)
    for session in to.sessions:
        session.send_now(message, body)  # also to oneself: this is not part of the reply
    if to is not user:
        _show_others(user, message, body, by)
    return message


def _log_privately(
    world: World, log_name: str, account: str, message: Message, at: float, waits: bool = False
) -> Message:
    """Record a message of that account in the log of a conversation. Returns it as it is sent, with
    its msgid. Raises HistoryError."""
    kept = in_log(message, log_name, str(world.accounts.number_of(account)), waits)
    stamped = world.log.record(log_name, kept, at)
    return message._replace(tags=without_own_tags(stamped).tags)


def _said_to_absent(world: World, event: SaidToAbsent, by: Recipient | None) -> None:
    _leave(world, event, by)


def leave(world: World, user: User, to: Account, message: Message, by: Recipient) -> Message:
    """`SaidToAbsent`, for a handler. Returns the message as it would have been sent. Raises
    HistoryError."""
    event = SaidToAbsent(user.id, to.number, message, world.now)
    stamped = _leave(world, event, by)
    if world.on_event is not None:
        world.on_event(event._replace(message=stamped))
    return stamped


def _leave(world: World, event: SaidToAbsent, by: Recipient | None) -> Message:
    user = world.users[event.user]
    log_name = log_of(world.accounts.number_of(user.account), event.account)
    stamped = _log_privately(world, log_name, user.account, event.message, event.at, waits=True)
    user.spoke_at = event.at
    msgid = stamped.tags["msgid"]
    world.waiting.wait(event.account, log_name, msgid, world.log.position)
    world.log.save_room(*world.waiting.saved(event.account))
    _show_others(user, stamped, b"", by)
    return stamped


def _waiting_told(world: World, event: WaitingTold, _by: Recipient | None) -> None:
    world.waiting.told(event.account, event.position)
    world.log.save_room(*world.waiting.saved(event.account))


def _waiting_restored(world: World, event: WaitingRestored, _by: Recipient | None) -> None:
    world.waiting.restore(event.accounts.items())


def _redacted(world: World, event: Redacted, by: Recipient | None) -> None:
    if is_private(event.room):
        _redacted_privately(world, event, by)
        return
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    line = world.message_from(user, "REDACT", room.name, event.msgid, *event.reason, at=event.at)
    line = world.log.stamp(line, event.at)
    kept = in_log(line, room.name, user.account_number) if user.account_number else line
    world.log.redact(room.name, event.msgid, kept)
    world.note_redaction(event.msgid)
    if event.of:
        _note_deed(world, room, user, f"deleted a message of {event.of}", "".join(event.reason))
    world.on_redaction(room.name, event.msgid)  # code that caches messages has to know first
    if by is not None and REDACTION in by.capabilities and by.echoes:
        by.send(line)
    # One comprehension, for there may be thousands of members.
    sessions = [
        session
        for member in room.members
        for session in member.sessions
        if REDACTION in session.capabilities
    ]
    world.fanout.tell_all(sessions, line, by)


def _room_cleared(world: World, event: RoomCleared, _by: Recipient | None) -> None:
    user, room = world.users[event.user], world.rooms[fold(event.room)]
    messages = "1 message" if event.count == 1 else f"{event.count} messages"
    _note_deed(world, room, user, f"deleted {messages} of {event.nick}", event.reason)


def _note_deed(world: World, room: Room, user: User, what: str, reason: str) -> None:
    room.note_deed(user, because(what, reason), world.now)
    if room.lasts:
        save(world, room)


def _redacted_privately(world: World, event: Redacted, by: Recipient | None) -> None:
    """Somebody deleted a message of their own in a conversation."""
    user = world.users[event.user]
    number = world.accounts.number_of(user.account)
    line = world.message_from(user, "REDACT", event.room, event.msgid, *event.reason, at=event.at)
    line = world.log.stamp(line, event.at)
    kept = in_log(line, event.room, user.account_number)
    world.log.redact(event.room, event.msgid, kept)
    world.note_redaction(event.msgid)
    account = world.accounts.numbered(partner(event.room, number) or 0)
    others = world.logged_in(account.name) if account else []
    target = others[0].nick if others else (account.name if account else "*")
    for one in dict.fromkeys([user, *others]):
        shown = line._replace(params=(target if one is user else one.nick, *line.params[1:]))
        for session in one.sessions:
            if REDACTION in session.capabilities:
                _send_or_echo(session, shown, by)


def _erased(world: World, event: Erased, _by: Recipient | None) -> None:
    """Clients hear of it as if the author had deleted the message. The plain door's people do not:
    it would print the text again."""
    world.note_redaction(event.msgid)
    tags = world.time_tag(event.at)
    if is_private(event.log):
        account = world.accounts.numbered(partner(event.log, event.account) or 0)
        people = world.logged_in(account.name) if account else []
    else:
        room = world.rooms.get(fold(event.log))
        people = list(room.members) if room else []
    for one in people:
        target = one.nick if is_private(event.log) else event.log
        line = Message("REDACT", (target, event.msgid), event.source, tags)
        for session in one.sessions:
            if REDACTION in session.capabilities and not session.shows_rooms_itself:
                session.send_now(line)


def _send_or_echo(session: Recipient, line: Message, by: Recipient | None) -> None:
    """Send to a session. The session that acted gets it as a part of its reply, if it wants
    echoes."""
    if session is not by:
        session.send_now(line)
    elif session.echoes:
        session.send(line)


APPLY_SAID: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    Erased: _erased,
    Redacted: _redacted,
    RoomCleared: _room_cleared,
    Said: _said,
    SaidTo: _said_to,
    SaidToAbsent: _said_to_absent,
    WaitingRestored: _waiting_restored,
    WaitingTold: _waiting_told,
}
"""The events, and what applies them."""
