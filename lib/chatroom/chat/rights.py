"""Who may do what in a room: one row for each right, for all doors and commands.

A person's standing in a room follows from their ranks there (`Standing`). A right asks for a
standing, and some modes of the room ask for more: mode t reserves the topic for half-operators. Who
may give or take which rank and which mode is in `RANKS` and `MODES`.

Nobody acts against people whose rank they could not take away: a half-operator does not kick
another one, an operator kicks operators but no admin, an admin kicks no admin. Everybody may give
up a rank of their own, and may be kicked by themselves.

`reading` decides who may read what was said in a room.
"""

from enum import IntEnum
from typing import NamedTuple

from chatroom.chat.privileges import AUDIT, SEE
from chatroom.chat.refusals import Refused
from chatroom.chat.state.model import Room, User
from chatroom.text.display import ACTION
from chatroom.text.times import span_words
from chatroom.wire.formatting import without_colours
from chatroom.wire.masks import Mask
from chatroom.wire.mode_words import AUDIENCE_WORDS
from chatroom.wire.numerics import ERR_CANNOTSENDTOCHAN, ERR_CHANOPRIVSNEEDED, ERR_NOTONCHANNEL


class Standing(IntEnum):
    """A person's standing in a room, the lowest first."""

    STRANGER = 0
    MEMBER = 1
    VOICE = 2
    HALF_OPERATOR = 3
    OPERATOR = 4
    ADMIN = 5
    OWNER = 6


STRANGER, MEMBER, VOICE, HALF_OPERATOR, OPERATOR, ADMIN, OWNER = Standing

WHO = {
    STRANGER: "everybody",
    MEMBER: "members",
    VOICE: "people with a voice",
    HALF_OPERATOR: AUDIENCE_WORDS["h"],
    OPERATOR: AUDIENCE_WORDS["o"],
    ADMIN: AUDIENCE_WORDS["a"],
    OWNER: AUDIENCE_WORDS["q"],
}
"""A standing -> who has it or a higher one."""


class Rank(NamedTuple):
    """A rank: its standing, its name with an article, and who may give it and take it away."""

    standing: Standing
    words: str
    given_by: Standing


RANKS = {
    "q": Rank(OWNER, "an owner", OWNER),
    "a": Rank(ADMIN, "an admin", OWNER),
    "o": Rank(OPERATOR, "an operator", OPERATOR),
    "h": Rank(HALF_OPERATOR, "a half-operator", OPERATOR),
    "v": Rank(VOICE, "a voice", HALF_OPERATOR),
}
"""By mode letter, the highest first."""

MODES = {
    **dict.fromkeys("CMRSWbciklmntz", HALF_OPERATOR),
    **dict.fromkeys("UeIfsu", OPERATOR),
    "P": OWNER,  # and an operator of the server: see `mode_setters`
}
"""A room mode's letter -> who may change it."""


class Right(NamedTuple):
    """A row: what is done, in words, and the least standing that allows it.

    `modes`: letters of room modes, each with the standing that it asks for. `against`: the words
    where it is done to somebody; `{}` is that person's rank. `privilege`: operators of the server
    who have it have the right as well.
    """

    words: str
    least: Standing
    modes: tuple[tuple[str, Standing], ...] = ()
    against: str = ""
    privilege: str = ""


KNOW = Right("know of the room", STRANGER, (("s", MEMBER),), privilege=SEE)
SEE_INVISIBLE = Right("see invisible people", MEMBER, privilege=SEE)
SEE_AUDIENCE = Right("see people without a rank", STRANGER, (("u", VOICE),), privilege=SEE)
SEE_KEY = Right("see the key", MEMBER)
SEE_BANS = Right("see the bans", MEMBER)
SEE_EXCEPTIONS = Right("see the exceptions", OPERATOR)
SPEAK = Right("speak here", STRANGER, (("n", MEMBER), ("m", VOICE)))
SPEAK_THOUGH_BANNED = Right("speak although a ban matches them", VOICE)
SPEAK_AT_ONCE = Right("speak without a pause in slow mode", VOICE)
SET_TOPIC = Right("change the topic", MEMBER, (("t", HALF_OPERATOR),))
SET_METADATA = Right("change the room's metadata", OPERATOR)
INVITE = Right("invite people", MEMBER, (("i", HALF_OPERATOR),))
INVITE_PAST_MODES = Right("invite people whom a mode or a ban keeps out", HALF_OPERATOR)
KNOCK = Right("knock", STRANGER)
HEAR_KNOCKS = Right("see who knocks", HALF_OPERATOR)
BAN = Right("ban and mute people", HALF_OPERATOR, against="ban or mute {}")
KICK = Right("kick people", HALF_OPERATOR, against="kick {}")
REDACT_OTHERS = Right("delete messages of others", HALF_OPERATOR)
READ_AUDIT = Right("read the room's audit", OPERATOR, privilege=AUDIT)
REGISTER_ROOM = Right("register the room", OPERATOR)
RENAME = Right("rename the room", ADMIN)
BE_LED_TO = Right("let other rooms lead people here", OPERATOR)
OWN = Right("give the room up", OWNER)

RIGHTS = {name: row for name, row in list(globals().items()) if isinstance(row, Right)}
"""The table by name. `Room.visible_to`, `people_seen_by`, `hides` and `modes_for` carry out its
first rows, because the state needs them."""

_OF_LETTER = {"": MEMBER, **{letter: rank.standing for letter, rank in RANKS.items()}}
_GIVEN_BY = {letter: rank.given_by for letter, rank in RANKS.items()}
_RANK_OF = {rank.standing: rank for rank in RANKS.values()}


