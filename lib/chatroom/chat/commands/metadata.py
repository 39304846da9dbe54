"""METADATA (IRCv3 draft/metadata-3): short texts about people and rooms, such as display names.

People set their own, and a room's operators the room's. Everybody may see those of people and of
open rooms; a room of which somebody may not know looks like one that does not exist.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from chatroom.chat.output.answers import Steps
from chatroom.chat.output.durable import save, until_free
from chatroom.chat.output.labelled_replies import batch
from chatroom.chat.output.metadata import (
    BATCH,
    LINES_PER_STEP,
    is_here,
    line_for,
    name_for,
    send_later,
    shown_to,
    sync,
    sync_all,
)
from chatroom.chat.refusals import Failed, Refused
from chatroom.chat.rights import SET_METADATA, require
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import MetadataChanged
from chatroom.chat.state.model import Room
from chatroom.chat.state.subscriptions import Target, metadata_line
from chatroom.chat.state.world import World
from chatroom.wire.capabilities import in_lines
from chatroom.wire.message import Message, as_middle, fits
from chatroom.wire.metadata import EVERYTHING, OWN, is_key
from chatroom.wire.names import ROOM_PREFIX, fold
from chatroom.wire.numerics import (
    RPL_METADATASUBOK,
    RPL_METADATASUBS,
    RPL_METADATAUNSUBOK,
    Numeric,
)

_LINE = 350
"""Bytes of keys in one line of an answer."""

_INVALID_KEY = "Invalid key"


def metadata(world: World, session: Session, message: Message) -> Steps | None:
    """METADATA <* or nickname or room> <subcommand> [<parameters>]"""
    word, params = message.param(1), message.params[2:]
    row = _SUBCOMMANDS.get(word.upper())
    if row is None:
        why = f'Unknown subcommand "{word}"' if word else "Not enough parameters"
        raise _invalid_params(word, why)
    if len(params) < row.least:
        raise _invalid_params(word, "Not enough parameters")
    if row.most is not None and len(params) > row.most:
        raise _invalid_params(word, "Too many parameters")
    return row.handler(world, session, message.params[0], params)


def _invalid_params(subcommand: str, why: str) -> Failed:
    word = subcommand if as_middle(subcommand) == subcommand else ""
    return Failed("METADATA", "INVALID_PARAMS", word or "*", text=why)


# What it is about


def _find(world: World, session: Session, name: str) -> Target:
    """The user or room. Raises Failed, also if this user may not know of the room."""
    if name == OWN:
        return session.user
    found: Target | None = None
    if session.registered:  # until then, a client may only name itself, by OWN
        found = world.find_room(name) if name.startswith(ROOM_PREFIX) else world.find(name)
    if found is None or (isinstance(found, Room) and not found.visible_to(session.user)):
        raise _invalid_target(name)
    return found


def _invalid_target(name: str) -> Failed:
    return Failed(
        "METADATA", "INVALID_TARGET", as_middle(name) or "*", text="Invalid metadata target"
    )


def _require_own(session: Session, target: str) -> None:
    """Subscriptions are one's own. Raises Failed."""
    if target != OWN and not (session.registered and fold(target) == session.user.folded):
        raise _invalid_target(target)


def _require_change(session: Session, target: Target, key: str) -> None:
    """Raises Failed if the user may not change the target's metadata."""
    why = ""
    if isinstance(target, Room):
        try:
            require(target, session.user, SET_METADATA)
        except Refused as refusal:
            why = refusal.sentence
    elif target is not session.user:
        why = "You may only change your own metadata"
    if why:
        name = name_for(session, target)
        raise Failed("METADATA", "KEY_NO_PERMISSION", name, key, text=why)


# Looking


def _get(world: World, session: Session, target: str, keys: Sequence[str]) -> Steps:
    """GET <key>{ <key>}: one answer for each, in their order."""
    found = _find(world, session, target)
    with batch(session, BATCH, name_for(session, found)) as send:
        for count, key in enumerate(keys):
            if count and count % LINES_PER_STEP == 0:
                yield
            if is_key(key, world.limits.metadata_key):
                value = shown_to(world, session.user, found).get(key, "")
                send(line_for(world, session, found, key, value))
            else:
                send(_invalid_key(world, key))


def _invalid_key(world: World, key: str) -> Message:
    params = ("METADATA", "INVALID_KEY", as_middle(key) or "*", _INVALID_KEY)
    return Message("WARN", params, world.settings.name)


def _list(world: World, session: Session, target: str, _params: Sequence[str]) -> Steps:
    """LIST: all values that the user may see."""
    found = _find(world, session, target)
    with batch(session, BATCH, name_for(session, found)) as send:
        values = list(shown_to(world, session.user, found).items())
        for count, (key, value) in enumerate(values):
            if count and count % LINES_PER_STEP == 0:
                yield
                if not shown_to(world, session.user, found):
                    break
            send(line_for(world, session, found, key, value))


def _sync(world: World, session: Session, target: str, _params: Sequence[str]) -> Steps:
    """SYNC: all values of the keys to which the client has subscribed."""
    if session.registered and target.upper() == EVERYTHING:
        return sync_all(world, session)
    return sync(world, session, _find(world, session, target))


# Changing


def _set(world: World, session: Session, target: str, params: Sequence[str]) -> Steps:
    """SET <key> [<value>]: without a value, or with an empty one, the key is removed."""
    key, value = params[0], (*params, "")[1]
    found = _find(world, session, target)
    yield from until_free(world, _owner(world, found), _NOT_SAVED)
    if not is_key(key, world.limits.metadata_key):
        raise Failed("METADATA", "INVALID_KEY", as_middle(key) or "*", text=_INVALID_KEY)
    _require_change(session, found, key)
    if value:
        _refuse_value(world, session, found, key, value)
    if world.metadata_of(found).get(key, "") != value:
        yield from _change(world, session, found, {key: value})
    session.send(line_for(world, session, found, key, value))


