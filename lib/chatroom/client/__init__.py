"""The client: a sans-I/O IRC session, what people see of it, and loops around both.

A package imports only those below it:

    main        the command line
    app         the terminal client's process      scripts   send, tail, rooms, ...
    terminal    keys in, rows out
    ui          what a person sees and does        library   `connect`: docs/library.md
    history     the engine that catches up; cursors, receipts
    view        events as lines                    connection   reaching the server, again and again
    protocol    bytes to events, and back
    config      client.toml, settings              files     what lies on the disk
    events, limits, errors                         the words that all of them share
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatroom.client.history.follower import Start
    from chatroom.client.library.connect import connect
    from chatroom.client.library.conversation import Conversation
    from chatroom.client.library.driver import Disconnected, Reconnected
    from chatroom.client.library.errors import (
        ChatError,
        ConnectError,
        ConnectionLost,
        NoAnswer,
        NotOffered,
        NotTrusted,
        PasswordWanted,
        Refused,
    )

__all__ = [
    "ChatError",
    "ConnectError",
    "ConnectionLost",
    "Conversation",
    "Disconnected",
    "NoAnswer",
    "NotOffered",
    "NotTrusted",
    "PasswordWanted",
    "Reconnected",
    "Refused",
    "Start",
    "connect",
]

_PLACES = {
    "Conversation": "library.conversation",
    "Disconnected": "library.driver",
    "Reconnected": "library.driver",
    "Start": "history.follower",
    "connect": "library.connect",
}


def __getattr__(name: str) -> Any:
    """What the library offers, imported when it is asked for: a script's start shall be quick."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'library.errors')}"), name)
