"""Shows a room's history to people who enter; `reading` decides which parts they may read."""

from collections.abc import Callable, Collection, Mapping, Sequence

from chatroom.chat.conversations import name_for
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.labelled_replies import batch
from chatroom.chat.output.retelling import retell, retell_waiting
from chatroom.chat.reading import Reading, is_shut_out, read
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import WaitingTold
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import World
from chatroom.text.display import ACTION
from chatroom.wire.capabilities import REACTIONS, WAITING
from chatroom.wire.message import NO_TAGS, Message, encode_tags
from chatroom.wire.names import fold
from chatroom.wire.reference import KEPT, REACTION, HistoryError, Point

SAID = frozenset({"PRIVMSG", "NOTICE"})
EVENTS = frozenset({"JOIN", "PART", "QUIT", "KICK", "NICK", "TOPIC", "MODE"})
_TAGGED = frozenset({REACTION, KEPT})
"""The commands that draft/event-playback adds."""

MESSAGES_PER_STEP = 5
"""Messages of the history sent in one step: a quarter of a millisecond, with 4 KiB of tags each."""

LINES_PER_MESSAGE = 10
"""So many further lines of a message take as long as another message."""

REPLAYED_TAGS = 8192
"""Bytes of client-only tags in one replay. A client that needs more requests the history."""


_TAKES_REACTIONS = frozenset({REACTIONS, "batch", "message-tags", "server-time"})
"""With these a client can distinguish old reactions from live ones, and wants them."""


def message_commands(session: Session) -> Collection[str]:
    """The commands that count as messages for this client, with or without reactions."""
    return SAID | {REACTION} if session.capabilities >= _TAKES_REACTIONS else SAID


def played_back(session: Session) -> Collection[str]:
    """The commands of the history that this client gets."""
    commands = set(message_commands(session))
    if "draft/event-playback" in session.capabilities:
        commands |= EVENTS
        if "message-tags" in session.capabilities:
            commands |= _TAGGED
    if "draft/message-redaction" in session.capabilities:
        commands.add("REDACT")
    return commands


def show_batch(
    world: World,
    session: Session,
    target: str,
    messages: Sequence[Message],
    may_go_on: Callable[[], bool],
    tags: Mapping[str, str] = NO_TAGS,
) -> Steps:
    """Send messages of the history as a `chathistory` batch with these tags. Before each further
    step, `may_go_on` says whether to continue: a user who was removed from the room meanwhile gets
    nothing further."""
    sent, hidden = 0.0, False
    with batch(session, "chathistory", target, tags=tags) as send:
        for message in with_context(messages):
            if sent >= MESSAGES_PER_STEP:
                sent = 0
                yield
                if not may_go_on():
                    break
            sent += 1 + message.params[-1].count("\n") / LINES_PER_MESSAGE
            if CONTEXT not in message.tags:
                hidden = world.was_redacted(message)
            if not (hidden or world.was_redacted(message)):
                send(message)


CONTEXT = "draft/chathistory-context"
"""The tag of a message that belongs to the one before it, and does not count (chathistory,
"draft/chathistory-context tag")."""