def _refuse_value(world: World, session: Session, target: Target, key: str, value: str) -> None:
    """Raises Failed for a value that is too long to be shown in a line, whatever nickname somebody
    may have, and for one too many."""
    limits = world.limits
    name, nick = name_for(session, target), "x" * limits.nickname
    shown = name if isinstance(target, Room) else nick
    longest = metadata_line(world.settings.name, nick, shown, key, value)
    if len(value.encode()) > limits.metadata_value or not fits(longest):
        raise Failed("METADATA", "INVALID_VALUE", key, text="The value is too long")
    values = world.metadata_of(target)
    if key not in values and len(values) >= limits.metadata_keys:
        most = str(limits.metadata_keys)
        raise Failed("METADATA", "LIMIT_REACHED", "SET", name, most, text="Too many keys")


def _clear(world: World, session: Session, target: str, _params: Sequence[str]) -> Steps:
    """CLEAR: remove all keys."""
    found = _find(world, session, target)
    yield from until_free(world, _owner(world, found), _NOT_SAVED)
    _require_change(session, found, "*")
    gone = dict.fromkeys(world.metadata_of(found), "")
    yield from _change(world, session, found, gone)
    with batch(session, BATCH, name_for(session, found)) as send:
        for count, key in enumerate(gone):
            if count and count % LINES_PER_STEP == 0:
                yield
            send(line_for(world, session, found, key, ""))


def _change(world: World, session: Session, target: Target, values: Mapping[str, str]) -> Steps:
    """Set values, and tell the subscribers when these are durable. Raises Failed."""
    owner, before = _owner(world, target), dict(world.metadata_of(target))

    def put(these: Mapping[str, str]) -> None:
        room = target.name if isinstance(target, Room) else ""
        if these:
            apply(world, MetadataChanged(session.user.id, room, these), session)

    def undo() -> None:
        if is_here(world, target) and _owner(world, target) == owner:  # no other account by now
            put({key: before.get(key, "") for key in values})

    yield from save(world, owner, lambda: put(values), undo, _NOT_SAVED)
    same = world.logged_in(session.user.account) if session.user.account else [session.user]
    for one in [target] if isinstance(target, Room) else same:
        by = session if one is target else None  # which has its answer
        for key, value in values.items():
            world.subscriptions.changed(one, key, value, world.settings.name, by)


def _owner(world: World, target: Target) -> Hashable:
    """To whom the values belong: a room, or the number of an account or guest."""
    return target if isinstance(target, Room) else world.owner_of(target)


_NOT_SAVED = Failed("METADATA", "INTERNAL_ERROR", text="The metadata could not be saved")


# Subscribing


def _subscribe(world: World, session: Session, target: str, keys: Sequence[str]) -> None:
    """SUB <key>{ <key>}: in their order, as far as the limit allows."""
    _require_own(session, target)
    subscriptions, most = world.subscriptions, world.limits.metadata_subscriptions
    before = subscriptions.count(session)
    known: list[str] = []
    invalid: list[str] = []
    refusal: Failed | None = None
    for key in keys:
        if not is_key(key, world.limits.metadata_key):
            invalid.append(key)
        elif subscriptions.count(session) >= most:
            context = ("SUB", key, str(most))
            refusal = Failed("METADATA", "LIMIT_REACHED", *context, text="Too many subscriptions")
            break
        else:
            subscriptions.subscribe(session, key)
            known.append(key)
    _tell_keys(session, RPL_METADATASUBOK, known)
    for key in invalid:
        session.send(_invalid_key(world, key))
    if refusal is not None:
        refusal.tell(session)
    if session.registered and subscriptions.count(session) > before:
        send_later(session, EVERYTHING)


def _unsubscribe(world: World, session: Session, target: str, keys: Sequence[str]) -> None:
    """UNSUB <key>{ <key>}"""
    _require_own(session, target)
    valid = [key for key in keys if is_key(key, world.limits.metadata_key)]
    for key in valid:
        world.subscriptions.unsubscribe(session, key)
    _tell_keys(session, RPL_METADATAUNSUBOK, valid)
    for key in keys:
        if key not in valid:
            session.send(_invalid_key(world, key))


def _subscribed(world: World, session: Session, target: str, _params: Sequence[str]) -> None:
    """SUBS: the keys to which the client has subscribed."""
    _require_own(session, target)
    nick = session.user.nick or "*"
    with batch(session, "metadata-subs") as send:
        for line in in_lines(world.subscriptions.keys_of(session), _LINE):
            if line:
                params = (nick, *line.split(" "))
                send(Message(RPL_METADATASUBS.code, params, world.settings.name))


def _tell_keys(session: Session, numeric: Numeric, keys: Iterable[str]) -> None:
    for line in in_lines(dict.fromkeys(keys), _LINE):
        if line:
            session.reply(numeric, *line.split(" "))


class _Subcommand(NamedTuple):
    """A row: its handler, and how many parameters it takes after its name."""

    handler: Callable[[World, Session, str, Sequence[str]], Steps | None]
    least: int = 0
    most: int | None = 0


_SUBCOMMANDS = {
    "GET": _Subcommand(_get, 1, None),
    "LIST": _Subcommand(_list),
    "SET": _Subcommand(_set, 1, 2),
    "CLEAR": _Subcommand(_clear),
    "SUB": _Subcommand(_subscribe, 1, None),
    "UNSUB": _Subcommand(_unsubscribe, 1, None),
    "SUBS": _Subcommand(_subscribed),
    "SYNC": _Subcommand(_sync),
}
