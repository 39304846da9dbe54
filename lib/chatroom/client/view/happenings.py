"""The view of what people do in rooms: joins and leaves, topics, modes, invitations."""

from collections.abc import Iterable

from chatroom.client.protocol import events
from chatroom.client.view.lines import Line, ViewContext, info_line, show
from chatroom.client.view.names import because, name, room_name, subject
from chatroom.text.display import quit_reason, visible
from chatroom.wire.modes import ModeChange, format_changes
from chatroom.wire.names import split_mask


@show.register
def _joined(event: events.Joined, _place: ViewContext) -> Line:
    return info_line(f"{name(event.nick)} joined {room_name(event.room)}")


@show.register
def _left(event: events.Left, place: ViewContext) -> Line:
    elsewhere = bool(event.room) and (event.own or event.room != place.room)
    room = f" {room_name(event.room)}" if elsewhere else ""
    reason = event.reason if event.room else quit_reason(event.reason)
    return info_line(f"{subject(event.nick, event.own)} left{room}{because(reason)}")


def came_and_left(
    room: str, came: int, left: int, coming: Iterable[str] = (), leaving: Iterable[str] = ()
) -> Line:
    """`12 came, 9 left`, followed by the names if there are any; `room` "" is the current one."""
    counts = ", ".join(f"{count} {did}" for count, did in ((came, "came"), (left, "left")) if count)
    groups = (", ".join(map(name, names)) for names in (coming, leaving))
    told = "; ".join(filter(None, groups))
    where = f"In {room_name(room)}: " if room else ""
    return info_line(f"{where}{counts}{because(told)}" + "." * bool(where))


@show.register
def _kicked(event: events.Kicked, _place: ViewContext) -> Line:
    verb = "were" if event.own else "was"
    who = f"{subject(event.nick, event.own)} {verb} kicked from {room_name(event.room)}"
    return info_line(f"{who} by {name(event.by)}{because(event.reason)}")


@show.register
def _renamed(event: events.Renamed, _place: ViewContext) -> Line:
    verb = "are" if event.own else "is"
    return info_line(f"{subject(event.old, event.own)} {verb} now called {name(event.new)}")


@show.register
def _realname(event: events.RealnameChanged, _place: ViewContext) -> Line:
    return info_line(f"Your real name is {visible(event.realname)} now.")


@show.register
def _room_renamed(event: events.RoomRenamed, _place: ViewContext) -> Line:
    old, new = room_name(event.old), room_name(event.room)
    if not event.by:
        return info_line(f"{old} is called {new} now")
    who = subject(event.by, event.own)
    return info_line(f"{who} renamed {old} to {new}{because(event.reason)}")


@show.register
def _topic(event: events.TopicChanged, _place: ViewContext) -> Line:
    who, room = subject(event.by, event.own), room_name(event.room)
    if not event.topic:
        return info_line(f"{who} removed the topic of {room}")
    return info_line(f"{who} changed the topic of {room} to: {visible(event.topic)}")


@show.register
def _topic_told(event: events.TopicTold, _place: ViewContext) -> Line:
    if not event.topic:
        return info_line(f"{room_name(event.room)} has no topic.")
    return info_line(f"Topic of {room_name(event.room)}: {visible(event.topic)}")


_MUTES = {True: "muted {} in {}", False: "lifted the mute on {} in {}"}

_GIFTS = {
    "+k": "set the key of {1} to {0}",
    "-k": "removed the key of {1}",
    "+b": "banned {} from {}",
    "-b": "lifted the ban on {} from {}",
    "+q": "made {} an owner of {}",
    "-q": "removed {} as an owner of {}",
    "+a": "made {} an admin of {}",
    "-a": "removed {} as an admin of {}",
    "+h": "made {} a half-operator of {}",
    "-h": "removed {} as a half-operator of {}",
    "+o": "made {} an operator of {}",
    "-o": "removed {} as an operator of {}",
    "+v": "gave {} a voice in {}",
    "-v": "took {}'s voice away in {}",
}


@show.register
def _modes(event: events.ModesChanged, _place: ViewContext) -> Line:
    who, room = subject(event.by, event.own), room_name(event.room)
    return info_line("; ".join(f"{who} {each}" for each in _mode_words(event.changes, room)))


def _mode_words(changes: Iterable[ModeChange], room: str) -> Iterable[str]:
    rest = []
    for change in changes:
        words = _GIFTS.get(f"{'+' if change.adding else '-'}{change.letter}")
        kind, param = split_mask(change.param or "")
        if kind and change.letter == "b":
            words = _MUTES[change.adding]
        if words and param:
            yield words.format(name(param), room)
        else:
            rest.append(change)
    if rest:
        yield f"set {visible(' '.join(format_changes(rest)))} in {room}"


@show.register
def _own_modes(event: events.OwnModes, _place: ViewContext) -> Line:
    return info_line(f"Your modes: {visible(event.modes)}")


@show.register
def _invited(event: events.Invited, _place: ViewContext) -> Line:
    room = room_name(event.room)
    if event.own:
        return info_line(f"{name(event.by)} invites you to {room}: /join {room}")
    return info_line(f"{name(event.by)} invited {name(event.nick)} to {room}")
