"""Commands for rooms: JOIN, PART, TOPIC, NAMES, LIST, INVITE, KICK (Modern IRC, "Channel
Operations")."""

from collections.abc import Iterable
from itertools import zip_longest
from typing import NamedTuple

from chatroom.chat import flood
from chatroom.chat.dispatch import attempt, attempt_steps
from chatroom.chat.named_operators import may_always_enter, promote
from chatroom.chat.output.answers import Steps
from chatroom.chat.output.markers import send_marker
from chatroom.chat.output.metadata import sync_on_joining
from chatroom.chat.output.playback import replay
from chatroom.chat.privileges import SEE
from chatroom.chat.refusals import Failed, Refused, TooLong
from chatroom.chat.rights import (
    INVITE,
    INVITE_PAST_MODES,
    KICK,
    SET_TOPIC,
    may,
    require,
    require_against,
    require_inside,
)
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.changes.renaming import CHANNEL_RENAME
from chatroom.chat.state.events import Invited, Joined, Kicked, Parted, TopicChanged
from chatroom.chat.state.model import Room, User, marks_of
from chatroom.chat.state.world import World
from chatroom.chat.targets import (
    no_more_than,
    refuse_too_many,
    require_member,
    require_membership,
    require_room,
    require_user,
    split,
)
from chatroom.text.display import byte_count
from chatroom.wire.capabilities import NO_NAMES, in_lines
from chatroom.wire.message import MAX_BODY, Message, body_size
from chatroom.wire.names import ROOM_PREFIX, InvalidName, bare, fold, room_name
from chatroom.wire.numerics import (
    ERR_BADCHANMASK,
    ERR_BADCHANNELKEY,
    ERR_BANNEDFROMCHAN,
    ERR_CHANNELISFULL,
    ERR_INVITEONLYCHAN,
    ERR_LINKCHANNEL,
    ERR_NEEDMOREPARAMS,
    ERR_NEEDREGGEDNICK,
    ERR_NOSUCHCHANNEL,
    ERR_NOTONCHANNEL,
    ERR_SECUREONLYCHAN,
    ERR_TOOMANYCHANNELS,
    ERR_USERNOTINCHANNEL,
    ERR_USERONCHANNEL,
    RPL_AWAY,
    RPL_ENDOFINVITELIST,
    RPL_ENDOFNAMES,
    RPL_INVITELIST,
    RPL_INVITING,
    RPL_NAMREPLY,
    RPL_NOTOPIC,
    RPL_TOPIC,
    RPL_TOPICWHOTIME,
)

TARGET_COST = 2
"""The cost of each target of JOIN, PART and KICK, as their rows say."""

MEMBERS_PER_STEP = 25
"""Members that NAMES lists in one step: a tenth of a millisecond, two with `userhost-in-names`."""


def join(world: World, session: Session, message: Message) -> Steps:
    """JOIN <room>{,<room>} [<key>{,<key>}], or JOIN 0 to leave all."""
    if message.params == ("0",):
        for count, room in enumerate(list(session.user.rooms)):
            if count:
                yield
                flood.spend(world, session, TARGET_COST)
            if (
                room in session.user.rooms
            ):  # checked again: others may have acted since the last step
                _leave(world, session, room, "")
        return
    rooms, keys = message.params[0].split(","), message.param(1).split(",")
    wanted = dict(zip_longest(rooms, keys[: len(rooms)], fillvalue=""))  # by position
    wanted.pop("", None)
    no_more_than(world.limits.rooms_at_once, list(wanted))
    for count, (name, key) in enumerate(wanted.items()):
        if count:
            yield
            flood.spend(world, session, TARGET_COST)
        yield from attempt_steps(session, _join(world, session, name, key))


