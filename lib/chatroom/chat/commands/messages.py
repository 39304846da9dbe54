"""Messages: PRIVMSG, NOTICE, TAGMSG, AWAY (Modern IRC, "Sending Messages"; IRCv3 message-tags)."""

from collections.abc import Iterable, Iterator, Mapping

from chatroom.chat import flood
from chatroom.chat.away import NOT_CONNECTED
from chatroom.chat.commands.services import is_service, serve
from chatroom.chat.conversations import present
from chatroom.chat.dispatch import attempt_steps
from chatroom.chat.misdirected import refuse_secret
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Cut, Failed, Refused, TooLong
from chatroom.chat.rights import (
    FORM_MODES,
    LEAST_IN_CHARGE,
    RANKS_IN_CHARGE,
    goes_to_operators,
    in_form,
    may_speak,
    refuse_to_hurry,
    silence,
)
from chatroom.chat.scopes import has_confined
from chatroom.chat.session import Session
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.changes.saying import leave, said, said_to
from chatroom.chat.state.conversations import conversation, is_kept
from chatroom.chat.state.model import Room, User, marks_of
from chatroom.chat.state.world import World
from chatroom.chat.targets import (
    Addressee,
    may_leave_for,
    no_more_than,
    require_addressee,
    require_room,
    split,
)
from chatroom.text.display import ACTION, byte_count
from chatroom.text.passwords import SIGNS, SUSPECTS
from chatroom.text.splitting import SHORTEST_PIECE, formatted_pieces, split_text
from chatroom.wire.client_tags import CLIENT_ONLY
from chatroom.wire.message import (
    MAX_BODY,
    NO_TAGS,
    LineTooLong,
    Message,
    as_middle,
    body_size,
    encode_whole,
)
from chatroom.wire.multiline import (
    LINES,
    Piece,
    lines_in,
    pieces_in,
    text_of,
)
from chatroom.wire.names import ROOM_PREFIX
from chatroom.wire.numerics import (
    ERR_NEEDREGGEDNICK,
    ERR_NORECIPIENT,
    ERR_NOTEXTTOSEND,
    ERR_UNKNOWNCOMMAND,
    RPL_AWAY,
)
from chatroom.wire.reference import HistoryError

QUOTED_CHARACTERS = 24
"""Characters of an unsent text that are quoted, so that its author can find it."""


def privmsg(world: World, session: Session, message: Message) -> Steps | None:
    """PRIVMSG or NOTICE <target>{,<target>} <text>"""
    params = message.params
    if not params or not params[0]:
        raise Refused(ERR_NORECIPIENT, fill=(message.command,))
    text = params[1:2]
    if not text or not text[0]:
        raise Refused(ERR_NOTEXTTOSEND)
    return _send(world, session, message, text)


def relay(world: World, session: Session, message: Message) -> Steps | None:
    """PRIVMSG or NOTICE of one text to one room, with all of its tags: for a handler that has made
    them, and not a client. It is one message, of several lines if it is too long for one. Raises
    Refused (417 for an action that is too long)."""
    command, (target, text), _, tags = message
    excess = body_size(message._replace(source=session.user.source)) - MAX_BODY
    if "\n" in text or (excess > 0 and not text.startswith("\x01")):
        return _send_lines(world, session, command, target, pieces_in(text), tags)
    if excess > 0:
        what = f"your message to {target} is {byte_count(excess)} too long and was not sent"
        raise TooLong(what)
    addressee = require_addressee(world, session, target)
    return _send_to(world, session, command, addressee, (text,), tags)


def tagmsg(world: World, session: Session, message: Message) -> Steps | None:
    """TAGMSG <target>{,<target>}: client-only tags without a text."""
    if "message-tags" not in session.capabilities:
        raise Refused(ERR_UNKNOWNCOMMAND, message.command)
    return _send(world, session, message, ())


def _send(world: World, session: Session, message: Message, text: tuple[str, ...]) -> Steps | None:
    command, params, _, tags = message
    if tags:
        may = "message-tags" in session.capabilities
        relayed = world.client_tags.relayed(tags) if may else NO_TAGS
        if not relayed and command == "TAGMSG" and _has_client_only(tags):
            return None  # all that it says is denied (ISUPPORT CLIENTTAGDENY): ignored silently
        tags = relayed
    if text and "\n" in text[0]:  # not a line of a client: `client_batches` has composed it
        return _send_lines(world, session, command, params[0], pieces_in(text[0]), tags)
    if "," in params[0]:
        return _send_to_listed(world, session, command, split(params[0]), text, tags)
    if not params[0]:
        raise Refused(ERR_NORECIPIENT, fill=(command,))
    if params[0][0] != ROOM_PREFIX and is_service(params[0]):
        return _tell_service(world, session, command, params[0], text)
    return _send_to(
        world, session, command, require_addressee(world, session, params[0]), text, tags
    )


