"""Restores what was kept for accounts, when a server starts."""

from collections.abc import Iterable, Mapping
from typing import Any

from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import MarkersRestored, MetadataRestored, WaitingRestored
from chatroom.chat.state.waiting import Waiting, waiting_from
from chatroom.chat.state.world import World
from chatroom.wire.message import Message
from chatroom.wire.names import fold
from chatroom.wire.private import BY, account_of, partner, state_of

Left = tuple[int, str, Message]
"""A message that waits: its number, the log of its conversation, and itself with its msgid."""


def restore_waiting(
    world: World, saved: Mapping[str, Mapping[str, Any]], left: Iterable[Left]
) -> None:
    """Restore what waits for accounts. `saved` is what the log kept, by name; `left` are messages
    that were still in its journal.

    While a worker writes to the history, a message is in the journal before the state that counts
    it is on disk. If the server was killed then, it is counted now.
    """
    found = {account_of(name): waiting_from(state) for name, state in saved.items()}
    for number, log, message in left:
        account = partner(log, int(message.tags[BY])) or 0
        one = found.setdefault(account, Waiting())
        if number > one.upto:
            first, count = one.logs.get(log, (message.tags["msgid"], 0))
            one.logs[log] = (first, count + 1)
            one.upto = number
            world.log.save_room(state_of(account), one.plain())
    known = {
        number: one.plain() for number, one in found.items() if world.accounts.numbered(number)
    }
    apply(world, WaitingRestored(known))


def restore_markers(
    world: World, saved: Iterable[tuple[int, str, int]], names: Mapping[str, str]
) -> None:
    """Restore how far people have read. `saved` is what the log kept: account, conversation, UTC
    milliseconds; `names` are those that renamed rooms have today (`renamed_rooms`)."""
    known = [one for one in saved if world.accounts.numbered(one[0])]
    found = {
        (account, fold(names[room]) if room in names else room): at for account, room, at in known
    }
    apply(world, MarkersRestored(tuple((*key, at) for key, at in found.items())))
    for account, room, at in known:
        if room in names:
            world.log.save_marker(account, room, None)
            world.log.save_marker(account, fold(names[room]), at)


def restore_metadata(world: World, saved: Mapping[int, Mapping[str, str]]) -> None:
    """Restore the metadata of accounts, by number, as the log kept them."""
    known = {number: values for number, values in saved.items() if world.accounts.numbered(number)}
    apply(world, MetadataRestored(known))
