"""The view of messages: time, room if it is not the current one, author and text; replies,
reactions and deletions."""

from datetime import datetime

from chatroom.client.files.privacy import is_service
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Said
from chatroom.client.view.lines import (
    MARK,
    Line,
    Tone,
    ViewContext,
    indented,
    info_line,
    quote_line,
    show,
)
from chatroom.client.view.names import because, name, nick_style, room_name, subject
from chatroom.client.view.rich import Rich, joined, plain, rich, styled
from chatroom.text.display import action, local_moment, local_time, visible

CALLING = "1;7;"
"""SGR of the nickname of somebody who mentions us: bold and reversed."""

OWN = "1"
"""SGR of our own name: bold. Our text looks as others see it."""

HIDDEN = "..."
"""Shown in place of what may be a password."""

FAINT = "2"
STRUCK = "9"

UNSEEN = "a message that is not on the screen"
"""The message of a reaction or a deletion, if it is not known."""

FILES = "/files/"
"""A part of the URLs of files, without which a message shows none."""

QUOTED_CHARACTERS = 40
"""The most characters shown of a message that is replied to."""

_CLOCKS = {"full": "[%H:%M:%S] ", "short": "[%H:%M] ", "off": ""}


def clock(moment: datetime, place: ViewContext) -> str:
    """The time in front of a line, in the chosen format."""
    return moment.strftime(_CLOCKS[place.clock])


def elsewhere(room: str, place: ViewContext) -> str:
    """The room in front of a message from another room."""
    return "" if room in ("", place.room) else f"{room_name(room)} "


@show.register
def _said(event: Said, place: ViewContext) -> Line:
    room = elsewhere(event.room, place)
    doing = action(event.text)
    if doing is None and event.text.startswith("\x01") and not event.own:
        return quote_line(
            f"{name(event.sender)} asks your client: {visible(event.text.strip(chr(1)))}"
        )
    if event.server and not event.room and doing is None:
        return quote_line(f"{name(event.sender)}: {plain(event.text)}")
    time = clock(local_moment(event.tags, place.now), place)
    return words(event, place, f"{time}{room}", _tone(event))


def words(event: Said, place: ViewContext, before: str = "", tone: Tone = Tone.PLAIN) -> Line:
    """Author and text: `<bob> hello`, `* bob waves`, after `before`. Long texts continue below
    themselves."""
    doing = action(event.text)
    if doing is not None:
        deed = _actor(event, place) + " " + _audience(event) + rich(doing)
        return (f"{before}* " + deed).line(tone, indented(f"{before}* "))
    head = before + _head(event, place)
    indent = indented(head.text)
    first, *others = _shown(event).split("\n")
    further = [part for line in others for part in ("\n" + " " * indent, rich(line))]
    if FILES in event.text:
        below = "\n" + " " * indent
        further += [part for file in place.files(event) for part in (below, styled(file, FAINT))]
    about = _audience(event), _quote(event, place)
    return joined((head, *about, rich(first), *further)).line(tone, indent)


def _shown(event: Said) -> str:
    """The text. A line to a service such as NickServ may contain a password, so only its first word
    is shown: others can look at the screen, too."""
    if not (event.own and not event.room and is_service(event.target)):
        return event.text
    word, _, rest = event.text.partition(" ")
    return f"{word} {HIDDEN}" if rest else word


def _head(event: Said, place: ViewContext) -> Rich:
    left, right = "--" if event.notice else "<>"
    return left + _who(event, place) + f"{right} "


def _who(event: Said, place: ViewContext) -> Rich:
    sender = styled("You", OWN) if event.own else _coloured(event.sender, place)
    return sender if event.room else sender + " -> " + _recipient(event)


def _actor(event: Said, place: ViewContext) -> Rich:
    actor = styled(name(event.sender), OWN) if event.own else _coloured(event.sender, place)
    return actor if event.room else actor + " -> " + _recipient(event) + ":"


def _audience(event: Said) -> Rich:
    """`(to operators and above) `, in front of what not everybody in the room gets."""
    return styled(f"(to {event.audience})", FAINT) + " " if event.audience else Rich("")


def _recipient(event: Said) -> str:
    return name(event.target) if event.target else "You"


def _coloured(nick: str, place: ViewContext) -> Rich:
    calling = CALLING if place.calls else ""
    colour = nick_style(nick.casefold()) if place.colours else ""
    return styled(name(nick), f"{calling}{colour}".strip(";"))


def _tone(event: Said) -> Tone:
    return Tone.PLAIN if event.room else Tone.PRIVATE


# What it answers


def quoted(line: Said | None) -> str:
    """`"deploy finished"`, shortened; "" if the line is not known."""
    if line is None:
        return ""
    doing = action(line.text)
    words = (line.text if doing is None else doing).replace("\n", " ")  # a message of several lines
    text = " ".join(plain(words).split())
    cut = text if len(text) <= QUOTED_CHARACTERS else f"{text[: QUOTED_CHARACTERS - 1].rstrip()}…"
    return f'"{cut}"'


def _quote(event: Said, place: ViewContext) -> Rich:
    """`(to bob: "tea?") `, in front of a reply."""
    line = place.known(event.answers) if event.answers else None
    if line is None:
        return Rich("")
    whom = "you" if line.own else name(line.sender)
    return styled(f"(to {whom}: {quoted(line)})", FAINT) + " "


@show.register
def _reacted(event: events.Reacted, place: ViewContext) -> Line:
    verb = "removed" if event.removed else "reacted"
    about = quoted(place.known(event.msgid)) or (UNSEEN if event.msgid else "")
    preposition = "from" if event.removed else "to"
    tail = f" {preposition} {about}" if about else ""
    room = f" in {room_name(event.room)}" if elsewhere(event.room, place) else ""
    reaction = " ".join(plain(event.reaction).split())[:QUOTED_CHARACTERS]
    return quote_line(f"{subject(event.sender, event.own)} {verb} {reaction}{tail}{room}")


@show.register
def _taken_back(event: events.TakenBack, place: ViewContext) -> Line:
    """The deleted text, struck out if the terminal can do that, so that people find it above."""
    line = place.known(event.msgid)
    room = f" in {room_name(event.room)}" if elsewhere(event.room, place) else ""
    who = subject(event.by, event.own)
    if line is None:
        return info_line(f"{who} deleted {UNSEEN}{room}{because(event.reason)}")
    when = local_time(line.tags, place.now)
    said = f"{who} deleted the message of {when}{room}{because(event.reason)}: "
    words = _head(line, place._replace(calls=False)) + styled(quoted(line), STRUCK)
    return (f"{MARK}{said}" + words).line(Tone.NEWS, len(MARK))
