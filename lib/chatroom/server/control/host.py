"""What requests may ask of the server. They see neither the server nor its configuration."""

from collections.abc import Callable
from dataclasses import dataclass

from chatroom.server.account_changes import AccountChange


@dataclass(frozen=True, slots=True)
class ControlHost:
    """`account_changed` applies what a tool has changed on disk."""

    account_changed: Callable[[AccountChange], None]
