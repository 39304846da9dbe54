"""What the server says by itself, answers and refuses."""

from chatroom.client import events
from chatroom.client.view.lines import Line, Place, refused, show, told
from chatroom.client.view.numerics import describe, excuse
from chatroom.wire.prose import explain, visible


@show.register
def _registered(_event: events.Registered, _place: Place) -> Line:
    return Line("Connected to the server!")


@show.register
def _motd(event: events.MotdLine, _place: Place) -> Line:
    return Line(visible(event.text))


@show.register
def _answer(event: events.Answer, _place: Place) -> Line:
    return told(describe(event.message))


@show.register
def _refusal(event: events.Refusal | events.NickRefused, _place: Place) -> Line:
    return refused(excuse(event.message))


@show.register
def _remark(event: events.Remark, _place: Place) -> Line:
    warning = "Warning: " if event.message.command == "WARN" else ""
    return told(warning + explain(event.message))


@show.register
def _exceeded(event: events.Exceeded, _place: Place) -> Line:
    return refused(event.text)


@show.register
def _unreadable(event: events.Unreadable, _place: Place) -> Line:
    return refused(f"The server sent an unreadable line: {visible(event.reason)}")