def _join(world: World, session: Session, wanted: str, key: str) -> Steps:
    if not wanted.startswith(ROOM_PREFIX):
        raise Refused(ERR_NOSUCHCHANNEL, wanted)
    try:
        name = room_name(wanted, world.limits.room_name)
    except InvalidName as fault:
        raise Refused(ERR_BADCHANMASK, wanted, fill=(fault,)) from None
    room = world.find_room(name)
    if room is None and (renamed := world.formerly(name)) is not None:
        room = _led_on(world, session, name, renamed, key)
    if room is not None and session.user in room.members:
        return
    if len(session.user.rooms) >= world.limits.rooms_per_user:
        raise Refused(ERR_TOOMANYCHANNELS, name)
    if room is not None:
        room = _admitting(world, session, room, key)
        if session.user in room.members:
            return
    name = room.name if room else name
    apply(world, Joined(session.user.id, name, world.log.position, world.now), session)
    room = world.rooms[fold(name)]
    others = [one for one in session.user.sessions if one is not session]
    sessions = [session, *(one for one in others if isinstance(one, Session))]
    _note_entered(world, sessions, room)
    promote(world, room, [session.user], session, enters=True)
    yield
    yield from _show_each(world, sessions, room)


_LEAD_ELSEWHERE = frozenset({ERR_CHANNELISFULL, ERR_INVITEONLYCHAN, ERR_NEEDREGGEDNICK})
"""Refusals after which people are led elsewhere: not a ban, and a wrong key can be typed again."""

_LONGEST_WAY = 5
"""Rooms that may lead on to each other."""


def _admitting(world: World, session: Session, room: Room, key: str) -> Room:
    """That room, or the one to which it leads people who cannot enter (mode f). Raises Refused with
    the reason of the first one, if there is none: no room may lead around in a circle, to one that
    the user may not know, or into one that was opened later by somebody else."""
    try:
        refuse_at_the_door(world, session, room, key)
        return room
    except Refused as refusal:
        if refusal.numeric not in _LEAD_ELSEWHERE or not room.forward:
            raise
        first = refusal
    target = room
    for _ in range(_LONGEST_WAY):
        at = target.forward_at
        other = world.find_room(target.forward) or world.formerly(target.forward)
        if other is None or other.created > at or not other.visible_to(session.user):
            break
        if session.user in other.members:
            break
        target = other
        try:
            refuse_at_the_door(world, session, target, "")
        except Refused as refusal:
            if refusal.numeric not in _LEAD_ELSEWHERE or not target.forward:
                break
            continue
        why = "Forwarding to another room"
        session.reply(ERR_LINKCHANNEL, room.name, target.name, fill=(why,))
        return target
    raise first


def _led_on(world: World, session: Session, name: str, room: Room, key: str) -> Room:
    """The room that had that name before, for a client that does not know of renamed rooms; other
    clients get a reply with the new name. Raises Refused: somebody who may not know that a secret
    room exists does not learn its new name (403)."""
    if not room.visible_to(session.user):
        try:
            refuse_at_the_door(world, session, room, key)
        except Refused:
            raise Refused(ERR_NOSUCHCHANNEL, name) from None
    if CHANNEL_RENAME in session.capabilities and not session.shows_rooms_itself:
        why = f"{bare(name)} is called {bare(room.name)} now"
        raise Failed("JOIN", "CHANNEL_RENAMED", name, room.name, text=why)
    session.reply(ERR_LINKCHANNEL, name, room.name, fill=("The room has been renamed",))
    return room


def enter_anyway(world: World, sessions: list[Session], wanted: str, by: Session) -> Steps:
    """Let a user, whose sessions these are, enter a room whatever its modes but z, as an operator
    of the server wants. Raises Refused (403, 443, 489)."""
    room = world.find_room(wanted)
    if room is None:
        raise Refused(ERR_NOSUCHCHANNEL, wanted)
    user = sessions[0].user
    if user in room.members:
        raise Refused(ERR_USERONCHANNEL, user.nick, room.name)
    _refuse_in_the_clear(user, room)
    own = by if by.user is user else None
    apply(world, Joined(user.id, room.name, world.log.position, world.now), own)
    promote(world, room, [user], own, enters=True)
    _note_entered(world, sessions, room)
    return _show_each(world, sessions, room)


