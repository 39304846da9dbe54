"""The client: a sans-I/O IRC session, what people see of it, and loops around both.

Bytes go into `session` and come out as `events`; `view` turns an event into a line; `chat` decides
what to ask, show and send; `app` is the terminal client's process. `connect` is the library, for
programs that talk: docs/library.md.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatroom.client.conversation import Conversation
    from chatroom.client.failures import (
        ChatError,
        ConnectError,
        ConnectionLost,
        NoAnswer,
        NotOffered,
        PasswordWanted,
        Refused,
    )
    from chatroom.client.library import connect

__all__ = [
    "ChatError",
    "ConnectError",
    "ConnectionLost",
    "Conversation",
    "NoAnswer",
    "NotOffered",
    "PasswordWanted",
    "Refused",
    "connect",
]

_PLACES = {"Conversation": "conversation", "connect": "library"}


def __getattr__(name: str) -> Any:
    """What the library offers, imported when it is asked for: a script's start shall be quick."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'failures')}"), name)
