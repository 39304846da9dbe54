"""KILL, KLINE, DLINE, UNKLINE, UNDLINE: operators of the server disconnect people and ban them.

KLINE takes a mask, a nickname or `a:ACCOUNT`, DLINE an address, a network such as 192.0.2.0/24, or
a nickname. A nickname stands for the address of the person who has it.
"""

from collections.abc import Callable, Iterator

from chatroom.chat.banishment import BANNED, ban_of, names_of
from chatroom.chat.commands.bans import FOR_EVER, OF_MASKS, seconds_of
from chatroom.chat.commands.mode_setters import LONGEST_MASK
from chatroom.chat.connections import dismiss, put_out
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Failed, Refused
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Killed, ServerBanLifted, ServerBansEnded, ServerBanSet
from chatroom.chat.state.model import User
from chatroom.chat.state.server_bans import (
    ACCOUNT,
    ServerBan,
    ServerBans,
    ban_key,
    network_from,
    target_of,
)
from chatroom.chat.state.world import World
from chatroom.chat.targets import require_user
from chatroom.text.times import span_words
from chatroom.wire.message import Message, as_middle
from chatroom.wire.names import fold, fold_mask, full_mask, why_fits_nobody
from chatroom.wire.numerics import ERR_NEEDMOREPARAMS

PEOPLE_PER_STEP = 20
"""People who are compared with a new ban in one step: twenty to thirty microseconds each."""

WIDEST = {4: 8, 6: 16}
"""The shortest prefix of a network: a typing error must not ban half of the world."""

_OF_IPV6 = 64
"""The prefix of the network that one person has (RFC 6177)."""


def kill(world: World, session: Session, message: Message) -> None:
    """KILL <nickname> [<reason>]"""
    target = require_user(world, message.params[0])
    reason = message.param(1)[: world.limits.reason] or "no reason given"
    apply(world, Killed(session.user.id, target.id, reason, world.now), session)
    put_out(world, target, f"Killed by {session.user.nick}: {reason}", session)


def _sessions(user: User) -> list[Session]:
    return [each for each in user.sessions if isinstance(each, Session)]


def kline(world: World, session: Session, message: Message) -> Steps:
    """KLINE [<time>] <nickname, mask or a:account> [<reason>]"""
    time, what, reason = _parts(message)
    target = _name_target(world, what)
    return _set(world, session, "KLINE", (target, False), time, reason)


def dline(world: World, session: Session, message: Message) -> Steps:
    """DLINE [<time>] <nickname, address or network> [<reason>]"""
    time, what, reason = _parts(message)
    if what.startswith(":"):
        what, reason = _after_colon(what)
    return _set(world, session, "DLINE", (_network(world, what), True), time, reason)


def _after_colon(text: str) -> tuple[str, str]:
    """`::1 :spam`, which looks like a last parameter: the address, and the reason."""
    what, _, reason = f":{text}".partition(" ")
    return what, reason.removeprefix(":")


def _parts(message: Message) -> tuple[str, str, str]:
    """The time, what is banned, and the reason. Raises Refused (461)."""
    first, second, *_ = (*message.params, "", "")
    if not first[:1].isdigit() or not _is_time(first):
        return FOR_EVER, first, second
    if not second:
        raise Refused(ERR_NEEDMOREPARAMS, message.command)
    return first, second, message.param(2)


def _is_time(word: str) -> bool:
    try:
        seconds_of("", word)
    except Failed:
        return False
    return True


def _set(
    world: World, session: Session, command: str, target: tuple[str, bool], time: str, reason: str
) -> Steps:
    """Set a ban, and end the sessions that it fits. Raises Failed."""
    seconds = seconds_of(command, time)
    until = world.now + seconds if seconds else 0.0
    reason = reason[: world.limits.reason]
    ban = ServerBan(*target, session.user.nick, world.now, until, reason)
    apply(world, ServerBansEnded(world.now))  # ended bans would take up room
    _require_room(world, command, ban)
    if _fitting(ban, world.now)(session.user):
        raise _invalid(command, ban.target, "That would keep you out, too")
    apply(world, ServerBanSet(session.user.id, *ban))
    end = f" for {span_words(seconds)}" if seconds else ""
    session.tell("NOTE", command, "BAN_SET", ban.target, f"{ban.target} is banned{end}")
    return _enforce(world, session, ban)


def _require_room(world: World, command: str, ban: ServerBan) -> None:
    """Raises Failed."""
    bans = world.server_bans
    if bans.find(ban.key) is not None:
        return  # which this one replaces
    if len(bans) >= world.limits.server_bans:
        raise _invalid(command, ban.target, "There are too many bans; lift some (STATS k, STATS d)")
    is_mask = not (ban.is_address or ban.target.startswith(ACCOUNT))
    if is_mask and not bans.has_room(ban.target):
        why = "Too many such masks; ban an address or a network by DLINE"
        raise _invalid(command, ban.target, why)


def _enforce(world: World, session: Session, ban: ServerBan) -> Steps:
    fits = _fitting(ban, world.now)
    for count, user in enumerate(list(world.users.values()), 1):
        if count % PEOPLE_PER_STEP == 0:
            yield
        banned = fits(user) if user.id in world.users else []
        why = f"{BANNED}{ban.words(world.now)}"
        for each in banned:
            dismiss(world, each, why, session)
        if user in world.absent and ban_of(world, user) is not None:
            put_out(world, user, why)
        if banned:
            yield


