"""Turns a finished batch into an event: a page of the history, or the results of a search.

Its messages are old, so they do not change the state.
"""

from collections.abc import Iterator, Sequence

from chatroom.client.protocol import events
from chatroom.client.protocol.batches import SEARCHES, Batch
from chatroom.client.protocol.events import Gone, Reacted, Said
from chatroom.client.protocol.handlers import said
from chatroom.client.protocol.state import State
from chatroom.client.protocol.tagmsg import tagmsg
from chatroom.wire.message import Message

_IS_LAST = "draft/chathistory-end"
"""The tag of a page after which there is no other."""


def page(state: State, batch: Batch) -> events.HistoryPage | events.Found:
    """The event; our own lines are treated like those of others."""
    entries = tuple(_entries(state, batch.messages))
    if batch.kind in SEARCHES:
        return events.Found(tuple(each for each in entries if isinstance(each, Said)))
    room = state.called(batch.params[0] if batch.params else "")
    return events.HistoryPage(room, entries, _IS_LAST in batch.tags)


def _entries(state: State, messages: Sequence[Message]) -> Iterator[Said | Gone | Reacted]:
    """The entries. A REDACT follows the message that it names, or replaces it (message-redaction,
    "Chat history")."""
    here = {message.tags.get("msgid") for message in messages if message.command != "REDACT"}
    redacted = {message.param(1) for message in messages if message.command == "REDACT"}
    for message in messages:
        gone = message.tags.get("msgid") in redacted
        if message.command == "REDACT" and message.param(1) not in here:
            gone = True
        elif message.command == "TAGMSG":
            yield from () if gone else _reactions(state, message)
            continue
        elif message.command not in ("PRIVMSG", "NOTICE"):
            continue
        if gone:
            yield Gone(state.called(message.param(0)), message.tags)
        else:
            yield from (line._replace(own=False) for line in said(state, message))


def _reactions(state: State, message: Message) -> Iterator[Reacted]:
    """Only reactions: it does not matter who was typing then."""
    for event in tagmsg(state, message):
        if isinstance(event, Reacted):
            yield event._replace(own=False)
