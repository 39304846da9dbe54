"""Decides what is ignored, what calls for attention, and what is shown or only counted.

Pure functions, except that `classify` keeps the line in its conversation.
"""

from collections.abc import Iterable
from typing import NamedTuple

from chatroom.client.config.settings import Settings
from chatroom.client.protocol.events import Said
from chatroom.client.protocol.state import State
from chatroom.client.ui.buffers import Buffers
from chatroom.wire.formatting import unformatted
from chatroom.wire.mention import names
from chatroom.wire.names import full_mask, matches


class Verdict(NamedTuple):
    """Whether a line is shown now, and whether it calls for attention (a private message, our
    name)."""

    shown: bool
    calls: bool


NOTHING = Verdict(False, False)
_CTCP = "\x01"


def classify(said: Said, conversations: Buffers, state: State, settings: Settings) -> Verdict:
    """Keep and count a line, and decide how it is shown."""
    if is_ignored(said.sender, said.source, state, settings) and not said.own:
        return NOTHING
    if not belongs(said):
        return Verdict(True, False)
    conversation = conversations.open(said.with_whom)
    kept = conversations.keep(conversation, said)
    if conversation is conversations.current or said.own:
        return Verdict(True, not said.own and is_highlight(said, state, settings))
    called = is_highlight(said, state, settings)
    kept.shown = settings["others"] == "show"
    kept.counted = called or settings["others"] != "hide"
    conversation.unread += kept.counted
    conversation.highlighted |= called
    return Verdict(kept.shown, called)


def belongs(said: Said) -> bool:
    """Whether it belongs to a conversation; messages from servers and from programs (CTCP) do
    not."""
    is_request = said.text.startswith(_CTCP) and not said.text.startswith(f"{_CTCP}ACTION ")
    return bool(said.room) or not (said.server or is_request or (said.notice and not said.own))


def is_highlight(said: Said, state: State, settings: Settings) -> bool:
    """Whether a line is meant for us in particular. Notices never ring."""
    if said.notice or said.server:
        return False
    if not said.room:
        return True
    return mentions(said.text, (state.nick, *settings.words("highlight")), state)


def mentions(text: str, words: Iterable[str], state: State) -> bool:
    """Whether the text contains one of the words as a whole word, compared like names on this
    server."""
    folded = state.fold_text(text if text.isprintable() else unformatted(text))
    return any(names(state.fold(word), folded) for word in words if word)


def is_ignored(nick: str, source: str, state: State, settings: Settings) -> bool:
    """Whether the person is ignored, by nickname or by a mask such as *!*@host."""
    ignored = settings.words("ignore")
    if not ignored:
        return False
    whole = state.fold(source or f"{nick}!*@*")
    return any(matches(state.fold(full_mask(mask)), whole) for mask in ignored)