def with_context(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages of a page; reactions to one of them follow it at once, as its context. Reactions
    to a message of another page stay where they are."""
    if not any(message.command == REACTION for message in messages):
        return messages
    places = {message.tags.get("msgid"): at for at, message in enumerate(messages)}
    following: list[list[Message]] = [[] for _ in messages]
    moved = set()
    for at, message in enumerate(messages):
        if message.command != REACTION:
            continue
        parent = message.tags.get("+reply") or message.tags.get("+draft/reply") or ""
        place = places.get(parent, at)
        if place < at and messages[place].command != REACTION:
            following[place].append(message._replace(tags={CONTEXT: "", **message.tags}))
            moved.add(at)
    return [
        one
        for at, message in enumerate(messages)
        if at not in moved
        for one in (message, *following[at])
    ]


_KNOWS_THE_PAST = frozenset({"batch", "server-time"})
"""With these a client can distinguish old messages from live ones."""


def replay(world: World, session: Session, room: Room) -> Steps:
    """Send a room's last lines to a user who enters it, unless the user is a bot, or the client
    requests the history itself.

    Clients that understand batches and times get a batch of the original messages; all others get
    notices. One of the two capabilities is not enough: without `server-time` the lines would have
    no time, and without `batch` the client would take them for live ones.
    """
    asks_itself = "draft/chathistory" in session.capabilities
    if session.user.bot or session.shows_rooms_itself or asks_itself:
        return
    try:
        last = yield from unseen(world, session, room, message_commands(session))
        messages = [message for message in last if not _asks(message)]
    except HistoryError:
        session.tell(
            "NOTICE", session.user.nick, "The history of this room cannot be read right now."
        )
        return
    if not messages:
        return
    if not session.capabilities >= _KNOWS_THE_PAST:
        yield from retell(world, session, room, messages)
        return
    if "message-tags" in session.capabilities:
        messages = _within(REPLAYED_TAGS, messages)
    yield from show_batch(world, session, room.name, messages, lambda: session.user in room.members)


def tell_waiting(world: World, user: User) -> Steps:
    """Send what has waited for somebody who has come back, once, to all of their connections. If
    they have left again, it goes on waiting."""
    if world.users.get(user.id) is not user or not _is_listening(user):
        return
    number = world.accounts.number_of(user.account)
    waiting = world.waiting.for_account(number) if number else None
    if waiting is None or not waiting.logs:
        return
    logs = dict(waiting.logs)
    apply(world, WaitingTold(number, world.log.position))
    for log, (msgid, count) in logs.items():
        for session in user.sessions:
            if isinstance(session, Session) and not asks_for_waiting(session):
                yield from _tell_waiting_in(world, session, log, msgid, count)
        yield


def _is_listening(user: User) -> bool:
    """Whether any connection of theirs stays open."""
    return any(isinstance(one, Session) and not one.closing for one in user.sessions)


def asks_for_waiting(session: Session) -> bool:
    """Whether the client asks for the history of conversations by itself."""
    return "draft/chathistory" in session.capabilities and WAITING not in session.capabilities


def _tell_waiting_in(world: World, session: Session, log: str, msgid: str, count: int) -> Steps:
    nick = name_for(world, session, log)
    try:
        first = world.log.point(log, msgid)
        after = Point(first.at, first.number - 1) if first else None
        messages = yield from read(world, session, log, count, SAID, after=after)
    except HistoryError:
        what = f"Messages from {nick} cannot be read right now; /history or CHATHISTORY shows them."
        session.tell("NOTICE", session.user.nick, what)
        return
    if first is None:  # it was erased; the rest may be their own lines
        messages = [one for one in messages if one.params[0] == session.user.nick]
    if not messages or session.closing:
        return
    if not session.capabilities >= _KNOWS_THE_PAST:
        yield from retell_waiting(world, session, nick, messages)
        return
    if "message-tags" in session.capabilities:
        messages = _within(REPLAYED_TAGS, messages)
    yield from show_batch(
        world, session, nick, messages, lambda: not is_shut_out(world, session, log)
    )


def unseen(world: World, session: Session, room: Room, commands: Collection[str] = SAID) -> Reading:
    """The last lines of a room for a user who enters it, without those that this session has read.

    Raises HistoryError.
    """
    if not world.read_marks.replay:
        return []
    messages = yield from read(world, session, room.name, world.read_marks.replay, commands)
    taken = world.read_marks.taken_by(session, room, world.now)
    number_of = world.log.number_of
    if not taken:
        return messages
    return [
        m for m in messages if number_of(m.tags["msgid"]) > taken and not _is_by(world, session, m)
    ]


def _is_by(world: World, session: Session, message: Message) -> bool:
    """Whether this user sent the message. Then their client knows it, although it may have died
    before it could prove that."""
    nick, _, rest = message.source.partition("!")
    user = session.user
    return fold(nick) == user.folded and rest.rpartition("@")[2] in (user.address, user.cloak)


def _within(space: int, messages: Sequence[Message]) -> list[Message]:
    """The messages, with at most `space` bytes of client-only tags together; the newest messages
    keep their tags.

    Nobody requested these tags, and each message may have 4 KiB of them.
    """
    kept = []
    for message in reversed(messages):
        tags = {key: value for key, value in message.tags.items() if key.startswith("+")}
        if tags:
            space -= len(encode_tags(tags))
            if space < 0 and message.command == REACTION:
                continue  # a TAGMSG is empty without its tags
            if space < 0:
                others = {k: v for k, v in message.tags.items() if k not in tags}
                message = message._replace(tags=others)
        kept.append(message)
    return kept[::-1]


def _asks(message: Message) -> bool:
    """Whether it is a CTCP query: replaying it would make the client answer an old question (CTCP,
    "Queries")."""
    text = message.params[-1]
    return text.startswith("\x01") and not text.startswith(ACTION)