def _tell_service(
    world: World, session: Session, command: str, service: str, text: tuple[str, ...]
) -> Steps | None:
    said = text[0] if text else ""
    return serve(world, session, service, said, silent=command != "PRIVMSG")


def _send_to_listed(
    world: World,
    session: Session,
    command: str,
    targets: list[str],
    text: tuple[str, ...],
    tags: Mapping[str, str],
) -> Steps | None:
    """Send to all targets. A text to a service may be a password, so it may have no other target.
    Raises Refused."""
    if not targets:
        raise Refused(ERR_NORECIPIENT, fill=(command,))
    no_more_than(world.limits.targets, targets)
    services = [target for target in targets if is_service(target)]
    if services == targets[:1] == targets:
        return _tell_service(world, session, command, targets[0], text)
    if services:
        name = services[0]
        why = f"Nothing was sent: what you tell {name} may be a password; send it to {name} alone"
        raise Failed(command, "LOOKS_LIKE_PASSWORD", as_middle(name), text=why)
    return _send_to_several(world, session, command, targets, text, tags)


def _send_to_several(
    world: World,
    session: Session,
    command: str,
    targets: list[str],
    text: tuple[str, ...],
    tags: Mapping[str, str],
) -> Steps:
    """Send to the targets one after the other. All are looked up first, because nicknames may
    change hands meanwhile."""
    silent = command == "NOTICE"
    found = [_look_up(world, session, target) for target in targets]
    for count, one in enumerate(found):
        if count:
            yield
            flood.spend(world, session, 1)
        yield from attempt_steps(
            session, _send_later(world, session, command, one, text, tags), silent
        )


def _look_up(world: World, session: Session, target: str) -> Addressee | Refused:
    try:
        return require_addressee(world, session, target)
    except Refused as refusal:
        return refusal


def _send_later(
    world: World,
    session: Session,
    command: str,
    addressee: Addressee | Refused,
    text: tuple[str, ...],
    tags: Mapping[str, str],
) -> Steps:
    """`_send_again` as steps, even if it needs only one."""
    if isinstance(addressee, Refused):
        raise addressee
    yield from _send_again(world, session, command, addressee, True, text, tags) or ()


def _send_again(
    world: World,
    session: Session,
    command: str,
    addressee: Addressee,
    is_whole: bool,
    text: tuple[str, ...],
    tags: Mapping[str, str],
) -> Steps | None:
    """Send to an addressee from an earlier step, if it still exists."""
    if not addressee.is_here(world):
        raise addressee.refusal
    return _send_to(world, session, command, addressee, text, tags, is_whole)


def _has_client_only(tags: Mapping[str, str]) -> bool:
    return any(key.startswith(CLIENT_ONLY) for key in tags)


def _send_to(
    world: World,
    session: Session,
    command: str,
    addressee: Addressee,
    text: tuple[str, ...],
    tags: Mapping[str, str],
    is_whole: bool = True,
) -> Steps | None:
    room, rank = addressee
    has_lines = LINES in tags
    if text and is_whole and not has_lines and (text[0][:2] in SUSPECTS or text[0][0] in SIGNS):
        refuse_secret(command, addressee.name, text[0])
    if not isinstance(room, Room):
        whom = _receiver(world, session.user, room, Message(command, (addressee.name, *text)))
        return _send_privately(world, session, command, addressee, whom, text, tags, is_whole)
    if not may_speak(room, session.user):
        if not (text and goes_to_operators(room, session.user)):
            raise silence(require_room(world, session, room.name), session.user)
        addressee = Addressee(room, rank if rank in RANKS_IN_CHARGE else LEAST_IN_CHARGE)
        if is_whole and command == "PRIVMSG" and rank != addressee.rank:
            _tell_who_hears(session, room)
        rank = addressee.rank
    if text:
        if room.slow and is_whole:
            refuse_to_hurry(room, session.user, world.now)
        if not (has_lines or room.flags.isdisjoint(FORM_MODES)):
            text = (in_form(room, text[0]),)
            if not text[0]:
                raise Refused(ERR_NOTEXTTOSEND)
    event = world.message_from(
        session.user, command, addressee.name if rank else room.name, *text, at=world.now, tags=tags
    )
    try:
        body = b"" if has_lines else encode_whole(event)
    except LineTooLong:
        return _send_in_pieces(world, session, command, addressee, _pieces(session, event), tags)
    post(world, session, room, event, body, rank)
    return None


