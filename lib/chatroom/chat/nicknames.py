"""Who may use a nickname: a registered one belongs to its account, and nobody may imitate it.

A client chooses its nickname before it logs in. So a registered nickname is only `claimed` by the
session until it is let in (`registration`); then the session either is logged in to the account, or
is refused. Somebody who uses one without that right is a squatter. With `accounts.grace` they may
use it for that many seconds, and are then renamed.
"""

from chatroom.chat.session import Session
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import NickChanged
from chatroom.chat.state.model import User
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import fold

GUEST = "Guest"
"""With a number, the new nickname of somebody who has lost theirs."""


def owner(world: World, nick: str) -> Account | None:
    """The account to which a nickname belongs."""
    return world.accounts.find(nick)


def is_own(account: Account | None, user: User) -> bool:
    """Whether the user is logged in to that account."""
    return account is not None and fold(account.name) == fold(user.account)


def is_for_others(world: World, nick: str, user: User) -> bool:
    """Whether a nickname belongs to an account that the user is not logged in to."""
    account = owner(world, nick)
    return account is not None and not is_own(account, user)


def imitated(world: World, nick: str, user: User) -> Account | None:
    """The account, not the user's own, whose name a nickname imitates."""
    account = world.accounts.imitated_by(nick)
    return None if is_own(account, user) or is_own(owner(world, nick), user) else account


def _why_not(world: World, user: User) -> str:
    """Why the user may not have their nickname; "" if they may."""
    if is_for_others(world, user.nick, user):
        return "belongs to an account that you are not logged in to"
    account = imitated(world, user.nick, user)
    return f"looks like {account.name}, who has an account" if account else ""


def give_up(world: World, user: User) -> None:
    """Rename a user who holds a nickname that is not theirs, and tell them why."""
    before, number, why = user.nick, user.id, _why_not(world, user)
    nick = f"{GUEST}{number}"
    while not world.is_free(nick, user) or owner(world, nick):
        number += 1
        nick = f"{GUEST}{number}"
    apply(world, NickChanged(user.id, nick, world.log.position, world.now))
    text = f"The nickname {before} {why}. You are {nick} now; choose another nickname, or log in."
    notice = Message("NOTICE", (nick, text), world.settings.name, world.time_tag(world.now))
    for session in user.sessions:
        if isinstance(session, Session) and user.registered:
            session.wanted = before
            session.send_now(notice)


def enforce(world: World, user: User) -> None:
    """Called when the user has taken a nickname, or is no longer logged in: see that they may keep
    it. A squatter is renamed now, or when their time is up."""
    if not user.nick or not _why_not(world, user):
        return
    if world.account_settings.grace:
        world.on_squatting(user.id, user.nick)
    else:
        give_up(world, user)


def enforce_name(world: World, name: str, besides: User | None = None) -> None:
    """Called when there is a new account of that name: see that nobody keeps the nickname, or one
    that looks like it."""
    for user in dict.fromkeys((world.holder(name), world.resembling(name))):
        if user is not None and user is not besides:
            enforce(world, user)


def time_is_up(world: World, number: int, nick: str) -> None:
    """Rename a user who still has that nickname when the grace is over."""
    user = world.users.get(number)
    if user is not None and user.nick == nick and _why_not(world, user):
        give_up(world, user)
