"""Brings to an end what a snapshot could not contain, before it is taken."""

from chatroom.server.server import Server


class Busy(Exception):
    """Something does not end in time. `str()` says what."""


def quiesce(server: Server, seconds: float) -> None:
    """Tick without new input until nothing is half done, for at most `seconds`. Raises Busy."""
    server.flush()