def _note_entered(world: World, sessions: Iterable[Session], room: Room) -> None:
    for session in sessions:
        world.read_marks.entered(session, room)


def _show_each(world: World, sessions: Iterable[Session], room: Room) -> Steps:
    """Show a room to all connections of somebody who has entered it: each client has to learn who
    is there. A person who was removed meanwhile may not see the rest."""
    for session in sessions:
        if session.user in room.members and not session.closing:
            send_marker(world, session, room, session)
            yield from _show_inside(world, session, room)


def _show_inside(world: World, session: Session, room: Room) -> Steps:
    if room.topic:
        _send_topic(session, room)
    if not session.shows_rooms_itself:
        if NO_NAMES.isdisjoint(session.capabilities):
            yield from send_names(world, session, room)
        yield from sync_on_joining(world, session, room)
        yield  # reading the history takes as long as the names
        if session.user not in room.members:
            return
        yield from replay(world, session, room)
        world.read_marks.showed_past(session, room, world.log.position)


def show_topic_and_names(world: World, session: Session, room: Room) -> Steps:
    """Show a room to somebody in it without its past."""
    if room.topic:
        _send_topic(session, room)
    if NO_NAMES.isdisjoint(session.capabilities):
        yield from send_names(world, session, room)
    yield from sync_on_joining(world, session, room)


def show_room(world: World, session: Session, room: Room) -> Steps:
    """Show a room to a new connection of a user who is in it, as if they entered it now."""
    user = session.user
    params = (room.name, user.account or "*", user.realname)
    session.send(world.message_from(user, "JOIN", at=world.now)._replace(params=params))
    send_marker(world, session, room, session)
    world.read_marks.entered(session, room)
    yield from _show_inside(world, session, room)


def refuse_at_the_door(world: World, session: Session, room: Room, key: str) -> None:
    """Check whether the user may enter. Raises Refused. An invitation overrides the modes,
    except for people who were banned after it; those who will be operators, or more, can enter in
    spite of all modes but z: what is said there must not travel in the clear."""
    _refuse_in_the_clear(session.user, room)  # nothing overrides that
    if may_always_enter(world, session.user, room):
        return
    invitation = session.user.invitations.get(room)
    if invitation is not None and not room.lists.bans_the_invited(session.user, invitation):
        return
    if "R" in room.flags and not session.user.account:
        raise Refused(ERR_NEEDREGGEDNICK, room.name, fill=("Cannot join room (+R): log in first",))
    if room.lists.bans(session.user):
        raise Refused(ERR_BANNEDFROMCHAN, room.name, fill=(_ban_words(world, room, session.user),))
    if "i" in room.flags and not room.lists.matches("I", session.user):
        raise Refused(ERR_INVITEONLYCHAN, room.name)
    if room.key and key != room.key:
        raise Refused(ERR_BADCHANNELKEY, room.name)
    if room.limit and len(room.members) >= room.limit:
        raise Refused(ERR_CHANNELISFULL, room.name)


def _refuse_in_the_clear(user: User, room: Room) -> None:
    """Raises Refused."""
    if "z" in room.flags and not user.secure:
        raise Refused(ERR_SECUREONLYCHAN, room.name)


def _ban_words(world: World, room: Room, user: User) -> str:
    """` for another 2 hours (spam)`: the end of a timed ban, and its reason, if it has them."""
    ban = room.lists.ban_on(user)
    words = ban.words(world.now) if ban is not None else ""
    return f" {words}" if words else ""


def part(world: World, session: Session, message: Message) -> Steps:
    """PART <room>{,<room>} [<reason>]"""
    reason = message.param(1)[: world.limits.reason]
    wanted = split(message.params[0])
    no_more_than(world.limits.rooms_at_once, wanted)
    for count, name in enumerate(wanted):
        if count:
            yield
            flood.spend(world, session, TARGET_COST)
        attempt(session, _part, world, session, name, reason)