def _tell_who_hears(session: Session, room: Room) -> None:
    why = "Only those in charge of the room see what you say (mode U)"
    session.tell("NOTE", "PRIVMSG", "SENT_TO_OPERATORS", room.name, why)


def _refuse_guest(user: User, whom: User) -> None:
    """Raises Refused (477) if `whom` accepts no private messages from people without an account
    (mode R), and has not written to this one."""
    if "R" in whom.flags and not (user.account or user.operator or user is whom):
        if user.id in whom.answerable:
            return
        why = "Only people who are logged in to an account may write to them (user mode R)"
        raise Refused(ERR_NEEDREGGEDNICK, whom.nick, fill=(why,))


def _receiver(world: World, by: User, whom: User | Account, message: Message) -> User | Account:
    """The recipient of a private message: a user who is connected, or the account for which it
    waits, if it has a text that is worth keeping. Raises Refused (477)."""
    if isinstance(whom, User):
        _refuse_guest(by, whom)
    user = whom if isinstance(whom, User) else present(world, whom)  # or back meanwhile
    if user is None or user not in world.absent:
        return user or whom
    here = [one for one in world.logged_in(user.account) if one.registered]
    connected = next(
        (one for one in here if one not in world.absent and not has_confined(one)), None
    )
    waits = len(message.params) > 1 and is_kept(message)
    account = world.accounts.find(user.account) if waits else None
    return connected or account or user


def post(
    world: World, session: Session, room: Room, message: Message, body: bytes, rank: str = ""
) -> None:
    """Say something in a room, to all members or, with a `rank` letter, to those of that rank.

    `body` is what `body_of` says of the message. Raises Refused if the log is full.
    """
    user, echoes = session.user, "echo-message" in session.capabilities
    with_the_others = echoes and not rank and session.replies is None and user in room.members
    by = None if with_the_others else session  # then the echo is a copy like everyone's
    try:
        message = said(world, user, room, message, body, rank, by)
    except HistoryError as error:
        raise _not_sent(message, error) from None
    if echoes and by is not None:
        session.send(message)


def _not_sent(message: Message, error: HistoryError) -> Failed:
    return Failed(
        message.command, "HISTORY_UNAVAILABLE", message.params[0], text=f"Not sent: {error}"
    )


def _send_privately(
    world: World,
    session: Session,
    command: str,
    addressee: Addressee,
    whom: User | Account,
    text: tuple[str, ...],
    tags: Mapping[str, str],
    is_whole: bool,
) -> Steps | None:
    """Send to a user, or leave the message for an account whose owner is not there. Raises
    Refused."""
    name = whom.nick if isinstance(whom, User) else whom.name
    event = world.message_from(session.user, command, name, *text, at=world.now, tags=tags)
    if isinstance(whom, Account):
        _refuse_to_leave(world, session, addressee, whom, event)
    try:
        body = b"" if LINES in tags else encode_whole(event)
    except LineTooLong:
        pieces = _pieces(session, event)
        if is_whole:
            _tell_away(session, whom, command)
        return _send_in_pieces(world, session, command, addressee, pieces, tags)
    try:
        if isinstance(whom, User):
            event = said_to(world, session.user, whom, event, body, session)
        else:
            event = leave(world, session.user, whom, event, session)
    except HistoryError as error:
        raise _not_sent(event, error) from None
    if is_whole:
        _tell_away(session, whom, command)
    if session.echoes:
        session.send(event)
    return None


def _refuse_to_leave(
    world: World, session: Session, addressee: Addressee, account: Account, event: Message
) -> None:
    """Refuse what only makes sense to somebody who is there (401), and what is too much. Raises
    Refused."""
    now = world.accounts.find(account.name)  # either may have changed since the last piece
    may_leave = now is not None and may_leave_for(world, session.user, now)
    if not may_leave or not event.params[1:] or not is_kept(event):
        if isinstance(addressee.whom, User):  # others see them: they stay without a connection
            why = f"Not sent: {addressee.name} is {NOT_CONNECTED}"
            if world.limits.waiting:
                why += ", and only people with an account can leave messages"
            raise Failed(event.command, "NOT_CONNECTED", addressee.name, text=why)
        raise addressee.refusal
    _refuse_too_many(world, session, event.command, account)


