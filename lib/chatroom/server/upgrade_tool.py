"""`chatroom-server upgrade`: has the running server replaced by the version that is installed."""

import sys
from collections.abc import Mapping
from typing import Any

from chatroom.net.streams import FAILED, FINE
from chatroom.server.config.load import Config
from chatroom.server.control.ask import ControlError, ask

PATIENCE = 180.0
"""Seconds. A new process has a minute to start; then the old one waits for a calm moment."""


def run_upgrade_tool(config: Config) -> int:
    """Upgrade, and say how it went. Returns the exit status: 1 if the old process still serves."""
    try:
        if not config.history.enabled:
            raise ControlError(
                "history.enabled is false, so the server has no control socket; send SIGUSR2 to it"
            )
        print(_in_words(ask(config.data, "upgrade", {}, PATIENCE)))
    except ControlError as error:
        print(f"chatroom-server: {error}", file=sys.stderr)
        return FAILED
    return FINE


def _in_words(answer: Mapping[str, Any]) -> str:
    old, new, count = answer["old"], answer["new"], answer["connections"]
    return (
        f"Chatroom {new['version']} (process {new['pid']}) has taken over from {old['version']}"
        f" (process {old['pid']}): {count} connection{'s' * (count != 1)}, a pause of"
        f" {answer['pause_ms']:.0f} ms."
    )
