"""What requests may ask of the server. They see neither the server nor its configuration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chatroom.server.account_changes import AccountChange


@dataclass(frozen=True, slots=True)
class ControlHost:
    """`account_changed` applies what a tool has changed on disk. `status` returns the values of
    `chatroom-server status`."""

    account_changed: Callable[[AccountChange], None]
    status: Callable[[], Mapping[str, Any]]
