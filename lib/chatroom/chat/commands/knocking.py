"""KNOCK: asks those in charge of a closed room to be let in (as on Charybdis and InspIRCd)."""

from chatroom.chat.commands.rooms import refuse_at_the_door
from chatroom.chat.refusals import Refused
from chatroom.chat.rights import KNOCK, cannot_send, require
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Knocked
from chatroom.chat.state.model import Room
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_room
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.numerics import (
    ERR_BANNEDFROMCHAN,
    ERR_CHANOPEN,
    ERR_KNOCKONCHAN,
    ERR_SECUREONLYCHAN,
    ERR_TOOMANYKNOCK,
    RPL_KNOCKDLVR,
)

BY_PERSON, AT_ROOM = "knocks", "knocks_per_room"
"""Kinds of `Levels`, and names of rows of `Limits`."""


def knock(world: World, session: Session, message: Message) -> None:
    """KNOCK <room> [<text>]. Raises Refused."""
    room = require_room(world, session, message.params[0])
    if session.user in room.members:
        raise Refused(ERR_KNOCKONCHAN, room.name)
    require(room, session.user, KNOCK)
    try:
        refuse_at_the_door(world, session, room, "")
    except Refused as refusal:
        if refusal.numeric is ERR_SECUREONLYCHAN:
            raise  # no invitation would help
        if refusal.numeric is ERR_BANNEDFROMCHAN:
            raise cannot_send(room, "you are banned here") from None
    else:
        raise Refused(ERR_CHANOPEN, room.name)
    _limit(world, session, room)
    text = message.param(1)[: world.limits.reason]
    apply(world, Knocked(session.user.id, room.name, text, world.now))
    session.reply(RPL_KNOCKDLVR, room.name)


def _limit(world: World, session: Session, room: Room) -> None:
    """Count the knock of this person, whatever their nickname, and at this room. Raises Refused
    (712): knocks are not delayed, because those who hear them could not tell."""
    user = session.user
    who = f"account {fold(user.account)}" if user.account else f"{user.username}@{user.address}"
    levels = {}
    for kind, whose in ((BY_PERSON, who), (AT_ROOM, room.folded)):
        most: int = getattr(world.limits, kind)
        if most:
            levels[kind, whose] = used = 1 + world.levels.used(kind, whose, most, world.clock)
            if used > most:
                world.levels.refused[kind] += 1
                about = "you have knocked" if kind == BY_PERSON else "others have knocked there"
                raise Refused(ERR_TOOMANYKNOCK, room.name, fill=(about,))
    for (kind, whose), used in levels.items():
        world.levels.fill(kind, whose, used, world.clock)
