"""`chatroom-server status`: what the running server says about itself."""

import json
import sys

from chatroom.net.streams import FAILED, FINE
from chatroom.server.config.load import Config
from chatroom.server.config.options import ShowStatus
from chatroom.server.control.ask import ControlError, ask
from chatroom.server.monitoring.status_page import page


def run_status_tool(tool: ShowStatus, config: Config) -> int:
    """Print the status. Returns the exit status: 1 if no server uses the data directory, or if it
    does not answer."""
    try:
        if not config.history.enabled:
            raise ControlError("history.enabled is false, so the server has no control socket")
        values = ask(config.data, "status", {})
    except ControlError as error:
        print(f"chatroom-server: {error}", file=sys.stderr)
        return FAILED
    if tool.json:
        print(json.dumps(values, indent=2, ensure_ascii=False))
    else:
        print("\n".join(page(values)))
    return FINE
