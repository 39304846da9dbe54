"""Shows clients the metadata of people and rooms (IRCv3 draft/metadata-3).

A room may have thousands of members, each with their values. So a synchronisation is produced in
steps (`answers`); and when somebody enters a large room, their client has to request one.
"""

from collections.abc import Iterable, Iterator, Mapping

from chatroom.chat.output.answers import Steps
from chatroom.chat.output.labelled_replies import batch
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.people_metadata import NOTHING
from chatroom.chat.state.subscriptions import Target, metadata_line
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.metadata import EVERYTHING, OWN, is_aware
from chatroom.wire.numerics import RPL_METADATASYNCLATER

BATCH = "metadata"

LINES_PER_STEP = 25
PEOPLE_PER_STEP = 250
"""Lines that one step sends, and people at whom it looks: some tenths of a millisecond."""

MOST_ON_JOINING = 100
"""Up to so many members, a client gets the metadata of a room by entering it; beyond that, it has
to request them."""


def name_for(session: Session, target: Target) -> str:
    """How a client calls a target; before it has registered, it has no name for its own user."""
    if isinstance(target, Room):
        return target.name
    return target.nick if target.registered else OWN


def shown_to(world: World, user: User, target: Target) -> Mapping[str, str]:
    """The values that this user may see. Those of a closed room are for its members; a room of
    which somebody may not know is no target at all (`commands.metadata`)."""
    if isinstance(target, Room) and user not in target.members:
        is_shut_out = target.is_closed or target.lists.bans(user)
        return NOTHING if is_shut_out else target.metadata
    return world.metadata_of(target)


def line_for(world: World, session: Session, target: Target, key: str, value: str) -> Message:
    """The numeric for a value, or for none ("")."""
    name = name_for(session, target)
    return metadata_line(world.settings.name, session.user.nick, name, key, value)


def send_own_metadata(world: World, session: Session) -> None:
    """Send a client that registers all metadata of its user, also keys to which it has not
    subscribed ("Automatic synchronization")."""
    if is_aware(session.capabilities):
        user = session.user
        with batch(session, BATCH, user.nick) as send:
            for key, value in world.metadata_of(user).items():
                send(line_for(world, session, user, key, value))


def send_later(session: Session, target: str) -> None:
    """Tell a client to ask for the metadata ("Postponed synchronization")."""
    session.reply(RPL_METADATASYNCLATER, target, "0")


def sync_on_joining(world: World, session: Session, room: Room) -> Steps:
    """Send a client what it has subscribed to of the room that it has entered."""
    if not is_aware(session.capabilities):
        return
    if len(room.members) > MOST_ON_JOINING:
        send_later(session, room.name)
    else:
        yield from sync(world, session, room)


def sync(world: World, session: Session, target: Target) -> Steps:
    """Send the values of the subscribed keys: of a user, or of a room, and to its members those of
    all members."""
    targets = _inside(session.user, target) if isinstance(target, Room) else (target,)
    return _sync(world, session, name_for(session, target), targets)


def sync_all(world: World, session: Session) -> Steps:
    """Send the values of the subscribed keys: of all people and rooms that the client hears of."""
    return _sync(world, session, EVERYTHING, _heard_of(world, session))


def _inside(user: User, room: Room) -> Iterator[Target]:
    """A room and its members, as long as the user is one of them."""
    yield room
    for member in list(room.members):
        if user not in room.members:
            break
        if not room.hides(member, user):
            yield member


def _heard_of(world: World, session: Session) -> Iterator[Target]:
    """Some are there more than once."""
    yield session.user
    for room in list(session.user.rooms):
        if session.user in room.members:
            yield from _inside(session.user, room)
    for nick in list(world.monitors.list_of(session)):
        if (user := world.find(nick)) is not None:
            yield user


def _sync(world: World, session: Session, shown: str, targets: Iterable[Target]) -> Steps:
    """One batch; values that change meanwhile are sent as they change."""
    done: set[Target] = set()
    lines = people = 0
    with batch(session, BATCH, shown) as send:
        for target in targets:
            if lines >= LINES_PER_STEP or people >= PEOPLE_PER_STEP:
                lines = people = 0
                yield
            people += 1
            if target in done or not is_here(world, target):
                continue
            done.add(target)
            values = shown_to(world, session.user, target)
            for key in world.subscriptions.keys_of(session) if values else ():
                if key in values:
                    lines += 1
                    send(line_for(world, session, target, key, values[key]))


def is_here(world: World, target: Target) -> bool:
    """Whether the user or the room still exists."""
    if isinstance(target, Room):
        return world.rooms.get(target.folded) is target
    return world.users.get(target.id) is target
