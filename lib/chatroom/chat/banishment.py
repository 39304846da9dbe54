"""Keeps out people whom operators of the server have banned, when they come in and when they change
their nickname. The address is checked as soon as it connects (`why_not_from`)."""

from chatroom.chat.session import Session
from chatroom.chat.state.model import User
from chatroom.chat.state.server_bans import ServerBan
from chatroom.chat.state.world import World
from chatroom.wire.names import fold
from chatroom.wire.numerics import ERR_YOUREBANNEDCREEP

BANNED = "You are banned from this server"


def why_not_from(world: World, host: str) -> str:
    """Why nobody may connect from that address, as a sentence without its full stop; "" if they
    may."""
    return _why(world, world.server_bans.of_address(host, world.now))


def ban_of(world: World, user: User, nick: str = "") -> ServerBan | None:
    """The ban that fits a user, who may be about to have that nickname."""
    bans, now = world.server_bans, world.now
    if not len(bans):
        return None
    by_address = (bans.of_address(host, now) for host in _hosts_of(user))
    by_name = (bans.of_name(name, now) for name in names_of(user, nick))
    return (
        next(filter(None, by_address), None)
        or bans.of_account(user.account, now)
        or next(filter(None, by_name), None)
    )


def names_of(user: User, nick: str = "") -> list[str]:
    """The folded `nick!user@host` of a user who may be about to have that nickname: with the
    address, its cloak (mode x), and the addresses of all connections."""
    begin = f"{fold(nick or user.nick)}!{fold(user.username)}"
    hosts = dict.fromkeys((user.address, user.cloak, *_hosts_of(user)))
    return [f"{begin}@{fold(host)}" for host in hosts if host]


def _hosts_of(user: User) -> list[str]:
    """The addresses of all connections."""
    hosts = (session.host for session in user.sessions if isinstance(session, Session))
    return list(dict.fromkeys(hosts))


def turn_away(world: World, session: Session) -> bool:
    """Refuse somebody who is about to come in, if they are banned (465). Returns whether they
    are."""
    why = _why(world, ban_of(world, session.user, session.claimed))
    if why:
        session.reply(ERR_YOUREBANNEDCREEP, fill=(why,))
        session.closing = why
    return bool(why)


def _why(world: World, ban: ServerBan | None) -> str:
    return "" if ban is None else f"{BANNED}{ban.words(world.now)}"
