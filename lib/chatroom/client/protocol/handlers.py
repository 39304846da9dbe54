"""One row for each message from the server: what it changes, and which events it becomes.

A handler gets the state and the message, and yields events. It raises nothing, whatever the server
sends: missing parameters count as empty, unknown rooms and people are ignored.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from chatroom.client.limits import LIMITS, weight
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event, Member, RoomRow
from chatroom.client.protocol.gate import is_name
from chatroom.client.protocol.state import State
from chatroom.client.protocol.tagmsg import tagmsg
from chatroom.client.protocol.who import ABOUT, about, who_end, who_row, whois_begins, whois_end
from chatroom.wire.isupport import number, parse_tokens
from chatroom.wire.message import Message
from chatroom.wire.mode_words import audience_words
from chatroom.wire.modes import ModeChange, parse_changes
from chatroom.wire.reference import parse_time

Handler = Callable[[State, Message], Iterable[Event]]


def welcome(state: State, message: Message) -> Iterator[Event]:
    """001: the first parameter is our actual nickname."""
    state.nick = message.param(0) or state.nick
    if not state.registered:
        state.registered = True
        yield events.Registered(state.nick)


def isupport(state: State, message: Message) -> Iterator[Event]:
    """005 (Modern IRC, "Feature Advertisement")."""
    state.learn(parse_tokens(message.params[1:-1], LIMITS.isupport_value))
    yield from ()


def welcome_over(state: State, _message: Message) -> Iterator[Event]:
    """376 or 422: the end of the MOTD, or its absence, ends the welcome."""
    if state.registered and not state.ready:
        state.ready = True
        yield events.Ready()


def motd_line(_state: State, message: Message) -> Iterator[Event]:
    """372: its text begins with "- " by custom."""
    yield events.MotdLine(message.param(1).removeprefix("- "))


def own_host(state: State, message: Message) -> Iterator[Event]:
    """396: the host that others see from now on."""
    user = state.userhost.partition("@")[0]
    host = message.param(1)
    state.learn_userhost(host if "@" in host else f"{user}@{host}")
    yield from ()


def logged_in(state: State, message: Message) -> Iterator[Event]:
    """900."""
    state.account = message.param(2)
    yield events.AccountChanged(state.account, state.ready)


def logged_out(state: State, _message: Message) -> Iterator[Event]:
    """901."""
    state.account = ""
    yield events.AccountChanged("", state.ready)


def registered(_state: State, message: Message) -> Iterator[Event]:
    """REGISTER and VERIFY (IRCv3 account-registration)."""
    unverified = message.param(0).upper() != "SUCCESS"
    yield events.AccountRegistered(message.param(1), unverified, message.param(2))


def names(state: State, message: Message) -> Iterator[Event]:
    """353: some members of a room; 366 follows when all are listed."""
    state.name(message.param(2), message.param(3).split())
    yield from ()


def names_end(state: State, message: Message) -> Iterator[Event]:
    """366: after our own JOIN, the room is known at this point."""
    members = state.named(message.param(1))
    room = state.room(message.param(1))
    if room is None:
        yield events.NamesListed(message.param(1), members)
        return
    state.fill(room, members)
    if room.entered:
        yield events.NamesListed(room.name, members)
        return
    room.entered = True
    others = tuple(member for member in members if not state.is_own(member.nick))
    yield events.RoomEntered(room.name, others, room.topic, room.since)


_LISTED_MODES = re.compile(r"^\[\+[^\]]*\] ?")
"""InspIRCd's LIST shows the modes of a room in front of its topic."""


def list_row(state: State, message: Message) -> Iterator[Event]:
    """322: one room; `*` stands for a room that we may not see."""
    room = message.param(1)
    topic = _LISTED_MODES.sub("", message.param(3), count=1)
    if state.is_room(room) and state.answer_takes("list", weight(room, topic)):
        state.list_rows.append(RoomRow(room, number(message.param(2)) or 0, topic))
    yield from ()


def list_end(state: State, _message: Message) -> Iterator[Event]:
    """323."""
    rows, state.list_rows = state.list_rows, []
    state.answer_ends("list")
    yield events.RoomsListed(tuple(rows))


def topic_told(state: State, message: Message) -> Iterator[Event]:
    """331 and 332: while we enter, part of the welcome; later, the answer to a question."""
    room = state.room(message.param(1))
    topic = message.param(2) if message.command == "332" else ""
    if room:
        state.set_topic(room, topic)
    if room is None or room.entered:
        yield events.TopicTold(state.called(message.param(1)), topic)


def join(state: State, message: Message) -> Iterator[Event]:
    """JOIN: our own shows how others see our user and host."""
    if state.is_own(message.nick):
        state.learn_userhost(message.source.partition("!")[2])
        state.enter(message.param(0), message.tags.get("time", ""))
        return
    state.add_member(message.param(0), Member(message.nick))
    yield events.Joined(state.called(message.param(0)), message.nick)


