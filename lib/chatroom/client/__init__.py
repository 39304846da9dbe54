"""The client: a sans-I/O IRC session, what people see of it, and loops around both.

A package imports only those below it:

    main        the command line
    app         the terminal client's process      scripts   send, tail, rooms, ...
    terminal    keys in, rows out
    ui          what a person sees and does        library   `connect`: docs/library.md
    history     the engine that catches up; cursors, receipts
    transfer    files by HTTP, beside the chat
    view        events as lines                    connection   reaching the server, again and again
    protocol    bytes to events, and back
    config      client.toml, settings              files     what lies on the disk
    credentials, limits, errors                    what all of them share

This module offers the library's names (docs/library.md) and imports nothing by itself, so that each
part can be read, and loaded, alone. `__init__.pyi` has their types; `events` is where programs find
those of `protocol.events`.
"""

from typing import Any

_PLACES = {
    "library.connect": ("connect",),
    "library.conversation": ("Conversation",),
    "library.driver": (
        "Disconnected",
        "Reconnected",
    ),
    "library.errors": (
        "ChatError",
        "ConnectError",
        "ConnectionLost",
        "NoAnswer",
        "NotOffered",
        "NotTrusted",
        "PasswordWanted",
        "Refused",
    ),
    "history.follower": ("Start",),
    "protocol.events": (
        "Event",
        "Exceeded",
        "Joined",
        "Kicked",
        "Left",
        "Member",
        "Reacted",
        "Refusal",
        "Renamed",
        "RoomRenamed",
        "RoomRow",
        "Said",
        "TakenBack",
        "TopicChanged",
    ),
}

_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [
    "ChatError",
    "ConnectError",
    "ConnectionLost",
    "Conversation",
    "Disconnected",
    "Event",
    "Exceeded",
    "Joined",
    "Kicked",
    "Left",
    "Member",
    "NoAnswer",
    "NotOffered",
    "NotTrusted",
    "PasswordWanted",
    "Reacted",
    "Reconnected",
    "Refusal",
    "Refused",
    "Renamed",
    "RoomRenamed",
    "RoomRow",
    "Said",
    "Start",
    "TakenBack",
    "TopicChanged",
    "connect",
]


def __getattr__(name: str) -> Any:
    """What the library offers, imported when it is asked for, so that scripts start quickly."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
