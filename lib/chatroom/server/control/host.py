"""What requests may ask of the server. They see neither the server nor its configuration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chatroom.server.account_changes import AccountChange
from chatroom.server.upgrade.outcome import Report


@dataclass(frozen=True, slots=True)
class ControlHost:
    """`account_changed` applies what a tool has changed on disk. `status` returns the values of
    `chatroom-server status`. `upgrade` begins an upgrade, and reports how it went."""

    account_changed: Callable[[AccountChange], None]
    status: Callable[[], Mapping[str, Any]]
    upgrade: Callable[[Report], None]
