"""Accounts come, change and go, and people log in to them: the part of `apply` for these."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chatroom.chat.ports import Recipient
from chatroom.chat.state.accounts import Account
from chatroom.chat.state.changes.keeping import forget_user, keep_changed, save
from chatroom.chat.state.changes.marking import forget_markers
from chatroom.chat.state.changes.metadata import forget_metadata, log_in_with_metadata
from chatroom.chat.state.changes.operators import set_server_ban, unmake_operator
from chatroom.chat.state.changes.people import quit_user
from chatroom.chat.state.changes.rooms import change_ranks, drop_room, tell_modes
from chatroom.chat.state.changes.telling import few_in, tell_own
from chatroom.chat.state.events import (
    AccountAdded,
    AccountRemoved,
    AccountRenamed,
    AccountSuspended,
    LoggedIn,
    LoggedOut,
)
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.server_bans import ban_key
from chatroom.chat.state.world import World
from chatroom.text.display import visible
from chatroom.wire.message import Message
from chatroom.wire.modes import ModeChange
from chatroom.wire.names import ACCOUNT, fold
from chatroom.wire.numerics import RPL_LOGGEDIN, RPL_LOGGEDOUT

log = logging.getLogger("chatroom")

ACCOUNT_NOTIFY = "account-notify"


def _logged_in(world: World, event: LoggedIn, by: Recipient | None) -> None:
    user = world.users[event.user]
    _set_account(world, user, event.account, event.at, by)
    log.info("%s logged in to the account %s", _name_of(user), visible(event.account))


def _logged_out(world: World, event: LoggedOut, by: Recipient | None) -> None:
    _log_out(world, world.users[event.user], event.at, by)


def _log_out(world: World, user: User, at: float, by: Recipient | None = None) -> None:
    log.info("%s logged out of the account %s", _name_of(user), visible(user.account))
    _set_account(world, user, "", at, by)
    if user in world.absent:
        quit_user(world, user, "Logged out", at)


def _name_of(user: User) -> str:
    return visible(user.nick or user.host)


def _set_account(world: World, user: User, account: str, at: float, by: Recipient | None) -> None:
    """Tell the user by a numeric, and clients with account-notify (IRCv3) by ACCOUNT.

    An operator of the server by an account stops being one when they log out of it.
    """
    line = world.message_from(user, "ACCOUNT", account or "*", at=at)
    if user.account and fold(user.account) != fold(account):
        _take_ranks(world, user, at)
    stayed = forget_user(world, user)  # not before: each rank that is taken saves the user again
    log_in_with_metadata(world, user, account)
    keep_changed(world, user, stayed)
    tell_own(user, _account_numeric(world, user), by)
    if user.operator is not None and user.operator.by_account:
        unmake_operator(world, user, at, by)
    if not user.registered:
        return
    few = few_in(user, user.rooms)
    hearers = world.fanout.audience_of_rooms(user.rooms, few)
    world.fanout.tell(world.fanout.with_capability(hearers, ACCOUNT_NOTIFY, True), line)
    if len(few) == len(user.rooms):
        own = (one for one in user.sessions if ACCOUNT_NOTIFY in one.capabilities)
        world.fanout.tell_all(own, line)
    world.monitors.changed(user, line, ACCOUNT_NOTIFY)


def _take_ranks(world: World, user: User, at: float) -> None:
    """Take away the ranks that the user has by the account that they are leaving."""
    for room in list(user.rooms):
        for letter in world.account_ranks(user, room):
            if letter in room.members[user]:
                change_ranks(world, room, letter, [user], False, at)


def _account_numeric(world: World, user: User) -> Message:
    nick, account = user.nick or "*", user.account
    mask = f"{nick}!{user.username or '*'}@{user.host}"
    if account:
        params = (nick, mask, account, RPL_LOGGEDIN.text.format(account))
        return Message(RPL_LOGGEDIN.code, params, world.fanout.server_name)
    return Message(RPL_LOGGEDOUT.code, (nick, mask, RPL_LOGGEDOUT.text), world.fanout.server_name)


def _account_added(world: World, event: AccountAdded, _by: Recipient | None) -> None:
    account = Account(event.account, event.suspended, event.number, event.always_on)
    world.add_account(account)


def _account_suspended(world: World, event: AccountSuspended, _by: Recipient | None) -> None:
    account = world.accounts.find(event.account) or Account(event.account)
    world.add_account(replace(account, suspended=event.suspended))
    for user in world.logged_in(event.account) if event.suspended else ():
        _log_out(world, user, event.at)


def _account_renamed(world: World, event: AccountRenamed, _by: Recipient | None) -> None:
    before = world.accounts.find(event.account) or Account(event.account)
    users = world.logged_in(event.account)
    if before.number:
        world.log.save_user(before.number, None)  # their nickname is not the account's name now
    world.remove_account(event.account)
    world.add_account(replace(before, name=event.to))
    _follow_account(world, event.account, event.to, event.at)
    for room in _rooms_with_ranks_of(world, event.account):
        room.rename_ranks(event.account, event.to)
        save(world, room)
    for user in users:
        _set_account(world, user, event.to, event.at, None)


def _account_removed(world: World, event: AccountRemoved, _by: Recipient | None) -> None:
    number = world.accounts.number_of(event.account)
    forget_markers(world, number)
    world.waiting.forget(number)
    if number:
        world.log.save_room(*world.waiting.saved(number))
    if number:
        world.log.save_user(number, None)
    world.remove_account(event.account)
    for user in world.logged_in(event.account):
        _log_out(world, user, event.at)
    forget_metadata(world, number)
    _follow_account(world, event.account, "", event.at)
    for room in world.rooms.values() if event.erased else ():
        if room.forget_person(event.account):
            save(world, room)
    for room in _rooms_with_ranks_of(world, event.account):
        room.forget_ranks(event.account)
        if room.registered and not room.has_owner:
            drop_room(world, room, event.at)
        else:
            save(world, room)


def _follow_account(world: World, before: str, after: str, at: float) -> None:
    """Rename the account in all masks, so that they do not apply to the next account with its old
    name; `after` is "" if it was removed. Members see the changes of their room's lists. The stored
    states of faded rooms are changed with the account, in the store."""
    for room in world.rooms.values():
        gone = [ModeChange(False, *each) for each in room.lists.of_account(before)]
        if room.follow_account(before, after):
            world.plan_expiry(room)
            save(world, room)
        if gone:
            new = room.lists.of_account(after) if after else []
            tell_modes(world, room, [*gone, *(ModeChange(True, *each) for each in new)], at)
    world.faded.follow_account(before, after)
    ban = world.server_bans.find(ban_key(ACCOUNT + before, is_address=False))
    if ban is None:
        return
    world.drop_server_ban(ban.key)
    world.log.save_server_ban(ban.key, None)
    if after:
        set_server_ban(world, ban._replace(target=ACCOUNT + after))


def _rooms_with_ranks_of(world: World, account: str) -> list[Room]:
    return [room for room in world.rooms.values() if fold(account) in room.kept]


APPLY_ACCOUNTS: dict[type, Callable[[World, Any, Recipient | None], None]] = {
    AccountAdded: _account_added,
    AccountRemoved: _account_removed,
    AccountRenamed: _account_renamed,
    AccountSuspended: _account_suspended,
    LoggedIn: _logged_in,
    LoggedOut: _logged_out,
}
"""The events, and what applies them."""