def standing(room: Room, user: User) -> Standing:
    """The user's standing in the room."""
    ranks = room.members.get(user)
    if ranks is None:
        ranks = user.visits.get(room)
    return STRANGER if ranks is None else _OF_LETTER[ranks[:1]]


def may(room: Room, user: User, right: Right) -> bool:
    """Whether this user has the right."""
    if right.privilege and user.has(right.privilege):
        return True
    return not _missing(room, standing(room, user), right)


def require(room: Room, user: User, right: Right) -> None:
    """Raises Refused (482), with the reason, if the user does not have the right."""
    if why := _missing(room, standing(room, user), right):
        raise Refused(ERR_CHANOPRIVSNEEDED, room.name, fill=(why,))


def require_inside(room: Room, user: User, right: Right) -> None:
    """Raises Refused if the user is not in the room (442), or lacks the right (482)."""
    if user not in room.members:
        raise Refused(ERR_NOTONCHANNEL, room.name)
    require(room, user, right)


def require_against(room: Room, user: User, target: User, right: Right) -> None:
    """Raises Refused (482) if the user may not do this to that member, because of their rank."""
    if target is user:
        return
    rank = _RANK_OF.get(standing(room, target))
    if rank is not None and standing(room, user) < rank.given_by:
        why = _only(rank.given_by, right.against.format(rank.words))
        raise Refused(ERR_CHANOPRIVSNEEDED, room.name, fill=(why,))


def require_ban(room: Room, user: User, mask: Mask) -> None:
    """Raises Refused (482) if a ban or mute with this mask would hit somebody of a rank too high
    for the user."""
    own = standing(room, user)
    for member, ranks in room.members.items():
        if ranks and own < _GIVEN_BY[ranks[0]] and member.matches(mask):
            require_against(room, user, member, BAN)


def why_not_rank(own: Standing, letter: str, is_own: bool, adding: bool) -> str:
    """Why somebody with this standing may not give or take this rank; "" if they may. `is_own`: it
    is about themselves."""
    rank = RANKS[letter]
    if own >= rank.given_by or (is_own and not adding):
        return ""
    if letter == "v":
        return _only(rank.given_by, "give a voice" if adding else "take a voice away")
    verb = "make somebody" if adding else "remove"
    return _only(rank.given_by, f"{verb} {rank.words}")


def why_not_mode(own: Standing, letter: str) -> str:
    """Why somebody with this standing may not change this mode; "" if they may."""
    return "" if own >= MODES[letter] else _only(MODES[letter], f"change mode {letter}")


def _missing(room: Room, own: Standing, right: Right) -> str:
    """Why somebody with this standing does not have the right; "" if they have it."""
    if own < right.least:
        return _only(right.least, right.words)
    for mode, least in right.modes:
        if own < least and mode in room.flags:
            return f"{_only(least, right.words)} (mode {mode})"
    return ""


def _only(least: Standing, words: str) -> str:
    return f"Only {WHO[least]} may {words}"


# Speaking: asked about each message


def may_speak(room: Room, user: User) -> bool:
    """Whether what this user says is passed on: `SPEAK` and `SPEAK_THOUGH_BANNED`.

    Everybody with a rank has both, and `SPEAK_AT_ONCE`.
    """
    ranks = room.members.get(user)
    if ranks:
        return True
    if ranks is None and user.visits and (ranks := user.visits.get(room)):
        return True
    own = STRANGER if ranks is None else MEMBER
    for mode, least in SPEAK.modes:
        if own < least and mode in room.flags:
            return False
    if "M" in room.flags and not user.account:
        return False
    return not (room.lists["b"] and (room.lists.bans(user) or room.lists.mutes(user)))


RANKS_IN_CHARGE, LEAST_IN_CHARGE = frozenset("qaoh"), "h"
"""The ranks that see in mode U what others may not say, and the lowest of them."""


def goes_to_operators(room: Room, user: User) -> bool:
    """Whether those in charge see what this member may not say to all (mode U). What comes from
    outside is refused, because anybody could bother them."""
    return "U" in room.flags and user in room.members


def silence(room: Room, user: User) -> Refused:
    """The refusal for somebody who may not speak, with the reason (404)."""
    why = _missing(room, standing(room, user), SPEAK)
    if not why and "M" in room.flags and not user.account:
        why = "only people who are logged in to an account may speak here (mode M)"
    if not why:
        why = "you are banned here" if room.lists.bans(user) else "you are muted here"
    return cannot_send(room, why[:1].lower() + why[1:])


def refuse_to_hurry(room: Room, user: User, now: float) -> None:
    """Raises Refused (404) for somebody who has to wait in slow mode. `now` is UTC seconds."""
    ranks = room.members.get(user) or user.visits.get(room)
    wait = 0.0 if ranks else room.wait(user, now)
    if wait:
        every = "1 second" if room.slow == 1 else f"{room.slow} seconds"
        why = f"wait {span_words(wait)}; slow mode lets you send one message every {every}"
        raise cannot_send(room, f"{why} (mode W)")


def cannot_send(room: Room, why: str) -> Refused:
    """The refusal of a message, with the reason (404)."""
    return Refused(ERR_CANNOTSENDTOCHAN, room.name, fill=(why,))


# What is said


def in_form(room: Room, text: str) -> str:
    """The text as the room's modes C, c and S allow it, whatever the rank of the sender. Raises
    Refused (404)."""
    if "C" in room.flags and text.startswith("\x01") and not text.startswith(ACTION):
        raise cannot_send(room, "CTCP requests are not allowed here (mode C)")
    plain = without_colours(text)
    if "c" in room.flags and "S" not in room.flags and plain != text:
        raise cannot_send(room, "colours are not allowed here (mode c)")
    return plain if "S" in room.flags else text


FORM_MODES = frozenset("CSc")
"""The modes for which `in_form` has to be asked."""