def _part(world: World, session: Session, name: str, reason: str) -> None:
    _leave(world, session, require_membership(world, session, name), reason)


def _leave(world: World, session: Session, room: Room, reason: str) -> None:
    apply(world, Parted(session.user.id, room.name, reason, world.now), session)
    world.read_marks.left(session, [room], world.log.position, world.now)


def topic(world: World, session: Session, message: Message) -> None:
    """TOPIC <room> [<topic>]: an empty one clears it."""
    room = require_room(world, session, message.params[0])
    if session.user not in room.members and len(message.params) > 1:
        raise Refused(ERR_NOTONCHANNEL, room.name)
    if len(message.params) == 1:
        if room.topic:
            _send_topic(session, room)
        else:
            session.reply(RPL_NOTOPIC, room.name)
        return
    require(room, session.user, SET_TOPIC)
    text = message.params[1][: world.limits.topic]
    excess = (
        body_size(world.message_from(session.user, "TOPIC", room.name, text, at=world.now))
        - MAX_BODY
    )
    if excess > 0:
        what = f"your topic for {room.name} is {byte_count(excess)} too long and was not set"
        raise TooLong(what)
    apply(world, TopicChanged(session.user.id, room.name, text, world.now), session)


def _send_topic(session: Session, room: Room) -> None:
    session.reply(RPL_TOPIC, room.name, fill=(room.topic,))
    session.reply(RPL_TOPICWHOTIME, room.name, room.topic_by, str(int(room.topic_at)))


def names(world: World, session: Session, message: Message) -> Steps:
    """NAMES [<room>{,<room>}]: missing and secret rooms have no names. Without a room: the names
    in all visible rooms, with one end (RFC 2812 section 3.2.5)."""
    wanted = split(message.param(0))
    if not wanted:
        yield from _all_names(world, session)
        return
    if refuse_too_many(world, session, wanted):
        session.reply(RPL_ENDOFNAMES, message.param(0))
        return
    for count, name in enumerate(wanted):
        if count:
            yield
        room = world.find_room(name)
        if room is not None and room.visible_to(session.user):
            yield from send_names(world, session, room)
        else:
            session.reply(RPL_ENDOFNAMES, name)


def _all_names(world: World, session: Session) -> Steps:
    for room in list(world.rooms.values()):
        yield
        if room.members and room.visible_to(session.user):
            yield from _send_some_names(world, session, room)
    session.reply(RPL_ENDOFNAMES, "*")


def send_names(world: World, session: Session, room: Room) -> Steps:
    """Send RPL_NAMREPLY in as many lines as needed, and the end; only members see invisible people.

    People who come or leave between two steps are announced to the members, and listed only while
    they are in the room.
    """
    yield from _send_some_names(world, session, room)
    session.reply(RPL_ENDOFNAMES, room.name)


def _send_some_names(world: World, session: Session, room: Room) -> Steps:
    """Send the names without the numeric that ends them."""
    every = "multi-prefix" in session.capabilities
    with_host = "userhost-in-names" in session.capabilities
    symbol = "@" if "s" in room.flags else "="
    head = f":{world.settings.name} 353 {session.user.nick} {symbol} {room.name} :\r\n"
    space = MAX_BODY - len(head.encode())
    members = list(room.members)
    for begin in range(0, len(members), MEMBERS_PER_STEP):
        if begin:
            yield
        if not room.visible_to(session.user):
            break
        some = members[begin : begin + MEMBERS_PER_STEP]
        if "u" in room.flags:
            some = [member for member in some if not room.hides(member, session.user)]
        words = room.names(
            some,
            every,
            with_host,
            with_invisible=session.user in room.members or session.user.has(SEE),
        )
        for line in in_lines(words, space):
            if line:
                session.reply(RPL_NAMREPLY, symbol, room.name, fill=(line,))


