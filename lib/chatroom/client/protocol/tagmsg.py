"""Messages that consist of tags alone: typing and reactions (IRCv3 client-tags, TAGMSG)."""

from collections.abc import Iterator

from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event
from chatroom.client.protocol.state import State
from chatroom.wire.client_tags import REACT, REPLY, UNREACT
from chatroom.wire.message import Message

PHASES = frozenset({"active", "paused", "done"})
_REACTIONS = ((REACT, False), (UNREACT, True))


def tagmsg(state: State, message: Message) -> Iterator[Event]:
    """TAGMSG: it may have several tags; unknown ones are ignored."""
    target = message.param(0)
    room = state.called(target) if state.is_room(target) else ""
    own = state.is_own(message.nick)
    phase = message.tags.get("+typing", "")
    if phase in PHASES and not own:
        yield events.Typing(room, message.nick, phase, message.source)
    msgid = next(filter(None, map(message.tags.get, REPLY)), "")
    recipient = "" if room or state.is_own(target) else target
    for names, removed in _REACTIONS:
        if reaction := next(filter(None, map(message.tags.get, names)), ""):
            yield events.Reacted(
                room, message.nick, recipient, msgid, reaction, removed, own, message.source,
                message.tags,
            )  # fmt: skip
