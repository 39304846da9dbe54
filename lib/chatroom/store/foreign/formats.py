"""The table of formats that can be imported, besides our own."""

from collections.abc import Callable, Iterator
from functools import partial

from chatroom.store.foreign.ergo import read_ergo
from chatroom.store.foreign.happened import Happened
from chatroom.store.foreign.logs import IRSSI, WEECHAT, ZNC, read_logs
from chatroom.store.foreign.mattermost import read_mattermost
from chatroom.store.foreign.reading import Reading
from chatroom.store.foreign.slack import read_slack
from chatroom.store.foreign.tree import Tree

FORMATS: dict[str, Callable[[Tree, Reading], Iterator[Happened]]] = {
    "slack": read_slack,
    "mattermost": read_mattermost,
    "weechat": partial(read_logs, WEECHAT),
    "irssi": partial(read_logs, IRSSI),
    "znc": partial(read_logs, ZNC),
    "ergo": read_ergo,
}
"""The name of a format -> its reader."""

OF_LOGS = frozenset({"weechat", "irssi", "znc"})
"""Formats whose times are local."""