def invite(world: World, session: Session, message: Message) -> Steps | None:
    """INVITE <nickname> <room>: lets the person in once, whatever the room's modes. Without
    parameters: the rooms that oneself was invited to."""
    if not message.params:
        return _invitations(world, session)
    if len(message.params) == 1:
        raise Refused(ERR_NEEDMOREPARAMS, message.command)
    _invite(world, session, message)
    return None


_INVITATIONS_PER_STEP = 50


def _invitations(world: World, session: Session) -> Steps:
    for count, room in enumerate(list(session.user.invitations), 1):
        if world.rooms.get(room.folded) is room:  # it has not faded meanwhile
            session.reply(RPL_INVITELIST, room.name)
        if count % _INVITATIONS_PER_STEP == 0:
            yield
    session.reply(RPL_ENDOFINVITELIST)


def _invite(world: World, session: Session, message: Message) -> None:
    guest = require_user(world, message.params[0])
    room = require_membership(world, session, message.params[1])
    if guest in room.members and not room.hides(guest, session.user):
        raise Refused(ERR_USERONCHANNEL, guest.nick, room.name)
    require(room, session.user, INVITE)
    opens = may(room, session.user, INVITE_PAST_MODES)
    session.reply(RPL_INVITING, guest.nick, room.name)
    if guest.away:
        session.reply(RPL_AWAY, guest.nick, fill=(guest.away,), tags=marks_of(guest))
    user = session.user
    apply(world, Invited(user.id, guest.id, room.name, opens, world.now), session)


def kick(world: World, session: Session, message: Message) -> Steps:
    """KICK <room>{,<room>} <nickname>{,<nickname>} [<reason>]"""
    limits = world.limits
    found = [_look_up(world, session, *names) for names in _kicked(world, session, message)]
    reason = message.param(2)[: limits.reason] or session.user.nick
    for count, pair in enumerate(found):
        if count:
            yield
            flood.spend(world, session, TARGET_COST)
        attempt(session, _kick, world, session, pair, reason)


class _Kicked(NamedTuple):
    """A member who is to be removed, and from which room.

    Several people are removed in several steps, and nicknames may change hands in between. So all
    of them are looked up in the first step.
    """

    room: Room
    member: User


def _kicked(world: World, session: Session, message: Message) -> list[tuple[str, str]]:
    """Returns pairs of a room's name and a nickname: for several people of one room, or for as many
    rooms as people (RFC 2812 section 3.2.8). Raises Refused (403, 407, 442, 461, 482)."""
    rooms, nicks = (param.split(",") for param in message.params[:2])
    if len(rooms) == 1:
        targets = split(message.params[1])
        no_more_than(world.limits.targets, targets)
        room = require_room(world, session, message.params[0])
        require_inside(room, session.user, KICK)
        return [(room.name, nick) for nick in targets]
    if len(rooms) != len(nicks):
        raise Refused(ERR_NEEDMOREPARAMS, message.command)
    no_more_than(world.limits.targets, nicks)
    return list(dict.fromkeys(zip(rooms, nicks, strict=True)))


def _look_up(world: World, session: Session, name: str, nick: str) -> _Kicked | Refused:
    try:
        room = require_room(world, session, name)
        require_inside(room, session.user, KICK)
        return _Kicked(room, require_member(world, room, nick))
    except Refused as refusal:
        return refusal


def _kick(world: World, session: Session, pair: _Kicked | Refused, reason: str) -> None:
    if isinstance(pair, Refused):
        raise pair
    room, target = pair
    require_inside(room, session.user, KICK)  # checked again: their rank may have changed
    if target not in room.members:
        raise Refused(ERR_USERNOTINCHANNEL, target.nick, room.name)
    require_against(room, session.user, target, KICK)
    apply(world, Kicked(session.user.id, target.id, room.name, reason, world.now), session)
    if target is session.user:  # an action of somebody else does not prove what the target has read
        world.read_marks.left(session, [room], world.log.position, world.now)
