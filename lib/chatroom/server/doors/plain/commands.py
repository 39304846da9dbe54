"""The slash commands of the plain door: one row for each."""

import difflib
from collections.abc import Callable
from typing import NamedTuple

from chatroom.chat import flood
from chatroom.server.doors.plain import moderation
from chatroom.server.doors.plain.accounts import login, logout, password, register, token
from chatroom.server.doors.plain.choice_commands import ignore, set_, unignore
from chatroom.server.doors.plain.history import history, search
from chatroom.server.doors.plain.listing import show_rooms, who_is_here
from chatroom.server.doors.plain.person import Person
from chatroom.server.doors.plain.questions import ask_room
from chatroom.server.doors.plain.replies import react, reply
from chatroom.server.doors.plain.words import NOWHERE, shown_text
from chatroom.text.display import ACTION, visible
from chatroom.text.operator_words import OPERATOR_WORDS
from chatroom.wire.names import MUTE, bare, prefixed

_LONGEST_GUESSED = 32
"""Characters of an unknown command that are compared with known commands, and shown."""


class PlainCommand(NamedTuple):
    """One row: the arguments, the help, the handler, and the minimum number of words.

    `cost` is charged to the flood allowance; a line of talk costs 1. `details` are lines that only
    /help with the command's name shows. Commands of a `group` are listed by /help with its name.
    Rows that are not `listed` are named in those of others. `accounts`: the command needs
    accounts, and is listed only where there are any.
    """

    usage: str
    help: str
    handler: Callable[[Person, str], None]
    minimum: int = 0
    cost: int = 1
    details: tuple[str, ...] = ()
    group: str = ""
    listed: bool = True
    accounts: bool = False


def command(door: Person, text: str) -> None:
    """Carry out the text after the slash."""
    name, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    row = PLAIN_COMMANDS.get(_own_name(name))
    if row is None:
        door.say(_unknown(door, name))
    elif len(rest.split(None, row.minimum)) < row.minimum:
        door.say(f"Usage: /{_own_name(name)} {row.usage}")
    else:
        flood.spend(
            door.host.facts, door.session, row.cost - 1
        )  # the line itself is already charged
        row.handler(door, rest)


def _own_name(name: str) -> str:
    """The name in the table."""
    folded = name.lower()
    return ALIASES.get(folded, folded)


def _unknown(door: Person, name: str) -> str:
    shown = visible(name[:_LONGEST_GUESSED])
    if "/" in name:
        return f"There is no command /{shown}. To send it as text, begin the line with two slashes."
    is_operator = door.session.user.operator is not None
    names = [one for one, row in PLAIN_COMMANDS.items() if is_operator or row.group != OPERATOR]
    near = difflib.get_close_matches(name[:_LONGEST_GUESSED].lower(), [*names, *ALIASES], 1)
    guess = f"Did you mean /{near[0]}?" if near else "/help lists the commands."
    return f"There is no command /{shown}. {guess}"


def _help(door: Person, rest: str) -> None:
    name = rest.removeprefix("/")
    if name:
        _help_on(door, name)
        return
    group, words = MODERATE, "list what those in charge of a room can do"
    if door.session.user.operator is not None:
        group, words = f"{MODERATE}|{OPERATOR}", f"{words}, and operators"
    more = {f"/help {group}": words}
    _say_table(
        door, {**_heads("", door.host.plain.accounts.exist), **more, "exit": "leave the chat"}
    )


def _heads(group: str, accounts: bool = True) -> dict[str, str]:
    """The commands of a group, each with its arguments -> its help."""
    return {
        _head(name): row.help
        for name, row in PLAIN_COMMANDS.items()
        if row.listed and row.group == group and (accounts or not row.accounts)
    }


def _say_table(door: Person, rows: dict[str, str]) -> None:
    width = max(map(len, rows))
    for head, text in rows.items():
        door.say(f"{head:{width}}  {text}")


