"""Requests about people: WHO, WHOIS, WHOWAS, USERHOST, ISON (Modern IRC, "User-Based Queries")."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from chatroom.chat.dispatch import attempt
from chatroom.chat.output.answers import Steps
from chatroom.chat.privileges import SEE
from chatroom.chat.refusals import Refused
from chatroom.chat.session import Session
from chatroom.chat.state.model import Room, User
from chatroom.chat.state.world import Departed, World
from chatroom.chat.targets import refuse_too_many, require_this_server, require_user, split
from chatroom.wire.capabilities import in_lines
from chatroom.wire.masks import Mask
from chatroom.wire.message import MAX_BODY, Message, as_middle, body_size
from chatroom.wire.metadata import EVERYBODY, is_aware
from chatroom.wire.names import ROOM_PREFIX, fold
from chatroom.wire.numerics import (
    ERR_NONICKNAMEGIVEN,
    ERR_WASNOSUCHNICK,
    RPL_AWAY,
    RPL_ENDOFWHO,
    RPL_ENDOFWHOIS,
    RPL_ENDOFWHOWAS,
    RPL_ISON,
    RPL_USERHOST,
    RPL_WHOISACCOUNT,
    RPL_WHOISACTUALLY,
    RPL_WHOISBOT,
    RPL_WHOISCERTFP,
    RPL_WHOISCHANNELS,
    RPL_WHOISIDLE,
    RPL_WHOISKEYVALUE,
    RPL_WHOISOPERATOR,
    RPL_WHOISSECURE,
    RPL_WHOISSERVER,
    RPL_WHOISUSER,
    RPL_WHOREPLY,
    RPL_WHOSPCRPL,
    RPL_WHOWASUSER,
    Numeric,
)

PEOPLE_PER_STEP = 10
"""People whom WHO checks in one step: the most expensive mask costs 50 microseconds for each."""

_ENTRIES_PER_STEP = 5
"""Entries that WHOWAS shows in one step: a tenth of a millisecond."""

USERHOST_MOST = 5  # RFC 2812 section 4.8


def who(world: World, session: Session, message: Message) -> Steps:
    """WHO <room or mask> [o][%<fields>[,<token>]]: members of a room, or people whose names or host
    match the mask; with `o`, only operators of the server (RFC 2812 section 3.6.1). With fields,
    the answer has these only (IRCv3 whox)."""
    mask = message.param(0) or "*"
    flags, _, asked = message.param(1).partition("%")
    if mask.startswith(ROOM_PREFIX):
        room = world.find_room(mask)
        people = _members(session, room) if room and room.visible_to(session.user) else iter(())
    else:
        room = None
        people = _matching(world, session, "*" if mask == "0" else mask)
    if "o" in flags:
        people = (person if person and person.operator else None for person in people)
    yield from _send_who(world, session, people, room, asked)
    session.reply(RPL_ENDOFWHO, mask)


def _members(session: Session, room: Room) -> Iterator[User | None]:
    """The members that this session may see; None for the others, and for people who left
    meanwhile."""
    for member in list(room.members):
        if not room.visible_to(session.user):
            return  # any more
        visible = sees_all(session, room) or not member.invisible
        is_there = member in room.members and not room.hides(member, session.user)
        yield member if visible and is_there else None


def sees_all(session: Session, room: Room) -> bool:
    """Whether this session sees all members of the room, also the invisible ones."""
    return session.user in room.members or session.user.has(SEE)


def _matching(world: World, session: Session, mask: str) -> Iterator[User | None]:
    """An exact nickname finds invisible people too; a mask finds them only if they share a room
    with the session.

    Yields None for each person who does not match.
    """
    exact = world.find(mask)
    if exact is not None:
        yield exact
        return
    wanted, sees_all = Mask(fold(mask)), session.user.has(SEE)
    for person in world.people():
        if person.is_leaving or (person.invisible and not _share_a_room(session, person)):
            yield None
            continue
        names = [person.folded, fold(person.host), fold(person.username), fold(person.realname)]
        if sees_all:
            names.append(fold(person.address))
        yield person if any(map(wanted.matches, names)) else None


def _share_a_room(session: Session, person: User) -> bool:
    """Whether the two share a room, and this session sees the person there; or they are the same
    person, or this session sees everybody."""
    user = session.user
    if person is user or user.has(SEE):
        return True
    return any(not room.hides(person, user) for room in user.rooms.keys() & person.rooms)


def _send_who(
    world: World,
    session: Session,
    people: Iterable[User | None],
    room: Room | None,
    asked: str,
) -> Steps:
    letters, _, token = asked.partition(",")
    fields = [letter for letter in _WHOX if letter in letters]
    for count, person in enumerate(people, 1):
        if person is not None:
            shown = _shown_in_who(world, session, person, room, token)
            if asked:
                _send_whox(session, fields, shown)
            else:
                _send_who_reply(session, shown)
        if count % PEOPLE_PER_STEP == 0:  # not before one of them: they may have left by then
            yield


class _Shown(NamedTuple):
    """What WHO shows of a person."""

    person: User
    room: str
    flags: str
    server: str
    token: str
    now: float


def _shown_in_who(
    world: World, session: Session, person: User, room: Room | None, token: str
) -> _Shown:
    shown = room or next(_rooms_shown(session, person), None)
    flags = ("G" if person.away else "H") + "*" * bool(person.operator) + "B" * person.bot
    flags += "s" * comes_over_tls(person)  # as on UnrealIRCd
    if shown is not None:
        flags += shown.prefix(person, "multi-prefix" in session.capabilities)
    name = shown.name if shown else "*"
    return _Shown(person, name, flags, world.settings.name, token, world.now)


_WHOX: Mapping[str, Callable[[_Shown], str]] = {
    "t": lambda shown: shown.token[:_LONGEST_TOKEN] or "0",
    "c": lambda shown: shown.room,
    "u": lambda shown: shown.person.username,
    "i": lambda shown: shown.person.host,
    "h": lambda shown: shown.person.host,
    "s": lambda shown: shown.server,
    "n": lambda shown: shown.person.nick,
    "f": lambda shown: shown.flags,
    "d": lambda shown: "0",
    "l": lambda shown: str(int(max(0, shown.now - shown.person.spoke_at))),
    "a": lambda shown: shown.person.account or "0",
    "o": lambda shown: "n/a",
    "r": lambda shown: shown.person.realname,
}
"""IRCv3 whox: one row for each field, in the order of the answer."""

_LONGEST_TOKEN = 3


def _send_who_reply(session: Session, shown: _Shown) -> None:
    words = {letter: _WHOX[letter](shown) for letter in "cuhsnf"}
    _omit_what_does_not_fit(session, words)
    session.reply(RPL_WHOREPLY, *words.values(), fill=(shown.person.realname,))


def _send_whox(session: Session, fields: list[str], shown: _Shown) -> None:
    words = {letter: _WHOX[letter](shown) for letter in fields}
    realname = words.pop("r", None)
    _omit_what_does_not_fit(session, words)
    if realname is not None:
        session.reply(RPL_WHOSPCRPL, *words.values(), fill=(realname,))
    else:
        session.tell(RPL_WHOSPCRPL.code, session.user.nick or "*", *map(as_middle, words.values()))


_OMITTED_FIRST = "shiuc"
"""The fields of WHO that others can do without, in the order in which they are left out."""

_REALNAME = 8
"""Bytes that are kept for the beginning of the real name."""


def _omit_what_does_not_fit(session: Session, words: dict[str, str]) -> None:
    """Replace fields by `*` until the others fit into a line: long names of other scripts may fill
    more than one, and a nickname that is cut may be somebody else's."""
    names = (session.fanout.server_name, session.user.nick or "*", *words.values())
    excess = sum(len(word.encode()) + 1 for word in names) + _NUMERIC + _REALNAME - MAX_BODY
    for letter in _OMITTED_FIRST:
        if excess <= 0:
            return
        if letter in words:
            excess -= len(words[letter].encode()) - 1
            words[letter] = "*"