_ALL = 10
"""All conversations of an account together may have this many times as many waiting messages as
one."""


def _refuse_too_many(world: World, session: Session, command: str, account: Account) -> None:
    """Raises Failed if as many messages wait for the account as may."""
    waiting, most = world.waiting.for_account(account.number), world.limits.waiting
    log = conversation(world.accounts, session.user.account, account.name)
    _, count = waiting.logs.get(log, ("", 0))
    if count >= most or waiting.count >= most * _ALL:
        text = f"Not sent: too many messages wait for {account.name} already"
        raise Failed(command, "TOO_MANY_WAITING", account.name, text=text)


WAITS = "not here now, and will get your message on coming back"


def _tell_away(session: Session, whom: User | Account, command: str) -> None:
    """Tell the author that it will not be read at once (301)."""
    if command == "PRIVMSG":
        name, why = (whom.nick, whom.away) if isinstance(whom, User) else (whom.name, WAITS)
        if why:
            tags = marks_of(whom) if isinstance(whom, User) else NO_TAGS
            session.reply(RPL_AWAY, name, fill=(why,), tags=tags)


# Messages of several lines


def batch(_world: World, _session: Session, message: Message) -> None:
    """BATCH by a client that has not agreed on it. For others, `client_batches` handles it. Raises
    Refused."""
    raise Refused(ERR_UNKNOWNCOMMAND, message.command)


def _send_lines(
    world: World,
    session: Session,
    command: str,
    target: str,
    pieces: list[Piece],
    tags: Mapping[str, str],
) -> Steps | None:
    """Send a message of several lines: the same checks as for one line, for each of them."""
    if is_service(target):
        raise Failed("BATCH", "MULTILINE_INVALID", text=f"{target} takes one line at a time")
    addressee = require_addressee(world, session, target)
    for line in lines_in(pieces):
        if line[:2] in SUSPECTS or line[:1] in SIGNS:
            refuse_secret(command, addressee.name, line)
    room = addressee.whom
    if isinstance(room, Room) and not room.flags.isdisjoint(FORM_MODES):
        lines = lines_in(pieces)
        allowed = [in_form(room, line) for line in lines]
        if allowed != lines:
            pieces = [Piece(line) for line in allowed]
        if not any(allowed):
            raise Refused(ERR_NOTEXTTOSEND)
    head = Message(command, (addressee.name, ""), session.user.source)
    text, cuts = text_of(list(_cut_to(MAX_BODY - body_size(head), pieces)))
    return _send_to(world, session, command, addressee, (text,), {**tags, LINES: cuts})


def _cut_to(size: int, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, split where others could not get them in one line."""
    for piece in pieces:
        if len(piece.text.encode()) <= size:
            yield piece
            continue
        for count, part in enumerate(split_text(piece.text, size)):
            yield Piece(part, piece.continues or count > 0)


# Messages that are longer than a line


def _pieces(session: Session, event: Message) -> Iterator[str]:
    """The text of a message that is too long for its line, in pieces that fit.

    With the source in front, a line may exceed 512 bytes although the sender's line did not, and
    the sender's client does not know. Cutting the text, as other servers do, loses words. A client
    that knows labels learns which of its messages was refused, and why, and can handle that better
    than a split. So the message is refused for those clients, and if it cannot be split (CTCP).

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
    world: World,
    session: Session,
    command: str,
    addressee: Addressee,
    pieces: Iterator[str],
    tags: Mapping[str, str],
) -> Steps:
    """Send each piece as a separate message with the cost of one; the first piece has the tags.

    The checks before a message are repeated for each piece, because somebody may be removed or
    leave meanwhile. Raises Cut, so that the sender learns which words were not sent.
    """
    for count, piece in enumerate(pieces):
        if count:  # the first piece is charged with the line itself
            flood.spend(world, session, 1)
        own = NO_TAGS if count else tags
        try:
            yield from _send_again(world, session, command, addressee, False, (piece,), own) or ()
        except Refused as refusal:
            if not count or isinstance(refusal, Cut):
                raise
            raise Cut(refusal, command, addressee.name, _beginning(piece)) from None
        yield  # finding the next piece takes time


def _beginning(text: str) -> str:
    words = " ".join(text.removeprefix(ACTION).removesuffix("\x01").split())
    return words if len(words) <= QUOTED_CHARACTERS else f"{words[:QUOTED_CHARACTERS]}…"
