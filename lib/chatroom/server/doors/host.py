"""Makes the host of all doors: their functions, bound to the server and to the world.

A bound function costs a door no more than one that takes the world as its first argument.
"""

from collections.abc import Callable
from functools import partial

from chatroom.chat import dispatch
from chatroom.chat.connections import depart
from chatroom.chat.ports import Transport
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.net.connection import Connection
from chatroom.net.timers import Timers
from chatroom.server.doors.door import Door
from chatroom.server.doors.plain.host import PlainHost
from chatroom.server.doors.plain.words import Prose
from chatroom.server.doors.ports import DoorHost
from chatroom.server.gateway_keeper import GatewayKeeper
from chatroom.server.handshakes import Handshakes
from chatroom.server.web.host import WebHost


def door_host(
    world: World,
    timers: Timers,
    prose: Prose,
    handshakes: Handshakes,
    stopwatch: Callable[[], float],
    *,
    attach: Callable[[Connection, Door], None],
    ready: Callable[[Door], None],
    left: Callable[[Door, str], None],
    charge_address: Callable[[Session, float], None],
    charge_bytes: Callable[[Session, int], None],
    relocate: Callable[[Session, str, Transport], str],
    put_at: Callable[[Session, str, Transport], str],
    count_as_web: Callable[[Session, bool], str],
    why_not_directly: Callable[[Session], str],
    gateways: GatewayKeeper,
    web: WebHost,
) -> DoorHost[Door]:
    """Make the host. The keyword arguments are functions and parts of the server itself."""
    return DoorHost(
        facts=world,
        load=world.fanout,
        marks=world.read_marks,
        stopwatch=stopwatch,
        at=timers.at,
        attach=attach,
        ready=ready,
        left=left,
        charge_address=charge_address,
        charge_bytes=charge_bytes,
        relocate=relocate,
        put_at=put_at,
        count_as_web=count_as_web,
        why_not_directly=why_not_directly,
        gateways=gateways,
        carry_out=partial(dispatch.carry_out, world),
        dispatch=partial(dispatch.dispatch, world),
        answering=partial(dispatch.answering, world),
        depart=partial(depart, world),
        position=lambda: world.log.position,
        handshakes=handshakes,
        plain=PlainHost(world, prose),
        web=web,
    )