def _fitting(ban: ServerBan, now: float) -> Callable[[User], list[Session]]:
    """Returns a function for the sessions of a user that the ban matches: those from the address,
    or all."""
    alone = ServerBans()
    alone.add_ban(ban)

    def fits(user: User) -> bool:
        if ban.target.startswith(ACCOUNT):
            return alone.of_account(user.account, now) is not None
        named = bool(user.nick and user.username)
        return named and any(alone.of_name(name, now) for name in names_of(user))

    if ban.is_address:
        return lambda user: [one for one in _sessions(user) if alone.of_address(one.host, now)]
    return lambda user: _sessions(user) if fits(user) else []


def _name_target(world: World, what: str) -> str:
    """The full mask, or `a:` and the account. Raises Refused (401) and Failed."""
    if what.startswith(ACCOUNT):
        name = what.removeprefix(ACCOUNT)
        known = world.accounts.find(name) if len(name) <= LONGEST_MASK else None
        if known is None:
            raise _invalid("KLINE", what, "There is no such account")
        return ACCOUNT + known.name
    if len(what) <= LONGEST_MASK and OF_MASKS.isdisjoint(what):
        user = require_user(world, what)
        others = (one for one in world.users.values() if one is not user)
        alone = all(one.address != user.address for one in others)
        return f"*!*@{user.address}" if alone else full_mask(user.nick)
    mask = full_mask(what)
    folded = fold_mask(mask) if len(mask) <= LONGEST_MASK else "?"
    if "?" in folded.partition("*")[2].rpartition("*")[0] or as_middle(mask) != mask:
        raise _invalid("KLINE", what, "This mask cannot be matched quickly")
    if not folded.strip("*?!@.:~"):
        raise _invalid("KLINE", what, "That would ban everybody")
    if why := why_fits_nobody(mask):
        raise _invalid("KLINE", what, f"{why}; DLINE takes networks")
    return mask


def _network(world: World, what: str) -> str:
    """The network, as text. Raises Refused (401) and Failed."""
    user = world.find(what) if len(what) <= LONGEST_MASK else None
    if user is not None:
        host = _host_of(user)
        what = f"{host}/{_OF_IPV6}" if ":" in host else host
    try:
        network = network_from(what)
    except ValueError:
        raise _invalid("DLINE", what, "This is neither an address nor a network") from None
    if network.prefixlen < WIDEST[network.version]:
        least = WIDEST[network.version]
        raise _invalid("DLINE", what, f"A network has at least /{least}; ban smaller ones")
    return target_of(network)


def _host_of(user: User) -> str:
    """Their address; one from which they are still connected, if that one is not."""
    hosts = [one.host for one in _sessions(user)]
    return user.address if user.address in hosts or not hosts else hosts[0]


def _invalid(command: str, what: str, why: str) -> Failed:
    return Failed(command, "CANNOT_BAN", as_middle(what[:LONGEST_MASK]) or "*", text=why)


def unkline(world: World, session: Session, message: Message) -> None:
    """UNKLINE <mask, a:account or nickname>: a nickname lifts all that fit its owner."""
    what = message.params[0][:LONGEST_MASK]
    if what.startswith(ACCOUNT) or not OF_MASKS.isdisjoint(what):
        complete = what if what.startswith(ACCOUNT) else full_mask(what)
        _lift(world, session, "UNKLINE", what, [ban_key(complete, is_address=False)])
        return
    name = _last_name(world, what)
    keys = [ban.key for ban in world.server_bans.all_of_name(name, world.now)]
    _lift(world, session, "UNKLINE", what, [*keys, ban_key(full_mask(what), is_address=False)])


def _last_name(world: World, nick: str) -> str:
    """The folded `nick!user@host` of the person who has, or had, that nickname."""
    user, folded = world.find(nick), fold(nick)
    if user is not None:
        return user.masks[0]
    gone = next((one for one in world.departed if one.folded == folded), None)
    return (
        f"{folded}!{fold(gone.username)}@{fold(gone.address or gone.host)}"
        if gone
        else f"{folded}!@"
    )


def undline(world: World, session: Session, message: Message) -> None:
    """UNDLINE <address or network>"""
    what = message.params[0][:LONGEST_MASK]
    if what.startswith(":"):
        what, _ = _after_colon(what)
    try:
        keys = [ban_key(target_of(network_from(what)), is_address=True)]
    except ValueError:
        keys = []
    _lift(world, session, "UNDLINE", what, keys)


def _lift(world: World, session: Session, command: str, what: str, keys: list[str]) -> None:
    """Raises Failed."""
    found = [ban for key in dict.fromkeys(keys) if (ban := world.server_bans.find(key))]
    if not found:
        text = "There is no such ban; STATS k and STATS d list them"
        raise Failed(command, "NO_SUCH_BAN", as_middle(what) or "*", text=text)
    for ban in found:
        apply(world, ServerBanLifted(session.user.id, ban.key, world.now))
        text = f"{ban.target} is no longer banned"
        session.tell("NOTE", command, "BAN_LIFTED", ban.target, text)


def listed(world: World, *, addresses: bool) -> Iterator[ServerBan]:
    """The bans of one kind, for STATS; a caller may be interrupted between two of them."""
    for ban in list(world.server_bans):
        if ban.is_address == addresses and not ban.is_over(world.now):
            yield ban
