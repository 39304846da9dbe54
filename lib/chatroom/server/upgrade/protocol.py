"""What the two processes of an upgrade say to each other: the kinds of messages, and their words.

`Offer` and `State` are JSON objects on the way. A new version may add fields, and an old one
ignores those that it does not know.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

VARIABLE = "_CHATROOM_UPGRADE"
"""The environment variable with the number of the new process's descriptor."""

HELLO = "hello"  # pid
READY = "ready"  # an Offer
STATE = "state"  # a State, and the descriptors
ROWS = "rows"  # some of the snapshot's rows of connections
ALL = "all"  # that was the last of them
RESTORED = "restored"
GO = "go"
SERVING = "serving"  # pid
FAILED = "failed"  # reason
ENDED = "ended"  # status

AT_ONCE = 100
"""Rows in one message: the new process reads some while the old one writes the next."""

LOCK = "lock"
CONTROL = "control"
LISTENER = "listener"  # key 1: the service manager has opened it
CONNECTION = "connection"
SUPERVISOR = "supervisor"


class Offer(NamedTuple):
    """What the new process is: its version and process id, the snapshots that it understands, and
    the version of the database's format that it uses."""

    version: str
    pid: int
    understood: Sequence[int]
    database: int


class State(NamedTuple):
    """The old process's state: the version of the snapshot, the snapshot without its rows of
    connections, and what each descriptor is, as (kind, key). `supervised`: the old process stays as
    the supervisor. `listen` is what the sockets were opened for: for each entry of the
    configuration the host, the port, the path, what asked for it, and whether that was a row; empty
    if an older version does not say."""

    form: int
    snapshot: Mapping[str, Any]
    descriptors: Sequence[tuple[str, int]]
    supervised: bool
    listen: Sequence[tuple[str, int, str, str, bool]] = ()


Body = TypeVar("Body", Offer, State)


def read(kind: type[Body], body: Mapping[str, Any]) -> Body:
    """Make an Offer or State of JSON. Raises TypeError if something is missing."""
    return kind(**{name: value for name, value in body.items() if name in kind._fields})