def _help_on(door: Person, name: str) -> None:
    if name.lower() in (MODERATE, OPERATOR):
        _say_table(door, _heads(name.lower(), door.host.plain.accounts.exist))
        return
    row = PLAIN_COMMANDS.get(_own_name(name))
    if row is None:
        door.say(_unknown(door, name))
        return
    others = [f"/{alias}" for alias, own in ALIASES.items() if own == _own_name(name)]
    also = f" (also {', '.join(others)})" if others else ""
    door.say(f"{_head(_own_name(name))}  {row.help}{also}")
    for line in row.details:
        door.say(f"  {line}")


def _head(name: str) -> str:
    return f"/{name} {PLAIN_COMMANDS[name].usage}".rstrip()


def _leave(door: Person, rest: str) -> None:
    if door.room is not None:
        door.run("PART", door.room.name, *([rest] if rest else []))
    ask_room(door)


def _join(door: Person, rest: str) -> None:
    door.enter(rest)


def _who(door: Person, rest: str) -> None:
    if rest:
        door.run("WHOIS", rest.split()[0])
    elif door.room is None:
        door.say(NOWHERE)
    else:
        door.say(f"In {visible(bare(door.room.name))}. {who_is_here(door, door.room)}")


def _msg(door: Person, rest: str) -> None:
    nick, _, text = rest.partition(" ")
    door.tell(nick, text.strip())


def _me(door: Person, rest: str) -> None:
    if door.room is None:
        door.say(NOWHERE)
    else:
        door.tell(door.room.name, rest, form=ACTION + "{}\x01")


def _away(door: Person, rest: str) -> None:
    door.run("AWAY", *([rest] if rest else []))


def _invite(door: Person, rest: str) -> None:
    if door.room is None:
        door.say(NOWHERE)
    else:
        door.run("INVITE", rest.split()[0], door.room.name)


def _knock(door: Person, rest: str) -> None:
    room, _, text = rest.partition(" ")
    door.run("KNOCK", prefixed(room), *([text.strip()] if text.strip() else []))


def _topic(door: Person, rest: str) -> None:
    if door.room is None:
        door.say(NOWHERE)
    elif rest:
        door.run("TOPIC", door.room.name, rest)
    else:
        topic = door.room.topic
        door.say(f"Topic: {shown_text(topic)}" if topic else "There is no topic.")


def _which_line(name: str, example: str, verb: str) -> tuple[str, ...]:
    return (
        f"/{name} {example}       {verb} the last line that somebody else wrote",
        f"/{name} bob {example}   {verb} bob's last line",
        f"/{name} 3 {example}     {verb} the third from the end",
    )


_SEARCHES = (
    "/search tea te*          lines with tea and a word that begins with te",
    '/search "hot tea"        lines with these words in this order',
    "/search tea from:bob     what bob said about tea",
    "/search tea in:den       what was said about tea in den",
    "/search tea after:2026-11-20 before:2026-11-22",
    "/search more             older results",
)

MODERATE, OPERATOR = "moderate", "operator"
"""The groups of commands for those in charge of a room, and for operators of the server."""

_RANKS = {
    "op": ("o", "an operator"), "halfop": ("h", "a half-operator"), "admin": ("a", "an admin"),
    "owner": ("q", "an owner"),
}  # fmt: skip
_TIMED = (
    "/{0} bob            until it is lifted",
    "/{0} bob 2h spam    for two hours, and why; 30m, 1d12h and 2w are times too",
    "/{0} *!*@192.0.2.7  everybody from there",
)


def _moderate(
    usage: str,
    help: str,
    handler: Callable[[Person, str], None],
    minimum: int = 0,
    cost: int = 1,
    details: tuple[str, ...] = (),
) -> PlainCommand:
    return PlainCommand(usage, help, handler, minimum, cost, details, MODERATE)


def _timed(name: str) -> tuple[str, ...]:
    return tuple(line.format(name) for line in _TIMED)


