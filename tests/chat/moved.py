"""A chat that goes on in another world, as it does in another process after an upgrade."""

import json
from collections.abc import Sequence

from chat.people import Peer
from chatroom.chat.continuing import reattach, restore_session, restore_world, take
from chatroom.chat.ports import irc_encoders
from chatroom.chat.session import Session
from chatroom.chat.state.world import World


def move(world: World, other: World, sessions: Sequence[Session]) -> list[Session]:
    """Make the new world `other` the same as `world`. Returns its sessions. What waits in an outbox
    goes along, as it does with a connection."""
    for session in sessions:
        world.fanout.catch_up(session)
    other.set_time(world.now, world.clock)
    other.set_limits(world.limits)
    other.set_account_settings(world.account_settings)
    other.log, other.keeper = world.log, world.keeper
    other.operator_keeper = world.operator_keeper
    other.on_event, other.on_expelled = world.on_event, world.on_expelled
    other.on_squatting = world.on_squatting
    values = json.loads(json.dumps(take(world, sessions)))
    restore_world(other, values)
    moved = []
    for before, own in zip(sessions, values["sessions"], strict=True):
        session = restore_session(other, own, Peer(before.peer.outbox))
        session.encode_by(irc_encoders)
        moved.append(session)
    reattach(other, moved, values)
    assert json.loads(json.dumps(take(other, moved))) == values
    return moved