_NUMERIC = len(":354 :0 \r\n")


def _rooms_shown(session: Session, person: User) -> Iterator[Room]:
    """The rooms of a person that this session may see: not secret rooms, none of an invisible
    person, and none where mode u hides the person."""
    return (
        room
        for room in person.rooms
        if (sees_all(session, room) or (room.visible_to(session.user) and not person.invisible))
        and not room.hides(person, session.user)
    )


def whois(world: World, session: Session, message: Message) -> Steps:
    """WHOIS [<server or nickname>] <nickname>{,<nickname>}"""
    target, wanted = message.params[:2] if len(message.params) > 1 else ("", message.param(0))
    nicks = split(wanted)
    if not nicks:
        raise Refused(ERR_NONICKNAMEGIVEN)
    if refuse_too_many(world, session, nicks):
        nicks = []
    for count, nick in enumerate(nicks):
        if count:
            yield
        attempt(session, _whois, world, session, target, nick)
    session.reply(RPL_ENDOFWHOIS, wanted)


def _whois(world: World, session: Session, target: str, nick: str) -> None:
    require_this_server(world, target)
    person = require_user(world, nick)
    head = (person.nick, person.username, person.host, "*")
    session.reply(RPL_WHOISUSER, *head, fill=(person.realname,))
    every = "multi-prefix" in session.capabilities
    rooms = [room.prefix(person, every) + room.name for room in _rooms_shown(session, person)]
    for line in in_lines(rooms, _space(session, RPL_WHOISCHANNELS, person.nick)):
        if line:
            session.reply(RPL_WHOISCHANNELS, person.nick, fill=(line,))
    about = world.settings.description
    session.reply(RPL_WHOISSERVER, person.nick, world.settings.name, fill=(about,))
    if person.away:
        session.reply(RPL_AWAY, person.nick, fill=(person.away,))
    if person.operator:
        session.reply(RPL_WHOISOPERATOR, person.nick)
    if person.account:
        session.reply(RPL_WHOISACCOUNT, person.nick, person.account)
    for key, value in world.metadata_of(person).items() if is_aware(session.capabilities) else ():
        session.reply(RPL_WHOISKEYVALUE, person.nick, key, EVERYBODY, fill=(value,))
    if person.bot:
        session.reply(RPL_WHOISBOT, person.nick)
    if comes_over_tls(person):
        session.reply(RPL_WHOISSECURE, person.nick)
    if person.host != person.address and (person is session.user or session.user.has(SEE)):
        session.reply(RPL_WHOISACTUALLY, person.nick, person.address)
    if person is session.user and session.transport.fingerprint:
        session.reply(RPL_WHOISCERTFP, person.nick, fill=(session.transport.fingerprint,))
    idle = int(max(0, world.now - person.spoke_at))
    session.reply(RPL_WHOISIDLE, person.nick, str(idle), str(int(person.signed_on)))


