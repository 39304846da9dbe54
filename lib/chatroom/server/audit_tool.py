"""`chatroom-server audit`: shows what operators of the server did, also while it runs."""

import sys

from chatroom.net.streams import FAILED, FINE
from chatroom.server.config.load import Config
from chatroom.server.config.options import ShowAudit
from chatroom.store.audit import read_audit
from chatroom.store.database import StoreError
from chatroom.text.display import visible


def run_audit_tool(tool: ShowAudit, config: Config) -> int:
    """Print the entries. Returns the exit status."""
    try:
        for line in read_audit(config.data, tool.count):
            print(visible(line))
    except StoreError as error:
        print(f"chatroom-server: {error}", file=sys.stderr)
        return FAILED
    return FINE