def part(state: State, message: Message) -> Iterator[Event]:
    """PART."""
    own = state.is_own(message.nick)
    called = state.called(message.param(0))
    _gone(state, called, message.nick, own)
    yield events.Left(called, message.nick, message.param(1), own)


def kick(state: State, message: Message) -> Iterator[Event]:
    """KICK."""
    nick = message.param(1)
    own = state.is_own(nick)
    called = state.called(message.param(0))
    _gone(state, called, nick, own)
    yield events.Kicked(called, nick, message.nick, message.param(2), own)


def _gone(state: State, called: str, nick: str, own: bool) -> None:
    room = state.room(called)
    if own:
        state.leave(called)
    elif room:
        state.remove_member(nick, [room])


def quit_(state: State, message: Message) -> Iterator[Event]:
    """QUIT: our own is not reported, because ERROR follows."""
    if not state.is_own(message.nick) and state.remove_member(message.nick, state.rooms.values()):
        yield events.Left("", message.nick, message.param(0), False)


def nick(state: State, message: Message) -> Iterator[Event]:
    """NICK."""
    own = state.is_own(message.nick)
    state.rename(message.nick, message.param(0))
    yield events.Renamed(message.nick, message.param(0), own)


def setname(state: State, message: Message) -> Iterator[Event]:
    """SETNAME: nobody needs to be told of the real names of others."""
    if state.is_own(message.nick):
        yield events.RealnameChanged(message.param(0))


def topic(state: State, message: Message) -> Iterator[Event]:
    """TOPIC."""
    if room := state.room(message.param(0)):
        state.set_topic(room, message.param(1))
    own = state.is_own(message.nick)
    yield events.TopicChanged(state.called(message.param(0)), message.nick, message.param(1), own)


def mode(state: State, message: Message) -> Iterator[Event]:
    """MODE, of a room or of ourselves."""
    target, modes = message.param(0), message.param(1)
    if not state.is_room(target):
        if modes.startswith("-") and "o" in modes:
            state.is_operator = False
        yield events.OwnModes(" ".join(message.params[1:]))
        return
    changes = tuple(parse_changes(modes, message.params[2:], state.modes))
    _change_members(state, target, changes)
    own = state.is_own(message.nick)
    yield events.ModesChanged(state.called(target), message.nick, changes, own)


def _change_members(state: State, target: str, changes: Iterable[ModeChange]) -> None:
    room = state.room(target)
    for change in changes:
        if room and change.param and change.letter in state.modes.prefix_letters:
            state.change_member(room, change.adding, change.letter, change.param)


def invite(state: State, message: Message) -> Iterator[Event]:
    """INVITE."""
    invited = message.param(0)
    yield events.Invited(message.param(1), message.nick, invited, state.is_own(invited))


def said(state: State, message: Message) -> Iterator[events.Said]:
    """PRIVMSG and NOTICE; `@#room` goes to the room's operators (ISUPPORT STATUSMSG)."""
    target = message.param(0)
    bare_target = target.lstrip(state.modes.prefix_symbols) or target
    room = ""
    if state.is_room(bare_target):
        room = state.called(bare_target)
    elif state.is_room(target):
        room = state.called(target)
    server = "!" not in message.source
    notice = message.command == "NOTICE"
    if notice and server and not state.registered:
        return  # how the look-up of our host gets on: nobody asked
    recipient = "" if room or state.is_own(target) else target
    own = state.is_own(message.nick)
    text = message.param(1)
    has_rank = room and target[:1] in state.modes.prefix_symbols
    audience = audience_words(target, state.modes) if has_rank else ""
    yield events.Said(
        room, message.nick, recipient, text, own, notice, server, message.tags, message.source,
        audience,
    )  # fmt: skip


def redact(state: State, message: Message) -> Iterator[Event]:
    """REDACT (IRCv3 message-redaction), as it happens."""
    target = message.param(0)
    room = state.called(target) if state.is_room(target) else ""
    own = state.is_own(message.nick)
    yield events.TakenBack(room, message.nick, message.param(1), message.param(2), own)


def rename(state: State, message: Message) -> Iterator[Event]:
    """RENAME (IRCv3 channel-rename): of a room that we are in."""
    old, new = state.called(message.param(0)), message.param(1)
    if state.is_room(new) and state.rename_room(old, new):
        own = state.is_own(message.nick)
        yield events.RoomRenamed(new, old, message.nick, message.param(2), own)


def _led_on(state: State, message: Message) -> events.RoomRenamed | None:
    """FAIL JOIN CHANNEL_RENAMED: the room that we wanted to enter has another name."""
    _, _, old, new, *_ = (*message.params, *[""] * 4)
    is_one = message.params[:2] == ("JOIN", "CHANNEL_RENAMED") and state.is_room(new)
    is_new = is_name(new) and state.room(new) is None and state.fold(old) != state.fold(new)
    return events.RoomRenamed(new, old, "", "", own=False) if is_one and is_new else None