def comes_over_tls(person: User) -> bool:
    """Whether each connection of that person is encrypted."""
    return bool(person.sessions) and all(each.transport.tls for each in person.sessions)


def whowas(world: World, session: Session, message: Message) -> Steps:
    """WHOWAS <nickname or mask> [<count>]: the latest first; no count, or 0, means all. A mask
    (RFC 2812 section 3.6.3) finds nobody who was invisible, as with WHO."""
    wanted = message.param(0)
    if not wanted:
        raise Refused(ERR_NONICKNAMEGIVEN)
    count = message.param(1)
    known = len(world.departed)
    most = int(count[:9]) if count.isascii() and count.isdigit() else 0
    has_wildcards = "*" in wanted or "?" in wanted
    found = (_masked if has_wildcards else _named)(world, session, fold(wanted))
    shown = 0
    for one in found:
        if one is None or shown % _ENTRIES_PER_STEP == 0:  # finding them takes a while, too
            yield
        if one is None:
            continue
        head = (one.nick, one.username, one.host, "*")
        session.reply(RPL_WHOWASUSER, *head, fill=(one.realname,))
        left = f"last seen {datetime.fromtimestamp(one.left_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
        session.reply(RPL_WHOISSERVER, one.nick, world.settings.name, fill=(left,))
        shown += 1
        if shown == (most or known):
            break
    if not shown:
        session.reply(ERR_WASNOSUCHNICK, wanted)
    session.reply(RPL_ENDOFWHOWAS, wanted)


def _named(world: World, _session: Session, folded: str) -> Iterator[Departed | None]:
    return iter([one for one in world.departed if one.folded == folded])


def _masked(world: World, session: Session, folded: str) -> Iterator[Departed | None]:
    """Those whom a mask fits; None after each portion that was compared with it."""
    mask = Mask(folded)
    sees_all = session.user.has(SEE)
    for count, one in enumerate(list(world.departed), 1):
        if (sees_all or not one.invisible) and mask.matches(one.folded):
            yield one
        if count % PEOPLE_PER_STEP == 0:
            yield None


def userhost(world: World, session: Session, message: Message) -> None:
    """USERHOST <nickname>{ <nickname>}, at most five; long addresses take several lines."""
    found = map(world.find, message.params[:USERHOST_MOST])
    replies = [
        f"{one.nick}{'*' * bool(one.operator)}={'-' if one.away else '+'}{one.username}@{one.host}"
        for one in found
        if one
    ]
    for line in in_lines(replies, _space(session, RPL_USERHOST)):
        session.reply(RPL_USERHOST, fill=(line,))


def _space(session: Session, numeric: Numeric, *params: str) -> int:
    """Bytes that the last parameter of this numeric may have."""
    words = (session.user.nick, *params, "")
    return MAX_BODY - body_size(Message(numeric.code, words, session.fanout.server_name))


def ison(world: World, session: Session, message: Message) -> None:
    """ISON <nickname>{ <nickname>}"""
    wanted = " ".join(message.params).split()
    here = [one.nick for one in map(world.find, wanted) if one]
    for line in in_lines(here, _space(session, RPL_ISON)):
        session.reply(RPL_ISON, fill=(line,))