PLAIN_COMMANDS = {
    "help": PlainCommand("[COMMAND]", "list the commands, or explain one", _help),
    "rooms": PlainCommand("", "list the rooms and how many people are in each",
                          lambda door, _rest: door.start(show_rooms(door))),
    "join": PlainCommand("ROOM [KEY]", "enter another room", _join, 1,
                         details=("A new room is created, with you as its operator.",
                                  "/knock ROOM [TEXT] asks to be let into one that is closed.",
                                  )),
    "leave": PlainCommand("[REASON]", "leave the room and choose another", _leave),
    "who": PlainCommand("[NICK]", "list who is here, or show details about NICK", _who),
    "nick": PlainCommand("NICK", "change your nickname",
                         lambda door, rest: door.start(door.doing("NICK", rest), acts=True), 1),
    "msg": PlainCommand("NICK TEXT", "send a message to one person only", _msg, 2,
                        details=("/msg bob TEXT answers a line from <bob -> You>.",)),
    "me": PlainCommand("TEXT", "describe what you are doing", _me, 1,
                       details=("Others see /me waves as: * alice waves",)),
    "reply": PlainCommand("[NICK|N] TEXT", "answer the last line, NICK's or the Nth last",
                          reply, 1, cost=2, details=_which_line("reply", "yes", "answers")),
    "react": PlainCommand("[NICK|N] EMOJI", "react to a line with an emoji, +1, :) or <3", react, 1,
                          cost=2, details=_which_line("react", "+1", "reacts to")),
    "history": PlainCommand("[N | more]", "show earlier lines", history, cost=2,
                            details=("/history 50 shows 50 lines, /history more older ones.",)),
    "search": PlainCommand("WORDS | more", 'find lines: tea "hot tea" from:bob in:den',
                           search, 1, cost=4, details=_SEARCHES),
    "topic": PlainCommand("[TEXT]", "show the room's topic, or set it", _topic),
    "invite": PlainCommand("NICK", "invite somebody into this room", _invite, 1, cost=2),
    "knock": PlainCommand("ROOM [TEXT]", "ask to be let into a closed room", _knock, 1,
                          cost=4, listed=False),
    "away": PlainCommand("[TEXT]", "say that you are away and why; without TEXT: back", _away,
                         cost=2),
    "back": PlainCommand("", "say that you are back", lambda door, _rest: door.run("AWAY"), cost=2),
    "ignore": PlainCommand("[NICK]", "hide what somebody says; without NICK: list them", ignore,
                           details=("This lasts until you leave the chat. It also hides their",
                                    "private messages, invitations and earlier lines.",
                                    "If you see them change their nickname, they stay ignored.")),
    "unignore": PlainCommand("NICK", "stop ignoring NICK", unignore, 1),
    "set": PlainCommand("[bell on|off]", "ring when somebody says your name", set_,
                        details=("A private message rings as well.",
                                 "/set always-on on|off says whether you stay in your rooms when",
                                 "the last IRC client of your account disconnects.")),
    "login": PlainCommand("[NAME]", "log in to your account; /register makes one", login,
                          details=("/register makes an account with your nickname as its name,",
                                   "/password changes its password, /logout logs out."),
                          accounts=True),
    "register": PlainCommand("[NAME]", "make an account, so that your nickname is yours", register,
                             listed=False),
    "logout": PlainCommand("", "log out of your account", logout, listed=False),
    "password": PlainCommand("", "change the password of your account", password, listed=False),
    "token": PlainCommand("[create|hook|list|revoke ...]",
                          "tokens that programs use instead of your password", token,
                          details=("/token create NAME [ROOMS] [read|write] makes one,",
                                   "/token hook NAME ROOM an address to which programs post,",
                                   "/token revoke NAME ends it."),
                          listed=False, cost=2),
    "nickserv": PlainCommand("[COMMAND]", "say something to NickServ, as on other networks",
                             lambda door, rest: door.tell("NickServ", rest or "HELP"),
                             listed=False),
    "quit": PlainCommand("[REASON]", "leave the chat",
                         lambda door, rest: door.run("QUIT", *([rest] if rest else []))),
    "kick": _moderate("NICK [REASON]", "remove somebody from the room", moderation.kick, 1, 2),
    "ban": _moderate("NICK|MASK [TIME] [REASON]", "keep somebody out of the room", moderation.ban,
                     1, 4, (*_timed("ban"), "Somebody who is here is removed as well.")),
    "unban": _moderate("NICK|MASK", "lift the bans that match somebody", moderation.lift(""), 1, 2),
    "mute": _moderate("NICK|MASK [TIME] [REASON]", "let somebody read, but not speak",
                      moderation.mute, 1, 2, _timed("mute")),
    "unmute": _moderate("NICK|MASK", "lift the mutes that match somebody", moderation.lift(MUTE),
                        1, 2),
    "bans": _moderate("", "list the bans and mutes", moderation.listed("b")),
    "invites": _moderate("", "list who may enter without an invitation",
                         moderation.listed("I")),
    "voice": _moderate("NICK...", "let somebody speak in a moderated room",
                       moderation.rank("v", "+"), 1),
    "devoice": _moderate("NICK...", "take a voice away", moderation.rank("v", "-"), 1),
    **{
        name: _moderate("NICK...", f"make somebody {words}", moderation.rank(letter, "+"), 1)
        for name, (letter, words) in _RANKS.items()
    },
    **{
        f"de{name}": _moderate("NICK...", f"remove {words}", moderation.rank(letter, "-"), 1)
        for name, (letter, words) in _RANKS.items()
    },
    "register-room": _moderate("", "make this room yours; the ranks in it are kept",
                               moderation.register_room, cost=4, details=(
                                   "/owner NICK makes NICK an owner too, who types /accept-room",
                               )),
    "accept-room": PlainCommand("", "accept this room, of which somebody has made you an owner",
                                moderation.accept_room, cost=4, listed=False),
    "drop-room": _moderate("", "give up this room of yours", moderation.drop_room, cost=4),
    "audit": _moderate("[N]", "list what those in charge of the room did last",
                       moderation.audit,
                       cost=4),
    "rename-room": _moderate("NAME [REASON]", "give this room another name",
                             moderation.rename_room, 1, 4,
                             ("Its history, ranks, modes and bans go with it.",)),
    "oper": PlainCommand("[NAME]", "become an operator; the password is asked for",
                         moderation.oper, cost=4, group=OPERATOR),
    **{
        word.name: PlainCommand(word.usage, word.help, moderation.as_operator(word), word.needs,
                                4, group=OPERATOR)
        for word in OPERATOR_WORDS
    },
    "redact": _moderate("all from NICK [REASON]", "delete all that somebody said here",
                        moderation.redact, 1, 4),
    "mode": _moderate("[CHANGES]", "show the room's modes, or change them", moderation.mode,
                      details=("/mode +m  only people with a voice may speak; /mode -m ends that",
                               "/mode +i  by invitation only      /mode +k KEY  with a key",
                               "/mode +s  secret                  /mode +l 20   at most 20 people",
                               "/mode +t  topic for half-operators and above",
                               "/mode +W 30  slow: one message every 30 seconds from each person",
                               )),
}  # fmt: skip

ALIASES = {
    "?": "help", "h": "help", "commands": "help",
    "list": "rooms", "j": "join", "part": "leave", "names": "who", "whois": "who", "name": "nick",
    "m": "msg", "tell": "msg", "w": "msg", "r": "reply", "find": "search",
    "exit": "quit", "q": "quit", "bye": "quit", "disconnect": "quit", "identify": "login",
    "ns": "nickserv",
}  # fmt: skip
"""Alias -> command."""
