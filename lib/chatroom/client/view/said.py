"""What is said, as a line: time, room where it is not the current one, who, and what."""

from chatroom.client import events
from chatroom.client.view.lines import Line, Place, Tone, news, show
from chatroom.client.view.names import because, name, room_name, subject
from chatroom.wire.prose import action, local_time, visible


@show.register
def _said(event: events.Said, place: Place) -> Line:
    doing = action(event.text)
    room = "" if event.room in ("", place.room) else f"{room_name(event.room)} "
    if doing is not None:
        return Line(f"{room}* {actor(event)} {visible(doing)}", _tone(event))
    if event.text.startswith("\x01") and not event.own:
        return news(f"{name(event.sender)} asks your client: {visible(event.text.strip(chr(1)))}")
    if event.server and not event.room:
        return news(f"{name(event.sender)}: {visible(event.text)}")
    time = local_time(event.tags, place.now)
    return Line(f"[{time}] {room}{quoted(event)}", _tone(event))


def quoted(event: events.Said) -> str:
    """`<bob> hello`."""
    left, right = "--" if event.notice else "<>"
    return f"{left}{_who(event)}{right} {visible(event.text)}"


def _who(event: events.Said) -> str:
    sender = "You" if event.own else name(event.sender)
    if event.room:
        return sender
    return f"{sender} -> {name(event.target) if event.target else 'You'}"


def actor(event: events.Said) -> str:
    """Who does something, and to whom where it is no room."""
    if event.room:
        return name(event.sender)
    return f"{name(event.sender)} -> {name(event.target) if event.target else 'You'}:"


def _tone(event: events.Said) -> Tone:
    if not event.room:
        return Tone.PRIVATE
    return Tone.OWN if event.own else Tone.PLAIN


@show.register
def _taken_back(event: events.TakenBack, _place: Place) -> Line:
    room = f" in {room_name(event.room)}" if event.room else ""
    who = subject(event.by, event.own)
    return news(f"{who} took back a message{room}{because(event.reason)}")