def wallops(_state: State, message: Message) -> Iterator[Event]:
    """WALLOPS: operators to everyone, shown as a server's notice."""
    text = message.param(0)
    yield events.Said("", message.nick, "", text, notice=True, server=True, tags=message.tags)


def closed(_state: State, message: Message) -> Iterator[Event]:
    """ERROR."""
    yield events.Closed(message)


def refusal(state: State, message: Message) -> Iterator[Event]:
    """Error numerics and FAIL (IRCv3 standard-replies)."""
    renamed = _led_on(state, message) if message.command == "FAIL" else None
    if renamed is not None:
        yield renamed
    elif not state.registered and message.command in NICK_REFUSALS:
        yield events.NickRefused(message)
    elif state.registered or "CAP" not in message.params:
        yield events.Refusal(message)  # a server without capabilities refuses CAP: that is fine


def remark(_state: State, message: Message) -> Iterator[Event]:
    """WARN and NOTE (IRCv3 standard-replies)."""
    yield events.Remark(message)


def answer(state: State, message: Message) -> Iterator[Event]:
    """Any other numeric, except those of the welcome and those that only end a list."""
    if state.ready and message.command not in _SILENT:
        yield events.Answer(message)


def operator(state: State, message: Message) -> Iterator[Event]:
    """381: we are an operator of the server."""
    state.is_operator = True
    yield from answer(state, message)


def room_list_row(state: State, message: Message) -> Iterator[Event]:
    """346, 348, 367: an entry of a room's list."""
    state.list_entries += 1
    yield from answer(state, message)


def room_list_end(state: State, message: Message) -> Iterator[Event]:
    """347, 349, 368: the end of a room's list; it is shown if the list is empty."""
    entries, state.list_entries = state.list_entries, 0
    if state.ready and not entries:
        yield events.Answer(message)


def nothing(_state: State, _message: Message) -> Iterator[Event]:
    """A command for programs."""
    yield from ()


BEFORE_WELCOME = frozenset(
    {"BATCH", "CAP", "ERROR", "FAIL", "NOTE", "NOTICE", "PING", "PONG", "WARN"}
)
"""The commands that a server may send before it lets us in; others are ignored until then."""

SASL_REFUSALS = frozenset({"902", "904", "905", "906", "907"})

NICK_REFUSALS = frozenset({"431", "432", "433", "436", "437"})
"""Before registration, these mean that another nickname is needed."""

_SILENT = frozenset(
    {"017", "219", "321", "329", "333", "365"}
    | {"337", "366", "369", "374", "375", "376", "422", "706", "733", "903"}
)


def marked_read(_state: State, message: Message) -> Iterator[Event]:
    """MARKREAD: `*` if that is not known."""
    try:
        upto = parse_time(message.param(1).removeprefix("timestamp="))
    except (ValueError, OverflowError):
        return
    yield events.MarkedRead(message.param(0), upto)


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(ABOUT, about),
    "001": welcome,
    "005": isupport,
    "311": whois_begins,
    "315": who_end,
    "318": whois_end,
    "322": list_row,
    "323": list_end,
    "331": topic_told,
    "332": topic_told,
    **dict.fromkeys(("346", "348", "367"), room_list_row),
    **dict.fromkeys(("347", "349", "368"), room_list_end),
    "352": who_row,
    "353": names,
    "366": names_end,
    "372": motd_line,
    "376": welcome_over,
    "381": operator,
    "396": own_host,
    "422": welcome_over,
    "900": logged_in,
    "901": logged_out,
    "ERROR": closed,
    "696": refusal,  # ERR_INVALIDMODEPARAM, outside the range of the others
    "FAIL": refusal,
    "INVITE": invite,
    "JOIN": join,
    "KICK": kick,
    "MARKREAD": marked_read,
    "MODE": mode,
    "NICK": nick,
    "NOTE": remark,
    "NOTICE": said,
    "PART": part,
    "PRIVMSG": said,
    "QUIT": quit_,
    "REDACT": redact,
    "REGISTER": registered,
    "RENAME": rename,
    "SETNAME": setname,
    "TAGMSG": tagmsg,
    "TOPIC": topic,
    "VERIFY": registered,
    "WALLOPS": wallops,
    "WARN": remark,
}


def handler_for(command: str) -> Handler:
    """The row of the command, or of its kind."""
    if command in HANDLERS:
        return HANDLERS[command]
    if (command.isdigit() and command[0] in "45") or command in SASL_REFUSALS:
        return refusal
    return answer if command.isdigit() else nothing


def delivered(state: State, message: Message) -> events.Delivered | None:
    """The event for a labelled reply to what we sent: it was accepted (ACK), or it is the echo."""
    label = message.tags.get("label", "")
    echo = message.command in ("PRIVMSG", "NOTICE", "TAGMSG") and state.is_own(message.nick)
    if label and (echo or message.command == "ACK"):
        return events.Delivered(label, message.tags.get("msgid", ""))
    return None
