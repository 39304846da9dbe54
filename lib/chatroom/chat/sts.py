"""Strict transport security: telling clients to come over TLS only (IRCv3 sts).

In the clear its value names the port for TLS, to which the client then connects. Over TLS it says
for how long the client shall use nothing else. From this machine no TLS is needed, so there it is
not advertised. Clients never request it, so it is not among CAPABILITIES.
"""

from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.capabilities import CAP_302

DURATION = 30 * 86_400
"""Seconds for which clients remember it."""


def sts_value(world: World, session: Session) -> str:
    """The token for CAP LS 302; "" if there is none for this session."""
    if not world.sts_port or session.cap_version < CAP_302:
        return ""
    if session.transport.tls:
        return f"sts=duration={DURATION}"
    return "" if session.secure else f"sts=port={world.sts_port}"


def announce_sts(world: World, before: int) -> None:
    """Announce a change of `sts_port`, which was `before`, to clients with cap-notify.

    The end of it is `duration=0`, and only over TLS. CAP DEL is not allowed: anybody on the way
    could send it.
    """
    if world.sts_port == before:
        return
    for user in list(world.users.values()):
        for session in user.sessions:
            if not isinstance(session, Session) or "cap-notify" not in session.capabilities:
                continue
            value = sts_value(world, session)
            if not world.sts_port and session.transport.tls:
                value = "sts=duration=0"
            if value:
                session.tell("CAP", session.user.nick or "*", "NEW", value)
