"""Private conversations: which of them are kept, and how their messages look in their log.

Only conversations of two people who are both logged in are kept. Conversations of guests are not
kept, because nothing proves who they are when they come back.
"""

from chatroom.chat.state.accounts import Accounts
from chatroom.text.display import ACTION
from chatroom.wire.message import Message
from chatroom.wire.private import BY, WAITS, log_of

_LASTING_TAGS = frozenset(
    f"+{prefix}{name}" for prefix in ("", "draft/") for name in ("react", "unreact", "persist")
)
"""Reactions, and what a client asks to be kept (persist, ircv3-specifications #416)."""

_PASSING_TAGS = frozenset({"+typing", "+draft/typing"})


def passes(message: Message) -> bool:
    """Whether a TAGMSG is not worth recording, such as a typing notice, whatever else it says."""
    keys = message.tags.keys()
    return keys.isdisjoint(_LASTING_TAGS) or not keys.isdisjoint(_PASSING_TAGS)


def conversation(accounts: Accounts, one: str, other: str) -> str:
    """The log of a conversation of these two accounts, by name; "" if it is not kept."""
    if not (one and other):
        return ""
    numbers = accounts.number_of(one), accounts.number_of(other)
    return log_of(*numbers) if all(numbers) else ""


def is_kept(message: Message) -> bool:
    """Whether a private message is worth keeping. CTCP is not, because programs ask and answer
    it."""
    if message.command == "TAGMSG":
        return not passes(message)
    text = message.params[-1]
    return not text.startswith("\x01") or text.startswith(ACTION)


def in_log(message: Message, log: str, author: str, waits: bool = False) -> Message:
    """A message as its log has it, by the account of that number. `waits`: its addressee is not
    there."""
    tags = {**message.tags, BY: author, **({WAITS: ""} if waits else {})}
    return message._replace(params=(log, *message.params[1:]), tags=tags)
