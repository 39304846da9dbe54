"""`chatroom-client tail`: prints what is said, once and in order, over any number of
connections."""

from argparse import Namespace

from chatroom.client.history.follower import Start
from chatroom.client.library.driver import ChatEvent, Disconnected, Reconnected
from chatroom.client.protocol.events import Exceeded, Kicked, Refusal, Said, TakenBack
from chatroom.client.scripts.open import open_conversation
from chatroom.client.scripts.printing import (
    is_speech,
    said_json,
    said_text,
    taken_back_json,
    taken_back_text,
)
from chatroom.client.scripts.shell import complain, say, watch_output
from chatroom.client.view.numerics import refusal_text
from chatroom.text.display import visible
from chatroom.wire.names import bare

HISTORY = "draft/chathistory"
NO_HISTORY = "This server does not show its history."


def run(arguments: Namespace) -> int:
    """Run until something else ends it. Raises ChatError and OutputGone."""
    start = Start(arguments.lines, arguments.since)
    with open_conversation(arguments, arguments.room, reconnect=True, start=start) as chat:
        if start != Start():
            chat.require(HISTORY, NO_HISTORY)
        watch_output(chat.loop)
        several = len(arguments.room) > 1
        for event in chat:
            if text := line(event, arguments.json, several):
                say(text)
            elif text := trouble(event, chat.offers(HISTORY)):
                complain(text)
            if isinstance(event, Kicked) and not chat.rooms:
                return 1
    return 0


def trouble(event: ChatEvent, history: bool) -> str:
    """The warning for an event; "" for none."""
    match event:
        case Disconnected():
            return event.reason
        case Reconnected():
            return "Connected again." + ("" if history else " Messages sent meanwhile are missing.")
        case Refusal():
            return refusal_text(event.message)
        case Exceeded():
            return event.text
        case Kicked(own=True):
            return f"You were kicked from {visible(bare(event.room))} by {visible(event.by)}."
    return ""


def line(event: ChatEvent, as_json: bool, with_room: bool) -> str:
    """The line to print for an event; "" for none."""
    match event:
        case Said() if event.room and is_speech(event):
            return said_json(event) if as_json else said_text(event, with_room)
        case TakenBack() if event.room:
            return taken_back_json(event) if as_json else taken_back_text(event, with_room)
    return ""
